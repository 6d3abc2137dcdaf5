/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that see or replace the state of the FPU: control words, environments, images. */
#include <string.h>

#include "hostsim/user/sim/sse.h"

#define FXSAVE_BYTES  512u
#define FXSAVE_UNUSED 96u /* at the end; the program's */

/* Intel SDM 1 table 10-2. */
struct fx_image {
    uint16_t fcw, fsw;
    uint8_t valid, reserved;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t st[8][16];
    union sim_xmm xmm[16];
    uint8_t rest[FXSAVE_UNUSED];
};

_Static_assert(sizeof(struct fx_image) == FXSAVE_BYTES, "Intel SDM 1 table 10-2");

/* ---- MXCSR ---- */

static void mxcsr_set(struct sim_cpu *cpu, uint32_t v)
{
    cpu->mxcsr = v;
    sim_fp_enter(cpu);
}

SIM_OP(ldmxcsr)
{
    uint32_t v;

    if (!sim_load_u32(cpu, sim_ea(cpu, i), &v))
        return sim_fault(cpu, i);
    if (v & ~SIM_MXCSR_VALID)
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    mxcsr_set(cpu, v);
    SIM_NEXT;
}

SIM_OP(stmxcsr)
{
    if (!sim_store_u32(cpu, sim_ea(cpu, i), sim_fp_mxcsr(cpu)))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* ---- FXSAVE, FXRSTOR ---- */

/* Whoever asked for alignment checks hears of it first: Intel SDM 2A, FXSAVE. */
static bool fx_aligned(struct sim_cpu *cpu, uint64_t va)
{
    return sim_is_aligned(cpu, va, 4) && sse_is_aligned(cpu, va);
}

/* The whole image must be writable, though its end is left alone. */
SIM_OP(fxsave)
{
    const struct sim_x87 *x = &cpu->x87;
    struct fx_image image;

    if (!fx_aligned(cpu, sim_ea(cpu, i)))
        return sim_fault(cpu, i);
    if (!sim_read(cpu, sim_ea(cpu, i), &image, sizeof(image))) {
        cpu->fault_access = HAL_WRITE;
        return sim_fault(cpu, i);
    }
    sim_x87_park(cpu);
    memset(&image, 0, sizeof(image) - FXSAVE_UNUSED);
    image.fcw = x->fcw;
    image.fsw = (uint16_t)(x->fsw | x->top << 11);
    image.valid = x->valid;
    image.fop = x->fop;
    image.fip = i->size == 8 ? x->fip : (uint32_t)x->fip;
    image.fdp = i->size == 8 ? x->fdp : (uint32_t)x->fdp;
    image.mxcsr = sim_fp_mxcsr(cpu);
    image.mxcsr_mask = SIM_MXCSR_VALID;
    for (unsigned n = 0; n < 8; n++)
        memcpy(image.st[n], &x->r[(x->top + n) & 7], 10);
    memcpy(image.xmm, cpu->xmm, sizeof(image.xmm));
    if (!sim_write(cpu, sim_ea(cpu, i), &image, sizeof(image)))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(fxrstor)
{
    struct sim_x87 *x = &cpu->x87;
    struct fx_image image;

    if (!fx_aligned(cpu, sim_ea(cpu, i)) ||
        !sim_read(cpu, sim_ea(cpu, i), &image, sizeof(image)))
        return sim_fault(cpu, i);
    if (image.mxcsr & ~SIM_MXCSR_VALID)
        return sim_raise(cpu, i, HAL_EXC_PROTECTION);
    sim_x87_park(cpu);
    x->fcw = (image.fcw & X87_FCW_VALID) | X87_FCW_ONE;
    x->fsw = image.fsw & (uint16_t)~X87_FSW_TOP;
    x->top = image.fsw >> 11 & 7;
    x->valid = image.valid;
    x->fop = image.fop & 0x7ff;
    x->fip = image.fip;
    x->fdp = image.fdp;
    sim_x87_summarise(x);
    for (unsigned n = 0; n < 8; n++)
        memcpy(&x->r[(x->top + n) & 7], image.st[n], 10);
    memcpy(cpu->xmm, image.xmm, sizeof(image.xmm));
    mxcsr_set(cpu, image.mxcsr);
    SIM_NEXT;
}

/* ---- x87 control and status words ---- */

static uint16_t status_word(const struct sim_cpu *cpu)
{
    uint16_t fsw;

    if (!cpu->x87_live)
        return (uint16_t)(cpu->x87.fsw | cpu->x87.top << 11);
    asm volatile("fnstsw %0" : "=m"(fsw));
    return fsw;
}

SIM_OP(fnstsw_m)
{
    if (!sim_store_u16(cpu, sim_ea(cpu, i), status_word(cpu)))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(fnstsw_ax)
{
    *sim_gpr16(cpu, SIM_RAX * 8) = status_word(cpu);
    SIM_NEXT;
}

SIM_OP(fnstcw)
{
    if (!sim_store_u16(cpu, sim_ea(cpu, i), cpu->x87.fcw))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

SIM_OP(fldcw)
{
    uint16_t v;

    if ((!cpu->x87_live && !sim_x87_quiet(cpu)) || !sim_load_u16(cpu, sim_ea(cpu, i), &v))
        return sim_fault(cpu, i);
    v = (v & X87_FCW_VALID) | X87_FCW_ONE;
    cpu->x87.fcw = v;
    if (cpu->x87_live) {
        asm volatile("fldcw %0" : : "m"(v));
        sim_x87_end(cpu);
    } else {
        sim_x87_summarise(&cpu->x87);
    }
    SIM_NEXT;
}

SIM_OP(fnclex)
{
    if (cpu->x87_live)
        asm volatile("fnclex");
    else
        cpu->x87.fsw &=
            (uint16_t) ~(X87_FSW_FLAGS | X87_FSW_SF | X87_FSW_ES | X87_FSW_BUSY);
    SIM_NEXT;
}

SIM_OP(fninit)
{
    sim_x87_park(cpu);
    sim_x87_reset(&cpu->x87);
    SIM_NEXT;
}

SIM_OP(fwait)
{
    if (!cpu->x87_live && !sim_x87_quiet(cpu))
        return sim_fault(cpu, i);
    SIM_NEXT;
}

/* ---- environments and images of the x87 ---- */

static bool env_aligned(struct sim_cpu *cpu, const struct sim_insn *i)
{
    return sim_is_aligned(cpu, sim_ea(cpu, i), i->size == 2 ? 2 : 4);
}

SIM_OP(fnstenv)
{
    uint8_t image[sizeof(struct x87_env)];
    unsigned len;

    sim_x87_park(cpu);
    len = sim_x87_env_store(&cpu->x87, i->size == 2, image);
    if (!env_aligned(cpu, i) || !sim_write(cpu, sim_ea(cpu, i), image, len))
        return sim_fault(cpu, i);
    cpu->x87.fcw |= X87_FSW_FLAGS;
    sim_x87_summarise(&cpu->x87);
    SIM_NEXT;
}

SIM_OP(fldenv)
{
    uint8_t image[sizeof(struct x87_env)];
    bool is_16 = i->size == 2;

    sim_x87_park(cpu);
    if (!sim_x87_quiet(cpu) || !env_aligned(cpu, i) ||
        !sim_read(cpu, sim_ea(cpu, i), image, is_16 ? 14 : 28))
        return sim_fault(cpu, i);
    sim_x87_env_load(&cpu->x87, is_16, image);
    SIM_NEXT;
}

SIM_OP(fnsave)
{
    struct sim_x87 *x = &cpu->x87;
    uint8_t image[sizeof(struct x87_image)];
    unsigned len;

    sim_x87_park(cpu);
    len = sim_x87_env_store(x, i->size == 2, image);
    for (unsigned n = 0; n < 8; n++, len += 10)
        memcpy(image + len, &x->r[(x->top + n) & 7], 10);
    if (!env_aligned(cpu, i) || !sim_write(cpu, sim_ea(cpu, i), image, len))
        return sim_fault(cpu, i);
    sim_x87_reset(x);
    SIM_NEXT;
}

SIM_OP(frstor)
{
    struct sim_x87 *x = &cpu->x87;
    uint8_t image[sizeof(struct x87_image)];
    bool is_16 = i->size == 2;
    unsigned len = is_16 ? 14 : 28;

    sim_x87_park(cpu);
    if (!sim_x87_quiet(cpu) || !env_aligned(cpu, i) ||
        !sim_read(cpu, sim_ea(cpu, i), image, len + 80))
        return sim_fault(cpu, i);
    sim_x87_env_load(x, is_16, image);
    for (unsigned n = 0; n < 8; n++, len += 10)
        memcpy(&x->r[(x->top + n) & 7], image + len, 10);
    SIM_NEXT;
}

/* 8087 and 80287 instructions that have done nothing since: FENI, FDISI, FSETPM. */
SIM_OP(fp_nothing)
{
    SIM_NEXT;
}

#define MXCSR_ROW(name_, ext_)                                                           \
    {                                                                                    \
        .name = #name_, .map = SIM_MAP_0F, .opcode = 0xae, .count = 1, .prefix = SIM_NP, \
        .ext = (ext_), .rm = SIM_ANY, .sets = SIM_SETS_NONE, .form = SIM_MODRM | SIM_W,  \
        .mem = SIM_ONE(name_)                                                            \
    }
#define X87_ROW(name_, opcode_, ext_, rm_, form_, reg_, mem_)                            \
    {                                                                                    \
        .name = #name_, .map = SIM_MAP_1, .opcode = (opcode_), .count = 1,               \
        .prefix = SIM_ANYP, .ext = (ext_), .rm = (rm_), .sets = SIM_SETS_NONE,           \
        .form = (form_), .reg = (reg_), .mem = (mem_)                                    \
    }
#define MEM(name, opcode, ext)                                                           \
    X87_ROW(name, opcode, ext, SIM_ANY, SIM_MODRM, NULL, SIM_ONE(name))
#define REG(name, opcode, ext, rm)                                                       \
    X87_ROW(name, opcode, ext, rm, SIM_MODRM, SIM_ONE(name), NULL)

static const struct sim_row fp_state_rows[] = {
    MXCSR_ROW(fxsave, 0),
    MXCSR_ROW(fxrstor, 1),
    MXCSR_ROW(ldmxcsr, 2),
    MXCSR_ROW(stmxcsr, 3),
    MEM(fldenv, 0xd9, 4),
    MEM(fldcw, 0xd9, 5),
    MEM(fnstenv, 0xd9, 6),
    MEM(fnstcw, 0xd9, 7),
    REG(fp_nothing, 0xdb, 4, 0),
    REG(fp_nothing, 0xdb, 4, 1),
    REG(fnclex, 0xdb, 4, 2),
    REG(fninit, 0xdb, 4, 3),
    REG(fp_nothing, 0xdb, 4, 4),
    MEM(frstor, 0xdd, 4),
    MEM(fnsave, 0xdd, 6),
    MEM(fnstsw_m, 0xdd, 7),
    REG(fnstsw_ax, 0xdf, 4, 0),
    X87_ROW(fwait, 0x9b, SIM_ANY, SIM_ANY, 0, SIM_ONE(fwait), NULL),
};

SIM_TABLE(fp_state, fp_state_rows);
