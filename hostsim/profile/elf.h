/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of an ELF file in memory.  The file may be anything.
 *
 * Owner:   whoever opened it, until the process ends; the file outlives it.
 * Context: any host thread.
 * Locking: the caller's.
 * Errors:  a file that is none, or has no symbols, has no functions.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_ELF_H
#define CLOUDOS_HOSTSIM_PROFILE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_function {
    uint64_t start, end; /* addresses as the file has them */
    const char *name;
};

struct elf {
    const uint8_t *file;
    size_t len;
    struct elf_function *functions; /* by start */
    size_t count;
};

void elf_open(struct elf *e, const uint8_t *file, size_t len);
/* The name of the function at `address`, or NULL. */
const char *elf_function_at(const struct elf *e, uint64_t address);
/* Where byte `offset` of the file is loaded; `offset` itself if it is not. */
uint64_t elf_address_of(const struct elf *e, uint64_t offset);

#endif /* CLOUDOS_HOSTSIM_PROFILE_ELF_H */
