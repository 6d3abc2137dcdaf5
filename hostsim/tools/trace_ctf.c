/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trace in the Common Trace Format 1.8, which babeltrace2 and Trace Compass read.
 *
 * "metadata" describes the layout in TSDL, plain text; each CPU has a stream file "cpuN" with
 * one packet.  All fields are whole bytes, little-endian, not aligned.
 */
#include "hostsim/tools/trace_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define CTF_MAGIC  UINT32_C(0xc1fc1fc1)
#define PATH_BYTES 4096

struct writer {
    const char *dir;
    FILE *streams[TRACE_CPUS];
    uint64_t first_ns[TRACE_CPUS], last_ns[TRACE_CPUS];
};

static int fail(const char *path)
{
    fprintf(stderr, "cloudos trace: %s: %s\n", path, strerror(errno));
    return 1;
}

static FILE *file_create(const char *dir, const char *name, unsigned number)
{
    char path[PATH_BYTES];
    FILE *to;

    if (snprintf(path, sizeof(path), number < TRACE_CPUS ? "%s/%s%u" : "%s/%s", dir, name,
                 number) >= PATH_BYTES) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    to = fopen(path, "wb");
    if (!to)
        fail(path);
    return to;
}

/* ---- metadata ---- */

static const char metadata_head[] =
    "/* CTF 1.8 */\n\n"
    "typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
    "typealias integer { size = 16; align = 8; signed = false; } := u16;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = 16; } := x64;\n"
    "typealias integer { size = 64; align = 8; signed = true; } := s64;\n\n"
    "trace {\n"
    "    major = 1; minor = 8; byte_order = le;\n"
    "    packet.header := struct { u32 magic; };\n"
    "};\n\n"
    "clock {\n"
    "    name = machine; freq = 1000000000; offset = 0;\n"
    "};\n\n"
    "typealias integer {\n"
    "    size = 64; align = 8; signed = false; map = clock.machine.value;\n"
    "} := time;\n\n"
    "stream {\n"
    "    packet.context := struct {\n"
    "        u32 cpu_id; u64 packet_size; u64 content_size;\n"
    "        time timestamp_begin; time timestamp_end;\n"
    "    };\n"
    "    event.header := struct { u16 id; time timestamp; };\n"
    "};\n";

static void put_field(FILE *to, const struct trace_arg *arg)
{
    switch (arg->type) {
    case 'x':
        fprintf(to, " x64 _%s;", arg->name);
        break;
    case 'd':
        fprintf(to, " s64 _%s;", arg->name);
        break;
    case 's':
        fprintf(to, " string _%s;", arg->name);
        break;
    case 'b':
        fprintf(to, " u64 _%s_length; u8 _%s[_%s_length];", arg->name, arg->name,
                arg->name);
        break;
    default:
        fprintf(to, " u64 _%s;", arg->name);
    }
}

static int metadata_write(const struct trace_file *f, const char *dir)
{
    FILE *to = file_create(dir, "metadata", TRACE_CPUS);

    if (!to)
        return 1;
    fputs(metadata_head, to);
    for (unsigned id = 0; id < TRACE_EVENTS_MAX; id++) {
        const struct trace_event_type *e = &f->events[id];

        if (!e->name[0])
            continue;
        fprintf(to, "\nevent {\n    id = %u; name = \"%s\";\n    fields := struct {", id,
                e->name);
        for (unsigned i = 0; i < e->args; i++)
            put_field(to, &e->arg[i]);
        fputs(" };\n};\n", to);
    }
    return fclose(to) ? fail("metadata") : 0;
}

/* ---- streams ---- */

static void put_number(FILE *to, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        fputc((int)(v >> (8 * i) & 0xff), to);
}

static void packet_head(FILE *to, unsigned cpu, uint64_t bytes, uint64_t first,
                        uint64_t last)
{
    put_number(to, CTF_MAGIC, 4);
    put_number(to, cpu, 4);
    put_number(to, bytes * 8, 8);
    put_number(to, bytes * 8, 8);
    put_number(to, first, 8);
    put_number(to, last, 8);
}

static bool stream_open(struct writer *w, const struct trace_record *r)
{
    if (w->streams[r->cpu])
        return true;
    w->streams[r->cpu] = file_create(w->dir, "cpu", r->cpu);
    if (!w->streams[r->cpu])
        return false;
    w->first_ns[r->cpu] = r->time_ns;
    packet_head(w->streams[r->cpu], r->cpu, 0, 0, 0); /* written again at the end */
    return true;
}

static void put_record(FILE *to, const struct trace_record *r)
{
    put_number(to, r->id, 2);
    put_number(to, r->time_ns, 8);
    for (unsigned i = 0; i < r->type->args; i++) {
        char type = r->type->arg[i].type;

        if (type != 's')
            put_number(to, r->args[i], 8);
        for (uint64_t chars = r->args[i]; type == 's' && chars & 0xff; chars >>= 8)
            fputc((int)(chars & 0xff), to);
        if (type == 's')
            fputc('\0', to);
        if (type == 'b')
            fwrite(r->bytes, 1, r->args[i], to);
    }
}

static int stream_close(struct writer *w, unsigned cpu)
{
    FILE *to = w->streams[cpu];
    long bytes = ftell(to);
    bool bad = bytes < 0 || fseek(to, 0, SEEK_SET);

    if (!bad)
        packet_head(to, cpu, (uint64_t)bytes, w->first_ns[cpu], w->last_ns[cpu]);
    bad |= ferror(to) != 0;
    bad |= fclose(to) != 0;
    return bad ? fail(w->dir) : 0;
}

int trace_ctf(struct trace_file *f, const char *dir)
{
    struct writer w = {.dir = dir};
    struct trace_record r;
    int err = 0;

    if (mkdir(dir, 0777) && errno != EEXIST)
        return fail(dir);
    if (metadata_write(f, dir))
        return 1;
    while (!err && trace_next(f, &r)) {
        err = !stream_open(&w, &r);
        if (err)
            break;
        put_record(w.streams[r.cpu], &r);
        w.last_ns[r.cpu] = r.time_ns;
    }
    for (unsigned cpu = 0; cpu < TRACE_CPUS; cpu++) {
        if (w.streams[cpu])
            err |= stream_close(&w, cpu);
    }
    return err | trace_complain(f);
}
