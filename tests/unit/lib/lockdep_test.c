/* SPDX-License-Identifier: BSD-2-Clause */
/* The lock-order checker: planted mistakes are reported, correct orders are not. */
#include "lib/lockdep.h"

#include <stdio.h>

#include "hal_fake.h"
#include "lib/preempt.h"
#include "lib/spinlock.h"

#ifdef LOCKDEP

static unsigned reports;
static char report[4096];
static struct lockdep_thread thread;

static void on_report(const char *text)
{
    reports++;
    strncpy(report, text, sizeof(report) - 1);
}

static int setup(void **state UNUSED)
{
    hal_fake_reset(false);
    memset(preempt_cpus, 0, sizeof(preempt_cpus));
    memset(&thread, 0, sizeof(thread));
    lockdep_set_thread(&thread);
    lockdep_reset();
    lockdep_set_report_hook(on_report);
    reports = 0;
    report[0] = '\0';
    return 0;
}

static int teardown(void **state UNUSED)
{
    lockdep_set_report_hook(NULL);
    lockdep_set_thread(NULL);
    return 0;
}

static struct spinlock a = SPINLOCK_INIT("a"), b = SPINLOCK_INIT("b");
static struct spinlock c = SPINLOCK_INIT("c"), d = SPINLOCK_INIT("d");

/* Take x, then y under it, and release both. */
static void nest(struct spinlock *x, struct spinlock *y)
{
    spin_lock(x);
    spin_lock(y);
    spin_unlock(y);
    spin_unlock(x);
}

/* The same with interrupts masked. */
static void nest_masked(struct spinlock *x, struct spinlock *y)
{
    bool unmasked = hal_irq_save();

    nest(x, y);
    hal_irq_restore(unmasked);
}

/* As an interrupt handler does. */
static void take_in_irq(struct spinlock *lock)
{
    bool unmasked = hal_irq_save();

    preempt_irq_enter();
    spin_lock(lock);
    spin_unlock(lock);
    preempt_irq_exit();
    hal_irq_restore(unmasked);
}

static void take_masked(struct spinlock *lock)
{
    bool unmasked = spin_lock_irqsave(lock);

    spin_unlock_irqrestore(lock, unmasked);
}

static void take(struct spinlock *lock)
{
    spin_lock(lock);
    spin_unlock(lock);
}

static void assert_report(const char *text)
{
    assert_int_equal(reports, 1);
    if (!strstr(report, text))
        fail_msg("no \"%s\" in: %s", text, report);
    reports = 0;
}

static void lockdep_is_quiet_about_one_order(void **state UNUSED)
{
    for (unsigned i = 0; i < 3; i++) {
        nest(&a, &b);
        nest(&b, &c);
        nest(&a, &c);
    }
    assert_int_equal(reports, 0);
}

static void lockdep_reports_an_inversion(void **state UNUSED)
{
    nest(&a, &b);
    nest(&b, &a);
    assert_report("lock order");
    assert_non_null(strstr(report, "taking a at"));
    assert_non_null(strstr(report, "while holding b"));
    assert_non_null(strstr(report, "a -> b"));
}

static void lockdep_reports_a_cycle_through_others(void **state UNUSED)
{
    nest(&a, &b);
    nest(&b, &c);
    nest(&c, &d);
    assert_int_equal(reports, 0);
    nest(&d, &a);
    assert_report("lock order");
    assert_non_null(strstr(report, "a -> b"));
    assert_non_null(strstr(report, "b -> c"));
    assert_non_null(strstr(report, "c -> d"));
}

static void lockdep_remembers_everything_held_not_the_last_alone(void **state UNUSED)
{
    spin_lock(&a);
    nest(&b, &c);
    spin_unlock(&a);
    nest(&c, &a);
    assert_report("lock order");
}

static void lockdep_knows_release_in_any_order(void **state UNUSED)
{
    spin_lock(&a);
    assert_true(spin_trylock(&b)); /* adds no edge a -> b */
    spin_unlock(&a);
    spin_lock(&c); /* under b only */
    spin_unlock(&b);
    spin_unlock(&c);
    nest(&c, &a);
    assert_int_equal(reports, 0);
    nest(&c, &b);
    assert_report("lock order");
}

static void lockdep_panics_without_a_hook(void **state UNUSED)
{
    lockdep_set_report_hook(NULL);
    nest(&a, &b);
    expect_panic("lockdep: lock order", nest(&b, &a));
    memset(preempt_cpus, 0, sizeof(preempt_cpus));
    b.holder = 0;
}

static void lockdep_sees_the_same_lock_twice(void **state UNUSED)
{
    lockdep_set_report_hook(NULL);
    spin_lock(&a);
    expect_panic("same class", spin_lock(&a));
    a.holder = 0;
}

static void lockdep_takes_locks_of_one_name_for_one_class(void **state UNUSED)
{
    struct spinlock first, second;
    char name[] = "inode";

    spin_init(&first, "inode");
    spin_init(&second, name); /* another address, the same text */
    nest(&first, &second);
    assert_report("same class");
}

