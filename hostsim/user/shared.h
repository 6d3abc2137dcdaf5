/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that the kernel process shares with its stubs, and its own views of them.
 *
 * Owner:   hostsim/user.
 * Context: shared_init() once, before any other thread; the rest any.
 * Locking: none; what they return is constant.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SHARED_H
#define CLOUDOS_HOSTSIM_USER_SHARED_H

#include "hostsim/user/native_priv.h"

MUST_CHECK int shared_init(void);

struct stub_control *shared_control(unsigned stub);
uint64_t shared_control_offset(unsigned stub);
struct stub_slot *shared_slot(unsigned slot);
uint64_t shared_slot_offset(unsigned slot);
/* Low memory of a patch set: STUB_LOW_USED bytes. */
uint8_t *shared_low(unsigned set);
uint64_t shared_low_offset(unsigned set);

/* Make them read as zeroes and give their memory back. */
void shared_control_clear(unsigned stub);
void shared_slot_clear(unsigned slot);
void shared_low_clear(unsigned set);

/* In the child that becomes the zygote: put the files where the stub expects them, close
 * everything else, and execute it.  Returns only when that fails. */
void shared_exec_stub(void);
/* A word of the stub's text header (EXPORT_*). */
uint64_t shared_stub_export(unsigned offset);

#endif /* CLOUDOS_HOSTSIM_USER_SHARED_H */
