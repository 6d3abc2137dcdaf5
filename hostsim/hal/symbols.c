/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for code addresses, from the symbol table and the line tables of the running program.
 * Whoever needs one first reads them in; somebody who comes meanwhile gets none.
 */
#include "hal/hal.h"

#include <elf.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostsim/hal/lines.h"

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

enum { STATE_NONE, STATE_BUSY, STATE_READY };

static struct symbols {
    const Elf64_Sym *table;
    size_t count;
    const char *names;
    size_t names_len;
    struct lines_sections lines;
    uint64_t bias;   /* run-time address minus the file's */
    size_t root_len; /* of the path to our sources */
} symbols;
static _Atomic int state;

static void symtab_note(const char *file, const Elf64_Shdr *sh, const Elf64_Shdr *names)
{
    symbols.table = (const Elf64_Sym *)(file + sh->sh_offset);
    symbols.count = sh->sh_size / sizeof(Elf64_Sym);
    symbols.names = file + names->sh_offset;
    symbols.names_len = names->sh_size;
}

static void lines_note(const char *file, const Elf64_Shdr *sh, const char *name)
{
    const struct lines_section s = {(const uint8_t *)file + sh->sh_offset, sh->sh_size};

    if (sh->sh_flags & SHF_COMPRESSED)
        return;
    if (strcmp(name, ".debug_line") == 0)
        symbols.lines.line = s;
    else if (strcmp(name, ".debug_line_str") == 0)
        symbols.lines.line_str = s;
    else if (strcmp(name, ".debug_str") == 0)
        symbols.lines.str = s;
}

/* The file is the one the host loaded us from, so its headers are sound; a stripped one simply
 * lacks the sections. */
static void sections_scan(const char *file, size_t len)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)file;
    const Elf64_Shdr *sh = (const Elf64_Shdr *)(file + eh->e_shoff);
    const char *names;

    if (eh->e_shoff == 0 || eh->e_shoff + eh->e_shnum * sizeof(*sh) > len)
        return;
    names = file + sh[eh->e_shstrndx].sh_offset;
    symbols.bias = eh->e_type == ET_DYN ? (uint64_t)(uintptr_t)__ehdr_start : 0;
    for (unsigned i = 0; i < eh->e_shnum; i++) {
        if (sh[i].sh_type == SHT_NOBITS || sh[i].sh_offset + sh[i].sh_size > len)
            continue;
        if (sh[i].sh_type == SHT_SYMTAB && sh[i].sh_link < eh->e_shnum)
            symtab_note(file, &sh[i], &sh[sh[i].sh_link]);
        else
            lines_note(file, &sh[i], names + sh[i].sh_name);
    }
}

/* Paths are printed from the top of our sources on: what a path has more than __FILE__ does. */
static void root_find(void)
{
    struct lines_place place = {0};
    uint64_t here = (uint64_t)(uintptr_t)hal_symbol - symbols.bias;
    size_t dir_len, own_len;

    if (!lines_find(here, &place) || !place.dir || !place.file)
        return;
    dir_len = strlen(place.dir);
    own_len = strlen(__FILE__) - strlen("/symbols.c");
    if (dir_len > own_len &&
        strncmp(place.dir + dir_len - own_len, __FILE__, own_len) == 0)
        symbols.root_len = dir_len - own_len;
}

static bool symbols_ready(void)
{
    int none = STATE_NONE;
    struct stat st;
    int fd;

    if (!atomic_compare_exchange_strong(&state, &none, STATE_BUSY))
        return none == STATE_READY;
    fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        const char *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (file != MAP_FAILED) {
            sections_scan(file, (size_t)st.st_size);
            lines_index(&symbols.lines);
            root_find();
        }
    }
    if (fd >= 0)
        close(fd);
    atomic_store(&state, STATE_READY);
    return true;
}

static const Elf64_Sym *symbol_at(uint64_t at)
{
    for (size_t i = 0; i < symbols.count; i++) {
        const Elf64_Sym *sym = &symbols.table[i];

        if (ELF64_ST_TYPE(sym->st_info) == STT_FUNC && at >= sym->st_value &&
            at - sym->st_value < sym->st_size && sym->st_name < symbols.names_len)
            return sym;
    }
    return NULL;
}

size_t hal_symbol(uint64_t pc, bool after_call, char *buf, size_t len)
{
    const Elf64_Sym *sym;
    struct lines_place place = {0};
    uint64_t at;
    int n;

    if (!symbols_ready())
        return 0;
    /* A return address may lie behind the end of a function that ends in a call. */
    at = pc - symbols.bias - (after_call ? 1 : 0);
    sym = symbol_at(at);
    if (!sym) { /* or be where a context begins */
        at = pc - symbols.bias;
        sym = symbol_at(at);
    }
    if (!sym)
        return 0;
    n = snprintf(buf, len, "%s+0x%llx", symbols.names + sym->st_name,
                 (unsigned long long)(pc - symbols.bias - sym->st_value));
    if (n > 0 && (size_t)n < len && lines_find(at, &place) && place.dir && place.file) {
        size_t dir_len = strlen(place.dir);
        const char *dir = place.dir + (dir_len > symbols.root_len ? symbols.root_len : 0);

        n += snprintf(buf + n, len - (size_t)n, " %s/%s:%u", dir, place.file, place.line);
    }
    return n < 0 ? 0 : (size_t)n < len ? (size_t)n : len - 1;
}
