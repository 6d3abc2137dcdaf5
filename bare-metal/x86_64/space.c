/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces of user programs: a space is its root table. */
#include "abi/errno.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/paging.h"
#include "bare-metal/x86_64/trap.h"
#include "bare-metal/x86_64/user.h"
#include "lib/base.h"
#include "lib/string.h"

#define ROOT_ENTRIES 512u
#define FLUSH_PAGES  32u /* more are forgotten all at once */

int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    uint64_t *root = (uint64_t *)(layout.direct_map + root_pa);
    const uint64_t *kernel = (const uint64_t *)(layout.direct_map + paging_root());

    (void)parent;
    memcpy(root + ROOT_ENTRIES / 2, kernel + ROOT_ENTRIES / 2,
           ROOT_ENTRIES / 2 * sizeof(*root));
    *space = root_pa;
    return 0;
}

/* The core gives the table back; no walk looks at its upper half then. */
void hal_space_destroy(uint64_t space)
{
    (void)space;
}

void hal_space_load(uint64_t space)
{
    cpu_self()->space = space;
    insn_write_cr3(space ? space : paging_root());
}

void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    uint64_t first = ALIGN_DOWN(va, (uint64_t)HAL_PAGE_SIZE);

    /* Without process-context identifiers only the loaded space has translations. */
    if (len == 0 || cpu_self()->space != space)
        return;
    if (len > FLUSH_PAGES * HAL_PAGE_SIZE) {
        insn_write_cr3(space);
        return;
    }
    for (uint64_t at = first; at < va + len; at += HAL_PAGE_SIZE)
        insn_invlpg(at);
}

/* ---- copying ---- */

/* How many of `len` bytes from `va` on are addresses that user programs may have. */
static size_t span(uint64_t va, size_t len)
{
    if (va < USER_MIN || va >= USER_MAX)
        return 0;
    return len < USER_MAX - va ? len : (size_t)(USER_MAX - va);
}

static void user_open(void)
{
    if (cpu_features.smap)
        insn_stac();
}

static void user_close(void)
{
    if (cpu_features.smap)
        insn_clac();
}

size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    size_t n = span(src, len), left;

    user_open();
    left = user_copy(dst, (const void *)src, n);
    user_close();
    return n - left;
}

size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    size_t n = span(dst, len), left;

    user_open();
    left = user_copy((void *)dst, src, n);
    user_close();
    return n - left;
}

int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired, uint32_t *old)
{
    int failed;

    if (va % sizeof(uint32_t) || span(va, sizeof(uint32_t)) < sizeof(uint32_t))
        return -EFAULT;
    user_open();
    failed = user_cmpxchg((uint32_t *)va, &expected, desired);
    user_close();
    if (failed)
        return -EFAULT;
    *old = expected;
    return 0;
}
