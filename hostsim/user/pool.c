/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blank stubs, made ahead of need, and the end of used ones.
 *
 * One host thread does both off the critical path.  What a stub shared with us is used again
 * only when the host says that the process is gone.
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

#define POOL_BLANK 4

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool stopping;
    struct native_space *blank, *dead;
    unsigned blank_count;
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
        if (pool.blank_count < POOL_BLANK) {
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

int pool_take(struct native_space **out)
{
    struct native_space *space;

    pthread_mutex_lock(&pool.lock);
    space = pool.blank;
    if (space != NULL) {
        pool.blank = space->next;
        pool.blank_count--;
        pthread_cond_signal(&pool.work);
    }
    pthread_mutex_unlock(&pool.lock);
    if (space == NULL)
        return blank_make(out);
    *out = space;
    return 0;
}

void pool_give(struct native_space *space)
{
    mapper_kill(&space->mapper);
    pthread_mutex_lock(&pool.lock);
    space->next = pool.dead;
    pool.dead = space;
    pthread_cond_signal(&pool.work);
    pthread_mutex_unlock(&pool.lock);
}

void pool_stop(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.stopping = true;
    for (struct native_space *space = pool.blank; space != NULL; space = space->next)
        mapper_kill(&space->mapper);
    pthread_mutex_unlock(&pool.lock);
}
