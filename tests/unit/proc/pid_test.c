/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers: unique, kept while anything is called by them, and found again. */
#include "people.h"

#include <errno.h>

static void numbers_are_given_out_in_order(void **state)
{
    struct pid *a, *b;
    int32_t last;

    (void)state;
    assert_int_equal(pid_alloc(0, &a), 0);
    assert_int_equal(pid_alloc(0, &b), 0);
    assert_int_equal(b->nr, a->nr + 1);
    last = b->nr;
    pid_free(a);
    pid_free(b);
    assert_int_equal(pid_alloc(0, &a), 0);
    assert_int_equal(a->nr, last + 1); /* not one that has just become free */
    pid_free(a);
}

static void a_wanted_number_is_given_once(void **state)
{
    struct pid *a, *b;

    (void)state;
    assert_int_equal(pid_alloc(4711, &a), 0);
    assert_int_equal(a->nr, 4711);
    assert_int_equal(pid_alloc(4711, &b), -EAGAIN);
    pid_free(a);
    assert_int_equal(pid_alloc(4711, &b), 0);
    pid_free(b);
}

static void all_numbers_are_used_and_then_there_are_none(void **state)
{
    static struct pid *all[PROC_PID_MAX];
    static bool seen[PROC_PID_MAX];
    unsigned n = 0;

    (void)state;
    while (n < PROC_PID_MAX && pid_alloc(0, &all[n]) == 0) {
        assert_true(all[n]->nr > 1 && all[n]->nr < PROC_PID_MAX);
        assert_false(seen[all[n]->nr]);
        seen[all[n]->nr] = true;
        n++;
    }
    assert_true(n >= PROC_PID_MAX - PID_RESERVED - 1);
    for (unsigned i = 0; i < n; i++)
        pid_free(all[i]);
    assert_int_equal(pid_alloc(0, &all[0]), 0); /* wrapped */
    assert_true(all[0]->nr >= PID_RESERVED);
    pid_free(all[0]);
}

static void a_group_keeps_its_number_busy(void **state)
{
    struct task *leader = people_child(NULL), *child = people_child(leader);
    int32_t pgid = leader->process->pgid, pid = leader->tid;
    struct pid *again;

    (void)state;
    assert_int_equal(pgid, pid);
    people_bury(leader);
    assert_null(process_find(pid));
    assert_int_equal(pid_alloc(pid, &again), -EAGAIN);
    assert_int_equal(group_of(child->tid, false), pgid);
    people_bury(child);
    assert_int_equal(pid_alloc(pid, &again), 0);
    pid_free(again);
}

static void processes_are_walked_in_order(void **state)
{
    struct task *a = people_child(NULL), *b = people_child(NULL), *t = people_thread(a);
    struct process *p = process_next(2);
    int32_t last = 1;
    unsigned n = 0;

    (void)state;
    for (; p; n++) {
        struct process *q;

        assert_true(p->pid > last);
        assert_true(p->pid != t->tid);
        last = p->pid;
        q = process_next(last + 1);
        process_put(p);
        p = q;
    }
    assert_int_equal(n, 2);
    assert_int_equal(process_count(), 3);
    people_bury(a);
    people_bury(b);
    assert_int_equal(process_count(), 1);
}

static void tasks_are_walked_in_order(void **state)
{
    struct task *a = people_child(NULL), *b = people_thread(a), *t;

    (void)state;
    t = task_next(a->process, 0);
    assert_ptr_equal(t, a);
    task_put(t);
    t = task_next(a->process, a->tid + 1);
    assert_ptr_equal(t, b);
    task_put(t);
    assert_null(task_next(a->process, b->tid + 1));
    t = task_find(b->tid);
    assert_ptr_equal(t, b);
    task_put(t);
    people_bury(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_given_out_in_order),
        cmocka_unit_test(a_wanted_number_is_given_once),
        cmocka_unit_test(a_group_keeps_its_number_busy),
        cmocka_unit_test(processes_are_walked_in_order),
        cmocka_unit_test(tasks_are_walked_in_order),
        cmocka_unit_test(all_numbers_are_used_and_then_there_are_none),
    };

    return cmocka_run_group_tests(tests, people_boot, NULL);
}
