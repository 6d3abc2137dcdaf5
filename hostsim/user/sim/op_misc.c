/* SPDX-License-Identifier: BSD-2-Clause */
/* SYSCALL, CPUID, RDTSC, traps, NOPs, fences, and what programs may not do. */
#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/size.h"

SIM_OP(syscall)
{
    cpu->r[SIM_RCX] = sim_insn_end(cpu, i);
    cpu->r[SIM_R11] = sim_cpu_flags(cpu);
    return sim_after(cpu, i, SIM_STOP_SYSCALL);
}

SIM_OP(int3)
{
    cpu->exception = HAL_EXC_BREAKPOINT;
    return sim_after(cpu, i, SIM_STOP_EXCEPTION);
}

SIM_OP(int1)
{
    cpu->exception = HAL_EXC_STEP;
    return sim_after(cpu, i, SIM_STOP_EXCEPTION);
}

/* Programs may use the vectors of INT3 and INTO. */
SIM_OP(int)
{
    if ((uint8_t)i->imm != 3 && (uint8_t)i->imm != 4)
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    cpu->exception = (uint8_t)i->imm == 3 ? HAL_EXC_BREAKPOINT : HAL_EXC_PROTECTION;
    return sim_after(cpu, i, SIM_STOP_EXCEPTION);
}

SIM_OP(forbidden)
{
    return sim_raise(cpu, i, HAL_EXC_PROTECTION);
}

SIM_OP(nop)
{
    SIM_NEXT;
}

SIM_OP(fence)
{
    atomic_thread_fence(memory_order_seq_cst);
    SIM_NEXT;
}

SIM_OP(clflush)
{
    uint8_t v;

    if (!sim_load_u8(cpu, sim_ea(cpu, i), &v))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* Virtual time: a counter of nanoseconds. */
SIM_OP(rdtsc)
{
    uint64_t now = cpu->core->mmu.time_ns();

    SIM_SETR(32, SIM_RAX, now);
    SIM_SETR(32, SIM_RDX, now >> 32);
    SIM_NEXT;
}

/* ---- CPUID: a processor with SSE2 and nothing newer, the same on every host ---- */

struct leaf {
    uint32_t leaf, eax, ebx, ecx, edx;
};

/* Intel SDM 2A "CPUID", table 3-8. */
#define EDX_FPU     (1u << 0)
#define EDX_TSC     (1u << 4)
#define EDX_MSR     (1u << 5)
#define EDX_PAE     (1u << 6)
#define EDX_CX8     (1u << 8)
#define EDX_PGE     (1u << 13)
#define EDX_CMOV    (1u << 15)
#define EDX_CLFSH   (1u << 19)
#define EDX_MMX     (1u << 23)
#define EDX_FXSR    (1u << 24)
#define EDX_SSE     (1u << 25)
#define EDX_SSE2    (1u << 26)
#define ECX_CX16    (1u << 13)
#define EXT_SYSCALL (1u << 11)
#define EXT_NX      (1u << 20)
#define EXT_LM      (1u << 29)
#define EXT_LAHF    (1u << 0)
#define FEATURES                                                                         \
    (EDX_FPU | EDX_TSC | EDX_MSR | EDX_PAE | EDX_CX8 | EDX_PGE | EDX_CMOV | EDX_CLFSH |  \
     EDX_MMX | EDX_FXSR | EDX_SSE | EDX_SSE2)
#define CHARS(a, b, c, d)                                                                \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* The vendor has to be one that the C library knows, else it looks no further.  Family 15 was
 * the first to have this instruction set. */
static const struct leaf leaves[] = {
    {0, 1, CHARS('A', 'u', 't', 'h'), CHARS('c', 'A', 'M', 'D'),
     CHARS('e', 'n', 't', 'i')},
    {1, 0xf61, 0x00010800, ECX_CX16, FEATURES}, /* CLFLUSH lines of 64 bytes */
    {0x80000000, 0x80000008, 0, 0, 0},
    {0x80000001, 0, 0, EXT_LAHF, EXT_SYSCALL | EXT_NX | EXT_LM},
    {0x80000002, CHARS('C', 'l', 'o', 'u'), CHARS('d', 'O', 'S', ' '),
     CHARS('e', 'x', 'a', 'c'), CHARS('t', ' ', 'e', 'n')},
    {0x80000003, CHARS('g', 'i', 'n', 'e'), CHARS(',', ' ', 'x', '8'),
     CHARS('6', '-', '6', '4'), 0},
    {0x80000004, 0, 0, 0, 0},
    {0x80000005, 0, 0, 0x40020140, 0x40020140}, /* L1: 64 KiB each, 2 ways */
    {0x80000006, 0, 0, 0x02008140, 0},          /* L2: 512 KiB, 16 ways */
    {0x80000008, 0x3028, 0, 0, 0},              /* 40 bits physical, 48 virtual */
};

SIM_OP(cpuid)
{
    static const struct leaf none;
    const struct leaf *l = &none;

    for (size_t k = 0; k < sizeof(leaves) / sizeof(leaves[0]); k++) {
        if (leaves[k].leaf == (uint32_t)cpu->r[SIM_RAX])
            l = &leaves[k];
    }
    cpu->r[SIM_RAX] = l->eax;
    cpu->r[SIM_RBX] = l->ebx;
    cpu->r[SIM_RCX] = l->ecx;
    cpu->r[SIM_RDX] = l->edx;
    return &i[1];
}

/* ---- rows ---- */

#define ROW(name_, map_, op_, count_, prefix_, ext_, form_, reg_, mem_)                  \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = (count_),        \
        .prefix = (prefix_), .ext = (ext_), .rm = SIM_ANY, .form = (form_), .reg = reg_, \
        .mem = mem_                                                                      \
    }
