/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps, rings, byte order, checksums, hashes, random numbers, sorting, arithmetic. */
#include <stdlib.h>

#include "hal_fake.h"
#include "lib/base.h"
#include "lib/bitmap.h"
#include "lib/crc.h"
#include "lib/endian.h"
#include "lib/hash.h"
#include "lib/random.h"
#include "lib/refcount.h"
#include "lib/ring.h"
#include "lib/sort.h"

static void base_arithmetic(void **state UNUSED)
{
    static const uint32_t constant[ALIGN_UP(13, 8)] = {0};
    int a = 1;

    assert_int_equal(ARRAY_SIZE(constant), 16);
    assert_int_equal(ALIGN_DOWN(UINT64_C(0x123456789f), 0x1000), UINT64_C(0x1234567000));
    assert_int_equal(ALIGN_UP(UINT64_C(0xffffffff), 0x1000), UINT64_C(0x100000000));
    assert_true(IS_ALIGNED(64, 64) && !IS_ALIGNED(65, 64));
    assert_true(IS_POWER_OF_TWO(1) && IS_POWER_OF_TWO(4096));
    assert_false(IS_POWER_OF_TWO(0) || IS_POWER_OF_TWO(6));
    assert_int_equal(DIV_ROUND_UP(10, 4), 3);
    assert_int_equal(MIN(a++, 5), 1); /* evaluated once */
    assert_int_equal(MAX(a++, 0), 2);
    assert_int_equal(a, 3);
    assert_int_equal(MIN(3, MIN(2, MAX(1, 0))), 1);
    assert_int_equal(CLAMP(7, 0, 5), 5);
    assert_int_equal(CLAMP(-7, 0, 5), 0);
}

#define BITS 200

/* A bitmap of BITS bits against an array of bools. */
static void bitmap_random_operations_match_a_bool_array(void **state UNUSED)
{
    uint64_t map[BITMAP_WORDS(BITS)] = {0};
    bool want[BITS] = {0};
    struct prng prng;

    map[ARRAY_SIZE(map) - 1] = UINT64_MAX << (BITS % 64); /* never looked at */
    prng_seed(&prng, 5);
    for (unsigned step = 0; step < 20000; step++) {
        size_t start = prng_below(&prng, BITS);
        size_t count = prng_below(&prng, 3) ? 1 : prng_below(&prng, BITS - start + 1);
        bool set = prng_below(&prng, 2);
        size_t next_set, next_clear, weight = 0;

        for (size_t i = start; i < start + count; i++)
            want[i] = set;
        if (count == 1 && set)
            bitmap_set(map, start);
        else if (count == 1)
            bitmap_clear(map, start);
        else if (set)
            bitmap_set_range(map, start, count);
        else
            bitmap_clear_range(map, start, count);

        start = prng_below(&prng, BITS + 10);
        for (next_set = start; next_set < BITS && !want[next_set]; next_set++)
            ;
        for (next_clear = start; next_clear < BITS && want[next_clear]; next_clear++)
            ;
        for (size_t i = 0; i < BITS; i++) {
            weight += want[i];
            assert_int_equal(bitmap_test(map, i), want[i]);
        }
        assert_int_equal(bitmap_next_set(map, BITS, start), MIN(next_set, (size_t)BITS));
        assert_int_equal(bitmap_next_clear(map, BITS, start),
                         MIN(next_clear, (size_t)BITS));
        assert_int_equal(bitmap_weight(map, BITS), weight);
    }
}

static void bitmap_finds_runs(void **state UNUSED)
{
    uint64_t map[BITMAP_WORDS(BITS)] = {0};

    bitmap_set_range(map, 0, 10);
    bitmap_set(map, 15);
    bitmap_set(map, 100);
    assert_int_equal(bitmap_next_clear_run(map, BITS, 0, 5), 10);
    assert_int_equal(bitmap_next_clear_run(map, BITS, 0, 6), 16);
    assert_int_equal(bitmap_next_clear_run(map, BITS, 0, 84), 16);
    assert_int_equal(bitmap_next_clear_run(map, BITS, 0, 85), 101);
    assert_int_equal(bitmap_next_clear_run(map, BITS, 0, 99), 101);
    assert_int_equal(bitmap_next_clear_run(map, BITS, 0, 100), BITS);
    assert_int_equal(bitmap_next_clear_run(map, BITS, BITS - 1, 1), BITS - 1);
    assert_int_equal(bitmap_next_clear_run(map, BITS, BITS, 1), BITS);
}

