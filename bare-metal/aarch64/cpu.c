/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/aarch64/cpu.h"

#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/paging.h"
#include "bare-metal/aarch64/trap.h"

#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)
#define CPACR_FPEN     (3u << 20) /* floating point does not trap */
#define CNTKCTL_VCT    0x2u       /* EL0 may read the virtual counter */

/* CTR_EL0: lines are powers of two words, instructions at 3:0, data at 19:16. */
#define CTR_PIPT 3u
#define CTR_IDC  (UINT64_C(1) << 28)
#define CTR_DIC  (UINT64_C(1) << 29)

struct cpu cpus[HAL_CPUS_MAX];
struct cpu_features cpu_features;

uint64_t cpu_mpidr(void)
{
    return insn_read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
}

/* Arm ARM (DDI 0487) D17.2. */
static void features_read(void)
{
    uint64_t mmfr1 = insn_read_sysreg(id_aa64mmfr1_el1);
    uint64_t ctr = insn_read_sysreg(ctr_el0);

    cpu_features = (struct cpu_features){
        .pan = insn_field(mmfr1, 20) != 0,
        .rng = insn_field(insn_read_sysreg(id_aa64isar0_el1), 60) != 0,
        .dirty = insn_field(mmfr1, 0) >= 2,
        .asid16 = insn_field(insn_read_sysreg(id_aa64mmfr0_el1), 4) == 2,
        .idc = ctr & CTR_IDC,
        .dic = ctr & CTR_DIC,
        .fetch_physical = (ctr >> 14 & 3) == CTR_PIPT,
        .data_line = 4u << (ctr >> 16 & 15),
        .fetch_line = 4u << (ctr & 15),
    };
}

void cpu_features_check(void)
{
    uint64_t pfr0 = insn_read_sysreg(id_aa64pfr0_el1);

    if (insn_field(pfr0, 16) == 15 || insn_field(pfr0, 20) == 15)
        boot_die("the processor has no floating point or no Advanced SIMD");
    if (insn_field(pfr0, 24) == 0)
        boot_die("the processor has no system registers for a GICv3");
}

void cpu_setup(unsigned id, uint64_t stack_low)
{
    struct cpu *cpu = &cpus[id];

    cpu->id = id;
    cpu->mpidr = cpu_mpidr();
    cpu->deadline_ns = HAL_NEVER;
    cpu->stack_low = stack_low;
    cpu->fault_stack = paging_stack(id, PAGING_FAULT_STACK);
    cpu->fiq_stack = paging_stack(id, PAGING_FIQ_STACK);
    insn_write_sysreg(tpidr_el1, (uintptr_t)cpu);
    insn_write_sysreg(vbar_el1, (uintptr_t)trap_vectors);
    insn_write_sysreg(cpacr_el1, CPACR_FPEN);
    insn_write_sysreg(cntkctl_el1, CNTKCTL_VCT);
    insn_write_sysreg(mdscr_el1, 0);
    insn_write_sysreg(tpidrro_el0, 0);
    insn_isb();
    if (id == 0)
        features_read();
    __asm__ volatile("msr daifclr, #5"); /* system errors; the stop comes as FIQ */
    if (cpu_features.pan)
        __asm__ volatile(".arch_extension pan\n\tmsr pan, #1");
}

/* ---- hal.h ---- */

unsigned hal_cpu_id(void)
{
    return cpu_self()->id;
}

void hal_cpu_wait(void)
{
    insn_wfi(); /* ends with a pending interrupt, also where it is masked */
}

void hal_cpu_relax(void)
{
    __asm__ volatile("yield" : : : "memory");
}

#define DAIF_I 0x80u

bool hal_irq_masked(void)
{
    return insn_read_sysreg(daif) & DAIF_I;
}

bool hal_irq_save(void)
{
    bool unmasked = !hal_irq_masked();

    __asm__ volatile("msr daifset, #2" : : : "memory");
    return unmasked;
}

void hal_irq_restore(bool unmasked)
{
    if (unmasked)
        __asm__ volatile("msr daifclr, #2" : : : "memory");
}
