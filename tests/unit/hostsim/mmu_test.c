/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated MMU: entries are written here by hand, from the manuals' tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostsim/hal/arena.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/hal/mmu_tlb.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/user/native.h"
#include "hostsim/world/world.h"
#include "tests/unit/hostsim/fake_engine.h"

#define SPACE  7
#define VA     (w->va)
#define PAGE   0x800000ull /* physical, the page that VA maps to */
#define ROOT   0x400000ull
#define BIT(n) (UINT64_C(1) << (n))

/* How a format writes what a test asks for. */
struct writer {
    enum hal_mmu mmu;
    unsigned levels;
    uint64_t va;
    uint64_t (*table)(uint64_t pa);
    uint64_t (*leaf)(uint64_t pa, unsigned level, unsigned rights, bool used, bool dirty);
    bool marks_tables; /* sets an accessed bit in tables */
};

static uint64_t x86_table(uint64_t pa)
{
    return pa | 7;
}

static uint64_t x86_leaf(uint64_t pa, unsigned level, unsigned rights, bool used,
                         bool dirty)
{
    return pa | 1 | 4 | (rights & HAL_WRITE ? 2 : 0) | (used ? 0x20 : 0) |
           (dirty ? 0x40 : 0) | (level ? 0x80 : 0) | (rights & HAL_EXEC ? 0 : BIT(63));
}

static uint64_t arm_table(uint64_t pa)
{
    return pa | 3;
}

static uint64_t arm_leaf(uint64_t pa, unsigned level, unsigned rights, bool used,
                         bool dirty)
{
    return pa | (level ? 1 : 3) | BIT(6) | (dirty ? 0 : BIT(7)) | (used ? BIT(10) : 0) |
           (rights & HAL_WRITE ? BIT(51) : 0) | (rights & HAL_EXEC ? 0 : BIT(54));
}

static uint64_t sv_table(uint64_t pa)
{
    return pa >> 2 | 1;
}

static uint64_t sv_leaf(uint64_t pa, unsigned level, unsigned rights, bool used,
                        bool dirty)
{
    (void)level;
    return pa >> 2 | 1 | (rights & HAL_READ ? 2 : 0) | (rights & HAL_WRITE ? 4 : 0) |
           (rights & HAL_EXEC ? 8 : 0) | 16 | (used ? 64 : 0) | (dirty ? 128 : 0);
}

static const struct writer writers[] = {
    {HAL_MMU_X86_64, 4, 0x123456789000, x86_table, x86_leaf, true},
    {HAL_MMU_AARCH64, 4, 0x123456789000, arm_table, arm_leaf, false},
    {HAL_MMU_SV48, 4, 0x123456789000, sv_table, sv_leaf, false},
    {HAL_MMU_SV39, 3, 0x3456789000, sv_table, sv_leaf, false},
};

static const struct writer *w = writers;

static uint64_t *entry_at(unsigned level, uint64_t va)
{
    uint64_t table = ROOT + (w->levels - 1 - level) * 0x1000ull;

    return (uint64_t *)arena_virt(table) + ((va >> (12 + 9 * level)) & 511);
}

/* Fresh tables; the leaf of VA, at `level`, is `raw`. */
static void map_raw(unsigned level, uint64_t raw)
{
    memset(arena_virt(ROOT), 0, 4 * 4096);
    for (unsigned l = w->levels - 1; l > level; l--)
        *entry_at(l, VA) = w->table(ROOT + (w->levels - l) * 0x1000ull);
    *entry_at(level, VA) = raw;
}

static void map(unsigned rights)
{
    map_raw(0, w->leaf(PAGE, 0, rights, false, false));
}

static bool walk(enum hal_access access)
{
    struct mmu_leaf leaf;

    return mmu_walk(ROOT, VA, access, &leaf);
}

/* Run `test` with each format, the space freshly bound and loaded. */
static void each_format(void (*test)(void))
{
    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        w = &writers[i];
        mmu_init(w->mmu);
        mmu_space_bind(SPACE, ROOT);
        hal_space_load(SPACE);
        memset(arena_virt(PAGE), 0x5a, 4096);
        test();
        hal_space_load(0);
        mmu_space_unbind(SPACE);
    }
}

