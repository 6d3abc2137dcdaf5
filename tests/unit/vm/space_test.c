/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: areas against a page-by-page model, faults, copy-on-write, fork. */
#include "fake_mmu.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/random.h"
#include "mm/frame.h"
#include "vm/ucopy.h"
#include "vm/vm_priv.h"

#define RW (PROT_READ | PROT_WRITE)

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

/* ---- areas against a model ---- */

#define MODEL_BASE  UINT64_C(0x10000000)
#define MODEL_PAGES 200u

enum { UNMAPPED = 0xff };

struct model {
    uint8_t prot[MODEL_PAGES]; /* UNMAPPED or PROT_* */
    uint8_t value[MODEL_PAGES];
};

static void model_check(struct vm_space *s, const struct model *m)
{
    assert_true(vm_areas_valid(s));
    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        uint64_t va = MODEL_BASE + i * PAGE_SIZE;
        const struct vm_area *a = vm_area_find(s, va);

        if (m->prot[i] == UNMAPPED) {
            assert_null(a);
            continue;
        }
        assert_non_null(a);
        assert_int_equal(a->flags & VM_RIGHTS, vm_flags_of_prot(m->prot[i]));
        if (m->prot[i] & PROT_READ)
            assert_int_equal(fake_byte(va), m->value[i]);
    }
}

static void model_store(struct model *m, unsigned i, uint8_t v)
{
    enum vm_fault_result r = fake_store(MODEL_BASE + i * PAGE_SIZE, v);

    if (m->prot[i] == UNMAPPED) {
        assert_int_equal(r, VM_FAULT_SEGV_MAPERR);
    } else if (m->prot[i] & PROT_WRITE) {
        assert_int_equal(r, VM_FAULT_OK);
        m->value[i] = v;
    } else {
        assert_int_equal(r, VM_FAULT_SEGV_ACCERR);
    }
}

static void model_step(struct vm_space *s, struct model *m, struct prng *rng)
{
    static const uint8_t prots[] = {PROT_NONE, PROT_READ, RW, PROT_READ | PROT_EXEC};
    unsigned i = (unsigned)prng_below(rng, MODEL_PAGES);
    unsigned n = 1 + (unsigned)prng_below(rng, MIN(MODEL_PAGES - i, 40u));
    uint64_t va = MODEL_BASE + i * PAGE_SIZE;
    uint8_t prot = prots[prng_below(rng, ARRAY_SIZE(prots))];
    bool mapped = true;

    for (unsigned k = i; k < i + n; k++)
        mapped &= m->prot[k] != UNMAPPED;
    switch (prng_below(rng, 8)) {
    case 0:
    case 1:
        assert_int_equal(fake_map(s, va, n * PAGE_SIZE, prot, MAP_FIXED), va);
        memset(&m->prot[i], prot, n);
        memset(&m->value[i], 0, n);
        break;
    case 2:
        assert_int_equal(vm_unmap(s, va, n * PAGE_SIZE), 0);
        memset(&m->prot[i], UNMAPPED, n);
        break;
    case 3:
        assert_int_equal(vm_protect(s, va, n * PAGE_SIZE, prot), mapped ? 0 : -ENOMEM);
        if (mapped)
            memset(&m->prot[i], prot, n);
        break;
    case 4:
        assert_int_equal(vm_advise(s, va, n * PAGE_SIZE, MADV_DONTNEED),
                         mapped ? 0 : -ENOMEM);
        memset(&m->value[i], 0, n);
        break;
    default:
        for (unsigned k = i; k < i + n; k++)
            model_store(m, k, (uint8_t)prng_next(rng));
        break;
    }
}

static void areas_agree_with_a_page_map(void **state)
{
    static struct model m;
    struct vm_space *s = space_new();
    struct prng rng;

    (void)state;
    prng_seed(&rng, 2026);
    memset(m.prot, UNMAPPED, sizeof(m.prot));
    for (unsigned i = 0; i < 4000; i++) {
        model_step(s, &m, &rng);
        if (i % 16 == 0)
            model_check(s, &m);
    }
    model_check(s, &m);
    space_drop(s);
}

