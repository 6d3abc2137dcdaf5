/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event rings.  Record `seq` lies in slot `seq % count`.  `head` is the number of the
 * record to be written next, so a slot is being overwritten only while its record is
 * `head - count`: a reader that still sees `head - seq < count` after copying has an
 * intact copy.
 */
#include "trace/event.h"

#include "hal/hal.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "trace/counter.h"

COUNTER_DEFINE(trace_events_dropped, "events of a CPU that has no trace ring");
TRACEPOINT_DEFINE(trace_mark, "switched");
TRACEPOINT_DEFINE(lock_contended, "name:s more:s holder");

struct event_ring {
    struct event_record *records; /* atomic; NULL: none installed */
    size_t count;                 /* a power of two */
    uint64_t head;                /* atomic; written by the owning CPU */
} ALIGNED(64);

static struct event_ring rings[HAL_CPUS_MAX];
static bool streaming; /* atomic */

void event_ring_install(unsigned cpu, struct event_record *records, size_t count)
{
    struct event_ring *ring = &rings[cpu];

    kassert(IS_POWER_OF_TWO(count) && ring->records == NULL);
    ring->count = count;
    atomic_store_release(&ring->records, records);
}

static void ring_write(struct event_ring *ring, const struct event_record *rec)
{
    struct event_record *records = atomic_load_acquire(&ring->records);
    uint64_t head = ring->head;
    struct event_record *slot;

    if (records == NULL) {
        counter_inc(&trace_events_dropped);
        return;
    }
    slot = &records[head & (ring->count - 1)];
    atomic_fence_release(); /* whoever sees the new bytes sees the head of the last write
                             */
    atomic_store_relaxed(&slot->time_ns, rec->time_ns);
    atomic_store_relaxed(&slot->id, rec->id);
    for (unsigned i = 0; i < EVENT_ARGS; i++)
        atomic_store_relaxed(&slot->args[i], rec->args[i]);
    atomic_store_release(&ring->head, head + 1);
}

static void on_contended(const char *lock, uint32_t holder)
{
    trace_event(lock_contended, event_text(lock, 0), event_text(lock, 8), holder - 1);
}

void event_stream_start(void)
{
    spin_set_contended_hook(on_contended);
    atomic_store_relaxed(&streaming, true);
    event_enable("", true);
}

uint64_t event_text(const char *text, size_t from)
{
    uint64_t chars = 0;
    size_t len = strlen(text);

    for (size_t i = 0; i < sizeof(chars) && from + i < len; i++)
        chars |= (uint64_t)(uint8_t)text[from + i] << (8 * i);
    return chars;
}

void event_write(const struct tracepoint *tp, uint64_t a, uint64_t b, uint64_t c)
{
    struct event_record rec = {
        .id = (uint64_t)(tp - __start_core_tracepoints),
        .args = {a, b, c},
    };
    bool unmasked;

    if (atomic_load_relaxed(&streaming)) {
        hal_trace((unsigned)rec.id, a, b, c);
        return;
    }
    rec.time_ns = hal_time_ns();
    unmasked = hal_irq_save();
    ring_write(&rings[hal_cpu_id()], &rec);
    hal_irq_restore(unmasked);
}

size_t event_enable(const char *prefix, bool on)
{
    size_t count = 0;

    event_for_each (tp) {
        if (!str_starts_with(tp->name, prefix))
            continue;
        atomic_store_relaxed(tp->on, on);
        count++;
    }
    if (on)
        trace_event(trace_mark, count, 0, 0);
    return count;
}

/* The oldest record that no write can be overtaking at this moment. */
static uint64_t ring_oldest(const struct event_ring *ring, uint64_t head)
{
    return head >= ring->count ? head - ring->count + 1 : 0;
}

bool event_read(unsigned cpu, uint64_t *seq, struct event_record *out, uint64_t *lost)
{
    struct event_ring *ring = &rings[cpu];
    struct event_record *records = atomic_load_acquire(&ring->records);
    uint64_t at = *seq;
    uint64_t head;

    if (records == NULL)
        return false;
    head = atomic_load_acquire(&ring->head);
    do {
        struct event_record *slot;

        at = MAX(at, ring_oldest(ring, head));
        if (at >= head)
            return false;
        slot = &records[at & (ring->count - 1)];
        out->time_ns = atomic_load_relaxed(&slot->time_ns);
        out->id = atomic_load_relaxed(&slot->id);
        for (unsigned i = 0; i < EVENT_ARGS; i++)
            out->args[i] = atomic_load_relaxed(&slot->args[i]);
        atomic_fence_acquire();
        head = atomic_load_relaxed(&ring->head);
    } while (at < ring_oldest(ring, head));
    *lost = at - *seq;
    *seq = at + 1;
    return true;
}

const char *event_name(uint64_t id)
{
    size_t count = (size_t)(__stop_core_tracepoints - __start_core_tracepoints);

    return id < count ? __start_core_tracepoints[id].name : "?";
}
