/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AArch64, stage 1, 4 KiB granule, 48-bit addresses: Arm ARM (DDI 0487) D8.3.
 *
 * Table descriptor: bits 1:0 = 11, next level in 47:12.  Page descriptor at level 3: bits
 * 1:0 = 11, AttrIndx 4:2, AP[1] 6 (EL0 may access), AP[2] 7 (read-only), SH 9:8, AF 10, nG 11,
 * DBM 51, PXN 53, UXN 54, 58:55 for software.  With FEAT_HAFDBS (D8.5.2) the processor sets AF,
 * and on a write through a page with DBM = 1 and AP[2] = 1 it clears AP[2].  So writable and
 * clean is DBM = 1, AP[2] = 1; writable and dirty is DBM = 1, AP[2] = 0.  A page that was
 * written and is now read-only remembers that in software bit 55.  An invalid descriptor
 * (bit 0 clear) is ignored as a whole; bit 56 marks one that has a frame but no rights.
 */
#include "mm/pgtable_priv.h"

#define A64_VALID BIT(0)
#define A64_TABLE BIT(1) /* at level 3: page */
#define A64_EL0   BIT(6)
#define A64_RO    BIT(7)
#define A64_SH_IS (UINT64_C(3) << 8)
#define A64_AF    BIT(10)
#define A64_NG    BIT(11)
#define A64_DBM   BIT(51)
#define A64_PXN   BIT(53)
#define A64_UXN   BIT(54)
#define A64_DIRTY BIT(55)
#define A64_SOFT  BIT(56)
#define A64_ADDR  UINT64_C(0x0000fffffffff000)

static uint64_t a64_leaf(struct pte pte)
{
    uint64_t e = (pte.pa & A64_ADDR) | A64_TABLE | A64_EL0 | A64_SH_IS | A64_NG | A64_PXN;
    bool dirty = pte.bits & PTE_DIRTY;

    e |= pte.bits & PTE_RIGHTS ? A64_VALID : A64_SOFT;
    e |= pte.bits & PTE_EXEC ? 0 : A64_UXN;
    e |= pte.bits & PTE_ACCESSED ? A64_AF : 0;
    if (pte.bits & PTE_WRITE)
        e |= A64_DBM | (dirty ? 0 : A64_RO);
    else
        e |= A64_RO | (dirty ? A64_DIRTY : 0);
    return e;
}

static struct pte a64_decode(uint64_t e)
{
    struct pte pte = {.pa = e & A64_ADDR};

    if (!(e & (A64_VALID | A64_SOFT)))
        return (struct pte){0};
    pte.bits = PTE_PRESENT;
    if (e & A64_VALID) {
        pte.bits |= PTE_READ;
        pte.bits |= e & A64_DBM ? PTE_WRITE : 0;
        pte.bits |= e & A64_UXN ? 0 : PTE_EXEC;
    }
    pte.bits |= e & A64_AF ? PTE_ACCESSED : 0;
    if ((e & A64_DIRTY) || ((e & A64_DBM) && !(e & A64_RO)))
        pte.bits |= PTE_DIRTY;
    return pte;
}

static uint64_t a64_table(uint64_t pa)
{
    return (pa & A64_ADDR) | A64_VALID | A64_TABLE;
}

static uint64_t a64_table_pa(uint64_t e)
{
    return e & A64_ADDR;
}

const struct pgtable_format pgtable_aarch64 = {
    .name = "aarch64",
    .levels = 4,
    .leaf = a64_leaf,
    .decode = a64_decode,
    .table = a64_table,
    .table_pa = a64_table_pa,
};
