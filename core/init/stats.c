/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of a run.  They are gathered once and given out as tables, each a name for every row and
 * a title for every column; what becomes of them, aligned text or JSON, only this writer knows.
 */
#include "init/stats.h"

#include "abi/errno.h"
#include "hal/hal.h"
#include "lib/format.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "sched/sched.h"
#include "syscall/stats.h"
#include "trace/counter.h"
#include "trace/log.h"

#define COLUMNS_MAX 6
#define LINE_BYTES  256u
#define NAME_WIDTH  26
#define VALUE_WIDTH 12

static const char *stats_format; /* NULL: not wanted */
static bool printed;             /* atomic */

/* ---- writing ---- */

/* A title ends in "us" or "ms" where the value is a time. */
struct table {
    const char *name;
    const char *titles[COLUMNS_MAX + 1]; /* for people; NULL behind the last */
    const char *keys[COLUMNS_MAX];       /* for programs; times are in ns */
};

struct writer {
    bool json;
    const struct table *table;
    unsigned tables, rows; /* so far; rows: of this table */
};

static void put(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void put(const char *fmt, ...)
{
    char line[LINE_BYTES];
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = kvsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    (void)hal_console_write(HAL_STREAM_STATS, line, MIN((size_t)len, sizeof(line) - 1));
}

static void table_begin(struct writer *w, const struct table *t)
{
    w->table = t;
    w->rows = 0;
    if (w->json)
        put("%s\"%s\": {", w->tables ? ", " : "{", t->name);
    w->tables++;
}

/* The head of a table appears with its first row. */
static void head(struct writer *w)
{
    put("\n%-*s", NAME_WIDTH, w->table->name);
    for (const char *const *title = w->table->titles; *title; title++)
        put("%*s", VALUE_WIDTH, *title);
    put("\n");
}

static void value_text(const char *title, uint64_t v)
{
    size_t len = strlen(title);
    uint64_t unit = 0;
    char number[32];

    if (len >= 2 && str_eq(title + len - 2, "us"))
        unit = 1000;
    else if (len >= 2 && str_eq(title + len - 2, "ms"))
        unit = 1000000;
    if (!unit) {
        put("%*llu", VALUE_WIDTH, (unsigned long long)v);
        return;
    }
    ksnprintf(number, sizeof(number), "%llu.%03llu", (unsigned long long)(v / unit),
              (unsigned long long)(v % unit * 1000 / unit));
    put("%*s", VALUE_WIDTH, number);
}

static void row(struct writer *w, const char *name, const uint64_t *values)
{
    const struct table *t = w->table;

    if (w->json)
        put("%s\"%s\": {", w->rows ? ", " : "", name);
    else if (w->rows == 0)
        head(w);
    if (!w->json)
        put("%-*s", NAME_WIDTH, name);
    for (unsigned i = 0; t->titles[i]; i++) {
        if (w->json)
            put("%s\"%s\": %llu", i ? ", " : "", t->keys[i],
                (unsigned long long)values[i]);
        else
            value_text(t->titles[i], values[i]);
    }
    put(w->json ? "}" : "\n");
    w->rows++;
}

#define ROW(w, name, ...) row(w, name, (const uint64_t[]){__VA_ARGS__})

static void table_end(struct writer *w)
{
    if (w->json)
        put("}");
}

/* ---- figures ---- */

/* Longest in all first; then the most frequent. */
static int by_time(const void *a, const void *b, void *ctx)
{
    const struct syscall_stats *x = a, *y = b;

    (void)ctx;
    if (x->total_ns != y->total_ns)
        return x->total_ns > y->total_ns ? -1 : 1;
    return x->calls != y->calls ? (x->calls > y->calls ? -1 : 1) : 0;
}

static void calls_row(struct writer *w, const struct syscall_stats *s)
{
    uint64_t mean_ns = s->done ? s->total_ns / s->done : 0;

    ROW(w, s->desc ? s->desc->name : "(unknown)", s->calls, s->errors, s->total_ns,
        s->min_ns, mean_ns, s->max_ns);
}

static void calls_sum(struct syscall_stats *sum, const struct syscall_stats *s)
{
    sum->min_ns =
        sum->calls && (!s->done || sum->min_ns < s->min_ns) ? sum->min_ns : s->min_ns;
    sum->calls += s->calls;
    sum->done += s->done;
    sum->errors += s->errors;
    sum->total_ns += s->total_ns;
    sum->max_ns = MAX(sum->max_ns, s->max_ns);
}

static void calls_print(struct writer *w)
{
    static const struct table table = {
        "calls",
        {"calls", "errors", "total ms", "min us", "mean us", "max us", NULL},
        {"calls", "errors", "total_ns", "min_ns", "mean_ns", "max_ns"}};
    static const struct syscall_desc sum_desc = {.name = "total"};
    struct syscall_stats *all = kcalloc(SYSCALL_NR_MAX + 1, sizeof(*all));
    struct syscall_stats sum = {.desc = &sum_desc};
    unsigned n = 0;

    table_begin(w, &table);
    for (uint64_t nr = 0; all && nr <= SYSCALL_NR_MAX; nr++) {
        if (syscall_stats_at(nr, &all[n]))
            calls_sum(&sum, &all[n++]);
    }
    sort_array(all, n, sizeof(*all), by_time, NULL);
    for (unsigned i = 0; i < n; i++)
        calls_row(w, &all[i]);
    if (n && !w->json)
        calls_row(w, &sum);
    table_end(w);
    kfree(all);
}

static void missing_print(struct writer *w)
{
    static const struct table table = {
        "not implemented", {"missing", "refused", NULL}, {"missing", "refused"}};
    struct syscall_stats s;
    char unknown[24];

    table_begin(w, &table);
    for (uint64_t nr = 0; nr <= SYSCALL_NR_MAX; nr++) {
        if (!syscall_stats_at(nr, &s) || (s.desc && s.desc->fn && !s.desc->refused))
            continue;
        ksnprintf(unknown, sizeof(unknown), "%s%llu", nr == SYSCALL_NR_MAX ? ">= " : "",
                  (unsigned long long)nr);
        ROW(w, s.desc ? s.desc->name : unknown, s.desc && s.desc->fn ? 0 : s.calls,
            s.desc && s.desc->fn ? s.calls : 0);
    }
    table_end(w);
}

static void cpus_print(struct writer *w)
{
    static const struct table table = {
        "CPU",
        {"user ms", "system ms", "idle ms", "irq ms", "switches", NULL},
        {"user_ns", "system_ns", "idle_ns", "irq_ns", "switches"}};
    struct sched_cpu_stats c;
    char name[8];

    table_begin(w, &table);
    for (unsigned cpu = 0; cpu < sched_cpu_count(); cpu++) {
        sched_cpu_stats(cpu, &c);
        ksnprintf(name, sizeof(name), "%u", cpu);
        ROW(w, name, c.user_ns + c.nice_ns, c.system_ns, c.idle_ns, c.irq_ns, c.switches);
    }
    table_end(w);
}

static void counters_print(struct writer *w)
{
    static const struct table table = {"events", {"count", NULL}, {"count"}};

    table_begin(w, &table);
    ROW(w, "proc_forks", proc_forks());
    counter_for_each (c)
        ROW(w, c->name, counter_sum(c));
    table_end(w);
}

static void frames_print(struct writer *w)
{
    static const struct table table = {"page frames", {"frames", NULL}, {"frames"}};
    struct frame_stats f;

    frame_stats(&f);
    table_begin(w, &table);
    ROW(w, "total", f.total);
    ROW(w, "free", f.free);
    ROW(w, "kernel", f.used[FRAME_KERNEL]);
    ROW(w, "slab", f.used[FRAME_SLAB]);
    ROW(w, "page_tables", f.used[FRAME_PGTABLE]);
    ROW(w, "anonymous", f.used[FRAME_ANON]);
    ROW(w, "page_cache", f.used[FRAME_PAGECACHE]);
    ROW(w, "allocations", f.allocs);
    ROW(w, "failures", f.failures);
    table_end(w);
}

static void caches_print(struct writer *w)
{
    static const struct table table = {
        "slab cache",
        {"bytes", "allocated", "in use", "room for", "frames", NULL},
        {"object_bytes", "allocs", "active", "total", "frames"}};
    struct slab_stats s;

    table_begin(w, &table);
    for (unsigned i = 0; slab_stats_at(i, &s); i++) {
        if (s.allocs)
            ROW(w, s.name, s.object_bytes, s.allocs, s.active, s.total, s.frames);
    }
    table_end(w);
}

int stats_start(const char *format)
{
    int err;

    if (!str_eq(format, "text") && !str_eq(format, "json")) {
        log_emerg("init", "stats: there is no format '%s'", format);
        return -EINVAL;
    }
    err = syscall_stats_start();
    if (err) {
        log_emerg("init", "stats: no memory");
        return err;
    }
    counter_detail_start();
    syscall_set_power_off_hook(stats_print);
    stats_format = format;
    return 0;
}

void stats_print(void)
{
    struct writer w;
    uint64_t now_ns = hal_time_ns();

    if (!stats_format || atomic_xchg(&printed, true))
        return;
    w = (struct writer){.json = str_eq(stats_format, "json")};
    if (!w.json)
        put("statistics: %llu.%06llu s, %u CPUs\n",
            (unsigned long long)(now_ns / 1000000000),
            (unsigned long long)(now_ns / 1000 % 1000000), sched_cpu_count());
    calls_print(&w);
    missing_print(&w);
    cpus_print(&w);
    counters_print(&w);
    frames_print(&w);
    caches_print(&w);
    if (w.json)
        put(", \"time_ns\": %llu}\n", (unsigned long long)now_ns);
}
