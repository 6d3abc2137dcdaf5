/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs the virtual CPUs, and what time it is.
 *
 * `threads` gives each CPU a host thread and real time.  `seeded` runs all of them as contexts
 * of one host thread in virtual time; world/seeded.h has what only that one can do.  It wants a
 * say at every unmasking, so it keeps PENDING_WORLD set in vcpu.pending.
 *
 * Owner:   hostsim/world; chosen once, before any CPU runs.
 * Context: as for the call of hal.h that each serves; cpu_wake and time_ns: any host thread.
 * Locking: none.
 * Errors:  cpu_start: 0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_WORLD_WORLD_H
#define CLOUDOS_HOSTSIM_WORLD_WORLD_H

#include <stdint.h>

#include "hostsim/hal/vcpu.h"

struct world_ops {
    bool exact; /* one host thread, virtual time: the same seed gives the same run */
    int (*cpu_start)(struct vcpu *cpu);  /* it arrives in core_cpu_main() */
    void (*cpu_wait)(struct vcpu *cpu);  /* until irq_pending(cpu) */
    void (*cpu_relax)(struct vcpu *cpu); /* in a spin loop */
    void (*cpu_wake)(struct vcpu *cpu);  /* vcpu.pending has become non-zero */
    bool (*may_spin)(void);              /* machine_spin_allowed() */
    bool (*may_yield)(void);             /* machine_yield_allowed() */
    uint64_t (*time_ns)(void);
    uint64_t (*wall_ns)(void);
};

extern const struct world_ops world_threads, world_seeded;
/* The chosen one. */
extern const struct world_ops *world;

/* Prepare world_threads: the calling host thread is CPU 0. */
void world_threads_init(void);

#endif /* CLOUDOS_HOSTSIM_WORLD_WORLD_H */
