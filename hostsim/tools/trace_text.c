/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace as text: one aligned line for each event. */
#include "hostsim/tools/trace_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define BYTES_SHOWN 32u

int trace_complain(const struct trace_file *f)
{
    if (f->error[0] == '\0')
        return 0;
    fprintf(stderr, "cloudos trace: %s: %s", f->path, f->error);
    if (f->count)
        fprintf(stderr, " (after %" PRIu64 " good events)", f->count);
    fputc('\n', stderr);
    return 1;
}

static void put_char(FILE *to, uint8_t c)
{
    if (c == '\n')
        fputs("\\n", to);
    else if (c == '"' || c == '\\')
        fprintf(to, "\\%c", c);
    else if (isprint(c))
        fputc(c, to);
    else
        fprintf(to, "\\x%02x", c);
}

void trace_text_name(const uint64_t args[2], char out[17])
{
    memcpy(out, args, 16);
    out[16] = '\0';
    for (char *at = out; *at; at++)
        *at = isprint((unsigned char)*at) ? *at : '?';
}

static void put_text(FILE *to, uint64_t chars)
{
    for (; chars & 0xff; chars >>= 8)
        put_char(to, (uint8_t)chars);
}

static void put_bytes(FILE *to, const uint8_t *bytes, uint64_t len)
{
    fprintf(to, "%" PRIu64 ":\"", len);
    for (uint64_t i = 0; i < len && i < BYTES_SHOWN; i++)
        put_char(to, bytes[i]);
    fputs(len > BYTES_SHOWN ? "\"..." : "\"", to);
}

static void put_arg(FILE *to, const struct trace_record *r, unsigned i)
{
    uint64_t v = r->args[i];
    const char *call;

    switch (r->type->arg[i].type) {
    case 'x':
        fprintf(to, "0x%" PRIx64, v);
        break;
    case 'd':
        fprintf(to, "%" PRId64, (int64_t)v);
        break;
    case 's':
        put_text(to, v);
        break;
    case 'b':
        put_bytes(to, r->bytes, v);
        break;
    case 'n':
        call = trace_call_name(v);
        if (call)
            fputs(call, to);
        else
            fprintf(to, "%" PRIu64, v);
        break;
    default:
        fprintf(to, "%" PRIu64, v);
    }
}

void trace_text_record(FILE *to, const struct trace_record *r)
{
    fprintf(to, "%9" PRIu64 " %6" PRIu64 ".%09" PRIu64 " cpu%-2u %-15s", r->number,
            r->time_ns / 1000000000, r->time_ns % 1000000000, r->cpu, r->type->name);
    for (unsigned i = 0; i < r->type->args; i++) {
        /* The second half of a text follows the first. */
        if (r->type->arg[i].type == 's' && i && r->type->arg[i - 1].type == 's') {
            put_text(to, r->args[i]);
            continue;
        }
        fprintf(to, " %s=", r->type->arg[i].name);
        put_arg(to, r, i);
    }
}

int trace_show(struct trace_file *f, const struct trace_filter *filter, FILE *to)
{
    struct trace_record r;

    fputs(f->head, to);
    while (trace_next(f, &r)) {
        if (r.number < filter->from || r.number > filter->to)
            continue;
        if (filter->only && strncmp(r.type->name, filter->only, strlen(filter->only)))
            continue;
        trace_text_record(to, &r);
        fputc('\n', to);
    }
    return trace_complain(f);
}

int trace_show_hash(struct trace_file *f, FILE *to)
{
    struct trace_record r;

    while (trace_next(f, &r))
        ;
    if (f->ended)
        fprintf(to, "%016" PRIx64 "\n", f->hash);
    return trace_complain(f);
}