static void ring_wraps_and_keeps_order(void **state UNUSED)
{
    uint8_t buf[16], next_in = 0, next_out = 0;
    struct prng prng;
    struct ring ring;

    ring_init(&ring, buf, sizeof(buf));
    prng_seed(&prng, 6);
    for (unsigned step = 0; step < 20000; step++) {
        uint8_t chunk[24], peeked[24];
        size_t len = prng_below(&prng, sizeof(chunk) + 1);
        size_t used = ring_used(&ring), moved;

        if (prng_below(&prng, 2)) {
            for (size_t i = 0; i < len; i++)
                chunk[i] = (uint8_t)(next_in + i);
            moved = ring_put(&ring, chunk, len);
            assert_int_equal(moved, MIN(len, sizeof(buf) - used));
            next_in = (uint8_t)(next_in + moved);
        } else {
            size_t skip = prng_below(&prng, 20);
            size_t got = ring_peek(&ring, skip, peeked, len);

            assert_int_equal(got, MIN(len, used - MIN(used, skip)));
            for (size_t i = 0; i < got; i++)
                assert_int_equal(peeked[i], (uint8_t)(next_out + skip + i));
            moved = ring_get(&ring, chunk, len);
            assert_int_equal(moved, MIN(len, used));
            for (size_t i = 0; i < moved; i++)
                assert_int_equal(chunk[i], next_out++);
        }
        assert_int_equal(ring_used(&ring) + ring_free(&ring), sizeof(buf));
    }
}

static void ring_single_bytes(void **state UNUSED)
{
    uint8_t buf[4];
    struct ring ring;

    ring_init(&ring, buf, sizeof(buf));
    assert_int_equal(ring_get_byte(&ring), -1);
    assert_int_equal(ring_unput(&ring), -1);
    for (uint8_t i = 0; i < 4; i++)
        assert_true(ring_put_byte(&ring, (uint8_t)(0xf0 + i)));
    assert_false(ring_put_byte(&ring, 9));
    assert_int_equal(ring_unput(&ring), 0xf3);
    assert_int_equal(ring_get_byte(&ring), 0xf0);
    assert_int_equal(ring_skip(&ring, 1), 1);
    assert_int_equal(ring_get_byte(&ring), 0xf2);
    assert_int_equal(ring_skip(&ring, 1), 0);
    ring_put_byte(&ring, 1);
    ring_reset(&ring);
    assert_int_equal(ring_used(&ring), 0);
    expect_panic("IS_POWER_OF_TWO", ring_init(&ring, buf, 3));
}

static void endian_accessors_at_any_address(void **state UNUSED)
{
    const uint8_t bytes[9] = {0, 0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88};
    uint8_t out[9];

    assert_int_equal(le16_load(bytes + 1), 0x8201);
    assert_int_equal(be16_load(bytes + 1), 0x0182);
    assert_int_equal(le32_load(bytes + 1), 0x84038201);
    assert_int_equal(be32_load(bytes + 1), 0x01820384);
    assert_int_equal(le64_load(bytes + 1), UINT64_C(0x8807860584038201));
    assert_int_equal(be64_load(bytes + 1), UINT64_C(0x0182038405860788));
    le16_store(out, 0x8201);
    assert_memory_equal(out, bytes + 1, 2);
    be16_store(out, 0x0182);
    assert_memory_equal(out, bytes + 1, 2);
    le32_store(out + 1, 0x84038201);
    assert_memory_equal(out + 1, bytes + 1, 4);
    be32_store(out + 1, 0x01820384);
    assert_memory_equal(out + 1, bytes + 1, 4);
    le64_store(out + 1, UINT64_C(0x8807860584038201));
    assert_memory_equal(out + 1, bytes + 1, 8);
    be64_store(out + 1, UINT64_C(0x0182038405860788));
    assert_memory_equal(out + 1, bytes + 1, 8);
}

