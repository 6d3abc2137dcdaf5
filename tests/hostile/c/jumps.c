/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jumps to every byte of the stub and of the trampolines, and calls made by the stub's own
 * system call instructions, with registers that would map, signal, write or run something if
 * the engine let them.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"

#define LIMIT_MS 20 /* a loop in the stub that never ends is the engine's to end */
#define HOST_FD  STUB_FD_ARENA

/* Nothing of the machine's memory has come to where the attacks would map it. */
static void expect_no_prize(void)
{
    static const uint64_t where[] = {0, 4096, ATTACK_PRIZE_SIZE - 4096};
    uint8_t byte;

    for (unsigned i = 0; i < 3; i++)
        CHECK(attack_load(ATTACK_PRIZE + where[i], &byte) == SIGSEGV);
    CHECK(attack_store(STUB_TEXT) == SIGSEGV);
    CHECK(attack_store(STUB_CONTROL) == SIGSEGV);
}

static uint32_t kernel_pid(void)
{
    return *(volatile uint32_t *)(STUB_CONTROL + CONTROL_KERNEL_PID);
}

static void word_set(uint64_t va, uint64_t offset, uint64_t value)
{
    memcpy((void *)(va + offset), &value, sizeof(value));
}

/* An order to map all of the machine's memory, in memory of our own. */
static void fake_orders(uint64_t va)
{
    const uint64_t args[6] = {
        ATTACK_PRIZE,           ATTACK_PRIZE_SIZE, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_FIXED, HOST_FD,           0};

    word_set(va, CONTROL_SEQ, 7 | UINT64_C(3) << 32);
    word_set(va, CONTROL_RELEASE, va);
    for (unsigned n = 0; n < 3; n++) {
        uint64_t e = va + CONTROL_ENTRIES + n * CONTROL_ENTRY_SIZE;

        word_set(e, ENTRY_NR, 9);
        for (unsigned i = 0; i < 6; i++)
            word_set(e, ENTRY_ARGS + 8 * i, args[i]);
        word_set(e, ENTRY_KIND, n);
    }
}

/* A slot whose registers, bases and frame are `value`, with the turn ours. */
static void fake_slot(uint64_t va, uint64_t value, uint32_t command)
{
    for (unsigned at = 0; at < SLOT_SIZE; at += 8)
        word_set(va, at, value);
    word_set(va, SLOT_TURN, TURN_GUEST);
    word_set(va, SLOT_COMMAND, command);
    word_set(va, SLOT_KICKED - 4, 0);
    word_set(va, SLOT_KERNEL_SLEEPS, 0);
}

static void regs_call(uint64_t *r, uint64_t nr, const uint64_t args[6])
{
    static const enum attack_reg order[] = {RDI, RSI, RDX, R10, R8, R9};

    r[RAX] = nr;
    for (unsigned i = 0; i < 6; i++)
        r[order[i]] = args[i];
}

/* ---- who the registers pretend to be ---- */

static void as_mapper(uint64_t *r)
{
    fake_orders(ATTACK_FAKE);
    regs_call(r, 9,
              (const uint64_t[6]){ATTACK_PRIZE, ATTACK_PRIZE_SIZE, 3,
                                  MAP_SHARED | MAP_FIXED, HOST_FD, 0});
    r[RBX] = ATTACK_FAKE;
    r[RBP] = ENTRY_CALL;
    r[R12] = 6;
    r[R13] = ATTACK_FAKE + CONTROL_ENTRIES;
    r[R14] = 2;
    r[R15] = ATTACK_FAKE;
    r[RSP] = ATTACK_FAKE + ATTACK_FAKE_SIZE - 64;
}

static void as_mapper_that_clones(uint64_t *r)
{
    as_mapper(r);
    regs_call(r, 56, (const uint64_t[6]){STUB_CLONE_STUB, 0, 0, 0, 0, 0});
    for (unsigned n = 0; n < 3; n++)
        word_set(ATTACK_FAKE + CONTROL_ENTRIES + n * CONTROL_ENTRY_SIZE, ENTRY_NR, 56);
    r[RBP] = ENTRY_STUB;
}

