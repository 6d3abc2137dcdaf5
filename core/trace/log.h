/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel log: a ring of numbered records that readers follow, and lines on the
 * console.
 *
 * A record has a sequence number that never repeats.  A reader keeps the number of the
 * next record that it wants; when the ring has overtaken it, it is told how many it lost.
 *
 * Owner:   trace.
 * Context: any, interrupt handlers and the panic path included.
 * Locking: one irqsave spinlock around the ring; the console is written outside of it, by
 *          one CPU at a time, which also prints what others log meanwhile.
 * Errors:  none; when the ring is full the oldest records go.
 */
#ifndef CLOUDOS_TRACE_LOG_H
#define CLOUDOS_TRACE_LOG_H

#include "lib/base.h"

enum log_level {
    LOG_LEVEL_EMERG,
    LOG_LEVEL_ALERT,
    LOG_LEVEL_CRIT,
    LOG_LEVEL_ERR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
};

#define LOG_TEXT_MAX    384 /* bytes of one record's text with its terminator */
#define LOG_RECORDS_MAX 2048
#define LOG_RING_BYTES  (128u * 1024)

struct log_record {
    uint64_t seq;
    uint64_t time_ns; /* hal_time_ns() */
    uint64_t lost;    /* records that the reader missed before this one */
    uint32_t thread;  /* as the thread hook says, else 0 */
    uint16_t cpu;
    uint16_t len; /* of the text, without a terminator */
    uint8_t level;
};

/* The text becomes "module: ..." without a newline at its end. */
void log_emit(enum log_level level, const char *module, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void log_vemit(enum log_level level, const char *module, const char *fmt, va_list ap)
    PRINTF_LIKE(3, 0);

#define log_emerg(module, ...)  log_emit(LOG_LEVEL_EMERG, module, __VA_ARGS__)
#define log_err(module, ...)    log_emit(LOG_LEVEL_ERR, module, __VA_ARGS__)
#define log_warn(module, ...)   log_emit(LOG_LEVEL_WARN, module, __VA_ARGS__)
#define log_notice(module, ...) log_emit(LOG_LEVEL_NOTICE, module, __VA_ARGS__)
#define log_info(module, ...)   log_emit(LOG_LEVEL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...)  log_emit(LOG_LEVEL_DEBUG, module, __VA_ARGS__)

/* Bring what is not yet on the console there when the kernel panics. */
void log_init(void);

/* The record *seq or the oldest one behind it.  True: *out describes it, `buf` holds as
 * much of its text as fits, terminated, and *seq is the number of the next.  False: there
 * is none yet. */
bool log_read(uint64_t *seq, struct log_record *out, char *buf, size_t len);

/* The numbers of the oldest record and of the one that will be written next. */
uint64_t log_first_seq(void);
uint64_t log_next_seq(void);

/* Records of this level and more urgent ones go to the console (at first: warnings) ...
 */
void log_set_console_level(enum log_level level);
enum log_level log_console_level(void);
/* ... and into the ring (at first: everything but debug messages). */
void log_set_record_level(enum log_level level);

/* In a panic: write the last `count` records to the console, whatever their level. */
void log_panic_tail(unsigned count);

/* Who runs, for `thread` of a record; any context. */
void log_set_thread_hook(uint32_t (*hook)(void));

#endif /* CLOUDOS_TRACE_LOG_H */
