/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/tlb.h"

#include "lib/atomic.h"
#include "mm/frame.h"
#include "sched/sched.h"
#include "trace/counter.h"
#include "trace/event.h"
#include "vm/vm_priv.h"

COUNTER_DEFINE(vm_tlb_flushes, "batches of TLB flushes");
COUNTER_DEFINE(vm_tlb_shootdowns, "... that had to interrupt other CPUs");
COUNTER_DEFINE(vm_tlb_catch_ups,
               "flushes of a space that changed while it was not loaded");

TRACEPOINT_DEFINE(tlb_shootdown, "space cpus:x number");

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

void vm_tlb_join(struct vm_tlb *b)
{
    for (uint32_t i = 1; i < b->ranges; i++) {
        b->range[0].start = MIN(b->range[0].start, b->range[i].start);
        b->range[0].end = MAX(b->range[0].end, b->range[i].end);
    }
    b->ranges = MIN(b->ranges, 1u);
}

bool vm_tlb_frame(struct vm_tlb *b, uint64_t pa)
{
    kassert(b->count < VM_TLB_BATCH);
    b->frames[b->count++] = pa;
    return b->count == VM_TLB_BATCH;
}

struct vm_tlb_call {
    const struct vm_tlb *batch;
    uint64_t gen; /* number of this flush */
};

/* On each CPU concerned, interrupts masked. */
static void vm_tlb_flush_cpu(void *arg)
{
    const struct vm_tlb_call *c = arg;
    const struct vm_tlb *b = c->batch;
    uint64_t *seen = &b->space->tlb_seen[hal_cpu_id()];

    for (uint32_t i = 0; i < b->ranges; i++)
        hal_tlb_flush(b->space->handle, b->range[i].start,
                      b->range[i].end - b->range[i].start);
    if (*seen + 1 == c->gen)
        *seen = c->gen;
}

/* One flush is for every CPU: nobody has to be interrupted, or finds out later. */
static void vm_tlb_flush_all(const struct vm_tlb *b)
{
    for (uint32_t i = 0; i < b->ranges; i++)
        hal_tlb_flush(b->space->handle, b->range[i].start,
                      b->range[i].end - b->range[i].start);
    counter_inc(&vm_tlb_flushes);
}

/*
 * This CPU is always told, even when the space is loaded nowhere: a home may keep something
 * about a space that is not per CPU.
 *
 * A CPU that does not have the space loaded is not interrupted, though its TLB may remember
 * translations of it (under an ASID).  It finds out when it loads the space again: the number
 * of flushes has changed, and it forgets the whole space.  The flusher counts up and then reads
 * the mask, the loader sets its bit and then reads the count, so one of them sees the other.
 */
static void vm_tlb_flush(struct vm_tlb *b)
{
    struct vm_tlb_call call = {.batch = b};
    struct cpumask others;
    bool irq;

    if (hal_bootinfo()->tlb_broadcast) {
        vm_tlb_flush_all(b);
        return;
    }
    irq = hal_irq_save();
    call.gen = atomic_add_return(&b->space->tlb_gen, 1);
    others.bits = atomic_load(&b->space->cpus_loaded) & ~BIT(hal_cpu_id());
    vm_tlb_flush_cpu(&call);
    hal_irq_restore(irq);
    counter_inc(&vm_tlb_flushes);
    if (others.bits) {
        counter_inc(&vm_tlb_shootdowns);
        trace_event(tlb_shootdown, b->space->handle, others.bits, call.gen);
        sched_call_cpus(others, vm_tlb_flush_cpu, &call);
    }
}

void vm_tlb_loaded(struct vm_space *s)
{
    uint64_t *seen = &s->tlb_seen[hal_cpu_id()];
    uint64_t gen = atomic_load(&s->tlb_gen);

    if (*seen == gen)
        return;
    if (*seen) {
        counter_inc(&vm_tlb_catch_ups);
        hal_tlb_flush(s->handle, 0, UINT64_MAX);
    }
    *seen = gen;
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