#define PLAIN(name, map, op, form, handler)                                              \
    ROW(name, map, op, 1, SIM_ANYP, SIM_ANY, form, SIM_ONE(handler), NULL)
#define FORBIDDEN(name, map, op, count, form)                                            \
    ROW(name, map, op, count, SIM_ANYP, SIM_ANY, SIM_END | (form), SIM_ONE(forbidden),   \
        SIM_ONE(forbidden))

static const struct sim_row misc_rows[] = {
    PLAIN("syscall", 0F, 0x05, SIM_END, syscall),
    PLAIN("int3", 1, 0xcc, SIM_END, int3),
    PLAIN("int1", 1, 0xf1, SIM_END, int1),
    PLAIN("cpuid", 0F, 0xa2, 0, cpuid),
    PLAIN("rdtsc", 0F, 0x31, 0, rdtsc),
    ROW("prefetch", 0F, 0x0d, 1, SIM_ANYP, SIM_ANY, SIM_MODRM, SIM_ONE(nop),
        SIM_ONE(nop)),
    ROW("nop", 0F, 0x18, 8, SIM_ANYP, SIM_ANY, SIM_MODRM, SIM_ONE(nop), SIM_ONE(nop)),
    ROW("lfence", 0F, 0xae, 1, SIM_NP, 5, SIM_MODRM, SIM_ONE(fence), NULL),
    ROW("mfence", 0F, 0xae, 1, SIM_NP, 6, SIM_MODRM, SIM_ONE(fence), NULL),
    ROW("sfence", 0F, 0xae, 1, SIM_NP, 7, SIM_MODRM, SIM_ONE(fence), NULL),
    ROW("clflush", 0F, 0xae, 1, SIM_NP, 7, SIM_MODRM, NULL, SIM_ONE(clflush)),
    PLAIN("int", 1, 0xcd, SIM_END | SIM_IMM8, int),
    FORBIDDEN("ins, outs", 1, 0x6c, 4, 0),
    FORBIDDEN("in, out", 1, 0xe4, 4, SIM_IMM8),
    FORBIDDEN("in, out", 1, 0xec, 4, 0),
    FORBIDDEN("hlt", 1, 0xf4, 1, 0),
    FORBIDDEN("cli, sti", 1, 0xfa, 2, 0),
    FORBIDDEN("retf", 1, 0xca, 1, SIM_IMM16),
    FORBIDDEN("retf", 1, 0xcb, 1, 0),
    ROW("call far", 1, 0xff, 1, SIM_ANYP, 3, SIM_END | SIM_MODRM, NULL,
        SIM_ONE(forbidden)),
    ROW("jmp far", 1, 0xff, 1, SIM_ANYP, 5, SIM_END | SIM_MODRM, NULL,
        SIM_ONE(forbidden)),
    ROW("lss", 0F, 0xb2, 1, SIM_ANYP, SIM_ANY, SIM_END | SIM_MODRM, NULL,
        SIM_ONE(forbidden)),
    ROW("lfs, lgs", 0F, 0xb4, 2, SIM_ANYP, SIM_ANY, SIM_END | SIM_MODRM, NULL,
        SIM_ONE(forbidden)),
    FORBIDDEN("descriptor tables", 0F, 0x00, 1, SIM_MODRM),
    ROW("descriptor tables", 0F, 0x01, 1, SIM_ANYP, SIM_ANY, SIM_END | SIM_MODRM, NULL,
        SIM_ONE(forbidden)),
    FORBIDDEN("lar, lsl", 0F, 0x02, 2, SIM_MODRM),
    FORBIDDEN("clts, sysret", 0F, 0x06, 2, 0),
    FORBIDDEN("invd, wbinvd", 0F, 0x08, 2, 0),
    FORBIDDEN("mov cr, dr", 0F, 0x20, 4, SIM_MODRM),
    FORBIDDEN("wrmsr", 0F, 0x30, 1, 0),
    FORBIDDEN("rdmsr, rdpmc", 0F, 0x32, 2, 0),
};

SIM_TABLE(misc, misc_rows);
