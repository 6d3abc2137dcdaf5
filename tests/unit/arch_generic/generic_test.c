/* SPDX-License-Identifier: BSD-2-Clause */
/* What all instruction sets with the generic table have in common: numbers, layouts of structs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "abi/user.h"
#include "arch/abi_epoll.h"
#include "arch/abi_nr.h"
#include "arch/abi_stat.h"
#include "lib/base.h"

/* ---- numbers ---- */

enum {
#define SYSCALL(name, nr_x86_64, nr_generic, result, ...)                                \
    NR_##name = ARCH_SYSCALL_NR(nr_x86_64, nr_generic),
#define REFUSED SYSCALL
#define MISSING(name, nr_x86_64, nr_generic)                                             \
    NR_##name = ARCH_SYSCALL_NR(nr_x86_64, nr_generic),
#define NOTE(name, text)
#include "syscall/table.def"
#undef SYSCALL
#undef REFUSED
#undef MISSING
#undef NOTE
};

static void numbers_are_those_of_the_generic_table(void **state)
{
    (void)state;
    assert_int_equal(NR_read, 63);
    assert_int_equal(NR_write, 64);
    assert_int_equal(NR_clone, 220);
    assert_int_equal(NR_execve, 221);
    assert_int_equal(NR_rt_sigreturn, ARCH_NR_RT_SIGRETURN);
    assert_int_equal(NR_restart_syscall, ARCH_NR_RESTART_SYSCALL);
    assert_int_equal(NR_clone3, 435);
    assert_int_equal(NR_fork, -1);
    assert_int_equal(NR_open, -1);
    assert_int_equal(NR_arch_prctl, -1);
}

static void no_two_calls_have_one_number(void **state)
{
    static const int numbers[] = {
#define SYSCALL(name, nr_x86_64, nr_generic, result, ...) NR_##name,
#define REFUSED                                           SYSCALL
#define MISSING(name, nr_x86_64, nr_generic)              NR_##name,
#define NOTE(name, text)
#include "syscall/table.def"
#undef SYSCALL
#undef REFUSED
#undef MISSING
#undef NOTE
    };
    bool seen[512] = {false};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (numbers[i] < 0)
            continue;
        assert_in_range(numbers[i], 0, 511);
        assert_false(seen[numbers[i]]);
        seen[numbers[i]] = true;
    }
}

/* ---- layouts ---- */

static void stat_is_the_generic_one(void **state)
{
    struct abi_kstat k = {.mode = 0100644, .nlink = 3, .size = 77, .blksize = 4096};
    struct abi_stat s;

    (void)state;
    abi_stat_fill(&s, &k);
    assert_int_equal(offsetof(struct abi_stat, st_mode), 16);
    assert_int_equal(offsetof(struct abi_stat, st_nlink), 20);
    assert_int_equal(offsetof(struct abi_stat, st_size), 48);
    assert_int_equal(offsetof(struct abi_stat, st_atime_sec), 72);
    assert_int_equal(s.st_nlink, 3);
    assert_int_equal(s.st_size, 77);
}

static void epoll_events_are_not_packed(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct abi_epoll_event), 16);
    assert_int_equal(offsetof(struct abi_epoll_event, data), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_generic_table),
        cmocka_unit_test(no_two_calls_have_one_number),
        cmocka_unit_test(stat_is_the_generic_one),
        cmocka_unit_test(epoll_events_are_not_packed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