static void as_a_guest_with_a_false_slot(uint64_t *r)
{
    fake_slot(ATTACK_FAKE, 0x4141414141414141, COMMAND_FRAME | COMMAND_FS | COMMAND_GS);
    regs_call(r, 62, (const uint64_t[6]){kernel_pid(), SIGKILL, 0, 0, 0, 0});
    r[RBX] = ATTACK_FAKE;
    r[RCX] = COMMAND_REGS;
    r[RSP] = ATTACK_FAKE + SLOT_SIZE - 0x400;
    r[RDI] = STUB_SIG_KICK;
    r[RDX] = ATTACK_FAKE + 0x800;
}

static void as_a_guest_that_returns_by_registers(uint64_t *r)
{
    fake_slot(ATTACK_FAKE, STUB_TEXT, COMMAND_REGS | COMMAND_GS);
    as_a_guest_with_a_false_slot(r);
    fake_slot(ATTACK_FAKE, ATTACK_FAKE, COMMAND_REGS | COMMAND_GS);
}

static void as_itself(uint64_t *r)
{
    regs_call(r, 59, (const uint64_t[6]){ATTACK_FAKE, 0, 0, 0, 0, 0});
    r[RBX] = STUB_SLOTS;
    r[RSP] = STUB_SLOTS + SLOT_SIZE - 0x400;
    r[R15] = STUB_SLOTS;
    r[R12] = 0;
}

static void as_nobody(uint64_t *r)
{
    for (unsigned i = 0; i < RIP; i++)
        r[i] = UINT64_C(0x8000000000000000);
}

static void (*const disguises[])(uint64_t *) = {as_mapper,
                                                as_mapper_that_clones,
                                                as_a_guest_with_a_false_slot,
                                                as_a_guest_that_returns_by_registers,
                                                as_itself,
                                                as_nobody};

#define DISGUISES (sizeof(disguises) / sizeof(disguises[0]))

static void ready(void)
{
    static bool done;

    if (!done)
        attack_arm();
    done = true;
}

static void jump_as(unsigned disguise, uint64_t target)
{
    uint64_t regs[REGS] = {0};

    ready();
    regs[RSP] = ATTACK_FAKE + ATTACK_FAKE_SIZE - 64;
    disguises[disguise](regs);
    regs[RIP] = target;
    attack_jump(regs, LIMIT_MS);
    if (target % 8 == 0)
        expect_no_prize();
}

/* How much of the page is code. */
static unsigned text_used(void)
{
    unsigned used = STUB_TEXT_SIZE;

    while (used > 0 && ((const uint8_t *)STUB_TEXT)[used - 1] == 0xcc)
        used--;
    return used;
}

static void jump_to_the_stub(unsigned i)
{
    jump_as(i % DISGUISES, STUB_TEXT + i / DISGUISES);
}

static void jump_to_the_rest(unsigned i)
{
    static const uint64_t where[] = {STUB_TEXT - 1,
                                     STUB_TEXT + STUB_TEXT_SIZE - 1,
                                     STUB_TEXT + STUB_TEXT_SIZE,
                                     STUB_CONTROL,
                                     STUB_SLOTS,
                                     STUB_FLOOR,
                                     STUB_CEILING - 1,
                                     STUB_LOW,
                                     STUB_CELLS,
                                     0xffffffffff600000,
                                     0xffffffffff600400,
                                     0xffffffffff600800,
                                     0xffffffff80000000};

    jump_as(i % DISGUISES, where[i / DISGUISES]);
}

/* ---- the stub's system call instructions ---- */