static void neighbours_alike_become_one_area(void **state)
{
    struct vm_space *s = space_new();

    (void)state;
    fake_map(s, MODEL_BASE, 4 * PAGE_SIZE, RW, MAP_FIXED);
    fake_map(s, MODEL_BASE + 4 * PAGE_SIZE, 4 * PAGE_SIZE, RW, MAP_FIXED);
    assert_int_equal(s->area_count, 1);
    assert_int_equal(vm_protect(s, MODEL_BASE + 3 * PAGE_SIZE, PAGE_SIZE, PROT_READ), 0);
    assert_int_equal(s->area_count, 3);
    assert_int_equal(vm_protect(s, MODEL_BASE + 3 * PAGE_SIZE, PAGE_SIZE, RW), 0);
    assert_int_equal(s->area_count, 1);
    space_drop(s);
}

static void places_are_top_down_and_free(void **state)
{
    struct vm_space *s = space_new();
    uint64_t a = fake_map(s, 0, 10 * PAGE_SIZE, RW, 0);
    uint64_t b = fake_map(s, 0, 5 * PAGE_SIZE, PROT_READ, 0);
    uint64_t c;

    (void)state;
    assert_int_equal(a, s->mmap_base - 10 * PAGE_SIZE);
    assert_int_equal(b, a - 5 * PAGE_SIZE);
    assert_int_equal(vm_unmap(s, a + 2 * PAGE_SIZE, 6 * PAGE_SIZE), 0);
    c = fake_map(s, 0, 6 * PAGE_SIZE, PROT_READ, 0);
    assert_int_equal(c, a + 2 * PAGE_SIZE);
    c = fake_map(s, a, PAGE_SIZE, PROT_READ, 0); /* a hint that is taken */
    assert_int_equal(c, b - PAGE_SIZE);
    space_drop(s);
}

static void bad_arguments_are_refused(void **state)
{
    struct vm_space *s = space_new();
    struct vm_map_args m = {
        .len = PAGE_SIZE, .prot = RW, .flags = MAP_PRIVATE | MAP_FIXED};
    uint64_t at;

    (void)state;
    m.addr = 123;
    assert_int_equal(vm_map(s, &m, &at), -EINVAL);
    m.addr = s->user_max;
    assert_int_equal(vm_map(s, &m, &at), -ENOMEM);
    m.addr = 0;
    assert_int_equal(vm_map(s, &m, &at), -EPERM);
    m.addr = MODEL_BASE;
    m.len = UINT64_MAX;
    assert_int_equal(vm_map(s, &m, &at), -ENOMEM);
    m.len = 0;
    assert_int_equal(vm_map(s, &m, &at), -EINVAL);
    m.len = PAGE_SIZE;
    m.flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
    assert_int_equal(vm_map(s, &m, &at), 0);
    assert_int_equal(vm_map(s, &m, &at), -EEXIST);
    m.flags = MAP_PRIVATE;
    m.len = UINT64_C(1) << 40;
    assert_int_equal(vm_map(s, &m, &at), -ENOMEM); /* more than there can be */
    m.flags = MAP_PRIVATE | MAP_NORESERVE;
    assert_int_equal(vm_map(s, &m, &at), 0);
    assert_int_equal(vm_unmap(s, 1, PAGE_SIZE), -EINVAL);
    assert_int_equal(vm_unmap(s, 0, 0), -EINVAL);
    assert_int_equal(vm_unmap(s, MODEL_BASE, UINT64_MAX - PAGE_SIZE), -EINVAL);
    s->limit_as = 0;
    m.len = PAGE_SIZE;
    assert_int_equal(vm_map(s, &m, &at), -ENOMEM);
    space_drop(s);
}

/* ---- faults ---- */

static void sequential_touches_get_growing_runs(void **state)
{
    struct vm_space *s = space_new();
    uint64_t va = fake_map(s, 0, 64 * PAGE_SIZE, RW, 0);
    uint64_t faults;

    (void)state;
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(fake_store(va + i * PAGE_SIZE, 1), VM_FAULT_OK);
    faults = s->minor_faults;
    assert_true(faults <= 4);
    assert_int_equal(s->rss_anon, 64);
    for (unsigned i = 9; i < 63; i++)
        assert_int_equal(pgtable_get(&s->pt, va + i * PAGE_SIZE).pa + PAGE_SIZE,
                         pgtable_get(&s->pt, va + (i + 1) * PAGE_SIZE).pa);
    space_drop(s);
}

