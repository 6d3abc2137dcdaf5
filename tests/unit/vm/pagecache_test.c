/* SPDX-License-Identifier: BSD-2-Clause */
/* The page cache: files through read, write and mappings, truncation, write-back, reclaim. */
#include "fake_mmu.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/random.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/iter.h"
#include "vm/vm_priv.h"

#define RW         (PROT_READ | PROT_WRITE)
#define DISK_PAGES 160

/* A store that counts, with room for DISK_PAGES pages. */
static uint8_t disk[DISK_PAGES][4096];
static unsigned disk_reads, disk_writes;
static bool disk_broken;

static int disk_read(struct vm_object *o, uint64_t index, void *page)
{
    (void)o;
    if (disk_broken || index >= DISK_PAGES)
        return -EIO;
    disk_reads++;
    memcpy(page, disk[index], 4096);
    return 0;
}

static int disk_write(struct vm_object *o, uint64_t index, const void *page)
{
    (void)o;
    if (disk_broken || index >= DISK_PAGES)
        return -EIO;
    disk_writes++;
    memcpy(disk[index], page, 4096);
    return 0;
}

static unsigned quota;

static int quota_added(struct vm_object *o)
{
    (void)o;
    return quota ? (quota--, 0) : -ENOSPC;
}

static void quota_removed(struct vm_object *o)
{
    (void)o;
    quota++;
}

static const struct vm_object_ops disk_ops = {.read_page = disk_read,
                                              .write_page = disk_write};
static const struct vm_object_ops ram_ops = {.read_page = NULL};
static const struct vm_object_ops quota_ops = {.page_added = quota_added,
                                               .page_removed = quota_removed};

static int
    the_file; /* stands for a struct file: areas with one take no reference of the object */

static uint64_t map_object(struct vm_space *s, struct vm_object *o, uint64_t pages,
                           uint32_t prot, uint32_t flags)
{
    struct vm_map_args a = {.len = pages * PAGE_SIZE,
                            .prot = prot,
                            .flags = flags,
                            .object = o,
                            .file = &the_file};
    uint64_t at;

    assert_int_equal(vm_map(s, &a, &at), 0);
    return at;
}

static int64_t put(struct vm_object *o, uint64_t at, const void *buf, size_t len)
{
    struct vm_iter it;

    vm_iter_kernel(&it, (void *)(uintptr_t)buf, len);
    return vm_object_write(o, at, &it);
}

static int64_t get(struct vm_object *o, uint64_t at, void *buf, size_t len)
{
    struct vm_iter it;

    vm_iter_kernel(&it, buf, len);
    return vm_object_read(o, at, &it);
}

static struct vm_space *space_new(void)
{
    struct vm_space *s;

    assert_int_equal(vm_space_create(&s), 0);
    fake_enter(s);
    return s;
}

static void space_drop(struct vm_space *s)
{
    assert_true(vm_areas_valid(s));
    fake_enter(NULL);
    vm_space_put(s);
}

static void radix_agrees_with_a_model(void **state)
{
    static void *model[2000];
    struct radix r = {0};
    struct prng rng;

    (void)state;
    prng_seed(&rng, 9);
    for (unsigned i = 0; i < 50000; i++) {
        unsigned k = (unsigned)prng_below(&rng, 2000);
        uint64_t index = (uint64_t)k * k * k * 977;
        uint64_t at = index;

        assert_ptr_equal(radix_get(&r, index), model[k]);
        if (model[k])
            assert_ptr_equal(radix_remove(&r, index), model[k]);
        else
            assert_int_equal(radix_insert(&r, index, &model[k]), 0);
        model[k] = model[k] ? NULL : &model[k];
        if (i % 100)
            continue;
        while (k < 2000 && !model[k])
            k++;
        assert_ptr_equal(radix_next(&r, &at), k < 2000 ? model[k] : NULL);
    }
    for (uint64_t at = 0; radix_next(&r, &at);)
        assert_non_null(radix_remove(&r, at));
    assert_null(r.root);
    assert_int_equal(radix_insert(&r, UINT64_MAX, &r), 0);
    assert_ptr_equal(radix_remove(&r, UINT64_MAX), &r);
    assert_int_equal(r.height, 0);
}

