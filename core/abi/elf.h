/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF-64 files, as far as a loader of programs looks at them (System V ABI, chapters 4
 * and 5).  All fields are little-endian.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_ELF_H
#define CLOUDOS_ABI_ELF_H

#include <stdint.h>

#if __STDC_HOSTED__
#include <elf.h>
#else
#define ELFCLASS64  2
#define ELFDATA2LSB 1
#define EV_CURRENT  1
#define ET_EXEC     2
#define ET_DYN      3

#define PT_NULL         0
#define PT_LOAD         1
#define PT_DYNAMIC      2
#define PT_INTERP       3
#define PT_PHDR         6
#define PT_GNU_STACK    0x6474e551
#define PT_GNU_PROPERTY 0x6474e553

#define PF_X 1
#define PF_W 2
#define PF_R 4
#endif

struct abi_elf64_ehdr {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct abi_elf64_ehdr) == 64, "Elf64_Ehdr");

struct abi_elf64_phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct abi_elf64_phdr) == 56, "Elf64_Phdr");

#endif /* CLOUDOS_ABI_ELF_H */
