/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/backtrace.h"

#include "lib/atomic.h"
#include "lib/base.h"
#include "lib/string.h"

#define STACK_FAR  (UINT64_C(1) << 20) /* further apart, two frames are not of one stack */
#define ASK_NS     UINT64_C(250000000)
#define SAMPLE_MAX 32

static struct {
    uint32_t wanted; /* atomic; 1 + the CPU that is asked */
    uint64_t pc[SAMPLE_MAX];
    size_t count;
} sample;

__attribute__((weak)) size_t backtrace_walk(uint64_t fp, uint64_t *pc, size_t count,
                                            size_t max)
{
    while (count < max && fp != 0 && IS_ALIGNED(fp, sizeof(uint64_t))) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;
        uint64_t up, ra;

        if (!load_if_mapped(frame, &up) || !load_if_mapped(frame + 1, &ra) || ra == 0)
            break;
        pc[count++] = ra;
        if (up <= fp || up - fp > STACK_FAR)
            break;
        fp = up;
    }
    return count;
}

bool backtrace_answer_by(size_t (*walk)(uint64_t *pc, size_t max))
{
    if (atomic_load(&sample.wanted) != 1 + hal_cpu_id())
        return false;
    sample.count = walk(sample.pc, SAMPLE_MAX);
    atomic_store(&sample.wanted, 0);
    return true;
}

bool backtrace_answer(uint64_t at, uint64_t fp)
{
    if (atomic_load(&sample.wanted) != 1 + hal_cpu_id())
        return false;
    sample.pc[0] = at;
    sample.count = at ? backtrace_walk(fp, sample.pc, 1, SAMPLE_MAX) : 0;
    atomic_store(&sample.wanted, 0);
    return true;
}

size_t backtrace_ask(unsigned cpu, void (*interrupt)(unsigned cpu), uint64_t *pc,
                     size_t max)
{
    uint64_t until = hal_time_ns() + ASK_NS;
    uint32_t nobody = 0;

    if (!atomic_cmpxchg(&sample.wanted, &nobody, 1 + cpu))
        return 0;
    interrupt(cpu);
    while (atomic_load(&sample.wanted) != 0) {
        if (hal_time_ns() > until) {
            atomic_store(&sample.wanted, 0);
            return 0;
        }
        hal_cpu_relax();
    }
    max = MIN(max, sample.count);
    memcpy(pc, sample.pc, max * sizeof(*pc));
    return max;
}
