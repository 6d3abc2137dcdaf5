/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fake machine with a scheduler: the test itself is the boot thread.
 *
 * Owner:   tests/unit/sched.
 * Context: the test's thread; bodies run as kernel threads.
 * Locking: none.
 * Errors:  a failure to set up fails the test.
 */
#ifndef CLOUDOS_UNIT_SCHED_MACHINE_H
#define CLOUDOS_UNIT_SCHED_MACHINE_H

#include "hal_fake.h"

#include "sched/sched.h"
#include "sched/thread.h"

#define MS UINT64_C(1000000)

/* Once per program (cmocka group setup). */
int machine_start(void **state);
/* A thread that will run body(arg); started. */
struct thread *machine_spawn(const char *name, void (*body)(void *), void *arg);
/* Let it end, and drop the reference. */
void machine_join(struct thread *t);
/* Let everybody else run until all of them sleep. */
void machine_settle(void);

#endif /* CLOUDOS_UNIT_SCHED_MACHINE_H */