static void sparse_reads_cost_no_memory(void **state)
{
    struct vm_space *s = space_new();
    uint64_t va = fake_map(s, 0, 64 * PAGE_SIZE, RW, MAP_NORESERVE);

    (void)state;
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(fake_byte(va + i * PAGE_SIZE), 0);
    assert_int_equal(s->rss_anon, 0);
    assert_int_equal(fake_store(va, 9), VM_FAULT_OK);
    assert_int_equal(fake_byte(va), 9);
    assert_int_equal(fake_byte(va + PAGE_SIZE), 0);
    assert_int_equal(s->rss_anon, 1);
    space_drop(s);
}

static void stack_grows_to_its_limit_and_keeps_a_guard(void **state)
{
    struct vm_space *s = space_new();
    uint64_t top = UINT64_C(0x40000000);
    uint64_t low =
        fake_map(s, top - 4 * PAGE_SIZE, 4 * PAGE_SIZE, RW, MAP_FIXED | MAP_GROWSDOWN);

    (void)state;
    s->limit_stack = 600 * PAGE_SIZE;
    assert_int_equal(fake_store(low - 1, 1), VM_FAULT_OK);
    assert_int_equal(fake_store(top - 600 * PAGE_SIZE, 1), VM_FAULT_OK);
    assert_int_equal(fake_store(top - 601 * PAGE_SIZE, 1), VM_FAULT_SEGV_MAPERR);
    s->limit_stack = UINT64_MAX;
    fake_map(s, top - 2000 * PAGE_SIZE, PAGE_SIZE, RW, MAP_FIXED);
    assert_int_equal(fake_store(top - 1999 * PAGE_SIZE, 1), VM_FAULT_SEGV_MAPERR);
    assert_int_equal(fake_store(top - (1999 - 256) * PAGE_SIZE, 1), VM_FAULT_OK);
    space_drop(s);
}

static void brk_moves_both_ways(void **state)
{
    struct vm_space *s = space_new();

    (void)state;
    s->brk_start = s->brk = MODEL_BASE + 100;
    assert_int_equal(vm_brk(s, 0), MODEL_BASE + 100);
    assert_int_equal(vm_brk(s, MODEL_BASE + 5 * PAGE_SIZE), MODEL_BASE + 5 * PAGE_SIZE);
    assert_int_equal(fake_store(MODEL_BASE + 5 * PAGE_SIZE - 1, 7), VM_FAULT_OK);
    assert_int_equal(vm_brk(s, MODEL_BASE + 9 * PAGE_SIZE), MODEL_BASE + 9 * PAGE_SIZE);
    assert_int_equal(s->area_count, 1);
    assert_int_equal(vm_brk(s, MODEL_BASE + 2 * PAGE_SIZE), MODEL_BASE + 2 * PAGE_SIZE);
    assert_int_equal(fake_store(MODEL_BASE + 5 * PAGE_SIZE - 1, 7), VM_FAULT_SEGV_MAPERR);
    fake_map(s, MODEL_BASE + 20 * PAGE_SIZE, PAGE_SIZE, RW, MAP_FIXED);
    assert_int_equal(vm_brk(s, MODEL_BASE + 21 * PAGE_SIZE), MODEL_BASE + 2 * PAGE_SIZE);
    s->limit_data = 4 * PAGE_SIZE;
    assert_int_equal(vm_brk(s, MODEL_BASE + 10 * PAGE_SIZE), MODEL_BASE + 2 * PAGE_SIZE);
    space_drop(s);
}

/* ---- copy-on-write ---- */

static void fork_shares_until_someone_writes(void **state)
{
    struct vm_space *p = space_new(), *c;
    uint64_t va = fake_map(p, 0, 8 * PAGE_SIZE, RW, 0);
    uint64_t pa;

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(fake_store(va + i * PAGE_SIZE, (uint8_t)(10 + i)), VM_FAULT_OK);
    pa = pgtable_get(&p->pt, va).pa;
    assert_int_equal(vm_space_fork(p, 0, &c), 0);
    assert_int_equal(frame_refs(pa), 2);
    assert_int_equal(fake_store(va, 99),
                     VM_FAULT_OK); /* parent; its TLB had a writable entry */
    assert_int_equal(frame_refs(pa), 1);
    fake_enter(c);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(fake_byte(va + i * PAGE_SIZE), 10 + i);
    assert_int_equal(fake_store(va, 55), VM_FAULT_OK);
    assert_int_equal(pgtable_get(&c->pt, va).pa, pa); /* the last one keeps the frame */
    fake_enter(p);
    assert_int_equal(fake_byte(va), 99);
    fake_enter(NULL);
    vm_space_put(c);
    fake_enter(p);
    for (unsigned i = 1; i < 8; i++)
        assert_int_equal(fake_byte(va + i * PAGE_SIZE), 10 + i);
    space_drop(p);
}

