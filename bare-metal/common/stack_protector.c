/* SPDX-License-Identifier: BSD-2-Clause */
/* What -fstack-protector asks for, with one guard for all stacks. */
#include "lib/base.h"

/* Not secret: it finds mistakes.  The zero byte stops what copies strings. */
uintptr_t __stack_chk_guard = UINT64_C(0x9d5c1b7e3a64f200);

_Noreturn void __stack_chk_fail(void);

_Noreturn void __stack_chk_fail(void)
{
    kpanic("a function's stack frame has been written over");
}
