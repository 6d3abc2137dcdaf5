/* SPDX-License-Identifier: BSD-2-Clause */
/* Register, memory and FPU contents: random, but often close to where results change. */
#include <string.h>

#include "diff.h"

static const uint64_t edges[] = {
    0,
    1,
    2,
    7,
    8,
    15,
    16,
    31,
    32,
    33,
    63,
    64,
    65,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    UINT64_C(0x100000000),
    UINT64_C(0x7fffffffffffffff),
    UINT64_C(0x8000000000000000),
    UINT64_C(0xffffffff80000000),
    UINT64_C(0xfffffffffffffffe),
    UINT64_MAX,
    UINT64_C(0x0101010101010101),
    UINT64_C(0x8000800080008000),
    UINT64_C(0x7fff80007fff8000),
};

static const uint64_t doubles[] = {
    0,
    UINT64_C(0x8000000000000000),
    UINT64_C(0x3ff0000000000000),
    UINT64_C(0xbff0000000000000),
    UINT64_C(0x4000000000000000),
    UINT64_C(0x3fe0000000000000),
    UINT64_C(0x7ff0000000000000),
    UINT64_C(0xfff0000000000000),
    UINT64_C(0x7ff8000000000000),
    UINT64_C(0xfff8000000000000),
    UINT64_C(0x7ff0000000000001),
    UINT64_C(0xfff7ffffffffffff),
    UINT64_C(0x7fefffffffffffff),
    UINT64_C(0xffefffffffffffff),
    UINT64_C(0x0010000000000000),
    UINT64_C(0x800fffffffffffff),
    UINT64_C(0x0000000000000001),
    UINT64_C(0x41dfffffffc00000),
    UINT64_C(0x41e0000000000000),
    UINT64_C(0xc1e0000000200000),
    UINT64_C(0x43e0000000000000),
    UINT64_C(0xc3e0000000000000),
    UINT64_C(0x47efffffe0000000),
    UINT64_C(0x3810000000000000),
    UINT64_C(0x36a0000000000000),
    UINT64_C(0x3ff8000000000000),
};

static const uint32_t singles[] = {
    0,          0x80000000, 0x3f800000, 0xbf800000, 0x40000000, 0x3f000000,
    0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0xffbfffff,
    0x7f7fffff, 0xff7fffff, 0x00800000, 0x807fffff, 0x00000001, 0x4effffff,
    0x4f000000, 0xcf000001, 0x5f000000, 0x3fc00000, 0x40490fdb, 0x34000000,
};

#define PICK(rng, table) (table)[diff_below((rng), sizeof(table) / sizeof((table)[0]))]

static uint64_t edge_integer(struct diff_rng *rng)
{
    uint64_t v = diff_random(rng);

    switch (diff_below(rng, 8)) {
    case 0:
    case 1:
        return v;
    case 2:
        return (uint64_t)(int64_t)(int32_t)v;
    case 3:
        return v & 0xff;
    case 4:
        return v >> diff_below(rng, 64);
    default:
        return PICK(rng, edges);
    }
}

/* But not where the test's own program lies (x86.cmake). */
uint64_t diff_edge_u64(struct diff_rng *rng)
{
    uint64_t v = edge_integer(rng);

    return v >> 24 == 0x6e ? ~v : v;
}

static uint64_t edge_double(struct diff_rng *rng)
{
    uint64_t v = diff_random(rng);

    switch (diff_below(rng, 6)) {
    case 0:
        return v;
    case 1: /* of ordinary size */
        return (v & UINT64_C(0x800fffffffffffff)) | (1000 + (v >> 52) % 50) << 52;
    case 2: /* few bits, so that results are exact */
        return (v & UINT64_C(0x800f000000000000)) | (1000 + (v >> 52) % 50) << 52;
    case 3: /* close to the smallest numbers */
        return (v & UINT64_C(0x800fffffffffffff)) | ((v >> 52) % 60) << 52;
    default:
        return PICK(rng, doubles);
    }
}

static uint32_t edge_single(struct diff_rng *rng)
{
    uint32_t v = (uint32_t)diff_random(rng);

    switch (diff_below(rng, 6)) {
    case 0:
        return v;
    case 1:
        return (v & 0x807fffff) | (117 + (v >> 23) % 20) << 23;
    case 2:
        return (v & 0x80700000) | (117 + (v >> 23) % 20) << 23;
    case 3:
        return (v & 0x807fffff) | ((v >> 23) % 30) << 23;
    default:
        return PICK(rng, singles);
    }
}

static void edge_xmm(struct diff_rng *rng, uint8_t *at)
{
    uint64_t v[2];
    uint32_t w[4];

    switch (diff_below(rng, 3)) {
    case 0:
        v[0] = edge_double(rng);
        v[1] = edge_double(rng);
        memcpy(at, v, 16);
        break;
    case 1:
        for (unsigned i = 0; i < 4; i++)
            w[i] = edge_single(rng);
        memcpy(at, w, 16);
        break;
    default:
        v[0] = diff_edge_u64(rng);
        v[1] = diff_edge_u64(rng);
        memcpy(at, v, 16);
        break;
    }
}

