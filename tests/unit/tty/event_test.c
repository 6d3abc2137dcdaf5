/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll, eventfd, timerfd and sets of pollers.  Here because the fixture has user memory. */
#include "fixture.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "sched/thread.h"
#include "vfs/epoll.h"
#include "vfs/eventfd.h"
#include "vfs/poll.h"
#include "vfs/timerfd.h"

#define MS UINT64_C(1000000)

static struct file *eventfd(uint64_t count, uint32_t flags)
{
    struct file *f;

    assert_int_equal(eventfd_create((uint32_t)count, flags | EFD_NONBLOCK, &f), 0);
    return f;
}

static struct file *epoll(void)
{
    struct file *f;

    assert_int_equal(epoll_create_file(0, &f), 0);
    return f;
}

static int add(struct file *ep, struct file *f, int fd, uint32_t events)
{
    struct abi_epoll_event ev = {.events = events, .data = (uint64_t)fd};

    return epoll_control(ep, EPOLL_CTL_ADD, f, fd, &ev);
}

static int mod(struct file *ep, struct file *f, int fd, uint32_t events)
{
    struct abi_epoll_event ev = {.events = events, .data = (uint64_t)fd};

    return epoll_control(ep, EPOLL_CTL_MOD, f, fd, &ev);
}

static struct abi_epoll_event events[16];

static int collect(struct file *ep, int max)
{
    memset(events, 0, sizeof(events));
    return epoll_wait_events(ep, (uint64_t)(uintptr_t)events, max, 0);
}

static void signal_eventfd(struct file *f, uint64_t n)
{
    assert_int_equal(put_bytes(f, &n, sizeof(n)), 8);
}

static uint64_t read_eventfd(struct file *f)
{
    uint64_t v = 0;
    int64_t n = get_bytes(f, &v, sizeof(v));

    return n == 8 ? v : (uint64_t)n;
}

/* ---- eventfd ---- */

static void eventfd_counts_and_clears(void **state)
{
    struct file *f = eventfd(3, 0);
    uint64_t max = UINT64_MAX - 1;

    (void)state;
    signal_eventfd(f, 4);
    assert_int_equal(read_eventfd(f), 7);
    assert_int_equal(read_eventfd(f), (uint64_t)-EAGAIN);
    signal_eventfd(f, max);
    assert_int_equal(put_bytes(f, &(uint64_t){1}, 8), -EAGAIN);
    assert_int_equal(put_bytes(f, &(uint64_t){UINT64_MAX}, 8), -EINVAL);
    assert_int_equal(put_bytes(f, &max, 4), -EINVAL);
    assert_int_equal(file_poll(f, NULL) & (EPOLLIN | EPOLLOUT), EPOLLIN);
    file_put(f);
    f = eventfd(2, EFD_SEMAPHORE);
    assert_int_equal(read_eventfd(f), 1);
    assert_int_equal(read_eventfd(f), 1);
    assert_int_equal(read_eventfd(f), (uint64_t)-EAGAIN);
    file_put(f);
}

/* ---- timerfd ---- */

static void timerfd_counts_the_periods_that_passed(void **state)
{
    struct timerfd_spec spec = {.interval_ns = 10 * MS, .value_ns = 5 * MS}, old;
    struct file *f;

    (void)state;
    assert_int_equal(timerfd_create_file(ABI_CLOCK_MONOTONIC, EFD_NONBLOCK, &f), 0);
    assert_int_equal(timerfd_set(f, 0, &spec, &old), 0);
    assert_int_equal(old.value_ns, 0);
    assert_int_equal(read_eventfd(f), (uint64_t)-EAGAIN);
    timerfd_get(f, &old);
    assert_in_range(old.value_ns, 1, 5 * MS);
    assert_int_equal(old.interval_ns, 10 * MS);
    assert_int_equal(thread_sleep(7 * MS, NULL), 0);
    assert_true(file_poll(f, NULL) & EPOLLIN);
    hal_fake_advance(30 * MS);
    assert_int_equal(read_eventfd(f), 4);
    assert_int_equal(read_eventfd(f), (uint64_t)-EAGAIN);
    spec.value_ns = 0;
    assert_int_equal(timerfd_set(f, 0, &spec, &old), 0);
    assert_int_equal(thread_sleep(20 * MS, NULL), 0);
    assert_false(file_poll(f, NULL) & EPOLLIN);
    assert_int_equal(timerfd_set(f, 8, &spec, &old), -EINVAL);
    file_put(f);
    assert_int_equal(timerfd_create_file(99, 0, &f), -EINVAL);
}

