/* SPDX-License-Identifier: BSD-2-Clause */
/* Preemption counters, spinlocks and panic, on a machine whose CPUs take turns. */
#include "lib/spinlock.h"

#include "hal_fake.h"
#include "lib/preempt.h"

static unsigned resched_calls;
static bool resched_masked;

static void resched_hook(void)
{
    resched_calls++;
    resched_masked = hal_irq_masked();
    assert_int_equal(preempt_count(), 0);
    preempt_clear_need_resched();
}

/* Locks that a test abandons in a panic are not held by the next one. */
static void lock_checker_reset(void)
{
#ifdef LOCKDEP
    lockdep_reset();
#endif
}

static int setup(void **state UNUSED)
{
    hal_fake_reset(false);
    memset(preempt_cpus, 0, sizeof(preempt_cpus));
    lock_checker_reset();
    resched_calls = 0;
    preempt_set_resched_hook(resched_hook);
    return 0;
}

static void preempt_counts_nest_per_cpu(void **state UNUSED)
{
    preempt_disable();
    preempt_disable();
    assert_int_equal(preempt_count(), 2);
    hal_fake_set_cpu(1);
    assert_int_equal(preempt_count(), 0);
    hal_fake_set_cpu(0);
    preempt_enable();
    preempt_enable();
    assert_int_equal(preempt_count(), 0);
    assert_false(hal_irq_masked());
    expect_panic("count > 0", preempt_enable());
}

static void preempt_enable_reschedules_at_zero_only(void **state UNUSED)
{
    preempt_disable();
    preempt_disable();
    preempt_set_need_resched(0);
    assert_true(preempt_need_resched());
    preempt_enable();
    assert_int_equal(resched_calls, 0);
    preempt_enable();
    assert_int_equal(resched_calls, 1);
    assert_false(resched_masked);
    preempt_disable();
    preempt_enable();
    assert_int_equal(resched_calls, 1);
}

static void preempt_enable_does_not_reschedule_while_masked(void **state UNUSED)
{
    bool unmasked = hal_irq_save();

    preempt_disable();
    preempt_set_need_resched(0);
    preempt_enable();
    assert_int_equal(resched_calls, 0);
    hal_irq_restore(unmasked);
    preempt_check_resched();
    assert_int_equal(resched_calls, 1);
}

static void preempt_need_resched_belongs_to_a_cpu(void **state UNUSED)
{
    preempt_set_need_resched(3);
    assert_false(preempt_need_resched());
    preempt_disable();
    preempt_enable();
    assert_int_equal(resched_calls, 0);
    hal_fake_set_cpu(3);
    assert_true(preempt_need_resched());
}

static void preempt_in_irq_nests(void **state UNUSED)
{
    assert_false(preempt_in_irq());
    preempt_irq_enter();
    preempt_irq_enter();
    preempt_irq_exit();
    assert_true(preempt_in_irq());
    preempt_irq_exit();
    assert_false(preempt_in_irq());
    expect_panic("irq_depth > 0", preempt_irq_exit());
}

static void spin_lock_excludes_and_disables_preemption(void **state UNUSED)
{
    struct spinlock lock = SPINLOCK_INIT("test.lock");

    assert_false(spin_held(&lock));
    spin_lock(&lock);
    assert_true(spin_held(&lock));
    assert_int_equal(preempt_count(), 1);
    assert_false(hal_irq_masked());
    hal_fake_set_cpu(1);
    assert_false(spin_held(&lock));
    assert_false(spin_trylock(&lock));
    assert_int_equal(preempt_count(), 0);
    hal_fake_set_cpu(0);
    spin_unlock(&lock);
    assert_int_equal(preempt_count(), 0);
    assert_true(spin_trylock(&lock));
    spin_unlock(&lock);
}

static void spin_lock_irqsave_masks_and_restores(void **state UNUSED)
{
    struct spinlock outer, inner;
    bool outer_flags, inner_flags;

    spin_init(&outer, "test.outer");
    spin_init(&inner, "test.inner");
    outer_flags = spin_lock_irqsave(&outer);
    assert_true(hal_irq_masked());
    inner_flags = spin_lock_irqsave(&inner);
    assert_int_equal(preempt_count(), 2);
    spin_unlock_irqrestore(&inner, inner_flags);
    assert_true(hal_irq_masked());
    preempt_set_need_resched(0);
    spin_unlock_irqrestore(&outer, outer_flags);
    assert_false(hal_irq_masked());
    assert_int_equal(resched_calls, 1);
}

static void spin_unlock_reschedules(void **state UNUSED)
{
    struct spinlock lock = SPINLOCK_INIT("test.lock");

    spin_lock(&lock);
    preempt_set_need_resched(0);
    spin_unlock(&lock);
    assert_int_equal(resched_calls, 1);
}

static void spin_misuse_panics(void **state UNUSED)
{
    struct spinlock lock = SPINLOCK_INIT("test.lock");

    expect_panic("test.lock", spin_unlock(&lock));
    spin_lock(&lock);
    hal_fake_set_cpu(1);
    expect_panic("released by CPU 1", spin_unlock(&lock));
}

static void spin_lock_twice_panics_without_the_checker_too(void **state UNUSED)
{
    struct spinlock lock = SPINLOCK_INIT("test.lock");

    lock.holder = 1; /* CPU 0, behind the checker's back */
    expect_panic("taken twice by CPU 0", spin_lock(&lock));
}

