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
_Static_assert(offsetof(struct cpu, stack_low) == CPU_STACK_LOW, "cpu.h");
_Static_assert(offsetof(struct cpu, spare_low) == CPU_SPARE_LOW, "cpu.h");
_Static_assert(offsetof(struct cpu, lost_low) == CPU_LOST_LOW, "cpu.h");

/* Code that may fault, and where it goes on then; labels of probe.S. */
extern const char csr_probe_begin[], csr_probe_end[], csr_probe_fault[];
extern const char load_if_mapped_begin[], load_if_mapped_end[], load_if_mapped_fault[];

static const struct {
    const char *begin, *end, *fault;
} expected[] = {
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

static _Noreturn void die_of(const struct trap_frame *frame, uint64_t value,
                             const char *what)
{
    cpu_self()->fault = frame;
    core_on_kernel_fault(&(struct hal_fault){
        .pc = frame->regs[FRAME_PC],
        .addr = value,
        .fp = (uint64_t)(uintptr_t)(frame + 1),
        .what = what,
    });
}

void trap_kernel(struct trap_frame *frame, uint64_t cause, uint64_t value)
{
    if (cause & CAUSE_INTERRUPT) {
        irq_take(cause & ~CAUSE_INTERRUPT);
        core_irq_exit(); /* may switch threads: then this is another CPU, perhaps */
        return;
    }
    if (trap_fixup(frame))
        return;
    die_of(frame, value, cause_name(cause));
}

/* On the spare stack.  Below a stack there is as much again where nothing is mapped. */
_Noreturn void trap_no_stack(struct trap_frame *frame, uint64_t cause, uint64_t value)
{
    uint64_t below = cpu_self()->lost_low - frame->regs[FRAME_SP];

    (void)cause;
    die_of(frame, value,
           below <= KSTACK_BYTES ? "stack overflow"
                                 : "stack pointer outside of the stack");
}
