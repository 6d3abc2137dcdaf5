/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instructions to try, as data.
 *
 * Owner:   the tables are constant.
 * Context: gen.c.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_DIFF_X86_OPS_H
#define CLOUDOS_DIFF_X86_OPS_H

#include "diff.h"

/* How an instruction is put together. */
enum {
    OP_MODRM = 0x1,
    OP_MEM = 0x2 | OP_MODRM, /* memory operand only */
    OP_REG = 0x4 | OP_MODRM, /* register operand only */
    OP_IB = 0x8,             /* immediates: byte, 2 or 4 bytes, 2 to 8 bytes, word */
    OP_IZ = 0x10,
    OP_IV = 0x20,
    OP_IW = 0x40,
    OP_O = 0x80,       /* 66 makes it a word */
    OP_W = 0x100,      /* REX.W makes it 64 bits */
    OP_LOCK = 0x200,   /* takes a lock prefix with a memory operand */
    OP_REP = 0x400,    /* takes F2 and F3 */
    OP_PLUS = 0x800,   /* register in the opcode */
    OP_STACK = 0x1000, /* reads or writes at rsp */
    OP_SI = 0x2000,    /* at rsi, rdi */
    OP_DI = 0x4000,
    OP_JUMP8 = 0x8000, /* relative target */
    OP_JUMP32 = 0x10000,
    OP_MOFFS = 0x20000,
    OP_ALIGNED = 0x40000,     /* 16-byte operand that must be aligned */
    OP_XREG = 0x80000,        /* ModRM.reg is no general register */
    OP_XRM = 0x100000,        /* nor ModRM.rm */
    OP_BITS = 0x200000,       /* bit offset in reg reaches beyond the operand */
    OP_BP = 0x400000,         /* at rbp */
    OP_POKE_MXCSR = 0x800000, /* wants sane data at its operand */
    OP_POKE_FX = 0x1000000,
    OP_POKE_FLAGS = 0x2000000,
    OP_XLAT = 0x4000000,
    OP_COND = 0x8000000,   /* 16 opcodes */
    OP_SEVEN = 0x10000000, /* ModRM is /0 to /7 as a register of eight, REX has no say */
    OP_LAST = 0x20000000,  /* nothing can follow */
    OP_CX = 0x40000000,    /* counts in rcx */
};

#define OP_OW   (OP_O | OP_W)
#define OP_ALL4 0xf /* prefixes: bit 0 none, 1: 66, 2: F3, 3: F2 */

struct diff_op {
    const char *name;
    uint8_t prefix; /* mandatory: 0, 66, F2, F3 */
    uint8_t map;    /* 0, or 0x0f */
    uint8_t code;
    int8_t digit; /* ModRM.reg, or -1 */
    uint8_t weight;
    uint16_t undef, reads, writes; /* status flags */
    uint16_t dirties;              /* general registers, besides those in ModRM */
    uint32_t how;
};

/* FXSAVE, FNSAVE, FNSTENV and their opposites; a case has at most one of them. */
static inline bool diff_op_has_image(const struct diff_op *op)
{
    return ((op->code == 0xd9 || op->code == 0xdd) && (op->digit & ~2) == 4 &&
            (op->how & OP_MEM) == OP_MEM) ||
           (op->map == 0x0f && op->code == 0xae && op->digit < 2);
}

struct diff_table {
    const char *name;
    const struct diff_op *ops;
    size_t count;
};

extern const struct diff_table diff_integer, diff_sse, diff_x87;

#endif /* CLOUDOS_DIFF_X86_OPS_H */
