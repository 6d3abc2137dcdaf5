/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which calls --strace prints: the expressions of strace(1)'s `-e trace=`.
 *
 *     open,close      these calls            !brk,mmap       all but these
 *     %file,pipe2     a class and a call     all, none       every call, none of them
 *
 * The prefix `trace=` may stand before it, and `?` before a name that need not exist.
 *
 * Owner:   syscall; pure functions, which the command line of a home uses too.
 * Context: any.
 * Locking: none.
 * Errors:  -EINVAL; the word that nobody knows is given back.
 */
#ifndef CLOUDOS_SYSCALL_STRACE_FILTER_H
#define CLOUDOS_SYSCALL_STRACE_FILTER_H

#include "lib/base.h"
#include "syscall/table.h"

struct strace_filter {
    uint64_t bits[SYSCALL_NR_MAX / 64 + 1]; /* by number; the last: all unknown numbers */
};

MUST_CHECK int strace_filter_parse(const char *expr, struct strace_filter *out,
                                   const char **bad, size_t *bad_len);

/* The names of the classes, with their '%': the i-th, or NULL behind the last. */
const char *strace_filter_class(unsigned i);

static inline bool strace_filter_has(const struct strace_filter *f, uint64_t nr)
{
    uint64_t slot = nr < SYSCALL_NR_MAX ? nr : SYSCALL_NR_MAX;

    return f->bits[slot / 64] >> slot % 64 & 1;
}

#endif /* CLOUDOS_SYSCALL_STRACE_FILTER_H */