static void timerfd_in_the_past_expires_at_once(void **state)
{
    struct timerfd_spec spec = {.value_ns = 1}, old;
    struct file *f;

    (void)state;
    assert_int_equal(timerfd_create_file(ABI_CLOCK_REALTIME, EFD_NONBLOCK, &f), 0);
    assert_int_equal(timerfd_set(f, TFD_TIMER_ABSTIME, &spec, &old), 0);
    assert_int_equal(thread_sleep(MS, NULL), 0);
    assert_int_equal(read_eventfd(f), 1);
    file_put(f);
}

/* ---- epoll ---- */

static void level_triggered_reports_until_it_is_over(void **state)
{
    struct file *ep = epoll(), *f = eventfd(0, 0);

    (void)state;
    assert_int_equal(add(ep, f, 3, EPOLLIN), 0);
    assert_int_equal(collect(ep, 16), 0);
    signal_eventfd(f, 1);
    assert_int_equal(collect(ep, 16), 1);
    assert_int_equal(events[0].events, EPOLLIN);
    assert_int_equal(events[0].data, 3);
    assert_int_equal(collect(ep, 16), 1);
    read_eventfd(f);
    assert_int_equal(collect(ep, 16), 0);
    file_put(f);
    file_put(ep);
}

static void edge_triggered_reports_each_change_once(void **state)
{
    struct file *ep = epoll(), *f = eventfd(1, 0);

    (void)state;
    assert_int_equal(add(ep, f, 3, EPOLLIN | EPOLLET), 0);
    assert_int_equal(collect(ep, 16), 1); /* ready when it was added */
    assert_int_equal(collect(ep, 16), 0);
    signal_eventfd(f, 1);
    assert_int_equal(collect(ep, 16), 1);
    assert_int_equal(collect(ep, 16), 0);
    assert_int_equal(mod(ep, f, 3, EPOLLIN | EPOLLET), 0);
    assert_int_equal(collect(ep, 16), 1); /* changing it looks again */
    file_put(f);
    file_put(ep);
}

static void oneshot_is_silent_until_rearmed(void **state)
{
    struct file *ep = epoll(), *f = eventfd(1, 0);

    (void)state;
    assert_int_equal(add(ep, f, 3, EPOLLIN | EPOLLONESHOT), 0);
    assert_int_equal(collect(ep, 16), 1);
    signal_eventfd(f, 1);
    assert_int_equal(collect(ep, 16), 0);
    assert_int_equal(mod(ep, f, 3, EPOLLIN | EPOLLONESHOT), 0);
    assert_int_equal(collect(ep, 16), 1);
    file_put(f);
    file_put(ep);
}

static void closing_a_file_forgets_it(void **state)
{
    struct file *ep = epoll(), *f = eventfd(1, 0), *g = eventfd(1, 0);

    (void)state;
    assert_int_equal(add(ep, f, 3, EPOLLIN), 0);
    assert_int_equal(add(ep, f, 4, EPOLLIN), 0); /* the same file as another descriptor */
    assert_int_equal(add(ep, g, 5, EPOLLIN), 0);
    assert_int_equal(collect(ep, 16), 3);
    file_put(f);
    assert_int_equal(collect(ep, 16), 1);
    assert_int_equal(events[0].data, 5);
    file_put(ep); /* before its file */
    signal_eventfd(g, 1);
    file_put(g);
}

static void few_slots_serve_all_in_turn(void **state)
{
    struct file *ep = epoll(), *f[5];
    unsigned seen = 0;

    (void)state;
    for (int i = 0; i < 5; i++) {
        f[i] = eventfd(1, 0);
        assert_int_equal(add(ep, f[i], i, EPOLLIN), 0);
    }
    for (int round = 0; round < 3; round++) {
        assert_int_equal(collect(ep, 2), 2);
        seen |= 1u << events[0].data | 1u << events[1].data;
    }
    assert_int_equal(seen, 31);
    for (int i = 0; i < 5; i++)
        file_put(f[i]);
    file_put(ep);
}

static void mistakes_have_their_errors(void **state)
{
    struct file *ep = epoll(), *f = eventfd(1, 0);
    struct abi_epoll_event ev = {.events = EPOLLIN};

    (void)state;
    assert_int_equal(add(ep, ep, 3, EPOLLIN), -EINVAL);
    assert_int_equal(add(f, ep, 3, EPOLLIN), -EINVAL);
    assert_int_equal(mod(ep, f, 3, EPOLLIN), -ENOENT);
    assert_int_equal(epoll_control(ep, EPOLL_CTL_DEL, f, 3, NULL), -ENOENT);
    assert_int_equal(epoll_control(ep, 9, f, 3, &ev), -EINVAL);
    assert_int_equal(add(ep, f, 3, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), -EINVAL);
    assert_int_equal(add(ep, f, 3, EPOLLIN), 0);
    assert_int_equal(add(ep, f, 3, EPOLLIN), -EEXIST);
    assert_int_equal(mod(ep, f, 3, EPOLLIN | EPOLLEXCLUSIVE), -EINVAL);
    assert_int_equal(collect(ep, 0), -EINVAL);
    assert_int_equal(epoll_wait_events(f, (uint64_t)(uintptr_t)events, 1, 0), -EINVAL);
    /* A bad address loses nothing. */
    assert_int_equal(epoll_wait_events(ep, 8, 1, 0), -EFAULT);
    assert_int_equal(collect(ep, 1), 1);
    file_put(f);
    file_put(ep);
}

