/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside --strace: putting arguments into words.
 *
 * Owner:   syscall; one struct strace_call for each print, on the stack.
 * Context: thread context of the traced task (reads its memory).
 * Locking: none.
 * Errors:  none; what cannot be read is printed as an address.
 */
#ifndef CLOUDOS_SYSCALL_STRACE_PRIV_H
#define CLOUDOS_SYSCALL_STRACE_PRIV_H

#include "lib/base.h"
#include "lib/strbuf.h"
#include "syscall/args.h"
#include "syscall/syscall.h"

#define STRACE_STRING_MAX 32u /* bytes of a string that are shown */
#define STRACE_ARRAY_MAX  16u /* elements of an array that are shown */

struct strace_call {
    const struct syscall_desc *desc;
    const uint64_t *a;
    int64_t result;
    bool after; /* the call is over and `result` is valid */
    struct strbuf *sb;
};

/* Print argument `i`. */
void strace_put_arg(const struct strace_call *c, unsigned i);
/* `n` bytes at `va`, quoted and cut. */
void strace_put_bytes(struct strbuf *sb, uint64_t va, uint64_t n);
void strace_put_cstring(struct strbuf *sb, uint64_t va);
void strace_put_addr(struct strbuf *sb, uint64_t va); /* NULL or 0x... */

/* strace_struct.c: `kind` at `va`; false: could not be read, nothing was printed. */
bool strace_put_struct(struct strbuf *sb, unsigned kind, uint64_t va);
/* Bytes of one element of an array of `kind`; 0: not an array of fixed size. */
size_t strace_struct_bytes(unsigned kind);
/* [3 5]: bits of a set of `n`; NULL is printed as such. */
void strace_put_bits(struct strbuf *sb, uint64_t va, uint64_t n);
void strace_put_dirents(struct strbuf *sb, uint64_t va, uint64_t bytes);
/* The argument of ioctl and fcntl; false: print it as an address. */
bool strace_put_ioctl(const struct strace_call *c, uint64_t va);
bool strace_put_fcntl(const struct strace_call *c, uint64_t arg);
void strace_put_siginfo(struct strbuf *sb, const void *info); /* struct abi_siginfo */
void strace_put_mode(struct strbuf *sb, uint32_t mode);       /* S_IFREG|0644 */

/* strace_names.c */
void strace_put_enum(struct strbuf *sb, unsigned set, uint64_t value);
void strace_put_flags(struct strbuf *sb, unsigned set, uint64_t value);
void strace_put_open_flags(struct strbuf *sb, uint64_t value);
void strace_put_signal(struct strbuf *sb, uint64_t signo);
void strace_put_sigset(struct strbuf *sb, uint64_t set);

/* strace_error.c */
const char *strace_error_text(int err);

#endif /* CLOUDOS_SYSCALL_STRACE_PRIV_H */
