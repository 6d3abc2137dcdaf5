/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the room to the right does for proc: handle the calls, and tell about signals and ends
 * (--strace).  Proc knows the trap, that room knows the calls.
 *
 * Owner:   proc; registered once at boot, before the first program.
 * Context: thread context of the task, interrupts on.
 * Locking: none.
 * Errors:  none; the result is in the task's registers.
 */
#ifndef CLOUDOS_PROC_TRAP_H
#define CLOUDOS_PROC_TRAP_H

struct abi_siginfo;
struct task;

void proc_set_syscall_entry(void (*fn)(struct task *t));

/* In the context of the task concerned, no lock held. */
struct proc_trace {
    void (*signal)(struct task *t, int signo, const struct abi_siginfo *info);
    void (*exit)(struct task *t, int status);          /* wait status */
    void (*clone)(struct task *t, struct task *child); /* which does not run yet */
};
void proc_set_trace(const struct proc_trace *trace);
extern const struct proc_trace *proc_trace; /* NULL: nobody listens */

#endif /* CLOUDOS_PROC_TRAP_H */
