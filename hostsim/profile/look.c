/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at memory: the loads are out of sight of the sanitizers, whose rules are the core's. */
#include "hostsim/profile/look.h"

#include "hostsim/hal/arena.h"
#include "hostsim/hal/mmu.h"

void look_known(void *dst, const void *src, size_t len)
{
    uint8_t *to = dst;
    const uint8_t *from = src;

    for (; len; len--, to++, from++)
        __asm__ volatile("movb (%1), %%al; movb %%al, (%0)"
                         :
                         : "r"(to), "r"(from)
                         : "al", "memory");
}

bool look(void *dst, const void *src, size_t len)
{
    uint64_t at = (uint64_t)(uintptr_t)src;

    if (at < ARENA_BASE || !arena_has(at - ARENA_BASE, len))
        return false;
    look_known(dst, src, len);
    return true;
}

bool look_user(uint64_t root_pa, uint64_t va, uint64_t *out)
{
    struct mmu_leaf leaf;

    if (va % sizeof(*out) || !root_pa || !mmu_peek(root_pa, va, &leaf))
        return false;
    if (!(leaf.allowed & HAL_READ) || !arena_has(leaf.pa, sizeof(*out)))
        return false;
    look_known(out, arena_virt(leaf.pa), sizeof(*out));
    return true;
}
