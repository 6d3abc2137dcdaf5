/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One case of the differential test: a few instructions, the state that they start from, and
 * what came out on the processor and on the engine.
 *
 * Both sides see the same small address space: two pages of code, two of data, a read-only one,
 * and nothing around them.  Code that runs off its end meets INT3, so every case ends in a
 * trap.
 *
 * Owner:   main.c; the batch lies in memory shared with the child that runs the native side.
 * Context: one process each for the two sides.
 * Locking: a batch belongs to one side at a time; pipes hand it over.
 * Errors:  problems of the test itself end the program; differences are counted.
 */
#ifndef CLOUDOS_DIFF_X86_DIFF_H
#define CLOUDOS_DIFF_X86_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIFF_CODE_VA    0x10000000u
#define DIFF_CODE_BYTES 0x2000u
#define DIFF_DATA_VA    0x20000000u
#define DIFF_DATA_BYTES 0x2000u
#define DIFF_RO_VA      0x20010000u
#define DIFF_RO_BYTES   0x1000u
#define DIFF_HOLE_VA    0x20020000u /* nothing is mapped here */
#define DIFF_PAGE       0x1000u

#define DIFF_INSNS_MAX 6
#define DIFF_CODE_MAX  (DIFF_INSNS_MAX * 16 + 64)
#define DIFF_BATCH     64

enum { DIFF_RAX, DIFF_RCX, DIFF_RDX, DIFF_RBX, DIFF_RSP, DIFF_RBP, DIFF_RSI, DIFF_RDI };

#define DIFF_CF     0x1u
#define DIFF_PF     0x4u
#define DIFF_AF     0x10u
#define DIFF_ZF     0x40u
#define DIFF_SF     0x80u
#define DIFF_AC     0x40000u
#define DIFF_DF     0x400u
#define DIFF_OF     0x800u
#define DIFF_STATUS (DIFF_CF | DIFF_PF | DIFF_AF | DIFF_ZF | DIFF_SF | DIFF_OF)

/* The FXSAVE image, Intel SDM 1 10.5.1; registers of the x87 in the order ST(0)..ST(7). */
struct diff_fx {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t st[8][16];
    uint8_t xmm[16][16];
    uint8_t rest[96];
} __attribute__((aligned(16)));

struct diff_state {
    struct diff_fx fx;
    uint64_t gpr[16];
    uint64_t rip, rflags;
};

/* Exceptions by their vector, as in the manual. */
struct diff_outcome {
    struct diff_state state;
    uint32_t vector;
    uint32_t err;  /* of a page fault; of #MF and #XM the si_code */
    uint64_t addr; /* the same */
    uint8_t data[DIFF_DATA_BYTES];
};

struct diff_case {
    struct diff_state in;
    uint64_t gs_base;
    uint64_t number;
    uint32_t code_at; /* offset into the code pages */
    uint32_t code_bytes;
    uint32_t insns;
    uint32_t undefined;          /* flags that nobody may rely on at the end */
    uint32_t undefined_on_fault; /* the same if the case ends early */
    uint64_t image_va;           /* of an FPU image, 0: none */
    uint64_t image_unspecified;  /* its bytes that processors fill differently, a mask */
    const struct diff_op *ops[DIFF_INSNS_MAX];
    uint8_t code[DIFF_CODE_MAX];
    uint8_t data[DIFF_DATA_BYTES];
};

struct diff_batch {
    uint32_t count;
    uint32_t running; /* the case that the native side is at */
    struct diff_case cases[DIFF_BATCH];
    struct diff_outcome native[DIFF_BATCH];
};

/* ---- generator ---- */

struct diff_rng {
    uint64_t s;
};

static inline uint64_t diff_random(struct diff_rng *rng)
{
    uint64_t z = (rng->s += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint32_t diff_below(struct diff_rng *rng, uint32_t n)
{
    return (uint32_t)(((diff_random(rng) >> 32) * n) >> 32);
}

static inline bool diff_percent(struct diff_rng *rng, uint32_t n)
{
    return diff_below(rng, 100) < n;
}

/* Values of general registers, and a register image of the FPU, that tend to matter. */
uint64_t diff_edge_u64(struct diff_rng *rng);
void diff_state_fpu(struct diff_rng *rng, struct diff_fx *fx);
void diff_data_fill(struct diff_rng *rng, uint8_t *data);

/* Only tables and instructions whose names contain these ("" for all).  False: there are none. */
bool diff_gen_select(const char *group, const char *only);
void diff_gen(struct diff_case *c, uint64_t seed, uint64_t number);

/* ---- the two sides ---- */

/* Start the child; false: the host cannot do it. */
bool native_start(struct diff_batch **batch);
/* Let it run the batch; native_wait() returns false if the child died or hangs. */
void native_submit(void);
bool native_wait(void);
void native_stop(void);

void interp_start(void);
void interp_run(const struct diff_case *c, struct diff_outcome *out);
void interp_stop(void);

/* ---- verdict ---- */

/* NULL: the same; else what differs first. */
const char *diff_compare(const struct diff_case *c, const struct diff_outcome *native,
                         const struct diff_outcome *interp);
void diff_report(const struct diff_case *c, const struct diff_outcome *native,
                 const struct diff_outcome *interp, const char *what, const char *repeat);

#endif /* CLOUDOS_DIFF_X86_DIFF_H */
