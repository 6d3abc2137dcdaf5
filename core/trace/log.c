/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: descriptors in one ring, their texts in another, both indexed by counters that
 * never wrap.  A text's place is the byte `at % LOG_RING_BYTES`; records leave from the
 * front when their descriptor's or their text's room is needed.
 */
#include "trace/log.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "lib/preempt.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "lib/strbuf.h"
#include "trace/counter.h"

COUNTER_DEFINE(trace_log_records, "records written to the kernel log");

#define LOG_PREFIX_MAX  32 /* "[12345678901.123456] " */
#define LOG_PANIC_SPINS 100000

struct log_slot {
    struct log_record rec; /* without seq and lost */
    uint64_t at;           /* of the text, in bytes ever written */
};

static struct spinlock log_lock = SPINLOCK_INIT("trace.log");

/* Covered by log_lock.  Apart from it, so that the ring takes no room in the image's
 * file. */
static struct log_ring {
    uint64_t first, next; /* next is read without the lock too: atomic */
    uint64_t text_next;
    struct log_slot slots[LOG_RECORDS_MAX];
    char text[LOG_RING_BYTES];
} log_ring;

static uint32_t console_level = LOG_LEVEL_WARN; /* atomic, as the next two */
static uint32_t record_level = LOG_LEVEL_INFO;
static uint32_t (*thread_hook)(void);

/* Whoever changes `busy` from 0 to 1 writes to the console and owns `seq`. */
static struct log_console {
    uint32_t busy; /* atomic */
    uint64_t seq;  /* atomic: read by those who have just given up the console */
} console;

static struct log_slot *slot_of(uint64_t seq)
{
    return &log_ring.slots[seq % LOG_RECORDS_MAX];
}

static void ring_copy_in(uint64_t at, const char *text, size_t len)
{
    size_t offset = at % LOG_RING_BYTES;
    size_t head = MIN(len, LOG_RING_BYTES - offset);

    memcpy(log_ring.text + offset, text, head);
    memcpy(log_ring.text, text + head, len - head);
}

static void ring_copy_out(uint64_t at, char *buf, size_t len)
{
    size_t offset = at % LOG_RING_BYTES;
    size_t head = MIN(len, LOG_RING_BYTES - offset);

    memcpy(buf, log_ring.text + offset, head);
    memcpy(buf + head, log_ring.text, len - head);
}

static bool ring_has_room(size_t len)
{
    if (log_ring.first == log_ring.next)
        return true;
    return log_ring.next - log_ring.first < LOG_RECORDS_MAX &&
           log_ring.text_next + len - slot_of(log_ring.first)->at <= LOG_RING_BYTES;
}

static void ring_append_locked(const struct log_record *rec, const char *text)
{
    struct log_slot *slot;

    kassert(spin_held(&log_lock));
    while (!ring_has_room(rec->len))
        log_ring.first++;
    slot = slot_of(log_ring.next);
    slot->rec = *rec;
    slot->at = log_ring.text_next;
    ring_copy_in(slot->at, text, rec->len);
    log_ring.text_next += rec->len;
    atomic_store(&log_ring.next, log_ring.next + 1);
}

static bool ring_read_locked(uint64_t *seq, struct log_record *out, char *buf, size_t len)
{
    uint64_t at = MAX(*seq, log_ring.first);
    const struct log_slot *slot = slot_of(at);

    if (at >= log_ring.next)
        return false;
    *out = slot->rec;
    out->seq = at;
    out->lost = at - *seq;
    if (len > 0) {
        size_t copied = MIN(len - 1, (size_t)slot->rec.len);

        ring_copy_out(slot->at, buf, copied);
        buf[copied] = '\0';
    }
    *seq = at + 1;
    return true;
}

bool log_read(uint64_t *seq, struct log_record *out, char *buf, size_t len)
{
    bool unmasked = spin_lock_irqsave(&log_lock);
    bool found = ring_read_locked(seq, out, buf, len);

    spin_unlock_irqrestore(&log_lock, unmasked);
    return found;
}

uint64_t log_first_seq(void)
{
    bool unmasked = spin_lock_irqsave(&log_lock);
    uint64_t first = log_ring.first;

    spin_unlock_irqrestore(&log_lock, unmasked);
    return first;
}

uint64_t log_next_seq(void)
{
    return atomic_load(&log_ring.next);
}

/* ---- console ---- */

static void console_write_record(const struct log_record *rec, const char *text)
{
    char line[LOG_PREFIX_MAX + LOG_TEXT_MAX + 1];
    struct strbuf sb;

    strbuf_init(&sb, line, sizeof(line));
    strbuf_printf(&sb, "[%5lu.%06lu] %s\n", rec->time_ns / 1000000000,
                  rec->time_ns / 1000 % 1000000, text);
    (void)hal_console_write(HAL_STREAM_LOG, sb.buf, sb.len);
}

