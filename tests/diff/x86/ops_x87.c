/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x87: D8..DF with every ModRM byte but those of FISTTP (SSE3) and of the administrative
 * aliases that processors disagree on.  Intel SDM 2 appendix A.5.
 */
#include "ops.h"

#define ALL DIFF_STATUS

#define OP(code_, digit_, weight_, how_, ...)                                            \
    {                                                                                    \
        .name = "x87_" #code_ "_" #digit_, .code = 0x##code_, .digit = (digit_),         \
        .weight = (weight_), .how = (how_) | OP_XREG | OP_XRM, __VA_ARGS__               \
    }
#define EIGHT(code_, how_)                                                               \
    OP(code_, 0, 3, how_), OP(code_, 1, 3, how_), OP(code_, 2, 3, how_),                 \
        OP(code_, 3, 3, how_), OP(code_, 4, 3, how_), OP(code_, 5, 3, how_),             \
        OP(code_, 6, 3, how_), OP(code_, 7, 3, how_)
#define R (OP_REG | OP_SEVEN)

static const struct diff_op x87[] = {
    EIGHT(d8, OP_MEM),
    EIGHT(d8, R),
    OP(d9, 0, 4, OP_MEM),
    OP(d9, 2, 3, OP_MEM),
    OP(d9, 3, 3, OP_MEM),
    OP(d9, 4, 3, OP_MEM | OP_O),
    OP(d9, 5, 4, OP_MEM),
    OP(d9, 6, 3, OP_MEM | OP_O),
    OP(d9, 7, 4, OP_MEM),
    OP(d9, 0, 4, R),
    OP(d9, 1, 3, R),
    OP(d9, 2, 2, R),
    OP(d9, 4, 8, R),
    OP(d9, 5, 8, R),
    OP(d9, 6, 14, R),
    OP(d9, 7, 14, R),
    EIGHT(da, OP_MEM),
    OP(da, 0, 2, R, .reads = ALL),
    OP(da, 1, 2, R, .reads = ALL),
    OP(da, 2, 2, R, .reads = ALL),
    OP(da, 3, 2, R, .reads = ALL),
    OP(da, 5, 2, R),
    OP(db, 0, 4, OP_MEM),
    OP(db, 2, 3, OP_MEM),
    OP(db, 3, 3, OP_MEM),
    OP(db, 5, 6, OP_MEM),
    OP(db, 7, 6, OP_MEM),
    OP(db, 0, 2, R, .reads = ALL),
    OP(db, 1, 2, R, .reads = ALL),
    OP(db, 2, 2, R, .reads = ALL),
    OP(db, 3, 2, R, .reads = ALL),
    OP(db, 4, 2, R),
    OP(db, 5, 4, R, .writes = DIFF_CF | DIFF_PF | DIFF_ZF),
    OP(db, 6, 4, R, .writes = DIFF_CF | DIFF_PF | DIFF_ZF),
    EIGHT(dc, OP_MEM),
    EIGHT(dc, R),
    OP(dd, 0, 6, OP_MEM),
    OP(dd, 2, 3, OP_MEM),
    OP(dd, 3, 3, OP_MEM),
    OP(dd, 4, 3, OP_MEM | OP_O),
    OP(dd, 6, 3, OP_MEM | OP_O),
    OP(dd, 7, 3, OP_MEM),
    OP(dd, 0, 2, R),
    OP(dd, 2, 3, R),
    OP(dd, 3, 3, R),
    OP(dd, 4, 3, R),
    OP(dd, 5, 3, R),
    EIGHT(de, OP_MEM),
    OP(de, 0, 3, R),
    OP(de, 1, 3, R),
    OP(de, 3, 2, R),
    OP(de, 4, 3, R),
    OP(de, 5, 3, R),
    OP(de, 6, 3, R),
    OP(de, 7, 3, R),
    OP(df, 0, 3, OP_MEM),
    OP(df, 2, 3, OP_MEM),
    OP(df, 3, 3, OP_MEM),
    OP(df, 4, 4, OP_MEM),
    OP(df, 5, 3, OP_MEM),
    OP(df, 6, 4, OP_MEM),
    OP(df, 7, 3, OP_MEM),
    OP(df, 4, 2, R, .dirties = 1u << DIFF_RAX),
    OP(df, 5, 3, R, .writes = DIFF_CF | DIFF_PF | DIFF_ZF),
    OP(df, 6, 3, R, .writes = DIFF_CF | DIFF_PF | DIFF_ZF),
    {.name = "fwait", .code = 0x9b, .digit = -1, .weight = 4},
};

const struct diff_table diff_x87 = {"x87", x87, sizeof(x87) / sizeof(x87[0])};
