/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that only the core knows. */
#include "hostsim/tools/trace_text.h"

#include "syscall/syscall.h"

const char *trace_call_name(uint64_t nr)
{
    const struct syscall_desc *d = syscall_describe(nr);

    return d ? d->name : NULL;
}
