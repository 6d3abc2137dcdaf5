/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native engine: user code runs on the host's CPU, in one separate host process for each
 * address space.  It implements hal_space_create/destroy and hal_user_*; docs/adr/0004.
 *
 * Owner:   hostsim/user.
 * Context: any host thread; the calls of hal.h keep their own rules.
 * Locking: inside; two address spaces never contend, apart from creation.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_USER_NATIVE_H
#define CLOUDOS_HOSTSIM_USER_NATIVE_H

#include <stdint.h>

#include "hostsim/hal/machine.h"
#include "lib/attr.h"

/* What user programs may have; the rest of a stub's address space is the engine's. */
#define NATIVE_USER_MIN 0x70000ull
#define NATIVE_USER_MAX 0x7fff00000000ull

/* Start the engine.  Called once, by the thread that lives as long as the process, before
 * any other thread exists and after the arena does.  Says on standard error what the host
 * lacks before it returns -errno. */
MUST_CHECK int native_init(void);

/* Kill all stubs.  Prompt, but not necessary: they cannot outlive the process. */
void native_fini(void);

/* CPU `cpu` has an interrupt pending: if it runs user code, bring it back. */
void native_kick(unsigned cpu);

/* Make [va, va + len) of `space` follow the page tables again.  On return no user code,
 * whatever it tries, reaches a page through a translation that the tables have lost. */
void native_flush(uint64_t space, uint64_t va, uint64_t len);

/* What struct engine_user_ops asks for. */
MUST_CHECK int native_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space);
void native_space_destroy(uint64_t space);
MUST_CHECK int native_user_init(struct hal_user *u, uint64_t space,
                                struct hal_user *from);
void native_user_fini(struct hal_user *u);
void native_user_run(struct hal_user *u, struct hal_trap *trap);
size_t native_fpu_bytes(void);
void native_fpu_get(struct hal_user *u, void *buf);
MUST_CHECK int native_fpu_set(struct hal_user *u, const void *buf);

extern const struct engine_ops engine_native;

#endif /* CLOUDOS_HOSTSIM_USER_NATIVE_H */
