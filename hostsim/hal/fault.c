/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of the kernel: the core is told on a stack that is surely good. */
#include "hostsim/hal/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "hostsim/hal/engine.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/hal/vcpu.h"

/* The core formats its report and hostsim its backtrace there, below the host's frame. */
#define FAULT_STACK_BYTES (256u << 10)
#define FAULT_DEPTH_MAX   16
#define PAGE_FAULT_WRITE  2 /* error code: Intel SDM 3A 4.7 */
#define PAGE_FAULT_FETCH  16

static const char *what_of(int sig, const siginfo_t *info, const ucontext_t *uc)
{
    uint64_t error = (uint64_t)uc->uc_mcontext.gregs[REG_ERR];

    switch (sig) {
    case SIGBUS:
        return info->si_code == BUS_ADRERR ? "bus error (is the host out of memory?)"
                                           : "bus error";
    case SIGILL:
        return "illegal instruction";
    case SIGFPE:
        return "arithmetic exception";
    default:
        break;
    }
    if (info->si_code == SI_KERNEL)
        return "access to a non-canonical address";
    if (error & PAGE_FAULT_FETCH)
        return "jump to an address without code";
    return error & PAGE_FAULT_WRITE ? "bad write" : "bad read";
}

static _Noreturn void give_up(const char *what)
{
    static const char tail[] = " while a fault of the kernel was being reported\n";

    terminal_restore();
    if (write(STDERR_FILENO, "cloudos: ", 9) < 0 ||
        write(STDERR_FILENO, what, strlen(what)) < 0 ||
        write(STDERR_FILENO, tail, sizeof(tail) - 1) < 0)
        _exit(MACHINE_STATUS_PANIC);
    _exit(MACHINE_STATUS_PANIC);
}

/* The core's report goes on when a part of it faults, but not for ever. */
static _Noreturn void fault_report(const struct hal_fault *fault, uint64_t sp,
                                   const long long *registers)
{
    struct vcpu *cpu = vcpu_self();

    if (!cpu || cpu->fault_depth == FAULT_DEPTH_MAX)
        give_up(fault->what);
    cpu->fault_depth++;
    cpu->fault = *fault;
    cpu->fault_sp = sp;
    cpu->fault_registers = registers;
    core_on_kernel_fault(&cpu->fault);
}

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

#define FAULT_SIGNALS (sizeof(fault_signals) / sizeof(fault_signals[0]))

/* A second fault must reach give_up() instead of killing the process silently; a sanitizer's
 * own wrapper around handlers blocks what SA_NODEFER asks to leave open. */
static void faults_unblock(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < FAULT_SIGNALS; i++)
        sigaddset(&set, fault_signals[i]);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    const struct hal_fault fault = {
        .pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP],
        .fp = (uint64_t)uc->uc_mcontext.gregs[REG_RBP],
        .addr = (uint64_t)(uintptr_t)info->si_addr,
        .what = what_of(sig, info, uc),
    };

    faults_unblock();
    fault_report(&fault, (uint64_t)uc->uc_mcontext.gregs[REG_RSP], uc->uc_mcontext.gregs);
}

static void on_abort(int sig)
{
    (void)sig;
    terminal_restore(); /* SA_RESETHAND: abort() continues with the default action */
}

void fault_init(void)
{
    struct sigaction act = {.sa_sigaction = on_signal,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sigaction abrt = {.sa_handler = on_abort,
                             .sa_flags = (int)SA_RESETHAND | SA_ONSTACK};

    sigemptyset(&act.sa_mask);
    sigemptyset(&abrt.sa_mask);
    for (size_t i = 0; i < FAULT_SIGNALS; i++)
        sigaction(fault_signals[i], &act, NULL);
    sigaction(SIGABRT, &abrt, NULL);
    fault_thread_init();
}

void fault_thread_init(void)
{
    stack_t stack = {.ss_size = FAULT_STACK_BYTES};

    stack.ss_sp = mmap(NULL, FAULT_STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL))
        machine_die("no stack for fault handlers: %s", strerror(errno));
}

/* ---- machine.h ---- */

_Noreturn void machine_check(const char *what, uint64_t addr)
{
    static _Thread_local char text[160];
    const struct hal_fault fault = {
        .pc = (uint64_t)(uintptr_t)__builtin_return_address(0),
        .fp = (uint64_t)(uintptr_t)__builtin_frame_address(0),
        .addr = addr,
        .what = text,
    };

    snprintf(text, sizeof(text), "machine check: %s", what);
    fault_report(&fault, 0, NULL);
}

_Noreturn void machine_stuck(const char *why)
{
    const struct hal_fault fault = {
        .fp = (uint64_t)(uintptr_t)__builtin_frame_address(0),
        .what = why,
    };

    fault_report(&fault, 0, NULL);
}

_Noreturn void machine_die(const char *fmt, ...)
{
    va_list ap;

    terminal_restore();
    fprintf(stderr, "cloudos: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    engine->fini();
    _exit(MACHINE_STATUS_HOST);
}
