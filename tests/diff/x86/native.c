/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processor's side: a child that loads every register, jumps into the case, and finds all of
 * them again in the frame of the signal that ends it.
 */
#include "native.h"

#include <asm/prctl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define HANG_MS 20000

static struct {
    pid_t child;
    int go, done; /* pipes: one byte each */
    struct diff_batch *batch;
} native;

/* Of the child alone. */
static struct diff_outcome *outcome;
static uint8_t native_signal_stack[65536];

static const int native_gregs[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                     REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                     REG_R12, REG_R13, REG_R14, REG_R15};

void native_trapped(int signo, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    const greg_t *g = uc->uc_mcontext.gregs;

    if (!outcome)
        _exit(3);
    for (unsigned i = 0; i < 16; i++)
        outcome->state.gpr[i] = (uint64_t)g[native_gregs[i]];
    outcome->state.rip = (uint64_t)g[REG_RIP];
    outcome->state.rflags = (uint64_t)g[REG_EFL];
    outcome->vector = (uint32_t)g[REG_TRAPNO];
    outcome->err = (uint32_t)(signo == SIGFPE ? info->si_code : g[REG_ERR]);
    outcome->addr = (uint64_t)g[REG_CR2];
    memcpy(&outcome->state.fx, uc->uc_mcontext.fpregs, sizeof(outcome->state.fx));
    native_leave();
}

static bool native_map(uint64_t va, size_t len, int prot)
{
    return mmap((void *)va, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                -1, 0) == (void *)va;
}

static bool native_prepare(void)
{
    const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    const stack_t stack = {.ss_sp = native_signal_stack,
                           .ss_size = sizeof(native_signal_stack)};
    struct sigaction sa = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    sa.sa_sigaction = native_signal;
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (sigaction(signals[i], &sa, NULL) != 0)
            return false;
    if (sigaltstack(&stack, NULL) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        !native_map(DIFF_CODE_VA, DIFF_CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC) ||
        !native_map(DIFF_DATA_VA, DIFF_DATA_BYTES, PROT_READ | PROT_WRITE) ||
        !native_map(DIFF_RO_VA, DIFF_RO_BYTES, PROT_READ | PROT_WRITE))
        return false;
    memset((void *)(uintptr_t)DIFF_CODE_VA, 0xcc, DIFF_CODE_BYTES);
    memset((void *)(uintptr_t)DIFF_RO_VA, 0x5a, DIFF_RO_BYTES);
    return mprotect((void *)(uintptr_t)DIFF_RO_VA, DIFF_RO_BYTES, PROT_READ) == 0;
}

static void native_run(const struct diff_case *c, struct diff_outcome *out)
{
    static uint64_t gs_base;
    uint8_t *code = (uint8_t *)(uintptr_t)DIFF_CODE_VA + c->code_at;

    if (c->gs_base != gs_base && syscall(SYS_arch_prctl, ARCH_SET_GS, c->gs_base) != 0)
        _exit(4);
    gs_base = c->gs_base;
    memcpy(code, c->code, c->code_bytes);
    memcpy((void *)(uintptr_t)DIFF_DATA_VA, c->data, DIFF_DATA_BYTES);
    outcome = out;
    native_enter(&c->in);
    outcome = NULL;
    memcpy(out->data, (void *)(uintptr_t)DIFF_DATA_VA, DIFF_DATA_BYTES);
    memset(code, 0xcc, c->code_bytes);
}

static void native_child(int go, int done)
{
    struct diff_batch *batch = native.batch;
    char byte = native_prepare() ? 'y' : 'n';

    if (write(done, &byte, 1) != 1)
        _exit(1);
    while (read(go, &byte, 1) == 1) {
        for (uint32_t i = 0; i < batch->count; i++) {
            __atomic_store_n(&batch->running, i, __ATOMIC_RELAXED);
            native_run(&batch->cases[i], &batch->native[i]);
        }
        if (write(done, &byte, 1) != 1)
            break;
    }
    _exit(0);
}

bool native_start(struct diff_batch **batch)
{
    int go[2], done[2];
    char byte = 'n';

    native.batch = mmap(NULL, sizeof(*native.batch), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (native.batch == MAP_FAILED || pipe(go) != 0 || pipe(done) != 0)
        return false;
    native.child = fork();
    if (native.child < 0)
        return false;
    if (native.child == 0) {
        close(go[1]);
        close(done[0]);
        native_child(go[0], done[1]);
    }
    close(go[0]);
    close(done[1]);
    native.go = go[1];
    native.done = done[0];
    *batch = native.batch;
    return read(native.done, &byte, 1) == 1 && byte == 'y';
}

void native_submit(void)
{
    if (write(native.go, "g", 1) != 1)
        perror("the native side");
}

bool native_wait(void)
{
    struct pollfd p = {.fd = native.done, .events = POLLIN};
    char byte;
    int n;

    do
        n = poll(&p, 1, HANG_MS);
    while (n < 0 && errno == EINTR);
    return n == 1 && read(native.done, &byte, 1) == 1;
}

void native_stop(void)
{
    kill(native.child, SIGKILL);
    waitpid(native.child, NULL, 0);
}