/* The definition, a bit at a time. */
static uint32_t crc32c_slow(const uint8_t *p, size_t len)
{
    uint32_t crc = UINT32_MAX;

    while (len-- > 0) {
        crc ^= *p++;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void crc32c_vectors(void **state UNUSED)
{
    uint8_t buf[256];

    assert_int_equal(crc32c(0, "", 0), 0);
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    memset(buf, 0, 32); /* RFC 3720 B.4 */
    assert_int_equal(crc32c(0, buf, 32), 0x8a9136aa);
    memset(buf, 0xff, 32);
    assert_int_equal(crc32c(0, buf, 32), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        buf[i] = (uint8_t)i;
    assert_int_equal(crc32c(0, buf, 32), 0x46dd794e);
    for (unsigned i = 0; i < 256; i++) {
        buf[i] = (uint8_t)(i * 7);
        assert_int_equal(crc32c(0, buf, i), crc32c_slow(buf, i));
        assert_int_equal(crc32c(crc32c(0, buf, i / 3), buf + i / 3, i - i / 3),
                         crc32c(0, buf, i));
    }
}

/* The reference vectors: key 00..0f, message 00..n-1. */
static void siphash_vectors(void **state UNUSED)
{
    static const struct {
        size_t len;
        uint64_t want;
    } vectors[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)}, {63, UINT64_C(0x958a324ceb064572)},
    };
    uint8_t bytes[64];
    struct hash_key key;

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    key.k[0] = le64_load(bytes);
    key.k[1] = le64_load(bytes + 8);
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
        assert_int_equal(hash_sip(&key, bytes, vectors[i].len), vectors[i].want);
}

/* Small integers and short strings fill a table evenly. */
static void hashes_spread(void **state UNUSED)
{
    unsigned by_number[256] = {0}, by_bytes[256] = {0};

    for (uint64_t i = 0; i < 25600; i++) {
        by_number[hash_index(hash_u64(i * 64), 8)]++;
        by_bytes[hash_bytes(&i, sizeof(i), 1) & 255]++;
    }
    for (unsigned i = 0; i < 256; i++) {
        assert_in_range(by_number[i], 50, 150);
        assert_in_range(by_bytes[i], 50, 150);
    }
    assert_int_not_equal(hash_bytes("a", 1, 1), hash_bytes("a", 1, 2));
    assert_int_not_equal(hash_bytes("\0", 1, 1), hash_bytes("\0\0", 2, 1));
    assert_int_not_equal(hash_combine(1, 2), hash_combine(2, 1));
}

static void prng_is_repeatable_and_even(void **state UNUSED)
{
    unsigned count[7] = {0};
    struct prng a, b;
    uint8_t bytes[13];

    prng_seed(&a, 0);
    prng_seed(&b, 0);
    for (unsigned i = 0; i < 70000; i++) {
        uint64_t x = prng_below(&a, 7);

        assert_int_equal(x, prng_below(&b, 7));
        count[x]++;
    }
    for (unsigned i = 0; i < 7; i++)
        assert_in_range(count[i], 9500, 10500);
    assert_int_equal(prng_below(&a, 1), 0);
    prng_fill(&a, bytes, sizeof(bytes));
    (void)prng_next(&b); /* of prng_below(1) */
    assert_int_equal(le64_load(bytes), prng_next(&b));
}

static int compare_first(const void *a, const void *b, void *ctx)
{
    unsigned *calls = ctx;

    (*calls)++;
    return (int)((const uint8_t *)a)[0] - (int)((const uint8_t *)b)[0];
}

static void sort_orders_elements_of_any_size(void **state UNUSED)
{
    struct prng prng;

    prng_seed(&prng, 8);
    for (unsigned round = 0; round < 500; round++) {
        uint8_t data[100][5];
        size_t count = prng_below(&prng, 101);
        unsigned sum = 0, calls = 0;

        for (size_t i = 0; i < count; i++) {
            data[i][0] = (uint8_t)prng_below(&prng, round % 2 ? 256 : 4);
            memset(data[i] + 1, data[i][0] ^ 0x55, 4);
            sum += data[i][0];
        }
        sort_array(data, count, sizeof(data[0]), compare_first, &calls);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || data[i - 1][0] <= data[i][0]);
            for (unsigned j = 1; j < 5; j++)
                assert_int_equal(data[i][j], data[i][0] ^ 0x55);
            sum -= data[i][0];
        }
        assert_int_equal(sum, 0);
        assert_in_range(calls, 0, 2 * 7 * 100);
    }
}

static void refcount_counts_and_catches_misuse(void **state UNUSED)
{
    struct refcount r;

    refcount_init(&r, 1);
    refcount_get(&r);
    assert_int_equal(refcount_read(&r), 2);
    assert_true(refcount_get_not_zero(&r));
    assert_false(refcount_put(&r));
    assert_false(refcount_put(&r));
    assert_true(refcount_put(&r));
    assert_false(refcount_get_not_zero(&r));
    expect_panic("old != 0", refcount_get(&r));
    refcount_init(&r, 0);
    expect_panic("old != 0", (void)!refcount_put(&r));
    refcount_init(&r, REFCOUNT_MAX);
    expect_panic("REFCOUNT_MAX", refcount_get(&r));
    refcount_init(&r, REFCOUNT_MAX);
    expect_panic("REFCOUNT_MAX", (void)!refcount_get_not_zero(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_arithmetic),
        cmocka_unit_test(bitmap_random_operations_match_a_bool_array),
        cmocka_unit_test(bitmap_finds_runs),
        cmocka_unit_test(ring_wraps_and_keeps_order),
        cmocka_unit_test(ring_single_bytes),
        cmocka_unit_test(endian_accessors_at_any_address),
        cmocka_unit_test(crc32c_vectors),
        cmocka_unit_test(siphash_vectors),
        cmocka_unit_test(hashes_spread),
        cmocka_unit_test(prng_is_repeatable_and_even),
        cmocka_unit_test(sort_orders_elements_of_any_size),
        cmocka_unit_test(refcount_counts_and_catches_misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
