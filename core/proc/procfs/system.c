/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc: the machine and the kernel as a whole. */
#include "proc/procfs/procfs_priv.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/user.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/version.h"
#include "sched/sched.h"
#include "sched/clock.h"
#include "vm/pagecache.h"

static uint64_t kib(uint64_t pages)
{
    return pages * (PAGE_SIZE / 1024);
}

static void meminfo_line(struct strbuf *sb, const char *name, uint64_t value_kib)
{
    strbuf_printf(sb, "%-15s %8llu kB\n", name, (unsigned long long)value_kib);
}

/* Frames of all slabs. */
static uint64_t slab_frames(void)
{
    struct slab_stats s;
    uint64_t frames = 0;

    for (unsigned i = 0; slab_stats_at(i, &s); i++)
        frames += s.frames;
    return frames;
}

static int show_meminfo(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct frame_stats f;
    struct vm_cache_stats c;
    uint64_t slab = slab_frames();

    (void)ref;
    frame_stats(&f);
    vm_cache_stats(&c);
    meminfo_line(sb, "MemTotal:", kib(f.total));
    meminfo_line(sb, "MemFree:", kib(f.free));
    meminfo_line(sb, "MemAvailable:", kib(f.free));
    meminfo_line(sb, "Buffers:", 0);
    meminfo_line(sb, "Cached:", kib(c.cached));
    meminfo_line(sb, "SwapCached:", 0);
    meminfo_line(sb, "Active:", kib(f.used[FRAME_ANON] + c.cached));
    meminfo_line(sb, "Inactive:", 0);
    meminfo_line(sb, "SwapTotal:", 0);
    meminfo_line(sb, "SwapFree:", 0);
    meminfo_line(sb, "Dirty:", kib(c.dirty));
    meminfo_line(sb, "Writeback:", 0);
    meminfo_line(sb, "AnonPages:", kib(f.used[FRAME_ANON]));
    meminfo_line(sb, "Mapped:", kib(c.cached));
    meminfo_line(sb, "Shmem:", kib(c.cached));
    meminfo_line(sb, "Slab:", kib(slab));
    meminfo_line(sb, "SReclaimable:", 0);
    meminfo_line(sb, "SUnreclaim:", kib(slab));
    meminfo_line(sb, "KernelStack:",
                 (uint64_t)hal_bootinfo()->kstack_bytes / 1024 * process_count());
    meminfo_line(sb, "PageTables:", kib(f.used[FRAME_PGTABLE]));
    return 0;
}

static void stat_cpu_line(struct strbuf *sb, const char *name,
                          const struct sched_cpu_stats *s)
{
    strbuf_printf(sb, "%s %llu %llu %llu %llu 0 %llu 0 0 0 0\n", name,
                  (unsigned long long)procfs_ticks(s->user_ns),
                  (unsigned long long)procfs_ticks(s->nice_ns),
                  (unsigned long long)procfs_ticks(s->system_ns),
                  (unsigned long long)procfs_ticks(s->idle_ns),
                  (unsigned long long)procfs_ticks(s->irq_ns));
}

static uint64_t boot_time_s(void)
{
    return (clock_wall_ns() - hal_time_ns()) / 1000000000u;
}

static int show_stat(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct sched_cpu_stats sum = {0}, one;
    uint32_t running = 0;
    unsigned cpus = sched_cpu_count();
    char name[16];

    (void)ref;
    for (unsigned i = 0; i < cpus; i++) {
        sched_cpu_stats(i, &one);
        sum.user_ns += one.user_ns;
        sum.nice_ns += one.nice_ns;
        sum.system_ns += one.system_ns;
        sum.idle_ns += one.idle_ns;
        sum.irq_ns += one.irq_ns;
        running += one.runnable;
    }
    stat_cpu_line(sb, "cpu ", &sum);
    for (unsigned i = 0; i < cpus; i++) {
        struct strbuf label;

        sched_cpu_stats(i, &one);
        strbuf_init(&label, name, sizeof(name));
        strbuf_printf(&label, "cpu%u", i);
        stat_cpu_line(sb, name, &one);
    }
    strbuf_printf(sb,
                  "intr 0\nctxt %llu\nbtime %llu\nprocesses %u\nprocs_running %u\n"
                  "procs_blocked 0\n",
                  (unsigned long long)sched_context_switches(),
                  (unsigned long long)boot_time_s(), proc_forks(), running);
    return 0;
}

static int show_uptime(const struct procfs_ref *ref, struct strbuf *sb)
{
    uint64_t up = hal_time_ns() / 10000000u, idle = 0;
    struct sched_cpu_stats s;

    (void)ref;
    for (unsigned i = 0; i < sched_cpu_count(); i++) {
        sched_cpu_stats(i, &s);
        idle += s.idle_ns / 10000000u;
    }
    strbuf_printf(sb, "%llu.%02llu %llu.%02llu\n", (unsigned long long)(up / 100),
                  (unsigned long long)(up % 100), (unsigned long long)(idle / 100),
                  (unsigned long long)(idle % 100));
    return 0;
}

