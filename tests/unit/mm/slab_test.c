/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel heap: objects that do not overlap, and each kind of misuse caught. */
#include "hal_fake.h"

#include "lib/random.h"
#include "mm/frame.h"
#include "mm/slab.h"

/* Touch memory that a sanitizer knows as freed: that is what these tests do on purpose. */
static void scribble(void *p, size_t at, uint8_t byte)
{
    hal_mem_mark((uint8_t *)p + at, 1, HAL_MEM_DEFINED);
    ((volatile uint8_t *)p)[at] = byte;
}

static uint64_t cache_active(const char *name)
{
    struct slab_stats st;

    for (unsigned i = 0; slab_stats_at(i, &st); i++)
        if (strcmp(st.name, name) == 0)
            return st.active;
    return UINT64_MAX;
}

static void objects_never_overlap(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-72", 72, 0);
    struct prng rng;
    uint8_t *held[500] = {NULL};

    (void)state;
    prng_seed(&rng, 3);
    for (unsigned i = 0; i < 30000; i++) {
        size_t k = prng_below(&rng, ARRAY_SIZE(held));

        if (held[k]) {
            for (unsigned n = 0; n < 72; n++)
                assert_int_equal(held[k][n], (uint8_t)k);
            kmem_cache_free(c, held[k]);
            held[k] = NULL;
        } else {
            held[k] = kmem_cache_alloc(c);
            assert_non_null(held[k]);
            assert_true(IS_ALIGNED((uintptr_t)held[k], 16));
            memset(held[k], (int)k, 72);
        }
    }
    for (size_t k = 0; k < ARRAY_SIZE(held); k++)
        if (held[k])
            kmem_cache_free(c, held[k]);
    assert_int_equal(cache_active("test-72"), 0);
    kmem_cache_destroy(c);
}

static void kmalloc_serves_every_size(void **state)
{
    struct frame_stats before, after;
    static const size_t sizes[] = {0,    1,    8,     16,      17,
                                   100,  1000, 4095,  4096,    4097,
                                   8192, 8193, 65536, 1000000, KMALLOC_MAX};

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        frame_stats(&before);
        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
            uint8_t *p = kzalloc(sizes[i]);

            assert_non_null(p);
            assert_true(ksize(p) >= sizes[i]);
            for (size_t n = 0; n < sizes[i]; n++)
                assert_int_equal(p[n], 0);
            memset(p, 0xa5, sizes[i]);
            kfree(p);
        }
        frame_stats(&after);
    }
    assert_int_equal(before.free, after.free);
    assert_null(kmalloc(KMALLOC_MAX + 1));
    assert_null(kcalloc(SIZE_MAX / 2, 3));
    kfree(NULL);
}

static void krealloc_keeps_contents(void **state)
{
    char *p = kstrdup("hello");

    (void)state;
    for (size_t size = 6; size < 100000; size = size * 3 + 1) {
        p = krealloc(p, size);
        assert_non_null(p);
        assert_string_equal(p, "hello");
    }
    p = krealloc(p, 6);
    assert_string_equal(p, "hello");
    kfree(p);
}

static void double_free_is_caught(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-double", 40, 0);
    void *p = kmem_cache_alloc(c);

    (void)state;
    kmem_cache_free(c, p);
    expect_panic("freed twice", kmem_cache_free(c, p));
}

static void foreign_cache_is_caught(void **state)
{
    struct kmem_cache *a = kmem_cache_create("test-mine", 40, 0);
    struct kmem_cache *b = kmem_cache_create("test-theirs", 40, 0);
    void *p = kmem_cache_alloc(a);

    (void)state;
    expect_panic("belongs to test-mine", kmem_cache_free(b, p));
    kmem_cache_free(a, p);
}

static void write_behind_the_end_is_caught(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-red", 40, 0);
    uint8_t *p = kmem_cache_alloc(c);

    (void)state;
    scribble(p, 40, 0);
    expect_panic("written behind its end", kmem_cache_free(c, p));
}