static bool dies_of(void (*f)(void), const char *text)
{
    char buf[200] = {0};
    int fds[2], status;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 2);
        f();
        _exit(0);
    }
    close(fds[1]);
    assert_true(read(fds[0], buf, sizeof(buf) - 1) >= 0);
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 99 && strstr(buf, text);
}

/* ---- the walker ---- */

static void rights_one(void)
{
    static const unsigned sets[] = {HAL_READ, HAL_READ | HAL_WRITE, HAL_READ | HAL_EXEC,
                                    HAL_READ | HAL_WRITE | HAL_EXEC};

    for (size_t i = 0; i < 4; i++) {
        map(sets[i]);
        assert_true(walk(HAL_READ));
        assert_int_equal(walk(HAL_WRITE), !!(sets[i] & HAL_WRITE));
        assert_int_equal(walk(HAL_EXEC), !!(sets[i] & HAL_EXEC));
    }
}

static void rights_are_what_the_leaf_says(void **state)
{
    (void)state;
    each_format(rights_one);
}

static void updates_one(void)
{
    unsigned rights = HAL_READ | HAL_WRITE;
    struct mmu_leaf leaf;

    map(rights);
    assert_true(mmu_peek(ROOT, VA + 5, &leaf));
    assert_int_equal(leaf.pa, PAGE + 5);
    assert_int_equal(leaf.allowed, rights);
    assert_int_equal(leaf.ready, 0);
    assert_int_equal(*entry_at(0, VA), w->leaf(PAGE, 0, rights, false, false));
    assert_true(mmu_walk(ROOT, VA, HAL_READ, &leaf));
    assert_int_equal(leaf.ready, HAL_READ);
    assert_int_equal(leaf.shift, 12);
    assert_int_equal(*entry_at(0, VA), w->leaf(PAGE, 0, rights, true, false));
    assert_int_equal(!!(*entry_at(1, VA) & 0x20), w->marks_tables);
    assert_true(mmu_walk(ROOT, VA, HAL_WRITE, &leaf));
    assert_int_equal(leaf.ready, rights);
    assert_int_equal(*entry_at(0, VA), w->leaf(PAGE, 0, rights, true, true));
    assert_ptr_equal(arena_virt(leaf.pte_pa), entry_at(0, VA));
}

static void accessed_and_dirty_are_set_by_use(void **state)
{
    (void)state;
    each_format(updates_one);
}

static void denied_one(void)
{
    map(HAL_READ);
    assert_false(walk(HAL_WRITE));
    assert_int_equal(*entry_at(0, VA), w->leaf(PAGE, 0, HAL_READ, false, false));
    for (unsigned level = 0; level < w->levels; level++) {
        map(HAL_READ);
        *entry_at(level, VA) = 0;
        assert_false(walk(HAL_READ));
    }
    map(HAL_READ);
    assert_false(mmu_walk(ROOT, VA | BIT(60), HAL_READ, &(struct mmu_leaf){0}));
}

static void denied_access_changes_nothing(void **state)
{
    (void)state;
    each_format(denied_one);
}

static void large_one(void)
{
    struct mmu_leaf leaf;

    map_raw(1, w->leaf(0, 1, HAL_READ | HAL_WRITE, false, false));
    assert_true(mmu_walk(ROOT, VA, HAL_WRITE, &leaf));
    assert_int_equal(leaf.shift, 21);
    assert_int_equal(leaf.pa, VA & (BIT(21) - 1));
    map_raw(1, w->leaf(0x1000 << 2, 1, HAL_READ, false, false)); /* misaligned */
    assert_false(walk(HAL_READ));
}

static void large_leaves_translate(void **state)
{
    (void)state;
    each_format(large_one);
}

