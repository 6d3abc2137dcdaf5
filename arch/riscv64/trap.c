/* SPDX-License-Identifier: BSD-2-Clause */
/* Trap causes, as scause numbers them (privileged architecture, table "Supervisor cause").  The
 * frame has no place for them: they go into the log only. */
#include "abi/user.h"

#include "hal/hal.h"
#include "lib/base.h"

#define CAUSE_ILLEGAL     2
#define CAUSE_BREAKPOINT  3
#define CAUSE_ALIGN       4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_PAGE_FETCH  12
#define CAUSE_PAGE_LOAD   13
#define CAUSE_PAGE_STORE  15

void arch_fault_describe(unsigned access, uint64_t *err, uint64_t *trapno)
{
    if (access & HAL_EXEC)
        *err = CAUSE_PAGE_FETCH;
    else
        *err = access & HAL_WRITE ? CAUSE_PAGE_STORE : CAUSE_PAGE_LOAD;
    *trapno = *err;
}

void arch_exception_describe(unsigned exception, uint64_t *err, uint64_t *trapno)
{
    static const uint8_t causes[] = {
        [HAL_EXC_ILLEGAL] = CAUSE_ILLEGAL,        [HAL_EXC_BREAKPOINT] = CAUSE_BREAKPOINT,
        [HAL_EXC_STEP] = CAUSE_BREAKPOINT,        [HAL_EXC_ALIGN] = CAUSE_ALIGN,
        [HAL_EXC_PROTECTION] = CAUSE_LOAD_ACCESS,
    };

    *err = 0;
    *trapno = exception < ARRAY_SIZE(causes) ? causes[exception] : 0;
}
