/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine itself, as the other tests rely on it. */
#include "hal_fake.h"

#include <stdlib.h>

#include "lib/base.h"

#define STACK_BYTES (64 * 1024)

static unsigned timers, ipis, irqs, exits, last_irq;

void core_on_timer(void)
{
    assert_true(hal_irq_masked());
    timers++;
}

void core_on_ipi(void)
{
    assert_true(hal_irq_masked());
    ipis++;
}

void core_on_irq(unsigned irq)
{
    assert_true(hal_irq_masked());
    last_irq = irq;
    irqs++;
}

void core_irq_exit(void)
{
    assert_true(hal_irq_masked());
    exits++;
}

static int setup(void **state UNUSED)
{
    hal_fake_reset(false);
    timers = ipis = irqs = exits = 0;
    return 0;
}

static void fake_interrupts_wait_for_unmasking(void **state UNUSED)
{
    bool unmasked = hal_irq_save();

    assert_true(unmasked);
    assert_false(hal_irq_save());
    hal_fake_raise(7);
    hal_ipi_send(0);
    hal_irq_restore(false);
    assert_int_equal(irqs + ipis, 0);
    hal_irq_restore(unmasked);
    assert_int_equal(irqs, 1);
    assert_int_equal(last_irq, 7);
    assert_int_equal(ipis, 1);
    assert_int_equal(exits, 1);
    assert_false(hal_irq_masked());
}

static void fake_interrupts_belong_to_their_cpu(void **state UNUSED)
{
    hal_ipi_send(1);
    hal_irq_restore(true);
    assert_int_equal(ipis, 0);
    hal_fake_set_cpu(1);
    hal_irq_restore(true);
    assert_int_equal(ipis, 1);
}

static void fake_wait_moves_the_clock_to_the_deadline(void **state UNUSED)
{
    uint64_t deadline = hal_time_ns() + UINT64_C(3600) * 1000000000;

    (void)hal_irq_save();
    hal_timer_set(deadline);
    hal_cpu_wait();
    assert_int_equal(timers, 1);
    assert_true(hal_irq_masked());
    assert_in_range(hal_time_ns(), deadline, deadline + 1000000000);
    hal_irq_restore(true);
    assert_int_equal(timers, 1); /* once per deadline */
}

static struct hal_context main_context, other_context;
static unsigned steps;

static void other_main(void *arg)
{
    for (;;) {
        assert_ptr_equal(arg, &steps);
        steps++;
        hal_context_switch(&other_context, &main_context);
    }
}

static void fake_contexts_take_turns(void **state UNUSED)
{
    void *stack = malloc(STACK_BYTES);

    steps = 0;
    (void)hal_irq_save();
    hal_context_init(&other_context, stack, STACK_BYTES, other_main, &steps);
    for (unsigned i = 1; i <= 1000; i++) {
        hal_context_switch(&main_context, &other_context);
        assert_int_equal(steps, i);
    }
    hal_context_fini(&other_context);
    hal_context_fini(&main_context);
    hal_irq_restore(true);
    free(stack);
}

static void fake_ram_is_where_bootinfo_says(void **state UNUSED)
{
    const struct hal_range *ram = &hal_bootinfo()->ram[0];
    uint8_t *at = (uint8_t *)(uintptr_t)(hal_direct_map_offset() + ram->base);

    assert_true(IS_ALIGNED((uintptr_t)at, HAL_PAGE_SIZE));
    at[0] = 1;
    at[ram->len - 1] = 2;
    hal_fake_reset(true);
    assert_int_equal(at[0] | at[ram->len - 1], 0);
}

static void fake_halt_is_caught_where_expected(void **state UNUSED)
{
    expect_halt(hal_halt(HAL_HALT_POWEROFF, 3));
    assert_int_equal(hal_fake_halt_why, HAL_HALT_POWEROFF);
    assert_int_equal(hal_fake_halt_status, 3);
}

static void fake_console_input(void **state UNUSED)
{
    char buf[8];

    hal_fake_type("hello", 5);
    assert_int_equal(hal_console_read(buf, 3), 3);
    assert_memory_equal(buf, "hel", 3);
    assert_int_equal(hal_console_read(buf, sizeof(buf)), 2);
    assert_int_equal(hal_console_read(buf, sizeof(buf)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fake_interrupts_wait_for_unmasking, setup),
        cmocka_unit_test_setup(fake_interrupts_belong_to_their_cpu, setup),
        cmocka_unit_test_setup(fake_wait_moves_the_clock_to_the_deadline, setup),
        cmocka_unit_test_setup(fake_contexts_take_turns, setup),
        cmocka_unit_test_setup(fake_ram_is_where_bootinfo_says, setup),
        cmocka_unit_test_setup(fake_halt_is_caught_where_expected, setup),
        cmocka_unit_test_setup(fake_console_input, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
