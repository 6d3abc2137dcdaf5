/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases: a state first, then instructions that mostly find their operands in the data pages
 * when they start from it.  Everything follows from the seed and the case's number.
 */
#include <string.h>

#include "ops.h"

#define WEIGHT_MAX 16384
#define NO_REG     16u

static const struct diff_table *const tables[] = {&diff_integer, &diff_sse, &diff_x87};

/* One entry for each unit of weight.  The selection must be the same to repeat a case. */
static struct {
    const struct diff_op *op[WEIGHT_MAX];
    unsigned count;
} urn;

struct gen {
    struct diff_rng rng;
    struct diff_case *c;
    uint32_t dirty;     /* general registers whose values are not known any more */
    bool image;         /* one has been made */
    bool stored;        /* memory may have changed */
    uint32_t undefined; /* flags */
    uint8_t *out;       /* next byte of code */
    const struct diff_op *op;
    uint8_t rex, modrm, sib;
    bool has_sib, address32, segment, rip_relative;
    uint8_t disp_bytes;
    int32_t disp;
    uint64_t ea; /* of the memory operand, if it is known */
    bool ea_known;
};

bool diff_gen_select(const char *group, const char *only)
{
    urn.count = 0;
    for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        if (!strstr(tables[t]->name, group))
            continue;
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct diff_op *op = &tables[t]->ops[i];

            if (!strstr(op->name, only))
                continue;
            for (unsigned w = 0; w < op->weight && urn.count < WEIGHT_MAX; w++)
                urn.op[urn.count++] = op;
        }
    }
    return urn.count > 0 && urn.count < WEIGHT_MAX;
}

/* ---- addresses ---- */

static uint64_t gen_target(struct gen *g)
{
    struct diff_rng *rng = &g->rng;
    bool aligned = (g->op->how & OP_ALIGNED) && diff_percent(rng, 92);
    uint64_t at;

    switch (diff_below(rng, 25)) {
    case 0: /* from the first page into the second */
    case 1:
    case 2:
        at = DIFF_DATA_VA + DIFF_PAGE - diff_below(rng, 20);
        break;
    case 3: /* off the end, off the beginning */
        at = DIFF_DATA_VA + DIFF_DATA_BYTES - diff_below(rng, 20);
        break;
    case 4:
        at = DIFF_DATA_VA - 16 + diff_below(rng, 20);
        break;
    case 5:
        at = diff_percent(rng, 70) ? DIFF_RO_VA + diff_below(rng, DIFF_RO_BYTES)
                                   : DIFF_HOLE_VA + diff_below(rng, 4096);
        break;
    default:
        at = DIFF_DATA_VA + diff_below(rng, DIFF_DATA_BYTES - 64);
        if (diff_percent(rng, 50))
            at &= ~UINT64_C(7);
        break;
    }
    return aligned ? at & ~UINT64_C(15) : at;
}

static unsigned gen_clean(struct gen *g)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        unsigned reg = diff_below(&g->rng, 16);

        if (!(g->dirty >> reg & 1))
            return reg;
    }
    return NO_REG;
}

static bool gen_fits(int64_t v, unsigned bytes)
{
    return bytes == 1 ? v == (int8_t)v : v == (int32_t)v;
}

/* base + index: false if the target cannot be reached from it. */
static bool gen_base_index(struct gen *g, uint64_t target)
{
    unsigned base = gen_clean(g), index = NO_REG, scale = diff_below(&g->rng, 4);
    int64_t disp;
    uint64_t sum;

    if (base == NO_REG)
        return false;
    if (diff_percent(&g->rng, 40))
        index = gen_clean(g);
    if (index == 4)
        index = NO_REG;
    sum = g->c->in.gpr[base] + (index == NO_REG ? 0 : g->c->in.gpr[index] << scale);
    disp = (int64_t)(target - sum);
    if (g->address32)
        disp = (int32_t)disp;
    if (!gen_fits(disp, 4)) {
        if (diff_percent(&g->rng, 98) || g->address32)
            return false;
        disp = (int8_t)disp; /* far away, and often not canonical */
        if (sum >> 40 == 0)
            return false;
    }
    g->disp = (int32_t)disp;
    g->disp_bytes = gen_fits(disp, 1) && diff_percent(&g->rng, 90) ? 1 : 4;
    if (disp == 0 && (base & 7) != 5)
        g->disp_bytes = 0;
    g->has_sib = index != NO_REG || (base & 7) == 4 || diff_percent(&g->rng, 5);
    g->modrm = (uint8_t)(g->disp_bytes == 0 ? 0 : g->disp_bytes == 1 ? 0x40 : 0x80);
    if (base & 8)
        g->rex |= 0x41;
    if (index != NO_REG && index & 8)
        g->rex |= 0x42;
    if (g->has_sib) {
        g->modrm |= 4;
        g->sib =
            (uint8_t)(scale << 6 | (index == NO_REG ? 4 : index & 7) << 3 | (base & 7));
    } else {
        g->modrm |= base & 7;
    }
    g->ea = sum + (uint64_t)disp;
    if (g->address32)
        g->ea = (uint32_t)g->ea;
    g->ea_known = true;
    return true;
}