static void files_agree_with_a_byte_array(void **state)
{
    enum { SIZE = 200000 };
    static uint8_t model[SIZE], buf[SIZE];
    uint64_t before = fake_frames_free(), size = 0;
    struct vm_object o;
    struct prng rng;

    (void)state;
    prng_seed(&rng, 77);
    vm_object_init(&o, &ram_ops, 0);
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t at = prng_below(&rng, SIZE),
                 len = prng_below(&rng, MIN(SIZE - at, 30000u) + 1);

        switch (prng_below(&rng, 5)) {
        case 0:
            assert_int_equal(vm_object_resize(&o, at), 0);
            if (at < size)
                memset(model + at, 0, size - at);
            size = at;
            break;
        case 1:
            assert_int_equal(vm_object_punch(&o, at, len), len ? 0 : -EINVAL);
            memset(model + at, 0, len);
            break;
        case 2:
            prng_fill(&rng, buf, len);
            assert_int_equal(put(&o, at, buf, len), len);
            memcpy(model + at, buf, len);
            size = len ? MAX(size, at + len) : size;
            break;
        default:
            len = at < size ? MIN(len, size - at) : 0;
            assert_int_equal(get(&o, at, buf, len), len);
            assert_memory_equal(buf, model + at, len);
            break;
        }
        assert_int_equal(o.size, size);
    }
    vm_object_destroy(&o);
    assert_int_equal(fake_frames_free(), before);
}

static void shared_mappings_and_writes_see_each_other(void **state)
{
    struct vm_space *s = space_new();
    struct vm_object o;
    uint8_t buf[8] = "abcdefg";
    uint64_t sh, pr;

    (void)state;
    vm_object_init(&o, &ram_ops, 3 * PAGE_SIZE);
    sh = map_object(s, &o, 4, RW, MAP_SHARED);
    pr = map_object(s, &o, 4, RW, MAP_PRIVATE);
    assert_int_equal(put(&o, PAGE_SIZE - 3, buf, 8), 8);
    assert_int_equal(fake_byte(sh + PAGE_SIZE - 3), 'a');
    assert_int_equal(fake_byte(pr + PAGE_SIZE), 'd');
    assert_int_equal(fake_store(sh + PAGE_SIZE, 'X'), VM_FAULT_OK);
    assert_int_equal(fake_byte(pr + PAGE_SIZE), 'X');
    assert_int_equal(fake_store(pr + PAGE_SIZE, 'Y'), VM_FAULT_OK);
    assert_int_equal(fake_byte(sh + PAGE_SIZE), 'X');
    assert_int_equal(get(&o, PAGE_SIZE, buf, 1), 1);
    assert_int_equal(buf[0], 'X');
    assert_int_equal(fake_load(sh + 3 * PAGE_SIZE, buf), VM_FAULT_BUS);
    space_drop(s);
    vm_object_destroy(&o);
}

