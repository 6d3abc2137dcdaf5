/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the core, arch/ needs only this. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/panic.h"

_Noreturn void kpanic_assert(const char *file, int line, const char *expr)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, expr);
    abort();
}
