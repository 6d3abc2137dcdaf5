/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the profiler: counting stacks, finding files and functions, whatever the files are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostsim/profile/archive.h"
#include "hostsim/profile/elf.h"
#include "hostsim/profile/folded.h"

#define ROUNDS 3000

static uint8_t *own_file(size_t *len)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    struct stat st;
    uint8_t *file;

    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *len = (size_t)st.st_size;
    file = malloc(*len);
    assert_int_equal(read(fd, file, *len), *len);
    close(fd);
    return file;
}

static void equal_stacks_are_counted(void **state)
{
    const uint64_t a[] = {FRAME_NAME | 1, 10, 20}, b[] = {FRAME_NAME | 1, 10, 21};
    const struct table_stack *s;
    struct table t = {0};
    uint64_t total = 0;
    size_t at = 0;

    (void)state;
    assert_true(table_create(&t));
    assert_int_equal(table_name(&t, "sh"), 1);
    assert_int_equal(table_name(&t, "ls"), 2);
    assert_int_equal(table_name(&t, "sh"), 1);
    table_add(&t, a, 3, 1);
    table_add(&t, b, 3, 5);
    table_add(&t, a, 3, 2);
    table_add(&t, a, 2, 1);
    while ((s = table_next(&t, &at)) != NULL) {
        assert_true(s->len == 2 ? s->count == 1 : s->count == 3 || s->count == 5);
        total += s->count;
    }
    assert_int_equal(total, 9);
    assert_int_equal(t.samples, 9);
    assert_int_equal(t.lost, 0);
}

/* More different stacks than there is room for: each sample is counted, here or there. */
static void what_finds_no_room_is_counted(void **state)
{
    struct table t = {0};

    (void)state;
    assert_true(table_create(&t));
    for (uint64_t i = 0; i < 100000; i++)
        table_add(&t, (const uint64_t[]){FRAME_NAME, i}, 2, 1);
    assert_int_equal(t.samples + t.lost, 100000);
    assert_true(t.lost > 0 && t.samples > 50000);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(table_name(&t, ""), 1);
}

__attribute__((noinline)) static int a_function_to_find(int x)
{
    return x * 3;
}

static void functions_are_found_by_address(void **state)
{
    uint64_t here = (uint64_t)(uintptr_t)a_function_to_find;
    size_t len;
    uint8_t *file = own_file(&len);
    struct elf e;

    (void)state;
    elf_open(&e, file, len);
    assert_true(e.count > 10);
    assert_string_equal(elf_function_at(&e, here), "a_function_to_find");
    assert_string_equal(elf_function_at(&e, here + 1), "a_function_to_find");
    assert_null(elf_function_at(&e, 0));
    assert_null(elf_function_at(&e, UINT64_MAX));
    free(e.functions);
    free(file);
}

/* Every header field, some tables, and the length: wrong. */
static void an_elf_file_may_be_anything(void **state)
{
    size_t len;
    uint8_t *good = own_file(&len), *bad = malloc(len);
    struct elf e;

    (void)state;
    srand(1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t cut = i % 3 ? len : (size_t)rand() % len;
        uint8_t *exact = malloc(cut ? cut : 1); /* a checker sees a read beyond it */

        memcpy(bad, good, len);
        for (unsigned k = 0; k < 1 + i % 4; k++)
            bad[(size_t)rand() % (i % 2 ? 64 : len)] = (uint8_t)rand();
        memcpy(exact, bad, cut);
        elf_open(&e, exact, cut);
        (void)elf_function_at(&e, 0x401000);
        (void)elf_address_of(&e, 0x1000);
        free(e.functions);
        free(exact);
    }
    elf_open(&e, NULL, 0);
    assert_null(elf_function_at(&e, 1));
    free(good);
    free(bad);
}