static void truncation_unmaps_everywhere(void **state)
{
    uint64_t before = fake_frames_free();
    struct vm_space *a = space_new(), *b;
    struct vm_object o;
    uint64_t sh, pr;
    uint8_t v;

    (void)state;
    vm_object_init(&o, &ram_ops, 200 * PAGE_SIZE);
    sh = map_object(a, &o, 200, RW, MAP_SHARED);
    pr = map_object(a, &o, 200, RW, MAP_PRIVATE);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(fake_store(sh + i * PAGE_SIZE, (uint8_t)i), VM_FAULT_OK);
        assert_int_equal(fake_store(pr + i * PAGE_SIZE, 1), VM_FAULT_OK);
    }
    assert_int_equal(vm_space_fork(a, 0, &b), 0);
    fake_enter(b);
    assert_int_equal(fake_byte(sh + 150 * PAGE_SIZE), 150);
    fake_enter(a);
    assert_int_equal(fake_byte(sh + 150 * PAGE_SIZE), 150); /* in the TLB */
    assert_int_equal(vm_object_resize(&o, 10 * PAGE_SIZE + 100), 0);
    assert_int_equal(o.pages, 11);
    assert_int_equal(fake_load(sh + 150 * PAGE_SIZE, &v), VM_FAULT_BUS);
    assert_int_equal(fake_load(pr + 150 * PAGE_SIZE, &v), VM_FAULT_BUS);
    assert_int_equal(fake_byte(sh + 10 * PAGE_SIZE), 10);
    assert_int_equal(fake_byte(pr + 9 * PAGE_SIZE), 1);
    fake_enter(b);
    assert_int_equal(fake_load(sh + 11 * PAGE_SIZE, &v), VM_FAULT_BUS);
    /* What a mapping writes behind the end is gone when the file grows. */
    assert_int_equal(fake_store(sh + 10 * PAGE_SIZE + 200, 9), VM_FAULT_OK);
    assert_int_equal(vm_object_resize(&o, 12 * PAGE_SIZE), 0);
    assert_int_equal(fake_byte(sh + 10 * PAGE_SIZE + 200), 0);
    fake_enter(NULL);
    vm_space_put(b);
    fake_enter(a);
    space_drop(a);
    vm_object_destroy(&o);
    assert_int_equal(fake_frames_free(), before);
}

static void split_mappings_are_truncated_too(void **state)
{
    struct vm_space *s = space_new();
    struct vm_object o;
    uint64_t at, moved;
    uint8_t v;

    (void)state;
    vm_object_init(&o, &ram_ops, 20 * PAGE_SIZE);
    at = map_object(s, &o, 20, RW, MAP_SHARED);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(fake_store(at + i * PAGE_SIZE, (uint8_t)i), VM_FAULT_OK);
    assert_int_equal(vm_protect(s, at + 5 * PAGE_SIZE, 5 * PAGE_SIZE, PROT_READ), 0);
    assert_int_equal(vm_remap(s, at + 10 * PAGE_SIZE, 10 * PAGE_SIZE, 30 * PAGE_SIZE,
                              MREMAP_MAYMOVE, 0, &moved),
                     0);
    assert_int_equal(fake_byte(moved + 2 * PAGE_SIZE), 12);
    assert_int_equal(vm_object_resize(&o, 7 * PAGE_SIZE), 0);
    assert_int_equal(fake_load(moved, &v), VM_FAULT_BUS);
    assert_int_equal(fake_load(at + 7 * PAGE_SIZE, &v), VM_FAULT_BUS);
    assert_int_equal(fake_byte(at + 6 * PAGE_SIZE), 6);
    assert_int_equal(fake_byte(at + 2 * PAGE_SIZE), 2);
    space_drop(s);
    vm_object_destroy(&o);
}

static void write_from_a_mapping_of_the_same_page(void **state)
{
    struct vm_space *s = space_new();
    struct vm_object o;
    struct vm_iter it;
    uint64_t at;

    (void)state;
    vm_object_init(&o, &ram_ops, 0);
    assert_int_equal(put(&o, 0, "0123456789", 10), 10);
    at = map_object(s, &o, 1, RW, MAP_SHARED);
    vm_iter_user(&it, at,
                 10); /* not mapped yet: the copy faults on the page that it fills */
    assert_int_equal(vm_object_write(&o, 100, &it), 10);
    assert_int_equal(fake_byte(at + 109), '9');
    vm_iter_user(&it, at + 200, 10);
    assert_int_equal(vm_object_read(&o, 0, &it), 10);
    assert_int_equal(fake_byte(at + 205), '5');
    space_drop(s);
    vm_object_destroy(&o);
}