static void gen_memory(struct gen *g)
{
    uint64_t target = gen_target(g);
    unsigned form = diff_below(&g->rng, 100);

    g->segment = diff_percent(&g->rng, 4);
    if (g->segment)
        target -= g->c->gs_base;
    g->address32 = !g->segment && diff_percent(&g->rng, 4);
    for (unsigned tries = 0; form < 88 && tries < 6; tries++)
        if (gen_base_index(g, target)) {
            g->ea += g->segment ? g->c->gs_base : 0;
            return;
        }
    g->ea = target + (g->segment ? g->c->gs_base : 0);
    g->ea_known = true;
    g->disp = (int32_t)target;
    g->disp_bytes = 4;
    g->rip_relative = !g->segment && form % 2 == 0;
    g->has_sib = !g->rip_relative;
    g->sib = 0x25;
    g->modrm = g->rip_relative ? 5 : 4;
}

/* ---- encoding ---- */

static void gen_byte(struct gen *g, uint64_t v)
{
    *g->out++ = (uint8_t)v;
}

static void gen_bytes(struct gen *g, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        gen_byte(g, v >> (8 * i));
}

static unsigned gen_imm_bytes(const struct gen *g, bool word)
{
    uint32_t how = g->op->how;
    bool wide = (how & OP_W) && (g->rex & 8);
    unsigned n = 0;

    if (how & OP_IW)
        n += 2;
    if (how & OP_IB)
        n += 1;
    if (how & OP_IZ)
        n += word && !wide ? 2 : 4;
    if (how & OP_IV)
        n += wide ? 8 : word ? 2 : 4;
    return n;
}

static uint64_t gen_imm(struct gen *g)
{
    uint64_t v = diff_edge_u64(&g->rng);

    if (g->op->code == 0xcd) /* neither a system call nor INTO's vector */
        v |= (v & 0xff) == 0x80 || (v & 0xff) == 4 ? 1 : 0;
    if (g->op->code == 0xc8)
        v = (v & 0x1f0000) | (v & 0xff);
    return v;
}

/* A bit offset in a register reaches far: one that keeps the operand within the pages. */
static unsigned gen_bit_offset(struct gen *g)
{
    unsigned first = diff_below(&g->rng, 16);

    for (unsigned n = 0; n < 16; n++) {
        unsigned reg = (first + n) % 16;
        int64_t v = (int64_t)g->c->in.gpr[reg];

        if (!(g->dirty >> reg & 1) && v > -0x8000 && v < 0x8000)
            return reg;
    }
    return NO_REG;
}

/* The register fields; marks what may change. */
static bool gen_registers(struct gen *g, bool memory)
{
    const struct diff_op *op = g->op;
    unsigned reg = diff_below(&g->rng, 16);
    unsigned rm = diff_below(&g->rng, op->how & OP_SEVEN ? 8 : 16);

    if (op->digit >= 0)
        reg = (unsigned)op->digit;
    else if (op->how & OP_BITS && memory)
        reg = gen_bit_offset(g);
    if (reg == NO_REG)
        return false;
    if (reg & 8)
        g->rex |= 0x44;
    g->modrm |= (uint8_t)((reg & 7) << 3);
    if (op->digit < 0 && !(op->how & OP_XREG))
        g->dirty |= 1u << reg | 1u << (reg & 3); /* AH to BH too */
    if (memory)
        return true;
    if (rm & 8)
        g->rex |= 0x41;
    g->modrm |= (uint8_t)(0xc0 | (rm & 7));
    if (!(op->how & OP_XRM))
        g->dirty |= 1u << rm | 1u << (rm & 3);
    return true;
}

