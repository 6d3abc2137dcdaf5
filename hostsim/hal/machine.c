/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine, put together and started. */
#include "hostsim/hal/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/debug/user.h"
#include "hostsim/hal/arena.h"
#include "hostsim/hal/backtrace.h"
#include "hostsim/hal/config.h"
#include "hostsim/hal/console.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/fault.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/hal/mmu_tlb.h"
#include "hostsim/hal/probe.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/input.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/trace_head.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

/* Nothing that we open may take the number of a standard stream. */
static void standard_streams_open(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            _exit(MACHINE_STATUS_HOST);
    }
}

static bool is_quiet;

void machine_note(const char *fmt, ...)
{
    char line[256];
    va_list args;

    if (is_quiet)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    fprintf(stderr, "cloudos: %s\n", line);
}

static void entry(void *arg)
{
    (void)arg;
    core_main();
}

static void engine_pick(const struct machine_config *config)
{
    if (!engine_choose(config->engine)) {
        fprintf(stderr, "cloudos: there is no engine '%s'\n", config->engine);
        exit(MACHINE_STATUS_REQUEST);
    }
}

/* Who runs the CPUs, and the record of what they do. */
static void world_start(const struct machine_config *config, struct hal_bootinfo *info)
{
    int err;

    if (config->seeded) {
        world = &world_seeded;
        seeded_init(config->seed, config->cpus);
        input_init(config);
        info->seed = config->seed;
        info->points = true;
        info->console_in_tty = info->console_out_tty = input_is_tty();
    } else {
        world_threads_init();
    }
    clock_init();
    info->trace = config->seeded || config->trace;
    trace_head_init();
    if (info->trace && !trace_start(config)) {
        fprintf(stderr, "cloudos: cannot create the trace %s: %s\n", config->trace,
                strerror(errno));
        exit(MACHINE_STATUS_REQUEST);
    }
    if (config->seeded)
        input_start();
    err = config->gdb_pid ? debug_start(config->gdb_pid, config->gdb_port) : 0;
    if (err) {
        fprintf(stderr, "cloudos: cannot listen for gdb on port %u: %s\n",
                config->gdb_port, strerror(-err));
        exit(MACHINE_STATUS_REQUEST);
    }
}

_Noreturn void machine_run(const struct machine_config *config)
{
    struct hal_bootinfo info = {
        .cpu_count = config->cpus,
        .mmu = config->mmu,
        .console_in_tty = isatty(STDIN_FILENO),
        .console_out_tty = isatty(STDOUT_FILENO),
    };

    is_quiet = config->quiet;
    standard_streams_open();
    if (config->cpus < 1 || config->cpus > HAL_CPUS_MAX) {
        fprintf(stderr, "cloudos: a machine has 1 to %d CPUs\n", HAL_CPUS_MAX);
        exit(MACHINE_STATUS_REQUEST);
    }
    console_streams_set(config->streams);
    fault_init();
    backtrace_init();
    arena_create(config, &info);
    mmu_init(config->mmu);
    mmu_frames_init(arena_bytes());
    engine_pick(config);
    world_start(config, &info);
    vcpu_init(config->cpus);
    if (engine->init())
        exit(MACHINE_STATUS_HOST); /* it said why */
    info.user_min = engine->user_min;
    info.user_max = mmu_user_max() < engine->user_max ? mmu_user_max() : engine->user_max;
    *arena_bootinfo() = info;
    probe = config->probe;
    if (probe)
        probe->start(config);
    if (isatty(STDIN_FILENO) && !config->quiet)
        fprintf(stderr, "cloudos: Ctrl-A x ends the machine\n");
    if (!world->exact || input_is_live())
        terminal_take();
    console_block_signals();
    console_start(!world->exact || input_is_live());
    vcpu_run(&vcpus[0], entry);
}