static void x86_tables_restrict(void **state)
{
    (void)state;
    w = &writers[0];
    mmu_init(HAL_MMU_X86_64);
    map(HAL_READ | HAL_WRITE | HAL_EXEC);
    *entry_at(2, VA) &= ~UINT64_C(2);
    assert_true(walk(HAL_READ) && walk(HAL_EXEC) && !walk(HAL_WRITE));
    *entry_at(2, VA) |= BIT(63);
    assert_false(walk(HAL_EXEC));
    *entry_at(2, VA) &= ~UINT64_C(4);
    assert_false(walk(HAL_READ));
    map(HAL_READ);
    *entry_at(3, VA) |= 0x80; /* reserved in a PML4 entry */
    assert_false(walk(HAL_READ));
}

static void arm_tables_restrict(void **state)
{
    (void)state;
    w = &writers[1];
    mmu_init(HAL_MMU_AARCH64);
    map(HAL_READ | HAL_WRITE | HAL_EXEC);
    *entry_at(1, VA) |= BIT(62);
    assert_true(walk(HAL_READ) && walk(HAL_EXEC) && !walk(HAL_WRITE));
    *entry_at(1, VA) |= BIT(60);
    assert_false(walk(HAL_EXEC));
    *entry_at(1, VA) |= BIT(61);
    assert_false(walk(HAL_READ));
    /* Without AP[1] there is no data access from EL0, but execution stays possible. */
    map_raw(0, arm_leaf(PAGE, 0, HAL_READ | HAL_EXEC, true, false) & ~BIT(6));
    assert_true(!walk(HAL_READ) && walk(HAL_EXEC));
    map_raw(0,
            arm_leaf(PAGE, 0, HAL_READ, true, false) & ~BIT(1)); /* reserved encoding */
    assert_false(walk(HAL_READ));
}

static void sv_reserved_one(void)
{
    map_raw(0, sv_leaf(PAGE, 0, HAL_WRITE, true, true)); /* W without R */
    assert_false(walk(HAL_WRITE));
    map_raw(0, sv_leaf(PAGE, 0, HAL_READ, true, true) | BIT(54));
    assert_false(walk(HAL_READ));
    map_raw(0, sv_leaf(PAGE, 0, HAL_READ, true, true) & ~BIT(4)); /* not for users */
    assert_false(walk(HAL_READ));
    map(HAL_READ);
    *entry_at(1, VA) |= 64; /* A in a pointer */
    assert_false(walk(HAL_READ));
    map_raw(0, sv_leaf(PAGE, 0, HAL_EXEC, true, true));
    assert_true(walk(HAL_EXEC) && !walk(HAL_READ));
    /* The highest translated bit is repeated above: this half has it clear. */
    assert_false(
        mmu_walk(ROOT, VA | BIT(11 + 9 * w->levels), HAL_EXEC, &(struct mmu_leaf){0}));
    assert_int_equal(mmu_user_max(), BIT(11 + 9 * w->levels) - HAL_PAGE_SIZE);
}

static void sv_reserved_encodings_fault(void **state)
{
    (void)state;
    for (w = &writers[2]; w < &writers[4]; w++) {
        mmu_init(w->mmu);
        sv_reserved_one();
    }
    w = writers;
}

static void walk_wild_table(void)
{
    *entry_at(2, VA) = w->table(1ull << 40);
    walk(HAL_READ);
}

static void walk_wild_page(void)
{
    map_raw(0, w->leaf(1ull << 40, 0, HAL_READ, false, false));
    walk(HAL_READ);
}

static void wild_one(void)
{
    map(HAL_READ);
    assert_true(dies_of(walk_wild_table, "page table outside RAM"));
    assert_true(dies_of(walk_wild_page, "page outside RAM"));
}

static void tables_outside_ram_are_a_machine_check(void **state)
{
    (void)state;
    each_format(wild_one);
}

/* ---- the TLB and the accesses through it ---- */

static bool readable(void)
{
    uint8_t byte = 0;

    return hal_user_read(&byte, VA, 1) == 1 && byte == 0x5a;
}