static size_t entry(uint8_t *to, unsigned ino, unsigned mode, const char *name,
                    const char *data)
{
    size_t n = strlen(name) + 1, size = strlen(data), at = 110;

    sprintf((char *)to, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ino,
            mode, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)n, 0u);
    memcpy(to + at, name, n);
    at = (at + n + 3) & ~(size_t)3;
    memcpy(to + at, data, size);
    return (at + size + 3) & ~(size_t)3;
}

static size_t archive_make(uint8_t *to)
{
    size_t len = 0;

    memset(to, 0, 4096);
    len += entry(to + len, 1, 040755, ".", "");
    len += entry(to + len, 2, 0100755, "bin/one", "first file");
    len += entry(to + len, 3, 0100644, "./two", "second");
    len += entry(to + len, 4, 0100755, "bin/linked", "");
    len += entry(to + len, 5, 0120777, "link", "two");
    len += entry(to + len, 4, 0100755, "bin/link-too", "shared by both");
    len += entry(to + len, 0, 0, "TRAILER!!!", "");
    return len;
}

static void files_are_found_in_the_archive(void **state)
{
    uint8_t a[4096];
    size_t len = archive_make(a), n = 0;

    (void)state;
    assert_memory_equal(archive_find(a, len, "/bin/one", &n), "first file", 10);
    assert_int_equal(n, 10);
    assert_memory_equal(archive_find(a, len, "/two", &n), "second", 6);
    assert_memory_equal(archive_find(a, len, "/bin/linked", &n), "shared by both", 14);
    assert_int_equal(n, 14);
    assert_null(archive_find(a, len, "/link", &n));
    assert_null(archive_find(a, len, "/bin", &n));
    assert_null(archive_find(a, len, "two", &n));
    assert_null(archive_find(a, len, "", &n));
}

static void an_archive_may_be_anything(void **state)
{
    uint8_t good[4096];
    size_t len = archive_make(good), n;

    (void)state;
    srand(2);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *a = malloc(cut ? cut : 1);

        memcpy(a, good, cut);
        for (unsigned k = 0; cut && k < cut % 3; k++)
            a[(size_t)rand() % cut] = "0123456789abcdef/\0x"[rand() % 19];
        if (archive_find(a, cut, "/bin/linked", &n))
            assert_true(n <= cut);
        free(a);
    }
}

static void lines_are_added_up_and_sorted(void **state)
{
    struct table t = {0}, u = {0};
    char text[512] = "", path[] = "/tmp/profile_test.XXXXXX";
    int fd = mkstemp(path);
    uint64_t user;

    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    assert_true(table_create(&t) && table_create(&u));
    (void)table_name(&u, "not the same number as in the other");
    user =
        FRAME_USER | (uint64_t)table_name(&t, "/bin/a b;c") << FRAME_IMAGE_SHIFT | 0x1234;
    table_add(&t, (const uint64_t[]){FRAME_NAME | table_name(&t, "sh"), user}, 2, 3);
    user =
        FRAME_USER | (uint64_t)table_name(&u, "/bin/a b;c") << FRAME_IMAGE_SHIFT | 0x1234;
    table_add(&u, (const uint64_t[]){FRAME_NAME | table_name(&u, "sh"), user}, 2, 4);
    table_add(&u,
              (const uint64_t[]){FRAME_NAME | table_name(&u, "ab"),
                                 (uint64_t)(uintptr_t)a_function_to_find},
              2, 1);
    folded_add(&t, false);
    folded_add(&u, true);
    assert_int_equal(folded_write(dup(fd)), 0);
    assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
    assert_string_equal(text, "ab;a_function_to_find_[k] 1\nsh;[a_b_c+0x1234] 7\n");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_stacks_are_counted),
        cmocka_unit_test(what_finds_no_room_is_counted),
        cmocka_unit_test(functions_are_found_by_address),
        cmocka_unit_test(an_elf_file_may_be_anything),
        cmocka_unit_test(files_are_found_in_the_archive),
        cmocka_unit_test(an_archive_may_be_anything),
        cmocka_unit_test(lines_are_added_up_and_sorted),
    };

    return a_function_to_find(0) + cmocka_run_group_tests(tests, NULL, NULL);
}
