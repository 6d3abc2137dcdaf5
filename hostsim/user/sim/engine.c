/* SPDX-License-Identifier: BSD-2-Clause */
/* The exact engine on the machine: its cores, the walk, spaces. */
#include "hostsim/user/sim/engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "hostsim/hal/mmu.h"
#include "hostsim/hal/mmu_tlb.h"
#include "hostsim/user/sim/code.h"
#include "hostsim/user/sim/row.h"

static struct sim_core *_Atomic cores[HAL_CPUS_MAX];

/* Pieces of large leaves may be cached; a flush of any byte of one is for all of its pieces. */
static _Atomic bool large_leaves;

/* ---- cores ---- */

static bool walk(void *arg, uint64_t va, enum hal_access access, uint8_t **host,
                 uint8_t *ready)
{
    uint64_t root_pa = mmu_space_root(machine_space());
    struct mmu_leaf leaf;

    (void)arg;
    if (!mmu_walk(root_pa, va, access, &leaf))
        return false;
    if (leaf.shift > HAL_PAGE_SHIFT)
        atomic_store_explicit(&large_leaves, true, memory_order_relaxed);
    *host = arena_virt(leaf.pa);
    *ready = leaf.ready;
    return true;
}

static struct sim_core *core_make(unsigned cpu)
{
    const struct sim_mmu mmu = {
        .translate = walk,
        .life = mmu_frame_life,
        .time_ns = hal_time_ns,
        .ram = arena_virt(0),
        .ram_bytes = arena_bytes(),
        .user_max = SIM_USER_MAX,
    };
    struct sim_core *core = sim_core_create(&mmu);

    if (!core)
        machine_die("sim: out of host memory");
    atomic_store(&cores[cpu], core);
    return core;
}

struct sim_core *sim_engine_core(void)
{
    unsigned cpu = machine_cpu();
    struct sim_core *core = atomic_load_explicit(&cores[cpu], memory_order_relaxed);

    return core ? core : core_make(cpu);
}

static int sim_init(void)
{
    const char *why;
    int err;

    if (!sim_rows_index(&why)) {
        fprintf(stderr, "cloudos: sim engine: two rows for one encoding: %s\n", why);
        return -EINVAL;
    }
    err = sim_frames_init(arena_bytes());
    if (err)
        fprintf(stderr, "cloudos: sim engine: %s\n", strerror(-err));
    return err;
}

static void sim_fini(void)
{
}

static void sim_kick(unsigned cpu)
{
    struct sim_core *core = atomic_load(&cores[cpu]);

    if (core)
        sim_core_attention(core);
}

static void sim_flush(uint64_t space, uint64_t va, uint64_t len)
{
    uint64_t tag = mmu_space_tag(space);

    if (tag == 0 || len == 0)
        return;
    if (len == UINT64_MAX || atomic_load_explicit(&large_leaves, memory_order_relaxed))
        sim_core_flush(sim_engine_core(), tag, 0, UINT64_MAX);
    else
        sim_core_flush(sim_engine_core(), tag, va, len);
}

static void sim_wrote(uint64_t pa, uint64_t len)
{
    if (sim_code_holds(NULL, pa))
        sim_code_written(sim_engine_core(), pa, len);
}

/* ---- spaces: numbers, and a binding that the MMU knows ---- */

static pthread_mutex_t spaces_lock = PTHREAD_MUTEX_INITIALIZER;
static uint16_t spaces_next[MMU_SPACES_MAX]; /* of the free list */
static uint16_t spaces_free;
static uint32_t spaces_used = 1;

int sim_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    uint32_t i = 0;

    (void)parent;
    pthread_mutex_lock(&spaces_lock);
    if (spaces_free) {
        i = spaces_free;
        spaces_free = spaces_next[i];
    } else if (spaces_used < MMU_SPACES_MAX) {
        i = spaces_used++;
    }
    pthread_mutex_unlock(&spaces_lock);
    if (i == 0)
        return -EAGAIN;
    mmu_space_bind(i, root_pa);
    *space = i;
    return 0;
}

void sim_space_destroy(uint64_t space)
{
    mmu_space_unbind(space);
    pthread_mutex_lock(&spaces_lock);
    spaces_next[space] = spaces_free;
    spaces_free = (uint16_t)space;
    pthread_mutex_unlock(&spaces_lock);
}

/* ---- what the machine sees ---- */

static const struct engine_user_ops sim_user_ops = {
    .space_create = sim_space_create,
    .space_destroy = sim_space_destroy,
    .init = sim_user_init,
    .fini = sim_user_fini,
    .run = sim_user_run,
    .fpu_bytes = sim_fpu_bytes,
    .fpu_get = sim_fpu_get,
    .fpu_set = sim_fpu_set,
};

const struct engine_ops engine_sim = {
    .name = "sim",
    .exact = true,
    .user = &sim_user_ops,
    .init = sim_init,
    .fini = sim_fini,
    .kick = sim_kick,
    .flush = sim_flush,
    .wrote = sim_wrote,
    .user_min = SIM_USER_MIN,
    .user_max = SIM_USER_MAX,
};
