/* SPDX-License-Identifier: BSD-2-Clause */
/* What the entries of the formats mean to hardware. */
#include "hostsim/hal/mmu_formats.h"

#define BIT(n)          (UINT64_C(1) << (n))
#define BITS(low, high) ((BIT((high) - (low)) * 2 - 1) << (low))

static const struct entry fault = {.kind = ENTRY_FAULT};

static uint64_t offset_mask(unsigned level)
{
    return BIT(mmu_level_shift(level)) - 1;
}

/* ---- x86-64: Intel SDM 3A 4.5, tables 4-15 to 4-20; EFER.NXE = 1 ---- */

#define X86_P         BIT(0)
#define X86_RW        BIT(1)
#define X86_US        BIT(2)
#define X86_A         BIT(5)
#define X86_D         BIT(6)
#define X86_PS        BIT(7)
#define X86_ADDR      BITS(12, 51)
#define X86_NX        BIT(63)
#define X86_PAT_LARGE BIT(12)

static bool sign_extended_48(uint64_t va)
{
    uint64_t top = va >> 47;

    return top == 0 || top == 0x1ffff;
}

static struct entry x86_64_decode(uint64_t raw, unsigned level)
{
    struct entry e = {.kind = ENTRY_TABLE, .pa = raw & X86_ADDR, .used = raw | X86_A};

    if (!(raw & X86_P))
        return fault;
    if (raw & X86_US)
        e.rights =
            HAL_READ | (raw & X86_RW ? HAL_WRITE : 0) | (raw & X86_NX ? 0 : HAL_EXEC);
    e.written = e.used;
    if (level == 0 || (raw & X86_PS)) {
        if (level == 3)
            return fault; /* PS is reserved in a PML4 entry */
        e.kind = ENTRY_LEAF;
        e.written |= X86_D;
        if (level > 0)
            e.pa &= ~X86_PAT_LARGE;
        if (e.pa & offset_mask(level))
            return fault; /* reserved address bits of a large page */
    }
    return e;
}

const struct mmu_format mmu_x86_64 = {4, 47, sign_extended_48, x86_64_decode};

/* ---- AArch64: Arm ARM D8.3 descriptors, D8.4 permissions, D8.5 hardware updates ---- */

#define ARM_VALID     BIT(0)
#define ARM_TABLE     BIT(1) /* levels 0 to 2; at level 3 it must be set in a page */
#define ARM_AP_EL0    BIT(6)
#define ARM_AP_RO     BIT(7)
#define ARM_AF        BIT(10)
#define ARM_DBM       BIT(51)
#define ARM_UXN       BIT(54)
#define ARM_ADDR      BITS(12, 47)
#define ARM_UXN_TABLE BIT(60)
#define ARM_AP_TABLE0 BIT(61) /* no EL0 data access below */
#define ARM_AP_TABLE1 BIT(62) /* no write below */

/* TTBR0 translates addresses whose upper 16 bits are zero; TCR.TBI0 = 0. */
static bool zero_extended_48(uint64_t va)
{
    return va >> 48 == 0;
}

static struct entry aarch64_table(uint64_t raw)
{
    struct entry e = {
        .kind = ENTRY_TABLE,
        .pa = raw & ARM_ADDR,
        .rights = HAL_READ | HAL_WRITE | HAL_EXEC,
        .used = raw,
        .written = raw,
    };

    if (raw & ARM_AP_TABLE0)
        e.rights &= (uint8_t) ~(HAL_READ | HAL_WRITE);
    if (raw & ARM_AP_TABLE1)
        e.rights &= (uint8_t)~HAL_WRITE;
    if (raw & ARM_UXN_TABLE)
        e.rights &= (uint8_t)~HAL_EXEC;
    return e;
}

static struct entry aarch64_decode(uint64_t raw, unsigned level)
{
    struct entry e = {.kind = ENTRY_LEAF, .pa = raw & ARM_ADDR, .used = raw | ARM_AF};

    if (!(raw & ARM_VALID))
        return fault;
    if (level > 0 && (raw & ARM_TABLE))
        return aarch64_table(raw);
    /* No block at the root, no block encoding at the last level. */
    if (level == 3 || (level == 0 && !(raw & ARM_TABLE)))
        return fault;
    if (e.pa & offset_mask(level))
        return fault; /* RES0 bits of a block's address */
    e.written = e.used;
    if (raw & ARM_AP_EL0) {
        e.rights = HAL_READ;
        if (!(raw & ARM_AP_RO) || (raw & ARM_DBM))
            e.rights |= HAL_WRITE;
        if (raw & ARM_DBM)
            e.written &= ~ARM_AP_RO;
    }
    if (!(raw & ARM_UXN))
        e.rights |= HAL_EXEC;
    return e;
}

const struct mmu_format mmu_aarch64 = {4, 48, zero_extended_48, aarch64_decode};

/* ---- Sv48 and Sv39: RISC-V Privileged Architecture, Svadu; no Svpbmt, no Svnapot ---- */

#define SV_V        BIT(0)
#define SV_R        BIT(1)
#define SV_W        BIT(2)
#define SV_X        BIT(3)
#define SV_U        BIT(4)
#define SV_A        BIT(6)
#define SV_D        BIT(7)
#define SV_PPN      BITS(10, 53)
#define SV_RESERVED BITS(54, 63)

static struct entry sv_decode(uint64_t raw, unsigned level)
{
    struct entry e = {.kind = ENTRY_LEAF, .pa = (raw & SV_PPN) << 2, .used = raw | SV_A};

    if (!(raw & SV_V) || (raw & SV_RESERVED) || ((raw & SV_W) && !(raw & SV_R)))
        return fault;
    if (!(raw & (SV_R | SV_W | SV_X))) {
        if (level == 0 || (raw & (SV_A | SV_D | SV_U)))
            return fault;
        e.kind = ENTRY_TABLE;
        e.rights = HAL_READ | HAL_WRITE | HAL_EXEC;
        e.used = e.written = raw;
        return e;
    }
    if (e.pa & offset_mask(level))
        return fault; /* misaligned superpage */
    if (raw & SV_U)
        e.rights = (raw & SV_R ? HAL_READ : 0) | (raw & SV_W ? HAL_WRITE : 0) |
                   (raw & SV_X ? HAL_EXEC : 0);
    e.written = e.used | SV_D;
    return e;
}

const struct mmu_format mmu_sv48 = {4, 47, sign_extended_48, sv_decode};

static bool sign_extended_39(uint64_t va)
{
    uint64_t top = va >> 38;

    return top == 0 || top == 0x3ffffff;
}

const struct mmu_format mmu_sv39 = {3, 38, sign_extended_39, sv_decode};
