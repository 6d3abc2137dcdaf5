/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of descriptors. */
#include "machine.h"

static struct fd_table *table;
static struct file *file;

static int setup(void **state)
{
    (void)state;
    make_file("/f", "f");
    assert_int_equal(open_at("/f", O_RDONLY, &file), 0);
    return fd_table_create(&table);
}

static int teardown(void **state)
{
    (void)state;
    if (table)
        fd_table_put(table);
    table = NULL;
    assert_int_equal(refcount_read(&file->refs), 1); /* every descriptor has let go */
    file_put(file);
    clean();
    return 0;
}

static void the_lowest_free_number_is_taken(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++)
        assert_int_equal(fd_install(table, file, 0, 1024, false), i);
    assert_int_equal(fd_close(table, 150), 0);
    assert_int_equal(fd_close(table, 3), 0);
    assert_int_equal(fd_close(table, 70), 0);
    assert_int_equal(fd_install(table, file, 0, 1024, false), 3);
    assert_int_equal(fd_install(table, file, 100, 1024, false), 150);
    assert_int_equal(fd_install(table, file, 0, 1024, false), 70);
    assert_int_equal(fd_install(table, file, 0, 1024, false), 200);
    assert_int_equal(fd_install(table, file, 500, 1024, false), 500);
}

static void the_limit_holds(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(fd_install(table, file, 0, 10, false), i);
    assert_int_equal(fd_install(table, file, 0, 10, false), -EMFILE);
    assert_int_equal(fd_install_at(table, file, 10, 10, false), -EBADF);
    assert_int_equal(fd_install_at(table, file, UINT32_MAX, 10, false), -EBADF);
    assert_int_equal(fd_install_at(table, file, 9, 10, false), 9);
    assert_int_equal(fd_close(table, 4), 0);
    assert_int_equal(fd_install(table, file, 0, 10, false), 4);
}

static void strange_numbers_are_no_descriptors(void **state)
{
    (void)state;
    assert_null(fd_lookup(table, -1));
    assert_null(fd_lookup(table, 0));
    assert_null(fd_lookup(table, INT32_MAX));
    assert_int_equal(fd_close(table, -1), -EBADF);
    assert_int_equal(fd_close(table, 63), -EBADF);
    assert_int_equal(fd_close(table, 64), -EBADF);
    assert_int_equal(fd_cloexec(table, INT32_MIN, -1), -EBADF);
}

static void a_reserved_number_is_not_open(void **state)
{
    int fd = fd_reserve(table, 0, 1024, true);

    (void)state;
    assert_int_equal(fd, 0);
    assert_null(fd_lookup(table, fd));
    assert_int_equal(fd_close(table, fd), -EBADF);
    assert_int_equal(fd_install_at(table, file, 0, 1024, false), -EBUSY);
    assert_int_equal(fd_install(table, file, 0, 1024, false), 1);
    file_get(file);
    fd_fill(table, fd, file);
    assert_int_equal(fd_cloexec(table, fd, -1), 1);
    fd_unreserve(table, fd_reserve(table, 0, 1024, false));
    assert_int_equal(fd_install(table, file, 0, 1024, false), 2);
}

static void exec_closes_what_is_marked(void **state)
{
    (void)state;
    for (int i = 0; i < 130; i++)
        assert_int_equal(fd_install(table, file, 0, 1024, i % 2), i);
    assert_int_equal(fd_cloexec(table, 0, 1), 0);
    assert_int_equal(fd_cloexec(table, 1, 0), 0);
    fd_close_on_exec(table);
    assert_int_equal(fd_next(table, 0), 1);
    assert_int_equal(fd_next(table, 2), 2);
    assert_int_equal(fd_next(table, 3), 4);
    assert_int_equal(fd_next(table, 129), -1);
}

static void ranges_close_and_mark(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(fd_install(table, file, 0, 1024, false), i);
    assert_int_equal(fd_close_range(table, 5, 4, false), -EINVAL);
    assert_int_equal(fd_close_range(table, 10, 19, false), 0);
    assert_int_equal(fd_next(table, 10), 20);
    assert_int_equal(fd_close_range(table, 50, UINT32_MAX, true), 0);
    assert_int_equal(fd_cloexec(table, 49, -1), 0);
    assert_int_equal(fd_cloexec(table, 50, -1), 1);
    assert_int_equal(fd_close_range(table, 3, UINT32_MAX, false), 0);
    assert_int_equal(fd_next(table, 3), -1);
}

static void a_copy_has_the_same_files_and_its_own_numbers(void **state)
{
    struct fd_table *copy;

    (void)state;
    assert_int_equal(fd_install_at(table, file, 1000, 2000, true), 1000);
    assert_int_equal(fd_install(table, file, 0, 2000, false), 0);
    assert_int_equal(fd_reserve(table, 0, 2000, false), 1);
    assert_int_equal(fd_table_copy(table, &copy), 0);
    fd_unreserve(table, 1);
    assert_int_equal(fd_close(table, 0), 0);
    assert_int_equal(fd_next(copy, 0), 0);
    assert_int_equal(fd_next(copy, 1), 1000);
    assert_int_equal(fd_cloexec(copy, 1000, -1), 1);
    assert_int_equal(fd_install(copy, file, 0, 2000, false), 1);
    fd_table_put(copy);
}

static void a_large_table_shrinks_in_the_copy(void **state)
{
    struct fd_table *copy;

    (void)state;
    assert_int_equal(fd_install_at(table, file, 100000, FD_TABLE_MAX, false), 100000);
    assert_int_equal(fd_close(table, 100000), 0);
    assert_int_equal(fd_install(table, file, 0, 10, false), 0);
    assert_int_equal(fd_table_copy(table, &copy), 0);
    fd_table_put(table);
    table = copy;
    assert_int_equal(fd_next(table, 0), 0);
    assert_int_equal(fd_install_at(table, file, 70, 100, false), 70);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_lowest_free_number_is_taken),
        TEST(the_limit_holds),
        TEST(strange_numbers_are_no_descriptors),
        TEST(a_reserved_number_is_not_open),
        TEST(exec_closes_what_is_marked),
        TEST(ranges_close_and_mark),
        TEST(a_copy_has_the_same_files_and_its_own_numbers),
        TEST(a_large_table_shrinks_in_the_copy),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
