/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that hold code, as all cores see them, and the mail between cores. */
#include "hostsim/user/sim/code.h"

#include <errno.h>
#include <sys/mman.h>

#include "hostsim/user/sim/mem.h"

static struct sim_frame *frames;
static uint64_t frames_count;
static struct sim_core *_Atomic cores[HAL_CPUS_MAX];

int sim_frames_init(uint64_t ram_bytes)
{
    void *at;

    frames_count = ram_bytes >> HAL_PAGE_SHIFT;
    at = mmap(NULL, frames_count * sizeof(*frames), PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return -ENOMEM;
    frames = at;
    return 0;
}

struct sim_frame *sim_frame_of(uint64_t pa)
{
    return &frames[pa >> HAL_PAGE_SHIFT];
}

void sim_frames_join(struct sim_core *core)
{
    for (core->id = 0; core->id < HAL_CPUS_MAX; core->id++) {
        struct sim_core *nobody = NULL;

        if (atomic_compare_exchange_strong(&cores[core->id], &nobody, core))
            return;
    }
}

void sim_frames_leave(struct sim_core *core)
{
    for (uint64_t i = 0; i < frames_count; i++) {
        if (atomic_load(&frames[i].cores) >> core->id & 1)
            atomic_fetch_and(&frames[i].cores, ~(UINT64_C(1) << core->id));
    }
    atomic_store(&cores[core->id], NULL);
}

bool sim_code_holds(const struct sim_core *core UNUSED, uint64_t pa)
{
    return atomic_load(&sim_frame_of(pa)->cores) != 0;
}

bool sim_code_grant(struct sim_core *core, uint64_t pa)
{
    struct sim_frame *f = sim_frame_of(pa);

    if (!atomic_load_explicit(&f->granted, memory_order_relaxed))
        atomic_store(&f->granted, 1);
    return !sim_code_holds(core, pa);
}

static void mail_send(struct sim_core *to, bool revoke, bool reverify, uint64_t drop)
{
    pthread_mutex_lock(&to->mail_lock);
    to->mail.revoke |= revoke;
    to->mail.reverify |= reverify;
    if (drop != SIM_NO_PAGE) {
        if (to->mail.count < SIM_MAIL_MAX)
            to->mail.drop[to->mail.count++] = drop;
        else
            to->mail.overflow = true;
    }
    pthread_mutex_unlock(&to->mail_lock);
    atomic_store(&to->attention, true);
}

/* Give up fast writes to frames that hold code: were there any? */
static bool revoke(struct sim_core *core)
{
    bool any = false;

    for (unsigned c = 0; c < SIM_CONTEXTS; c++) {
        for (unsigned i = 0; i < SIM_TLB_SIZE; i++) {
            struct sim_tlb_entry *e = &core->contexts[c].tlb.e[i];

            if (e->write == SIM_TLB_NONE ||
                !sim_code_holds(core, e->host + e->write - (uintptr_t)core->mmu.ram))
                continue;
            e->write = SIM_TLB_NONE;
            any = true;
        }
    }
    return any;
}

void sim_frames_mark(struct sim_core *core, uint64_t pa)
{
    struct sim_frame *f = sim_frame_of(pa);
    uint64_t bit = UINT64_C(1) << core->id;

    if (atomic_load_explicit(&f->cores, memory_order_relaxed) & bit)
        return;
    atomic_fetch_or(&f->cores, bit);
    if (!atomic_exchange(&f->granted, 0))
        return;
    revoke(core);
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++) {
        struct sim_core *other = atomic_load(&cores[i]);

        if (other && other != core)
            mail_send(other, true, false, SIM_NO_PAGE);
    }
}

void sim_frames_tell(struct sim_core *core, uint64_t pa, bool drop)
{
    uint64_t others = atomic_load(&sim_frame_of(pa)->cores) & ~(UINT64_C(1) << core->id);

    for (; others; others &= others - 1) {
        struct sim_core *other = atomic_load(&cores[__builtin_ctzll(others)]);

        if (other)
            mail_send(other, false, true, drop ? pa : SIM_NO_PAGE);
    }
}

/* What was written through a fast way until now may have changed code that somebody decoded
 * before the way was closed. */
static void everybody_reverify(void)
{
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++) {
        struct sim_core *core = atomic_load(&cores[i]);

        if (core)
            mail_send(core, false, true, SIM_NO_PAGE);
    }
}

void sim_frames_read_mail(struct sim_core *core)
{
    struct sim_mail mail;

    pthread_mutex_lock(&core->mail_lock);
    mail = core->mail;
    core->mail = (struct sim_mail){0};
    pthread_mutex_unlock(&core->mail_lock);
    if (mail.revoke && revoke(core))
        everybody_reverify();
    if (mail.overflow) {
        sim_code_forget_all(core);
        for (uint64_t i = 0; i < frames_count; i++)
            atomic_fetch_and(&frames[i].cores, ~(UINT64_C(1) << core->id));
    }
    for (unsigned i = 0; i < mail.count; i++)
        sim_code_drop_frame(core, mail.drop[i]);
    if (mail.reverify)
        for (unsigned c = 0; c < SIM_CONTEXTS; c++)
            sim_code_new_epoch(core, &core->contexts[c]);
}
