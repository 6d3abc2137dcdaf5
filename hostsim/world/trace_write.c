/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing the record of a run. */
#include "hostsim/world/trace_write.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/debug/user.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/trace_format.h"
#include "hostsim/world/trace_head.h"
#include "hostsim/world/world.h"

#define BUFFER_BYTES 65536u
#define VARINT_BYTES 10u
#define RECORD_BYTES ((2 + TRACE_ARGS_MAX) * VARINT_BYTES)

/* Recursive: what ends the machine may be a fault while recording. */
static struct {
    pthread_mutex_t lock;
    _Atomic bool on;
    int fd; /* -1: only the hash is wanted */
    uint64_t last_ns, count, hash;
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
} t = {.lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, .fd = -1};

static void write_all(const void *data, size_t len)
{
    const char *at = data;

    while (len) {
        ssize_t n = write(t.fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            t.on = false;
            machine_die("cannot write the trace: %s",
                        n ? strerror(errno) : "no progress");
        }
        at += n;
        len -= (size_t)n;
    }
}

static void buffer_flush(void)
{
    if (t.fd >= 0)
        write_all(t.buffer, t.used);
    t.used = 0;
}

bool trace_start(const struct machine_config *config)
{
    char *head;

    if (config->trace) {
        t.fd = open(config->trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (t.fd < 0)
            return false;
        head = trace_head_make(config);
        write_all(head, strlen(head));
        free(head);
    }
    t.hash = TRACE_HASH_START;
    t.on = true;
    return true;
}

uint64_t trace_count(void)
{
    return t.count;
}

void trace_stop(void)
{
    uint8_t end[TRACE_END_BYTES] = {0};

    pthread_mutex_lock(&t.lock);
    if (t.on) {
        buffer_flush();
        memcpy(end + 1, &t.count, 8);
        memcpy(end + 9, &t.hash, 8);
        if (t.fd >= 0)
            write_all(end, sizeof(end));
        t.on = false;
    }
    pthread_mutex_unlock(&t.lock);
}

/* ---- records ---- */

static size_t varint(uint8_t *at, uint64_t v)
{
    size_t n = 0;

    for (; v >= 0x80; v >>= 7)
        at[n++] = (uint8_t)(v | 0x80);
    at[n++] = (uint8_t)v;
    return n;
}

static void record(unsigned id, unsigned cpu, const uint64_t *args, unsigned count,
                   const void *bytes, size_t len)
{
    uint64_t now;
    uint8_t *from;

    pthread_mutex_lock(&t.lock);
    if (!t.on) {
        pthread_mutex_unlock(&t.lock);
        return;
    }
    if (t.used + RECORD_BYTES + len > BUFFER_BYTES)
        buffer_flush();
    now = world->exact ? seeded_now_ns() : world->time_ns();
    from = t.buffer + t.used;
    t.used += varint(t.buffer + t.used, (uint64_t)id * TRACE_CPUS + cpu);
    t.used += varint(t.buffer + t.used, now - t.last_ns);
    for (unsigned i = 0; i < count; i++)
        t.used += varint(t.buffer + t.used, args[i]);
    if (len)
        memcpy(t.buffer + t.used, bytes, len);
    t.used += len;
    t.hash = trace_hash(t.hash, from, (size_t)(t.buffer + t.used - from));
    t.last_ns = now;
    t.count++;
    pthread_mutex_unlock(&t.lock);
}

static unsigned this_cpu(void)
{
    const struct vcpu *cpu = vcpu_self();

    return cpu ? cpu->id : 0;
}

void trace_event_cpu(unsigned cpu, unsigned before, uint64_t points)
{
    const uint64_t args[] = {before, points};

    if (t.on)
        record(TRACE_EVENT_CPU, cpu, args, 2, NULL, 0);
}

void trace_event_input(uint64_t points, const void *bytes, size_t len)
{
    const uint64_t args[] = {points, len};

    if (t.on)
        record(TRACE_EVENT_INPUT, 0, args, 2, bytes, len);
}

void trace_event_output(enum hal_stream stream, const void *bytes, size_t len)
{
    const uint64_t args[] = {stream, len, trace_hash(TRACE_HASH_START, bytes, len)};

    if (t.on)
        record(TRACE_EVENT_OUTPUT, this_cpu(), args, 3, NULL, 0);
}

void trace_event_interrupt(uint32_t pending, bool timer)
{
    const uint64_t args[] = {(pending & PENDING_IPI) != 0, (pending & PENDING_LINE) != 0,
                             timer};

    if (t.on)
        record(TRACE_EVENT_INTERRUPT, this_cpu(), args, 3, NULL, 0);
}

void trace_event_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    const uint64_t args[] = {space, va, len};

    if (t.on)
        record(TRACE_EVENT_TLB_FLUSH, this_cpu(), args, 3, NULL, 0);
}

/* ---- hal.h ---- */

void hal_trace(unsigned id, uint64_t a, uint64_t b, uint64_t c)
{
    const unsigned count = trace_head_args(id);
    uint64_t args[] = {a, b, c};

    if (unlikely(debug_on))
        debug_event(id, a, b, c);
    if (!t.on)
        return;
    for (unsigned i = 0; i < count; i++) {
        if (trace_head_signed(id, i))
            args[i] = trace_zigzag((int64_t)args[i]);
    }
    record(TRACE_EVENT_CORE + id, this_cpu(), args, count, NULL, 0);
}
