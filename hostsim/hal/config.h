/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine that the command line asks for.
 *
 * Owner:   hostsim/tools fills it in, hostsim/hal builds it; lives until the machine ends.
 * Context: the main thread, before any other exists.
 * Locking: none; constant.
 * Errors:  machine_run() says on standard error what is wrong and exits with status 2 for a
 *          request that cannot be met (too little memory, unknown engine), 1 if the host fails.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_CONFIG_H
#define CLOUDOS_HOSTSIM_HAL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

#define MACHINE_MEM_MIN     (16ull << 20) /* bytes; less does not boot */
#define MACHINE_MEM_MAX     (64ull << 30)
#define MACHINE_MEM_DEFAULT (512ull << 20)

struct machine_probe;

struct machine_config {
    unsigned cpus; /* 1..HAL_CPUS_MAX */
    uint64_t mem_bytes;
    enum hal_mmu mmu;
    const char *engine; /* "native" */
    bool seeded;        /* virtual time; the seed decides all that could go either way */
    uint64_t seed;
    const char *trace; /* file for the record of the run; NULL: none */
    unsigned gdb_pid;  /* process that waits for gdb; 0: none */
    uint16_t gdb_port;
    const char *replay; /* file that a terminal's input was recorded in; NULL: none */
    const void *initrd; /* NULL: none */
    size_t initrd_len;
    int streams
        [HAL_STREAM_COUNT]; /* descriptors that a stream goes to; 0: the usual one */
    const struct machine_probe *probe; /* NULL: none */
    int profile_fd;                    /* where it writes */
    unsigned profile_hz;               /* samples in a second of each CPU's time */
    const char *cmdline;               /* docs/design/cmdline.md */
    bool quiet; /* nothing on standard error but what programs write there */
};

_Noreturn void machine_run(const struct machine_config *config);

#endif /* CLOUDOS_HOSTSIM_HAL_CONFIG_H */
