/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which host core runs what, and who may spin.
 *
 * A hand-over between two tasks of one core costs a context switch; between two cores it costs
 * a cache miss if the other side spins, and ten context switches if that core has to be woken.
 * The host's scheduler, left alone, likes the last of these best.  So with two cores for each
 * virtual CPU, one gets the CPU's kernel thread, the other the guest tasks and the mappers, and
 * both sides spin.  With fewer, everything that belongs to a virtual CPU shares its core, and
 * both sides give it to each other, which takes one call instead of two (wake and sleep); but
 * only while each busy virtual CPU has a core, because who yields is last in the queue.  With a
 * single core there is nothing to choose.
 *
 * Owner:   hostsim/user.
 * Context: a virtual CPU, but for place_init().
 * Locking: none; a mapper or slot is placed by who owns it.
 * Errors:  none: a host that refuses leaves tasks where they are.
 */
#ifndef CLOUDOS_HOSTSIM_USER_PLACE_H
#define CLOUDOS_HOSTSIM_USER_PLACE_H

#include "hostsim/user/native_priv.h"

#define PLACE_ANYWHERE (-1)

void place_init(void);
/* May this virtual CPU spin for the hand-over of a guest task? */
bool place_may_spin(void);
/* Or offer it its core until it comes? */
bool place_may_yield(void);
/* Do so once. */
void place_yield(void);
/* The guest task of `slot` is about to run on this virtual CPU. */
void place_slot(struct native_space *space, struct native_slot *slot);
/* The calling thread is a virtual CPU that has its place. */
bool place_is_bound(void);
/* The calling thread is about to give an order; `helper`, or NULL, will call the mapper. */
void place_mapper(struct stub_mapper *m, const struct native_slot *helper);

#endif /* CLOUDOS_HOSTSIM_USER_PLACE_H */