/* An 80-bit number: every class there is, invalid encodings too. */
static void edge_extended(struct diff_rng *rng, uint8_t *at)
{
    uint64_t mant = diff_random(rng), e = diff_random(rng);
    uint16_t exp = (uint16_t)(0x3fff - 40 + e % 80);

    switch (diff_below(rng, 12)) {
    case 0:
        mant = 0;
        exp = 0;
        break;
    case 1:
        mant = UINT64_C(1) << 63;
        exp = 0x7fff;
        break;
    case 2:
        exp = 0x7fff;
        break;
    case 3:
        exp = 0;
        break;
    case 4:
        mant = UINT64_C(1) << 63;
        exp = 0x3fff;
        break;
    case 5:
        exp = (uint16_t)(e % 0x7fff);
        mant |= UINT64_C(1) << 63;
        break;
    case 6:
        exp = (uint16_t)e;
        break;
    case 7: /* an integer */
        mant = (mant | UINT64_C(1) << 63) & ~(UINT64_MAX >> (e % 64));
        exp = (uint16_t)(0x3fff + e % 64);
        break;
    case 8:
        exp = (uint16_t)((e & 1) ? e % 70 : 0x7ffe - e % 70);
        mant |= UINT64_C(1) << 63;
        break;
    default:
        mant |= UINT64_C(1) << 63;
        break;
    }
    exp = (uint16_t)((exp & 0x7fff) | (e >> 48 & 0x8000));
    memcpy(at, &mant, 8);
    memcpy(at + 8, &exp, 2);
    memset(at + 10, 0, 6);
}

void diff_state_fpu(struct diff_rng *rng, struct diff_fx *fx)
{
    uint32_t v = (uint32_t)diff_random(rng);

    memset(fx, 0, sizeof(*fx));
    fx->fcw = diff_percent(rng, 50) ? 0x37f : (uint16_t)((v & 0xf00) | 0x7f);
    if (diff_percent(rng, 20))
        fx->fcw = (uint16_t)((v & 0x0f3f) | 0x40);
    fx->fsw = diff_percent(rng, 60) ? 0 : (uint16_t)(v >> 16 & 0x7f7f);
    fx->fsw &= (uint16_t)~0x3800;
    fx->fsw |= (uint16_t)(diff_percent(rng, 40) ? 0 : diff_random(rng) & 0x3800);
    if (diff_percent(rng, 90)) /* nothing pending */
        fx->fsw &= (uint16_t) ~(~fx->fcw & 0x3f);
    if (fx->fsw & ~fx->fcw & 0x3f)
        fx->fsw |= 0x8080;
    v = (uint32_t)diff_random(rng);
    fx->ftw = diff_percent(rng, 60) ? 0xff : (uint8_t)(diff_percent(rng, 20) ? 0 : v);
    v = (uint32_t)diff_random(rng);
    fx->mxcsr = diff_percent(rng, 50) ? 0x1f80 : (v & 0xe07f) | 0x1f80;
    if (diff_percent(rng, 12))
        fx->mxcsr = v & 0xffff;
    fx->mxcsr_mask = 0xffff;
    for (unsigned i = 0; i < 8; i++)
        edge_extended(rng, fx->st[i]);
    for (unsigned i = 0; i < 16; i++)
        edge_xmm(rng, fx->xmm[i]);
}

/* Memory starts as a piece of this, the same for all cases. */
#define POOL_BYTES 65536u
static uint8_t pool[POOL_BYTES] __attribute__((aligned(16)));

static void pool_fill(struct diff_rng *rng, uint8_t *data)
{
    uint64_t *at = (uint64_t *)data;

    for (unsigned i = 0; i < POOL_BYTES / 8; i += 8) {
        uint64_t v = diff_random(rng);

        for (unsigned j = 0; j < 8; j++)
            at[i + j] = v * (2 * j + 1) ^ v >> j;
    }
    for (unsigned i = 0; i < POOL_BYTES / 40; i++) {
        uint8_t value[16];

        edge_xmm(rng, value);
        memcpy(data + diff_below(rng, POOL_BYTES / 16) * 16, value, 16);
    }
    for (unsigned i = 0; i < POOL_BYTES / 160; i++) {
        uint8_t value[16];

        edge_extended(rng, value);
        memcpy(data + diff_below(rng, POOL_BYTES / 16) * 16, value, 10);
    }
}

void diff_data_fill(struct diff_rng *rng, uint8_t *data)
{
    struct diff_rng fixed = {1};

    if (pool[0] == 0) {
        pool_fill(&fixed, pool);
        pool[0] = 1;
    }
    memcpy(data, pool + diff_below(rng, (POOL_BYTES - DIFF_DATA_BYTES) / 16) * 16,
           DIFF_DATA_BYTES);
}
