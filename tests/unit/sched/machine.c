/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/slab.h"

int machine_start(void **state)
{
    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    sched_init();
    return 0;
}

struct thread *machine_spawn(const char *name, void (*body)(void *), void *arg)
{
    struct thread_params p = {.name = name, .entry = body, .arg = arg};
    struct thread *t;

    assert_int_equal(thread_create(&p, &t), 0);
    thread_start(t);
    return t;
}

void machine_settle(void)
{
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(thread_sleep(20 * MS, NULL), 0);
}

void machine_join(struct thread *t)
{
    for (unsigned i = 0; i < 100000 && atomic_load(&t->state) != THREAD_DEAD; i++)
        assert_int_equal(thread_sleep(MS, NULL), 0);
    assert_int_equal(t->state, THREAD_DEAD);
    thread_put(t);
}
