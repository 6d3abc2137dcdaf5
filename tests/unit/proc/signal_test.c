/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: what is queued, dropped, given to whom, and what it does to a group. */
#include "people.h"

#include <errno.h>

#define HANDLER UINT64_C(0x400000)
#define RT      (ABI_SIGRTMIN + 3)

static void handle(struct task *t, int signo, uint64_t handler)
{
    struct abi_sigaction a = {.handler = handler};

    assert_int_equal(signal_action_set(t, signo, &a, NULL), 0);
}

static void queue_value(struct task *t, int signo, uint64_t value)
{
    struct abi_siginfo info = {.signo = signo, .code = SI_QUEUE};

    info.rt.value = value;
    assert_int_equal(signal_send_process(t->process, signo, &info), 0);
}

static void standard_signals_are_pending_once(void **state)
{
    struct task *t = people_child(NULL);
    struct abi_siginfo info;

    (void)state;
    people_become(t);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    queue_value(t, SIGUSR1, 1);
    queue_value(t, SIGUSR1, 2);
    assert_int_equal(signal_pending(t), ABI_SIGMASK(SIGUSR1));
    assert_int_equal(signal_take(t, SIGNAL_MASK_ALL, &info), SIGUSR1);
    assert_int_equal(info.rt.value, 1);
    assert_int_equal(signal_take(t, SIGNAL_MASK_ALL, &info), 0);
    people_become(NULL);
    people_bury(t);
}

static void realtime_signals_come_in_order_lowest_number_first(void **state)
{
    struct task *t = people_child(NULL);
    struct abi_siginfo info;

    (void)state;
    people_become(t);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    for (uint64_t i = 1; i <= 5; i++)
        queue_value(t, RT, i);
    queue_value(t, RT - 1, 100);
    assert_int_equal(signal_take(t, SIGNAL_MASK_ALL, &info), RT - 1);
    for (uint64_t i = 1; i <= 5; i++) {
        assert_true(signal_pending(t) & ABI_SIGMASK(RT));
        assert_int_equal(signal_take(t, ABI_SIGMASK(RT), &info), RT);
        assert_int_equal(info.rt.value, i);
    }
    assert_int_equal(signal_pending(t), 0);
    assert_int_equal(t->process->sigqueue_count, 0);
    people_become(NULL);
    people_bury(t);
}

static void the_limit_refuses_queued_but_not_killing_signals(void **state)
{
    struct task *t = people_child(NULL);
    struct abi_siginfo info = {.signo = RT, .code = SI_QUEUE};

    (void)state;
    people_become(t);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    t->process->rlimits[RLIMIT_SIGPENDING].cur = 2;
    queue_value(t, RT, 1);
    queue_value(t, RT, 2);
    assert_int_equal(signal_send_process(t->process, RT, &info), -EAGAIN);
    assert_int_equal(signal_kill(t, t->tid, SIGUSR2), 0);
    assert_true(signal_pending(t) & ABI_SIGMASK(SIGUSR2));
    people_become(NULL);
    people_bury(t);
}

static void ignored_signals_are_dropped_unless_blocked(void **state)
{
    struct task *t = people_child(NULL);

    (void)state;
    people_become(t);
    handle(t, SIGUSR1, ABI_SIG_IGN);
    queue_value(t, SIGUSR1, 1);
    queue_value(t, SIGCHLD, 1); /* ignored by default */
    assert_int_equal(signal_pending(t), 0);
    signal_mask_set(t, ABI_SIGMASK(SIGUSR1));
    queue_value(t, SIGUSR1, 1);
    assert_int_equal(signal_pending(t), ABI_SIGMASK(SIGUSR1));
    handle(t, SIGUSR1, ABI_SIG_IGN); /* discards what is pending */
    assert_int_equal(signal_pending(t), 0);
    people_become(NULL);
    people_bury(t);
}

static void stop_and_continue_take_each_other_back(void **state)
{
    struct task *t = people_child(NULL);

    (void)state;
    people_become(t);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    queue_value(t, SIGTSTP, 1);
    queue_value(t, SIGTTIN, 1);
    queue_value(t, SIGCONT, 1);
    assert_int_equal(signal_pending(t), ABI_SIGMASK(SIGCONT));
    queue_value(t, SIGTTOU, 1);
    assert_int_equal(signal_pending(t), ABI_SIGMASK(SIGTTOU));
    people_become(NULL);
    people_bury(t);
}

