/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF checks against headers that no linker makes. */
#include "hal_fake.h"

#include <errno.h>

#include "proc/elf.h"

#define MIN_VA   UINT64_C(0x10000)
#define LIMIT_VA UINT64_C(0x7ff000000000)

static struct abi_elf64_ehdr good_header(void)
{
    return (struct abi_elf64_ehdr){
        .ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .type = ET_EXEC,
        .machine = EM_X86_64,
        .version = EV_CURRENT,
        .phoff = 64,
        .ehsize = 64,
        .phentsize = 56,
        .phnum = 2,
    };
}

static struct abi_elf64_phdr good_load(void)
{
    return (struct abi_elf64_phdr){
        .type = PT_LOAD,
        .flags = PF_R | PF_X,
        .offset = 0,
        .vaddr = 0x400000,
        .filesz = 0x2345,
        .memsz = 0x2345,
        .align = 0x1000,
    };
}

static void a_good_header_is_accepted(void **state)
{
    struct abi_elf64_ehdr h = good_header();

    (void)state;
    assert_int_equal(elf_check_header(&h), 0);
    h.type = ET_DYN;
    assert_int_equal(elf_check_header(&h), 0);
}

static void bad_headers_are_refused(void **state)
{
    static const struct {
        size_t at;
        unsigned size;
        uint64_t value;
    } bad[] = {
        {0, 1, 0x7e},        {1, 1, 'e'},         {2, 1, 0},           {3, 1, 'G'},
        {4, 1, ELFCLASS32},  {5, 1, ELFDATA2MSB}, {16, 2, ET_REL},     {16, 2, ET_CORE},
        {16, 2, 0xffff},     {18, 2, EM_386},     {18, 2, EM_AARCH64}, {54, 2, 55},
        {54, 2, 0},          {56, 2, 0},          {56, 2, 129},        {56, 2, 0xffff},
        {32, 8, UINT64_MAX}, {32, 8, INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct abi_elf64_ehdr h = good_header();

        memcpy((uint8_t *)&h + bad[i].at, &bad[i].value, bad[i].size);
        assert_int_equal(elf_check_header(&h), -ENOEXEC);
    }
}

static int check_one(const struct abi_elf64_phdr *p, bool relocatable,
                     struct elf_image *e)
{
    struct abi_elf64_phdr copy = *p;

    *e = (struct elf_image){.phdrs = &copy, .phnum = 1, .relocatable = relocatable};
    return elf_check_segments(e, 64, MIN_VA, LIMIT_VA);
}

static void bad_segments_are_refused(void **state)
{
    static const struct abi_elf64_phdr bad[] = {
        {.type = PT_LOAD, .vaddr = 0x400000, .filesz = 2, .memsz = 1},
        {.type = PT_LOAD, .vaddr = 0x400000, .memsz = UINT64_MAX},
        {.type = PT_LOAD, .vaddr = UINT64_MAX - 0xfff, .memsz = 0x2000},
        {.type = PT_LOAD, .vaddr = INT64_MAX & ~0xfffull, .memsz = 0x1000},
        {.type = PT_LOAD,
         .vaddr = 0x400000,
         .offset = UINT64_MAX & ~0xfffull,
         .filesz = 1,
         .memsz = 1},
        {.type = PT_LOAD, .vaddr = 0x400001, .offset = 0, .filesz = 1, .memsz = 1},
        {.type = PT_LOAD, .vaddr = 0x400000, .memsz = 1, .align = 3},
        {.type = PT_LOAD, .vaddr = 0x400000, .memsz = 1, .align = UINT64_C(1) << 63},
        {.type = PT_LOAD, .vaddr = 0x400000, .memsz = 0},
        {.type = PT_INTERP, .filesz = 1},
        {.type = PT_INTERP, .filesz = ELF_INTERP_MAX + 1},
        {.type = PT_INTERP, .filesz = 10, .offset = UINT64_MAX},
        {.type = PT_NULL},
    };
    struct elf_image e;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(check_one(&bad[i], false, &e), -ENOEXEC);
        assert_int_equal(check_one(&bad[i], true, &e), -ENOEXEC);
    }
}

static void segments_outside_user_memory_are_refused(void **state)
{
    struct abi_elf64_phdr p = good_load();
    struct elf_image e;

    (void)state;
    p.vaddr = 0;
    assert_int_equal(check_one(&p, false, &e), -ENOMEM);
    assert_int_equal(check_one(&p, true, &e), 0); /* a bias makes room */
    p.vaddr = LIMIT_VA - 0x1000;
    assert_int_equal(check_one(&p, false, &e), -ENOMEM);
    p = good_load();
    p.memsz = LIMIT_VA;
    assert_int_equal(check_one(&p, true, &e), -ENOMEM);
}

static void the_plan_covers_all_segments(void **state)
{
    struct abi_elf64_phdr p[] = {
        good_load(),
        {.type = PT_LOAD,
         .flags = PF_R | PF_W,
         .offset = 0x2e10,
         .vaddr = 0x404e10,
         .filesz = 0x100,
         .memsz = 0x1300,
         .align = 0x200000},
        {.type = PT_GNU_STACK, .flags = PF_R | PF_W | PF_X},
    };
    struct elf_image e = {.phdrs = p, .phnum = 3};

    (void)state;
    assert_int_equal(elf_check_segments(&e, 64, MIN_VA, LIMIT_VA), 0);
    assert_int_equal(e.start, 0x400000);
    assert_int_equal(e.end, 0x407000);
    assert_int_equal(e.brk, 0x406110);
    assert_int_equal(e.align, 0x200000);
    assert_int_equal(e.phdr_va, 0x400040);
    assert_int_equal(e.code_start, 0x400000);
    assert_int_equal(e.code_end, 0x402345);
    assert_int_equal(e.data_start, 0x404e10);
    assert_true(e.exec_stack);
}

/* Any bytes: an answer, never a crash, and a plan that stays inside. */
static void random_headers_do_no_harm(void **state)
{
    static const uint32_t types[] = {PT_LOAD, PT_LOAD, PT_INTERP, PT_GNU_STACK, PT_NULL};
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct abi_elf64_phdr p[4];
        struct elf_image e = {.phdrs = p, .phnum = 4, .relocatable = round & 1};
        uint8_t *bytes = (uint8_t *)p;

        for (size_t i = 0; i < sizeof(p); i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[i] = (seed >> 33) % 3 ? 0 : (uint8_t)(seed >> 40);
        }
        for (unsigned i = 0; i < 4; i++)
            p[i].type = types[p[i].type % 5];
        if (elf_check_segments(&e, 64, MIN_VA, LIMIT_VA))
            continue;
        assert_true(e.start < e.end && e.brk <= e.end && e.brk > e.start);
        assert_true(e.end - e.start <= LIMIT_VA - (e.relocatable ? MIN_VA : 0));
        if (!e.relocatable)
            assert_true(e.start >= MIN_VA && e.end <= LIMIT_VA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_header_is_accepted),
        cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(bad_segments_are_refused),
        cmocka_unit_test(segments_outside_user_memory_are_refused),
        cmocka_unit_test(the_plan_covers_all_segments),
        cmocka_unit_test(random_headers_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
