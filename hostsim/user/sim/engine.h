/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exact engine as the machine sees it; docs/adr/0006.
 *
 * Owner:   hostsim/user/sim.
 * Context: as for struct engine_ops and struct engine_user_ops.
 * Locking: inside.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_ENGINE_H
#define CLOUDOS_HOSTSIM_USER_SIM_ENGINE_H

#include "hostsim/hal/machine.h"

/* What Linux gives programs: all of the lower half but a page, and nothing below mmap_min_addr. */
#define SIM_USER_MIN 0x10000ull
#define SIM_USER_MAX 0x7ffffffff000ull

/* The core of the virtual CPU that asks. */
struct sim_core *sim_engine_core(void);

MUST_CHECK int sim_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space);
void sim_space_destroy(uint64_t space);
MUST_CHECK int sim_user_init(struct hal_user *u, uint64_t space, struct hal_user *from);
void sim_user_fini(struct hal_user *u);
void sim_user_run(struct hal_user *u, struct hal_trap *trap);
size_t sim_fpu_bytes(void);
void sim_fpu_get(struct hal_user *u, void *buf);
MUST_CHECK int sim_fpu_set(struct hal_user *u, const void *buf);

extern const struct engine_ops engine_sim;

#endif /* CLOUDOS_HOSTSIM_USER_SIM_ENGINE_H */
