/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal frames: forged for CloudOS's own rt_sigreturn, and for the host's, by the stub's
 * instruction, which can block the kick and take the handler's stack away. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "attack.h"

#define LIMIT_MS   20
#define NR_RETURN  15
#define FRAME      (ATTACK_FAKE + 0x1000)
#define CODE       UINT64_C(0x31000000)
#define BOUND_SECS 6

static void ready(void)
{
    static bool done;
    uint8_t *code;

    if (done)
        return;
    done = true;
    attack_arm();
    code = attack_code_page(CODE);
    memcpy(code, "\xeb\xfe", 2);                                  /* jmp . */
    memcpy(code + 16, "\xb8\x27\x00\x00\x00\x0f\x05\xeb\xf7", 9); /* calls for ever */
    memcpy(code + 32, "\xb8\x0f\x00\x00\x00\x0f\x05\x0f\x0b", 9); /* rt_sigreturn */
}

/* The stub's `mov $15,%eax; syscall`: its second instruction. */
static uint64_t stub_return(void)
{
    const uint8_t *text = (const uint8_t *)STUB_TEXT;

    for (unsigned i = 0; i + 7 <= STUB_TEXT_SIZE; i++)
        if (memcmp(text + i, "\xb8\x0f\x00\x00\x00\x0f\x05", 7) == 0)
            return STUB_TEXT + i + 5;
    CHECK(!"no rt_sigreturn in the stub");
    return 0;
}

/* struct ucontext as the host has it, behind the return address. */
static ucontext_t *frame_begin(uint64_t rip)
{
    ucontext_t *uc = (ucontext_t *)FRAME;

    memset((void *)FRAME, 0, 0x1000);
    uc->uc_flags = 6;
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)rip;
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)(ATTACK_FAKE + ATTACK_FAKE_SIZE - 64);
    uc->uc_mcontext.gregs[REG_EFL] = 0x202;
    uc->uc_mcontext.gregs[REG_CSGSFS] = (greg_t)(0x33 | UINT64_C(0x2b) << 48);
    uc->uc_stack.ss_sp = (void *)(STUB_SLOTS + SLOT_ALTSTACK);
    uc->uc_stack.ss_size = SLOT_ALTSTACK_SIZE;
    return uc;
}

static int frame_return(uint64_t instruction)
{
    uint64_t regs[REGS] = {0};

    regs[RSP] = FRAME;
    regs[RAX] = NR_RETURN;
    regs[RIP] = instruction;
    return attack_jump(regs, LIMIT_MS);
}

static void variant(ucontext_t *uc, unsigned i)
{
    greg_t *g = uc->uc_mcontext.gregs;
    uint64_t seed = i;

    switch (i % 14) {
    case 0:
        memset(&uc->uc_sigmask, 0xff, 8);
        break;
    case 1: /* the handler's stack elsewhere */
        uc->uc_stack.ss_sp = (void *)ATTACK_FAKE;
        break;
    case 2:
        uc->uc_stack.ss_flags = SS_DISABLE;
        break;
    case 3: /* where the stub's text is, and somebody else's slot */
        uc->uc_stack.ss_sp = (void *)STUB_TEXT;
        break;
    case 4:
        uc->uc_stack.ss_sp = (void *)(STUB_SLOTS + 5 * SLOT_SIZE);
        break;
    case 5: /* 32-bit code */
        g[REG_CSGSFS] = (greg_t)(0x23 | UINT64_C(0x2b) << 48);
        break;
    case 6: /* the kernel's segments */
        g[REG_CSGSFS] = (greg_t)(0x10 | UINT64_C(0x18) << 48);
        break;
    case 7:
        uc->uc_flags |= 1;
        uc->uc_mcontext.fpregs = (void *)(FRAME + 0x400);
        memset((void *)(FRAME + 0x400), 0xff, 0xc00);
        break;
    case 8:
        uc->uc_mcontext.fpregs = (void *)(STUB_CONTROL);
        break;
    case 9: /* trap, nested task, alignment, I/O privilege, virtual 8086 */
        g[REG_EFL] = 0x27f100;
        break;
    case 10:
        g[REG_RIP] = (greg_t)UINT64_C(0x8000000000000000);
        break;
    case 11:
        g[REG_RSP] = (greg_t)UINT64_C(0xffff800000000000);
        break;
    case 12:
        g[REG_RIP] = STUB_TEXT + (i / 14) * 16;
        break;
    default:
        for (unsigned n = 0; n < sizeof(*uc) / 8; n++)
            ((uint64_t *)uc)[n] = attack_random(&seed) >> attack_random(&seed) % 64;
    }
}

static void to_the_host(unsigned i)
{
    ready();
    variant(frame_begin(CODE + (i & 1 ? 0 : 16)), i);
    frame_return(stub_return());
}

static void to_cloudos(unsigned i)
{
    ready();
    variant(frame_begin(CODE + (i & 1 ? 0 : 16)), i);
    sigdelset(&((ucontext_t *)FRAME)->uc_sigmask, SIGALRM); /* or it may loop for ever */
    frame_return(CODE + 37);
}

/* Stacks of the program's own over the engine's memory. */
static void handler_stack_over_the_engine(unsigned i)
{
    static const uint64_t where[] = {STUB_TEXT,  STUB_CONTROL, STUB_SLOTS,
                                     STUB_FLOOR, STUB_LOW,     STUB_CEILING - 65536};
    const stack_t alt = {.ss_sp = (void *)where[i], .ss_size = 65536};

    ready();
    signal(SIGALRM, SIG_DFL);
    if (sigaltstack(&alt, NULL) == 0)
        raise(SIGSEGV);
}

/* ---- a kick that never arrives ---- */

static void no_kick(bool calls, bool stub_loop)
{
    ucontext_t *uc;

    ready();
    uc = frame_begin(calls ? CODE + 16 : CODE);
    memset(&uc->uc_sigmask, 0xff, 8);
    if (stub_loop) { /* waits in the stub for a turn that never comes */
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)stub_return();
        memset((void *)ATTACK_FAKE, 0, 0x1000);
    }
    frame_return(stub_return());
    for (;;)
        continue;
}

/* It has blocked the signal that stops it, so it must be killed, and soon. */
static void busy_without_kicks_ends(bool calls, bool stub_loop)
{
    struct timespec pause = {.tv_nsec = 60000000};
    int status = 0;
    pid_t pid = fork(), got = 0;

    if (pid == 0)
        no_kick(calls, stub_loop);
    nanosleep(&pause, NULL);
    kill(pid, SIGKILL);
    for (unsigned i = 0; i < BOUND_SECS * 100 && got == 0; i++) {
        pause.tv_nsec = 10000000;
        got = waitpid(pid, &status, WNOHANG);
        if (got == 0)
            nanosleep(&pause, NULL);
    }
    CHECK(got == pid && WIFSIGNALED(status));
}

int main(void)
{
    attack_begin();
    attack_series("frames for the host", 14 * 16, to_the_host, ATTACK_MAY_HANG);
    attack_series("frames for CloudOS", 14 * 16, to_cloudos, ATTACK_MAY_HANG);
    attack_series("handler stacks", 6, handler_stack_over_the_engine, ATTACK_MAY_HANG);
    for (unsigned i = 0; i < 4; i++)
        busy_without_kicks_ends(i & 1, i & 2);
    return attack_end("frames");
}
