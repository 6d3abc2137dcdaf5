/* SPDX-License-Identifier: BSD-2-Clause */
/* How the machine ends. */
#include "hostsim/hal/halt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/debug/user.h"
#include "hostsim/hal/arena.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/repeat.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

#define BACKTRACE_MAX 64
#define ARGS_MAX      4096u
/* What needs no quotes in a shell. */
#define WORD_PLAIN                                                                       \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%"

static atomic_flag ending = ATOMIC_FLAG_INIT;
static int exit_status;

/* Only one thread gets past this. */
static void claim_the_end(void)
{
    if (atomic_flag_test_and_set(&ending))
        vcpu_park();
}

/* The command line of this process, or NULL; NULs separate the `len` bytes. */
static char *own_args(size_t *len)
{
    static char args[ARGS_MAX];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, args, sizeof(args) - 1);

    if (fd >= 0)
        close(fd);
    *len = got > 0 ? (size_t)got : 0;
    return got > 0 ? args : NULL;
}

/* Kernel stacks lie in the arena, which can be read everywhere, and lead upwards. */
static bool frame_plausible(uint64_t fp, uint64_t last)
{
    if (fp % sizeof(uint64_t) || (last && fp <= last))
        return false;
    return fp >= ARENA_BASE && arena_has(fp - ARENA_BASE, 2 * sizeof(uint64_t));
}

static void frame_print(uint64_t pc, bool after_call)
{
    uint64_t offset;
    const char *name = symbols_find(pc, after_call, &offset);

    if (name)
        fprintf(stderr, "  [<%012llx>] %s+0x%llx\n", (unsigned long long)pc, name,
                (unsigned long long)offset);
    else
        fprintf(stderr, "  [<%012llx>]\n", (unsigned long long)pc);
}

static void frames_print(uint64_t fp)
{
    uint64_t last = 0;

    for (int i = 0; i < BACKTRACE_MAX && frame_plausible(fp, last); i++) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;

        if (frame[1] == 0)
            break;
        frame_print(frame[1], true);
        last = fp;
        fp = frame[0];
    }
}

/* The function that faulted may be a leaf without a frame of its own; then its caller is only
 * to be found on top of the stack. */
static void fault_print(const struct vcpu *cpu)
{
    uint64_t sp = cpu->fault_sp, fp = cpu->fault.fp, offset, top;

    frame_print(cpu->fault.pc, false);
    if (sp && frame_plausible(sp, 0)) {
        top = *(const uint64_t *)(uintptr_t)sp;
        if (symbols_find(top, true, &offset) &&
            !(frame_plausible(fp, 0) && ((const uint64_t *)(uintptr_t)fp)[1] == top))
            frame_print(top, true);
    }
    frames_print(fp);
}

void halt_print_word(const char *word)
{
    if (*word && word[strspn(word, WORD_PLAIN)] == '\0') {
        fputs(word, stderr);
        return;
    }
    fputc('\'', stderr);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\'", stderr);
        fputc(*word, stderr);
    }
    fputc('\'', stderr);
}

static void panic_report(const struct vcpu *cpu, uint64_t fp)
{
    size_t len;
    char *args = own_args(&len);

    if (cpu) {
        fprintf(stderr, "cloudos: kernel stack of CPU %u\n", cpu->id);
        if (cpu->fault_depth)
            fault_print(cpu);
        else
            frames_print(fp);
    }
    if (args) {
        fprintf(stderr,
                "cloudos: the kernel panicked; to stop there: gdb -ex 'break hal_halt' "
                "-ex run --args");
        for (size_t at = 0; at < len; at += strlen(args + at) + 1) {
            fputc(' ', stderr);
            halt_print_word(args + at);
        }
        fputc('\n', stderr);
    }
    if (world->exact)
        repeat_print(args, len);
}

/* Start over as the same command. */
static _Noreturn void restart(void)
{
    char *argv[256];
    size_t len, n = 0;
    char *args = own_args(&len);

    for (size_t at = 0; args && at < len && n < 255; at += strlen(args + at) + 1)
        argv[n++] = args + at;
    argv[n] = NULL;
    if (n > 0 && n < 255 && len < ARGS_MAX - 1) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execv("/proc/self/exe", argv);
    }
    fprintf(stderr, "cloudos: cannot restart the machine\n");
    _exit(MACHINE_STATUS_HOST);
}

_Noreturn void hal_halt(enum hal_halt why, int status)
{
    uint64_t fp = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    struct vcpu *cpu = vcpu_self();

    claim_the_end();
    vcpu_stop_others();
    terminal_restore();
    if (why == HAL_HALT_PANIC)
        panic_report(cpu, fp);
    trace_stop();
    debug_stop();
    engine->fini();
    if (why == HAL_HALT_PANIC)
        _exit(MACHINE_STATUS_PANIC);
    if (why == HAL_HALT_RESET)
        restart();
    exit_status = status & 0xff;
    if (cpu) /* handlers of exit() deserve a stack of the host's size */
        hal_context_switch(&cpu->boot, vcpu_host_stack(cpu));
    halt_exit();
}

_Noreturn void halt_exit(void)
{
    exit(exit_status);
}

_Noreturn void halt_lost(const char *why)
{
    size_t len;
    char *args = own_args(&len);

    claim_the_end();
    terminal_restore();
    fprintf(stderr, "cloudos: the machine is stuck: %s\n", why);
    repeat_print(args, len);
    trace_stop();
    engine->fini();
    _exit(MACHINE_STATUS_PANIC);
}

_Noreturn void halt_now(int status)
{
    claim_the_end();
    vcpu_stop_others();
    terminal_restore();
    trace_stop();
    engine->fini();
    _exit(status);
}

_Noreturn void halt_by_signal(int sig)
{
    sigset_t set;

    claim_the_end();
    vcpu_stop_others();
    terminal_restore();
    trace_stop();
    engine->fini();
    signal(sig, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(sig);
    _exit(128 + sig);
}
