/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tracepoints: fixed-size binary records in one ring per CPU.
 *
 *     TRACEPOINT_DEFINE(sched_switch, "prev next");
 *     ...
 *     trace_event(sched_switch, prev->id, next->id, 0);
 *
 * The text names the arguments that are used, each perhaps with a type: ":x" hexadecimal, ":d"
 * signed, ":s" text (event_text()), ":n" number of a system call.
 *
 * One that is off costs a load and a predictable branch; its arguments are not evaluated.
 * There is no storage until somebody installs it, so tracing costs no memory while unused.
 * A machine that keeps a record of its own (bootinfo.trace) gets the events instead of the rings.
 *
 * Owner:   the file that defines one; whoever installs a ring owns its memory for good.
 * Context: any.
 * Locking: a CPU writes its own ring with interrupts masked; readers are lock-free and notice
 *          when they have been overtaken.
 * Errors:  events without a ring are counted and dropped.
 */
#ifndef CLOUDOS_TRACE_EVENT_H
#define CLOUDOS_TRACE_EVENT_H

#include "lib/atomic.h"
#include "lib/base.h"

#define EVENT_ARGS 3

struct tracepoint {
    const char *name;
    const char *args; /* their names, a space between */
    uint32_t *on;     /* atomic */
} ALIGNED(16);

struct event_record {
    uint64_t time_ns;
    uint64_t id; /* event_name() */
    uint64_t args[EVENT_ARGS];
};

/* The section's bounds, from the linker. */
extern const struct tracepoint __start_core_tracepoints[], __stop_core_tracepoints[];

#define TRACEPOINT_DEFINE(id, arg_names)                                                 \
    static uint32_t id##_on;                                                             \
    static const struct tracepoint id                                                    \
        __attribute__((section("core_tracepoints"), used)) = {                           \
            .name = #id, .args = (arg_names), .on = &id##_on}

#define trace_event(id, a, b, c)                                                         \
    do {                                                                                 \
        if (unlikely(atomic_load_relaxed(&id##_on)))                                     \
            event_write(&id, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c));               \
    } while (0)

#define event_for_each(tp)                                                               \
    for (const struct tracepoint *tp = __start_core_tracepoints;                         \
         tp < __stop_core_tracepoints; tp++)

/* Behind trace_event(). */
void event_write(const struct tracepoint *tp, uint64_t a, uint64_t b, uint64_t c);

/* Switch every tracepoint whose name starts with `prefix`; returns how many there are. */
size_t event_enable(const char *prefix, bool on);

/* Switch all tracepoints on, and give the events to the machine from now on. */
void event_stream_start(void);

/* Eight characters of `text`, from number `from` on, as an argument of type ":s". */
uint64_t event_text(const char *text, size_t from);

/* Give CPU `cpu` a ring of `count` records, a power of two; once per CPU. */
void event_ring_install(unsigned cpu, struct event_record *records, size_t count);

/* The record *seq of `cpu` or the oldest one behind it.  True: *out is it, *lost counts
 * those that were missed and *seq is the number of the next.  False: there is none yet.
 */
bool event_read(unsigned cpu, uint64_t *seq, struct event_record *out, uint64_t *lost);

const char *event_name(uint64_t id);

#endif /* CLOUDOS_TRACE_EVENT_H */