static void lockdep_subclass_allows_nesting_one_way(void **state UNUSED)
{
    struct spinlock parent, child;

    spin_init(&parent, "dir");
    spin_init(&child, "dir");
    for (unsigned i = 0; i < 2; i++) {
        spin_lock(&parent);
        spin_lock_nested(&child, 1);
        spin_unlock(&child);
        spin_unlock(&parent);
    }
    assert_int_equal(reports, 0);
    spin_lock_nested(&child, 1);
    spin_lock(&parent);
    spin_unlock(&parent);
    spin_unlock(&child);
    assert_report("dir/1");
}

static void lockdep_trylock_waits_for_nobody(void **state UNUSED)
{
    nest(&a, &b);
    spin_lock(&b);
    assert_true(spin_trylock(&a)); /* the wrong order, but it cannot deadlock */
    assert_int_equal(reports, 0);
    spin_unlock(&a);
    spin_unlock(&b);

    assert_true(spin_trylock(&c));
    spin_lock(&d); /* this one waits while c is held */
    spin_unlock(&d);
    spin_unlock(&c);
    nest(&d, &c);
    assert_report("lock order");
}

static void lockdep_accepts_an_irq_lock_that_is_always_masked(void **state UNUSED)
{
    take_in_irq(&a);
    take_masked(&a);
    nest_masked(&b, &a);
    take_masked(&b);
    take_in_irq(&b);
    assert_int_equal(reports, 0);
}

static void lockdep_reports_an_irq_lock_taken_unmasked(void **state UNUSED)
{
    take_in_irq(&a);
    take(&a);
    assert_report("interrupt safety");
    take(&b);
    take_in_irq(&b);
    assert_report("taken in an interrupt handler: b");
}

static void lockdep_reports_irq_unsafety_through_a_chain(void **state UNUSED)
{
    /* The handler takes a; somebody holds a (masked) and waits for b; b is held unmasked.
     */
    take_in_irq(&a);
    take(&b);
    nest_masked(&a, &b);
    assert_report("interrupt safety");
    assert_non_null(strstr(report, "a -> b"));
}

static void lockdep_reports_irq_unsafety_whichever_comes_last(void **state UNUSED)
{
    nest_masked(&a, &b);
    nest_masked(&b, &c);
    take_in_irq(&a);
    assert_int_equal(reports, 0);
    take(&c); /* last: held unmasked */
    assert_report("held with interrupts unmasked: c");

    lockdep_reset();
    nest_masked(&a, &b);
    nest_masked(&b, &c);
    take(&c);
    assert_int_equal(reports, 0);
    take_in_irq(&a); /* last: the handler */
    assert_report("held with interrupts unmasked: c");
}

static void lockdep_holds_stacks_per_cpu(void **state UNUSED)
{
    spin_lock(&a);
    hal_fake_set_cpu(1);
    spin_lock(&b); /* not under a: another CPU holds that */
    spin_unlock(&b);
    hal_fake_set_cpu(0);
    spin_unlock(&a);
    nest(&b, &a);
    assert_int_equal(reports, 0);
}

static struct lockdep_map m = LOCKDEP_MAP_INIT("mutex.m"),
                          n = LOCKDEP_MAP_INIT("mutex.n");

static void sleep_nest(struct lockdep_map *x, struct lockdep_map *y)
{
    lockdep_acquire(x, LOCKDEP_SLEEP, 0, false, NULL);
    lockdep_acquire(y, LOCKDEP_SLEEP, 0, false, NULL);
    lockdep_release(y, LOCKDEP_SLEEP);
    lockdep_release(x, LOCKDEP_SLEEP);
}

static void lockdep_checks_sleeping_locks_too(void **state UNUSED)
{
    sleep_nest(&m, &n);
    assert_int_equal(reports, 0);
    sleep_nest(&n, &m);
    assert_report("lock order");
}

static void lockdep_sleeping_locks_follow_their_thread(void **state UNUSED)
{
    struct lockdep_thread other = {0};

    lockdep_acquire(&m, LOCKDEP_SLEEP, 0, false, NULL);
    lockdep_set_thread(&other);
    assert_false(lockdep_holds(&m, LOCKDEP_SLEEP));
    lockdep_acquire(&n, LOCKDEP_SLEEP, 0, false, NULL); /* not under m */
    lockdep_release(&n, LOCKDEP_SLEEP);
    lockdep_set_thread(&thread);
    hal_fake_set_cpu(5); /* the thread migrates with its locks */
    lockdep_set_thread(&thread);
    assert_true(lockdep_holds(&m, LOCKDEP_SLEEP));
    lockdep_release(&m, LOCKDEP_SLEEP);
    sleep_nest(&n, &m);
    assert_int_equal(reports, 0);
    lockdep_set_thread(NULL);
    hal_fake_set_cpu(0);
}

