/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs are told of the processor: bits of AT_HWCAP and AT_HWCAP2 as Linux names them
 * (Documentation/arm64/elf_hwcaps.rst), from the identification registers (Arm ARM D17.2).
 * Left out is what the kernel would have to switch on, or to save: SVE, SME, pointer
 * authentication, branch targets, memory tags; and HWCAP_CPUID, because these registers are not
 * for programs.
 */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "lib/base.h"

enum id { ISAR0, ISAR1, PFR0, PFR1, MMFR2, ID_COUNT };

struct capability {
    uint8_t id, at,
        least; /* the field of four bits, and the value from which on it is there */
    uint8_t word, bit; /* AT_HWCAP is word 0 */
};

static const struct capability capabilities[] = {
    {ISAR0, 4, 1, 0, 3},   /* AES */
    {ISAR0, 4, 2, 0, 4},   /* PMULL */
    {ISAR0, 8, 1, 0, 5},   /* SHA1 */
    {ISAR0, 12, 1, 0, 6},  /* SHA2 */
    {ISAR0, 12, 2, 0, 21}, /* SHA512 */
    {ISAR0, 16, 1, 0, 7},  /* CRC32 */
    {ISAR0, 20, 2, 0, 8},  /* ATOMICS */
    {ISAR0, 28, 1, 0, 12}, /* ASIMDRDM */
    {ISAR0, 32, 1, 0, 17}, /* SHA3 */
    {ISAR0, 36, 1, 0, 18}, /* SM3 */
    {ISAR0, 40, 1, 0, 19}, /* SM4 */
    {ISAR0, 44, 1, 0, 20}, /* ASIMDDP */
    {ISAR0, 48, 1, 0, 23}, /* ASIMDFHM */
    {ISAR0, 52, 1, 0, 27}, /* FLAGM */
    {ISAR0, 52, 2, 1, 7},  /* FLAGM2 */
    {ISAR0, 60, 1, 1, 16}, /* RNG */
    {ISAR1, 0, 1, 0, 16},  /* DCPOP */
    {ISAR1, 0, 2, 1, 0},   /* DCPODP */
    {ISAR1, 12, 1, 0, 13}, /* JSCVT */
    {ISAR1, 16, 1, 0, 14}, /* FCMA */
    {ISAR1, 20, 1, 0, 15}, /* LRCPC */
    {ISAR1, 20, 2, 0, 26}, /* ILRCPC */
    {ISAR1, 32, 1, 1, 8},  /* FRINT */
    {ISAR1, 36, 1, 0, 29}, /* SB */
    {ISAR1, 44, 1, 1, 14}, /* BF16 */
    {ISAR1, 48, 1, 1, 15}, /* DGH */
    {ISAR1, 52, 1, 1, 13}, /* I8MM */
    {PFR0, 16, 1, 0, 9},   /* FPHP */
    {PFR0, 20, 1, 0, 10},  /* ASIMDHP */
    {PFR0, 48, 1, 0, 24},  /* DIT */
    {PFR1, 4, 2, 0, 28},   /* SSBS */
    {MMFR2, 32, 1, 0, 25}, /* USCAT */
};

void hwcap_read(uint64_t hwcap[2])
{
    const uint64_t ids[ID_COUNT] = {
        [ISAR0] = insn_read_sysreg(id_aa64isar0_el1),
        [ISAR1] = insn_read_sysreg(id_aa64isar1_el1),
        [PFR0] = insn_read_sysreg(id_aa64pfr0_el1),
        [PFR1] = insn_read_sysreg(id_aa64pfr1_el1),
        [MMFR2] = insn_read_sysreg(S3_0_C0_C7_2),
    };

    for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
        const struct capability *c = &capabilities[i];

        if (insn_field(ids[c->id], c->at) >= c->least)
            hwcap[c->word] |= BIT(c->bit);
    }
}
