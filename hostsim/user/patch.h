/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patched call sites.
 *
 * `mov $nr,%eax; syscall` (7 bytes) becomes `jmp *cell`, also 7.  The cell holds the address
 * of the site's trampoline in engine-owned low memory, which loads what the two instructions
 * would have loaded and enters the stub's fast path: a call without a signal.  The engine
 * asks the core to write the bytes (hal_trap.patch); it never writes guest memory itself, and
 * believes only the bytes that it reads back.
 *
 * Cells lie at 0x0006xxxx, so the third and fourth byte of the address, where the syscall
 * instruction was, are 06 00: an invalid instruction.  A jump to the old syscall raises
 * SIGILL, and the engine makes the call.
 *
 * A trampoline looks at the GS base first, without touching flags or any register but rcx,
 * which the call clobbers anyway.  If it is not the engine's the program uses GS itself, and
 * the trampoline makes an ordinary system call, which traps.
 *
 * A set is shared by a space and its forked descendants, since they share the patched text.
 *
 * Owner:   hostsim/user.
 * Context: any host thread.
 * Locking: inside.
 * Errors:  sets and sites are limited; beyond, calls just stay slow.
 */
#ifndef CLOUDOS_HOSTSIM_USER_PATCH_H
#define CLOUDOS_HOSTSIM_USER_PATCH_H

#include "hostsim/user/native_priv.h"

/* NULL when there are none left. */
struct patch_set *patch_create(void);
struct patch_set *patch_share(struct patch_set *set);
void patch_release(struct patch_set *set);

/* File offset of the set's low memory, and whether anything is in it. */
uint64_t patch_low_offset(const struct patch_set *set);
bool patch_in_use(const struct patch_set *set);

/* A call trapped, pc is behind it: count, and ask for a patch when it is worth it. */
void patch_count(const struct native_space *space, uint64_t pc, struct hal_trap *trap);

/* `pc` points to where a syscall instruction was patched away. */
bool patch_is_old_syscall(const struct native_space *space, uint64_t pc);

/* `pc` lies in a trampoline: the number it loads and where it returns to. */
bool patch_trampoline(const struct patch_set *set, uint64_t pc, uint32_t *nr,
                      uint64_t *ret);

#endif /* CLOUDOS_HOSTSIM_USER_PATCH_H */
