/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of table.def as arrays indexed by call number. */
#include "syscall/table.h"

#include "arch/abi_nr.h"
#include "syscall/args.h"
#include "syscall/handlers.h"

#define SYSCALL(name, nr_x86_64, nr_generic, result, ...)                                \
    static const struct syscall_arg args_##name[] = {__VA_ARGS__};
#define MISSING(name, nr_x86_64, nr_generic)
#include "syscall/table.def"
#undef SYSCALL
#undef MISSING

/* A call that this instruction set does not have lands in the last slot, which no number
 * reaches. */
#define SLOT(nr_x86_64, nr_generic)                                                      \
    (ARCH_SYSCALL_NR(nr_x86_64, nr_generic) < 0                                          \
         ? SYSCALL_NR_MAX                                                                \
         : ARCH_SYSCALL_NR(nr_x86_64, nr_generic))

#pragma GCC diagnostic ignored "-Woverride-init"
const struct syscall_desc syscall_table[SYSCALL_NR_MAX + 1] = {
#define SYSCALL(call, nr_x86_64, nr_generic, type, ...)                                  \
    [SLOT(nr_x86_64, nr_generic)] = {                                                    \
        .name = #call,                                                                   \
        .fn = sys_##call,                                                                \
        .args = args_##call,                                                             \
        .arg_count = sizeof(args_##call) / sizeof(struct syscall_arg),                   \
        .result = SYS_ARG_##type,                                                        \
    },
#define MISSING(call, nr_x86_64, nr_generic)                                             \
    [SLOT(nr_x86_64, nr_generic)] = {.name = #call},
#include "syscall/table.def"
#undef SYSCALL
#undef MISSING
};

const struct syscall_desc *syscall_describe(uint64_t nr)
{
    if (nr >= SYSCALL_NR_MAX || !syscall_table[nr].name)
        return NULL;
    return &syscall_table[nr];
}

uint64_t syscall_count_implemented(void)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < SYSCALL_NR_MAX; i++)
        count += syscall_table[i].fn != NULL;
    return count;
}
