/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces of programs: the core makes their tables in the lower half of a root, and the
 * kernel's own tables hang in the upper half of each.  There are no address space identifiers:
 * loading a space forgets what is not global.  A handle is the root's physical address.
 */
#include "abi/errno.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/map.h"
#include "hal/hal.h"
#include "lib/string.h"

#define FLUSH_PAGES_MAX 32u /* more pages than that: forget everything */

int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    (void)parent;
    map_kernel_into(root_pa);
    *space = root_pa;
    return 0;
}

/* The core frees whatever tables it finds: it must not find the kernel's. */
void hal_space_destroy(uint64_t space)
{
    map_kernel_out_of(space);
}

static void tlb_flush_all(void)
{
    __asm__ volatile("sfence.vma" : : : "memory");
}

void hal_space_load(uint64_t space)
{
    csr_write(satp, map_satp(space ? space : map_kernel_root()));
    tlb_flush_all();
}

void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    (void)space;
    if (len > FLUSH_PAGES_MAX * (uint64_t)HAL_PAGE_SIZE) {
        tlb_flush_all();
        return;
    }
    for (uint64_t end = va + len; va < end; va += HAL_PAGE_SIZE)
        __asm__ volatile("sfence.vma %0" : : "r"(va) : "memory");
}
