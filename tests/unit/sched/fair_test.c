/* SPDX-License-Identifier: BSD-2-Clause */
/* EEVDF by itself: simulated time, no threads. */
#include "hal_fake.h"

#include "lib/random.h"
#include "sched/fair.h"

#define MS      UINT64_C(1000000)
#define MANY    24
#define TICK_NS (MS / 4)

struct sim {
    struct fair_queue q;
    struct fair_entity e[MANY];
    uint64_t ran_ns[MANY];
    unsigned n;
};

static void sim_add(struct sim *s, uint32_t weight)
{
    fair_entity_init(&s->e[s->n], weight, FAIR_SLICE_NS);
    fair_enqueue(&s->q, &s->e[s->n++]);
}

static void sim_init(struct sim *s)
{
    memset(s, 0, sizeof(*s));
    fair_queue_init(&s->q);
}

/* Let the queue decide for `ns`, in steps of a tick. */
static void sim_run(struct sim *s, uint64_t ns)
{
    for (uint64_t at = 0; at < ns; at += TICK_NS) {
        struct fair_entity *e = fair_pick(&s->q);

        assert_non_null(e);
        fair_set_current(&s->q, e);
        (void)fair_account(&s->q, TICK_NS);
        s->ran_ns[e - s->e] += TICK_NS;
    }
}

static void weight_follows_the_rule(void **state)
{
    (void)state;
    assert_int_equal(fair_weight_of_nice(0), 1024);
    for (int nice = FAIR_NICE_MIN; nice < FAIR_NICE_MAX; nice++) {
        uint64_t w = fair_weight_of_nice(nice), next = fair_weight_of_nice(nice + 1);

        /* w / next = 1.25, up to the rounding of both. */
        assert_true(w * 4 <= next * 5 + 5 && w * 4 + 5 >= next * 5);
    }
}

static void equal_weights_get_equal_time(void **state)
{
    struct sim s;

    (void)state;
    sim_init(&s);
    for (unsigned i = 0; i < 5; i++)
        sim_add(&s, 1024);
    sim_run(&s, 1000 * MS);
    for (unsigned i = 0; i < 5; i++)
        assert_in_range(s.ran_ns[i], 200 * MS - 2 * FAIR_SLICE_NS,
                        200 * MS + 2 * FAIR_SLICE_NS);
}

/* The bound of the paper: nobody is ever further than about a slice from its due share. */
static void share_stays_within_a_slice_of_the_weight(void **state)
{
    static const int nice[] = {-10, -5, 0, 0, 5, 10, 19};
    struct sim s;
    uint64_t total = 0;

    (void)state;
    sim_init(&s);
    for (unsigned i = 0; i < 7; i++) {
        sim_add(&s, fair_weight_of_nice(nice[i]));
        total += s.e[i].weight;
    }
    for (unsigned step = 1; step <= 400; step++) {
        sim_run(&s, 10 * MS);
        for (unsigned i = 0; i < 7; i++) {
            uint64_t due = step * 10 * MS * s.e[i].weight / total;
            uint64_t slack = FAIR_SLICE_NS + 2 * TICK_NS;

            assert_true(s.ran_ns[i] <= due + slack && s.ran_ns[i] + slack >= due);
        }
    }
}

static void lag_of_all_sums_to_zero(void **state)
{
    struct sim s;
    int64_t sum = 0;

    (void)state;
    sim_init(&s);
    for (int i = 0; i < 8; i++)
        sim_add(&s, fair_weight_of_nice(3 * i - 10));
    sim_run(&s, 333 * MS);
    for (unsigned i = 0; i < 8; i++)
        sum += fair_lag(&s.q, &s.e[i]) * (int64_t)s.e[i].weight;
    /* V is rounded down to a ns. */
    assert_true(sum <= 0 && sum > -(int64_t)s.q.weight);
}

static void sleeper_keeps_its_lag_and_no_more(void **state)
{
    struct sim s;
    int64_t lag;

    (void)state;
    sim_init(&s);
    sim_add(&s, 1024);
    sim_add(&s, 1024);
    sim_run(&s, 10 * MS);
    lag = fair_lag(&s.q, &s.e[1]);
    fair_dequeue(&s.q, &s.e[1]);
    assert_true(s.e[1].lag == lag);
    sim_run(&s, 5000 * MS); /* five seconds of sleep earn nothing */
    fair_enqueue(&s.q, &s.e[1]);
    assert_in_range(fair_lag(&s.q, &s.e[1]) - lag + 10, 0, 20);
    s.ran_ns[0] = s.ran_ns[1] = 0;
    sim_run(&s, 100 * MS);
    assert_in_range(s.ran_ns[1], 50 * MS - 2 * FAIR_SLICE_NS,
                    50 * MS + 2 * FAIR_SLICE_NS);
}