static void panic_prints_message_and_backtrace_and_halts(void **state UNUSED)
{
    expect_panic("kernel panic: answer 42\nregisters of CPU 0:\n",
                 kpanic("answer %d", 42));
    expect_panic("\nbacktrace:\n  0x", kpanic("answer %d", 42));
    assert_int_equal(hal_fake_halt_status, PANIC_EXIT_STATUS);
}

static void panic_of_an_assertion_names_it(void **state UNUSED)
{
    expect_panic("lock_test.c", kassert(1 + 1 == 3));
    expect_panic("1 + 1 == 3", kassert(1 + 1 == 3));
}

static jmp_buf handler_jump;
static char handler_msg[64];

static void panic_handler_jumps(const char *msg)
{
    strncpy(handler_msg, msg, sizeof(handler_msg) - 1);
    longjmp(handler_jump, 1);
}

static void panic_handler_gets_the_message_first(void **state UNUSED)
{
    panic_set_handler(panic_handler_jumps);
    if (setjmp(handler_jump) == 0)
        kpanic("to the handler");
    assert_true(panic_in_progress());
    panic_reset();
    panic_set_handler(NULL);
    hal_irq_restore(true);
    assert_false(panic_in_progress());
    assert_string_equal(handler_msg, "to the handler");
    assert_string_equal(hal_fake_console(), "");
}

static void panic_again(void)
{
    kpanic("in the flush hook");
}

static void panic_in_a_part_of_the_report_goes_on_with_the_next(void **state UNUSED)
{
    panic_set_flush(panic_again);
    expect_panic(
        "again, while reporting the log: in the flush hook\nkernel panic: first\n",
        kpanic("first"));
    panic_set_flush(NULL);
}

static struct spinlock part_lock = SPINLOCK_INIT("test.part");

static void part_that_waits(void)
{
    panic_printf("part one\n");
    spin_lock(&part_lock);
}

static void part_that_works(void)
{
    panic_printf("part two of %s\n", "two");
}

static void panic_parts_come_in_order_and_wait_for_no_lock(void **state UNUSED)
{
    panic_add_part("part one", part_that_waits);
    panic_add_part("part two", part_that_works);
    part_lock.holder = 2; /* CPU 1, which has stopped */
    expect_panic(
        "\npart one\n\nkernel panic: again, while reporting part one: the report "
        "would wait for another CPU\npart two of two\n",
        kpanic("first"));
    part_lock.holder = 0;
}

static void panic_in_every_part_still_halts(void **state UNUSED)
{
    for (unsigned i = 0; i < PANIC_PARTS_MAX; i++)
        panic_add_part("this", panic_again);
    expect_panic("again, while reporting this", kpanic("first"));
}

static void panic_of_the_console_still_halts(void **state UNUSED)
{
    hal_fake_console_hook(panic_again);
    expect_halt(kpanic("first"));
    hal_fake_console_hook(NULL);
    assert_int_equal(hal_fake_halt_why, HAL_HALT_PANIC);
}

static void spinlocks_are_points_where_that_is_asked_for(void **state UNUSED)
{
    struct spinlock lock = SPINLOCK_INIT("test.points");
    struct hal_fake_counts *counts = hal_fake_counts();
    uint64_t before = counts->points;
    bool irq;

    spin_lock(&lock);
    spin_unlock(&lock);
    assert_int_equal(counts->points, before);
    spin_set_points(true);
    spin_lock(&lock);
    assert_int_equal(counts->points, before + 1);
    spin_unlock(&lock);
    assert_int_equal(counts->points, before + 2);
    irq = spin_lock_irqsave(&lock);
    assert_int_equal(counts->points, before + 3);
    spin_unlock_irqrestore(&lock, irq);
    spin_set_points(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(preempt_counts_nest_per_cpu, setup),
        cmocka_unit_test_setup(preempt_enable_reschedules_at_zero_only, setup),
        cmocka_unit_test_setup(preempt_enable_does_not_reschedule_while_masked, setup),
        cmocka_unit_test_setup(preempt_need_resched_belongs_to_a_cpu, setup),
        cmocka_unit_test_setup(preempt_in_irq_nests, setup),
        cmocka_unit_test_setup(spin_lock_excludes_and_disables_preemption, setup),
        cmocka_unit_test_setup(spin_lock_irqsave_masks_and_restores, setup),
        cmocka_unit_test_setup(spin_unlock_reschedules, setup),
        cmocka_unit_test_setup(spin_misuse_panics, setup),
        cmocka_unit_test_setup(spin_lock_twice_panics_without_the_checker_too, setup),
        cmocka_unit_test_setup(panic_prints_message_and_backtrace_and_halts, setup),
        cmocka_unit_test_setup(panic_of_an_assertion_names_it, setup),
        cmocka_unit_test_setup(panic_handler_gets_the_message_first, setup),
        cmocka_unit_test_setup(panic_in_a_part_of_the_report_goes_on_with_the_next,
                               setup),
        cmocka_unit_test_setup(panic_parts_come_in_order_and_wait_for_no_lock, setup),
        cmocka_unit_test_setup(panic_in_every_part_still_halts, setup),
        cmocka_unit_test_setup(panic_of_the_console_still_halts, setup),
        cmocka_unit_test_setup(spinlocks_are_points_where_that_is_asked_for, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
