/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables in four formats: entries as the manuals write them, and the walker. */
#include "hal_fake.h"

#include "lib/random.h"
#include "mm/frame.h"
#include "mm/pgtable_priv.h"
#include "mm/slab.h"

static const struct pgtable_format *const formats[] = {&pgtable_x86_64, &pgtable_aarch64,
                                                       &pgtable_sv48, &pgtable_sv39};

static void every_leaf_survives_the_round_trip(void **state)
{
    static const uint32_t rights[] = {0, PTE_READ, PTE_READ | PTE_WRITE,
                                      PTE_READ | PTE_EXEC,
                                      PTE_READ | PTE_WRITE | PTE_EXEC};

    (void)state;
    for (unsigned f = 0; f < ARRAY_SIZE(formats); f++) {
        for (unsigned i = 0; i < ARRAY_SIZE(rights) * 4; i++) {
            struct pte in = {.pa = UINT64_C(0x8765432000),
                             .bits = PTE_PRESENT | rights[i / 4]};
            struct pte out;

            in.bits |= (i & 1 ? PTE_ACCESSED : 0) | (i & 2 ? PTE_DIRTY : 0);
            out = formats[f]->decode(formats[f]->leaf(in));
            assert_int_equal(out.pa, in.pa);
            assert_int_equal(out.bits, in.bits);
        }
        assert_int_equal(formats[f]->decode(0).bits, 0);
        assert_int_equal(formats[f]->table_pa(formats[f]->table(0x123456000)),
                         0x123456000);
    }
}

static void entries_are_what_the_manuals_say(void **state)
{
    const struct pte rw = {.pa = 0x5000,
                           .bits = PTE_PRESENT | PTE_READ | PTE_WRITE | PTE_ACCESSED |
                                   PTE_DIRTY};
    const struct pte rx = {.pa = 0x5000, .bits = PTE_PRESENT | PTE_READ | PTE_EXEC};
    const struct pte none = {.pa = 0x5000, .bits = PTE_PRESENT};

    (void)state;
    /* P RW US A D XD */
    assert_int_equal(pgtable_x86_64.leaf(rw), UINT64_C(0x8000000000005067));
    assert_int_equal(pgtable_x86_64.leaf(rx), 0x5005);
    /* V R W U A D, PPN 5 */
    assert_int_equal(pgtable_sv48.leaf(rw), 0x5 << 10 | 0xd7);
    assert_int_equal(pgtable_sv48.leaf(rx), 0x5 << 10 | 0x1b);
    /* page, EL0, SH, AF, nG, DBM, PXN, UXN; AP[2] clear: dirty */
    assert_int_equal(pgtable_aarch64.leaf(rw), BIT(54) | BIT(53) | BIT(51) | 0x5f43);
    assert_int_equal(pgtable_aarch64.leaf(rx), BIT(53) | 0x5bc3);
    assert_int_equal(pgtable_x86_64.leaf(none) & 1, 0);
    assert_int_equal(pgtable_aarch64.leaf(none) & 1, 0);
    assert_int_equal(pgtable_sv48.leaf(none) & 1, 0);
}

/* What the processor does on a write to a writable, clean page. */
static void hardware_dirty_is_seen(void **state)
{
    const struct pte clean = {.pa = 0x7000, .bits = PTE_PRESENT | PTE_READ | PTE_WRITE};

    (void)state;
    assert_int_equal(
        pgtable_x86_64.decode(pgtable_x86_64.leaf(clean) | BIT(5) | BIT(6)).bits,
        clean.bits | PTE_ACCESSED | PTE_DIRTY);
    assert_int_equal(
        pgtable_aarch64.decode((pgtable_aarch64.leaf(clean) & ~BIT(7)) | BIT(10)).bits,
        clean.bits | PTE_ACCESSED | PTE_DIRTY);
    assert_int_equal(pgtable_sv48.decode(pgtable_sv48.leaf(clean) | BIT(6) | BIT(7)).bits,
                     clean.bits | PTE_ACCESSED | PTE_DIRTY);
}

#define MODEL_PAGES 3000

struct model {
    uint64_t base[3];
    uint64_t pa[MODEL_PAGES];
    unsigned seen;
    uint64_t last;
};

static uint64_t model_va(const struct model *m, unsigned i)
{
    return m->base[i % 3] + (uint64_t)(i / 3) * PAGE_SIZE * 37;
}

static int model_visit(struct pgtable *pt, uint64_t va, struct pte pte, void *arg)
{
    struct model *m = arg;

    assert_true(m->seen == 0 || va > m->last);
    assert_int_equal(pgtable_get(pt, va).pa, pte.pa);
    m->last = va;
    m->seen++;
    return 0;
}

