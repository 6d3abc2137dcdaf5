/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/entropy.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/string.h"

#define KEY_WORDS   8u
#define BLOCK_WORDS 16u
#define ROUNDS      20u

static uint32_t lock; /* atomic */
static uint32_t key[KEY_WORDS];
static uint64_t counter;

static bool lock_take(void)
{
    bool unmasked = hal_irq_save();

    while (atomic_xchg_acquire(&lock, 1) != 0)
        hal_cpu_relax();
    return unmasked;
}

static void lock_give(bool unmasked)
{
    atomic_store_release(&lock, 0);
    hal_irq_restore(unmasked);
}

static uint32_t rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[a] += x[b];
    x[d] = rotl(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotl(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotl(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotl(x[b] ^ x[c], 7);
}

/* The next block of the key stream; the clock goes into the nonce. */
static void block_locked(uint32_t out[BLOCK_WORDS])
{
    static const uint32_t sigma[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    uint64_t now = hal_cycles();
    uint32_t in[BLOCK_WORDS];

    memcpy(in, sigma, sizeof(sigma));
    memcpy(in + 4, key, sizeof(key));
    memcpy(in + 12, &counter, sizeof(counter));
    memcpy(in + 14, &now, sizeof(now));
    counter++;
    memcpy(out, in, sizeof(in));
    for (unsigned i = 0; i < ROUNDS; i += 2) {
        for (unsigned c = 0; c < 4; c++)
            quarter(out, c, 4 + c, 8 + c, 12 + c);
        for (unsigned c = 0; c < 4; c++)
            quarter(out, c, 4 + (c + 1) % 4, 8 + (c + 2) % 4, 12 + (c + 3) % 4);
    }
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        out[i] += in[i];
}

static void rekey_locked(void)
{
    uint32_t block[BLOCK_WORDS];

    block_locked(block);
    memcpy(key, block, sizeof(key));
}

void entropy_add(const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    bool unmasked = lock_take();

    while (len > 0) {
        size_t n = MIN(len, sizeof(key));

        for (size_t i = 0; i < n; i++)
            ((uint8_t *)key)[i] ^= from[i];
        rekey_locked();
        from += n;
        len -= n;
    }
    lock_give(unmasked);
}

void entropy_fill(void *buf, size_t len)
{
    uint8_t *to = buf;
    uint32_t block[BLOCK_WORDS];
    bool unmasked = lock_take();

    while (len > 0) {
        size_t n = MIN(len, sizeof(block));

        block_locked(block);
        memcpy(to, block, n);
        to += n;
        len -= n;
    }
    rekey_locked();
    lock_give(unmasked);
}
