/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a run, as it lies in a file.
 *
 *   head     text, one "key value" a line; the first is TRACE_MAGIC, an empty line is the last.
 *            "event ID NAME ARG..." describes the events, an ARG is a name and perhaps a type:
 *            :x hexadecimal, :d signed, :s up to 8 characters, :n number of a system call,
 *            :b bytes (a length and so many bytes; only as the last one).
 *   records  varint(ID * 64 + CPU), varint(nanoseconds since the record before), and a varint
 *            for each ARG (little-endian groups of 7 bits; signed ones zigzag).
 *   end      a zero byte, the number of records and their hash, 8 bytes each, little-endian.
 *
 * The hash is FNV-1a with 64 bits (Fowler, Noll, Vo) over the bytes of the records, so a run
 * that was not recorded has one too.
 *
 * Owner:   hostsim/world writes it, hostsim/tools reads it.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_TRACE_FORMAT_H
#define CLOUDOS_HOSTSIM_WORLD_TRACE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_MAGIC     "cloudos-trace 1"
#define TRACE_CPUS      64u /* CPU numbers take 6 bits of a record's first number */
#define TRACE_ARGS_MAX  4u
#define TRACE_BYTES_MAX 4096u /* of one :b argument */
#define TRACE_END_BYTES 17u

/* Events of the machine itself; those of the core follow. */
enum trace_event {
    TRACE_EVENT_CPU = 1,   /* the seeded world lets this CPU go on */
    TRACE_EVENT_INPUT,     /* bytes typed or piped in have arrived; none: the end */
    TRACE_EVENT_OUTPUT,    /* the console has been written to */
    TRACE_EVENT_INTERRUPT, /* the core has been told */
    TRACE_EVENT_TLB_FLUSH,
    TRACE_EVENT_CORE, /* the first of the core's tracepoints */
};

#define TRACE_HASH_START UINT64_C(0xcbf29ce484222325)
#define TRACE_HASH_PRIME UINT64_C(0x100000001b3)

static inline uint64_t trace_hash(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *at = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * TRACE_HASH_PRIME;
    return hash;
}

static inline uint64_t trace_zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t trace_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

#endif /* CLOUDOS_HOSTSIM_WORLD_TRACE_FORMAT_H */
