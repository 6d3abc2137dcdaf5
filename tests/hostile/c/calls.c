/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways into a kernel that are not the plain 64-bit system call, and calls from odd places. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"

#define CODE     UINT64_C(0x33000000)
#define STRADDLE (CODE + 0x1fff) /* one byte on each of two pages */
#define LIMIT_MS 5000 /* everything here ends at once, however busy the host may be */
#define ENOSYS_  38

static void ready(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    attack_arm();
    attack_code_page(CODE);
    attack_code_page(CODE + 0x1000);
    attack_code_page(CODE + 0x2000);
}

static int go(const void *bytes, size_t len, uint64_t at, uint64_t rax)
{
    uint64_t regs[REGS] = {0};

    memset((void *)CODE, 0xcc, 0x3000);
    memcpy((void *)at, bytes, len);
    regs[RIP] = at;
    regs[RAX] = rax;
    regs[RBX] = ATTACK_FAKE;
    regs[RSP] = ATTACK_FAKE + 0x4000;
    regs[RBP] = ATTACK_FAKE + 0x4000;
    return attack_jump(regs, LIMIT_MS);
}

/* ---- not a call at all: what an x86-64 without a 32-bit mode does ---- */

static const struct instruction {
    const char *name;
    uint8_t bytes[12];
    uint8_t len;
} instructions[] = {
    {"int 0x80", {0xcd, 0x80}, 2},
    {"sysenter", {0x0f, 0x34}, 2},
    {"sysexit", {0x0f, 0x35}, 2},
    {"sysret", {0x48, 0x0f, 0x07}, 3},
    {"hlt", {0xf4}, 1},
    {"cli", {0xfa}, 1},
    {"in", {0xec}, 1},
    {"out", {0xee}, 1},
    {"rdmsr", {0x0f, 0x32}, 2},
    {"wrmsr", {0x0f, 0x30}, 2},
    {"swapgs", {0x0f, 0x01, 0xf8}, 3},
    {"mov cr3", {0x0f, 0x22, 0xd8}, 3},
    {"mov dr7", {0x0f, 0x23, 0xf8}, 3},
    {"lgdt", {0x0f, 0x01, 0x13}, 3},
    {"lidt", {0x0f, 0x01, 0x1b}, 3},
    {"ltr", {0x0f, 0x00, 0xd8}, 3},
    {"invlpg", {0x0f, 0x01, 0x3b}, 3},
    {"wbinvd", {0x0f, 0x09}, 2},
    {"vmcall", {0x0f, 0x01, 0xc1}, 3},
    {"vmlaunch", {0x0f, 0x01, 0xc2}, 3},
    {"xsetbv", {0x0f, 0x01, 0xd1}, 3},
    {"mov ss", {0x8e, 0xd0}, 2}, /* a null selector from eax */
    {"far jump", {0xff, 0x2b}, 2},
    {"far call", {0xff, 0x1b}, 2},
    {"far return", {0x48, 0xcb}, 2},
    {"iret", {0x48, 0xcf}, 2},
};

#define INSTRUCTIONS (sizeof(instructions) / sizeof(instructions[0]))

static void instruction_faults(unsigned i)
{
    const struct instruction *in = &instructions[i];
    int signo;

    ready();
    memset((void *)ATTACK_FAKE, 0, ATTACK_FAKE_SIZE);
    signo = go(in->bytes, in->len, CODE, 0);
    CHECK(signo == SIGSEGV || signo == SIGILL || signo == SIGBUS || signo == SIGTRAP);
    CHECK(signo != SIGTRAP || i >= INSTRUCTIONS - 5);
    if (signo != SIGSEGV && signo != SIGILL)
        printf("     %s: signal %d\n", in->name, signo);
}

static void software_interrupt(unsigned i)
{
    const uint8_t bytes[2] = {0xcd, (uint8_t)i};
    int signo;

    ready();
    signo = go(bytes, 2, CODE, ATTACK_ENDS);
    CHECK(signo == (i == 3 ? SIGTRAP : SIGSEGV));
}

