/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking ELF headers.  Everything here comes from outside: no assertion, no trust. */
#include "proc/elf.h"

#include "abi/errno.h"
#include "abi/user.h"
#include "mm/frame.h"

int elf_check_header(const struct abi_elf64_ehdr *h)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};

    for (unsigned i = 0; i < sizeof(magic); i++) {
        if (h->ident[i] != magic[i])
            return -ENOEXEC;
    }
    if (h->ident[4] != ELFCLASS64 || h->ident[5] != ELFDATA2LSB)
        return -ENOEXEC;
    if (h->type != ET_EXEC && h->type != ET_DYN)
        return -ENOEXEC;
    if (h->machine != ARCH_ELF_MACHINE || h->phentsize != sizeof(struct abi_elf64_phdr))
        return -ENOEXEC;
    if (h->phnum == 0 || h->phnum > ELF_SEGMENTS_MAX)
        return -ENOEXEC;
    return h->phoff > INT64_MAX - ELF_SEGMENTS_MAX * sizeof(struct abi_elf64_phdr)
               ? -ENOEXEC
               : 0;
}

/* One PT_LOAD by itself: no sum overflows, file and memory agree on the place in the page. */
static int check_load(const struct abi_elf64_phdr *p)
{
    if (p->filesz > p->memsz || p->memsz > INT64_MAX)
        return -ENOEXEC;
    if (p->vaddr > INT64_MAX - p->memsz - PAGE_SIZE)
        return -ENOEXEC;
    if (p->offset > INT64_MAX - p->filesz - PAGE_SIZE)
        return -ENOEXEC;
    if (p->filesz > 0 && ((p->vaddr - p->offset) & (PAGE_SIZE - 1)))
        return -ENOEXEC;
    if (p->align > 1 && (!IS_POWER_OF_TWO(p->align) || p->align > ELF_ALIGN_MAX))
        return -ENOEXEC;
    return 0;
}

static void note_load(struct elf_image *e, const struct abi_elf64_phdr *p, uint64_t phoff)
{
    uint64_t file_end = p->vaddr + p->filesz;

    e->start = MIN(e->start, ALIGN_DOWN(p->vaddr, PAGE_SIZE));
    e->end = MAX(e->end, ALIGN_UP(p->vaddr + p->memsz, PAGE_SIZE));
    e->brk = MAX(e->brk, p->vaddr + p->memsz);
    e->align = MAX(e->align, p->align);
    if (phoff >= p->offset &&
        phoff - p->offset + e->phnum * sizeof(struct abi_elf64_phdr) <= p->filesz)
        e->phdr_va = p->vaddr + (phoff - p->offset);
    if (p->flags & PF_X) {
        e->code_start = MIN(e->code_start, p->vaddr);
        e->code_end = MAX(e->code_end, file_end);
    }
    if (p->vaddr >= e->data_start)
        e->data_start = p->vaddr;
    e->data_end = MAX(e->data_end, file_end);
}

int elf_check_segments(struct elf_image *e, uint64_t phoff, uint64_t min, uint64_t limit)
{
    bool loads = false;

    e->start = e->code_start = UINT64_MAX;
    e->align = PAGE_SIZE;
    for (unsigned i = 0; i < e->phnum; i++) {
        const struct abi_elf64_phdr *p = &e->phdrs[i];
        int err;

        if (p->type == PT_INTERP && e->interp_len == 0) {
            if (p->filesz < 2 || p->filesz > ELF_INTERP_MAX || p->offset > INT64_MAX / 2)
                return -ENOEXEC;
            e->interp_offset = p->offset;
            e->interp_len = p->filesz;
        } else if (p->type == PT_GNU_STACK) {
            e->exec_stack = (p->flags & PF_X) != 0;
        }
        if (p->type != PT_LOAD || p->memsz == 0)
            continue;
        err = check_load(p);
        if (err)
            return err;
        note_load(e, p, phoff);
        loads = true;
    }
    if (!loads)
        return -ENOEXEC;
    if (e->code_start == UINT64_MAX)
        e->code_start = e->code_end = e->start;
    if (e->relocatable)
        return e->end - e->start > limit - min ? -ENOMEM : 0;
    return e->start < min || e->end > limit ? -ENOMEM : 0;
}
