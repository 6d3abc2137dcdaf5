/* SPDX-License-Identifier: BSD-2-Clause */
/* Creating, destroying and flushing spaces. */
#include "hostsim/user/space.h"

#include <errno.h>
#include <sys/mman.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/user/mapper.h"
#include "hostsim/user/patch.h"
#include "hostsim/user/slot.h"
#include "hostsim/user/tlb.h"

static struct native_space *spaces[NATIVE_STUBS_MAX]; /* by handle, the stub's number */

struct native_space *space_get(uint64_t space)
{
    if (space == 0 || space >= NATIVE_STUBS_MAX)
        return NULL;
    return __atomic_load_n(&spaces[space], __ATOMIC_ACQUIRE);
}

int native_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    struct native_space *sp, *from = space_get(parent);
    int err = pool_take(&sp);

    if (err != 0)
        return err;
    sp->root_pa = root_pa;
    sp->fresh = true;
    if (from != NULL) {
        pthread_mutex_lock(&from->lock);
        tlb_hint(sp, from);
        pthread_mutex_unlock(&from->lock);
    }
    sp->patches = from != NULL ? patch_share(from->patches) : patch_create();
    mmu_space_bind(sp->mapper.id, root_pa);
    __atomic_store_n(&spaces[sp->mapper.id], sp, __ATOMIC_RELEASE);
    *space = sp->mapper.id;
    return 0;
}

/* The core uses the frames for something else as soon as we return, and death is not prompt: a
 * task that only pretends to have stopped runs on until the signal reaches its processor. */
static void space_disarm(struct native_space *sp)
{
    pthread_mutex_lock(&sp->lock);
    if (tlb_drop(sp) != 0)
        mapper_kill_and_wait(&sp->mapper);
    sp->low_mapped = false;
    sp->low_ordered = false;
    pthread_mutex_unlock(&sp->lock);
}

void native_space_destroy(uint64_t space)
{
    struct native_space *sp = space_get(space);

    if (sp == NULL)
        machine_check("hal_space_destroy: no such space", space);
    mmu_space_unbind(space);
    __atomic_store_n(&spaces[space], NULL, __ATOMIC_RELEASE);
    space_disarm(sp);
    patch_release(sp->patches);
    sp->patches = NULL;
    pool_give(sp);
}

void space_kill(struct native_space *sp)
{
    mapper_kill(&sp->mapper);
}

void space_kill_all(void)
{
    for (uint64_t i = 1; i < NATIVE_STUBS_MAX; i++)
        if (space_get(i) != NULL)
            space_kill(spaces[i]);
}

int space_slot_get(struct native_space *sp, struct native_slot **out)
{
    struct native_slot *slot;
    int err = 0;

    pthread_mutex_lock(&sp->lock);
    slot = sp->idle;
    if (slot != NULL && slot->tid != 0) {
        sp->idle = slot->next_idle;
    } else {
        if (slot != NULL)
            slot_order_task(sp, slot);
        else
            err = slot_order(sp, &slot);
        if (err == 0) {
            err = mapper_commit(&sp->mapper);
            if (slot != sp->idle) {
                slot->next_idle = sp->idle;
                sp->idle = slot;
            }
        }
        if (err == 0)
            err = slot_ready(sp, slot);
        if (err == 0)
            sp->idle = slot->next_idle;
    }
    pthread_mutex_unlock(&sp->lock);
    *out = slot;
    return err;
}

void space_slot_put(struct native_space *sp, struct native_slot *slot)
{
    pthread_mutex_lock(&sp->lock);
    slot->next_idle = sp->idle;
    sp->idle = slot;
    pthread_mutex_unlock(&sp->lock);
}

bool space_low_is_missing(const struct native_space *sp)
{
    return !__atomic_load_n(&sp->low_mapped, __ATOMIC_ACQUIRE) &&
           patch_in_use(sp->patches);
}

void space_fill_low(struct native_space *sp)
{
    if (!space_low_is_missing(sp))
        return;
    mapper_add_map(&sp->mapper, STUB_LOW, STUB_LOW_USED, PROT_READ | PROT_EXEC,
                   STUB_FD_TRAMPOLINE, patch_low_offset(sp->patches), MAP_POPULATE);
    sp->low_ordered = true;
}

int space_orders_release(struct native_space *sp, struct native_slot *slot)
{
    int err;

    if (!sp->low_ordered)
        return mapper_commit_release(&sp->mapper, slot);
    /* Nobody may rely on the trampolines before they are there. */
    err = mapper_commit(&sp->mapper);
    if (err != 0)
        return err;
    sp->low_ordered = false;
    __atomic_store_n(&sp->low_mapped, true, __ATOMIC_RELEASE);
    slot_resume(slot);
    return 0;
}

bool space_low_came(const struct native_space *sp, uint64_t va, enum hal_access access)
{
    return va >= STUB_LOW && va < STUB_LOW + STUB_LOW_USED && access != HAL_WRITE &&
           patch_in_use(sp->patches);
}

void native_flush(uint64_t space, uint64_t va, uint64_t len)
{
    struct native_space *sp = space_get(space);

    if (sp == NULL)
        return;
    pthread_mutex_lock(&sp->lock);
    /* A stub that cannot unmap must not go on.  Its death must be complete: the core may use
     * the frames for something else as soon as we return. */
    if (tlb_flush(sp, va, len) != 0)
        mapper_kill_and_wait(&sp->mapper);
    pthread_mutex_unlock(&sp->lock);
}
