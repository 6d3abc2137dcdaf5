/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking stacks: of the kernel by frame pointers, of user code by those that there are.
 *
 * Owner:   hostsim/profile.
 * Context: the host thread that is the CPU, signal handlers too.
 * Locking: none; look.h.
 * Errors:  a stack ends where it cannot be followed.
 */
#ifndef CLOUDOS_HOSTSIM_PROFILE_STACK_H
#define CLOUDOS_HOSTSIM_PROFILE_STACK_H

#include "hostsim/profile/table.h"

struct stack {
    struct table *table; /* for names */
    unsigned cpu;        /* whose */
    size_t len;
    uint64_t words[TABLE_FRAMES_MAX];
};

/* Whose stack it is: the process that the CPU runs, or the kernel thread. */
void stack_begin(struct stack *s);
/* A frame that is a word. */
void stack_word(struct stack *s, const char *word);
/* `pc` (0: unknown) and its callers. */
void stack_kernel(struct stack *s, uint64_t pc, uint64_t fp);
/* The user code, in the space with that root, that the CPU's thread runs, or came from. */
void stack_user(struct stack *s, uint64_t root_pa);

#endif /* CLOUDOS_HOSTSIM_PROFILE_STACK_H */
