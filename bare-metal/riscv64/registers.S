/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of registers, for the other assembly files to include: `op` is sd or ld. */

/* What a call preserves, at sp. */
#define SAVED 112 /* ra, s0 .. s11, and 8 for the alignment */
.macro SAVED_ALL op
    \op     ra, 0(sp)
    \op     s0, 8(sp)
    \op     s1, 16(sp)
    \op     s2, 24(sp)
    \op     s3, 32(sp)
    \op     s4, 40(sp)
    \op     s5, 48(sp)
    \op     s6, 56(sp)
    \op     s7, 64(sp)
    \op     s8, 72(sp)
    \op     s9, 80(sp)
    \op     s10, 88(sp)
    \op     s11, 96(sp)
.endm

/* All but sp, tp, a0 and pc, in the order of struct user_regs. */
.macro REGISTERS op, base
    \op     ra, 8(\base)
    \op     gp, 24(\base)
    \op     t0, 40(\base)
    \op     t1, 48(\base)
    \op     t2, 56(\base)
    \op     s0, 64(\base)
    \op     s1, 72(\base)
    \op     a1, 88(\base)
    \op     a2, 96(\base)
    \op     a3, 104(\base)
    \op     a4, 112(\base)
    \op     a5, 120(\base)
    \op     a6, 128(\base)
    \op     a7, 136(\base)
    \op     s2, 144(\base)
    \op     s3, 152(\base)
    \op     s4, 160(\base)
    \op     s5, 168(\base)
    \op     s6, 176(\base)
    \op     s7, 184(\base)
    \op     s8, 192(\base)
    \op     s9, 200(\base)
    \op     s10, 208(\base)
    \op     s11, 216(\base)
    \op     t3, 224(\base)
    \op     t4, 232(\base)
    \op     t5, 240(\base)
    \op     t6, 248(\base)
.endm
