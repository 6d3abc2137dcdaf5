/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared pages as a weapon: one thread makes calls, another writes what the first one's
 * stub says to the kernel.  Random bytes, forged hand-overs of every kind, lies about who sleeps
 * and who was kicked.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "attack.h"

#define SLOTS_TRIED 4 /* the child's own and its threads' */
#define RUN_MS      25

static volatile bool stop;
static unsigned step;

static void *caller(void *arg)
{
    char byte;

    (void)arg;
    while (!stop) {
        syscall(39);
        syscall(0, -1, &byte, 1);
        syscall(24);
    }
    return NULL;
}

static volatile uint32_t *word(unsigned slot, unsigned offset)
{
    return (volatile uint32_t *)(STUB_SLOTS + (uint64_t)slot * SLOT_SIZE + offset);
}

static volatile uint64_t *quad(unsigned slot, unsigned offset)
{
    return (volatile uint64_t *)(STUB_SLOTS + (uint64_t)slot * SLOT_SIZE + offset);
}

/* Fewer slots may be mapped than we try: that is a fault, and the step ends as one. */
static void scribble(uint64_t *seed)
{
    uint64_t r = attack_random(seed);
    unsigned slot = (r >> 8) % SLOTS_TRIED;
    /* The head and the frames are hit more often than the padding. */
    unsigned offset = r & 1 ? (r >> 16) % 0x200 : (r >> 16) % SLOT_SIZE;

    *(volatile uint8_t *)word(slot, offset) = (uint8_t)(r >> 48);
}

static const uint64_t wild[] = {0,
                                1,
                                4096,
                                STUB_TEXT,
                                STUB_CONTROL,
                                STUB_SLOTS,
                                STUB_FLOOR,
                                STUB_LOW,
                                UINT64_C(0x0000800000000000),
                                UINT64_C(0x8000000000000000),
                                UINT64_C(0xffff800000000000),
                                UINT64_C(0xffffffffff600000),
                                UINT64_MAX};

static uint64_t wild_value(uint64_t *seed)
{
    uint64_t r = attack_random(seed);

    return r & 1 ? wild[(r >> 8) % (sizeof(wild) / sizeof(wild[0]))]
                 : attack_random(seed) >> (r >> 8) % 48;
}

/* `kind` with everything that goes with it, then the turn. */
static void forge(uint64_t *seed)
{
    uint64_t r = attack_random(seed);
    unsigned slot = r % SLOTS_TRIED;

    *word(slot, SLOT_KIND) = step % 160;
    *word(slot, SLOT_FRAME_OFFSET) =
        r & 0x100 ? (uint32_t)(r >> 16) % (2 * SLOT_SIZE) : (uint32_t)wild_value(seed);
    *quad(slot, SLOT_FS) = wild_value(seed);
    *quad(slot, SLOT_GS) = wild_value(seed);
    for (unsigned i = 0; i < 18; i++)
        *quad(slot, SLOT_REGS + 8 * i) = wild_value(seed);
    for (unsigned at = SLOT_SIZE - 0xe00; at < SLOT_SIZE; at += 8 + 8 * (r >> 60))
        *quad(slot, at) = wild_value(seed); /* the frame and its vector state */
    *word(slot, SLOT_TURN) = r & 0x200 ? TURN_KERNEL : (uint32_t)(r >> 40) % 4;
}

/* Only what says who sleeps; the rest is as it should be. */
static void lie(uint64_t *seed)
{
    static const unsigned flags[] = {SLOT_GUEST_SLEEPS, SLOT_KICKED, SLOT_KERNEL_SLEEPS,
                                     SLOT_TID,          SLOT_PID,    SLOT_STACK};
    uint64_t r = attack_random(seed);

    *word(r % SLOTS_TRIED, flags[step % 6]) =
        r & 0x100 ? (uint32_t)(r >> 32) : (r >> 9) % 2;
}

/* A broken header and control words for the unit that restores vector state. */
static void vectors(uint64_t *seed)
{
    uint64_t r = attack_random(seed);
    unsigned slot = r % SLOTS_TRIED,
             base = r & 0x100 ? SLOT_XSAVE : SLOT_ALTSTACK + 0x100;

    *word(slot, base + 24) = (uint32_t)wild_value(seed); /* MXCSR */
    *quad(slot, base + 512) = wild_value(seed);          /* XSTATE_BV */
    *quad(slot, base + 520) = wild_value(seed);          /* XCOMP_BV */
    *word(slot, base + 464 + (r >> 32) % 48) = (uint32_t)wild_value(seed);
    *quad(slot, SLOT_XSAVE_MASK) = wild_value(seed);
    *word(slot, SLOT_COMMAND) = (uint32_t)(r >> 40) % 32;
    *word(slot, SLOT_TURN) = (r >> 50) % 3;
}

static void duel(void (*attack)(uint64_t *seed), unsigned i)
{
    const struct itimerval limit = {.it_value = {.tv_usec = RUN_MS * 1000}};
    uint64_t seed = 0x5eed + i;
    pthread_t thread[2];

    step = i;
    signal(SIGALRM, SIG_DFL);
    for (unsigned n = 0; n < 2; n++)
        if (pthread_create(&thread[n], NULL, caller, NULL) != 0)
            _exit(0);
    setitimer(ITIMER_REAL, &limit, NULL); /* ends the program, if nothing else does */
    for (;;) {
        for (unsigned n = 0; n < 50; n++)
            attack(&seed);
        sched_yield();
    }
}

static void duel_scribble(unsigned i)
{
    duel(scribble, i);
}

static void duel_forge(unsigned i)
{
    duel(forge, i);
}

static void duel_lie(unsigned i)
{
    duel(lie, i);
}

static void duel_vectors(unsigned i)
{
    duel(vectors, i);
}

/* What a thread tells about itself alone: that it has made a call, and goes on without it. */
static void pretend_and_run(unsigned i)
{
    const struct itimerval limit = {.it_value = {.tv_usec = RUN_MS * 1000}};
    uint64_t seed = i;

    step = i;
    setitimer(ITIMER_REAL, &limit, NULL);
    for (;;) {
        *quad(0, SLOT_REGS + 8 * RAX) =
            i % 2 ? 60 : 39 + i; /* exit, or calls that stay */
        *word(0, SLOT_KIND) = KIND_CALL;
        *word(0, SLOT_TURN) = TURN_KERNEL;
        for (unsigned n = 0; n < attack_random(&seed) % 1000; n++)
            __asm__ volatile("pause");
    }
}

int main(void)
{
    attack_begin();
    attack_series("scribbling", 60, duel_scribble, ATTACK_ENDS);
    attack_series("forged hand-overs", 160, duel_forge, ATTACK_ENDS);
    attack_series("lies", 30, duel_lie, ATTACK_ENDS);
    attack_series("vector state", 40, duel_vectors, ATTACK_ENDS);
    attack_series("calls that were not made", 40, pretend_and_run, ATTACK_ENDS);
    return attack_end("slots");
}
