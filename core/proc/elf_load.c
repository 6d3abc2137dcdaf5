/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading an ELF file and mapping its segments. */
#include "proc/elf.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vm/space.h"

static int read_exact(struct file *f, void *buf, size_t len, uint64_t pos)
{
    int64_t n = file_read_kernel(f, buf, len, pos);

    if (n < 0)
        return (int)n;
    return (size_t)n == len ? 0 : -ENOEXEC;
}

int elf_read(struct file *f, uint64_t min, uint64_t limit, struct elf_image *out)
{
    struct abi_elf64_ehdr h;
    size_t len;
    int err = read_exact(f, &h, sizeof(h), 0);

    *out = (struct elf_image){0};
    if (!err)
        err = elf_check_header(&h);
    if (err)
        return err;
    len = h.phnum * sizeof(*out->phdrs);
    out->phnum = h.phnum;
    out->relocatable = h.type == ET_DYN;
    out->entry = h.entry;
    out->phdrs = kmalloc(len);
    if (!out->phdrs)
        return -ENOMEM;
    err = read_exact(f, out->phdrs, len, h.phoff);
    if (!err)
        err = elf_check_segments(out, h.phoff, min, limit);
    if (err)
        elf_image_free(out);
    return err;
}

void elf_image_free(struct elf_image *e)
{
    kfree(e->phdrs);
    e->phdrs = NULL;
}

int elf_read_interp(struct file *f, const struct elf_image *e, char *buf)
{
    int err = read_exact(f, buf, e->interp_len, e->interp_offset);

    if (err)
        return err;
    return buf[e->interp_len - 1] == '\0' && buf[0] != '\0' ? 0 : -ENOEXEC;
}

static uint32_t prot_of(uint32_t flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
           (flags & PF_X ? PROT_EXEC : 0);
}

static int map_file_part(struct vm_space *s, struct file *f,
                         const struct abi_elf64_phdr *p, uint64_t va)
{
    uint64_t skip = va & (PAGE_SIZE - 1), at;
    struct vm_map_args a = {
        .addr = va - skip,
        .len = p->filesz + skip,
        .prot = prot_of(p->flags),
        .flags = MAP_PRIVATE | MAP_FIXED,
        .offset = p->offset - skip,
    };
    int err = file_map_args(f, &a);

    return err ? err : vm_map(s, &a, &at);
}

/* What memory has and the file has not: the rest of the last page, and pages after it. */
static int map_zero_part(struct vm_space *s, const struct abi_elf64_phdr *p, uint64_t va)
{
    static const uint8_t zeros[PAGE_SIZE];
    uint64_t from = va + p->filesz, page = ALIGN_UP(from, PAGE_SIZE), at;
    uint64_t end = ALIGN_UP(va + p->memsz, PAGE_SIZE);
    struct vm_map_args a = {
        .addr = page,
        .len = end - page,
        .prot = prot_of(p->flags),
        .flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS,
    };

    if (p->filesz == 0) {
        a.addr = page = ALIGN_DOWN(va, PAGE_SIZE);
        a.len = end - page;
    } else if (from != page && (p->flags & PF_W)) {
        size_t len = (size_t)(page - from);

        if (vm_space_write(s, from, zeros, len, true) != (int64_t)len)
            return -EFAULT;
    }
    return end > page ? vm_map(s, &a, &at) : 0;
}

/* A program writes to nearly all of its data at once while it starts, and a copy costs less than
 * a fault.  Without memory it will fault. */
static void populate_data(struct vm_space *s, const struct abi_elf64_phdr *p, uint64_t va)
{
    uint64_t start = ALIGN_DOWN(va, PAGE_SIZE), end = ALIGN_UP(va + p->memsz, PAGE_SIZE);
    int err;

    if (!(p->flags & PF_W) || end - start > ELF_POPULATE_MAX)
        return;
    err = vm_populate(s, start, end - start, HAL_WRITE);
    (void)err;
}

int elf_map(struct vm_space *s, struct file *f, const struct elf_image *e)
{
    for (unsigned i = 0; i < e->phnum; i++) {
        const struct abi_elf64_phdr *p = &e->phdrs[i];
        int err = 0;

        if (p->type != PT_LOAD || p->memsz == 0)
            continue;
        if (p->filesz > 0)
            err = map_file_part(s, f, p, p->vaddr + e->bias);
        if (!err && (p->memsz > p->filesz))
            err = map_zero_part(s, p, p->vaddr + e->bias);
        if (err)
            return err;
        populate_data(s, p, p->vaddr + e->bias);
    }
    return 0;
}
