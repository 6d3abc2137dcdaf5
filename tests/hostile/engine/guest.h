/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of guest code (guest.S), and spaces to run them in.
 *
 * Owner:   tests/hostile.
 * Context: test threads.
 * Locking: the test's own.
 * Errors:  they end the test.
 */
#ifndef CLOUDOS_TESTS_HOSTILE_GUEST_H
#define CLOUDOS_TESTS_HOSTILE_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

#define GUEST_CODE  0x400000ull
#define GUEST_DATA  0x10000000ull
#define GUEST_STACK 0x7ffe0000ull

#define GUEST_END  0x1000 /* call numbers of the pieces' own */
#define GUEST_FAIL 0x1001

struct piece {
    const uint8_t *begin, *end;
};

#define PIECE(name)                                                                      \
    extern const uint8_t guest_##name[], guest_##name##_end[];                           \
    static const struct piece name = {guest_##name, guest_##name##_end}

struct guest {
    uint64_t root, space, code_pa, stack_pa;
    struct hal_user user;
};

/* A new space with `code` and a stack, ready to run. */
void guest_start(struct guest *g, const struct piece *code, uint64_t parent);
void guest_stop(struct guest *g);
/* Other code at the same place, fresh registers. */
void guest_load(struct guest *g, const struct piece *code);
/* Another thread of it. */
void guest_thread(struct guest *g, struct hal_user *user);

/* Do what the engine asks for a patch: a private copy of the page, then a flush. */
void guest_patch(struct guest *g, const struct hal_trap *trap);
/* Run until something else than an interrupt or a call below GUEST_END happens; calls return
 * `result`, patches are taken if `patch`. */
void guest_run(struct guest *g, struct hal_user *user, struct hal_trap *trap, bool patch,
               uint64_t result);

#endif /* CLOUDOS_TESTS_HOSTILE_GUEST_H */
