/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blank stubs, made ahead of need, and the end of used ones.
 *
 * Making a stub and its end cost the host a third of a millisecond, so one that has been emptied
 * serves again, if it never had more than its first guest task and the host confirms that this
 * task sleeps where it can do no harm (slot_rests()).  All others are killed; what they shared
 * with us is used again only when the host says that the process is gone.  One host thread makes
 * blank ones and reaps, off the critical path.
 */
#include "hostsim/user/space.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "hostsim/user/mapper.h"
#include "hostsim/user/patch.h"
#include "hostsim/user/shared.h"
#include "hostsim/user/slot.h"
#include "hostsim/user/tlb.h"
#include "hostsim/user/zygote.h"

#define POOL_LOW   2  /* make more when fewer are left, */
#define POOL_BLANK 4  /* this many */
#define POOL_USED  16 /* emptied ones that wait for their next use */

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool stopping;
    struct native_space *blank, *dead;
    struct native_space *used, **used_end; /* the oldest first */
    unsigned blank_count, used_count;
    unsigned ids[NATIVE_STUBS_MAX], id_count; /* free control pages */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static void id_put(unsigned id)
{
    pthread_mutex_lock(&pool.lock);
    pool.ids[pool.id_count++] = id;
    pthread_mutex_unlock(&pool.lock);
}

static unsigned id_get(void)
{
    unsigned id = 0;

    pthread_mutex_lock(&pool.lock);
    if (pool.id_count != 0)
        id = pool.ids[--pool.id_count];
    pthread_mutex_unlock(&pool.lock);
    return id;
}

/* Clone a stub whose first order, found at its start, makes its first guest task. */
static int blank_boot(struct native_space *space)
{
    struct native_slot *slot;
    int err = slot_order(space, &slot);

    if (err != 0)
        return err;
    mapper_post(&space->mapper, 0);
    err = zygote_clone(space->mapper.id);
    if (err != 0)
        return err;
    err = mapper_wait(&space->mapper);
    space->mapper.pid = (pid_t)slot->mem->pid;
    if (err == 0)
        err = slot_ready(space, slot);
    slot->next_idle = NULL;
    space->idle = slot;
    return err;
}

static void space_free(struct native_space *space)
{
    if (space->mapper.pid != 0)
        waitpid(space->mapper.pid, NULL, 0);
    slot_release_all(space);
    shared_control_clear(space->mapper.id);
    id_put(space->mapper.id);
    tlb_free(&space->tlb);
    pthread_mutex_destroy(&space->lock);
    free(space);
}

static int blank_make(struct native_space **out)
{
    struct native_space *space = calloc(1, sizeof(*space));
    unsigned id = id_get();
    int err;

    if (space == NULL || id == 0) {
        free(space);
        if (id != 0)
            id_put(id);
        return -EAGAIN;
    }
    pthread_mutex_init(&space->lock, NULL);
    mapper_init(&space->mapper, id);
    err = blank_boot(space);
    if (err != 0) {
        mapper_kill(&space->mapper);
        space_free(space);
        return err;
    }
    *out = space;
    return 0;
}

static void *pool_main(void *arg)
{
    struct native_space *space;

    (void)arg;
    pthread_mutex_lock(&pool.lock);
    while (!pool.stopping) {
        if (pool.blank_count + pool.used_count < POOL_BLANK) {
            pthread_mutex_unlock(&pool.lock);
            int err = blank_make(&space);
            pthread_mutex_lock(&pool.lock);
            if (err == 0) {
                space->next = pool.blank;
                pool.blank = space;
                pool.blank_count++;
                continue;
            }
        }
        if (pool.dead != NULL) {
            space = pool.dead;
            pool.dead = space->next;
            pthread_mutex_unlock(&pool.lock);
            slot_quiesce_kicks();
            space_free(space);
            pthread_mutex_lock(&pool.lock);
            continue;
        }
        pthread_cond_wait(&pool.work, &pool.lock);
    }
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

int pool_start(void)
{
    sigset_t all, old;
    pthread_t thread;
    int err;

    pool.used_end = &pool.used;
    for (unsigned id = NATIVE_STUBS_MAX - 1; id != 0; id--) /* 0 is the zygote's */
        pool.ids[pool.id_count++] = id;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    err = pthread_create(&thread, NULL, pool_main, NULL);
    if (err == 0)
        pthread_detach(thread); /* it ends with the process, wherever it is by then */
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -err;
}

/* ---- taking and giving ---- */

static struct native_space *blank_get(void)
{
    struct native_space *space;
    bool few;

    pthread_mutex_lock(&pool.lock);
    space = pool.blank;
    if (space != NULL) {
        pool.blank = space->next;
        pool.blank_count--;
    }
    few = pool.blank_count + pool.used_count < POOL_LOW;
    pthread_mutex_unlock(&pool.lock);
    if (few)
        pthread_cond_signal(&pool.work);
    return space;
}

static struct native_space *used_get(void)
{
    struct native_space *space;

    pthread_mutex_lock(&pool.lock);
    space = pool.used;
    if (space != NULL) {
        pool.used = space->next;
        pool.used_count--;
        if (pool.used == NULL)
            pool.used_end = &pool.used;
    }
    pthread_mutex_unlock(&pool.lock);
    return space;
}

static void pool_kill(struct native_space *space)
{
    mapper_kill(&space->mapper);
    pthread_mutex_lock(&pool.lock);
    space->next = pool.dead;
    pool.dead = space;
    pthread_mutex_unlock(&pool.lock);
    pthread_cond_signal(&pool.work);
}

/* Make a blank one of it. */
static bool used_renew(struct native_space *space)
{
    if (mapper_is_dead(&space->mapper))
        return false;
    slot_quiesce_kicks(); /* one that comes later would leave the task's registers in the slot */
    if (!slot_rests(space->slots))
        return false;
    slot_renew(space->slots);
    space->hint_count = 0;
    return true;
}

int pool_take(struct native_space **out)
{
    struct native_space *space;

    while ((space = used_get()) != NULL) {
        if (used_renew(space)) {
            *out = space;
            return 0;
        }
        pool_kill(space);
    }
    space = blank_get();
    if (space == NULL)
        return blank_make(out);
    *out = space;
    return 0;
}

void pool_give(struct native_space *space)
{
    bool kept = false;

    if (space->slot_count == 1 && space->idle == space->slots && space->slots->tid != 0 &&
        !mapper_is_dead(&space->mapper)) {
        slot_park(space->slots);
        pthread_mutex_lock(&pool.lock);
        if (pool.used_count < POOL_USED && !pool.stopping) {
            space->next = NULL;
            *pool.used_end = space;
            pool.used_end = &space->next;
            pool.used_count++;
            kept = true;
        }
        pthread_mutex_unlock(&pool.lock);
    }
    if (!kept)
        pool_kill(space);
}

void pool_stop(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.stopping = true;
    for (struct native_space *space = pool.blank; space != NULL; space = space->next)
        mapper_kill(&space->mapper);
    for (struct native_space *space = pool.used; space != NULL; space = space->next)
        mapper_kill(&space->mapper);
    pthread_mutex_unlock(&pool.lock);
}
