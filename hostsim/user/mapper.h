/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders to a stub's mapper: a list of system calls that it makes as they stand, and perhaps a
 * guest task to release afterwards.
 *
 * Owner:   hostsim/user.
 * Context: any host thread.
 * Locking: the caller holds what covers the mapper (its space's lock, or the zygote's).
 * Errors:  -errno of the first call that failed, the rest is then not done; -ESRCH: the stub
 *          is dead.  Adding to an order cannot fail: a full one is committed on the way and
 *          its error comes out of the next commit.
 */
#ifndef CLOUDOS_HOSTSIM_USER_MAPPER_H
#define CLOUDOS_HOSTSIM_USER_MAPPER_H

#include "hostsim/user/native_priv.h"

/* `m->control` is a cleared page; nobody listens to it yet. */
void mapper_init(struct stub_mapper *m, unsigned id);

void mapper_add(struct stub_mapper *m, uint64_t kind, int64_t nr, const uint64_t args[6]);
void mapper_add_map(struct stub_mapper *m, uint64_t va, uint64_t len, int prot, int fd,
                    uint64_t offset, int extra_flags);
void mapper_add_unmap(struct stub_mapper *m, uint64_t va, uint64_t len);
void mapper_add_protect(struct stub_mapper *m, uint64_t va, uint64_t len, int prot);

/* Give the order and wait until it is finished. */
MUST_CHECK int mapper_commit(struct stub_mapper *m);
/* Give the order, whose end lets the task of `slot` go on, and do not wait: its error comes out
 * of the next call, or out of mapper_has_failed(), and then the task is not released. */
MUST_CHECK int mapper_commit_release(struct stub_mapper *m, struct native_slot *slot);
/* An order has been given and not answered yet. */
bool mapper_is_busy(const struct stub_mapper *m);
/* The last order was not carried out. */
bool mapper_has_failed(const struct stub_mapper *m);
/* A task that was asked to call the mapper may not have done so.  Any host thread, no lock. */
void mapper_call(struct stub_mapper *m);
/* The two halves of a commit, for an order that the stub finds when it starts. */
void mapper_post(struct stub_mapper *m, uint64_t release);
MUST_CHECK int mapper_wait(struct stub_mapper *m);

/* Kill the process; it becomes a zombie until the pool reaps it. */
void mapper_kill(struct stub_mapper *m);
/* The same, and return when none of its tasks can run any more. */
void mapper_kill_and_wait(struct stub_mapper *m);
/* Has the process ended?  Marks the mapper dead if so. */
bool mapper_is_dead(struct stub_mapper *m);

long host_futex(uint32_t *word, int op, uint32_t value, uint64_t timeout_ns);

#endif /* CLOUDOS_HOSTSIM_USER_MAPPER_H */