static void stale_one(void)
{
    unsigned flushes = fake_engine_counts.flushes;

    map(HAL_READ);
    assert_true(readable());
    *entry_at(0, VA) = 0;
    assert_true(readable()); /* what a kernel that forgets to flush meets */
    mmu_space_bind(SPACE + 1, ROOT);
    hal_space_load(SPACE + 1);
    assert_false(readable());
    hal_space_load(SPACE); /* tagged entries survive */
    assert_true(readable());
    hal_tlb_flush(SPACE + 1, 0, UINT64_MAX);
    assert_true(readable());
    hal_tlb_flush(SPACE, VA + 0x1000, 0x100000);
    assert_true(readable());
    hal_tlb_flush(SPACE, VA, 1);
    assert_false(readable());
    assert_int_equal(fake_engine_counts.flushes, flushes + 3);
    mmu_space_unbind(SPACE + 1);
}

static void stale_entry_lives_until_flushed(void **state)
{
    (void)state;
    each_format(stale_one);
}

static void read_once(void)
{
    (void)readable();
}

static void freed_one(void)
{
    map(HAL_READ);
    assert_true(readable());
    hal_mem_mark(arena_virt(PAGE), HAL_PAGE_SIZE / 2, HAL_MEM_FREE); /* an object in it */
    assert_true(readable());
    hal_mem_mark(arena_virt(PAGE), HAL_PAGE_SIZE, HAL_MEM_FREE);
    hal_mem_mark(arena_virt(PAGE), HAL_PAGE_SIZE, HAL_MEM_DEFINED); /* in use again */
    assert_true(dies_of(read_once, "a flush is missing"));
    hal_tlb_flush(SPACE, VA, 1);
    assert_true(readable());
}

static void entry_that_outlives_its_frame_is_a_machine_check(void **state)
{
    (void)state;
    each_format(freed_one);
}