/* Through a far pointer into 32-bit code, where `int $0x80` and `sysenter` are calls. */
static void code_of_32_bits(unsigned i)
{
    static const uint8_t entries[][8] = {
        {0xcd, 0x80, 0x0f, 0x0b}, {0x0f, 0x34, 0x0f, 0x0b}, {0x0f, 0x05, 0x0f, 0x0b}};
    static const uint16_t selectors[] = {0x23, 0x07, 0x0f, 0x2b, 0x1b, 0x10, 0x08, 0x73};
    const uint8_t far_jump[] = {0xff, 0x2b};
    const uint32_t target = (uint32_t)CODE + 0x100;
    uint64_t regs[REGS] = {0};
    int signo;

    ready();
    memset((void *)CODE, 0xcc, 0x3000);
    memcpy((void *)CODE, far_jump, 2);
    memcpy((void *)(CODE + 0x100), entries[i % 3], 8);
    memcpy((void *)ATTACK_FAKE, &target, 4);
    memcpy((void *)(ATTACK_FAKE + 4), &selectors[i / 3], 2);
    regs[RIP] = CODE;
    regs[RBX] = ATTACK_FAKE;
    regs[RAX] = 20; /* getpid for 32-bit code, writev for 64-bit code */
    regs[RSP] = ATTACK_FAKE + 0x4000;
    signo = attack_jump(regs, LIMIT_MS);
    CHECK(signo == SIGSEGV || signo == SIGILL);
}

/* ---- calls, from where nobody makes any ---- */

static void call_from_odd_places(unsigned i)
{
    /* syscall; jump back with the result in rax */
    static const uint8_t call[] = {0x0f, 0x05, 0x48, 0x89, 0x43, 0x08, 0x0f, 0x0b};
    static const uint64_t places[] = {CODE,         CODE + 1,     STRADDLE,
                                      CODE + 0xffe, CODE + 0xfff, CODE + 0x2ff8};
    static const uint64_t bad[] = {1000,       9999,       0x40000027, 0x4000003e,
                                   0x40000001, 0x80000027, 0x7fffffff, UINT32_MAX};
    uint64_t place = places[i % 6], nr = bad[i / 6 % 8];
    int64_t result;
    int signo;

    ready();
    signo = go(call, sizeof(call), place, 39);
    memcpy(&result, (const void *)(ATTACK_FAKE + 8), 8);
    CHECK(signo == SIGILL && result == getpid());
    signo = go(call, sizeof(call), place, nr); /* x32 numbers among them */
    memcpy(&result, (const void *)(ATTACK_FAKE + 8), 8);
    CHECK(signo == SIGILL && result == -ENOSYS_);
}

/* The last two bytes before nothing: the call works, then it runs off the edge. */
static void call_at_the_edge(unsigned i)
{
    ready();
    (void)i;
    munmap((void *)(CODE + 0x2000), 0x1000);
    memset((void *)CODE, 0xcc, 0x2000);
    memcpy((void *)(CODE + 0x1ffe), "\x0f\x05", 2);
    {
        uint64_t regs[REGS] = {0};

        regs[RIP] = CODE + 0x1ffe;
        regs[RAX] = 39;
        regs[RSP] = ATTACK_FAKE + 0x4000;
        CHECK(attack_jump(regs, LIMIT_MS) == SIGSEGV);
    }
    attack_code_page(CODE + 0x2000);
}

/* The host's page of old calls cannot be unmapped, but nothing in it may work. */
static void vsyscall_page(unsigned i)
{
    uint64_t regs[REGS] = {0};

    ready();
    regs[RIP] = 0xffffffffff600000 + 0x400 * (i % 4) + i / 4;
    regs[RDI] = ATTACK_FAKE;
    regs[RSP] = ATTACK_FAKE + 0x4000;
    *(uint64_t *)regs[RSP] = CODE;
    CHECK(attack_jump(regs, LIMIT_MS) == SIGSEGV);
}

/* Loading a selector clears the base that the fast way of calling needs. */
static void selectors_and_calls(unsigned i)
{
    static const uint16_t selectors[] = {0, 3, 0x2b, 0x33};

    ready();
    for (unsigned n = 0; n < 100; n++) {
        __asm__ volatile("mov %0, %%gs" : : "r"(selectors[i / 2]) : "memory");
        if (i % 2)
            __asm__ volatile("mov %0, %%es; mov %0, %%ds" : : "r"(selectors[i / 2]));
        CHECK(getppid() > 0);
    }
}

int main(void)
{
    attack_begin();
    attack_series("instructions", INSTRUCTIONS, instruction_faults, ATTACK_ENDS);
    attack_series("software interrupts", 256, software_interrupt, ATTACK_ENDS);
    attack_series("32-bit code", 3 * 8, code_of_32_bits, ATTACK_ENDS);
    attack_series("odd places", 6 * 8, call_from_odd_places, ATTACK_ENDS);
    attack_series("the edge", 20, call_at_the_edge, ATTACK_ENDS);
    attack_series("vsyscall page", 16, vsyscall_page, ATTACK_ENDS);
    attack_series("selectors", 8, selectors_and_calls, ATTACK_ENDS);
    return attack_end("calls");
}