static void lockdep_orders_spinlocks_under_sleeping_locks(void **state UNUSED)
{
    lockdep_acquire(&m, LOCKDEP_SLEEP, 0, false, NULL);
    spin_lock(&a);
    spin_unlock(&a);
    lockdep_release(&m, LOCKDEP_SLEEP);
    assert_int_equal(reports, 0);
    spin_lock(&a);
    lockdep_acquire(&m, LOCKDEP_SLEEP, 0, false, NULL);
    lockdep_release(&m, LOCKDEP_SLEEP);
    spin_unlock(&a);
    assert_report("lock order");
}

static void lockdep_reports_sleep_under_a_spinlock(void **state UNUSED)
{
    lockdep_assert_no_spinlocks("sleeping");
    assert_int_equal(reports, 0);
    spin_lock(&a);
    lockdep_assert_no_spinlocks("sleeping");
    assert_report("sleeping");
    assert_non_null(strstr(report, "    a, taken at"));
    spin_unlock(&a);
}

static void lockdep_reports_locks_on_the_way_out(void **state UNUSED)
{
    lockdep_assert_no_locks("returning to user mode");
    assert_int_equal(reports, 0);
    lockdep_acquire(&m, LOCKDEP_SLEEP, 0, false, NULL);
    lockdep_assert_no_spinlocks("sleeping");
    assert_int_equal(reports, 0);
    lockdep_assert_no_locks("returning to user mode");
    assert_report("returning to user mode");
    lockdep_release(&m, LOCKDEP_SLEEP);
}

static void lockdep_does_not_track_sleeping_locks_before_threads(void **state UNUSED)
{
    lockdep_set_thread(NULL);
    lockdep_acquire(&m, LOCKDEP_SLEEP, 0, false, NULL);
    lockdep_set_thread(&thread);
    lockdep_release(&m, LOCKDEP_SLEEP);
    assert_int_equal(thread.stack.depth, 0);
    assert_int_equal(reports, 0);
}

static void lockdep_reports_too_many_held_locks(void **state UNUSED)
{
    static struct spinlock locks[LOCKDEP_HELD_MAX + 1];
    static char names[LOCKDEP_HELD_MAX + 1][8];

    for (unsigned i = 0; i <= LOCKDEP_HELD_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "l%u", i);
        spin_init(&locks[i], names[i]);
        assert_int_equal(reports, 0);
        spin_lock(&locks[i]);
    }
    assert_report("LOCKDEP_HELD_MAX");
    for (unsigned i = 0; i <= LOCKDEP_HELD_MAX; i++)
        spin_unlock(&locks[i]);
}

/* As many classes as there is room for, in a chain; then one more. */
static void lockdep_survives_a_full_class_table(void **state UNUSED)
{
    static struct spinlock locks[LOCKDEP_CLASSES_MAX];
    static char names[LOCKDEP_CLASSES_MAX][8];

    for (unsigned i = 0; i < LOCKDEP_CLASSES_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "l%u", i);
        spin_init(&locks[i], names[i]);
    }
    for (unsigned i = 1; i < LOCKDEP_CLASSES_MAX - 1; i++)
        nest(&locks[i - 1], &locks[i]);
    assert_int_equal(reports, 0);
    nest(&locks[LOCKDEP_CLASSES_MAX - 2], &locks[0]);
    assert_report("l0 -> l1"); /* the other end of the chain does not fit */
    take(&locks[LOCKDEP_CLASSES_MAX - 1]);
    assert_report("LOCKDEP_CLASSES_MAX");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lockdep_is_quiet_about_one_order),
        CASE(lockdep_reports_an_inversion),
        CASE(lockdep_reports_a_cycle_through_others),
        CASE(lockdep_remembers_everything_held_not_the_last_alone),
        CASE(lockdep_knows_release_in_any_order),
        CASE(lockdep_panics_without_a_hook),
        CASE(lockdep_sees_the_same_lock_twice),
        CASE(lockdep_takes_locks_of_one_name_for_one_class),
        CASE(lockdep_subclass_allows_nesting_one_way),
        CASE(lockdep_trylock_waits_for_nobody),
        CASE(lockdep_accepts_an_irq_lock_that_is_always_masked),
        CASE(lockdep_reports_an_irq_lock_taken_unmasked),
        CASE(lockdep_reports_irq_unsafety_through_a_chain),
        CASE(lockdep_reports_irq_unsafety_whichever_comes_last),
        CASE(lockdep_holds_stacks_per_cpu),
        CASE(lockdep_checks_sleeping_locks_too),
        CASE(lockdep_sleeping_locks_follow_their_thread),
        CASE(lockdep_orders_spinlocks_under_sleeping_locks),
        CASE(lockdep_reports_sleep_under_a_spinlock),
        CASE(lockdep_reports_locks_on_the_way_out),
        CASE(lockdep_does_not_track_sleeping_locks_before_threads),
        CASE(lockdep_reports_too_many_held_locks),
        CASE(lockdep_survives_a_full_class_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