static const uint64_t numbers[] = {0,
                                   1,
                                   2,
                                   3,
                                   9,
                                   10,
                                   11,
                                   13,
                                   14,
                                   17,
                                   18,
                                   25,
                                   32,
                                   39,
                                   41,
                                   56,
                                   57,
                                   59,
                                   61,
                                   62,
                                   101,
                                   109,
                                   131,
                                   157,
                                   200,
                                   203,
                                   231,
                                   234,
                                   257,
                                   272,
                                   298,
                                   302,
                                   310,
                                   311,
                                   317,
                                   319,
                                   321,
                                   322,
                                   323,
                                   424,
                                   425,
                                   434,
                                   435,
                                   438,
                                   0x40000009,
                                   0x4000003e,
                                   0x8000000000000009,
                                   UINT64_MAX};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static uint64_t instructions[64];
static unsigned instruction_count;

static void instructions_learn(void)
{
    const uint8_t *text = (const uint8_t *)STUB_TEXT;

    for (unsigned i = 0; i + 1 < STUB_TEXT_SIZE && instruction_count < 64; i++)
        if ((text[i] == 0x0f && (text[i + 1] == 0x05 || text[i + 1] == 0x34)) ||
            (text[i] == 0xcd && text[i + 1] == 0x80))
            instructions[instruction_count++] = STUB_TEXT + i;
    CHECK(instruction_count >= 5);
}

/* Arguments that hurt most for each call; an honest program has no way to make them. */
static void dangerous_args(uint64_t nr, uint64_t args[6])
{
    static char path[] = "canary", *argv[] = {path, NULL};

    memcpy(args, (const uint64_t[6]){HOST_FD, ATTACK_FAKE, 64, 0, 0, 0}, 48);
    switch ((uint32_t)nr & 0x3fffffff) {
    case 2:
    case 257:
        args[0] = nr == 2 ? (uintptr_t)path : (uint64_t)-100;
        args[1] = nr == 2 ? 01001 : (uintptr_t)path;
        args[2] = 01001;
        break;
    case 9:
        memcpy(args,
               (const uint64_t[6]){ATTACK_PRIZE, ATTACK_PRIZE_SIZE, 3, 0x11, HOST_FD, 0},
               48);
        break;
    case 10:
        memcpy(args, (const uint64_t[6]){STUB_TEXT, STUB_TEXT_SIZE, 7}, 24);
        break;
    case 11:
        memcpy(args, (const uint64_t[6]){STUB_CONTROL, 4096}, 16);
        break;
    case 56:
        memcpy(args, (const uint64_t[6]){STUB_CLONE_STUB, 0, 0, 0, 0, 0}, 48);
        break;
    case 59:
        args[0] = (uintptr_t)path;
        args[1] = (uintptr_t)argv;
        args[2] = 0;
        break;
    case 62:
    case 101:
    case 200:
    case 234:
    case 424:
        args[0] = nr == 101 ? 16 : kernel_pid();
        args[1] = nr == 234 ? kernel_pid() : nr == 101 ? kernel_pid() : SIGKILL;
        args[2] = SIGKILL;
        break;
    case 203:
        args[0] = kernel_pid();
        args[1] = 8;
        break;
    }
}

static void call_by_the_stub(unsigned i)
{
    uint64_t nr = numbers[i % NUMBERS], regs[REGS] = {0}, args[6];

    ready();
    memset((void *)ATTACK_FAKE, 0, ATTACK_FAKE_SIZE);
    dangerous_args(nr, args);
    regs_call(regs, nr, args);
    regs[RSP] = ATTACK_FAKE + ATTACK_FAKE_SIZE - 64;
    regs[RIP] = instructions[i / NUMBERS];
    attack_jump(regs, LIMIT_MS);
    expect_no_prize();
}

int main(void)
{
    attack_begin();
    attack_series("jumps to the stub", text_used() * DISGUISES, jump_to_the_stub,
                  ATTACK_MAY_HANG);
    attack_series("jumps to the rest", 13 * DISGUISES, jump_to_the_rest, ATTACK_MAY_HANG);
    instructions_learn();
    attack_series("calls by the stub", instruction_count * NUMBERS, call_by_the_stub,
                  ATTACK_MAY_HANG);
    return attack_end("jumps");
}
