/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opcode maps as data: one row for each instruction, in tables next to its handlers.
 *
 * Owner:   hostsim/user/sim; rows are constant, rows.c lists the tables.
 * Context: any.
 * Locking: none.
 * Errors:  an opcode without a row is #UD; two rows for one encoding stop the engine at start.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_ROW_H
#define CLOUDOS_HOSTSIM_USER_SIM_ROW_H

#include "hostsim/user/sim/insn.h"

enum sim_map { SIM_MAP_1, SIM_MAP_0F };

/* Mandatory prefix of a row: none, the one, or any (then 66 means operand size). */
enum sim_prefix { SIM_NP, SIM_66, SIM_F3, SIM_F2, SIM_ANYP };

#define SIM_ANY 0xff

/* Form: how the decoder fills the instruction's fields. */
enum {
    SIM_MODRM = 1, /* has a ModRM byte; rows below imply it where they name ext or rm */
    SIM_REG_OTHER = 2, /* ModRM.reg is no general register: XMM, MMX, segment */
    SIM_RM_OTHER = 4,  /* nor is ModRM.rm, as a register */
    SIM_BYTE = 8,      /* operands are bytes */
    SIM_W = 0x10,      /* operand size 4, with REX.W 8; a 66 is not looked at */
    SIM_D64 = 0x20,    /* operand size 8, with 66 prefix 2 */
    SIM_F64 = 0x40,    /* operand size 8 always */
    SIM_IMM8 = 0x80,   /* immediate: one byte, sign-extended */
    SIM_IMMZ = 0x100,  /* 2 or 4 bytes, sign-extended */
    SIM_IMMV = 0x200,  /* 2, 4 or 8 bytes: mov r, imm */
    SIM_IMM16 = 0x400, /* 2 bytes: ret */
    SIM_MOFFS = 0x800, /* an 8-byte address follows the opcode */
    SIM_REL8 = 0x1000, /* branch targets, made absolute */
    SIM_REL32 = 0x2000,
    SIM_OPREG = 0x4000, /* the low three bits of the opcode are the register, in rm */
    SIM_ACC = 0x8000,   /* rm is rAX, without ModRM */
    SIM_SWAP = 0x10000, /* register form: exchange reg and rm, the destination is rm */
    SIM_END = 0x20000,  /* ends the block */
    SIM_REP = 0x40000,  /* takes F2/F3 as REP; otherwise they are ignored */
    SIM_COND = 0x80000, /* the low four bits of the opcode are a condition */
    SIM_RM_BYTE = 0x100000,  /* rm is a byte, reg has the operand size: movzx */
    SIM_REG_BYTE = 0x200000, /* the other way round */
    SIM_STACK = 0x400000,    /* pop to memory: rsp counts as already incremented */
    SIM_LOCKS = 0x800000,    /* a lock prefix before a memory operand changes nothing */
    SIM_IMPLIED =
        0x1000000, /* string: base becomes the segment of rsi, scale is 1 with 67 */
};

/* What the instruction does to the status flags, for the conditions that follow it. */
enum sim_row_cc {
    SIM_SETS_NONE,
    SIM_SETS_SUB,   /* kind SIM_CC_SUB without borrow: comparisons look at a and b */
    SIM_SETS_LOGIC, /* kind SIM_CC_LOGIC */
    SIM_SETS_RES,   /* any kind with ZF, SF from res */
    SIM_SETS_ANY,
};

/* Handlers by operand size: 1, 2, 4, 8 bytes; NULL is #UD. */
typedef sim_op *const sim_ops[4];

struct sim_row {
    const char *name;
    uint8_t map;
    uint8_t opcode; /* the first of `count` */
    uint8_t count;
    uint8_t prefix; /* enum sim_prefix */
    uint8_t ext;    /* ModRM.reg, or SIM_ANY */
    uint8_t rm;     /* ModRM.rm of a register form, or SIM_ANY */
    uint8_t sets;   /* enum sim_row_cc */
    uint32_t form;
    /* Register form (or no ModRM), memory form, memory with lock prefix; NULL is #UD. */
    sim_op *const *reg, *const *mem, *const *lock;
};

/* A table of one handler for all sizes, for rows that do not tell sizes apart. */
#define SIM_ONE(op)                                                                      \
    ((sim_op *const[4]){sim_op_##op, sim_op_##op, sim_op_##op, sim_op_##op})
/* SIM_W rows with handlers for 4 and 8 bytes. */
#define SIM_TWO(op32, op64) ((sim_op *const[4]){NULL, NULL, sim_op_##op32, sim_op_##op64})
/* Handlers named op_8, op_16, op_32, op_64; and without the byte form. */
#define SIM_SIZES(op)                                                                    \
    ((sim_op *const[4]){sim_op_##op##_8, sim_op_##op##_16, sim_op_##op##_32,             \
                        sim_op_##op##_64})
#define SIM_WORDS(op)                                                                    \
    ((sim_op *const[4]){NULL, sim_op_##op##_16, sim_op_##op##_32, sim_op_##op##_64})

/*
 * An SSE row: 0F `code` with mandatory prefix; handlers name_r and name_m, xmm registers in
 * reg and rm.  `more` adds form bits (SIM_IMM8, or SIM_W with REG/RM classes of its own in a
 * row written out).
 */
#define SIM_SSE(name_, prefix_, code_, more_)                                            \
    {                                                                                    \
        .name = #name_, .map = SIM_MAP_0F, .opcode = (code_), .count = 1,                \
        .prefix = (prefix_), .ext = SIM_ANY, .rm = SIM_ANY, .sets = SIM_SETS_NONE,       \
        .form = SIM_MODRM | SIM_REG_OTHER | SIM_RM_OTHER | (more_),                      \
        .reg = SIM_ONE(name_##_r), .mem = SIM_ONE(name_##_m),                            \
    }

struct sim_table {
    const struct sim_row *rows;
    size_t count;
};

/* At the end of a file with handlers: SIM_TABLE(sse_move, rows_of_the_file), and a line in
 * tables.h. */
#define SIM_TABLE(name_, rows_)                                                          \
    const struct sim_table sim_table_##name_ = {                                         \
        (rows_),                                                                         \
        sizeof(rows_) / sizeof((rows_)[0]),                                              \
    }

/* Build the index.  False: two rows claim one encoding (named in `why`). */
bool sim_rows_index(const char **why);
/* The row of an encoding, NULL: none.  `prefix` is NP, 66, F3 or F2. */
const struct sim_row *sim_row_find(enum sim_map map, uint8_t opcode,
                                   enum sim_prefix prefix, uint8_t modrm);
/* Does any row of this opcode have a ModRM byte? */
bool sim_row_has_modrm(enum sim_map map, uint8_t opcode, enum sim_prefix prefix);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_ROW_H */