static void fork_heeds_advice(void **state)
{
    struct vm_space *p = space_new(), *c;
    uint64_t gone = fake_map(p, MODEL_BASE, PAGE_SIZE, RW, MAP_FIXED);
    uint64_t wiped = fake_map(p, MODEL_BASE + 2 * PAGE_SIZE, PAGE_SIZE, RW, MAP_FIXED);
    uint64_t shared =
        fake_map(p, MODEL_BASE + 4 * PAGE_SIZE, PAGE_SIZE, RW, MAP_FIXED | MAP_SHARED);
    uint8_t v;

    (void)state;
    assert_int_equal(fake_store(gone, 1), VM_FAULT_OK);
    assert_int_equal(fake_store(wiped, 2), VM_FAULT_OK);
    assert_int_equal(fake_store(shared, 3), VM_FAULT_OK);
    assert_int_equal(vm_advise(p, gone, PAGE_SIZE, MADV_DONTFORK), 0);
    assert_int_equal(vm_advise(p, wiped, PAGE_SIZE, MADV_WIPEONFORK), 0);
    assert_int_equal(vm_advise(p, shared, PAGE_SIZE, MADV_WIPEONFORK), -EINVAL);
    assert_int_equal(vm_space_fork(p, 0, &c), 0);
    fake_enter(c);
    assert_int_equal(fake_load(gone, &v), VM_FAULT_SEGV_MAPERR);
    assert_int_equal(fake_byte(wiped), 0);
    assert_int_equal(fake_byte(shared), 3);
    assert_int_equal(fake_store(shared, 4), VM_FAULT_OK);
    fake_enter(p);
    assert_int_equal(fake_byte(shared), 4);
    assert_int_equal(fake_byte(wiped), 2);
    fake_enter(NULL);
    vm_space_put(c);
    fake_enter(p);
    space_drop(p);
}

static void fork_storm_leaks_nothing(void **state)
{
    uint64_t before = fake_frames_free();
    struct prng rng;

    (void)state;
    prng_seed(&rng, 5);
    for (unsigned round = 0; round < 20; round++) {
        struct vm_space *s[8] = {space_new()};
        uint64_t va = fake_map(s[0], 0, 100 * PAGE_SIZE, RW, 0);
        uint64_t sh = fake_map(s[0], 0, 30 * PAGE_SIZE, RW, MAP_SHARED);

        for (unsigned i = 1; i < 8; i++) {
            struct vm_space *from = s[prng_below(&rng, i)];

            fake_enter(from);
            for (unsigned k = 0; k < 60; k++) {
                assert_int_equal(fake_store(va + prng_below(&rng, 100) * PAGE_SIZE, 1),
                                 VM_FAULT_OK);
                assert_int_equal(fake_store(sh + prng_below(&rng, 30) * PAGE_SIZE, 1),
                                 VM_FAULT_OK);
            }
            assert_int_equal(vm_space_fork(from, 0, &s[i]), 0);
        }
        for (unsigned i = 0; i < 8; i++) {
            fake_enter(s[i]);
            assert_int_equal(vm_unmap(s[i], va + 7 * PAGE_SIZE, 20 * PAGE_SIZE), 0);
            assert_true(vm_areas_valid(s[i]));
        }
        fake_enter(NULL);
        for (unsigned i = 0; i < 8; i++)
            vm_space_put(s[(i * 3) % 8]);
    }
    assert_int_equal(fake_frames_free(), before);
    assert_int_equal(frame_leak_report(), 0);
}

