/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Integer instructions, Intel SDM 2 appendix A; undefined flags as in the "Flags Affected"
 * paragraphs.  Left out: system calls, CPUID, RDTSC, what UMIP hosts emulate.
 */
#include "ops.h"

#define C   DIFF_CF
#define P   DIFF_PF
#define A   DIFF_AF
#define Z   DIFF_ZF
#define S   DIFF_SF
#define O   DIFF_OF
#define ALL DIFF_STATUS

#define RAX (1u << DIFF_RAX)
#define RCX (1u << DIFF_RCX)
#define RDX (1u << DIFF_RDX)
#define RSP (1u << DIFF_RSP)
#define RBP (1u << DIFF_RBP)
#define RSI (1u << DIFF_RSI)
#define RDI (1u << DIFF_RDI)

#define OP(name_, map_, code_, digit_, weight_, how_, ...)                               \
    {                                                                                    \
        .name = (name_), .map = (map_), .code = (code_), .digit = (digit_),              \
        .weight = (weight_), .how = (how_), __VA_ARGS__                                  \
    }

/* The eight of 00..3F: Eb,Gb Ev,Gv Gb,Eb Gv,Ev AL,Ib eAX,Iz, and group 1. */
#define ALU(n, code_, digit_, lock_, ...)                                                \
    OP(n, 0, (code_), -1, 3, OP_MODRM | (lock_), __VA_ARGS__),                           \
        OP(n, 0, (code_) + 1, -1, 6, OP_MODRM | OP_OW | (lock_), __VA_ARGS__),           \
        OP(n, 0, (code_) + 2, -1, 3, OP_MODRM, __VA_ARGS__),                             \
        OP(n, 0, (code_) + 3, -1, 6, OP_MODRM | OP_OW, __VA_ARGS__),                     \
        OP(n, 0, (code_) + 4, -1, 2, OP_IB, .dirties = RAX, __VA_ARGS__),                \
        OP(n, 0, (code_) + 5, -1, 2, OP_IZ | OP_OW, .dirties = RAX, __VA_ARGS__),        \
        OP(n, 0, 0x80, (digit_), 2, OP_MODRM | OP_IB | (lock_), __VA_ARGS__),            \
        OP(n, 0, 0x81, (digit_), 3, OP_MODRM | OP_IZ | OP_OW | (lock_), __VA_ARGS__),    \
        OP(n, 0, 0x83, (digit_), 4, OP_MODRM | OP_IB | OP_OW | (lock_), __VA_ARGS__)

/* C0 C1 D0 D1 D2 D3: by an immediate, by one, by cl. */
#define SHIFT(n, digit_, undef_, reads_)                                                 \
    OP(n, 0, 0xc0, (digit_), 2, OP_MODRM | OP_IB, .undef = (undef_) | O,                 \
       .reads = (reads_)),                                                               \
        OP(n, 0, 0xc1, (digit_), 3, OP_MODRM | OP_IB | OP_OW, .undef = (undef_) | O,     \
           .reads = (reads_)),                                                           \
        OP(n, 0, 0xd0, (digit_), 2, OP_MODRM, .undef = (undef_), .reads = (reads_),      \
           .writes = C | O),                                                             \
        OP(n, 0, 0xd1, (digit_), 3, OP_MODRM | OP_OW, .undef = (undef_),                 \
           .reads = (reads_), .writes = C | O),                                          \
        OP(n, 0, 0xd2, (digit_), 2, OP_MODRM, .undef = (undef_) | O, .reads = (reads_)), \
        OP(n, 0, 0xd3, (digit_), 3, OP_MODRM | OP_OW, .undef = (undef_) | O,             \
           .reads = (reads_))

#define BITS(n, code_, digit_, lock_)                                                    \
    OP(n, 0x0f, (code_), -1, 3, OP_MODRM | OP_OW | OP_BITS | (lock_),                    \
       .undef = O | S | A | P, .writes = C),                                             \
        OP(n, 0x0f, 0xba, (digit_), 3, OP_MODRM | OP_IB | OP_OW | (lock_),               \
           .undef = O | S | A | P, .writes = C)

/* Opcode `code_` for bytes and the next for larger operands. */
#define STRING(n, code_, how_, dirties_, ...)                                            \
    OP(n, 0, (code_), -1, 2, OP_REP | (how_), .dirties = (dirties_) | RCX, __VA_ARGS__), \
        OP(n, 0, (code_) + 1, -1, 3, OP_REP | OP_OW | (how_),                            \
           .dirties = (dirties_) | RCX, __VA_ARGS__)

