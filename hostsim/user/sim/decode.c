/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From bytes to a struct sim_insn, Intel SDM 2 chapter 2: prefixes, opcode, ModRM, SIB,
 * displacement, immediate.  What differs from one instruction to another is in its row.
 */
#include "hostsim/user/sim/code.h"

#include <string.h>

#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/cond.h"
#include "hostsim/user/sim/row.h"

#define REX_B    1
#define REX_X    2
#define REX_R    4
#define REX_W    8
#define LEN_MAX  15
#define MAP_0F   0x0f
#define RM_SIB   4
#define RM_DISP  5 /* with mod 0: relative to the next instruction */
#define SIB_NONE 4
#define ADDR32   0x100 /* in imm of the address micro-operation */

struct decoder {
    struct sim_fetch *f;
    bool more; /* ran out of bytes */
    bool opsize, addr32, lock;
    uint8_t rep; /* the last of F2 and F3 */
    uint8_t seg; /* SIM_FS, SIM_GS or SIM_ZERO */
    uint8_t rex, modrm, map, opcode;
    uint32_t form;
    bool rip_relative, extra; /* extra: an address micro-operation comes first */
    struct sim_insn insn, address;
};

/* ---- bytes ---- */

static uint64_t take(struct decoder *d, unsigned n)
{
    uint64_t v = 0;

    if (d->f->used + n > d->f->avail) {
        d->more = true;
        return 0;
    }
    memcpy(&v, d->f->at + d->f->used, n);
    d->f->used += n;
    return v;
}

static uint64_t take_signed(struct decoder *d, unsigned n)
{
    uint64_t v = take(d, n);
    unsigned shift = 64 - 8 * n;

    return (uint64_t)((int64_t)(v << shift) >> shift);
}

/* ---- prefixes and opcode ---- */

static bool take_prefix(struct decoder *d, uint8_t byte)
{
    switch (byte) {
    case 0x66:
        d->opsize = true;
        break;
    case 0x67:
        d->addr32 = true;
        break;
    case 0xf0:
        d->lock = true;
        break;
    case 0xf2:
    case 0xf3:
        d->rep = byte;
        break;
    case 0x64:
        d->seg = SIM_FS;
        break;
    case 0x65:
        d->seg = SIM_GS;
        break;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
        break; /* these segments begin at 0 */
    default:
        return false;
    }
    d->rex = 0; /* it counts only right before the opcode */
    return true;
}

static void take_opcode(struct decoder *d)
{
    uint8_t byte = (uint8_t)take(d, 1);

    while (!d->more && (take_prefix(d, byte) || (byte & 0xf0) == 0x40)) {
        if ((byte & 0xf0) == 0x40)
            d->rex = byte;
        byte = (uint8_t)take(d, 1);
    }
    d->map = SIM_MAP_1;
    if (byte == MAP_0F) {
        d->map = SIM_MAP_0F;
        byte = (uint8_t)take(d, 1);
    }
    d->opcode = byte;
}

static enum sim_prefix mandatory(const struct decoder *d)
{
    return d->rep == 0xf3   ? SIM_F3
           : d->rep == 0xf2 ? SIM_F2
           : d->opsize      ? SIM_66
                            : SIM_NP;
}

static const struct sim_row *take_row(struct decoder *d)
{
    enum sim_prefix prefix = mandatory(d);

    if (sim_row_has_modrm(d->map, d->opcode, prefix))
        d->modrm = (uint8_t)take(d, 1);
    else
        d->modrm = 0xc0;
    return d->more ? NULL : sim_row_find(d->map, d->opcode, prefix, d->modrm);
}

/* ---- operands ---- */

static unsigned operand_size(const struct decoder *d)
{
    if (d->form & SIM_BYTE)
        return 1;
    if (d->form & SIM_F64)
        return 8;
    if (d->form & SIM_D64)
        return d->opsize ? 2 : 8;
    if (d->rex & REX_W)
        return 8;
    return d->opsize && !(d->form & SIM_W) ? 2 : 4;
}

