/* SPDX-License-Identifier: BSD-2-Clause */
/* Bugs with frames, page tables and user memory, and references that are never given back. */
#include "abi/mman.h"
#include "mm/frame.h"
#include "mm/pgtable.h"
#include "sched/thread.h"
#include "tests/planted/kernel/planted.h"
#include "vm/space.h"
#include "vm/ucopy.h"

#define USER_VA UINT64_C(0x70000000)

/* A process's memory, with one page of it in use. */
static struct vm_space *space_with_page(void)
{
    const struct vm_map_args args = {
        .addr = USER_VA,
        .len = PAGE_SIZE,
        .prot = PROT_READ | PROT_WRITE,
        .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
    };
    struct vm_space *s;
    uint64_t va;

    if (vm_space_create(&s))
        return NULL;
    vm_thread_set_space(s);
    if (vm_map(s, &args, &va) || put_user32(USER_VA, 1))
        return NULL;
    return s;
}

static NOINLINE void page_give_up(struct vm_space *s)
{
    struct pte old;

    spin_lock(&s->pt_lock);
    old = pgtable_clear(&s->pt, USER_VA);
    spin_unlock(&s->pt_lock);
    frame_put(old.pa); /* the flush would have come before this */
}

void plant_missing_flush(void)
{
    struct vm_space *s = space_with_page();
    uint32_t word;

    if (!s)
        return;
    page_give_up(s);
    if (get_user32(&word, USER_VA)) /* mark: stale */
        return;
}

static NOINLINE uint32_t word_peek(const uint32_t *at)
{
    return *(const volatile uint32_t *)at; /* mark: peeked */
}

void plant_user_pointer(void)
{
    if (space_with_page())
        (void)word_peek((const uint32_t *)(uintptr_t)USER_VA); /* mark: not-copied */
}

void plant_leaked_page(void)
{
    uint64_t pa = frame_alloc(0, FRAME_WAIT, FRAME_KERNEL); /* mark: leaked */

    *(volatile uint64_t *)phys_to_virt(pa) = 1;
}

static void worker(void *arg UNUSED)
{
}

static NOINLINE struct thread *worker_start(void)
{
    struct thread_params p = {.name = "worker", .entry = worker};
    struct thread *t;

    if (thread_create(&p, &t))
        return NULL;
    thread_get(t); /* for whom? */
    thread_start(t);
    return t;
}

void plant_leaked_reference(void)
{
    struct thread *t = worker_start();

    if (t)
        thread_put(t);
}