static void mprotect_does_not_undo_copy_on_write(void **state)
{
    struct vm_space *p = space_new(), *c;
    uint64_t va = fake_map(p, 0, PAGE_SIZE, RW, 0);

    (void)state;
    assert_int_equal(fake_store(va, 1), VM_FAULT_OK);
    assert_int_equal(vm_space_fork(p, 0, &c), 0);
    assert_int_equal(vm_protect(p, va, PAGE_SIZE, PROT_NONE), 0);
    assert_int_equal(fake_store(va, 2), VM_FAULT_SEGV_ACCERR);
    assert_int_equal(vm_protect(p, va, PAGE_SIZE, RW), 0);
    assert_int_equal(fake_store(va, 2), VM_FAULT_OK);
    fake_enter(c);
    assert_int_equal(fake_byte(va), 1);
    fake_enter(NULL);
    vm_space_put(c);
    fake_enter(p);
    space_drop(p);
}

/* ---- mremap ---- */

static void mremap_moves_contents(void **state)
{
    struct vm_space *s = space_new();
    uint64_t va = fake_map(s, MODEL_BASE, 4 * PAGE_SIZE, RW, MAP_FIXED);
    uint64_t at, end;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(fake_store(va + i * PAGE_SIZE, (uint8_t)(i + 1)), VM_FAULT_OK);
    /* In place while there is room ... */
    assert_int_equal(vm_remap(s, va, 4 * PAGE_SIZE, 6 * PAGE_SIZE, 0, 0, &at), 0);
    assert_int_equal(at, va);
    /* ... else only where it may move. */
    fake_map(s, va + 6 * PAGE_SIZE, PAGE_SIZE, PROT_READ, MAP_FIXED);
    assert_int_equal(vm_remap(s, va, 6 * PAGE_SIZE, 9 * PAGE_SIZE, 0, 0, &at), -ENOMEM);
    assert_int_equal(
        vm_remap(s, va, 6 * PAGE_SIZE, 9 * PAGE_SIZE, MREMAP_MAYMOVE, 0, &at), 0);
    assert_int_not_equal(at, va);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(fake_byte(at + i * PAGE_SIZE), i + 1);
    assert_int_equal(fake_byte(at + 8 * PAGE_SIZE), 0);
    assert_int_equal(fake_store(va, 1), VM_FAULT_SEGV_MAPERR);
    assert_int_equal(vm_remap(s, at, 9 * PAGE_SIZE, 2 * PAGE_SIZE, 0, 0, &end), 0);
    assert_int_equal(fake_store(at + 2 * PAGE_SIZE, 1), VM_FAULT_SEGV_MAPERR);
    assert_int_equal(vm_remap(s, at, 2 * PAGE_SIZE, 2 * PAGE_SIZE,
                              MREMAP_MAYMOVE | MREMAP_FIXED, va, &end),
                     0);
    assert_int_equal(end, va);
    assert_int_equal(fake_byte(va + PAGE_SIZE), 2);
    assert_int_equal(
        vm_remap(s, va, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, va, &end),
        -EINVAL);
    assert_int_equal(vm_remap(s, 0x999000, PAGE_SIZE, PAGE_SIZE, 0, 0, &end), -EFAULT);
    space_drop(s);
}

/* ---- user copies, other spaces, patches ---- */

static void copies_stop_at_the_byte_that_faults(void **state)
{
    struct vm_space *s = space_new();
    uint64_t va = fake_map(s, 0, 2 * PAGE_SIZE, RW, 0);
    uint64_t end = va + 2 * PAGE_SIZE;
    char buf[64] = "0123456789";
    uint32_t old;

    (void)state;
    fake_map(s, end, PAGE_SIZE, PROT_NONE, MAP_FIXED);
    assert_int_equal(copy_to_user(va + PAGE_SIZE - 5, buf, 10), 0);
    assert_int_equal(copy_to_user(end - 5, buf, 10), -EFAULT);
    assert_int_equal(copy_to_user_partial(end - 5, buf, 10), 5);
    memset(buf, 0, sizeof(buf));
    assert_int_equal(copy_from_user(buf, va + PAGE_SIZE - 5, 10), 0);
    assert_string_equal(buf, "0123456789");
    assert_int_equal(copy_from_user_partial(buf, end - 3, 10), 3);
    assert_int_equal(copy_from_user(buf, UINT64_MAX - 2, 10), -EFAULT);
    assert_int_equal(copy_from_user(buf, s->user_max - 2, 10), -EFAULT);
    assert_int_equal(copy_to_user(0, buf, 1), -EFAULT);
    assert_int_equal(copy_to_user(va, "name", 5), 0);
    assert_int_equal(copy_string_from_user(buf, va, sizeof(buf)), 4);
    assert_int_equal(copy_string_from_user(buf, va, 4), -ENAMETOOLONG);
    assert_int_equal(copy_string_from_user(buf, end - 3, sizeof(buf)), -EFAULT);
    assert_int_equal(put_user32(va, 7), 0);
    assert_int_equal(cmpxchg_user32(va, 7, 8, &old), 0);
    assert_int_equal(old, 7);
    assert_int_equal(get_user32(&old, va), 0);
    assert_int_equal(old, 8);
    assert_int_equal(cmpxchg_user32(end, 7, 8, &old), -EFAULT);
    fake_enter(NULL);
    assert_int_equal(copy_from_user(buf, va, 1), -EFAULT);
    fake_enter(s);
    space_drop(s);
}

