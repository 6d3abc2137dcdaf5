/* SPDX-License-Identifier: BSD-2-Clause */
/* Sleeping locks: exclusion, hand-over, preference, misuse. */
#include "machine.h"

#include "abi/errno.h"
#include "sched/mutex.h"

static struct mutex mutex;
static struct rwlock rwlock;
static unsigned inside, most_inside, turns, order[8], order_len;
static int result;
static bool stop;

static int setup(void **state)
{
    (void)state;
    mutex_init(&mutex, "test.mutex");
    rwlock_init(&rwlock, "test.rwlock");
    inside = most_inside = turns = order_len = 0;
    stop = false;
    return 0;
}

static void enter(void)
{
    inside++;
    if (inside > most_inside)
        most_inside = inside;
}

static void worker(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 50; i++) {
        mutex_lock(&mutex);
        enter();
        thread_yield();
        inside--;
        turns++;
        mutex_unlock(&mutex);
    }
}

static void one_at_a_time(void **state)
{
    struct thread *t[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        t[i] = machine_spawn("worker", worker, NULL);
    for (unsigned i = 0; i < 4; i++)
        machine_join(t[i]);
    assert_int_equal(most_inside, 1);
    assert_int_equal(turns, 200);
    assert_int_equal(mutex.owner, 0);
}

static void hog(void *arg)
{
    (void)arg;
    while (!stop) {
        mutex_lock(&mutex);
        thread_yield();
        mutex_unlock(&mutex);
    }
}

/* One that takes the lock again at once cannot keep a waiter out: after one failure the
 * waiter gets it handed. */
static void waiter_gets_it_from_a_hog(void **state)
{
    struct thread *t = machine_spawn("hog", hog, NULL);

    (void)state;
    machine_settle();
    mutex_lock(&mutex);
    stop = true;
    mutex_unlock(&mutex);
    machine_join(t);
}

static void killable_waiter(void *arg)
{
    (void)arg;
    result = mutex_lock_killable(&mutex);
}

static void fatal_signal_ends_a_killable_lock(void **state)
{
    struct thread *t;

    (void)state;
    mutex_lock(&mutex);
    t = machine_spawn("waiter", killable_waiter, NULL);
    machine_settle();
    thread_interrupt(t, false);
    machine_settle();
    assert_int_not_equal(t->state, THREAD_DEAD);
    thread_interrupt(t, true);
    machine_join(t);
    assert_int_equal(result, -EINTR);
    mutex_unlock(&mutex);
    assert_int_equal(mutex.owner, 0);
    assert_true(mutex_trylock(&mutex));
    mutex_unlock(&mutex);
}

static void trylock_fails_while_it_is_held(void **state)
{
    (void)state;
    assert_true(mutex_trylock(&mutex));
    assert_true(mutex_held(&mutex));
    assert_false(mutex_trylock(&mutex));
    mutex_unlock(&mutex);
    assert_false(mutex_held(&mutex));
}

static void stranger(void *arg)
{
    (void)arg;
    result = mutex_held(&mutex);
}

static void only_the_owner_holds_it(void **state)
{
    (void)state;
    mutex_lock(&mutex);
    result = 1;
    machine_join(machine_spawn("stranger", stranger, NULL));
    assert_int_equal(result, 0);
    mutex_unlock(&mutex);
    expect_panic("does not hold", mutex_unlock(&mutex));
}

static unsigned readers_wanted; /* a reader stays until so many are inside */

static void reader(void *arg)
{
    rwlock_read(&rwlock);
    enter();
    order[order_len++] = (unsigned)(uintptr_t)arg;
    thread_yield();
    for (unsigned i = 0; i < 1000 && most_inside < readers_wanted; i++)
        thread_yield();
    inside--;
    rwlock_read_unlock(&rwlock);
}

static void writer(void *arg)
{
    rwlock_write(&rwlock);
    order[order_len++] = (unsigned)(uintptr_t)arg;
    thread_yield();
    rwlock_write_unlock(&rwlock);
}

static void readers_share(void **state)
{
    struct thread *t[3];

    (void)state;
    readers_wanted = 3;
    rwlock_write(&rwlock);
    for (unsigned i = 0; i < 3; i++)
        t[i] = machine_spawn("reader", reader, NULL);
    machine_settle();
    assert_int_equal(order_len, 0);
    rwlock_write_unlock(&rwlock);
    for (unsigned i = 0; i < 3; i++)
        machine_join(t[i]);
    readers_wanted = 0;
    assert_int_equal(most_inside, 3);
}

static void waiting_writer_goes_before_a_new_reader(void **state)
{
    struct thread *w, *r;

    (void)state;
    rwlock_read(&rwlock);
    w = machine_spawn("writer", writer, (void *)1);
    machine_settle();
    r = machine_spawn("reader", reader, (void *)2);
    machine_settle();
    assert_int_equal(order_len, 0);
    assert_false(rwlock_read_try(&rwlock));
    rwlock_read_unlock(&rwlock);
    machine_join(w);
    machine_join(r);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
}

/* ... and a reader that has waited for one writer does not wait for the next. */
static void readers_and_writers_alternate(void **state)
{
    struct thread *w, *r;

    (void)state;
    rwlock_write(&rwlock);
    w = machine_spawn("writer", writer, (void *)1);
    machine_settle();
    r = machine_spawn("reader", reader, (void *)2);
    machine_settle();
    assert_true(rwlock_write_held(&rwlock));
    rwlock_write_unlock(&rwlock);
    machine_join(w);
    machine_join(r);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_at_a_time, setup),
        cmocka_unit_test_setup(waiter_gets_it_from_a_hog, setup),
        cmocka_unit_test_setup(fatal_signal_ends_a_killable_lock, setup),
        cmocka_unit_test_setup(trylock_fails_while_it_is_held, setup),
        cmocka_unit_test_setup(only_the_owner_holds_it, setup),
        cmocka_unit_test_setup(readers_share, setup),
        cmocka_unit_test_setup(waiting_writer_goes_before_a_new_reader, setup),
        cmocka_unit_test_setup(readers_and_writers_alternate, setup),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