static void lag_is_bounded_when_it_leaves(void **state)
{
    struct sim s;

    (void)state;
    sim_init(&s);
    sim_add(&s, 1024);
    sim_add(&s, 1024);
    fair_set_current(&s.q, &s.e[0]);
    (void)fair_account(&s.q, 1000 * MS); /* the other could not run for a second */
    fair_dequeue(&s.q, &s.e[1]);
    assert_true(s.e[1].lag <= (int64_t)(2 * FAIR_SLICE_NS));
    assert_true(s.e[1].lag > 0);
}

static void woken_thread_that_is_owed_service_preempts(void **state)
{
    struct sim s;

    (void)state;
    sim_init(&s);
    sim_add(&s, 1024);
    sim_add(&s, 1024);
    fair_set_current(&s.q, fair_pick(&s.q));
    {
        struct fair_entity *running = s.q.curr;
        struct fair_entity *other = running == &s.e[0] ? &s.e[1] : &s.e[0];

        (void)fair_account(&s.q, 2 * MS);
        fair_dequeue(&s.q, other);
        (void)fair_account(&s.q, 50 * MS);
        fair_enqueue(&s.q, other);
        assert_true(fair_preempts(&s.q, other));
        assert_ptr_equal(fair_pick(&s.q), other);
    }
}

static void yield_lets_the_others_run_first(void **state)
{
    struct sim s;
    struct fair_entity *first;

    (void)state;
    sim_init(&s);
    sim_add(&s, 1024);
    sim_add(&s, 1024);
    first = fair_pick(&s.q);
    fair_set_current(&s.q, first);
    fair_yield(&s.q);
    assert_ptr_not_equal(fair_pick(&s.q), first);
}

static void change_of_weight_keeps_the_real_lag(void **state)
{
    struct sim s;
    int64_t before, after;

    (void)state;
    sim_init(&s);
    sim_add(&s, 1024);
    sim_add(&s, 1024);
    sim_add(&s, 1024);
    sim_run(&s, 7 * MS);
    before = fair_lag(&s.q, &s.e[2]) * 1024;
    fair_set_weight(&s.q, &s.e[2], 2048);
    after = fair_lag(&s.q, &s.e[2]) * 2048;
    assert_true(after - before < 8192 && before - after < 8192);
}

/* The pick must be what a search of everybody finds, whatever has happened before. */
static void pick_equals_exhaustive_search(void **state)
{
    struct sim s;
    struct prng r;

    (void)state;
    prng_seed(&r, 42);
    sim_init(&s);
    for (unsigned i = 0; i < MANY; i++)
        sim_add(&s, fair_weight_of_nice((int)prng_below(&r, 40) - 20));
    for (unsigned round = 0; round < 20000; round++) {
        struct fair_entity *e = &s.e[prng_below(&r, MANY)];
        struct fair_entity *best = NULL, *pick;
        uint64_t v;

        if (e->queued && s.q.count > 2)
            fair_dequeue(&s.q, e);
        else if (!e->queued)
            fair_enqueue(&s.q, e);
        if (prng_below(&r, 3) == 0)
            fair_set_weight(&s.q, e, fair_weight_of_nice((int)prng_below(&r, 40) - 20));
        pick = fair_pick(&s.q);
        v = fair_virtual_time(&s.q);
        for (unsigned i = 0; i < MANY; i++) {
            struct fair_entity *c = &s.e[i];

            if (!c->queued || (int64_t)(v - c->vruntime) < 0)
                continue;
            if (!best || (int64_t)(c->deadline - best->deadline) < 0)
                best = c;
        }
        assert_non_null(best);
        assert_true(pick->deadline == best->deadline);
        assert_true(rb_valid(&s.q.tree));
        fair_set_current(&s.q, pick);
        (void)fair_account(&s.q, prng_below(&r, 4 * MS));
    }
}

static void slice_ends_when_it_was_foretold(void **state)
{
    struct sim s;
    uint64_t left;

    (void)state;
    sim_init(&s);
    sim_add(&s, 335);
    sim_add(&s, 1024);
    fair_set_current(&s.q, &s.e[0]);
    left = fair_slice_left_ns(&s.q);
    assert_in_range(left, FAIR_SLICE_NS - 10, FAIR_SLICE_NS + 10);
    assert_false(fair_account(&s.q, left - 10));
    assert_true(fair_account(&s.q, 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weight_follows_the_rule),
        cmocka_unit_test(equal_weights_get_equal_time),
        cmocka_unit_test(share_stays_within_a_slice_of_the_weight),
        cmocka_unit_test(lag_of_all_sums_to_zero),
        cmocka_unit_test(sleeper_keeps_its_lag_and_no_more),
        cmocka_unit_test(lag_is_bounded_when_it_leaves),
        cmocka_unit_test(woken_thread_that_is_owed_service_preempts),
        cmocka_unit_test(yield_lets_the_others_run_first),
        cmocka_unit_test(change_of_weight_keeps_the_real_lag),
        cmocka_unit_test(pick_equals_exhaustive_search),
        cmocka_unit_test(slice_ends_when_it_was_foretold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