static void another_space_can_be_read_and_written(void **state)
{
    struct vm_space *p = space_new(), *c;
    uint64_t va = fake_map(p, 0, 2 * PAGE_SIZE, RW, 0);
    char buf[16] = "";

    (void)state;
    assert_int_equal(copy_to_user(va + PAGE_SIZE - 3, "abcdef", 7), 0);
    assert_int_equal(vm_space_fork(p, 0, &c), 0);
    assert_int_equal(vm_space_write(c, va + PAGE_SIZE - 2, "XYZ", 3, false), 3);
    assert_int_equal(vm_space_read(c, va + PAGE_SIZE - 3, buf, 7), 7);
    assert_string_equal(buf, "aXYZef");
    assert_int_equal(vm_space_read(p, va + PAGE_SIZE - 3, buf, 7), 7);
    assert_string_equal(buf, "abcdef");
    assert_int_equal(vm_protect(c, va, 2 * PAGE_SIZE, PROT_READ), 0);
    assert_int_equal(vm_space_write(c, va, "q", 1, false), -EFAULT);
    assert_int_equal(vm_space_write(c, va, "q", 1, true), 1);
    assert_int_equal(vm_space_read(c, va, buf, 1), 1);
    assert_int_equal(buf[0], 'q');
    assert_int_equal(fake_byte(va), 0);
    fake_enter(NULL);
    vm_space_put(c);
    fake_enter(p);
    space_drop(p);
}

static void text_is_patched_in_a_private_copy(void **state)
{
    struct vm_space *p = space_new(), *c;
    uint64_t va = fake_map(p, 0, 2 * PAGE_SIZE, RW, 0);

    (void)state;
    assert_int_equal(copy_to_user(va + 100, "\x0f\x05", 2), 0);
    assert_int_equal(vm_protect(p, va, 2 * PAGE_SIZE, PROT_READ | PROT_EXEC), 0);
    assert_int_equal(vm_space_fork(p, 0, &c), 0);
    assert_int_equal(fake_byte(va + 100), 0x0f); /* in the TLB now */
    assert_int_equal(vm_patch_text(p, va + 100, "\xe9\x01", 2), 0);
    assert_int_equal(fake_byte(va + 100), 0xe9);
    assert_int_equal(fake_store(va, 1), VM_FAULT_SEGV_ACCERR);
    assert_int_equal(vm_patch_text(p, va + PAGE_SIZE - 1, "ab", 2), -EINVAL);
    fake_enter(c);
    assert_int_equal(fake_byte(va + 100), 0x0f);
    fake_enter(NULL);
    vm_space_put(c);
    fake_enter(p);
    space_drop(p);
}

static void text_that_is_written_to_is_patched_without_loss(void **state)
{
    struct vm_space *p = space_new();
    uint64_t va = fake_map(p, 0, PAGE_SIZE, RW | PROT_EXEC, 0);

    (void)state;
    assert_int_equal(fake_store(va, 1),
                     VM_FAULT_OK); /* the TLB lets writes through now */
    assert_int_equal(vm_patch_text(p, va + 100, "\xe9\x01", 2), 0);
    assert_int_equal(fake_store(va, 2), VM_FAULT_OK);
    assert_int_equal(fake_byte(va), 2);
    assert_int_equal(fake_byte(va + 100), 0xe9);
    space_drop(p);
}