/* A place for what follows a jump: not the instruction itself. */
static int64_t gen_jump(struct gen *g, unsigned bytes)
{
    uint64_t here = (uint64_t)(g->out - g->c->code);
    int64_t to = (int64_t)(here + bytes + 1 + diff_below(&g->rng, 90));

    if (diff_percent(&g->rng, 35) && g->c->code_at >= 100) /* before all of the code */
        to = -1 - (int64_t)diff_below(&g->rng, 30);
    to -= (int64_t)(here + bytes);
    if (bytes == 4 && diff_percent(&g->rng, 15))
        return (int64_t)DIFF_HOLE_VA - (DIFF_CODE_VA + g->c->code_at + (int64_t)here + 4);
    return to;
}

/* What an instruction wants to find where it reads: only these bits. */
static void gen_poke(struct gen *g, uint64_t at, uint64_t mask)
{
    for (unsigned i = 0; i < 8; i++)
        if (at + i >= DIFF_DATA_VA && at + i < DIFF_DATA_VA + DIFF_DATA_BYTES)
            g->c->data[at + i - DIFF_DATA_VA] &= (uint8_t)(mask >> (8 * i));
}

static void gen_pokes(struct gen *g, bool memory)
{
    uint32_t how = g->op->how;
    uint64_t rsp = g->c->in.gpr[DIFF_RSP];
    uint64_t mask =
        UINT64_C(0xffffffff00000000) |
        (diff_percent(&g->rng, 90) ? 0xffff : 0x8001ffff); /* reserved bits: #GP */

    if (how & OP_POKE_FLAGS)
        gen_poke(g, rsp, diff_percent(&g->rng, 85) ? 0xcd5 : 0x244dd5); /* AC ID NT TF */
    if (!memory || !g->ea_known)
        return;
    if (how & OP_POKE_MXCSR)
        gen_poke(g, g->ea, mask);
    if (how & OP_POKE_FX)
        gen_poke(g, g->ea + 24, mask);
}

static bool is_no_instruction(const struct diff_op *op)
{
    return strncmp(op->name, "bad", 3) == 0;
}

/* Does the instruction find what it needs in registers with known values? */
static bool gen_possible(const struct gen *g, const struct diff_op *op)
{
    uint32_t needs = 0;

    /* how long is what is no instruction? */
    if (is_no_instruction(op) && g->c->code_at > DIFF_PAGE + DIFF_PAGE / 2)
        return false;
    if (op->reads & g->undefined || (g->image && diff_op_has_image(op)))
        return false;
    needs |= op->how & OP_STACK ? 1u << DIFF_RSP : 0;
    needs |= op->how & OP_BP ? 1u << DIFF_RBP : 0;
    needs |= op->how & OP_SI ? 1u << DIFF_RSI : 0;
    needs |= op->how & OP_DI ? 1u << DIFF_RDI : 0;
    needs |= op->how & OP_XLAT ? 1u << DIFF_RBX : 0;
    needs |= op->how & OP_REP ? 1u << DIFF_RCX : 0;
    if (op->how & (OP_POKE_FLAGS | OP_POKE_MXCSR | OP_POKE_FX) && g->stored)
        return false;
    return (g->dirty & needs) == 0;
}

/* LOOPE and LOOPNE: some processors take the condition from the prefix. */
static bool rep_is_ignored(const struct diff_op *op)
{
    return op->map == 0 && op->prefix == 0 && op->code != 0x90 &&
           (op->code & ~1) != 0xe0 && !(op->how & OP_REP);
}

static void gen_prefixes(struct gen *g, bool memory, bool *word)
{
    const struct diff_op *op = g->op;
    struct diff_rng *rng = &g->rng;

    *word = (op->how & OP_O) && diff_percent(rng, 25);
    if (g->segment)
        gen_byte(g, 0x65);
    if (g->address32)
        gen_byte(g, 0x67);
    if (diff_percent(rng, op->how & OP_LOCK && memory ? 15 : 1))
        gen_byte(g, 0xf0); /* #UD if it makes no sense */
    if (rep_is_ignored(op) && diff_percent(rng, 1))
        gen_byte(g, diff_percent(rng, 50) ? 0xf3 : 0xf2);
    if (op->how & OP_REP && diff_percent(rng, 50))
        gen_byte(g, diff_percent(rng, 50) ? 0xf3 : 0xf2);
    if (*word)
        gen_byte(g, 0x66);
    if (op->prefix)
        gen_byte(g, op->prefix);
    if (op->how & OP_W && diff_percent(rng, 45))
        g->rex |= 0x48;
    if (diff_percent(rng, 2))
        gen_byte(g, 0x26 | diff_below(rng, 4) << 3); /* ES CS SS DS: ignored */
    if (diff_percent(rng, 8))
        g->rex |= 0x40;
    if (g->rex)
        gen_byte(g, 0x40 | g->rex);
    if (op->map)
        gen_byte(g, op->map);
}

