/* SPDX-License-Identifier: BSD-2-Clause */
/* Run the `loops` program on Unicorn: load its segments, answer its system calls. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicorn/unicorn.h>
#include <unistd.h>

#define PAGE        4096ull
#define STACK       0x7ff000000000ull
#define STACK_BYTES 0x10000ull
#define FILE_MAX    (1u << 20)

enum { NR_WRITE = 1, NR_EXIT = 60, NR_GETPPID = 110, NR_CLOCK_GETTIME = 228 };

static void check(uc_err err, const char *what)
{
    if (err == UC_ERR_OK)
        return;
    fprintf(stderr, "unicorn: %s: %s\n", what, uc_strerror(err));
    exit(1);
}

static uint64_t reg(uc_engine *uc, int id)
{
    uint64_t v = 0;

    uc_reg_read(uc, id, &v);
    return v;
}

static void call_write(uc_engine *uc)
{
    char buf[256];
    uint64_t len = reg(uc, UC_X86_REG_RDX);

    if (len > sizeof(buf))
        len = sizeof(buf);
    uc_mem_read(uc, reg(uc, UC_X86_REG_RSI), buf, len);
    if (write(STDOUT_FILENO, buf, len) < 0)
        exit(1);
}

static void on_syscall(uc_engine *uc, void *unused)
{
    uint64_t nr = reg(uc, UC_X86_REG_RAX), result = 0;
    struct timespec ts;

    (void)unused;
    switch (nr) {
    case NR_WRITE:
        call_write(uc);
        break;
    case NR_GETPPID:
        result = 1;
        break;
    case NR_CLOCK_GETTIME:
        clock_gettime(CLOCK_MONOTONIC, &ts);
        uc_mem_write(uc, reg(uc, UC_X86_REG_RSI), &ts, sizeof(ts));
        break;
    default:
        uc_emu_stop(uc);
    }
    uc_reg_write(uc, UC_X86_REG_RAX, &result);
}

static void load_segment(uc_engine *uc, const uint8_t *file, const Elf64_Phdr *ph)
{
    uint64_t start = ph->p_vaddr & ~(PAGE - 1);
    uint64_t end = (ph->p_vaddr + ph->p_memsz + PAGE - 1) & ~(PAGE - 1);

    check(uc_mem_map(uc, start, end - start, UC_PROT_ALL), "map");
    check(uc_mem_write(uc, ph->p_vaddr, file + ph->p_offset, ph->p_filesz), "load");
}

/* argc, argv[0], argv[1], and the string. */
static uint64_t make_stack(uc_engine *uc, const char *arg)
{
    uint64_t text = STACK + STACK_BYTES - 256, sp = text - 64;
    uint64_t words[4] = {2, text, text, 0};

    check(uc_mem_map(uc, STACK, STACK_BYTES, UC_PROT_READ | UC_PROT_WRITE), "stack");
    check(uc_mem_write(uc, text, arg, strlen(arg) + 1), "stack");
    check(uc_mem_write(uc, sp, words, sizeof(words)), "stack");
    return sp;
}

int main(int argc, char **argv)
{
    static uint8_t file[FILE_MAX];
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)file;
    uc_engine *uc;
    uc_hook hook;
    uint64_t sp;
    FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;

    if (!f || fread(file, 1, sizeof(file), f) < sizeof(*eh)) {
        fprintf(stderr, "usage: sim_unicorn PROGRAM MILLIONS\n");
        return 2;
    }
    check(uc_open(UC_ARCH_X86, UC_MODE_64, &uc), "open");
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        const Elf64_Phdr *ph = (const Elf64_Phdr *)(file + eh->e_phoff) + i;

        if (ph->p_type == PT_LOAD)
            load_segment(uc, file, ph);
    }
    sp = make_stack(uc, argv[2]);
    uc_reg_write(uc, UC_X86_REG_RSP, &sp);
    check(uc_hook_add(uc, &hook, UC_HOOK_INSN, (void *)on_syscall, NULL, 1, 0,
                      UC_X86_INS_SYSCALL),
          "hook");
    check(uc_emu_start(uc, eh->e_entry, 0, 0, 0), "run");
    return 0;
}
