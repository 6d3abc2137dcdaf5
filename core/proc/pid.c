/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers that tasks, processes, groups and sessions are known by.
 *
 * One number may name several things at once, and none of them has to outlive another: a
 * group keeps the number of a leader that is long gone.  So a number in use is an object of its
 * own, and becomes free when the last of the four has let go.  Numbers are given out in order
 * and wrap, so that a number that has just been freed is not the next one to be used.
 */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "lib/bitmap.h"
#include "mm/slab.h"

#define CHUNK_NUMBERS 512u
#define CHUNKS        (PROC_PID_MAX / CHUNK_NUMBERS)

/* All under proc_tree_lock. */
static uint64_t used[BITMAP_WORDS(PROC_PID_MAX)];
static struct pid **chunks[CHUNKS];
static int32_t last;
static struct kmem_cache *pid_cache;

void pid_init(void)
{
    pid_cache = kmem_cache_create("pid", sizeof(struct pid), 0);
    kassert(pid_cache);
    bitmap_set(used, 0);
}

/* The next free number after the last one, or 0. */
static int32_t number_choose(void)
{
    size_t nr = bitmap_next_clear(used, PROC_PID_MAX, (size_t)last + 1);

    if (nr == PROC_PID_MAX)
        nr = bitmap_next_clear(used, PROC_PID_MAX, PID_RESERVED);
    return nr == PROC_PID_MAX ? 0 : (int32_t)nr;
}

/* Choose a number and mark it: -EAGAIN; *missing: it has no chunk yet, nothing was marked. */
static int number_take_locked(int32_t want, struct pid *pid, bool *missing)
{
    int32_t nr = want ? want : number_choose();

    if (nr == 0 || bitmap_test(used, (size_t)nr))
        return -EAGAIN;
    *missing = chunks[(uint32_t)nr / CHUNK_NUMBERS] == NULL;
    pid->nr = nr;
    if (*missing)
        return 0;
    bitmap_set(used, (size_t)nr);
    chunks[(uint32_t)nr / CHUNK_NUMBERS][(uint32_t)nr % CHUNK_NUMBERS] = pid;
    if (!want)
        last = nr;
    return 0;
}

/* Memory for the chunk of `nr`. */
static int chunk_add(int32_t nr)
{
    struct pid **chunk = kcalloc(CHUNK_NUMBERS, sizeof(*chunk));
    struct pid ***at = &chunks[(uint32_t)nr / CHUNK_NUMBERS];
    bool irq;

    if (!chunk)
        return -ENOMEM;
    irq = spin_lock_irqsave(&proc_tree_lock);
    if (!*at) {
        *at = chunk;
        chunk = NULL;
    }
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    kfree(chunk);
    return 0;
}

int pid_alloc(int32_t want, struct pid **out)
{
    struct pid *pid = kmem_cache_zalloc(pid_cache);
    bool missing = true;
    int err = 0;

    kassert(want >= 0 && want < PROC_PID_MAX);
    if (!pid)
        return -ENOMEM;
    list_init(&pid->group);
    while (missing && !err) {
        bool irq = spin_lock_irqsave(&proc_tree_lock);

        missing = false;
        err = number_take_locked(want, pid, &missing);
        spin_unlock_irqrestore(&proc_tree_lock, irq);
        if (!err && missing)
            err = chunk_add(pid->nr);
    }
    if (err) {
        kmem_cache_free(pid_cache, pid);
        return err;
    }
    *out = pid;
    return 0;
}

struct pid *pid_lookup_locked(int32_t nr)
{
    struct pid **chunk;

    kassert(spin_held(&proc_tree_lock));
    if (nr <= 0 || nr >= PROC_PID_MAX)
        return NULL;
    chunk = chunks[(uint32_t)nr / CHUNK_NUMBERS];
    return chunk ? chunk[(uint32_t)nr % CHUNK_NUMBERS] : NULL;
}

struct pid *pid_next_locked(int32_t nr)
{
    size_t at = nr < 1 ? 1 : (size_t)nr;

    if (at >= PROC_PID_MAX)
        return NULL;
    at = bitmap_next_set(used, PROC_PID_MAX, at);
    return at == PROC_PID_MAX ? NULL : pid_lookup_locked((int32_t)at);
}

void pid_release_locked(struct pid *pid)
{
    kassert(spin_held(&proc_tree_lock));
    if (pid->task || pid->process || pid->session || !list_empty(&pid->group))
        return;
    chunks[(uint32_t)pid->nr / CHUNK_NUMBERS][(uint32_t)pid->nr % CHUNK_NUMBERS] = NULL;
    bitmap_clear(used, (size_t)pid->nr);
    kmem_cache_free(pid_cache, pid);
}

void pid_free(struct pid *pid)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);

    pid_release_locked(pid);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
}

int32_t pid_last(void)
{
    return atomic_load_relaxed(&last);
}
