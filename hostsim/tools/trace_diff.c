/* SPDX-License-Identifier: BSD-2-Clause */
/* Where two runs part. */
#include "hostsim/tools/trace_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 8u /* events before and after */

static bool same_event(const struct trace_record *a, const struct trace_record *b)
{
    if (strcmp(a->type->name, b->type->name) != 0 || a->cpu != b->cpu ||
        a->time_ns != b->time_ns || a->type->args != b->type->args)
        return false;
    for (unsigned i = 0; i < a->type->args; i++) {
        if (a->args[i] != b->args[i])
            return false;
        if (a->type->arg[i].type == 'b' && memcmp(a->bytes, b->bytes, a->args[i]) != 0)
            return false;
    }
    return true;
}

/* Lines of the head of `a` that are not in that of `b`. */
static bool head_lines(const struct trace_file *a, const struct trace_file *b,
                       const char *mark, FILE *to)
{
    char *head = strdup(a->head), *rest, value[4096];
    bool any = false;

    for (char *line = head ? strtok_r(head, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *space = strchr(line, ' ');

        if (!space)
            continue;
        *space = '\0';
        if (trace_head_get(b, line, value, sizeof(value)) &&
            strncmp(value, space + 1, sizeof(value) - 1) == 0)
            continue;
        fprintf(to, "%s %s %s\n", mark, line, space + 1);
        any = true;
    }
    free(head);
    return any;
}

static void put_marked(const char *mark, const struct trace_record *r, FILE *to)
{
    fprintf(to, "%s ", mark);
    trace_text_record(to, r);
    fputc('\n', to);
}

/* Some more events of one side, from the one that differs. */
static void put_rest(struct trace_file *f, struct trace_record *r, bool more,
                     const char *mark, FILE *to)
{
    if (!more)
        fprintf(to, "%s (%s)\n", mark, f->error[0] ? f->error : "the end");
    for (unsigned i = 0; more && i < CONTEXT; i++) {
        put_marked(mark, r, to);
        more = trace_next(f, r);
    }
}

int trace_diff(struct trace_file *a, struct trace_file *b, FILE *to)
{
    struct trace_record last[CONTEXT], ra, rb;
    uint64_t n = 0;
    bool more_a, more_b, heads;

    heads = head_lines(a, b, "<", to);
    heads |= head_lines(b, a, ">", to);
    for (;; n++) {
        more_a = trace_next(a, &ra);
        more_b = trace_next(b, &rb);
        if (!more_a || !more_b || !same_event(&ra, &rb))
            break;
        last[n % CONTEXT] = ra;
    }
    if (trace_complain(a) | trace_complain(b))
        return 2;
    if (!more_a && !more_b) {
        fprintf(to, "%" PRIu64 " events, all the same\n", n);
        return heads;
    }
    fprintf(to, "the first %" PRIu64 " events are the same:\n", n);
    for (uint64_t i = n < CONTEXT ? 0 : n - CONTEXT; i < n; i++)
        put_marked(" ", &last[i % CONTEXT], to);
    put_rest(a, &ra, more_a, "<", to);
    put_rest(b, &rb, more_b, ">", to);
    return 1;
}
