/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest threads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/hal/machine.h"
#include "hostsim/user/frame.h"
#include "hostsim/user/mapper.h"
#include "hostsim/user/patch.h"
#include "hostsim/user/slot.h"
#include "hostsim/user/space.h"
#include "hostsim/user/tlb.h"
#include "hostsim/user/trap.h"

/* ---- handles ---- */

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static struct native_thread threads[NATIVE_THREADS_MAX]; /* 0 is nobody */
static uint32_t threads_free, threads_used = 1;

static uint32_t thread_alloc(void)
{
    uint32_t i = 0;

    pthread_mutex_lock(&threads_lock);
    if (threads_free != 0) {
        i = threads_free;
        threads_free = threads[i].next_free;
    } else if (threads_used < NATIVE_THREADS_MAX) {
        i = threads_used++;
    }
    pthread_mutex_unlock(&threads_lock);
    return i;
}

static void thread_free(uint32_t i)
{
    free(threads[i].fpu);
    memset(&threads[i], 0, sizeof(threads[i]));
    pthread_mutex_lock(&threads_lock);
    threads[i].next_free = threads_free;
    threads_free = i;
    pthread_mutex_unlock(&threads_lock);
}

static struct native_thread *thread_of(const struct hal_user *u)
{
    if (u->engine == 0 || u->engine >= NATIVE_THREADS_MAX ||
        threads[u->engine].space == NULL)
        machine_check("hal_user: no such thread", u->engine);
    return &threads[u->engine];
}

/* ---- vector state ---- */

static uint8_t *thread_fpu(struct native_thread *th)
{
    if (th->fpu == NULL) {
        th->fpu = malloc(fpu_bytes());
        if (th->fpu == NULL)
            machine_die("native: out of host memory");
        fpu_initial(th->fpu);
    }
    return th->fpu;
}

/* Have the task save what lives in its registers. */
static bool thread_fpu_save(struct native_thread *th)
{
    struct native_slot *slot = th->slot;

    slot->mem->xsave_mask = fpu_mask();
    slot->mem->command = COMMAND_SAVE_FPU;
    slot->mem->kind = KIND_NONE;
    slot_resume(slot);
    return slot_wait(th->space, slot) == SLOT_HANDED_OVER && slot->mem->kind == KIND_FPU;
}

/* Bring `th->fpu` up to date.  What a lost thread had is gone. */
static void thread_fpu_collect(struct native_thread *th)
{
    uint8_t *image = thread_fpu(th);

    if (th->fpu_where == FPU_HELD)
        return;
    if (th->fpu_where == FPU_INITIAL ||
        (th->slot->stop == SLOT_STOP_REGS && !thread_fpu_save(th)))
        fpu_initial(image);
    else
        fpu_read(th->slot, image);
}

size_t native_fpu_bytes(void)
{
    return fpu_bytes();
}

void native_fpu_get(struct hal_user *u, void *buf)
{
    struct native_thread *th = thread_of(u);

    thread_fpu_collect(th);
    memcpy(buf, th->fpu, fpu_bytes());
}

int native_fpu_set(struct hal_user *u, const void *buf)
{
    struct native_thread *th = thread_of(u);
    uint8_t *image = malloc(fpu_bytes());
    int err;

    if (image == NULL)
        machine_die("native: out of host memory");
    memcpy(image, buf, fpu_bytes());
    err = fpu_check(image);
    if (err != 0) {
        free(image);
        return err;
    }
    free(th->fpu);
    th->fpu = image;
    th->fpu_where = FPU_HELD;
    th->by_frame = true;
    return 0;
}

/* ---- life ---- */

int native_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    struct native_space *sp = space_get(space);
    uint32_t i = thread_alloc();
    struct native_thread *th = &threads[i];
    int err;

    if (sp == NULL)
        machine_check("hal_user_init: no such space", space);
    if (i == 0)
        return -EAGAIN;
    err = space_slot_get(sp, &th->slot);
    if (err != 0) {
        thread_free(i);
        return err == -ESRCH ? -EAGAIN : err;
    }
    th->space = sp;
    th->by_frame = true;
    th->fpu_where = FPU_INITIAL;
    if (from != NULL) {
        struct native_thread *parent = thread_of(from);

        thread_fpu_collect(parent);
        memcpy(thread_fpu(th), parent->fpu, fpu_bytes());
        th->fpu_where = FPU_HELD;
    }
    memset(&u->regs, 0, sizeof(u->regs));
    u->space = space;
    u->engine = i;
    return 0;
}

void native_user_fini(struct hal_user *u)
{
    struct native_thread *th = thread_of(u);

    space_slot_put(th->space, th->slot);
    thread_free((uint32_t)u->engine);
    u->engine = 0;
}

/* ---- running ---- */

/* Orders that must be carried out before the task may go on: true, and the space's lock is
 * held. */
static bool thread_orders(struct native_thread *th, const struct user_regs *regs)
{
    struct native_space *sp = th->space;

    if (!th->has_fault && !space_low_is_missing(sp) &&
        !__atomic_load_n(&sp->fresh, __ATOMIC_RELAXED))
        return false;
    pthread_mutex_lock(&sp->lock);
    if (sp->fresh) {
        tlb_prefill(sp, regs->rip, regs->rsp);
        __atomic_store_n(&sp->fresh, false, __ATOMIC_RELAXED);
    }
    if (th->has_fault)
        tlb_fill(sp, th->fault_va, th->fault_access);
    th->has_fault = false;
    space_fill_low(sp);
    if (sp->mapper.count != 0)
        return true;
    pthread_mutex_unlock(&sp->lock);
    return false;
}

static void thread_prepare(struct native_thread *th, const struct user_regs *regs)
{
    struct native_slot *slot = th->slot;

    if (!th->by_frame && slot->stop == SLOT_STOP_REGS && !frame_fits_registers(regs)) {
        thread_fpu_collect(th);
        th->fpu_where = FPU_HELD;
        th->by_frame = true;
    }
    frame_write(slot, regs, th->by_frame, th->fpu_where == FPU_HELD ? th->fpu : NULL);
}

/* Let the task run until it hands over. */
static enum slot_event thread_go(struct native_thread *th, const struct user_regs *regs)
{
    struct native_space *sp = th->space;
    struct native_slot *slot = th->slot;
    int err;

    thread_prepare(th, regs);
    if (!slot_enter(sp, slot))
        return SLOT_INTERRUPTED;
    if (!thread_orders(th, regs)) {
        slot_resume(slot);
        slot_park_previous(slot);
        return slot_wait(sp, slot);
    }
    slot_park_previous(slot);
    err = space_orders_release(sp, slot);
    pthread_mutex_unlock(&sp->lock);
    if (err == 0)
        return slot_wait(sp, slot);
    slot_leave();
    return SLOT_LOST;
}

void native_user_run(struct hal_user *u, struct hal_trap *trap)
{
    struct native_thread *th = thread_of(u);

    memset(trap, 0, sizeof(*trap));
    do {
        if (machine_irq_pending()) {
            trap->kind = HAL_TRAP_INTERRUPT;
            return;
        }
        if (!trap_check_regs(th, &u->regs, trap))
            return;
        switch (thread_go(th, &u->regs)) {
        case SLOT_HANDED_OVER:
            break;
        case SLOT_INTERRUPTED:
            trap->kind = HAL_TRAP_INTERRUPT;
            return;
        case SLOT_LOST:
            trap_lost(th, trap);
            return;
        }
    } while (!trap_take(th, &u->regs, trap));
}
