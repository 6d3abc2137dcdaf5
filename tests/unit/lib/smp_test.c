/* SPDX-License-Identifier: BSD-2-Clause */
/* Spinlocks and reference counts among CPUs that really run at the same time. */
#include <pthread.h>

#include "hal_fake.h"
#include "lib/preempt.h"
#include "lib/random.h"
#include "lib/refcount.h"
#include "lib/spinlock.h"

#define CPUS   4
#define ROUNDS 20000

static struct spinlock outer = SPINLOCK_INIT("smp.outer");
static struct spinlock inner = SPINLOCK_INIT("smp.inner");
static uint64_t under_outer, under_inner; /* not atomic: the locks must do */
static uint64_t taken[CPUS];
static struct refcount ref;
static uint32_t destroyed;

static void *lock_worker(void *arg)
{
    unsigned cpu = (unsigned)(uintptr_t)arg;
    struct prng prng;

    hal_fake_set_cpu(cpu);
    prng_seed(&prng, cpu);
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool unmasked;

        switch (prng_below(&prng, 3)) {
        case 0:
            spin_lock(&outer);
            break;
        case 1:
            if (!spin_trylock(&outer))
                continue;
            break;
        default:
            unmasked = spin_lock_irqsave(&inner);
            under_inner++;
            spin_unlock_irqrestore(&inner, unmasked);
            taken[cpu] += UINT64_C(1) << 32;
            continue;
        }
        under_outer++;
        unmasked = spin_lock_irqsave(&inner);
        under_inner++;
        spin_unlock_irqrestore(&inner, unmasked);
        spin_unlock(&outer);
        taken[cpu] += (UINT64_C(1) << 32) + 1;
    }
    kassert(preempt_count() == 0 && !hal_irq_masked());
    return NULL;
}

static void run_on_all_cpus(void *(*worker)(void *))
{
    pthread_t threads[CPUS];

    for (uintptr_t i = 0; i < CPUS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker, (void *)i), 0);
    for (unsigned i = 0; i < CPUS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void spin_locks_exclude_other_cpus(void **state UNUSED)
{
    uint64_t outers = 0, inners = 0;

    run_on_all_cpus(lock_worker);
    for (unsigned i = 0; i < CPUS; i++) {
        outers += (uint32_t)taken[i];
        inners += taken[i] >> 32;
    }
    assert_int_equal(under_outer, outers);
    assert_int_equal(under_inner, inners);
}

static void *ref_worker(void *arg)
{
    hal_fake_set_cpu((unsigned)(uintptr_t)arg);
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (!refcount_get_not_zero(&ref))
            return NULL;
        if (i == ROUNDS / 2 && arg == NULL && refcount_put(&ref))
            atomic_inc(&destroyed); /* the first reference: from now on it may die */
        if (refcount_put(&ref))
            atomic_inc(&destroyed);
    }
    return NULL;
}

static void refcount_destroys_once(void **state UNUSED)
{
    for (unsigned round = 0; round < 20; round++) {
        destroyed = 0;
        refcount_init(&ref, 1);
        run_on_all_cpus(ref_worker);
        assert_int_equal(refcount_read(&ref), 0);
        assert_int_equal(destroyed, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spin_locks_exclude_other_cpus),
        cmocka_unit_test(refcount_destroys_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