/* Byte offset of a general register; without REX the byte registers 4 to 7 are AH to BH. */
static uint8_t gpr(const struct decoder *d, unsigned number, bool is_byte)
{
    if (is_byte && d->rex == 0 && number >= 4 && number < 8)
        return (uint8_t)((number - 4) * 8 + 1);
    return (uint8_t)(number * 8);
}

static unsigned rex_bit(const struct decoder *d, uint8_t bit)
{
    return d->rex & bit ? 8 : 0;
}

static void set_registers(struct decoder *d)
{
    unsigned reg = (d->modrm >> 3 & 7) | rex_bit(d, REX_R);
    unsigned rm = (d->modrm & 7) | rex_bit(d, REX_B);
    bool byte = d->form & SIM_BYTE;

    if (d->form & SIM_OPREG)
        rm = (d->opcode & 7) | rex_bit(d, REX_B);
    else if (d->form & SIM_ACC)
        rm = SIM_RAX;
    d->insn.reg = d->form & SIM_REG_OTHER ? (uint8_t)reg
                                          : gpr(d, reg, byte || d->form & SIM_REG_BYTE);
    d->insn.rm =
        d->form & SIM_RM_OTHER ? (uint8_t)rm : gpr(d, rm, byte || d->form & SIM_RM_BYTE);
    if (d->form & SIM_SWAP && d->modrm >= 0xc0) {
        uint8_t was = d->insn.reg;

        d->insn.reg = d->insn.rm;
        d->insn.rm = was;
    }
}

static void take_sib(struct decoder *d, unsigned mod)
{
    uint8_t sib = (uint8_t)take(d, 1);
    unsigned index = (sib >> 3 & 7) | rex_bit(d, REX_X);

    d->insn.base = (uint8_t)((sib & 7) | rex_bit(d, REX_B));
    if (index != SIB_NONE) {
        d->insn.index = (uint8_t)index;
        d->insn.scale = sib >> 6;
    }
    if ((sib & 7) == RM_DISP && mod == 0) {
        d->insn.base = SIM_ZERO;
        d->insn.disp = take_signed(d, 4);
    }
}

static void take_address(struct decoder *d)
{
    unsigned mod = d->modrm >> 6, rm = d->modrm & 7;

    if (mod == 3)
        return;
    if (rm == RM_SIB) {
        take_sib(d, mod);
    } else if (rm == RM_DISP && mod == 0) {
        d->insn.disp = take_signed(d, 4);
        d->rip_relative = true;
    } else {
        d->insn.base = (uint8_t)(rm | rex_bit(d, REX_B));
    }
    if (mod == 1)
        d->insn.disp = take_signed(d, 1);
    else if (mod == 2)
        d->insn.disp = take_signed(d, 4);
}

static void take_immediate(struct decoder *d)
{
    unsigned size = d->insn.size;

    if (d->form & SIM_MOFFS)
        d->insn.disp = take(d, d->addr32 ? 4 : 8);
    if (d->form & SIM_IMMZ)
        d->insn.imm = take_signed(d, size == 2 ? 2 : 4);
    else if (d->form & SIM_IMMV)
        d->insn.imm = take_signed(d, size);
    else if (d->form & SIM_IMM16)
        d->insn.imm = take(d, 2);
    else if (d->form & SIM_REL8)
        d->insn.imm = take_signed(d, 1);
    else if (d->form & SIM_REL32)
        d->insn.imm = take_signed(d, 4);
    else if (d->form & SIM_IMM8)
        d->insn.imm = take_signed(d, 1);
    if ((d->form & (SIM_IMM16 | SIM_IMM8)) == (SIM_IMM16 | SIM_IMM8))
        d->insn.imm |= take(d, 1) << 16;
}

/* ---- addresses that one instruction cannot hold ---- */

/* Leave base + index + disp, cut to 32 bits if need be, plus the segment's base in SIM_EA. */
static const struct sim_insn *op_address(struct sim_cpu *cpu, const struct sim_insn *i)
{
    uint64_t va = sim_ea(cpu, i);

    if (i->imm & ADDR32)
        va = (uint32_t)va;
    cpu->r[SIM_EA] = va + cpu->r[i->imm & 0xff];
    SIM_NEXT;
}