static void gen_operands(struct gen *g, bool memory, bool word)
{
    unsigned imm = gen_imm_bytes(g, word);

    if (g->op->how & OP_MODRM)
        gen_byte(g, g->modrm);
    if (memory) {
        if (g->has_sib)
            gen_byte(g, g->sib);
        if (g->rip_relative) {
            uint64_t end =
                DIFF_CODE_VA + g->c->code_at + (uint64_t)(g->out - g->c->code) + 4 + imm;

            g->disp = (int32_t)(g->disp - (int64_t)end);
        }
        gen_bytes(g, (uint32_t)g->disp, g->disp_bytes);
    }
    if (g->op->how & OP_MOFFS)
        gen_bytes(g, gen_target(g), 8);
    gen_bytes(g, gen_imm(g), imm);
    if (g->op->how & OP_JUMP8)
        gen_bytes(g, (uint64_t)gen_jump(g, 1), 1);
    if (g->op->how & OP_JUMP32)
        gen_bytes(g, (uint64_t)gen_jump(g, 4), 4);
}

static unsigned gen_code_byte(struct gen *g)
{
    const struct diff_op *op = g->op;
    unsigned reg;

    if (op->how & OP_COND)
        return op->code + diff_below(&g->rng, 16);
    if (!(op->how & OP_PLUS))
        return op->code;
    reg = diff_below(&g->rng, 16);
    if (reg & 8)
        g->rex |= 0x41;
    g->dirty |= 1u << reg | 1u << (reg & 3);
    return op->code + (reg & 7);
}

static bool is_legacy_prefix(uint8_t b)
{
    return b == 0x66 || b == 0x67 || b == 0xf0 || b == 0xf2 || b == 0xf3 ||
           (b & 0xe7) == 0x26 || (b & 0xfe) == 0x64;
}

/* Prefixes that change nothing, put before the instruction that begins at `start`: a REX that
 * does not come last, segments.  More than 15 bytes are #GP. */
static void gen_padding(struct gen *g, uint8_t *start)
{
    size_t len = (size_t)(g->out - start);
    uint8_t pad[12];
    unsigned n = 0;

    if (g->rip_relative || g->op->how & (OP_JUMP8 | OP_JUMP32) ||
        start - g->c->code > 32 || is_no_instruction(g->op))
        return;
    if (is_legacy_prefix(*start) && diff_percent(&g->rng, 5))
        pad[n++] = (uint8_t)(0x40 | diff_below(&g->rng, 16));
    else if (diff_below(&g->rng, 300) == 0)
        for (unsigned want = 1 + diff_below(&g->rng, sizeof(pad)); n < want; n++)
            pad[n] = (uint8_t)(0x26 | diff_below(&g->rng, 4) << 3);
    memmove(start + n, start, len);
    memcpy(start, pad, n);
    g->out += n;
}

/* The x87's last instruction and operand, and MXCSR_MASK. */
static void gen_image(struct gen *g, bool word)
{
    uint64_t unspecified = word ? 0x3fc0 : 0xffff000;

    if (g->op->map)
        unspecified = 0xf0ffffc0;
    g->image = true;
    g->c->image_va = g->ea;
    g->c->image_unspecified = unspecified;
}

