/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF: the symbol table, or that of the dynamic linker in a stripped file. */
#include "hostsim/profile/elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static bool within(const struct elf *e, uint64_t at, uint64_t len)
{
    return at <= e->len && len <= e->len - at;
}

/* Copies, because nothing says that the file's tables are aligned. */
static bool get(const struct elf *e, uint64_t at, void *dst, size_t len)
{
    if (!within(e, at, len))
        return false;
    memcpy(dst, e->file + at, len);
    return true;
}

static bool header_get(const struct elf *e, Elf64_Ehdr *eh)
{
    return get(e, 0, eh, sizeof(*eh)) && memcmp(eh->e_ident, ELFMAG, SELFMAG) == 0 &&
           eh->e_ident[EI_CLASS] == ELFCLASS64 && eh->e_ident[EI_DATA] == ELFDATA2LSB;
}

static bool section_find(const struct elf *e, const Elf64_Ehdr *eh, uint32_t type,
                         Elf64_Shdr *sh)
{
    for (unsigned i = 0; i < eh->e_shnum; i++) {
        if (!get(e, eh->e_shoff + i * (uint64_t)sizeof(*sh), sh, sizeof(*sh)))
            return false;
        if (sh->sh_type == type)
            return within(e, sh->sh_offset, sh->sh_size);
    }
    return false;
}

static int by_start(const void *a, const void *b)
{
    const struct elf_function *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static void functions_take(struct elf *e, const Elf64_Shdr *table,
                           const Elf64_Shdr *names)
{
    size_t n = table->sh_size / sizeof(Elf64_Sym);

    if (!within(e, names->sh_offset, names->sh_size) || names->sh_size == 0 ||
        e->file[names->sh_offset + names->sh_size - 1] != '\0')
        return;
    e->functions = calloc(n ? n : 1, sizeof(*e->functions));
    for (size_t i = 0; e->functions && i < n; i++) {
        Elf64_Sym sym;

        memcpy(&sym, e->file + table->sh_offset + i * sizeof(sym), sizeof(sym));
        if ((ELF64_ST_TYPE(sym.st_info) != STT_FUNC &&
             ELF64_ST_TYPE(sym.st_info) != STT_GNU_IFUNC) ||
            sym.st_shndx == SHN_UNDEF || sym.st_size == 0 ||
            sym.st_name >= names->sh_size)
            continue;
        e->functions[e->count++] = (struct elf_function){
            .start = sym.st_value,
            .end = sym.st_value + sym.st_size,
            .name = (const char *)e->file + names->sh_offset + sym.st_name,
        };
    }
    if (e->functions)
        qsort(e->functions, e->count, sizeof(*e->functions), by_start);
}

void elf_open(struct elf *e, const uint8_t *file, size_t len)
{
    Elf64_Shdr table, names;
    Elf64_Ehdr eh;

    *e = (struct elf){.file = file, .len = len};
    if (!header_get(e, &eh))
        return;
    if (!section_find(e, &eh, SHT_SYMTAB, &table) &&
        !section_find(e, &eh, SHT_DYNSYM, &table))
        return;
    if (table.sh_link < eh.e_shnum &&
        get(e, eh.e_shoff + table.sh_link * (uint64_t)sizeof(names), &names,
            sizeof(names)))
        functions_take(e, &table, &names);
}

const char *elf_function_at(const struct elf *e, uint64_t address)
{
    size_t low = 0, high = e->count;

    /* The last one that starts at or before the address. */
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (e->functions[mid].start <= address)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0 || address >= e->functions[low - 1].end)
        return NULL;
    return e->functions[low - 1].name;
}

uint64_t elf_address_of(const struct elf *e, uint64_t offset)
{
    Elf64_Ehdr eh;
    Elf64_Phdr ph;

    if (!header_get(e, &eh))
        return offset;
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        if (!get(e, eh.e_phoff + i * (uint64_t)sizeof(ph), &ph, sizeof(ph)))
            break;
        if (ph.p_type == PT_LOAD && offset >= ph.p_offset &&
            offset - ph.p_offset < ph.p_filesz)
            return offset - ph.p_offset + ph.p_vaddr;
    }
    return offset;
}
