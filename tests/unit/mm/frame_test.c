/* SPDX-License-Identifier: BSD-2-Clause */
/* The buddy allocator and the frame layer in front of it. */
#include "hal_fake.h"

#include "lib/random.h"
#include "mm/buddy_priv.h"
#include "mm/frame.h"
#include "mm/slab.h"

#define POOL_FRAMES 5000
#define POOL_FIRST  777 /* not aligned to anything */

static struct frame pool_map[POOL_FRAMES];
static struct buddy pool;

static void pool_reset(void)
{
    buddy_init(&pool, pool_map, POOL_FIRST, POOL_FRAMES);
    buddy_give_range(&pool, POOL_FIRST, POOL_FIRST + POOL_FRAMES);
}

static struct frame *pool_take(unsigned order)
{
    bool irq = spin_lock_irqsave(&pool.lock);
    struct frame *f = buddy_take_locked(&pool, order);

    spin_unlock_irqrestore(&pool.lock, irq);
    return f;
}

static void pool_give(struct frame *f, unsigned order)
{
    bool irq = spin_lock_irqsave(&pool.lock);

    buddy_give_locked(&pool, f, order);
    spin_unlock_irqrestore(&pool.lock, irq);
}

static void buddy_starts_valid_and_whole(void **state)
{
    (void)state;
    pool_reset();
    assert_true(buddy_valid(&pool));
    assert_int_equal(pool.free, POOL_FRAMES);
}

static void buddy_blocks_are_aligned_and_never_overlap(void **state)
{
    static uint8_t owner[POOL_FRAMES];
    struct {
        struct frame *f;
        unsigned order;
    } held[400] = {{NULL, 0}};
    struct prng rng;

    (void)state;
    prng_seed(&rng, 42);
    memset(owner, 0, sizeof(owner));
    pool_reset();
    for (unsigned i = 0; i < 20000; i++) {
        size_t k = prng_below(&rng, ARRAY_SIZE(held));
        unsigned order = (unsigned)prng_below(&rng, 7);

        if (held[k].f) {
            for (size_t n = 0; n < (size_t)1 << held[k].order; n++)
                owner[held[k].f - pool_map + n] = 0;
            pool_give(held[k].f, held[k].order);
            held[k].f = NULL;
        } else if ((held[k].f = pool_take(order)) != NULL) {
            held[k].order = order;
            assert_true(
                IS_ALIGNED(POOL_FIRST + (uint64_t)(held[k].f - pool_map), 1u << order));
            for (size_t n = 0; n < (size_t)1 << order; n++) {
                assert_int_equal(owner[held[k].f - pool_map + n], 0);
                owner[held[k].f - pool_map + n] = 1;
            }
        }
        if (i % 500 == 0)
            assert_true(buddy_valid(&pool));
    }
    for (size_t k = 0; k < ARRAY_SIZE(held); k++)
        if (held[k].f)
            pool_give(held[k].f, held[k].order);
    assert_true(buddy_valid(&pool));
    assert_int_equal(pool.free, POOL_FRAMES);
}

static void buddy_merges_back_to_what_it_was(void **state)
{
    static struct frame *taken[POOL_FRAMES];
    uint64_t blocks[FRAME_ORDER_MAX + 1];

    (void)state;
    pool_reset();
    for (unsigned i = 0; i <= FRAME_ORDER_MAX; i++)
        blocks[i] = pool.area[i].blocks;
    for (unsigned i = 0; i < POOL_FRAMES; i++)
        assert_non_null(taken[i] = pool_take(0));
    assert_null(pool_take(0));
    for (unsigned i = 0; i < POOL_FRAMES; i++)
        pool_give(taken[(i * 7) % POOL_FRAMES], 0);
    for (unsigned i = 0; i <= FRAME_ORDER_MAX; i++)
        assert_int_equal(pool.area[i].blocks, blocks[i]);
}

static void single_frames_come_out_as_neighbours(void **state)
{
    uint64_t first = frame_alloc(0, 0, FRAME_ANON);
    uint64_t pa[20];
    unsigned next_to = 0;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        pa[i] = frame_alloc(0, 0, FRAME_ANON);
        next_to += pa[i] == (i ? pa[i - 1] : first) + PAGE_SIZE;
    }
    assert_true(next_to >= 18);
    for (unsigned i = 0; i < 20; i++)
        frame_put(pa[i]);
    frame_put(first);
}

