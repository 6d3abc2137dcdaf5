/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel contexts as AddressSanitizer and ThreadSanitizer want to hear of them: a context is a
 * fiber with a stack of its own.
 */
#include "hostsim/hal/fiber.h"

#if CHECKER_SANITIZER

#include <pthread.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/vcpu.h"

#if CHECKER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if CHECKER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define FIBERS_MAX 65536u

struct fiber {
    void *tsan;
    const void *stack;
    size_t len;
    uint32_t next_free; /* index; 0: end of list */
};

static struct fiber fibers[FIBERS_MAX]; /* 0 is no fiber */
static uint32_t first_free, used = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint32_t entry_take(void)
{
    uint32_t i;

    pthread_mutex_lock(&lock);
    i = first_free;
    if (i)
        first_free = fibers[i].next_free;
    else if (used < FIBERS_MAX)
        i = used++;
    pthread_mutex_unlock(&lock);
    if (i == 0)
        machine_die("more than %u kernel contexts", FIBERS_MAX - 1);
    return i;
}

uint64_t fiber_create(void *stack, size_t len)
{
    uint32_t i = entry_take();

    fibers[i] = (struct fiber){.stack = stack, .len = len};
#if CHECKER_ASAN
    /* Who used this stack before may never have returned from its frames. */
    __asan_unpoison_memory_region(stack, len);
#endif
#if CHECKER_TSAN
    fibers[i].tsan = __tsan_create_fiber(0);
#endif
    return i;
}

void fiber_destroy(uint64_t fiber)
{
#if CHECKER_TSAN
    __tsan_destroy_fiber(fibers[fiber].tsan);
#endif
    pthread_mutex_lock(&lock);
    fibers[fiber].next_free = first_free;
    first_free = (uint32_t)fiber;
    pthread_mutex_unlock(&lock);
}

uint64_t fiber_adopt(void)
{
    uint32_t i = entry_take();
    pthread_attr_t attr;
    void *stack = NULL;
    size_t len = 0;

    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &stack, &len);
        pthread_attr_destroy(&attr);
    }
    fibers[i] = (struct fiber){.stack = stack, .len = len};
#if CHECKER_ASAN
    /* What only this stack refers to is not leaked, though nobody runs on it. */
    __lsan_register_root_region(stack, len);
#endif
#if CHECKER_TSAN
    fibers[i].tsan = __tsan_get_current_fiber();
#endif
    return i;
}

FIBER_SWITCHES void fiber_leave(struct hal_context *from, struct hal_context *to)
{
    struct vcpu *cpu = vcpu_self();

    from->tag = cpu->fiber;
    cpu->fiber = to->tag;
#if CHECKER_ASAN
    /* Frames never outlive their function here, so there is no fake stack to keep. */
    __sanitizer_start_switch_fiber(NULL, fibers[to->tag].stack, fibers[to->tag].len);
#endif
#if CHECKER_TSAN
    __tsan_switch_to_fiber(fibers[to->tag].tsan, 0);
#endif
}

FIBER_SWITCHES void fiber_arrive(void)
{
#if CHECKER_ASAN
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
}

/* A frame that outlives its function would need a fake stack for each fiber. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:"
           "handle_sigill=0";
}

#endif