static void write_after_free_is_caught(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-uaf", 40, 0);
    uint8_t *p = kmem_cache_alloc(c);

    (void)state;
    kmem_cache_free(c, p);
    scribble(p, 3, 1);
    expect_panic("written after it was freed", (void)!kmem_cache_alloc(c));
}

static void interior_pointer_is_caught(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-inner", 40, 0);
    uint8_t *p = kmem_cache_alloc(c);

    (void)state;
    expect_panic("not the start", kmem_cache_free(c, p + 8));
    kmem_cache_free(c, p);
}

static void kfree_of_a_strange_pointer_is_caught(void **state)
{
    uint64_t pa = frame_alloc(0, 0, FRAME_ANON);
    int local = 0;

    (void)state;
    expect_panic("kfree", kfree(phys_to_virt(pa)));
    expect_panic("not a heap address", kfree(&local));
    frame_put(pa);
}

static void leaks_are_reported_with_their_site(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-leak", 40, 0);

    (void)state;
    assert_non_null(kmem_cache_alloc(c));
    hal_fake_console_clear();
    kmem_cache_destroy(c);
    assert_non_null(strstr(hal_fake_console(), "test-leak destroyed with 1 objects"));
    assert_non_null(strstr(hal_fake_console(), "allocated at"));
}

static void memory_returns_when_objects_do(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-many", 200, 0);
    static void *held[3000];
    struct frame_stats before, after;

    (void)state;
    frame_stats(&before);
    for (unsigned i = 0; i < ARRAY_SIZE(held); i++)
        assert_non_null(held[i] = kmem_cache_alloc(c));
    for (unsigned i = 0; i < ARRAY_SIZE(held); i++)
        kmem_cache_free(c, held[i]);
    frame_stats(&after);
    /* One empty slab and what the magazine holds on to. */
    assert_true(after.used[FRAME_SLAB] <= before.used[FRAME_SLAB] + 16);
    (void)frame_reclaim(UINT64_MAX);
    kmem_cache_destroy(c);
    frame_stats(&after);
    assert_true(after.used[FRAME_SLAB] <= before.used[FRAME_SLAB]);
}

static int power_on(void **state)
{
    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_set_check(SLAB_CHECK_POISON);
    slab_init();
    return 0;
}

/* By way of magazines and past them, failures not. */
static void allocations_are_counted(void **state)
{
    struct kmem_cache *c = kmem_cache_create("test-count", 200, 0);
    struct slab_stats st = {0};
    void *held[100];

    (void)state;
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < ARRAY_SIZE(held); i++)
            assert_non_null(held[i] = kmem_cache_alloc(c));
        for (unsigned i = 0; i < ARRAY_SIZE(held); i++)
            kmem_cache_free(c, held[i]);
    }
    for (unsigned i = 0; slab_stats_at(i, &st); i++) {
        if (strcmp(st.name, "test-count") == 0)
            break;
    }
    assert_int_equal(st.allocs, 5 * ARRAY_SIZE(held));
    assert_int_equal(st.active, 0);
    kmem_cache_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_never_overlap),
        cmocka_unit_test(kmalloc_serves_every_size),
        cmocka_unit_test(krealloc_keeps_contents),
        cmocka_unit_test(double_free_is_caught),
        cmocka_unit_test(foreign_cache_is_caught),
        cmocka_unit_test(write_behind_the_end_is_caught),
        cmocka_unit_test(write_after_free_is_caught),
        cmocka_unit_test(interior_pointer_is_caught),
        cmocka_unit_test(kfree_of_a_strange_pointer_is_caught),
        cmocka_unit_test(leaks_are_reported_with_their_site),
        cmocka_unit_test(memory_returns_when_objects_do),
        cmocka_unit_test(allocations_are_counted),
    };

    return cmocka_run_group_tests(tests, power_on, NULL);
}
