/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a trace. */
#include "hostsim/world/trace_head.h"

#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/world/input.h"
#include "hostsim/world/trace_format.h"
#include "trace/event.h"

#define POINTS_MAX  256u
#define NAME_ALIGN  4u /* of the fields of an ELF note */
#define BUILD_BYTES 64u

/* A program without a core has none. */
extern const struct tracepoint core_points[] __asm__("__start_core_tracepoints")
    __attribute__((weak));
extern const struct tracepoint core_points_end[] __asm__("__stop_core_tracepoints")
    __attribute__((weak));

static const char *const own_events[TRACE_EVENT_CORE] = {
    [TRACE_EVENT_CPU] = "cpu_runs before points",
    [TRACE_EVENT_INPUT] = "console_input points bytes:b",
    [TRACE_EVENT_OUTPUT] = "console_output stream bytes hash:x",
    [TRACE_EVENT_INTERRUPT] = "interrupt ipi line timer",
    [TRACE_EVENT_TLB_FLUSH] = "tlb_flush space va:x len:x",
};

static struct {
    uint8_t args;
    uint8_t signed_mask;
} points[POINTS_MAX];

static unsigned point_count(void)
{
    return (unsigned)(core_points_end - core_points);
}

void trace_head_init(void)
{
    for (unsigned id = 0; id < point_count() && id < POINTS_MAX; id++) {
        const char *at = core_points[id].args;

        while (*at) {
            size_t len = strcspn(at, " ");

            if (len > 2 && memcmp(at + len - 2, ":d", 2) == 0)
                points[id].signed_mask |= (uint8_t)(1u << points[id].args);
            points[id].args++;
            at += len + (at[len] == ' ');
        }
    }
}

unsigned trace_head_find(const char *name)
{
    for (unsigned id = 0; id < point_count(); id++) {
        if (strcmp(core_points[id].name, name) == 0)
            return id;
    }
    return UINT_MAX;
}

unsigned trace_head_args(unsigned id)
{
    return id < POINTS_MAX ? points[id].args : 0;
}

bool trace_head_signed(unsigned id, unsigned i)
{
    return id < POINTS_MAX && (points[id].signed_mask >> i & 1);
}

/* ---- the program's build id, from its ELF notes ---- */

static void note_hex(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len && i < BUILD_BYTES / 2 - 1; i++)
        sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void notes_search(const uint8_t *at, size_t len, char *out)
{
    const uint8_t *end = at + len;

    while (at + sizeof(ElfW(Nhdr)) <= end) {
        const ElfW(Nhdr) *note = (const void *)at;
        size_t name = (note->n_namesz + NAME_ALIGN - 1) / NAME_ALIGN * NAME_ALIGN;
        size_t desc = (note->n_descsz + NAME_ALIGN - 1) / NAME_ALIGN * NAME_ALIGN;
        const uint8_t *data = at + sizeof(*note) + name;

        if (data + desc > end)
            return;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
            memcmp(note + 1, "GNU", 4) == 0)
            note_hex(data, note->n_descsz, out);
        at = data + desc;
    }
}

static int program_visit(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];

        if (p->p_type == PT_NOTE)
            notes_search((const uint8_t *)(info->dlpi_addr + p->p_vaddr), p->p_filesz,
                         out);
    }
    return 1; /* the first is the program itself */
}

/* ---- text ---- */

/* On one line: '%', and what is no printable character, as %XX. */
static void put_escaped(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text == '%' || *text == 127)
            fprintf(to, "%%%02x", (unsigned char)*text);
        else
            fputc(*text, to);
    }
}

static FILE *memory_open(char **text, size_t *len)
{
    FILE *to = open_memstream(text, len);

    if (!to)
        machine_die("no host memory for the head of a trace");
    return to;
}

static void put_identity(FILE *to, const struct machine_config *c)
{
    char build[BUILD_BYTES] = "unknown";

    dl_iterate_phdr(program_visit, build);
    fprintf(to, "build %s\nmode %s\n", build, c->seeded ? "seeded" : "threads");
    if (c->seeded)
        fprintf(to, "seed %llu\n", (unsigned long long)c->seed);
    fprintf(to, "cpus %u\nmem %llu\nmmu %s\nengine %s\n", c->cpus,
            (unsigned long long)c->mem_bytes, mmu_name(c->mmu), c->engine);
    fprintf(to, "initramfs %016llx\ncmdline ",
            (unsigned long long)trace_hash(TRACE_HASH_START, c->initrd, c->initrd_len));
    put_escaped(to, c->cmdline);
    fputc('\n', to);
}

char *trace_head_identity(const struct machine_config *config)
{
    char *text = NULL;
    size_t len;
    FILE *to = memory_open(&text, &len);

    put_identity(to, config);
    fclose(to);
    return text;
}

char *trace_head_make(const struct machine_config *config)
{
    char *text = NULL;
    size_t len;
    FILE *to = memory_open(&text, &len);

    fprintf(to, TRACE_MAGIC "\n");
    put_identity(to, config);
    if (config->seeded)
        input_describe(to);
    for (unsigned i = 1; i < TRACE_EVENT_CORE; i++)
        fprintf(to, "event %u %s\n", i, own_events[i]);
    for (unsigned i = 0; i < point_count(); i++)
        fprintf(to, "event %u %s %s\n", TRACE_EVENT_CORE + i, core_points[i].name,
                core_points[i].args);
    fputc('\n', to);
    fclose(to);
    return text;
}
