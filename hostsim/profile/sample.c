/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When to look.
 *
 * Threads world: a host thread asks each CPU in turn, by the host's clock.  One that is in the
 * kernel gets a host signal, whose handler walks its stack wherever it is, interrupts masked or
 * not.  One that runs user code is made to leave it as for an interrupt, is looked at, and goes
 * back in; the core does not see that.  Idle CPUs are left alone.
 *
 * Seeded world: each CPU owes a look after so many nanoseconds of its own virtual time.  In user
 * code the world's quantum is handed out in pieces that end at a look, as the debugger does; in the
 * kernel it happens at the next point: a lock taken or released, interrupts unmasked.
 */
#include "hostsim/profile/profile.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "hostsim/hal/config.h"
#include "hostsim/hal/engine.h"
#include "hostsim/profile/folded.h"
#include "hostsim/profile/stack.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/world.h"

#define SECOND_NS UINT64_C(1000000000)

/* Of each CPU. */
struct sampler {
    struct table table;
    struct stack stack; /* room to work: kernel stacks are small */
    uint64_t owed_ns;   /* since the last look; seeded world */
    uint64_t left;      /* of the world's quantum */
    uint64_t done;      /* of it; not yet reported */
    bool given;         /* a piece, in this run of the engine */
};

static struct sampler samplers[HAL_CPUS_MAX];
static uint64_t period_ns;
static unsigned cpu_count;
static int output_fd;
static _Atomic bool stopping;

static struct sampler *sampler_of(const struct vcpu *cpu)
{
    return &samplers[cpu->id];
}

static void take_kernel(struct vcpu *cpu, uint64_t pc, uint64_t fp, uint64_t count)
{
    struct stack *s = &sampler_of(cpu)->stack;

    stack_begin(s);
    stack_kernel(s, pc, fp);
    stack_user(s, cpu->root_pa);
    table_add(s->table, s->words, s->len, count);
}

/* `word`, if not NULL: what user code was doing when it is not its own. */
static void take_user(struct vcpu *cpu, const char *word, uint64_t count)
{
    struct stack *s = &sampler_of(cpu)->stack;

    stack_begin(s);
    if (word)
        stack_word(s, word);
    stack_user(s, cpu->root_pa);
    table_add(s->table, s->words, s->len, count);
}

/* ---- threads world ---- */

static void on_signal(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    struct vcpu *cpu = vcpu_self();
    int err = errno;

    (void)sig;
    (void)info;
    if (cpu && atomic_load(&cpu->where) == PROBE_KERNEL && !atomic_load(&stopping))
        take_kernel(cpu, (uint64_t)uc->uc_mcontext.gregs[REG_RIP],
                    (uint64_t)uc->uc_mcontext.gregs[REG_RBP], 1);
    errno = err;
}

static void ask(struct vcpu *cpu)
{
    if (atomic_load(&cpu->state) != VCPU_RUNNING)
        return;
    switch (atomic_load(&cpu->where)) {
    case PROBE_KERNEL:
        syscall(SYS_tgkill, getpid(), (pid_t)cpu->tid, SIGPROF);
        break;
    case PROBE_USER:
        vcpu_raise(cpu, PENDING_PROBE);
        break;
    default:
        break;
    }
}

static void *sampler_thread(void *arg)
{
    struct timespec at;

    (void)arg;
    clock_gettime(CLOCK_MONOTONIC, &at);
    while (!atomic_load(&stopping)) {
        uint64_t ns = (uint64_t)at.tv_nsec + period_ns;
        struct timespec now;

        at.tv_sec += (time_t)(ns / SECOND_NS);
        at.tv_nsec = (long)(ns % SECOND_NS);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        for (unsigned i = 0; i < cpu_count; i++)
            ask(&vcpus[i]);
        /* What was missed on a busy host is not made up for. */
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec > at.tv_sec ||
            (now.tv_sec == at.tv_sec && now.tv_nsec > at.tv_nsec))
            at = now;
    }
    return NULL;
}

