/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which host core runs what, and who may spin.
 *
 * A hand-over between two tasks of one core costs a context switch; between two cores it costs
 * a cache miss if the other side spins, and ten context switches if that core has to be woken.
 * The host's scheduler, left alone, likes the last of these best.  So with two cores for each
 * virtual CPU, one gets the CPU's kernel thread and the mappers, the other the guest tasks, and
 * both sides spin; with fewer, everything that belongs to a virtual CPU shares its core and
 * nobody spins.  With a single core there is nothing to choose.
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
/* The guest task of `slot` is about to run on this virtual CPU. */
void place_slot(struct native_space *space, struct native_slot *slot);
/* This thread is about to wait for the mapper. */
void place_mapper(struct stub_mapper *m);

#endif /* CLOUDOS_HOSTSIM_USER_PLACE_H */
