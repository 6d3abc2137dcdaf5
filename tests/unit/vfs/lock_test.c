/* SPDX-License-Identifier: BSD-2-Clause */
/* Advisory locks: ranges, owners, waiting, deadlock. */
#include "machine.h"

#include <stdio.h>

#include "vfs/lock.h"

static struct file *file;
static struct inode *inode;
static int alice, bob, carol; /* owners */
static int result;

static int setup(void **state)
{
    (void)state;
    make_file("/f", "f");
    assert_int_equal(open_at("/f", O_RDWR, &file), 0);
    inode = file->inode;
    result = 12345;
    return 0;
}

static void release(const void *owner)
{
    lock_release_file(inode, owner);
}

static int teardown(void **state)
{
    (void)state;
    release(&alice);
    release(&bob);
    release(&carol);
    assert_true(list_empty(&inode->locks));
    file_put(file);
    clean();
    return 0;
}

static int set(const void *owner, int type, uint64_t start, uint64_t end)
{
    struct file_lock l = {
        .kind = LOCK_POSIX, .type = type, .owner = owner, .start = start, .end = end};

    return lock_set(inode, &l, false);
}

static char describe_buf[256];

static void describe_one(const struct file_lock *l, void *arg)
{
    char one[64];

    if (l->owner != arg)
        return;
    snprintf(one, sizeof(one), "%c%llu-%llu ", l->type == F_WRLCK ? 'w' : 'r',
             (unsigned long long)l->start, (unsigned long long)l->end);
    strncat(describe_buf, one, sizeof(describe_buf) - strlen(describe_buf) - 1);
}

static const char *locks_of(const void *owner)
{
    describe_buf[0] = '\0';
    lock_each(inode, describe_one, (void *)(uintptr_t)owner);
    return describe_buf;
}

static void readers_share_and_writers_do_not(void **state)
{
    (void)state;
    assert_int_equal(set(&alice, F_RDLCK, 0, 9), 0);
    assert_int_equal(set(&bob, F_RDLCK, 5, 14), 0);
    assert_int_equal(set(&bob, F_WRLCK, 9, 9), -EAGAIN);
    assert_int_equal(set(&bob, F_WRLCK, 10, 14), 0);
    assert_int_equal(set(&alice, F_RDLCK, 0, 14), -EAGAIN);
    assert_string_equal(locks_of(&alice), "r0-9 "); /* a failed request changes nothing */
}

static void unlocking_the_middle_leaves_two(void **state)
{
    (void)state;
    assert_int_equal(set(&alice, F_WRLCK, 0, 99), 0);
    assert_int_equal(set(&alice, F_UNLCK, 40, 59), 0);
    assert_string_equal(locks_of(&alice), "w0-39 w60-99 ");
    assert_int_equal(set(&bob, F_WRLCK, 40, 59), 0);
    assert_int_equal(set(&bob, F_WRLCK, 39, 39), -EAGAIN);
}

static void neighbours_of_one_kind_become_one(void **state)
{
    (void)state;
    assert_int_equal(set(&alice, F_WRLCK, 0, 9), 0);
    assert_int_equal(set(&alice, F_WRLCK, 20, 29), 0);
    assert_int_equal(set(&alice, F_WRLCK, 10, 19), 0);
    assert_string_equal(locks_of(&alice), "w0-29 ");
    assert_int_equal(set(&alice, F_RDLCK, 10, 19), 0);
    assert_string_equal(locks_of(&alice), "w0-9 w20-29 r10-19 ");
    assert_int_equal(set(&alice, F_WRLCK, 0, UINT64_MAX), 0);
    assert_string_equal(locks_of(&alice), "w0-18446744073709551615 ");
    assert_int_equal(set(&alice, F_UNLCK, 5, UINT64_MAX), 0);
    assert_string_equal(locks_of(&alice), "w0-4 ");
}

static void a_test_names_what_is_in_the_way(void **state)
{
    struct file_lock l = {
        .kind = LOCK_POSIX, .type = F_RDLCK, .owner = &bob, .start = 0, .end = 100};

    (void)state;
    assert_int_equal(set(&alice, F_RDLCK, 0, 3), 0);
    assert_int_equal(set(&alice, F_WRLCK, 7, 8), 0);
    lock_test(inode, &l);
    assert_int_equal(l.type, F_WRLCK);
    assert_int_equal(l.start, 7);
    assert_int_equal(l.end, 8);
    l = (struct file_lock){
        .kind = LOCK_POSIX, .type = F_RDLCK, .owner = &bob, .start = 0, .end = 6};
    lock_test(inode, &l);
    assert_int_equal(l.type, F_UNLCK);
}

static void flock_and_record_locks_ignore_each_other(void **state)
{
    struct file_lock whole = {
        .kind = LOCK_FLOCK, .type = F_WRLCK, .owner = &alice, .end = UINT64_MAX};

    (void)state;
    assert_int_equal(lock_set(inode, &whole, false), 0);
    assert_int_equal(set(&bob, F_WRLCK, 0, 10), 0);
    whole.owner = &bob;
    assert_int_equal(lock_set(inode, &whole, false), -EAGAIN);
    whole.type = F_RDLCK;
    assert_int_equal(lock_set(inode, &whole, false), -EAGAIN);
}

static void wait_for_byte(const void *owner, uint64_t byte)
{
    struct file_lock l = {
        .kind = LOCK_POSIX, .type = F_WRLCK, .owner = owner, .start = byte, .end = byte};

    result = lock_set(inode, &l, true);
}

static void bob_wants_one(void *arg)
{
    (void)arg;
    wait_for_byte(&bob, 1);
}

static void a_waiter_gets_the_lock_when_it_is_free(void **state)
{
    struct thread *t;

    (void)state;
    assert_int_equal(set(&alice, F_WRLCK, 0, 10), 0);
    t = machine_spawn("bob", bob_wants_one, NULL);
    machine_settle();
    assert_int_equal(result, 12345);
    assert_int_equal(set(&alice, F_UNLCK, 5, 10), 0);
    machine_settle();
    assert_int_equal(result, 12345);
    assert_int_equal(set(&alice, F_UNLCK, 0, 4), 0);
    machine_join(t);
    assert_int_equal(result, 0);
    assert_string_equal(locks_of(&bob), "w1-1 ");
}

static void a_circle_of_waiters_is_refused(void **state)
{
    struct file_lock l = {
        .kind = LOCK_POSIX, .type = F_WRLCK, .owner = &alice, .start = 2, .end = 2};
    struct thread *t;

    (void)state;
    assert_int_equal(set(&alice, F_WRLCK, 1, 1), 0);
    assert_int_equal(set(&bob, F_WRLCK, 2, 2), 0);
    t = machine_spawn("bob", bob_wants_one, NULL);
    machine_settle();
    assert_int_equal(lock_set(inode, &l, true), -EDEADLK);
    release(&alice);
    machine_join(t);
    assert_int_equal(result, 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(readers_share_and_writers_do_not),
        TEST(unlocking_the_middle_leaves_two),
        TEST(neighbours_of_one_kind_become_one),
        TEST(a_test_names_what_is_in_the_way),
        TEST(flock_and_record_locks_ignore_each_other),
        TEST(a_waiter_gets_the_lock_when_it_is_free),
        TEST(a_circle_of_waiters_is_refused),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
