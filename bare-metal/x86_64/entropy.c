/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entropy: RDSEED or RDRAND, mixed with the time-stamp counter.  A processor that has neither gives
 * what its counter's jitter is worth, which is little.
 */
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"

#define TRIES 32

static bool rdseed(uint64_t *v)
{
    bool ok;

    __asm__ volatile("rdseed %0; setc %1" : "=r"(*v), "=qm"(ok) : : "cc");
    return ok;
}

static bool rdrand(uint64_t *v)
{
    bool ok;

    __asm__ volatile("rdrand %0; setc %1" : "=r"(*v), "=qm"(ok) : : "cc");
    return ok;
}

/* The finaliser of SplitMix64: each bit of the input changes half of the result. */
static uint64_t mix(uint64_t v)
{
    v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
    return v ^ (v >> 31);
}

static uint64_t word(void)
{
    static uint64_t pool;
    uint64_t v = 0;
    bool done = false;

    for (unsigned i = 0; i < TRIES && !done && cpu_features.rdseed; i++)
        done = rdseed(&v);
    for (unsigned i = 0; i < TRIES && !done && cpu_features.rdrand; i++)
        done = rdrand(&v);
    for (unsigned i = 0; i < 8 && !done; i++) {
        v = mix(v ^ insn_rdtsc());
        insn_pause();
    }
    v = mix(v ^ insn_rdtsc() ^ __atomic_load_n(&pool, __ATOMIC_RELAXED));
    __atomic_fetch_add(&pool, v, __ATOMIC_RELAXED);
    return v;
}

void hal_entropy(void *buf, size_t len)
{
    uint8_t *at = buf;

    while (len) {
        uint64_t v = word();

        for (unsigned i = 0; i < sizeof(v) && len; i++, len--, v >>= 8)
            *at++ = (uint8_t)v;
    }
}
