/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups and sessions: who may move whom where, and who is an orphan. */
#include "people.h"

#include <errno.h>

static void a_child_may_be_moved_until_it_calls_exec(void **state)
{
    struct task *shell = people_child(NULL), *job = people_child(shell);

    (void)state;
    assert_int_equal(job->process->pgid, shell->tid);
    assert_int_equal(group_set(shell, job->tid, job->tid), 0);
    assert_int_equal(job->process->pgid, job->tid);
    job->process->did_exec = true;
    assert_int_equal(group_set(shell, job->tid, shell->tid), -EACCES);
    assert_int_equal(group_set(job, 0, shell->tid), 0);
    assert_int_equal(job->process->pgid, shell->tid);
    people_bury(job);
    people_bury(shell);
}

static void strangers_and_leaders_are_not_moved(void **state)
{
    struct task *a = people_child(NULL), *b = people_child(NULL), *c = people_child(a);

    (void)state;
    assert_int_equal(group_set(a, b->tid, 0), -ESRCH);
    assert_int_equal(group_set(a, a->tid, 0), -EPERM); /* session leader */
    assert_int_equal(group_set(a, c->tid, b->tid),
                     -EPERM); /* a group of another session */
    assert_int_equal(group_set(a, c->tid, 31000), -EPERM);
    assert_int_equal(group_set(a, c->tid, -1), -EINVAL);
    assert_int_equal(group_set(a, 31000, 0), -ESRCH);
    people_bury(c);
    people_bury(a);
    people_bury(b);
}

static void a_group_leader_cannot_make_a_session(void **state)
{
    struct task *shell = people_child(NULL), *job = people_child(shell);

    (void)state;
    assert_int_equal(session_create(shell), -EPERM);
    assert_int_equal(session_create(job), job->tid);
    assert_int_equal(group_of(job->tid, true), job->tid);
    assert_int_equal(group_of(job->tid, false), job->tid);
    assert_int_equal(session_create(job), -EPERM);
    people_bury(job);
    people_bury(shell);
}

static bool orphaned(struct task *t, struct task *ignored)
{
    bool irq = spin_lock_irqsave(&proc_tree_lock);
    bool is = group_orphaned_locked(t->process->pgid, ignored ? ignored->process : NULL);

    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return is;
}

static void a_job_is_no_orphan_while_its_shell_lives(void **state)
{
    struct task *shell = people_child(NULL), *job = people_child(shell);
    struct task *helper = people_child(job);

    (void)state;
    assert_true(orphaned(shell, NULL)); /* its parent is in another session */
    assert_int_equal(group_set(shell, job->tid, job->tid), 0);
    assert_int_equal(group_set(job, helper->tid, job->tid), 0);
    assert_false(orphaned(job, NULL));
    assert_true(orphaned(job, job)); /* the helper's parent is in the same group */
    people_bury(helper);
    people_bury(job);
    people_bury(shell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_may_be_moved_until_it_calls_exec),
        cmocka_unit_test(strangers_and_leaders_are_not_moved),
        cmocka_unit_test(a_group_leader_cannot_make_a_session),
        cmocka_unit_test(a_job_is_no_orphan_while_its_shell_lives),
    };

    return cmocka_run_group_tests(tests, people_boot, NULL);
}