/* One instruction behind the others; false: it did not work out. */
static bool gen_insn(struct gen *g)
{
    const struct diff_op *op = g->op;
    bool memory = (op->how & OP_MODRM) && (op->how & OP_REG) != OP_REG &&
                  ((op->how & OP_MEM) == OP_MEM || diff_percent(&g->rng, 45));
    uint8_t *start = g->out;
    bool word;
    unsigned code;

    g->rex = g->modrm = g->sib = 0;
    g->has_sib = g->address32 = g->segment = g->rip_relative = g->ea_known = false;
    g->disp_bytes = 0;
    if (memory)
        gen_memory(g);
    if (op->how & OP_MODRM && !gen_registers(g, memory))
        return false;
    code = gen_code_byte(g);
    gen_prefixes(g, memory, &word);
    gen_byte(g, code);
    gen_operands(g, memory, word);
    gen_padding(g, start);
    gen_pokes(g, memory);
    g->dirty |= op->dirties;
    g->stored |= memory || (op->how & (OP_STACK | OP_DI | OP_MOFFS));
    g->undefined = (g->undefined & ~(uint32_t)op->writes) | op->undef;
    g->c->undefined_on_fault |= g->undefined;
    if (diff_op_has_image(op))
        gen_image(g, word);
    return true;
}

static void gen_gprs(struct gen *g)
{
    struct diff_rng *rng = &g->rng;
    uint64_t *r = g->c->in.gpr;

    for (unsigned i = 0; i < 16; i++) {
        bool string = i == DIFF_RSP || i == DIFF_RBP || i == DIFF_RSI || i == DIFF_RDI;

        if (diff_percent(rng, string ? 95 : 25)) {
            r[i] = DIFF_DATA_VA + diff_below(rng, DIFF_DATA_BYTES);
            if (diff_percent(rng, 75))
                r[i] &= ~UINT64_C(7);
        } else {
            r[i] = diff_edge_u64(rng);
        }
    }
    if (diff_percent(rng, 60))
        r[DIFF_RCX] = diff_below(rng, 40);
    if (diff_percent(rng, 40))
        r[DIFF_RDX] = 0;
    else if (diff_percent(rng, 20))
        r[DIFF_RDX] = (uint64_t)((int64_t)r[DIFF_RAX] >> 63);
}

static void gen_place(struct gen *g)
{
    struct diff_case *c = g->c;

    switch (diff_below(&g->rng, 16)) {
    case 0: /* ends are cut off */
        c->code_at = DIFF_CODE_BYTES - 1 - diff_below(&g->rng, 24);
        break;
    case 1:
        c->code_at = DIFF_PAGE - 1 - diff_below(&g->rng, 24);
        break;
    default:
        c->code_at = 256 + diff_below(&g->rng, DIFF_PAGE - 512);
        break;
    }
    c->in.rip = DIFF_CODE_VA + c->code_at;
}

static void gen_code(struct gen *g)
{
    struct diff_case *c = g->c;
    unsigned want =
        diff_percent(&g->rng, 60) ? 1 : 2 + diff_below(&g->rng, DIFF_INSNS_MAX - 1);

    g->out = c->code;
    for (unsigned tries = 0; c->insns < want && tries < 200; tries++) {
        const struct diff_op *op = urn.op[diff_below(&g->rng, urn.count)];

        if (!gen_possible(g, op))
            continue;
        g->op = op;
        if (!gen_insn(g))
            continue;
        c->ops[c->insns++] = op;
        if (op->how & OP_LAST || (diff_op_has_image(op) && op->digit % 6 == 0))
            break; /* nobody looks into an image that was stored */
    }
    c->undefined = g->undefined;
    c->code_bytes = (uint32_t)(g->out - c->code);
    if (c->code_at + c->code_bytes > DIFF_CODE_BYTES)
        c->code_bytes = DIFF_CODE_BYTES - c->code_at;
}

void diff_gen(struct diff_case *c, uint64_t seed, uint64_t number)
{
    struct gen g = {.c = c, .rng = {seed * UINT64_C(0xd1342543de82ef95) + number}};

    g.rng.s = diff_random(&g.rng);
    c->number = number;
    c->insns = 0;
    c->undefined = c->undefined_on_fault = 0;
    c->image_va = 0;
    c->gs_base = DIFF_DATA_VA + 0x100 * (seed % 8);
    diff_data_fill(&g.rng, c->data);
    diff_state_fpu(&g.rng, &c->in.fx);
    gen_gprs(&g);
    c->in.rflags = 0x202 | (diff_random(&g.rng) & DIFF_STATUS);
    if (diff_percent(&g.rng, 15))
        c->in.rflags |= DIFF_DF;
    if (diff_percent(&g.rng, 3))
        c->in.rflags |= DIFF_AC;
    gen_place(&g);
    gen_code(&g);
}
