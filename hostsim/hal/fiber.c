/* SPDX-License-Identifier: BSD-2-Clause */
/* Valgrind's view of kernel stacks, and the only one in a build without sanitizers. */
#include "hostsim/hal/fiber.h"

#include "hostsim/hal/valgrind.h"

#if !CHECKER_SANITIZER

/* The tag is valgrind's number of the stack, plus one; outside valgrind always 1. */
uint64_t fiber_create(void *stack, size_t len)
{
    return VALGRIND_STACK_REGISTER(stack, (char *)stack + len) + 1ull;
}

void fiber_destroy(uint64_t fiber)
{
    VALGRIND_STACK_DEREGISTER(fiber - 1);
}

#endif