static void a_fatal_signal_takes_the_whole_group(void **state)
{
    struct task *t = people_child(NULL), *other = people_thread(t);

    (void)state;
    assert_int_equal(signal_send_task(other, SIGTERM, NULL), 0);
    assert_true(t->process->group_exit);
    assert_int_equal(t->process->exit_code, SIGTERM);
    assert_true(people_killed(t) && people_killed(other));
    people_bury(t);
}

static void a_task_that_takes_it_is_woken(void **state)
{
    struct task *t = people_child(NULL), *other = people_thread(t);

    (void)state;
    handle(t, SIGUSR1, HANDLER);
    t->blocked = ABI_SIGMASK(SIGUSR1);
    queue_value(t, SIGUSR1, 1);
    assert_false(people_interrupted(t));
    assert_true(people_interrupted(other));
    assert_false(t->process->group_exit);
    people_bury(t);
}

static void blocking_hands_a_pending_signal_to_another_task(void **state)
{
    struct task *t = people_child(NULL), *other = people_thread(t);

    (void)state;
    handle(t, SIGUSR1, HANDLER);
    queue_value(t, SIGUSR1, 1);
    assert_false(people_interrupted(other));
    people_become(t);
    signal_mask_set(t, ABI_SIGMASK(SIGUSR1));
    assert_true(people_interrupted(other));
    people_become(NULL);
    people_bury(t);
}

static void kill_and_stop_cannot_be_blocked_or_handled(void **state)
{
    struct task *t = people_child(NULL);
    struct abi_sigaction a = {.handler = HANDLER, .mask = SIGNAL_MASK_ALL};

    (void)state;
    people_become(t);
    assert_int_equal(signal_action_set(t, SIGKILL, &a, NULL), -EINVAL);
    assert_int_equal(signal_action_set(t, SIGSTOP, &a, NULL), -EINVAL);
    assert_int_equal(signal_action_set(t, 0, &a, NULL), -EINVAL);
    assert_int_equal(signal_action_set(t, 65, &a, NULL), -EINVAL);
    assert_int_equal(signal_action_set(t, SIGKILL, NULL, &a), 0);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    assert_int_equal(t->blocked & SIGNAL_MASK_KERNEL, 0);
    people_become(NULL);
    people_bury(t);
}

static void a_forced_signal_is_neither_blocked_nor_ignored(void **state)
{
    struct task *t = people_child(NULL);
    uint64_t ignored, caught;

    (void)state;
    people_become(t);
    handle(t, SIGSEGV, ABI_SIG_IGN);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    signal_force_fault(t, SIGSEGV, SEGV_MAPERR, 16);
    assert_int_equal(t->blocked & ABI_SIGMASK(SIGSEGV), 0);
    signal_action_sets(t->process, &ignored, &caught);
    assert_int_equal(ignored | caught, 0);
    people_become(NULL);
    people_bury(t);
}

static void process_one_gets_what_it_handles_only(void **state)
{
    struct process *init = process_find(1);
    struct task *t = init->leader;

    (void)state;
    assert_int_equal(signal_send_process(init, SIGKILL, NULL), 0);
    assert_int_equal(signal_send_process(init, SIGTERM, NULL), 0);
    assert_false(init->group_exit);
    handle(t, SIGTERM, HANDLER);
    assert_int_equal(signal_send_process(init, SIGTERM, NULL), 0);
    assert_true(init->pending.pending & ABI_SIGMASK(SIGTERM));
    handle(t, SIGTERM, ABI_SIG_IGN);
    process_put(init);
}

static void kill_asks_for_permission(void **state)
{
    struct task *t = people_child(NULL), *to = people_child(NULL);
    struct cred *c = cred_copy(t->cred);

    (void)state;
    c->uid = c->euid = c->suid = 1000;
    c->cap_effective = c->cap_permitted = 0;
    people_become(t);
    assert_int_equal(signal_kill(t, to->tid, 0), 0);
    assert_int_equal(task_cred_change(t, c), 0);
    assert_int_equal(signal_kill(t, to->tid, 0), -EPERM);
    assert_int_equal(signal_kill(t, to->tid, SIGKILL), -EPERM);
    assert_int_equal(signal_kill(t, -to->process->pgid, SIGKILL), -EPERM);
    assert_int_equal(signal_kill(t, 31000, SIGKILL), -ESRCH);
    assert_int_equal(signal_kill(t, -31000, 0), -ESRCH);
    assert_int_equal(signal_kill(t, INT32_MIN, SIGKILL), -ESRCH);
    assert_int_equal(signal_kill(t, to->tid, 65), -EINVAL);
    assert_false(to->process->group_exit);
    people_become(NULL);
    people_bury(t);
    people_bury(to);
}

