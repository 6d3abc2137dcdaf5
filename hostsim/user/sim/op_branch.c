/* SPDX-License-Identifier: BSD-2-Clause */
/* JMP CALL RET, LOOP JRCXZ, IRET. */
#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/size.h"

/* A branch to such an address is refused before it happens. */
static inline bool not_canonical(uint64_t va)
{
    return unlikely((uint64_t)((int64_t)va >> 47) + 1 > 1);
}

SIM_OP(jmp)
{
    return sim_go(cpu, 0, i->imm);
}

static const struct sim_insn *jump_to(struct sim_cpu *cpu, const struct sim_insn *i,
                                      uint64_t va)
{
    if (not_canonical(va))
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    return sim_go_to(cpu, va);
}

SIM_OP(jmp_r)
{
    return jump_to(cpu, i, *sim_gpr64(cpu, i->rm));
}

SIM_OP(jmp_m)
{
    uint64_t va;

    if (unlikely(!sim_load_u64(cpu, sim_ea(cpu, i), &va)))
        return sim_fault(cpu, i);
    return jump_to(cpu, i, va);
}

SIM_OP(call)
{
    if (unlikely(!sim_store_u64(cpu, cpu->r[SIM_RSP] - 8, sim_insn_end(cpu, i))))
        return sim_fault(cpu, i);
    cpu->r[SIM_RSP] -= 8;
    return sim_go(cpu, 0, i->imm);
}

/* A stack that cannot take the return address comes first. */
static const struct sim_insn *call_refuse(struct sim_cpu *cpu, const struct sim_insn *i)
{
    if (!sim_rw(cpu, cpu->r[SIM_RSP] - 8, 8))
        return sim_fault(cpu, i);
    cpu->split = false;
    return sim_raise(cpu, i, HAL_EXC_PROTECTION);
}

static const struct sim_insn *call_to(struct sim_cpu *cpu, const struct sim_insn *i,
                                      uint64_t va)
{
    if (not_canonical(va))
        return call_refuse(cpu, i);
    if (unlikely(!sim_store_u64(cpu, cpu->r[SIM_RSP] - 8, sim_insn_end(cpu, i))))
        return sim_fault(cpu, i);
    cpu->r[SIM_RSP] -= 8;
    return sim_go_to(cpu, va);
}

SIM_OP(call_r)
{
    return call_to(cpu, i, *sim_gpr64(cpu, i->rm));
}

SIM_OP(call_m)
{
    uint64_t va;

    if (unlikely(!sim_load_u64(cpu, sim_ea(cpu, i), &va)))
        return sim_fault(cpu, i);
    return call_to(cpu, i, va);
}

SIM_OP(ret)
{
    uint64_t va;

    if (unlikely(!sim_load_u64(cpu, cpu->r[SIM_RSP], &va)))
        return sim_fault(cpu, i);
    if (not_canonical(va))
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    cpu->r[SIM_RSP] += 8 + i->imm;
    return sim_go_to(cpu, va);
}

/* ---- by count ---- */

/* RCX, or with an address-size prefix ECX. */
static uint64_t count_get(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return i->scale ? (uint32_t)cpu->r[SIM_RCX] : cpu->r[SIM_RCX];
}

static uint64_t count_down(struct sim_cpu *cpu, const struct sim_insn *i)
{
    uint64_t n = count_get(cpu, i) - 1;

    cpu->r[SIM_RCX] = i->scale ? (uint32_t)n : n;
    return cpu->r[SIM_RCX];
}

static const struct sim_insn *go_if(struct sim_cpu *cpu, const struct sim_insn *i,
                                    bool taken)
{
    return taken ? sim_go(cpu, 0, i->imm) : sim_go(cpu, 1, sim_insn_end(cpu, i));
}

SIM_OP(loop)
{
    return go_if(cpu, i, count_down(cpu, i) != 0);
}

SIM_OP(loope)
{
    bool more = count_down(cpu, i) != 0;

    return go_if(cpu, i, more && sim_cc_flags(&cpu->cc) & SIM_ZF);
}

SIM_OP(loopne)
{
    bool more = count_down(cpu, i) != 0;

    return go_if(cpu, i, more && !(sim_cc_flags(&cpu->cc) & SIM_ZF));
}

SIM_OP(jrcxz)
{
    return go_if(cpu, i, count_get(cpu, i) == 0);
}

/* ---- IRETQ to the same privilege level ---- */

SIM_OP(iret)
{
    uint64_t f[5]; /* rip, cs, rflags, rsp, ss */

    if (!sim_read(cpu, cpu->r[SIM_RSP], f, sizeof(f)))
        return sim_fault(cpu, i);
    if (i->size != 8 || (f[1] & 0xffff) != SIM_CS64 || (f[4] & 0xffff) != SIM_DS ||
        not_canonical(f[0]))
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    sim_cpu_set_flags(cpu, f[2]);
    cpu->r[SIM_RSP] = f[3];
    return sim_lookup(cpu, f[0], NULL);
}

#define ROW(name_, map_, op_, ext_, form_, reg_, mem_)                                   \
    {                                                                                    \
        .name = name_, .map = SIM_MAP_##map_, .opcode = (op_), .count = 1,               \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = SIM_ANY, .form = SIM_END | (form_),     \
        .reg = reg_, .mem = mem_                                                         \
    }

static const struct sim_row branch_rows[] = {
    ROW("jmp", 1, 0xeb, SIM_ANY, SIM_REL8 | SIM_F64, SIM_ONE(jmp), NULL),
    ROW("jmp", 1, 0xe9, SIM_ANY, SIM_REL32 | SIM_F64, SIM_ONE(jmp), NULL),
    ROW("jmp", 1, 0xff, 4, SIM_MODRM | SIM_F64, SIM_ONE(jmp_r), SIM_ONE(jmp_m)),
    ROW("call", 1, 0xe8, SIM_ANY, SIM_REL32 | SIM_F64, SIM_ONE(call), NULL),
    ROW("call", 1, 0xff, 2, SIM_MODRM | SIM_F64, SIM_ONE(call_r), SIM_ONE(call_m)),
    ROW("ret", 1, 0xc2, SIM_ANY, SIM_IMM16 | SIM_F64, SIM_ONE(ret), NULL),
    ROW("ret", 1, 0xc3, SIM_ANY, SIM_F64, SIM_ONE(ret), NULL),
    ROW("loopne", 1, 0xe0, SIM_ANY, SIM_REL8 | SIM_IMPLIED, SIM_ONE(loopne), NULL),
    ROW("loope", 1, 0xe1, SIM_ANY, SIM_REL8 | SIM_IMPLIED, SIM_ONE(loope), NULL),
    ROW("loop", 1, 0xe2, SIM_ANY, SIM_REL8 | SIM_IMPLIED, SIM_ONE(loop), NULL),
    ROW("jrcxz", 1, 0xe3, SIM_ANY, SIM_REL8 | SIM_IMPLIED, SIM_ONE(jrcxz), NULL),
    ROW("iret", 1, 0xcf, SIM_ANY, 0, SIM_ONE(iret), NULL),
};

SIM_TABLE(branch, branch_rows);
