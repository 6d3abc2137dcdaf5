/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trace as JSON in the Trace Event Format, for Perfetto and chrome://tracing.
 *
 * "Process" 1 has a lane for each CPU with the threads that run there, and marks for what
 * happens to the CPU; "process" 2 a lane for each thread with its system calls.  What a CPU was
 * doing is known from its context switches, so slices are written when they end.
 */
#include "hostsim/tools/trace_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PID_CPUS    1
#define PID_THREADS 2
#define NAMES_MAX   65536u /* threads with greater numbers have no name here */

struct writer {
    FILE *to;
    bool any; /* a comma is needed */
    struct {
        uint64_t thread, since_ns;
        bool known;
    } cpus[TRACE_CPUS];
    char (*names)[17];
};

static void event_begin(struct writer *w, const char *phase, unsigned pid, uint64_t tid,
                        uint64_t time_ns)
{
    fprintf(w->to,
            "%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%" PRIu64 ",\"ts\":%" PRIu64
            ".%03" PRIu64,
            w->any ? ",\n" : "\n", phase, pid, tid, time_ns / 1000, time_ns % 1000);
    w->any = true;
}

static void put_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void meta(struct writer *w, const char *what, unsigned pid, uint64_t tid,
                 const char *name)
{
    event_begin(w, "M", pid, tid, 0);
    fprintf(w->to, ",\"name\":\"%s\",\"args\":{\"name\":", what);
    put_string(w->to, name);
    fputs("}}", w->to);
}

static void thread_label(struct writer *w, uint64_t thread)
{
    const char *name = thread < NAMES_MAX ? w->names[thread] : "";

    fputs(",\"name\":", w->to);
    if (*name)
        put_string(w->to, name);
    else
        fprintf(w->to, "\"thread %" PRIu64 "\"", thread);
}

/* What ran on the CPU until now. */
static void slice_end(struct writer *w, unsigned cpu, uint64_t time_ns)
{
    uint64_t since = w->cpus[cpu].since_ns, len = time_ns - since;

    if (!w->cpus[cpu].known)
        return;
    event_begin(w, "X", PID_CPUS, cpu, since);
    thread_label(w, w->cpus[cpu].thread);
    fprintf(w->to,
            ",\"dur\":%" PRIu64 ".%03" PRIu64 ",\"args\":{\"thread\":%" PRIu64 "}}",
            len / 1000, len % 1000, w->cpus[cpu].thread);
}

static void on_switch(struct writer *w, const struct trace_record *r)
{
    if (!w->cpus[r->cpu].known) {
        w->cpus[r->cpu].known = true;
        w->cpus[r->cpu].thread = r->args[0];
    }
    slice_end(w, r->cpu, r->time_ns);
    w->cpus[r->cpu].thread = r->args[1];
    w->cpus[r->cpu].since_ns = r->time_ns;
}

static void on_name(struct writer *w, const struct trace_record *r)
{
    char name[17];

    trace_text_name(&r->args[1], name);
    if (r->args[0] < NAMES_MAX)
        strcpy(w->names[r->args[0]], name);
    meta(w, "thread_name", PID_THREADS, r->args[0], name);
}

static void on_call(struct writer *w, const struct trace_record *r, bool enter)
{
    const char *name = trace_call_name(r->args[0]);

    if (!w->cpus[r->cpu].known)
        return;
    event_begin(w, enter ? "B" : "E", PID_THREADS, w->cpus[r->cpu].thread, r->time_ns);
    if (enter && name)
        fprintf(w->to, ",\"name\":\"%s\"}", name);
    else if (enter)
        fprintf(w->to, ",\"name\":\"call %" PRIu64 "\"}", r->args[0]);
    else
        fprintf(w->to, ",\"args\":{\"result\":%" PRId64 "}}", (int64_t)r->args[1]);
}

static void on_other(struct writer *w, const struct trace_record *r)
{
    event_begin(w, "i", PID_CPUS, r->cpu, r->time_ns);
    fputs(",\"s\":\"t\",\"name\":", w->to);
    put_string(w->to, r->type->name);
    fputs(",\"args\":{", w->to);
    for (unsigned i = 0; i < r->type->args; i++) {
        fputs(i ? "," : "", w->to);
        put_string(w->to, r->type->arg[i].name);
        fprintf(w->to, ":\"0x%" PRIx64 "\"", r->args[i]);
    }
    fputs("}}", w->to);
}

static void put_record(struct writer *w, const struct trace_record *r)
{
    const char *name = r->type->name;

    if (strcmp(name, "context_switch") == 0 && r->type->args >= 2)
        on_switch(w, r);
    else if (strcmp(name, "thread_name") == 0 && r->type->args == 3)
        on_name(w, r);
    else if (strcmp(name, "syscall_enter") == 0 && r->type->args >= 1)
        on_call(w, r, true);
    else if (strcmp(name, "syscall_exit") == 0 && r->type->args >= 2)
        on_call(w, r, false);
    else if (r->id != TRACE_EVENT_CPU) /* that one only makes the picture unreadable */
        on_other(w, r);
}

int trace_json(struct trace_file *f, FILE *to)
{
    struct writer w = {.to = to, .names = calloc(NAMES_MAX, sizeof(*w.names))};
    struct trace_record r;
    char label[16];

    if (!w.names) {
        fprintf(stderr, "cloudos trace: %s\n", strerror(ENOMEM));
        return 1;
    }
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", to);
    meta(&w, "process_name", PID_CPUS, 0, "CPUs");
    meta(&w, "process_name", PID_THREADS, 0, "threads");
    while (trace_next(f, &r))
        put_record(&w, &r);
    for (unsigned cpu = 0; cpu < TRACE_CPUS; cpu++) {
        snprintf(label, sizeof(label), "CPU %u", cpu);
        if (w.cpus[cpu].known)
            meta(&w, "thread_name", PID_CPUS, cpu, label);
        slice_end(&w, cpu, f->time_ns);
    }
    fputs("\n]}\n", to);
    free(w.names);
    return trace_complain(f);
}
