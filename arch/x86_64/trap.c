/* SPDX-License-Identifier: BSD-2-Clause */
/* Trap numbers and error codes of sigcontext (Intel SDM 3A 6.15, 4.7). */
#include "abi/user.h"

#include "hal/hal.h"

#define TRAP_DIVIDE     0
#define TRAP_DEBUG      1
#define TRAP_INT3       3
#define TRAP_ILLEGAL    6
#define TRAP_GENERAL    13
#define TRAP_PAGE_FAULT 14
#define TRAP_FPU        16
#define TRAP_ALIGN      17

#define PF_WRITE 2u
#define PF_USER  4u
#define PF_FETCH 16u

void arch_fault_describe(unsigned access, uint64_t *err, uint64_t *trapno)
{
    *trapno = TRAP_PAGE_FAULT;
    *err = PF_USER | (access & HAL_WRITE ? PF_WRITE : 0) |
           (access & HAL_EXEC ? PF_FETCH : 0);
}

void arch_exception_describe(unsigned exception, uint64_t *err, uint64_t *trapno)
{
    static const uint8_t traps[] = {
        [HAL_EXC_ILLEGAL] = TRAP_ILLEGAL,
        [HAL_EXC_DIVIDE] = TRAP_DIVIDE,
        [HAL_EXC_FPU] = TRAP_FPU,
        [HAL_EXC_BREAKPOINT] = TRAP_INT3,
        [HAL_EXC_STEP] = TRAP_DEBUG,
        [HAL_EXC_ALIGN] = TRAP_ALIGN,
        [HAL_EXC_PROTECTION] = TRAP_GENERAL,
    };

    *err = 0;
    *trapno = exception < sizeof(traps) ? traps[exception] : TRAP_GENERAL;
}