static void copies_to_bad_memory_are_short(void **state)
{
    struct vm_space *s = space_new();
    uint64_t at = fake_map(s, 0, PAGE_SIZE, RW, 0);
    struct vm_object o;
    struct vm_iter it;

    (void)state;
    fake_map(s, at + PAGE_SIZE, PAGE_SIZE, PROT_NONE, MAP_FIXED);
    vm_object_init(&o, &ram_ops, 3 * PAGE_SIZE);
    vm_iter_user(&it, at + PAGE_SIZE - 10, 100);
    assert_int_equal(vm_object_read(&o, 0, &it), 10);
    vm_iter_user(&it, at + PAGE_SIZE, 100);
    assert_int_equal(vm_object_read(&o, 0, &it), -EFAULT);
    vm_iter_user(&it, at + PAGE_SIZE, 100);
    assert_int_equal(vm_object_write(&o, 3 * PAGE_SIZE, &it), -EFAULT);
    assert_int_equal(o.size, 3 * PAGE_SIZE);
    space_drop(s);
    vm_object_destroy(&o);
}

static void dirty_mapped_pages_reach_the_store(void **state)
{
    struct vm_space *s = space_new();
    struct vm_cache_stats st;
    struct vm_object o;
    uint64_t at;

    (void)state;
    for (unsigned i = 0; i < DISK_PAGES; i++)
        memset(disk[i], (int)i, 4096);
    disk_reads = disk_writes = 0;
    vm_object_init(&o, &disk_ops, DISK_PAGES * PAGE_SIZE);
    at = map_object(s, &o, DISK_PAGES, RW, MAP_SHARED);
    assert_int_equal(fake_byte(at + 5 * PAGE_SIZE), 5);
    assert_int_equal(disk_reads, 1);
    assert_int_equal(fake_store(at + 5 * PAGE_SIZE, 99), VM_FAULT_OK);
    assert_int_equal(vm_sync(s, at, DISK_PAGES * PAGE_SIZE, MS_SYNC), 0);
    assert_int_equal(disk_writes, 1);
    assert_int_equal(disk[5][0], 99);
    assert_int_equal(vm_sync(s, at, DISK_PAGES * PAGE_SIZE, MS_SYNC), 0);
    assert_int_equal(disk_writes, 1); /* clean now */
    assert_int_equal(fake_store(at + 5 * PAGE_SIZE, 98), VM_FAULT_OK);
    assert_int_equal(vm_unmap(s, at, DISK_PAGES * PAGE_SIZE), 0);
    vm_cache_stats(&st);
    assert_int_equal(st.dirty, 1);
    disk_broken = true;
    assert_int_equal(vm_object_sync(&o, 0, UINT64_MAX), -EIO);
    disk_broken = false;
    assert_int_equal(vm_object_sync(&o, 0, UINT64_MAX), 0);
    assert_int_equal(disk[5][0], 98);
    space_drop(s);
    vm_object_destroy(&o);
}

static void clean_pages_are_reclaimed_and_come_back(void **state)
{
    struct vm_space *s = space_new();
    struct vm_object o;
    uint8_t buf[16], v;
    uint64_t at;

    (void)state;
    vm_object_init(&o, &disk_ops, DISK_PAGES * PAGE_SIZE);
    for (unsigned i = 0; i < DISK_PAGES; i++)
        assert_int_equal(get(&o, i * PAGE_SIZE, buf, 16), 16);
    at = map_object(s, &o, DISK_PAGES, RW, MAP_PRIVATE); /* not shown ahead */
    v = fake_byte(at + 30 * PAGE_SIZE);
    assert_int_equal(put(&o, PAGE_SIZE, "dirty", 5), 5);
    (void)frame_reclaim(UINT64_MAX);
    assert_true(o.pages < 100); /* what is mapped or dirty stays */
    assert_non_null(radix_get(&o.tree, 30));
    assert_non_null(radix_get(&o.tree, 1));
    assert_int_equal(fake_byte(at + 30 * PAGE_SIZE), v);
    assert_int_equal(get(&o, 60 * PAGE_SIZE, buf, 16), 16);
    assert_int_equal(buf[0], 60);
    space_drop(s);
    vm_object_destroy(&o);
}

