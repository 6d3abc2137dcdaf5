/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who handles a system call: proc knows the trap, the room to its right knows the calls.
 *
 * Owner:   proc; registered once at boot, before the first program.
 * Context: thread context of the task, interrupts on.
 * Locking: none.
 * Errors:  none; the result is in the task's registers.
 */
#ifndef CLOUDOS_PROC_TRAP_H
#define CLOUDOS_PROC_TRAP_H

struct task;

void proc_set_syscall_entry(void (*fn)(struct task *t));

#endif /* CLOUDOS_PROC_TRAP_H */
