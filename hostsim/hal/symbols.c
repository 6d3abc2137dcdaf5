/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for code addresses, from the symbol table of the running program. */
#include "hostsim/hal/halt.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

struct symbols {
    const Elf64_Sym *table;
    size_t count;
    const char *names;
    size_t names_len;
    uint64_t bias; /* run-time address minus the file's */
};

/* The first section of `type` with its linked string table.  The file is the one the host
 * loaded us from, so its headers are sound; a stripped one simply has no such section. */
static void sections_scan(const char *file, size_t len, struct symbols *out)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)file;
    const Elf64_Shdr *sh = (const Elf64_Shdr *)(file + eh->e_shoff);

    if (eh->e_shoff == 0 || eh->e_shoff + eh->e_shnum * sizeof(*sh) > len)
        return;
    for (unsigned i = 0; i < eh->e_shnum; i++) {
        const Elf64_Shdr *names;

        if (sh[i].sh_type != SHT_SYMTAB || sh[i].sh_link >= eh->e_shnum)
            continue;
        names = &sh[sh[i].sh_link];
        if (sh[i].sh_offset + sh[i].sh_size > len ||
            names->sh_offset + names->sh_size > len)
            return;
        out->table = (const Elf64_Sym *)(file + sh[i].sh_offset);
        out->count = sh[i].sh_size / sizeof(Elf64_Sym);
        out->names = file + names->sh_offset;
        out->names_len = names->sh_size;
        out->bias = eh->e_type == ET_DYN ? (uint64_t)(uintptr_t)__ehdr_start : 0;
        return;
    }
}

static const struct symbols *symbols_load(void)
{
    static struct symbols loaded;
    int fd = loaded.table ? -1 : open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0) {
        const char *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (file != MAP_FAILED)
            sections_scan(file, (size_t)st.st_size, &loaded);
    }
    if (fd >= 0)
        close(fd);
    return &loaded;
}

const char *symbols_find(uint64_t pc, bool after_call, uint64_t *offset)
{
    const struct symbols *s = symbols_load();
    /* A return address may lie behind the end of a function that ends in a call. */
    uint64_t at = pc - s->bias - (after_call ? 1 : 0);

    for (size_t i = 0; i < s->count; i++) {
        const Elf64_Sym *sym = &s->table[i];

        if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || at < sym->st_value ||
            at - sym->st_value >= sym->st_size || sym->st_name >= s->names_len)
            continue;
        *offset = pc - s->bias - sym->st_value;
        return s->names + sym->st_name;
    }
    return NULL;
}
