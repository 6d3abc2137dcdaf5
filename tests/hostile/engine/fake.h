/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine just big enough for the native engine: RAM, page tables, one pending-interrupt
 * word and one deadline for each CPU.  It implements hostsim/hal/machine.h and mmu.h, so that
 * the engine is tested and measured without a kernel.
 *
 * Owner:   tests/hostile.
 * Context: test threads; each says which CPU it is.
 * Locking: the test's own.
 * Errors:  it ends the test.
 */
#ifndef CLOUDOS_TESTS_HOSTILE_FAKE_H
#define CLOUDOS_TESTS_HOSTILE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

#define FAKE_RAM (64u << 20)

void fake_init(bool may_spin);
void fake_be_cpu(unsigned cpu);

/* A zeroed page of RAM; pages follow each other. */
uint64_t fake_page(void);
uint8_t *fake_virt(uint64_t pa);

uint64_t fake_root(void);
/* Take back the pages of the tables of `root` and all that they map. */
void fake_reuse(uint64_t root);
/* rights: HAL_*; 0 unmaps.  `clean`: accessed and dirty are still to be set. */
void fake_map(uint64_t root, uint64_t va, uint64_t pa, unsigned rights, bool clean);
bool fake_is_dirty(uint64_t root, uint64_t va);

/* Interrupts. */
void fake_irq(unsigned cpu);
void fake_irq_ack(void);
void fake_timer(uint64_t deadline_ns);

#endif /* CLOUDOS_TESTS_HOSTILE_FAKE_H */