/* The console is slower than the writers: what it had no time for is still counted. */
static void console_write_lost(const struct log_record *rec)
{
    char text[32];

    ksnprintf(text, sizeof(text), "log: %lu records lost", rec->lost);
    console_write_record(rec, text);
}

/* Print one record; false if there is none.  The caller owns the console. */
static NOINLINE bool console_step(bool (*read)(uint64_t *seq, struct log_record *out,
                                               char *buf, size_t len))
{
    char text[LOG_TEXT_MAX];
    struct log_record rec;
    uint64_t seq = atomic_load_relaxed(&console.seq);

    if (!read(&seq, &rec, text, sizeof(text)))
        return false;
    if (rec.lost != 0)
        console_write_lost(&rec);
    if (rec.level <= atomic_load_relaxed(&console_level))
        console_write_record(&rec, text);
    atomic_store(&console.seq,
                 seq); /* afterwards: a panic in the middle prints it again */
    return true;
}

/* Whoever finds the console busy leaves the record to its owner, who looks once more
 * after giving it up: either he sees the record or the writer sees the console free. */
static void console_flush(void)
{
    do {
        if (atomic_xchg(&console.busy, 1) != 0)
            return;
        while (console_step(log_read))
            ;
        atomic_store(&console.busy, 0);
    } while (atomic_load(&log_ring.next) != atomic_load(&console.seq));
}

/* The CPU that holds the ring may be one that will never run again, or this one: after a
 * while read without the lock.  A torn record on the console is better than none. */
static bool panic_read(uint64_t *seq, struct log_record *out, char *buf, size_t len)
{
    bool locked = false;
    bool found;

    for (unsigned i = 0; !locked && i < LOG_PANIC_SPINS; i++) {
        if (spin_held(&log_lock))
            break;
        locked = spin_trylock(&log_lock);
        if (!locked)
            hal_cpu_relax();
    }
    found = ring_read_locked(seq, out, buf, len);
    if (locked)
        spin_unlock(&log_lock);
    return found;
}

static void panic_flush(void)
{
    for (unsigned i = 0; i < LOG_RECORDS_MAX && console_step(panic_read); i++)
        ;
}

void log_panic_tail(unsigned count)
{
    uint64_t next = atomic_load(&log_ring.next);
    uint64_t seq = next > count ? next - count : 0;
    char text[LOG_TEXT_MAX];
    struct log_record rec;

    for (unsigned i = 0; i < count && panic_read(&seq, &rec, text, sizeof(text)); i++)
        console_write_record(&rec, text);
}

void log_init(void)
{
    panic_set_flush(panic_flush);
}

/* ---- writing ---- */

static NOINLINE void emit_record(enum log_level level, const char *module,
                                 const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

static void emit_record(enum log_level level, const char *module, const char *fmt,
                        va_list ap)
{
    uint32_t (*hook)(void) = atomic_load_acquire(&thread_hook);
    struct log_record rec = {.level = (uint8_t)level};
    char text[LOG_TEXT_MAX];
    struct strbuf sb;
    bool unmasked;

    strbuf_init(&sb, text, sizeof(text));
    strbuf_printf(&sb, "%s: ", module);
    strbuf_vprintf(&sb, fmt, ap);
    while (sb.len > 0 && text[sb.len - 1] == '\n')
        sb.len--;
    rec.len = (uint16_t)sb.len;
    rec.thread = hook != NULL ? hook() : 0;

    unmasked = spin_lock_irqsave(&log_lock);
    rec.cpu = (uint16_t)hal_cpu_id();
    rec.time_ns = hal_time_ns(); /* under the lock, so that time follows the numbers */
    ring_append_locked(&rec, text);
    spin_unlock_irqrestore(&log_lock, unmasked);
    counter_inc(&trace_log_records);
}

void log_vemit(enum log_level level, const char *module, const char *fmt, va_list ap)
{
    if (level > atomic_load_relaxed(&record_level) || panic_in_progress())
        return;
    emit_record(level, module, fmt, ap);
    preempt_disable();
    console_flush();
    preempt_enable();
}

void log_emit(enum log_level level, const char *module, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_vemit(level, module, fmt, ap);
    va_end(ap);
}

void log_set_console_level(enum log_level level)
{
    atomic_store_relaxed(&console_level, (uint32_t)level);
}

enum log_level log_console_level(void)
{
    return (enum log_level)atomic_load_relaxed(&console_level);
}

void log_set_record_level(enum log_level level)
{
    atomic_store_relaxed(&record_level, (uint32_t)level);
}

void log_set_thread_hook(uint32_t (*hook)(void))
{
    atomic_store_release(&thread_hook, hook);
}