static int show_loadavg(const struct procfs_ref *ref, struct strbuf *sb)
{
    uint32_t load[3], running = 0;
    struct sched_cpu_stats s;

    (void)ref;
    sched_loadavg(load);
    for (unsigned i = 0; i < sched_cpu_count(); i++) {
        sched_cpu_stats(i, &s);
        running += s.runnable;
    }
    for (unsigned i = 0; i < 3; i++)
        strbuf_printf(sb, "%u.%02u ", load[i] >> 11, ((load[i] & 2047) * 100) >> 11);
    strbuf_printf(sb, "%u/%u %d\n", running, process_count(), proc_last_pid());
    return 0;
}

static int show_version(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    strbuf_printf(sb, "%s version %s (%s) %s\n", KERNEL_SYSNAME, KERNEL_RELEASE,
                  __VERSION__, KERNEL_VERSION);
    return 0;
}

static int show_cpuinfo(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    for (unsigned i = 0; i < sched_cpu_count(); i++)
        strbuf_printf(sb,
                      "processor\t: %u\nmodel name\t: CloudOS virtual CPU (%s)\n"
                      "cpu cores\t: %u\n\n",
                      i, ARCH_UTS_MACHINE, sched_cpu_count());
    return 0;
}

static int show_cmdline(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    strbuf_printf(sb, "%s\n", hal_bootinfo()->cmdline);
    return 0;
}

static int filesystem_line(const struct fs_type *t, void *arg)
{
    strbuf_printf(arg, "%s\t%s\n", t->nodev ? "nodev" : "", t->name);
    return 0;
}

static int show_filesystems(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return fs_type_each(filesystem_line, sb);
}

static int show_slabinfo(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct slab_stats s;

    (void)ref;
    strbuf_puts(sb, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> "
                    "<objsize> <objperslab> <pagesperslab>\n");
    for (unsigned i = 0; slab_stats_at(i, &s); i++)
        strbuf_printf(sb, "%-17s %6llu %6llu %6u %4u %4u\n", s.name,
                      (unsigned long long)s.active, (unsigned long long)s.total,
                      s.object_bytes, s.frames ? (unsigned)(s.total / s.frames) : 0, 1);
    return 0;
}

static int show_vmstat(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct frame_stats f;

    (void)ref;
    frame_stats(&f);
    strbuf_printf(
        sb,
        "nr_free_pages %llu\nnr_anon_pages %llu\nnr_file_pages %llu\n"
        "nr_page_table_pages %llu\npgalloc_normal %llu\nallocstall_normal %llu\n",
        (unsigned long long)f.free, (unsigned long long)f.used[FRAME_ANON],
        (unsigned long long)f.used[FRAME_PAGECACHE],
        (unsigned long long)f.used[FRAME_PGTABLE], (unsigned long long)f.allocs,
        (unsigned long long)f.failures);
    return 0;
}

static int show_self(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    if (!task_current())
        return -ENOENT;
    strbuf_printf(sb, "%d", task_current()->process->pid);
    return 0;
}

static int show_thread_self(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct task *t = task_current();

    (void)ref;
    if (!t)
        return -ENOENT;
    strbuf_printf(sb, "%d/task/%d", t->process->pid, t->tid);
    return 0;
}

static int show_mounts_link(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    strbuf_puts(sb, "self/mounts");
    return 0;
}

static const struct procfs_entry root_entries[] = {
    {.name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline},
    {.name = "cpuinfo", .mode = S_IFREG | 0444, .show = show_cpuinfo},
    {.name = "filesystems", .mode = S_IFREG | 0444, .show = show_filesystems},
    {.name = "loadavg", .mode = S_IFREG | 0444, .show = show_loadavg},
    {.name = "meminfo", .mode = S_IFREG | 0444, .show = show_meminfo},
    {.name = "mounts", .mode = S_IFLNK | 0777, .show = show_mounts_link},
    {.name = "self", .mode = S_IFLNK | 0777, .show = show_self},
    {.name = "slabinfo", .mode = S_IFREG | 0400, .show = show_slabinfo},
    {.name = "stat", .mode = S_IFREG | 0444, .show = show_stat},
    {.name = "sys", .mode = S_IFDIR | 0555, .dir = &procfs_sys},
    {.name = "thread-self", .mode = S_IFLNK | 0777, .show = show_thread_self},
    {.name = "uptime", .mode = S_IFREG | 0444, .show = show_uptime},
    {.name = "version", .mode = S_IFREG | 0444, .show = show_version},
    {.name = "vmstat", .mode = S_IFREG | 0444, .show = show_vmstat},
};

const struct procfs_dir procfs_root = {
    .entries = root_entries,
    .count = ARRAY_SIZE(root_entries),
    .numbers = PROCFS_PROCESSES,
    .number = &procfs_process,
};
