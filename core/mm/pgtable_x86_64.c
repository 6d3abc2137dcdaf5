/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-64, 4-level paging: Intel SDM 3A 4.5, tables 4-15 to 4-20.
 *
 * P 0, R/W 1, U/S 2, A 5, D 6, address 51:12, XD 63.  The processor sets A and D.  Whatever is
 * present can be read.  With P = 0 all other bits are ignored (SDM 3A 4.5.4), and bit 9 marks
 * a leaf that has a frame but no rights.
 */
#include "mm/pgtable_priv.h"

#define X86_P    BIT(0)
#define X86_RW   BIT(1)
#define X86_US   BIT(2)
#define X86_A    BIT(5)
#define X86_D    BIT(6)
#define X86_SOFT BIT(9)
#define X86_XD   BIT(63)
#define X86_ADDR UINT64_C(0x000ffffffffff000)

static uint64_t x86_leaf(struct pte pte)
{
    uint64_t e = (pte.pa & X86_ADDR) | X86_US;

    e |= pte.bits & PTE_RIGHTS ? X86_P : X86_SOFT;
    e |= pte.bits & PTE_WRITE ? X86_RW : 0;
    e |= pte.bits & PTE_EXEC ? 0 : X86_XD;
    e |= pte.bits & PTE_ACCESSED ? X86_A : 0;
    e |= pte.bits & PTE_DIRTY ? X86_D : 0;
    return e;
}

static struct pte x86_decode(uint64_t e)
{
    struct pte pte = {.pa = e & X86_ADDR};

    if (!(e & (X86_P | X86_SOFT)))
        return (struct pte){0};
    pte.bits = PTE_PRESENT;
    if (e & X86_P) {
        pte.bits |= PTE_READ;
        pte.bits |= e & X86_RW ? PTE_WRITE : 0;
        pte.bits |= e & X86_XD ? 0 : PTE_EXEC;
    }
    pte.bits |= e & X86_A ? PTE_ACCESSED : 0;
    pte.bits |= e & X86_D ? PTE_DIRTY : 0;
    return pte;
}

/* Rights of a table are the most that any leaf below may give. */
static uint64_t x86_table(uint64_t pa)
{
    return (pa & X86_ADDR) | X86_P | X86_RW | X86_US | X86_A;
}

static uint64_t x86_table_pa(uint64_t e)
{
    return e & X86_ADDR;
}

const struct pgtable_format pgtable_x86_64 = {
    .name = "x86_64",
    .levels = 4,
    .leaf = x86_leaf,
    .decode = x86_decode,
    .table = x86_table,
    .table_pa = x86_table_pa,
};