static const struct diff_op integer[] = {
    ALU("add", 0x00, 0, OP_LOCK, .writes = ALL),
    ALU("or", 0x08, 1, OP_LOCK, .writes = ALL & ~A, .undef = A),
    ALU("adc", 0x10, 2, OP_LOCK, .writes = ALL, .reads = C),
    ALU("sbb", 0x18, 3, OP_LOCK, .writes = ALL, .reads = C),
    ALU("and", 0x20, 4, OP_LOCK, .writes = ALL & ~A, .undef = A),
    ALU("sub", 0x28, 5, OP_LOCK, .writes = ALL),
    ALU("xor", 0x30, 6, OP_LOCK, .writes = ALL & ~A, .undef = A),
    ALU("cmp", 0x38, 7, 0, .writes = ALL),
    OP("test", 0, 0x84, -1, 3, OP_MODRM, .writes = ALL & ~A, .undef = A),
    OP("test", 0, 0x85, -1, 5, OP_MODRM | OP_OW, .writes = ALL & ~A, .undef = A),
    OP("test", 0, 0xa8, -1, 2, OP_IB, .writes = ALL & ~A, .undef = A),
    OP("test", 0, 0xa9, -1, 2, OP_IZ | OP_OW, .writes = ALL & ~A, .undef = A),
    OP("test", 0, 0xf6, 0, 2, OP_MODRM | OP_IB, .writes = ALL & ~A, .undef = A),
    OP("test", 0, 0xf7, 0, 2, OP_MODRM | OP_IZ | OP_OW, .writes = ALL & ~A, .undef = A),
    OP("test1", 0, 0xf6, 1, 1, OP_MODRM | OP_IB, .writes = ALL & ~A, .undef = A),
    OP("not", 0, 0xf6, 2, 2, OP_MODRM | OP_LOCK),
    OP("not", 0, 0xf7, 2, 2, OP_MODRM | OP_OW | OP_LOCK),
    OP("neg", 0, 0xf6, 3, 3, OP_MODRM | OP_LOCK, .writes = ALL),
    OP("neg", 0, 0xf7, 3, 3, OP_MODRM | OP_OW | OP_LOCK, .writes = ALL),
    OP("mul", 0, 0xf6, 4, 3, OP_MODRM, .dirties = RAX, .undef = S | Z | A | P,
       .writes = C | O),
    OP("mul", 0, 0xf7, 4, 4, OP_MODRM | OP_OW, .dirties = RAX | RDX,
       .undef = S | Z | A | P, .writes = C | O),
    OP("imul", 0, 0xf6, 5, 3, OP_MODRM, .dirties = RAX, .undef = S | Z | A | P,
       .writes = C | O),
    OP("imul", 0, 0xf7, 5, 4, OP_MODRM | OP_OW, .dirties = RAX | RDX,
       .undef = S | Z | A | P, .writes = C | O),
    OP("imul2", 0x0f, 0xaf, -1, 5, OP_MODRM | OP_OW, .undef = S | Z | A | P,
       .writes = C | O),
    OP("imul3", 0, 0x69, -1, 3, OP_MODRM | OP_IZ | OP_OW, .undef = S | Z | A | P,
       .writes = C | O),
    OP("imul3", 0, 0x6b, -1, 3, OP_MODRM | OP_IB | OP_OW, .undef = S | Z | A | P,
       .writes = C | O),
    OP("div", 0, 0xf6, 6, 3, OP_MODRM, .dirties = RAX, .undef = ALL),
    OP("div", 0, 0xf7, 6, 5, OP_MODRM | OP_OW, .dirties = RAX | RDX, .undef = ALL),
    OP("idiv", 0, 0xf6, 7, 3, OP_MODRM, .dirties = RAX, .undef = ALL),
    OP("idiv", 0, 0xf7, 7, 5, OP_MODRM | OP_OW, .dirties = RAX | RDX, .undef = ALL),
    OP("inc", 0, 0xfe, 0, 2, OP_MODRM | OP_LOCK, .writes = ALL & ~C),
    OP("inc", 0, 0xff, 0, 3, OP_MODRM | OP_OW | OP_LOCK, .writes = ALL & ~C),
    OP("dec", 0, 0xfe, 1, 2, OP_MODRM | OP_LOCK, .writes = ALL & ~C),
    OP("dec", 0, 0xff, 1, 3, OP_MODRM | OP_OW | OP_LOCK, .writes = ALL & ~C),
    SHIFT("rol", 0, 0, 0),
    SHIFT("ror", 1, 0, 0),
    SHIFT("rcl", 2, 0, C),
    SHIFT("rcr", 3, 0, C),
    SHIFT("shl", 4, A, 0),
    SHIFT("shr", 5, A, 0),
    SHIFT("sal", 6, A, 0),
    SHIFT("sar", 7, A, 0),
    OP("shld", 0x0f, 0xa4, -1, 3, OP_MODRM | OP_IB | OP_OW, .undef = A | O),
    OP("shld", 0x0f, 0xa5, -1, 3, OP_MODRM | OP_OW, .undef = A | O),
    OP("shrd", 0x0f, 0xac, -1, 3, OP_MODRM | OP_IB | OP_OW, .undef = A | O),
    OP("shrd", 0x0f, 0xad, -1, 3, OP_MODRM | OP_OW, .undef = A | O),
    BITS("bt", 0xa3, 4, 0),
    BITS("bts", 0xab, 5, OP_LOCK),
    BITS("btr", 0xb3, 6, OP_LOCK),
    BITS("btc", 0xbb, 7, OP_LOCK),
    OP("bsf", 0x0f, 0xbc, -1, 3, OP_MODRM | OP_OW, .undef = ALL & ~Z, .writes = Z),
    OP("bsr", 0x0f, 0xbd, -1, 3, OP_MODRM | OP_OW, .undef = ALL & ~Z, .writes = Z),
    OP("bswap", 0x0f, 0xc8, -1, 3, OP_PLUS | OP_W),
    OP("mov", 0, 0x88, -1, 3, OP_MODRM),
    OP("mov", 0, 0x89, -1, 6, OP_MODRM | OP_OW),
    OP("mov", 0, 0x8a, -1, 3, OP_MODRM),
    OP("mov", 0, 0x8b, -1, 6, OP_MODRM | OP_OW),
    OP("mov", 0, 0xc6, 0, 2, OP_MODRM | OP_IB),
    OP("mov", 0, 0xc7, 0, 3, OP_MODRM | OP_IZ | OP_OW),
    OP("mov", 0, 0xb0, -1, 3, OP_PLUS | OP_IB),
    OP("mov", 0, 0xb8, -1, 4, OP_PLUS | OP_IV | OP_OW),
    OP("movabs", 0, 0xa0, -1, 1, OP_MOFFS, .dirties = RAX),
    OP("movabs", 0, 0xa1, -1, 2, OP_MOFFS | OP_OW, .dirties = RAX),
    OP("movabs", 0, 0xa2, -1, 1, OP_MOFFS),
    OP("movabs", 0, 0xa3, -1, 2, OP_MOFFS | OP_OW),
    OP("movsxd", 0, 0x63, -1, 4, OP_MODRM | OP_OW),
    OP("movzx", 0x0f, 0xb6, -1, 4, OP_MODRM | OP_OW),
    OP("movzx", 0x0f, 0xb7, -1, 4, OP_MODRM | OP_OW),
    OP("movsx", 0x0f, 0xbe, -1, 4, OP_MODRM | OP_OW),
    OP("movsx", 0x0f, 0xbf, -1, 4, OP_MODRM | OP_OW),
    OP("movnti", 0x0f, 0xc3, -1, 2, OP_MEM | OP_W),
    OP("lea", 0, 0x8d, -1, 6, OP_MEM | OP_OW),
    OP("xchg", 0, 0x86, -1, 3, OP_MODRM | OP_LOCK),
    OP("xchg", 0, 0x87, -1, 4, OP_MODRM | OP_OW | OP_LOCK),
    OP("xchg", 0, 0x90, -1, 3, OP_PLUS | OP_OW, .dirties = RAX),
    OP("xadd", 0x0f, 0xc0, -1, 3, OP_MODRM | OP_LOCK, .writes = ALL),
    OP("xadd", 0x0f, 0xc1, -1, 3, OP_MODRM | OP_OW | OP_LOCK, .writes = ALL),
    OP("cmpxchg", 0x0f, 0xb0, -1, 3, OP_MODRM | OP_LOCK, .writes = ALL, .dirties = RAX),
    OP("cmpxchg", 0x0f, 0xb1, -1, 4, OP_MODRM | OP_OW | OP_LOCK, .writes = ALL,
       .dirties = RAX),
    OP("cmpxchg8b", 0x0f, 0xc7, 1, 3, OP_MEM | OP_LOCK, .writes = Z,
       .dirties = RAX | RDX),
    OP("cmov", 0x0f, 0x40, -1, 12, OP_MODRM | OP_OW | OP_COND, .reads = ALL),
    OP("set", 0x0f, 0x90, -1, 12, OP_MODRM | OP_COND, .reads = ALL),
    OP("jcc", 0, 0x70, -1, 14, OP_JUMP8 | OP_COND | OP_LAST, .reads = ALL),
    OP("jcc", 0x0f, 0x80, -1, 12, OP_JUMP32 | OP_COND | OP_LAST, .reads = ALL),
    OP("jmp", 0, 0xeb, -1, 2, OP_JUMP8 | OP_LAST),
    OP("jmp", 0, 0xe9, -1, 2, OP_JUMP32 | OP_LAST),
    OP("call", 0, 0xe8, -1, 3, OP_JUMP32 | OP_STACK | OP_LAST),
    OP("jmp", 0, 0xff, 4, 2, OP_MODRM | OP_LAST),
    OP("call", 0, 0xff, 2, 2, OP_MODRM | OP_STACK | OP_LAST),
    OP("ret", 0, 0xc3, -1, 2, OP_STACK | OP_LAST),
    OP("ret", 0, 0xc2, -1, 2, OP_STACK | OP_IW | OP_LAST),
    OP("loopne", 0, 0xe0, -1, 2, OP_JUMP8 | OP_LAST, .reads = ALL),
    OP("loope", 0, 0xe1, -1, 2, OP_JUMP8 | OP_LAST, .reads = ALL),
    OP("loop", 0, 0xe2, -1, 2, OP_JUMP8 | OP_LAST),
    OP("jrcxz", 0, 0xe3, -1, 2, OP_JUMP8 | OP_LAST),
    OP("push", 0, 0x50, -1, 4, OP_PLUS | OP_O | OP_STACK, .dirties = RSP),
    OP("pop", 0, 0x58, -1, 4, OP_PLUS | OP_O | OP_STACK, .dirties = RSP),
    OP("push", 0, 0x68, -1, 2, OP_IZ | OP_O | OP_STACK, .dirties = RSP),
    OP("push", 0, 0x6a, -1, 2, OP_IB | OP_O | OP_STACK, .dirties = RSP),
    OP("push", 0, 0xff, 6, 3, OP_MODRM | OP_O | OP_STACK, .dirties = RSP),
    OP("pop", 0, 0x8f, 0, 3, OP_MODRM | OP_O | OP_STACK, .dirties = RSP),
    OP("pushf", 0, 0x9c, -1, 2, OP_O | OP_STACK, .reads = ALL, .dirties = RSP),
    OP("popf", 0, 0x9d, -1, 2, OP_O | OP_STACK | OP_POKE_FLAGS, .writes = ALL,
       .dirties = RSP),
    OP("enter", 0, 0xc8, -1, 2, OP_O | OP_IW | OP_IB | OP_STACK | OP_BP,
       .dirties = RSP | RBP),
    OP("leave", 0, 0xc9, -1, 2, OP_O | OP_BP, .dirties = RSP | RBP),
    OP("cbw", 0, 0x98, -1, 3, OP_OW, .dirties = RAX),
    OP("cwd", 0, 0x99, -1, 3, OP_OW, .dirties = RDX),
    OP("lahf", 0, 0x9f, -1, 2, 0, .reads = ALL & ~O, .dirties = RAX),
    OP("sahf", 0, 0x9e, -1, 2, 0, .writes = ALL & ~O),
    OP("cmc", 0, 0xf5, -1, 1, 0, .reads = C, .writes = C),
    OP("clc", 0, 0xf8, -1, 1, 0, .writes = C),
    OP("stc", 0, 0xf9, -1, 1, 0, .writes = C),
    OP("cld", 0, 0xfc, -1, 1, 0),
    OP("std", 0, 0xfd, -1, 1, 0),
    OP("xlat", 0, 0xd7, -1, 2, OP_XLAT, .dirties = RAX),
    STRING("movs", 0xa4, OP_SI | OP_DI, RSI | RDI),
    STRING("cmps", 0xa6, OP_SI | OP_DI, RSI | RDI),
    STRING("stos", 0xaa, OP_DI, RDI),
    STRING("lods", 0xac, OP_SI, RSI | RAX),
    STRING("scas", 0xae, OP_DI, RDI),
    OP("nop", 0x0f, 0x1f, -1, 2, OP_MODRM | OP_OW),
    OP("int3", 0, 0xcc, -1, 1, 0),
    OP("hlt", 0, 0xf4, -1, 1, 0),
    OP("cli", 0, 0xfa, -1, 1, 0),
    OP("in", 0, 0xec, -1, 1, 0),
    OP("out", 0, 0xe6, -1, 1, OP_IB),
    OP("int", 0, 0xcd, -1, 1, OP_IB),
    OP("ud2", 0x0f, 0x0b, -1, 1, 0),
    OP("push_es", 0, 0x06, -1, 1, 0),
    OP("daa", 0, 0x27, -1, 1, 0),
    OP("pusha", 0, 0x60, -1, 1, 0),
    OP("bad_82", 0, 0x82, -1, 1, OP_MODRM | OP_IB),
    OP("bad_fe", 0, 0xfe, 2, 1, OP_MODRM),
    OP("bad_c6", 0, 0xc6, 1, 1, OP_MODRM | OP_IB),
    OP("bad_ba", 0x0f, 0xba, 0, 1, OP_MODRM | OP_IB),
};

const struct diff_table diff_integer = {"integer", integer,
                                        sizeof(integer) / sizeof(integer[0])};
