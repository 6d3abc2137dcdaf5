/* SPDX-License-Identifier: BSD-2-Clause */
#include "hal_fake.h"

#include "bare-metal/common/memmap.h"

#define K UINT64_C(1024)

static struct memmap map;

static int setup(void **state UNUSED)
{
    map = (struct memmap){0};
    return 0;
}

static void assert_range(unsigned i, uint64_t base, uint64_t end)
{
    assert_true(i < map.count);
    assert_int_equal(map.range[i].base, base);
    assert_int_equal(map.range[i].base + map.range[i].len, end);
}

static void ram_is_whole_pages(void **state UNUSED)
{
    memmap_add(&map, 1, 12 * K - 1);
    assert_int_equal(map.count, 1);
    assert_range(0, 4 * K, 12 * K);
    memmap_add(&map, 20 * K + 1, 4 * K);
    assert_int_equal(map.count, 1);
}

static void overlapping_ram_is_merged(void **state UNUSED)
{
    memmap_add(&map, 64 * K, 16 * K);
    memmap_add(&map, 16 * K, 16 * K);
    memmap_add(&map, 32 * K, 16 * K); /* touches the one below */
    assert_int_equal(map.count, 2);
    assert_range(0, 16 * K, 48 * K);
    memmap_add(&map, 40 * K, 32 * K);
    assert_int_equal(map.count, 1);
    assert_range(0, 16 * K, 80 * K);
}

static void a_hole_takes_every_page_it_touches(void **state UNUSED)
{
    memmap_add(&map, 0, 64 * K);
    memmap_remove(&map, 17 * K, 1);
    assert_int_equal(map.count, 2);
    assert_range(0, 0, 16 * K);
    assert_range(1, 20 * K, 64 * K);
    memmap_remove(&map, 0, 21 * K);
    assert_int_equal(map.count, 1);
    assert_range(0, 24 * K, 64 * K);
    memmap_remove(&map, 60 * K, 100 * K);
    assert_range(0, 24 * K, 60 * K);
    memmap_remove(&map, 0, 0);
    assert_range(0, 24 * K, 60 * K);
    memmap_remove(&map, 0, UINT64_MAX);
    assert_int_equal(map.count, 0);
}

static void the_end_of_the_address_space_does_not_wrap(void **state UNUSED)
{
    memmap_add(&map, UINT64_MAX - 16 * K, UINT64_MAX);
    assert_int_equal(map.count, 1);
    assert_true(map.range[0].base + map.range[0].len > map.range[0].base);
    memmap_add(&map, UINT64_MAX, UINT64_MAX);
    memmap_remove(&map, UINT64_MAX - 20 * K, UINT64_MAX);
    assert_int_equal(map.count, 0);
}

static void taking_goes_from_the_top_below_the_limit(void **state UNUSED)
{
    memmap_add(&map, 0, 64 * K);
    memmap_add(&map, 1024 * K, 64 * K);
    assert_int_equal(memmap_take(&map, 4 * K, 4 * K, UINT64_MAX), 1084 * K);
    assert_int_equal(memmap_take(&map, 1, 16 * K, UINT64_MAX), 1072 * K);
    assert_int_equal(memmap_take(&map, 8 * K, 4 * K, 640 * K), 56 * K);
    assert_int_equal(memmap_take(&map, 4 * K, 4 * K, 0), 0);
    assert_int_equal(memmap_take(&map, 2048 * K, 4 * K, UINT64_MAX), 0);
    assert_int_equal(memmap_bytes(&map), 128 * K - 4 * K - 4 * K - 8 * K);
}

static void page_zero_is_never_taken(void **state UNUSED)
{
    memmap_add(&map, 0, 4 * K);
    assert_int_equal(memmap_take(&map, 4 * K, 4 * K, UINT64_MAX), 0);
}

static void a_full_map_forgets_ram_but_no_hole(void **state UNUSED)
{
    for (uint64_t i = 0; i < 2 * MEMMAP_MAX; i++)
        memmap_add(&map, i * 16 * K, 8 * K);
    assert_int_equal(map.count, MEMMAP_MAX);
    memmap_add(&map, 0, MEMMAP_MAX * 16 * K);
    for (uint64_t i = 0; i < 2 * MEMMAP_MAX; i++)
        memmap_remove(&map, i * 8 * K, 4 * K);
    for (unsigned i = 0; i < map.count; i++)
        assert_int_equal(map.range[i].base % (8 * K), 4 * K);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ram_is_whole_pages, setup),
        cmocka_unit_test_setup(overlapping_ram_is_merged, setup),
        cmocka_unit_test_setup(a_hole_takes_every_page_it_touches, setup),
        cmocka_unit_test_setup(the_end_of_the_address_space_does_not_wrap, setup),
        cmocka_unit_test_setup(taking_goes_from_the_top_below_the_limit, setup),
        cmocka_unit_test_setup(page_zero_is_never_taken, setup),
        cmocka_unit_test_setup(a_full_map_forgets_ram_but_no_hole, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
