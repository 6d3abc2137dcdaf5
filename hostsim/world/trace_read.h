/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the record of a run: world/trace_format.h has its form.
 *
 * Owner:   hostsim/world; the caller owns the struct and closes it.
 * Context: any.
 * Locking: none.
 * Errors:  a file is data from outside: what is wrong with it is put into `error`, and reading
 *          ends there.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_TRACE_READ_H
#define CLOUDOS_HOSTSIM_WORLD_TRACE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostsim/world/trace_format.h"

#define TRACE_EVENTS_MAX 300u
#define TRACE_NAME_BYTES 40u

struct trace_arg {
    char name[TRACE_NAME_BYTES];
    char type; /* as in the head; 'u' if it says nothing */
};

struct trace_event_type {
    char name[TRACE_NAME_BYTES]; /* empty: there is no such event */
    unsigned args;
    struct trace_arg arg[TRACE_ARGS_MAX];
};

struct trace_record {
    const struct trace_event_type *type;
    unsigned id, cpu;
    uint64_t number; /* from 0 */
    uint64_t time_ns;
    uint64_t args[TRACE_ARGS_MAX];
    const uint8_t *bytes; /* of an argument of type 'b', whose value is the length */
};

struct trace_file {
    const char *path;
    uint8_t *data;
    size_t len, at;
    char *head; /* the lines without the magic and the events */
    struct trace_event_type events[TRACE_EVENTS_MAX];
    uint64_t time_ns, count, hash; /* so far */
    bool ended;                    /* the end was there, and count and hash were right */
    char error[160];               /* empty: none */
};

/* False, with f->error set: it cannot be read or is no trace.  Closing is right either way. */
bool trace_open(struct trace_file *f, const char *path);
/* False at the end (f->ended) or at the first error (f->error). */
bool trace_next(struct trace_file *f, struct trace_record *r);
void trace_close(struct trace_file *f);

/* The value of `key` in the head, up to its end of line, into `out`; false if there is none. */
bool trace_head_get(const struct trace_file *f, const char *key, char *out, size_t size);

#endif /* CLOUDOS_HOSTSIM_WORLD_TRACE_READ_H */
