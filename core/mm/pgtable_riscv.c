/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V Sv48 and Sv39, which has one level less: privileged architecture 12.4 and 12.5, entries as
 * in the figures "Sv39 page table entry" and "Sv48 page table entry", which are the same.
 *
 * V 0, R 1, W 2, X 3, U 4, G 5, A 6, D 7, RSW 9:8, PPN 53:10.  R = W = X = 0 with V = 1 points
 * to the next table.  W without R is reserved.  With Svadu the hardware sets A and D.  With
 * V = 0 the rest is ignored, and RSW bit 8 marks a leaf that has a frame but no rights.
 */
#include "mm/pgtable_priv.h"

#define SV_V         BIT(0)
#define SV_R         BIT(1)
#define SV_W         BIT(2)
#define SV_X         BIT(3)
#define SV_U         BIT(4)
#define SV_A         BIT(6)
#define SV_D         BIT(7)
#define SV_SOFT      BIT(8)
#define SV_PPN_SHIFT 10
#define SV_PPN       (UINT64_C(0xfffffffffff) << SV_PPN_SHIFT)

static uint64_t sv_ppn(uint64_t pa)
{
    return ((pa >> 12) << SV_PPN_SHIFT) & SV_PPN;
}

static uint64_t sv_table_pa(uint64_t e)
{
    return ((e & SV_PPN) >> SV_PPN_SHIFT) << 12;
}

static uint64_t sv_leaf(struct pte pte)
{
    uint64_t e = sv_ppn(pte.pa) | SV_U;

    e |= pte.bits & PTE_RIGHTS ? SV_V : SV_SOFT;
    e |= pte.bits & (PTE_READ | PTE_WRITE) ? SV_R : 0;
    e |= pte.bits & PTE_WRITE ? SV_W : 0;
    e |= pte.bits & PTE_EXEC ? SV_X : 0;
    e |= pte.bits & PTE_ACCESSED ? SV_A : 0;
    e |= pte.bits & PTE_DIRTY ? SV_D : 0;
    return e;
}

static struct pte sv_decode(uint64_t e)
{
    struct pte pte = {.pa = sv_table_pa(e)};

    if (!(e & (SV_V | SV_SOFT)))
        return (struct pte){0};
    pte.bits = PTE_PRESENT;
    if (e & SV_V) {
        pte.bits |= e & SV_R ? PTE_READ : 0;
        pte.bits |= e & SV_W ? PTE_WRITE : 0;
        pte.bits |= e & SV_X ? PTE_EXEC : 0;
    }
    pte.bits |= e & SV_A ? PTE_ACCESSED : 0;
    pte.bits |= e & SV_D ? PTE_DIRTY : 0;
    return pte;
}

static uint64_t sv_table(uint64_t pa)
{
    return sv_ppn(pa) | SV_V;
}

const struct pgtable_format pgtable_sv48 = {
    .name = "sv48",
    .levels = 4,
    .leaf = sv_leaf,
    .decode = sv_decode,
    .table = sv_table,
    .table_pa = sv_table_pa,
};

const struct pgtable_format pgtable_sv39 = {
    .name = "sv39",
    .levels = 3,
    .leaf = sv_leaf,
    .decode = sv_decode,
    .table = sv_table,
    .table_pa = sv_table_pa,
};
