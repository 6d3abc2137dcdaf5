/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux system call table: dispatch, names, argument types.
 *
 * Owner:   syscall/table.def is the only list.
 * Context: thread context of the calling task, interrupts on.
 * Locking: none.
 * Errors:  handlers return the result or -errno; -ERESTART* never reaches the program.
 */
#ifndef CLOUDOS_SYSCALL_SYSCALL_H
#define CLOUDOS_SYSCALL_SYSCALL_H

#include "lib/base.h"

struct task;

typedef int64_t (*syscall_fn)(struct task *t, const uint64_t a[6]);

/* Handle the call in t->user.regs: runs the handler, stores the result (restarts are settled
 * at signal delivery: signal code looks at the raw result), prints it with --strace. */
void syscall_dispatch(struct task *t);

/* One description per call, made from table.def. */
struct syscall_desc {
    const char *name;
    syscall_fn fn;
    const struct syscall_arg *args;
    uint8_t arg_count;
    uint8_t result; /* enum syscall_type of the result */
    bool refused;   /* `fn` does nothing but choose an error */
};
const struct syscall_desc *syscall_describe(uint64_t nr); /* NULL: unknown */
uint64_t syscall_count_implemented(void);                 /* that do what they are for */
uint64_t syscall_calls(uint64_t nr);
/* What is known of one number (or, at SYSCALL_NR_MAX, of all beyond the table): false if it was
 * never called.  Times of completed calls, with the time they slept; 0 unless measured. */
struct syscall_stats {
    const struct syscall_desc *desc; /* NULL: unknown */
    uint64_t calls;
    uint64_t done, errors; /* that have returned; with an error */
    uint64_t total_ns, min_ns, max_ns;
};
bool syscall_stats_at(uint64_t nr, struct syscall_stats *out);
/* Missing and refused calls that programs tried: name or number and count, for the exit
 * report. */
void syscall_report_missing(void);
/* Print calls from now on; -EINVAL, with the reason logged: nobody knows what to print. */
struct strace_config;
MUST_CHECK int syscall_strace_enable(const struct strace_config *c);
/* Measure calls from now on, from the boot thread: syscall_stats_at().  -ENOMEM */
MUST_CHECK int syscall_stats_start(void);
/* Runs before a program turns the machine off; at boot. */
void syscall_set_power_off_hook(void (*fn)(void));
/* Whoever wants to see calls go by, at boot: they take the longer way from now on. */
void syscall_watch(void);

#endif /* CLOUDOS_SYSCALL_SYSCALL_H */
