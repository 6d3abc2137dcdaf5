/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of table.def as arrays indexed by call number. */
#include "syscall/table.h"

#include "arch/abi_nr.h"
#include "syscall/args.h"
#include "syscall/handlers.h"

#define SYSCALL(name, nr_x86_64, nr_generic, result, ...)                                \
    static const struct syscall_arg args_##name[] = {__VA_ARGS__};
#define REFUSED SYSCALL
#define MISSING(name, nr_x86_64, nr_generic)
#define NOTE(name, text)
#include "syscall/table.def"
#undef SYSCALL
#undef REFUSED
#undef MISSING

/* A call that this instruction set does not have lands in the last slot, which no number
 * reaches. */
#define SLOT(nr_x86_64, nr_generic)                                                      \
    (ARCH_SYSCALL_NR(nr_x86_64, nr_generic) < 0                                          \
         ? SYSCALL_NR_MAX                                                                \
         : ARCH_SYSCALL_NR(nr_x86_64, nr_generic))

#pragma GCC diagnostic ignored "-Woverride-init"
const struct syscall_desc syscall_table[SYSCALL_NR_MAX + 1] = {
#define ROW(call, slot, type, only_refuses)                                              \
    [slot] = {                                                                           \
        .name = #call,                                                                   \
        .fn = sys_##call,                                                                \
        .args = args_##call,                                                             \
        .arg_count = sizeof(args_##call) / sizeof(struct syscall_arg),                   \
        .result = SYS_ARG_##type,                                                        \
        .refused = only_refuses,                                                         \
    },
#define SYSCALL(call, nr_x86_64, nr_generic, type, ...)                                  \
    ROW(call, SLOT(nr_x86_64, nr_generic), type, false)
#define REFUSED(call, nr_x86_64, nr_generic, type, ...)                                  \
    ROW(call, SLOT(nr_x86_64, nr_generic), type, true)
#define MISSING(call, nr_x86_64, nr_generic)                                             \
    [SLOT(nr_x86_64, nr_generic)] = {.name = #call},
#include "syscall/table.def"
#undef SYSCALL
#undef REFUSED
#undef MISSING
#undef NOTE
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
        count += syscall_table[i].fn && !syscall_table[i].refused;
    return count;
}
