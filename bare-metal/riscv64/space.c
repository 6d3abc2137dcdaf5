/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces of programs: the core makes their tables in the lower half of a root, and the
 * kernel's own tables hang in the upper half of each.  A handle is the root's physical address.
 *
 * A CPU keeps the translations of the last few spaces apart by address space identifiers, which
 * are its own: its slot N is identifier N + 1.  A slot that changes hands is flushed.  What a
 * space has lost while it was not loaded, the core makes up for when it is (vm/tlb.h).
 */
#include "bare-metal/riscv64/space.h"

#include "abi/errno.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/map.h"
#include "lib/atomic.h"

#define ASID_SHIFT 44
#define ASID_MASK  UINT64_C(0xffff)

static bool has_asids; /* as many as we use */

void space_prepare(void)
{
    uint64_t satp = csr_read(satp);

    /* Bits that the CPU does not have stay 0. */
    csr_write(satp, satp | ASID_MASK << ASID_SHIFT);
    has_asids = (csr_read(satp) >> ASID_SHIFT & ASID_MASK) >= CPU_SPACES;
    csr_write(satp, satp);
    __asm__ volatile("sfence.vma" : : : "memory");
}

int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    (void)parent;
    map_kernel_into(root_pa);
    *space = root_pa;
    return 0;
}

/* The core frees whatever tables it finds: it must not find the kernel's.  The root may become that
 * of another space, which must not find itself in a slot. */
void hal_space_destroy(uint64_t space)
{
    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        for (unsigned i = 0; i < CPU_SPACES; i++) {
            uint64_t owner = space;

            if (atomic_load_relaxed(&cpus[cpu].spaces[i]) == space)
                (void)atomic_cmpxchg(&cpus[cpu].spaces[i], &owner, 0);
        }
    }
    map_kernel_out_of(space);
}

/* Without identifiers there is only 0, and what is loaded. */
static void flush(unsigned asid)
{
    if (has_asids)
        __asm__ volatile("sfence.vma x0, %0" : : "r"((uint64_t)asid) : "memory");
    else
        __asm__ volatile("sfence.vma" : : : "memory");
}

static unsigned slot_of(const struct cpu *c, uint64_t space)
{
    unsigned i = 0;

    while (i < CPU_SPACES && atomic_load_relaxed(&c->spaces[i]) != space)
        i++;
    return i;
}

static void load(uint64_t root_pa, unsigned asid)
{
    csr_write(satp, map_satp(root_pa) | (uint64_t)(has_asids ? asid : 0) << ASID_SHIFT);
}

void hal_space_load(uint64_t space)
{
    struct cpu *c = cpu_self();
    unsigned slot = space ? slot_of(c, space) : CPU_SPACES;

    if (space && slot == CPU_SPACES) {
        slot = c->space_next++ % CPU_SPACES;
        atomic_store(&c->spaces[slot], space);
        load(space, slot + 1);
        flush(slot + 1);
        return;
    }
    load(space ? space : map_kernel_root(), space ? slot + 1 : 0);
    if (!has_asids)
        flush(0);
}

/* All of the space: a fence for one address leaves the way there through the tables, which the core
 * may be about to free (privileged architecture 4.2.1). */
void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    unsigned slot = slot_of(cpu_self(), space);

    (void)va, (void)len;
    if (slot < CPU_SPACES)
        flush(slot + 1);
}
