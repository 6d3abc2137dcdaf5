/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An image that runs somewhere else than where it was linked: the addresses in it, corrected.
 *
 * For machines whose kernel is linked with -pie and -z pack-relative-relocs.  The linker leaves a
 * table of the words that hold an address; code that counts from the program counter needs nothing.
 * What is called before has to be such code, too: no pointer in initialised data is right yet.
 *
 * Owner:   the machine's first code, which runs where the boot loader has put the image.
 * Context: boot, one CPU, once, before anything is written to the image's data.
 * Locking: none.
 * Errors:  none; the table is the linker's.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_RELOCATE_H
#define CLOUDOS_BARE_METAL_COMMON_RELOCATE_H

#include <stddef.h>
#include <stdint.h>

/* The image is linked to start at `linked`, lies at `lies`, where this writes, and will run at
 * `runs`.  [table, end) is its section .relr.dyn. */
void relocate(const uint64_t *table, const uint64_t *end, uint64_t linked, uint64_t lies,
              uint64_t runs);

#endif /* CLOUDOS_BARE_METAL_COMMON_RELOCATE_H */
