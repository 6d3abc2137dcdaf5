/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who looks at the machine while it runs, without the machine noticing: the profiler.
 *
 * Owner:   hostsim/hal; chosen by the command line, before any CPU runs.
 * Context: as each call says.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_PROBE_H
#define CLOUDOS_HOSTSIM_HAL_PROBE_H

#include <stdint.h>

#include "hal/hal.h"

struct machine_config;
struct vcpu;

/* vcpu.where, kept only while there is a probe. */
enum probe_where { PROBE_KERNEL, PROBE_USER, PROBE_IDLE };

struct machine_probe {
    /* The world, the CPUs and the engine exist, nothing runs yet. */
    void (*start)(const struct machine_config *config);
    /* The machine has ended; a host stack, CPUs do not run any more or are about to park. */
    void (*stop)(void);
    /* In place of the engine's run(), machine_quantum() and machine_executed(); the latter two in
     * the seeded world only. */
    void (*user_run)(struct hal_user *u, struct hal_trap *trap);
    uint64_t (*quantum)(struct vcpu *cpu);
    void (*executed)(struct vcpu *cpu, uint64_t instructions);
    /* The seeded world has charged `cpu` with `ns` at a point in the kernel. */
    void (*point)(struct vcpu *cpu, uint64_t ns);
};

extern const struct machine_probe *probe; /* NULL: nobody */

#endif /* CLOUDOS_HOSTSIM_HAL_PROBE_H */