static void what_will_be_executed_is_announced(void **state)
{
    struct vm_space *p = space_new();
    uint64_t va = fake_map(p, 0, 2 * PAGE_SIZE, RW, 0), pa;
    struct hal_fake_counts *counts = hal_fake_counts();

    (void)state;
    counts->exec_syncs = 0;
    assert_int_equal(copy_to_user(va + 100, "\x0f\x05", 2), 0);
    assert_int_equal(counts->exec_syncs, 0);
    pa = pgtable_get(&p->pt, va).pa;
    assert_int_equal(vm_protect(p, va, PAGE_SIZE, PROT_READ | PROT_EXEC), 0);
    assert_int_equal(counts->exec_syncs, 1);
    assert_int_equal(counts->exec_synced, pa);
    /* No new right, no new frame: nothing to say. */
    assert_int_equal(vm_protect(p, va, PAGE_SIZE, PROT_READ), 0);
    assert_int_equal(counts->exec_syncs, 1);
    /* A private copy is another frame. */
    assert_int_equal(vm_protect(p, va, PAGE_SIZE, PROT_READ | PROT_EXEC), 0);
    assert_int_equal(vm_patch_text(p, va + 100, "\xe9\x01", 2), 0);
    assert_int_equal(counts->exec_synced, pgtable_get(&p->pt, va).pa);
    space_drop(p);
}

static void a_broadcast_flush_interrupts_nobody(void **state)
{
    struct vm_space *p;
    uint64_t va, gen;

    (void)state;
    hal_fake_bootinfo()->tlb_broadcast = true;
    p = space_new();
    va = fake_map(p, 0, PAGE_SIZE, RW, 0);
    assert_int_equal(fake_store(va, 1), VM_FAULT_OK);
    gen = p->tlb_gen;
    assert_int_equal(vm_protect(p, va, PAGE_SIZE, PROT_READ), 0);
    assert_int_equal(fake_store(va, 2), VM_FAULT_SEGV_ACCERR);
    assert_int_equal(p->tlb_gen, gen); /* no CPU has anything to catch up with */
    space_drop(p);
}

static bool oom_asked_once(void)
{
    static unsigned asked;

    return asked++ < 3;
}

static void exhaustion_is_an_answer_not_a_crash(void **state)
{
    uint64_t before = fake_frames_free();
    struct vm_space *s = space_new();
    uint64_t va = fake_map(s, 0, UINT64_C(48) << 20, RW, 0);
    uint64_t vb = fake_map(s, 0, UINT64_C(48) << 20, RW, 0);
    enum vm_fault_result r = VM_FAULT_OK;

    (void)state;
    vm_set_oom_handler(oom_asked_once);
    for (uint64_t off = 0; off < UINT64_C(48) << 20 && r == VM_FAULT_OK;
         off += PAGE_SIZE) {
        r = fake_store(va + off, 1);
        if (r == VM_FAULT_OK)
            r = fake_store(vb + off, 1);
    }
    assert_int_equal(r, VM_FAULT_OOM);
    space_drop(s);
    assert_int_equal(fake_frames_free(), before);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_agree_with_a_page_map),
        cmocka_unit_test(neighbours_alike_become_one_area),
        cmocka_unit_test(places_are_top_down_and_free),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(sequential_touches_get_growing_runs),
        cmocka_unit_test(sparse_reads_cost_no_memory),
        cmocka_unit_test(stack_grows_to_its_limit_and_keeps_a_guard),
        cmocka_unit_test(brk_moves_both_ways),
        cmocka_unit_test(fork_shares_until_someone_writes),
        cmocka_unit_test(fork_heeds_advice),
        cmocka_unit_test(fork_storm_leaks_nothing),
        cmocka_unit_test(mprotect_does_not_undo_copy_on_write),
        cmocka_unit_test(mremap_moves_contents),
        cmocka_unit_test(copies_stop_at_the_byte_that_faults),
        cmocka_unit_test(another_space_can_be_read_and_written),
        cmocka_unit_test(text_is_patched_in_a_private_copy),
        cmocka_unit_test(text_that_is_written_to_is_patched_without_loss),
        cmocka_unit_test(what_will_be_executed_is_announced),
        cmocka_unit_test(a_broadcast_flush_interrupts_nobody),
        cmocka_unit_test(exhaustion_is_an_answer_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return fake_machine_run(run);
}
