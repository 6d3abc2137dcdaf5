/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/tlb.h"

#include "lib/atomic.h"
#include "mm/frame.h"
#include "sched/sched.h"
#include "trace/counter.h"

COUNTER_DEFINE(vm_tlb_flushes, "batches of TLB flushes");
COUNTER_DEFINE(vm_tlb_shootdowns, "... that had to interrupt other CPUs");

/* Ranges this close together are flushed as one. */
#define VM_TLB_NEAR (16 * PAGE_SIZE)

void vm_tlb_begin(struct vm_tlb *b, struct vm_space *s)
{
    b->space = s;
    b->ranges = 0;
    b->count = 0;
}

void vm_tlb_page(struct vm_tlb *b, uint64_t va)
{
    struct vm_tlb_range *r = b->ranges ? &b->range[b->ranges - 1] : NULL;
    uint64_t end = va + PAGE_SIZE;

    if (r && va + VM_TLB_NEAR >= r->start && va <= r->end + VM_TLB_NEAR) {
        r->start = MIN(r->start, va);
        r->end = MAX(r->end, end);
    } else if (b->ranges < VM_TLB_RANGES) {
        b->range[b->ranges++] = (struct vm_tlb_range){va, end};
    } else {
        r->start = MIN(r->start, va);
        r->end = MAX(r->end, end);
    }
}

bool vm_tlb_frame(struct vm_tlb *b, uint64_t pa)
{
    kassert(b->count < VM_TLB_BATCH);
    b->frames[b->count++] = pa;
    return b->count == VM_TLB_BATCH;
}

/* On each CPU concerned, interrupts masked. */
static void vm_tlb_flush_cpu(void *arg)
{
    const struct vm_tlb *b = arg;

    for (uint32_t i = 0; i < b->ranges; i++)
        hal_tlb_flush(b->space->handle, b->range[i].start, b->range[i].end - b->range[i].start);
}

/*
 * This CPU is always told, even when the space is loaded nowhere: a home may keep something
 * about a space that outlives its being loaded.  The entries were changed with sequentially
 * consistent operations and a loader sets its bit before it walks, so a CPU that is missing in
 * the mask sees the new entries.
 */
static void vm_tlb_flush(struct vm_tlb *b)
{
    struct cpumask others;
    bool irq = hal_irq_save();

    atomic_fence();
    others.bits = atomic_load(&b->space->cpus_loaded) & ~BIT(hal_cpu_id());
    vm_tlb_flush_cpu(b);
    hal_irq_restore(irq);
    counter_inc(&vm_tlb_flushes);
    if (others.bits) {
        counter_inc(&vm_tlb_shootdowns);
        sched_call_cpus(others, vm_tlb_flush_cpu, b);
    }
}

void vm_tlb_finish(struct vm_tlb *b)
{
    if (b->ranges)
        vm_tlb_flush(b);
    for (uint32_t i = 0; i < b->count; i++)
        frame_put(b->frames[i]);
    b->ranges = 0;
    b->count = 0;
}
