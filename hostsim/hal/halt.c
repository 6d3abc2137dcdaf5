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
#include "hostsim/hal/engine.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/probe.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/hal/vcpu.h"
#include "hostsim/world/repeat.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

#define ARGS_MAX   4096u
#define PATIENCE_S 10u /* for the last steps of a machine that has failed */
/* What needs no quotes in a shell. */
#define WORD_PLAIN                                                                       \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%"

static _Atomic pid_t ending; /* the host thread that ends the machine */
static int exit_status;

/* Only one thread gets past this, and it only once: an end that fails is still one. */
static void claim_the_end(void)
{
    pid_t nobody = 0, self = gettid();

    if (atomic_compare_exchange_strong(&ending, &nobody, self))
        return;
    if (nobody == self)
        _exit(MACHINE_STATUS_PANIC);
    vcpu_park();
}

static void probe_stop(void)
{
    if (probe)
        probe->stop();
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

static void how_to_repeat(void)
{
    size_t len;
    char *args = own_args(&len);

    if (args) {
        fprintf(stderr, "cloudos: to stop where it panics: gdb -ex 'break kpanic' "
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

static void out_of_patience(int sig)
{
    (void)sig;
    _exit(MACHINE_STATUS_PANIC);
}

/* A machine that has failed may hold any lock of the process, so its end must not depend on
 * one. */
static void patience_start(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    signal(SIGALRM, out_of_patience);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    alarm(PATIENCE_S);
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
    struct vcpu *cpu = vcpu_self();

    claim_the_end();
    if (why == HAL_HALT_PANIC)
        patience_start();
    vcpu_stop_others();
    terminal_restore();
    if (why == HAL_HALT_PANIC)
        how_to_repeat();
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
    probe_stop();
    exit(exit_status);
}

_Noreturn void halt_now(int status)
{
    claim_the_end();
    vcpu_stop_others();
    probe_stop();
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
    probe_stop();
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
