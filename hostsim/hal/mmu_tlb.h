/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated TLB of each CPU; mmu.h says what it promises.
 *
 * Owner:   the virtual CPU.
 * Context: that CPU's host thread.
 * Locking: none; nobody else looks at it.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_MMU_TLB_H
#define CLOUDOS_HOSTSIM_HAL_MMU_TLB_H

#include <stdint.h>

struct mmu_tlb;

struct mmu_tlb *mmu_tlb_create(void);

/* An entry whose frame has been freed since it was made is a missing flush: using it is a machine
 * check.  Room for that, and the news that all whole frames of [pa, pa + len) are free. */
void mmu_frames_init(uint64_t ram_bytes);
void mmu_frames_freed(uint64_t pa, uint64_t len);
/* How often the frame has been freed. */
uint32_t mmu_frame_life(uint64_t pa);

/* What TLB entries of a space are tagged with now; 0: it is not bound. */
uint64_t mmu_space_tag(uint64_t space);

#endif /* CLOUDOS_HOSTSIM_HAL_MMU_TLB_H */