static void nested_epolls_pass_readiness_up(void **state)
{
    struct file *ep[5], *f = eventfd(0, 0);

    (void)state;
    for (int i = 0; i < 5; i++)
        ep[i] = epoll();
    assert_int_equal(add(ep[0], f, 3, EPOLLIN), 0);
    for (int i = 1; i < 4; i++)
        assert_int_equal(add(ep[i], ep[i - 1], 10 + i, EPOLLIN), 0);
    assert_int_equal(add(ep[4], ep[3], 15, EPOLLIN), -ELOOP); /* too deep */
    assert_int_equal(add(ep[0], ep[3], 20, EPOLLIN), -ELOOP); /* a circle */
    assert_int_equal(collect(ep[3], 16), 0);
    signal_eventfd(f, 1);
    assert_true(file_poll(ep[3], NULL) & EPOLLIN);
    assert_int_equal(collect(ep[3], 16), 1);
    assert_int_equal(events[0].data, 13);
    read_eventfd(f);
    assert_int_equal(collect(ep[3], 16), 0);
    for (int i = 4; i >= 0; i--)
        file_put(ep[i]);
    file_put(f);
}

/* ---- sleeping ---- */

static struct file *waker_target;

static void waker(void *arg)
{
    (void)arg;
    assert_int_equal(thread_sleep(5 * MS, NULL), 0);
    signal_eventfd(waker_target, 1);
}

static void spawn_waker(struct file *f)
{
    struct thread_params p = {.name = "waker", .entry = waker};
    struct thread *t;

    waker_target = f;
    assert_int_equal(thread_create(&p, &t), 0);
    thread_start(t);
    thread_put(t);
}

static void epoll_wait_sleeps_until_something_happens(void **state)
{
    struct file *ep = epoll(), *outer = epoll(), *f = eventfd(0, 0);

    (void)state;
    assert_int_equal(add(ep, f, 3, EPOLLIN), 0);
    assert_int_equal(add(outer, ep, 4, EPOLLIN), 0);
    spawn_waker(f);
    assert_int_equal(epoll_wait_events(outer, (uint64_t)(uintptr_t)events, 4, HAL_NEVER),
                     1);
    assert_int_equal(events[0].data, 4);
    read_eventfd(f);
    assert_int_equal(
        epoll_wait_events(ep, (uint64_t)(uintptr_t)events, 4, hal_time_ns() + 5 * MS), 0);
    file_put(outer);
    file_put(ep);
    file_put(f);
}

static void a_set_of_pollers_wakes_for_any_of_many(void **state)
{
    struct file *f[20];
    struct poll_set set;
    uint32_t ready = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        f[i] = eventfd(0, 0);
    poll_set_init(&set);
    for (int i = 0; i < 20; i++)
        assert_int_equal(poll_set_check(&set, f[i], EPOLLIN), 0);
    poll_set_looked(&set);
    spawn_waker(f[17]);
    assert_int_equal(poll_set_wait(&set, HAL_NEVER), 0);
    for (int i = 0; i < 20; i++)
        ready |= poll_set_check(&set, f[i], EPOLLIN) ? 1u << i : 0;
    assert_int_equal(ready, 1u << 17);
    poll_set_finish(&set);
    for (int i = 0; i < 20; i++)
        file_put(f[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eventfd_counts_and_clears),
        cmocka_unit_test(timerfd_counts_the_periods_that_passed),
        cmocka_unit_test(timerfd_in_the_past_expires_at_once),
        cmocka_unit_test(level_triggered_reports_until_it_is_over),
        cmocka_unit_test(edge_triggered_reports_each_change_once),
        cmocka_unit_test(oneshot_is_silent_until_rearmed),
        cmocka_unit_test(closing_a_file_forgets_it),
        cmocka_unit_test(few_slots_serve_all_in_turn),
        cmocka_unit_test(mistakes_have_their_errors),
        cmocka_unit_test(nested_epolls_pass_readiness_up),
        cmocka_unit_test(epoll_wait_sleeps_until_something_happens),
        cmocka_unit_test(a_set_of_pollers_wakes_for_any_of_many),
    };

    return cmocka_run_group_tests(tests, fixture_boot, NULL);
}