static void fold_segment(struct decoder *d)
{
    struct sim_insn *in = &d->insn;
    bool is_lea = d->map == SIM_MAP_1 && d->opcode == 0x8d;
    uint8_t seg = is_lea ? SIM_ZERO : d->seg;

    if (!d->addr32 && seg == SIM_ZERO)
        return;
    if (!d->addr32 && in->index == SIM_ZERO) {
        in->index = seg;
        return;
    }
    d->extra = true;
    d->address = *in;
    d->address.op = op_address;
    d->address.imm = seg | (d->addr32 ? ADDR32 : 0);
    in->base = SIM_EA;
    in->index = SIM_ZERO;
    in->scale = 0;
    in->disp = 0;
}

static void finish_address(struct decoder *d)
{
    bool has_memory = (d->form & SIM_MODRM && d->modrm < 0xc0) || d->form & SIM_MOFFS;

    if (d->form & SIM_STACK && d->insn.base == SIM_RSP)
        d->insn.disp += d->insn.size;
    if (d->rip_relative)
        d->insn.disp += d->f->va + d->f->used;
    if (d->form & (SIM_REL8 | SIM_REL32))
        d->insn.imm += d->f->va + d->f->used;
    if (has_memory)
        fold_segment(d);
    else if (d->form & SIM_IMPLIED) {
        d->insn.base = d->seg;
        d->insn.scale = d->addr32;
    }
}

/* ---- handlers ---- */

static const struct sim_insn *op_undefined(struct sim_cpu *cpu, const struct sim_insn *i)
{
    return sim_raise(cpu, i, HAL_EXC_ILLEGAL);
}

static const struct sim_insn *op_too_long(struct sim_cpu *cpu, const struct sim_insn *i)
{
    return sim_raise(cpu, i, HAL_EXC_PROTECTION);
}

static sim_op *choose_handler(const struct decoder *d, const struct sim_row *row)
{
    unsigned by_size = (unsigned)__builtin_ctz(d->insn.size);
    bool is_mem = d->modrm < 0xc0;
    sim_op *const *ops = is_mem ? row->mem : row->reg;

    if (d->lock && !(is_mem && d->form & SIM_LOCKS))
        ops = is_mem ? row->lock : NULL;
    return ops && ops[by_size] ? ops[by_size] : op_undefined;
}

static enum sim_decoded end_with(struct sim_fetch *f, struct sim_insn *out, unsigned *n,
                                 sim_op *op)
{
    *out = (struct sim_insn){.op = op, .base = SIM_ZERO, .index = SIM_ZERO};
    *n = 1;
    if (f->used == 0)
        f->used = 1;
    return SIM_DECODED_END;
}

enum sim_decoded sim_decode(struct sim_fetch *f, struct sim_insn out[2], unsigned *n)
{
    struct decoder d = {.f = f, .seg = SIM_ZERO};
    const struct sim_row *row;

    f->used = 0;
    d.insn.base = d.insn.index = SIM_ZERO;
    take_opcode(&d);
    row = take_row(&d);
    if (!row && d.modrm < 0xc0)
        take_address(&d); /* what is no instruction has a length all the same */
    if (row) {
        d.form = row->form;
        d.insn.size = (uint8_t)operand_size(&d);
        d.insn.cond = d.form & SIM_COND ? d.opcode & 15 : row->rm;
        d.insn.rep = d.rep;
        set_registers(&d);
        if (d.form & SIM_MODRM)
            take_address(&d);
        take_immediate(&d);
    }
    if (d.more)
        return f->avail < LEN_MAX ? SIM_DECODE_MORE : end_with(f, out, n, op_too_long);
    if (!row)
        return end_with(f, out, n, op_undefined);
    d.insn.op = choose_handler(&d, row);
    if (d.insn.op == op_undefined)
        return end_with(f, out, n, op_undefined);
    finish_address(&d);
    if (d.form & SIM_COND)
        sim_cond_specialise(&d.insn, f->sets);
    if (row->sets != SIM_SETS_NONE)
        f->sets = row->sets;
    *n = 0;
    if (d.extra)
        out[(*n)++] = d.address;
    out[(*n)++] = d.insn;
    return d.form & SIM_END ? SIM_DECODED_END : SIM_DECODED;
}
