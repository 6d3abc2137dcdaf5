/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into and out of the kernel: what trap.S and C have in common.
 *
 * Owner:   bare-metal/aarch64.
 * Context: interrupts masked.
 * Locking: none.
 * Errors:  a trap of the kernel that nothing explains ends in core_on_kernel_fault().
 */
#ifndef CLOUDOS_BARE_METAL_AARCH64_TRAP_H
#define CLOUDOS_BARE_METAL_AARCH64_TRAP_H

#include "hal/hal.h"

/* ESR_EL1: Arm ARM (DDI 0487) D17.2.37. */
enum esr_class {
    EC_UNKNOWN = 0x00,
    EC_ILLEGAL_STATE = 0x0e,
    EC_SVC = 0x15,
    EC_FETCH_USER = 0x20,
    EC_FETCH = 0x21,
    EC_PC_ALIGN = 0x22,
    EC_DATA_USER = 0x24,
    EC_DATA = 0x25,
    EC_SP_ALIGN = 0x26,
    EC_FPU = 0x2c,
    EC_STEP_USER = 0x32,
    EC_BRK = 0x3c,
};

#define ESR_EC(esr)    ((unsigned)((esr) >> 26) & 0x3f)
#define ESR_WRITE      0x40u  /* of a data abort ... */
#define ESR_CACHE      0x100u /* ... by cache maintenance, which counts as reading */
#define ESR_STATUS     0x3fu
#define STATUS_ALIGN   0x21u
#define ESR_BRK_NUMBER 0xffffu /* of a breakpoint instruction */
#define BRK_UNDEFINED  1000u   /* what compilers trap with */
#define FPU_TRAP_INFO  (1u << 23)

/* What trap.S has put on the stack when the kernel itself is interrupted. */
struct trap_frame {
    uint64_t x[31];
    uint64_t sp, pc, pstate;
    uint64_t esr, far;
    uint64_t link[2]; /* x29 and pc, for those who follow frame pointers */
};

/* An interrupt, wherever it came from: tell the core. */
void trap_interrupt(void);

/* Called by trap.S: with the frame on the stack that was interrupted; on the CPU's stack for
 * faults, because sp was at the end of a stack or on none; on its stack for FIQs. */
void trap_in_kernel(struct trap_frame *f, unsigned which);
_Noreturn void trap_without_stack(struct trap_frame *f);
void trap_fiq(struct trap_frame *f);

/* ---- trap.S ---- */

extern const char trap_vectors[];
unsigned user_enter(struct hal_user *u);
void context_swap(uint64_t *save_sp, uint64_t load_sp);
void context_start(void);
/* Bytes left when an access faulted. */
uint64_t user_copy_in(void *dst, uint64_t src, size_t len);
uint64_t user_copy_out(uint64_t dst, const void *src, size_t len);
/* -1 if it faulted. */
int user_cmpxchg(uint64_t at, uint32_t *expected, uint32_t desired);
void fpu_save(void *state);
void fpu_restore(const void *state);
/* True unless the machine does not know the call. */
bool semihosting_call(uint64_t nr, const void *arg);

#endif /* CLOUDOS_BARE_METAL_AARCH64_TRAP_H */
