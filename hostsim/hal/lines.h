/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source lines for code addresses, from a program's DWARF line tables (versions 4 and 5).
 *
 * The tables are those of the running program, made by our own compiler: an offset in them is
 * checked against the section's end, nothing more, and what is not understood has no line.
 *
 * Owner:   the caller owns the sections, which outlive the index.
 * Context: any; allocates nothing.
 * Locking: none: lines_index() once, before the first lines_find().
 * Errors:  no line.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_LINES_H
#define CLOUDOS_HOSTSIM_HAL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines_section {
    const uint8_t *at;
    size_t len;
};

struct lines_sections {
    struct lines_section line, line_str, str;
};

struct lines_place {
    const char *dir, *file; /* either may be NULL */
    unsigned line;
};

void lines_index(const struct lines_sections *sections);
bool lines_find(uint64_t addr, struct lines_place *out);

#endif /* CLOUDOS_HOSTSIM_HAL_LINES_H */
