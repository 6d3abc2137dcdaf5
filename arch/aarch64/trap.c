/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Causes of traps as ESR_EL1 codes them: Arm ARM (DDI 0487) D17.2.37.  The core knows what was
 * tried and not at which level the tables ended, so a fault is described as one of level 3.
 */
#include "abi/user.h"

#include "hal/hal.h"
#include "lib/base.h"

#define ESR_CLASS(ec) ((uint64_t)(ec) << 26 | 1u << 25) /* by an instruction of 32 bits */
#define ESR_WRITE     (1u << 6)
#define FAULT_LEVEL_3 0x07u

#define EC_UNKNOWN  0x00
#define EC_FETCH    0x20
#define EC_PC_ALIGN 0x22
#define EC_DATA     0x24
#define EC_FPU      0x2c
#define EC_STEP     0x32
#define EC_BRK      0x3c

void arch_fault_describe(unsigned access, uint64_t *err, uint64_t *trapno)
{
    if (access & HAL_EXEC)
        *err = ESR_CLASS(EC_FETCH) | FAULT_LEVEL_3;
    else
        *err = ESR_CLASS(EC_DATA) | (access & HAL_WRITE ? ESR_WRITE : 0) | FAULT_LEVEL_3;
    *trapno = 0; /* the frame has no place for a number */
}

void arch_exception_describe(unsigned exception, uint64_t *err, uint64_t *trapno)
{
    static const uint8_t classes[] = {
        [HAL_EXC_ILLEGAL] = EC_UNKNOWN, [HAL_EXC_FPU] = EC_FPU,
        [HAL_EXC_BREAKPOINT] = EC_BRK,  [HAL_EXC_STEP] = EC_STEP,
        [HAL_EXC_ALIGN] = EC_PC_ALIGN,  [HAL_EXC_PROTECTION] = EC_UNKNOWN,
    };

    *err = ESR_CLASS(exception < ARRAY_SIZE(classes) ? classes[exception] : EC_UNKNOWN);
    *trapno = 0;
}