static void errors_of_the_store_are_a_bus_error(void **state)
{
    struct vm_space *s = space_new();
    struct vm_object o;
    uint8_t v, buf[10];
    uint64_t at;

    (void)state;
    vm_object_init(&o, &disk_ops, DISK_PAGES * PAGE_SIZE);
    at = map_object(s, &o, 4, PROT_READ, MAP_SHARED);
    disk_broken = true;
    assert_int_equal(fake_load(at, &v), VM_FAULT_BUS);
    assert_int_equal(get(&o, 0, buf, 10), -EIO);
    disk_broken = false;
    assert_int_equal(fake_load(at, &v), VM_FAULT_OK);
    space_drop(s);
    vm_object_destroy(&o);
}

static void quota_is_enforced_and_returned(void **state)
{
    static uint8_t buf[10 * 4096];
    struct vm_object o;

    (void)state;
    quota = 3;
    vm_object_init(&o, &quota_ops, 0);
    assert_int_equal(put(&o, 0, buf, sizeof(buf)), 3 * PAGE_SIZE);
    assert_int_equal(put(&o, 3 * PAGE_SIZE, buf, 1), -ENOSPC);
    assert_int_equal(vm_object_seek(&o, 0, false), 3 * PAGE_SIZE);
    assert_int_equal(vm_object_resize(&o, PAGE_SIZE), 0);
    assert_int_equal(quota, 2);
    vm_object_destroy(&o);
    assert_int_equal(quota, 3);
}

static void anonymous_shared_memory_lives_as_long_as_its_areas(void **state)
{
    uint64_t before = fake_frames_free();
    struct vm_space *s = space_new();
    uint64_t at = fake_map(s, 0, 10 * PAGE_SIZE, RW, MAP_SHARED), other;

    (void)state;
    assert_int_equal(fake_store(at + 3 * PAGE_SIZE, 3), VM_FAULT_OK);
    assert_int_equal(vm_remap(s, at, 0, 10 * PAGE_SIZE, MREMAP_MAYMOVE, 0, &other), 0);
    assert_int_equal(vm_unmap(s, at, 10 * PAGE_SIZE), 0);
    assert_int_equal(fake_byte(other + 3 * PAGE_SIZE), 3);
    assert_int_equal(vm_advise(s, other + 3 * PAGE_SIZE, PAGE_SIZE, MADV_REMOVE), 0);
    assert_int_equal(fake_byte(other + 3 * PAGE_SIZE), 0);
    space_drop(s);
    assert_int_equal(fake_frames_free(), before);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radix_agrees_with_a_model),
        cmocka_unit_test(files_agree_with_a_byte_array),
        cmocka_unit_test(shared_mappings_and_writes_see_each_other),
        cmocka_unit_test(truncation_unmaps_everywhere),
        cmocka_unit_test(split_mappings_are_truncated_too),
        cmocka_unit_test(write_from_a_mapping_of_the_same_page),
        cmocka_unit_test(copies_to_bad_memory_are_short),
        cmocka_unit_test(dirty_mapped_pages_reach_the_store),
        cmocka_unit_test(clean_pages_are_reclaimed_and_come_back),
        cmocka_unit_test(errors_of_the_store_are_a_bus_error),
        cmocka_unit_test(quota_is_enforced_and_returned),
        cmocka_unit_test(anonymous_shared_memory_lives_as_long_as_its_areas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return fake_machine_run(run);
}