static void a_stop_ends_when_all_have_stopped(void **state)
{
    struct task *t = people_child(NULL), *other = people_thread(t);
    struct process *p = t->process;
    bool irq = spin_lock_irqsave(&p->signal_lock);

    (void)state;
    t->stop_taken = true;
    signal_stop_begin_locked(t, SIGSTOP);
    assert_true(t->stop_pending && other->stop_pending);
    assert_int_equal(p->stop_count, 2);
    assert_true(people_interrupted(other));
    signal_stop_leave_locked(other); /* it exits instead */
    assert_false(p->stopped);
    signal_stop_leave_locked(t);
    assert_true(p->stopped && p->stop_report);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    queue_value(t, SIGCONT, 1);
    assert_false(p->stopped || p->stop_report);
    assert_true(p->continued && p->cont_report);

    t->stop_taken =
        true; /* a stop signal was taken, and SIGCONT comes before it is acted on */
    queue_value(t, SIGCONT, 1);
    irq = spin_lock_irqsave(&p->signal_lock);
    signal_stop_begin_locked(t, SIGSTOP);
    assert_false(p->stop_pending || t->stop_pending);
    spin_unlock_irqrestore(&p->signal_lock, irq);
    people_bury(t);
}

static void masks_are_pushed_and_popped(void **state)
{
    struct task *t = people_child(NULL);

    (void)state;
    people_become(t);
    signal_mask_set(t, ABI_SIGMASK(SIGINT));
    signal_mask_push(t, ABI_SIGMASK(SIGHUP));
    assert_int_equal(t->blocked, ABI_SIGMASK(SIGHUP));
    signal_mask_pop(t, false);
    assert_int_equal(t->blocked, ABI_SIGMASK(SIGINT));
    signal_mask_push(t, 0);
    signal_mask_pop(t, true); /* the handler's frame will have it */
    assert_int_equal(t->blocked, 0);
    assert_true(t->restore_blocked);
    assert_int_equal(signal_mask_change(t, 3, 0), -EINVAL);
    people_become(NULL);
    people_bury(t);
}

static void waiting_takes_what_is_there_and_gives_up_in_time(void **state)
{
    struct task *t = people_child(NULL);
    struct abi_siginfo info;

    (void)state;
    people_become(t);
    signal_mask_set(t, SIGNAL_MASK_ALL);
    queue_value(t, RT, 7);
    assert_int_equal(signal_wait(t, ABI_SIGMASK(RT), HAL_NEVER, &info), RT);
    assert_int_equal(info.rt.value, 7);
    assert_int_equal(signal_wait(t, ABI_SIGMASK(RT), 0, &info), -EAGAIN);
    people_become(NULL);
    people_bury(t);
}

static void clone_shares_actions_and_exec_resets_them(void **state)
{
    struct task *t = people_child(NULL);
    struct sighand *copy;

    (void)state;
    handle(t, SIGUSR1, HANDLER);
    handle(t, SIGUSR2, ABI_SIG_IGN);
    copy = sighand_copy(t->process->sighand);
    assert_int_equal(copy->actions[SIGUSR1 - 1].handler, HANDLER);
    sighand_put(copy);
    signal_exec_reset(t->process);
    assert_int_equal(signal_action(t->process, SIGUSR1).handler, ABI_SIG_DFL);
    assert_int_equal(signal_action(t->process, SIGUSR2).handler, ABI_SIG_IGN);
    people_bury(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_signals_are_pending_once),
        cmocka_unit_test(realtime_signals_come_in_order_lowest_number_first),
        cmocka_unit_test(the_limit_refuses_queued_but_not_killing_signals),
        cmocka_unit_test(ignored_signals_are_dropped_unless_blocked),
        cmocka_unit_test(stop_and_continue_take_each_other_back),
        cmocka_unit_test(a_fatal_signal_takes_the_whole_group),
        cmocka_unit_test(a_task_that_takes_it_is_woken),
        cmocka_unit_test(blocking_hands_a_pending_signal_to_another_task),
        cmocka_unit_test(kill_and_stop_cannot_be_blocked_or_handled),
        cmocka_unit_test(a_forced_signal_is_neither_blocked_nor_ignored),
        cmocka_unit_test(process_one_gets_what_it_handles_only),
        cmocka_unit_test(kill_asks_for_permission),
        cmocka_unit_test(a_stop_ends_when_all_have_stopped),
        cmocka_unit_test(masks_are_pushed_and_popped),
        cmocka_unit_test(waiting_takes_what_is_there_and_gives_up_in_time),
        cmocka_unit_test(clone_shares_actions_and_exec_resets_them),
    };

    return cmocka_run_group_tests(tests, people_boot, NULL);
}