static void walker_agrees_with_a_model(const struct pgtable_format *format)
{
    static struct model m;
    struct frame_stats before, after;
    struct list_node dead = LIST_INIT(dead);
    struct pgtable pt;
    struct prng rng;
    uint64_t user_end;
    unsigned count = 0;

    pgtable_use_format(format);
    prng_seed(&rng, 11);
    memset(&m, 0, sizeof(m));
    user_end = UINT64_C(1) << (PAGE_SHIFT + format->levels * PGTABLE_LEVEL_BITS - 1);
    m.base[1] = user_end / 3 * 2 & ~(PAGE_SIZE - 1);
    m.base[2] = user_end - (UINT64_C(1) << 28);
    frame_stats(&before);
    assert_int_equal(pgtable_create(&pt), 0);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned k = (unsigned)prng_below(&rng, MODEL_PAGES);

        if (m.pa[k]) {
            assert_int_equal(pgtable_clear(&pt, model_va(&m, k)).pa, m.pa[k]);
            m.pa[k] = 0;
            count--;
        } else {
            m.pa[k] = (1 + prng_below(&rng, 1 << 20)) * PAGE_SIZE;
            assert_int_equal(pgtable_set(&pt, model_va(&m, k),
                                         (struct pte){m.pa[k], PTE_PRESENT | PTE_READ}),
                             0);
            count++;
        }
        k = (unsigned)prng_below(&rng, MODEL_PAGES);
        assert_int_equal(pgtable_get(&pt, model_va(&m, k)).pa, m.pa[k]);
        assert_int_equal(pgtable_gap(&pt, model_va(&m, k), 1), m.pa[k] == 0);
    }
    assert_int_equal(pgtable_walk(&pt, 0, user_end, model_visit, &m), 0);
    assert_int_equal(m.seen, count);
    for (unsigned k = 0; k < MODEL_PAGES; k++)
        (void)pgtable_clear(&pt, model_va(&m, k));
    pgtable_prune(&pt, 0, user_end, &dead);
    assert_int_equal(pt.table_frames, 0);
    pgtable_release(&dead);
    pgtable_destroy(&pt);
    frame_stats(&after);
    assert_int_equal(before.free, after.free);
}

static void walker_in_each_format(void **state)
{
    (void)state;
    for (unsigned f = 0; f < ARRAY_SIZE(formats); f++)
        walker_agrees_with_a_model(formats[f]);
}

static void protect_and_mark_keep_the_rest(void **state)
{
    (void)state;
    for (unsigned f = 0; f < ARRAY_SIZE(formats); f++) {
        const uint32_t rw = PTE_PRESENT | PTE_READ | PTE_WRITE;
        const uint64_t va = 0x400000;
        struct pgtable pt;

        pgtable_use_format(formats[f]);
        assert_int_equal(pgtable_create(&pt), 0);
        pgtable_protect(&pt, va, PTE_READ); /* nothing there: nothing happens */
        assert_int_equal(pgtable_get(&pt, va).bits, 0);
        assert_int_equal(pgtable_set(&pt, va, (struct pte){0x9000, rw | PTE_DIRTY}), 0);
        pgtable_protect(&pt, va, PTE_READ);
        assert_int_equal(pgtable_get(&pt, va).bits, PTE_PRESENT | PTE_READ | PTE_DIRTY);
        pgtable_protect(&pt, va, 0);
        assert_int_equal(pgtable_get(&pt, va).bits, PTE_PRESENT | PTE_DIRTY);
        assert_int_equal(pgtable_get(&pt, va).pa, 0x9000);
        pgtable_protect(&pt, va, PTE_READ | PTE_WRITE);
        assert_int_equal(pgtable_mark(&pt, va, PTE_ACCESSED, PTE_DIRTY), rw | PTE_DIRTY);
        assert_int_equal(pgtable_get(&pt, va).bits, rw | PTE_ACCESSED);
        assert_int_equal(pgtable_clear(&pt, va).bits, rw | PTE_ACCESSED);
        pgtable_destroy(&pt);
    }
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
        cmocka_unit_test(every_leaf_survives_the_round_trip),
        cmocka_unit_test(entries_are_what_the_manuals_say),
        cmocka_unit_test(hardware_dirty_is_seen),
        cmocka_unit_test(walker_in_each_format),
        cmocka_unit_test(protect_and_mark_keep_the_rest),
    };

    return cmocka_run_group_tests(tests, power_on, NULL);
}
