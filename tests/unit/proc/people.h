/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fake machine with processes that never run: the test's thread takes the place of whichever
 * task it says it is.
 *
 * Owner:   tests/unit/proc.
 * Context: the test's thread, which is the kernel's boot thread.
 * Locking: none.
 * Errors:  a failure to set up fails the test.
 */
#ifndef CLOUDOS_UNIT_PROC_PEOPLE_H
#define CLOUDOS_UNIT_PROC_PEOPLE_H

#include "hal_fake.h"

#include "proc/proc_priv.h"

/* cmocka group setup: process 1 is there afterwards. */
int people_boot(void **state);
/* A child of `parent` in its group and session, or (parent NULL) in ones of its own. */
struct task *people_child(struct task *parent);
/* Another task of the same process. */
struct task *people_thread(struct task *t);
/* The calling thread is `t` from now on; NULL: nobody. */
void people_become(struct task *t);
/* It has ended, nobody notices. */
void people_bury(struct task *t);
/* What a sleeping or running task would see. */
bool people_interrupted(const struct task *t);
bool people_killed(const struct task *t);

#endif /* CLOUDOS_UNIT_PROC_PEOPLE_H */
