/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Equal stacks, counted; and the names that frames refer to.
 *
 * A stack is a list of words: first FRAME_NAME of whose it is, then frames from the innermost
 * outwards, those of the kernel before those of user code.
 *
 * Owner:   hostsim/profile; one table for each CPU.
 * Context: the host thread that is the CPU, signal handlers too; reading: when it has stopped.
 * Locking: none.
 * Errors:  what finds no room is counted in `lost`.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_TABLE_H
#define CLOUDOS_HOSTSIM_PROFILE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_FRAMES_MAX 128u
#define TABLE_NAME_MAX   192u

/* Kinds of words.  A frame of the kernel is its address. */
#define FRAME_NAME        (UINT64_C(1) << 62) /* a name's number */
#define FRAME_USER        (UINT64_C(1) << 63) /* an image's number, and where in its file */
#define FRAME_IMAGE_SHIFT 48
#define FRAME_IMAGE_MASK  0x3fffu
#define FRAME_OFFSET_MASK ((UINT64_C(1) << FRAME_IMAGE_SHIFT) - 1)

struct table_stack {
    uint64_t hash, count;
    uint32_t first, len; /* in `words`; len 0: unused */
};

struct table {
    struct table_stack *stacks;
    uint64_t *words;
    char (*names)[TABLE_NAME_MAX]; /* number 0: "" */
    uint32_t word_count, name_count;
    uint64_t samples, lost;
};

bool table_create(struct table *t);
/* The number of `name`; 0 if there is no room. */
uint32_t table_name(struct table *t, const char *name);
void table_add(struct table *t, const uint64_t *words, size_t len, uint64_t count);
/* Stacks one after the other: NULL behind the last.  *at starts as 0. */
const struct table_stack *table_next(const struct table *t, size_t *at);

#endif /* CLOUDOS_HOSTSIM_PROFILE_TABLE_H */
