/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A processor's MMU for the tests of vm: it walks the core's page tables, sets accessed and
 * dirty bits, and has a TLB that keeps stale entries until it is told to forget them.
 *
 * Owner:   tests/unit/vm.
 * Context: one host thread.
 * Locking: none.
 * Errors:  accesses return false where the MMU faults.
 */
#ifndef CLOUDOS_UNIT_FAKE_MMU_H
#define CLOUDOS_UNIT_FAKE_MMU_H

#include "hal_fake.h"

#include "vm/space.h"

/* Run the tests once per page-table format, each time in a process of its own on a machine
 * with the rooms up to vm started: what main() returns. */
int fake_machine_run(int (*tests)(void));
/* The test thread runs in `s` (NULL: none). */
void fake_enter(struct vm_space *s);
/* A user program's access in the entered space, with page faults resolved by vm_fault(). */
enum vm_fault_result fake_store(uint64_t va, uint8_t value);
enum vm_fault_result fake_load(uint64_t va, uint8_t *value);
uint8_t fake_byte(uint64_t va); /* loads, fails the test on a fault */
/* Entries that were filled since the last call: page-table walks by the MMU. */
uint64_t fake_tlb_fills(void);

/* mmap(2) in short: anonymous private unless `flags` says otherwise; fails the test on error. */
uint64_t fake_map(struct vm_space *s, uint64_t addr, uint64_t len, uint32_t prot,
                  uint32_t flags);
uint64_t fake_frames_free(void);

#endif /* CLOUDOS_UNIT_FAKE_MMU_H */
