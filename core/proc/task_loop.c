/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user thread: run user code, see why it stopped, do something about it, again.
 *
 * The last look at signals and at the scheduler's wish is made with interrupts masked, and they
 * stay masked into hal_user_run(): whoever sends a signal or wants the CPU after that sends an
 * interrupt too, which ends user mode at once.  So nothing waits until the next system call.
 */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "abi/user.h"
#include "proc/limits.h"
#include "proc/trap.h"
#include "trace/counter.h"
#include "trace/event.h"
#include "trace/log.h"

COUNTER_DEFINE(proc_faults_user, "faults of user code that the kernel saw");
COUNTER_DEFINE(proc_faults_fatal, "... that could not be resolved: a signal");
COUNTER_DEFINE(proc_exceptions, "exceptions of user code: division, breakpoint, ...");
COUNTER_DEFINE(proc_text_patches, "call sites in user text that the engine had patched");
TRACEPOINT_DEFINE(user_fault, "addr:x access result");
TRACEPOINT_DEFINE(user_exception, "kind pc:x");

static bool text_patching = true; /* set at boot */
static void (*syscall_entry)(struct task *t);
const struct proc_trace *proc_trace;

void proc_set_text_patching(bool on)
{
    text_patching = on;
}

void proc_set_syscall_entry(void (*fn)(struct task *t))
{
    syscall_entry = fn;
}

void proc_set_trace(const struct proc_trace *trace)
{
    proc_trace = trace;
}

/* Everything that is to happen before user code runs.  Returns with interrupts masked. */
static void prepare_user(struct task *t)
{
    for (;;) {
        (void)hal_irq_save();
        if (unlikely(sched_need_resched())) {
            hal_irq_restore(true);
            sched_preempt_point();
        } else if (unlikely(thread_interrupted() || t->syscall_nr != UINT64_MAX)) {
            hal_irq_restore(true);
            signal_deliver(t);
        } else {
            return;
        }
    }
}

/* ---- traps ---- */

/* For dmesg: where a program touched what it must not. */
static void log_segfault(const struct task *t)
{
    log_info("proc", "%s[%d]: segfault at %#llx pc %#llx sp %#llx error %llu",
             t->process->comm, t->tid, (unsigned long long)t->fault_addr,
             (unsigned long long)user_regs_pc(&t->user.regs),
             (unsigned long long)user_regs_sp(&t->user.regs),
             (unsigned long long)t->fault_err);
}

static void trap_fault(struct task *t, const struct hal_trap *trap)
{
    enum vm_fault_result result;

    t->fault_addr = trap->addr;
    arch_fault_describe(trap->access, &t->fault_err, &t->fault_trapno);
    result = vm_fault(t->space, trap->addr, trap->access);
    trace_event(user_fault, trap->addr, trap->access, result);
    counter_detail(&proc_faults_user);
    if (result != VM_FAULT_OK)
        counter_detail(&proc_faults_fatal);
    switch (result) {
    case VM_FAULT_OK:
        return;
    case VM_FAULT_SEGV_MAPERR:
        log_segfault(t);
        signal_force_fault(t, SIGSEGV, SEGV_MAPERR, trap->addr);
        return;
    case VM_FAULT_SEGV_ACCERR:
        log_segfault(t);
        signal_force_fault(t, SIGSEGV, SEGV_ACCERR, trap->addr);
        return;
    case VM_FAULT_BUS:
        signal_force_fault(t, SIGBUS, BUS_ADRERR, trap->addr);
        return;
    case VM_FAULT_OOM:
        /* Nobody could be made to give memory back in time: the one that needs it goes. */
        proc_exit_group(ABI_STATUS_SIGNAL(SIGKILL));
    }
}

struct exception_signal {
    uint8_t signo, code;
};

static void trap_exception(struct task *t, const struct hal_trap *trap)
{
    static const struct exception_signal table[] = {
        [HAL_EXC_ILLEGAL] = {SIGILL, ARCH_ILLEGAL_CODE},
        [HAL_EXC_DIVIDE] = {SIGFPE, FPE_INTDIV},
        [HAL_EXC_FPU] = {SIGFPE, FPE_FLTINV},
        [HAL_EXC_BREAKPOINT] = {SIGTRAP, ARCH_BREAKPOINT_CODE},
        [HAL_EXC_STEP] = {SIGTRAP, TRAP_TRACE},
        [HAL_EXC_ALIGN] = {SIGBUS, BUS_ADRALN},
        [HAL_EXC_PROTECTION] = {SIGSEGV, SI_KERNEL},
    };
    const struct exception_signal *e = &table[trap->exception];
    int code = trap->exception == HAL_EXC_FPU && trap->code ? (int)trap->code : e->code;
    /* A general protection fault and int3 do not say where. */
    uint64_t addr = e->code == SI_KERNEL ? 0 : user_regs_pc(&t->user.regs);

    counter_detail(&proc_exceptions);
    trace_event(user_exception, trap->exception, user_regs_pc(&t->user.regs), 0);
    arch_exception_describe(trap->exception, &t->fault_err, &t->fault_trapno);
    if (trap->exception == HAL_EXC_ALIGN)
        addr = trap->addr;
    signal_force_fault(t, e->signo, code, addr);
}

static void trap_patch(struct task *t, const struct hal_trap *trap)
{
    if (!text_patching ||
        vm_patch_text(t->space, trap->patch_va, trap->patch, trap->patch_len))
        return; /* it only makes the next call faster */
    counter_detail(&proc_text_patches);
}

static void trap_syscall(struct task *t, const struct hal_trap *trap)
{
    const struct vm_space *space = t->space;

    user_regs_begin_call(&t->user.regs);
    syscall_entry(t);
    /* After an exec the site belongs to a program that is gone. */
    if (unlikely(trap->patch_len) && t->space == space)
        trap_patch(t, trap);
}

static void trap_handle(struct task *t, const struct hal_trap *trap)
{
    switch (trap->kind) {
    case HAL_TRAP_SYSCALL:
        trap_syscall(t, trap);
        break;
    case HAL_TRAP_FAULT:
        trap_fault(t, trap);
        break;
    case HAL_TRAP_EXCEPTION:
        trap_exception(t, trap);
        break;
    case HAL_TRAP_INTERRUPT:
        proc_check_cpu_limit(t);
        break;
    case HAL_TRAP_LOST:
        log_warn("proc", "%s[%d]: lost its user state, killed", t->process->comm, t->tid);
        proc_exit_group(ABI_STATUS_SIGNAL(SIGKILL));
    }
}

_Noreturn void task_loop(struct task *t)
{
    struct hal_trap trap;

    for (;;) {
        prepare_user(t);
        trap.patch_len = 0;
        thread_enter_user();
        hal_user_run(&t->user, &trap);
        thread_leave_user();
        hal_irq_restore(true);
        trap_handle(t, &trap);
    }
}
