/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot order.  Every room comes up before the rooms that use it; what has to sleep runs
 * in the boot thread, once the scheduler and every CPU are there.
 */
#include "hal/hal.h"
#include "init/cmdline.h"
#include "init/first.h"
#include "init/panic_report.h"
#include "init/stats.h"
#include "lib/panic.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "proc/procfs/procfs.h"
#include "proc/sigpage.h"
#include "proc/task.h"
#include "proc/trap.h"
#include "proc/trap.h"
#include "proc/uts.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "syscall/syscall.h"
#include "trace/event.h"
#include "trace/log.h"
#include "tty/tty.h"
#include "vfs/epoll.h"
#include "vfs/path.h"
#include "vm/space.h"

static struct cmdline cmdline;

static int options_apply(const struct cmdline *c)
{
    int err = 0;

    log_set_console_level((enum log_level)c->log_level);
    if (c->slice_ns)
        sched_set_slice(c->slice_ns);
    if (c->hostname && uts_set_hostname(c->hostname, strlen(c->hostname)))
        log_warn("init", "hostname '%s' is longer than %u bytes: ignored", c->hostname,
                 UTS_NAME_MAX);
    proc_set_text_patching(!c->no_patch);
    if (c->strace)
        err = syscall_strace_enable(&c->strace_config);
    if (c->stats && !err)
        err = stats_start(c->stats);
    return err;
}

static unsigned long long ram_mib(void)
{
    const struct hal_bootinfo *bi = hal_bootinfo();
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < bi->ram_count; i++)
        bytes += bi->ram[i].len;
    return bytes >> 20;
}

static void boot_thread(void *arg)
{
    (void)arg;
    sched_start_others();
    if (sigpage_init())
        kpanic("no memory for the first page");
    log_info("init", "%u CPUs, %llu MiB", sched_cpu_count(), ram_mib());
    first_run(&cmdline);
}

_Noreturn void core_main(void)
{
    struct thread_params boot = {.name = "boot", .entry = boot_thread};
    struct thread *t;
    int bad_cmdline;

    log_init();
    panic_report_init();
    spin_set_points(hal_bootinfo()->points);
    if (hal_bootinfo()->trace)
        event_stream_start();
    frame_init();
    slab_init();
    pgtable_init();
    bad_cmdline = cmdline_parse(hal_bootinfo()->cmdline, &cmdline);
    sched_init();
    vm_init();
    vfs_init();
    epoll_init();
    tty_init();
    proc_init();
    proc_set_syscall_entry(syscall_dispatch);
    procfs_init();
    proc_set_syscall_entry(syscall_dispatch);
    if (bad_cmdline || options_apply(&cmdline))
        hal_halt(HAL_HALT_POWEROFF, FIRST_STATUS_USAGE);
    if (thread_create(&boot, &t))
        kpanic("no memory for the boot thread: give the machine more than %llu MiB",
               ram_mib());
    thread_start(t);
    thread_put(t);
    sched_start_cpu();
}

_Noreturn void core_cpu_main(void)
{
    sched_start_cpu();
}
