/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments and control registers of a processor. */
#include "bare-metal/x86_64/cpu.h"

#include "bare-metal/common/boot.h"
#include "bare-metal/x86_64/fpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/paging.h"
#include "bare-metal/x86_64/trap.h"

#define MSR_STAR  0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_FMASK 0xc0000084

/* What SYSCALL clears in rflags: TF, IF, DF, IOPL, NT, AC, ID. */
#define FMASK 0x00257700u

#define CR0_MP         (1u << 1)
#define CR0_EM         (1u << 2)
#define CR0_TS         (1u << 3)
#define CR0_NE         (1u << 5)
#define CR0_WP         (1u << 16)
#define CR0_AM         (1u << 18)
#define CR4_PGE        (1u << 7)
#define CR4_OSFXSR     (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_UMIP       (1u << 11)
#define CR4_OSXSAVE    (1u << 18)
#define CR4_SMEP       (1u << 20)
#define CR4_SMAP       (1u << 21)

struct cpu cpus[HAL_CPUS_MAX];
struct cpu_features cpu_features;

static bool bit(uint32_t word, unsigned n)
{
    return word >> n & 1;
}

void cpu_features_read(void)
{
    uint32_t basic = insn_cpuid(0, 0).a, extended = insn_cpuid(0x80000000, 0).a;
    struct cpuid one = insn_cpuid(1, 0);
    struct cpuid seven = basic >= 7 ? insn_cpuid(7, 0) : (struct cpuid){0};
    struct cpuid ext1 = insn_cpuid(0x80000001, 0);

    cpu_features = (struct cpu_features){
        .indispensable =
            bit(one.d, 9) && bit(one.d, 13) && bit(one.d, 24) && bit(one.d, 26),
        .smap = bit(seven.b, 20),
        .smep = bit(seven.b, 7),
        .umip = bit(seven.c, 2),
        .rdseed = bit(seven.b, 18),
        .xsave = bit(one.c, 26) && basic >= 13,
        .x2apic = bit(one.c, 21),
        .tsc_deadline = bit(one.c, 24),
        .rdrand = bit(one.c, 30),
        .large_1g = bit(ext1.d, 26),
        .steady_tsc = bit(one.c, 31),
    };
    if (extended >= 0x80000007 && bit(insn_cpuid(0x80000007, 0).d, 8))
        cpu_features.steady_tsc = true;
}

void cpu_features_check(void)
{
    if (!cpu_features.indispensable)
        boot_die("this processor lacks a local APIC, global pages, FXSAVE or SSE2");
    if (!cpu_features.steady_tsc)
        boot_die("this processor's time-stamp counter does not run evenly");
}

static void segments_load(struct cpu *cpu)
{
    uint64_t tss = (uint64_t)(uintptr_t)&cpu->tss;
    const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed))
    pointer = {sizeof(cpu->gdt) - 1, (uint64_t)(uintptr_t)cpu->gdt};

    cpu->tss.io_map = sizeof(cpu->tss);
    cpu->gdt[1] = UINT64_C(0x00af9b000000ffff); /* kernel code, 64 bits */
    cpu->gdt[2] = UINT64_C(0x00cf93000000ffff);
    cpu->gdt[5] = UINT64_C(0x00cff3000000ffff); /* user data, then user code */
    cpu->gdt[6] = UINT64_C(0x00affb000000ffff);
    /* Available 64-bit TSS: Intel SDM 3A 8.2.3. */
    cpu->gdt[7] = (sizeof(cpu->tss) - 1) | (tss & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
                  (tss >> 24 & 0xff) << 56;
    cpu->gdt[8] = tss >> 32;
    __asm__ volatile("lgdt %0" : : "m"(pointer) : "memory");
    __asm__ volatile("pushq %0\n"
                     "leaq 1f(%%rip), %%rax\n"
                     "pushq %%rax\n"
                     "lretq\n"
                     "1:"
                     :
                     : "i"(SEL_KERNEL_CODE)
                     : "rax", "memory");
    __asm__ volatile("movw %0, %%ss; movw %1, %%ds; movw %1, %%es; movw %1, %%fs;"
                     "movw %1, %%gs"
                     :
                     : "r"((uint16_t)SEL_KERNEL_DATA), "r"((uint16_t)0)
                     : "memory");
    __asm__ volatile("ltr %0" : : "r"((uint16_t)SEL_TSS));
    insn_wrmsr(MSR_GS_BASE, (uint64_t)(uintptr_t)cpu);
}

static void control_setup(void)
{
    uint64_t cr0 = insn_read_cr0(), cr4 = insn_read_cr4();

    cr0 &= ~(uint64_t)(CR0_EM | CR0_TS);
    insn_write_cr0(cr0 | CR0_MP | CR0_NE | CR0_WP | CR0_AM);
    cr4 |= CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= cpu_features.xsave ? CR4_OSXSAVE : 0;
    cr4 |= cpu_features.smep ? CR4_SMEP : 0;
    cr4 |= cpu_features.smap ? CR4_SMAP : 0;
    cr4 |= cpu_features.umip ? CR4_UMIP : 0;
    insn_write_cr4(cr4);
    insn_wrmsr(MSR_STAR,
               (uint64_t)(SEL_SYSRET_BASE | 3) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    insn_wrmsr(MSR_LSTAR, (uint64_t)(uintptr_t)syscall_entry);
    insn_wrmsr(MSR_FMASK, FMASK);
}

void cpu_setup(unsigned id)
{
    struct cpu *cpu = &cpus[id];

    cpu->self = cpu;
    cpu->id = id;
    cpu->deadline_ns = HAL_NEVER;
    for (unsigned i = 0; i < CPU_ISTS; i++)
        cpu->tss.ist[i] = paging_ist_stack(id, i);
    segments_load(cpu);
    trap_load();
    control_setup();
    fpu_cpu_setup();
}

unsigned hal_cpu_id(void)
{
    uint32_t id;

    __asm__ volatile("movl %%gs:%c1, %0" : "=r"(id) : "i"(CPU_ID) : "memory");
    return id;
}

void hal_cpu_relax(void)
{
    insn_pause();
}

/* STI lets interrupts in only after the instruction behind it: none is lost before HLT. */
void hal_cpu_wait(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

bool hal_irq_save(void)
{
    bool unmasked = insn_flags() & (1u << 9);

    insn_cli();
    return unmasked;
}

void hal_irq_restore(bool unmasked)
{
    if (unmasked)
        insn_sti();
}

bool hal_irq_masked(void)
{
    return !(insn_flags() & (1u << 9));
}
