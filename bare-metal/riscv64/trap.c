/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/trap.h"

#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/csr.h"
#include "bare-metal/riscv64/irq.h"
#include "lib/base.h"

_Static_assert(offsetof(struct trap_frame, sstatus) == 256, "trap.S");
_Static_assert(offsetof(struct trap_frame, link) == 272, "trap.S");
_Static_assert(sizeof(struct trap_frame) == 288, "trap.S");
_Static_assert(offsetof(struct cpu, user_regs) == CPU_USER_REGS, "cpu.h");
_Static_assert(offsetof(struct cpu, kernel_sp) == CPU_KERNEL_SP, "cpu.h");
_Static_assert(offsetof(struct cpu, stack_top) == CPU_STACK_TOP, "cpu.h");

/* Code that may fault, and where it goes on then; labels of usercopy.S. */
extern const char user_copy_words_begin[], user_copy_words_end[], user_copy_words_fault[];
extern const char user_copy_bytes_begin[], user_copy_bytes_end[], user_copy_bytes_fault[];
extern const char user_cmpxchg_begin[], user_cmpxchg_end[], user_cmpxchg_fault[];
extern const char csr_probe_begin[], csr_probe_end[], csr_probe_fault[];
extern const char load_if_mapped_begin[], load_if_mapped_end[], load_if_mapped_fault[];

static const struct {
    const char *begin, *end, *fault;
} expected[] = {
    {user_copy_words_begin, user_copy_words_end, user_copy_words_fault},
    {user_copy_bytes_begin, user_copy_bytes_end, user_copy_bytes_fault},
    {user_cmpxchg_begin, user_cmpxchg_end, user_cmpxchg_fault},
    {csr_probe_begin, csr_probe_end, csr_probe_fault},
    {load_if_mapped_begin, load_if_mapped_end, load_if_mapped_fault},
};

static bool trap_fixup(struct trap_frame *frame)
{
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        if (frame->regs[FRAME_PC] >= (uint64_t)(uintptr_t)expected[i].begin &&
            frame->regs[FRAME_PC] < (uint64_t)(uintptr_t)expected[i].end) {
            frame->regs[FRAME_PC] = (uint64_t)(uintptr_t)expected[i].fault;
            return true;
        }
    }
    return false;
}

static const char *cause_name(uint64_t cause)
{
    static const char *const names[] = {
        [0] = "misaligned fetch",    [1] = "fetch access fault",
        [2] = "illegal instruction", [3] = "breakpoint",
        [4] = "misaligned load",     [5] = "load access fault",
        [6] = "misaligned store",    [7] = "store access fault",
        [9] = "environment call",    [12] = "page fault, fetch",
        [13] = "page fault, load",   [15] = "page fault, store",
    };

    return cause < ARRAY_SIZE(names) && names[cause] ? names[cause] : "unknown trap";
}

/* The handlers may switch threads: afterwards this is another CPU, perhaps. */
static void interrupt(const struct trap_frame *frame, uint64_t code)
{
    const struct trap_frame *outer = cpu_self()->interrupted;

    cpu_self()->interrupted = frame;
    irq_take(code);
    cpu_self()->interrupted = outer;
    core_irq_exit();
}

void trap_kernel(struct trap_frame *frame, uint64_t cause, uint64_t value)
{
    if (cause & CAUSE_INTERRUPT) {
        interrupt(frame, cause & ~CAUSE_INTERRUPT);
        return;
    }
    if (trap_fixup(frame))
        return;
    cpu_self()->fault = frame;
    core_on_kernel_fault(&(struct hal_fault){
        .pc = frame->regs[FRAME_PC],
        .addr = value,
        .fp = (uint64_t)(uintptr_t)(frame + 1),
        .what = cause_name(cause),
    });
}
