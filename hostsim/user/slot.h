/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: one guest task each, and the hand-over of the turn between it and us.
 *
 * A task is made once and used for one guest thread after another of the same space; what an
 * earlier thread did to it (masks, alternate stack) can only hurt that same space.
 *
 * Owner:   hostsim/user.
 * Context: any host thread.
 * Locking: the space's lock for the lists; a slot in use belongs to the thread that uses it.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SLOT_H
#define CLOUDOS_HOSTSIM_USER_SLOT_H

#include "hostsim/user/native_priv.h"

void slot_init(void);

/* Take a slot from the common store for `space` and add to its mapper's order what maps it and
 * makes its task.  -EAGAIN: no slots left. */
MUST_CHECK int slot_order(struct native_space *space, struct native_slot **out);
/* Only its task, for a slot whose first attempt failed there. */
void slot_order_task(struct native_space *space, struct native_slot *slot);
/* The order has been carried out: learn the ids.  -ESRCH: not believable, the stub is lost. */
MUST_CHECK int slot_ready(struct native_space *space, struct native_slot *slot);
/* May the slot's task, which nobody uses, serve another program?  slot_renew() makes it. */
bool slot_rests(const struct native_slot *slot);
/* Forget the signal frames in it; for a task that has run nothing since it was resumed. */
void slot_wipe_stack(struct native_slot *slot);
void slot_renew(struct native_slot *slot);
/* Let it sleep: nobody will resume it soon. */
void slot_park(struct native_slot *slot);
/* The process is gone: all slots of the space return to the store. */
void slot_release_all(struct native_space *space);

/* How a wait ended. */
enum slot_event {
    SLOT_HANDED_OVER,
    SLOT_INTERRUPTED, /* an interrupt was pending before the task was released */
    SLOT_LOST,
};

/* Publish that this CPU runs `slot`, so that native_kick() finds it.  False, and nothing is
 * published, if an interrupt is pending. */
bool slot_enter(struct native_space *space, struct native_slot *slot);
/* Give the turn to the task.  slot->mem is all set. */
void slot_resume(struct native_slot *slot);
/* Wait for the turn, kicking the task when this CPU is interrupted; then unpublish. */
enum slot_event slot_wait(struct native_space *space, struct native_slot *slot);
/* After slot_enter(), when there is nothing to wait for. */
void slot_leave(void);

/* The task of this CPU that waits for us, awake, on a core that the mapper can have; or NULL. */
struct native_slot *slot_helper(const struct stub_mapper *m);
/* Take the turn from us until the mapper gives it to the task or slot_unask() takes it back, and
 * have the task call the mapper for an order that is given right after this.  False: it sleeps,
 * or another CPU runs it by now. */
bool slot_ask(struct native_slot *slot);
/* The order has been carried out and did not release it. */
void slot_unask(struct native_slot *slot);

/* Let the task that this CPU ran before, if another one, sleep instead of spin. */
void slot_park_previous(struct native_slot *now);

/* No kick that was begun before is still under way. */
void slot_quiesce_kicks(void);

#endif /* CLOUDOS_HOSTSIM_USER_SLOT_H */