/* Its signal mask is the starter's: the console's thread takes those of the process. */
static void sampler_thread_start(void)
{
    struct sigaction act = {.sa_sigaction = on_signal,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    pthread_t thread;
    sigset_t all, before;
    int err;

    sigemptyset(&act.sa_mask);
    sigaction(SIGPROF, &act, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    err = pthread_create(&thread, NULL, sampler_thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err)
        machine_die("no host thread for the profiler: %s", strerror(err));
    pthread_detach(thread);
}

/* Was there no user code to look at?  It had left by itself, or had not come in yet: with the
 * native engine either takes two switches of the host's processes. */
static bool is_crossing(const struct user_regs *before, const struct hal_user *u,
                        const struct hal_trap *trap)
{
    if (engine->exact)
        return false;
    return trap->kind != HAL_TRAP_INTERRUPT ||
           memcmp(before, &u->regs, sizeof(*before)) == 0;
}

static void threads_user_run(struct hal_user *u, struct hal_trap *trap)
{
    struct vcpu *cpu = vcpu_self(); /* the CPU stays the same in there */
    struct user_regs before;
    uint32_t bits;

    do {
        before = u->regs;
        atomic_store(&cpu->where, PROBE_USER);
        engine->user->run(u, trap);
        bits = atomic_fetch_and(&cpu->pending, ~(uint32_t)PENDING_PROBE);
        if (bits & PENDING_PROBE) /* the signal's handler does not look before KERNEL */
            take_user(cpu, is_crossing(&before, u, trap) ? "[crossing]" : NULL, 1);
        atomic_store(&cpu->where, PROBE_KERNEL);
        /* If the look is all that it stopped for, the core need not see that. */
    } while (bits & PENDING_PROBE && trap->kind == HAL_TRAP_INTERRUPT &&
             !machine_irq_pending());
}

/* ---- seeded world ---- */

/* How many looks are due. */
static uint64_t looks_take(struct sampler *s)
{
    uint64_t looks = s->owed_ns / period_ns;

    s->owed_ns %= period_ns;
    return looks;
}

static void seeded_look(struct vcpu *cpu, uint64_t ns)
{
    struct sampler *s = sampler_of(cpu);
    uint64_t looks;

    s->owed_ns += ns;
    if (s->owed_ns < period_ns || atomic_load(&cpu->where) == PROBE_USER)
        return;
    looks = looks_take(s);
    if (atomic_load(&cpu->where) == PROBE_KERNEL)
        take_kernel(cpu, 0, (uint64_t)(uintptr_t)__builtin_frame_address(0), looks);
}

static uint64_t piece_next(struct vcpu *cpu)
{
    struct sampler *s = sampler_of(cpu);
    uint64_t until;

    if (s->given)
        return 0;
    if (s->left == 0)
        s->left = seeded_quantum(cpu);
    s->given = s->left != 0;
    until = s->owed_ns < period_ns ? period_ns - s->owed_ns
                                   : 1; /* an instruction takes 1 ns */
    return s->left < until ? s->left : until;
}

static void piece_report(struct vcpu *cpu)
{
    struct sampler *s = sampler_of(cpu);
    uint64_t done = s->done;

    s->done = s->left = 0;
    seeded_executed(cpu, done);
}

static void piece_done(struct vcpu *cpu, uint64_t instructions)
{
    struct sampler *s = sampler_of(cpu);

    s->done += instructions;
    s->owed_ns += instructions;
    s->left -= instructions < s->left ? instructions : s->left;
    if (s->left == 0 || instructions == 0)
        piece_report(cpu);
}

static void seeded_user_run(struct hal_user *u, struct hal_trap *trap)
{
    struct vcpu *cpu = vcpu_self();
    struct sampler *s = sampler_of(cpu);
    uint64_t looks;

    do {
        s->given = false;
        atomic_store(&cpu->where, PROBE_USER);
        engine->user->run(u, trap);
        atomic_store(&cpu->where, PROBE_KERNEL);
        looks = looks_take(s);
        if (looks)
            take_user(cpu, NULL, looks);
    } while (trap->kind == HAL_TRAP_INTERRUPT && s->given);
    /* The world hears of a quantum when it is over, as without a profiler. */
    if (s->done) {
        atomic_store(&cpu->where, PROBE_USER);
        piece_report(cpu);
        atomic_store(&cpu->where, PROBE_KERNEL);
    }
    s->left = 0;
}

/* ---- the probe ---- */

static void profile_user_run(struct hal_user *u, struct hal_trap *trap)
{
    if (world->exact)
        seeded_user_run(u, trap);
    else
        threads_user_run(u, trap);
}

static void profile_start(const struct machine_config *config)
{
    period_ns = SECOND_NS / config->profile_hz;
    cpu_count = config->cpus;
    output_fd = config->profile_fd;
    folded_archive_set(config->initrd, config->initrd_len);
    for (unsigned i = 0; i < cpu_count; i++) {
        if (!table_create(&samplers[i].table))
            machine_die("no memory for the profile");
        samplers[i].stack.table = &samplers[i].table;
        samplers[i].stack.cpu = i;
    }
    if (!world->exact)
        sampler_thread_start();
}

static void profile_stop(void)
{
    uint64_t samples = 0, lost = 0;
    int err;

    atomic_store(&stopping, true);
    for (unsigned i = 0; i < cpu_count; i++) {
        folded_add(&samplers[i].table, world->exact);
        samples += samplers[i].table.samples;
        lost += samplers[i].table.lost;
    }
    err = folded_write(output_fd);
    if (err)
        fprintf(stderr, "cloudos: the profile cannot be written: %s\n", strerror(-err));
    else if (lost)
        fprintf(stderr, "cloudos: %llu samples of %llu found no room in the profile\n",
                (unsigned long long)lost, (unsigned long long)(samples + lost));
}

const struct machine_probe profile_probe = {
    .start = profile_start,
    .stop = profile_stop,
    .user_run = profile_user_run,
    .quantum = piece_next,
    .executed = piece_done,
    .point = seeded_look,
};
