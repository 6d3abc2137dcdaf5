/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF programs: from an untrusted file to a checked plan of what is mapped where.
 *
 * Owner:   the caller; an image owns its segment table (elf_image_free()).
 * Context: thread context; reads the file.  The checks are pure functions.
 * Locking: none.
 * Errors:  -ENOEXEC for anything that is not a program of this machine, -EINVAL or -ENOMEM for
 *          segments that cannot be mapped, -EIO.
 */
#ifndef CLOUDOS_PROC_ELF_H
#define CLOUDOS_PROC_ELF_H

#include "abi/elf.h"
#include "lib/base.h"

struct file;
struct vm_space;

#define ELF_SEGMENTS_MAX 128 /* program headers; more is -ENOEXEC */
#define ELF_INTERP_MAX   4096
#define ELF_ALIGN_MAX    (UINT64_C(1) << 30)
#define ELF_POPULATE_MAX                                                                 \
    (64u << 10) /* writable data up to this is there from the start */

/* What the headers say, after the checks. */
struct elf_image {
    struct abi_elf64_phdr *phdrs; /* phnum of them */
    uint16_t phnum;
    bool relocatable;    /* ET_DYN: `bias` is to be chosen */
    bool exec_stack;     /* PT_GNU_STACK asks for it */
    uint64_t entry;      /* unbiased, as are the addresses below */
    uint64_t start, end; /* page-aligned span of all PT_LOAD */
    uint64_t align;      /* that `bias` must have */
    uint64_t phdr_va;    /* where the program headers end up, 0: not in memory */
    uint64_t brk;        /* end of the last byte of PT_LOAD */
    uint64_t code_start, code_end, data_start, data_end;
    uint64_t interp_offset, interp_len; /* PT_INTERP in the file; len 0: none */
    uint64_t bias;
};

/* ---- checks: no state, no memory; for the loader, its tests and its fuzz target ---- */
MUST_CHECK int elf_check_header(const struct abi_elf64_ehdr *h);
/* All segments of an image; fills what follows from them.  `limit`: highest address + 1 that
 * an image at bias 0 may use (ET_EXEC). */
MUST_CHECK int elf_check_segments(struct elf_image *e, uint64_t phoff, uint64_t min,
                                  uint64_t limit);

/* ---- loading ---- */
MUST_CHECK int elf_read(struct file *f, uint64_t min, uint64_t limit,
                        struct elf_image *out);
void elf_image_free(struct elf_image *e);
/* The interpreter's path into buf (ELF_INTERP_MAX bytes): -ENOEXEC if it is not a string. */
MUST_CHECK int elf_read_interp(struct file *f, const struct elf_image *e, char *buf);
/* Map the image into `s` at e->bias, which fits. */
MUST_CHECK int elf_map(struct vm_space *s, struct file *f, const struct elf_image *e);

#endif /* CLOUDOS_PROC_ELF_H */