static void counts_return_after_random_use(void **state)
{
    struct frame_stats before, after;
    uint64_t held[64] = {0};
    unsigned order[64];
    struct prng rng;

    (void)state;
    prng_seed(&rng, 7);
    frame_stats(&before);
    for (unsigned i = 0; i < 5000; i++) {
        size_t k = prng_below(&rng, 64);

        if (held[k]) {
            frame_free(held[k], order[k]);
            held[k] = 0;
        } else {
            order[k] = (unsigned)prng_below(&rng, 6);
            held[k] = frame_alloc(order[k], FRAME_ZERO, FRAME_KERNEL);
        }
    }
    for (size_t k = 0; k < 64; k++)
        if (held[k])
            frame_free(held[k], order[k]);
    frame_stats(&after);
    assert_int_equal(before.free, after.free);
    assert_int_equal(before.used[FRAME_KERNEL], after.used[FRAME_KERNEL]);
}

static void split_block_is_freed_frame_by_frame(void **state)
{
    struct frame_stats before, after;
    uint64_t pa;

    (void)state;
    frame_stats(&before);
    pa = frame_alloc(4, FRAME_ZERO, FRAME_ANON);
    assert_int_not_equal(pa, 0);
    frame_split(pa, 4);
    for (unsigned i = 0; i < 16; i++) {
        frame_get(pa + i * PAGE_SIZE);
        assert_int_equal(frame_refs(pa + i * PAGE_SIZE), 2);
        frame_put(pa + i * PAGE_SIZE);
        frame_put(pa + i * PAGE_SIZE);
    }
    frame_stats(&after);
    assert_int_equal(before.free, after.free);
}

static void zeroed_frames_are_zero_after_reuse(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        uint64_t pa = frame_alloc(0, FRAME_ZERO, FRAME_ANON);
        uint64_t *p = phys_to_virt(pa);

        for (unsigned n = 0; n < PAGE_SIZE / 8; n++)
            assert_int_equal(p[n], 0);
        memset(p, 0xff, PAGE_SIZE);
        frame_put(pa);
    }
}

static uint64_t reclaim_hoard[256];
static unsigned reclaim_count;

static uint64_t reclaim_some(uint64_t want)
{
    uint64_t freed = 0;

    while (reclaim_count && freed < want) {
        frame_put(reclaim_hoard[--reclaim_count]);
        freed++;
    }
    return freed;
}

static void exhaustion_leaves_a_reserve_and_reclaim_helps(void **state)
{
    static struct frame_reclaimer r = {.name = "test", .reclaim = reclaim_some};
    struct list_node held = LIST_INIT(held);
    struct frame *f, *tmp;
    uint64_t pa;

    (void)state;
    for (reclaim_count = 0; reclaim_count < 256; reclaim_count++)
        reclaim_hoard[reclaim_count] = frame_alloc(0, 0, FRAME_KERNEL);
    while ((pa = frame_alloc(0, 0, FRAME_KERNEL)) != 0)
        list_add(&frame_of(pa)->link, &held);
    pa = frame_alloc(0, FRAME_ATOMIC, FRAME_KERNEL);
    assert_int_not_equal(pa, 0);
    frame_put(pa);
    assert_int_equal(frame_alloc(0, 0, FRAME_KERNEL), 0);
    frame_reclaimer_register(&r);
    pa = frame_alloc(0, FRAME_WAIT, FRAME_KERNEL);
    assert_int_not_equal(pa, 0);
    frame_put(pa);
    (void)reclaim_some(UINT64_MAX);
    list_for_each_entry_safe (f, tmp, &held, link) {
        list_del(&f->link);
        frame_put(frame_pa(f));
    }
}

static void reference_misuse_panics(void **state)
{
    uint64_t pa = frame_alloc(0, 0, FRAME_ANON);
    uint64_t block = frame_alloc(2, 0, FRAME_ANON);

    (void)state;
    expect_panic("order", frame_free(block, 1));
    frame_put(pa);
    expect_panic("left", frame_put(pa));
    expect_panic("old", frame_get(pa));
}

static int power_on(void **state)
{
    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buddy_starts_valid_and_whole),
        cmocka_unit_test(buddy_blocks_are_aligned_and_never_overlap),
        cmocka_unit_test(buddy_merges_back_to_what_it_was),
        cmocka_unit_test(single_frames_come_out_as_neighbours),
        cmocka_unit_test(counts_return_after_random_use),
        cmocka_unit_test(split_block_is_freed_frame_by_frame),
        cmocka_unit_test(zeroed_frames_are_zero_after_reuse),
        cmocka_unit_test(exhaustion_leaves_a_reserve_and_reclaim_helps),
        cmocka_unit_test(reference_misuse_panics),
    };

    return cmocka_run_group_tests(tests, power_on, NULL);
}