static void ranges_one(void)
{
    const struct {
        uint64_t va, len;
        bool hits;
    } cases[] = {
        {0, UINT64_MAX, true},
        {VA - 0x1000, 0x1000, false},
        {VA - 0x1000, 0x1001, true},
        {VA + 0xfff, 1, true},
        {VA + 0x1000, 0x1000, false},
        {0, BIT(47), true},
        {VA + 0x1000, BIT(40), false},
        {VA - BIT(30), BIT(31), true},
        {VA, 0, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        map(HAL_READ);
        assert_true(readable());
        *entry_at(0, VA) = 0;
        hal_tlb_flush(SPACE, cases[i].va, cases[i].len);
        assert_int_equal(readable(), !cases[i].hits);
        hal_tlb_flush(SPACE, VA, 1);
    }
}

static void flush_covers_its_range_and_no_more(void **state)
{
    (void)state;
    each_format(ranges_one);
}

static void large_flush_one(void)
{
    uint8_t byte;

    map_raw(1, w->leaf(PAGE, 1, HAL_READ, false, false));
    assert_int_equal(hal_user_read(&byte, VA, 1), 1);
    *entry_at(1, VA) = 0;
    assert_int_equal(hal_user_read(&byte, VA, 1), 1);
    hal_tlb_flush(SPACE, VA & ~(BIT(21) - 1), 1); /* another page of the same leaf */
    assert_int_equal(hal_user_read(&byte, VA, 1), 0);
}

static void flush_inside_a_large_leaf_forgets_all_of_it(void **state)
{
    (void)state;
    each_format(large_flush_one);
}

static void rebinding_one(void)
{
    map(HAL_READ);
    assert_true(readable());
    *entry_at(0, VA) = 0;
    hal_space_load(0);
    assert_false(readable());
    mmu_space_unbind(SPACE);
    mmu_space_bind(SPACE, ROOT);
    hal_space_load(SPACE);
    assert_false(readable());
}

static void reused_space_number_meets_no_old_entry(void **state)
{
    (void)state;
    each_format(rebinding_one);
}

static void copies_one(void)
{
    uint8_t buf[8192];

    map(HAL_READ | HAL_WRITE);
    memset(buf, 7, sizeof(buf));
    assert_int_equal(hal_user_write(VA + 4000, buf, 200), 96);
    assert_int_equal(((uint8_t *)arena_virt(PAGE))[3999], 0x5a);
    assert_int_equal(((uint8_t *)arena_virt(PAGE))[4095], 7);
    assert_int_equal(*entry_at(0, VA),
                     w->leaf(PAGE, 0, HAL_READ | HAL_WRITE, true, true));
    *entry_at(0, VA + 0x1000) = w->leaf(PAGE + 0x3000, 0, HAL_READ, false, false);
    assert_int_equal(hal_user_read(buf, VA, sizeof(buf)), sizeof(buf));
    assert_int_equal(hal_user_write(VA + 0x1000, buf, 1), 0);
    assert_int_equal(hal_user_read(buf, 0x1000, 1), 0);
    assert_int_equal(hal_user_read(buf, UINT64_MAX - 3, 8), 0);
    assert_int_equal(hal_user_read(buf, NATIVE_USER_MAX - 1, 2), 0);
}

static void copies_stop_at_the_byte_that_faults(void **state)
{
    (void)state;
    each_format(copies_one);
}

static void clean_one(void)
{
    uint32_t word = 0;

    map(HAL_READ | HAL_WRITE);
    assert_int_equal(hal_user_read(&word, VA, 4), 4);
    assert_int_equal(hal_user_write(VA, &word, 4), 4);
    assert_int_equal(*entry_at(0, VA),
                     w->leaf(PAGE, 0, HAL_READ | HAL_WRITE, true, true));
}

static void cached_clean_page_is_marked_dirty_by_a_write(void **state)
{
    (void)state;
    each_format(clean_one);
}

static void cmpxchg_one(void)
{
    uint32_t old = 0;

    map(HAL_READ | HAL_WRITE);
    assert_int_equal(hal_user_cmpxchg32(VA + 8, 1, 2, &old), 0);
    assert_int_equal(old, 0x5a5a5a5a);
    assert_int_equal(hal_user_cmpxchg32(VA + 8, 0x5a5a5a5a, 2, &old), 0);
    assert_int_equal(old, 0x5a5a5a5a);
    assert_int_equal(hal_user_cmpxchg32(VA + 8, 2, 3, &old), 0);
    assert_int_equal(old, 2);
    assert_int_equal(hal_user_cmpxchg32(VA + 2, 2, 3, &old), -EFAULT);
    assert_int_equal(hal_user_cmpxchg32(VA + 0x1000, 2, 3, &old), -EFAULT);
}

static void cmpxchg_works_and_faults(void **state)
{
    (void)state;
    each_format(cmpxchg_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_are_what_the_leaf_says),
        cmocka_unit_test(accessed_and_dirty_are_set_by_use),
        cmocka_unit_test(denied_access_changes_nothing),
        cmocka_unit_test(large_leaves_translate),
        cmocka_unit_test(x86_tables_restrict),
        cmocka_unit_test(arm_tables_restrict),
        cmocka_unit_test(sv_reserved_encodings_fault),
        cmocka_unit_test(tables_outside_ram_are_a_machine_check),
        cmocka_unit_test(stale_entry_lives_until_flushed),
        cmocka_unit_test(entry_that_outlives_its_frame_is_a_machine_check),
        cmocka_unit_test(flush_covers_its_range_and_no_more),
        cmocka_unit_test(flush_inside_a_large_leaf_forgets_all_of_it),
        cmocka_unit_test(reused_space_number_meets_no_old_entry),
        cmocka_unit_test(copies_stop_at_the_byte_that_faults),
        cmocka_unit_test(cached_clean_page_is_marked_dirty_by_a_write),
        cmocka_unit_test(cmpxchg_works_and_faults),
    };
    const struct machine_config config = {
        .cpus = 1,
        .mem_bytes = 64u << 20,
        .cmdline = "",
    };
    struct hal_bootinfo info = {0};

    arena_create(&config, &info);
    mmu_frames_init(arena_bytes());
    world_threads_init();
    vcpu_init(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
