/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine, put together and started. */
#include "hostsim/hal/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/hal/arena.h"
#include "hostsim/hal/config.h"
#include "hostsim/hal/console.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/fault.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/world.h"

/* Nothing that we open may take the number of a standard stream. */
static void standard_streams_open(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            _exit(MACHINE_STATUS_HOST);
    }
}

static void entry(void *arg)
{
    (void)arg;
    core_main();
}

static void engine_start(const char *name)
{
    if (!engine_choose(name)) {
        fprintf(stderr, "cloudos: there is no engine '%s'\n", name);
        exit(MACHINE_STATUS_REQUEST);
    }
    if (engine->init())
        exit(MACHINE_STATUS_HOST); /* it said why */
}

_Noreturn void machine_run(const struct machine_config *config)
{
    struct hal_bootinfo info = {
        .cpu_count = config->cpus,
        .mmu = config->mmu,
        .console_in_tty = isatty(STDIN_FILENO),
        .console_out_tty = isatty(STDOUT_FILENO),
    };

    standard_streams_open();
    if (config->cpus < 1 || config->cpus > HAL_CPUS_MAX) {
        fprintf(stderr, "cloudos: a machine has 1 to %d CPUs\n", HAL_CPUS_MAX);
        exit(MACHINE_STATUS_REQUEST);
    }
    fault_init();
    arena_create(config, &info);
    mmu_init(config->mmu);
    world_threads_init();
    clock_init();
    vcpu_init(config->cpus);
    engine_start(config->engine);
    info.user_min = engine->user_min;
    info.user_max = engine->user_max;
    *arena_bootinfo() = info;
    if (isatty(STDIN_FILENO) && !config->quiet)
        fprintf(stderr, "cloudos: Ctrl-A x ends the machine\n");
    terminal_take();
    console_block_signals();
    console_start();
    vcpu_run(&vcpus[0], entry);
}
