/* SPDX-License-Identifier: BSD-2-Clause */
/* Bugs with frames, page tables and user memory, and references that are never given back. */
#include "abi/mman.h"
#include "abi/user.h"
#include "mm/frame.h"
#include "mm/pgtable.h"
#include "sched/thread.h"
#include "sched/timer.h"
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

/* for (;;) load from rdi */
static const uint8_t user_loop[] = {0x8b, 0x07, 0xeb, 0xfc};

static void tick(struct timer *t UNUSED)
{
}

/* A program that only loads, with nobody but its CPU's timer to interrupt it. */
static NOINLINE void user_run(struct hal_user *u, unsigned interrupts)
{
    struct timer timer;

    timer_init(&timer, tick);
    while (interrupts > 0) {
        struct hal_trap trap;
        bool unmasked;

        timer_arm(&timer, hal_time_ns() + 1000000);
        unmasked = hal_irq_save();
        hal_user_run(u, &trap);
        hal_irq_restore(unmasked);
        if (trap.kind == HAL_TRAP_FAULT)
            (void)vm_fault(vm_current(), trap.addr, trap.access);
        else
            interrupts--;
    }
    timer_cancel_sync(&timer);
}

void plant_missing_flush_user(void)
{
    struct vm_space *s = space_with_page();
    struct hal_user u = {0};

    if (!s || copy_to_user(USER_VA + 64, user_loop, sizeof(user_loop)) ||
        vm_protect(s, USER_VA, PAGE_SIZE, PROT_READ | PROT_EXEC) ||
        hal_user_init(&u, s->handle, NULL))
        return;
    user_regs_start(&u.regs, USER_VA + 64, 0);
    u.regs.rdi = USER_VA;
    user_run(&u, 1);
    page_give_up(s);
    user_run(&u, 2);
    hal_user_fini(&u);
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
