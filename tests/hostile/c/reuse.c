/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program leaves in its stub for the next one.  The attacker is alone in its address
 * space, prepares its slot and its host task as it likes, and ends; the program that follows,
 * which may get the same stub, must find nothing of it and run as if it had been first.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include "attack.h"

#define PATTERN    UINT64_C(0xa5c3e1f00f1e3c5a)
#define NR_FUTEX   202
#define NR_EXIT    231
#define SYSCALL_AT (-2) /* of the wait's continuation, EXPORT_REST */

static volatile uint64_t *slot_word(unsigned offset)
{
    return (volatile uint64_t *)(attack_own_slot() + offset);
}

static uint64_t rest(void)
{
    return STUB_TEXT + *(const volatile uint64_t *)(STUB_TEXT + EXPORT_REST);
}

/* Everything that no hand-over will write again. */
static void leave_pattern(void)
{
    for (unsigned at = SLOT_FRAME; at < SLOT_SIZE; at += 8)
        *slot_word(at) = PATTERN;
}

static void leave_registers(void)
{
    const unsigned mxcsr = 0x1f80 & ~0x280u; /* two exceptions unmasked */

    leave_pattern();
    __asm__ volatile(
        "ldmxcsr %0\n\tmovq %1, %%xmm15\n\tpunpcklqdq %%xmm15, %%xmm15\n\t"
        "wrfsbase %1\n\tmov $231, %%eax\n\txor %%edi, %%edi\n\tstd\n\tsyscall"
        :
        : "m"(mxcsr), "r"(UINT64_C(0x123456789000))
        : "rax", "rdi", "rcx", "r11", "memory");
}

/* Say that we called exit, and run on until our memory is gone. */
static void pretend_exit(void)
{
    *slot_word(SLOT_REGS + 13 * 8) = NR_EXIT;
    *slot_word(SLOT_REGS + 8 * 8) = 0;
    *(volatile uint32_t *)slot_word(SLOT_KIND) = KIND_CALL;
    *(volatile uint32_t *)slot_word(SLOT_TURN) = TURN_KERNEL;
    for (;;)
        __asm__ volatile("" ::: "memory");
}

/* Sleep where a good task sleeps, with registers of our own. */
static void hide(uint64_t futex, uint64_t timeout, uint32_t false_turn)
{
    const uint64_t slot = attack_own_slot();
    uint64_t regs[REGS] = {
        [RBX] = slot + 0x2000, /* a slot of our making */
        [RSP] = slot + 0x2800,
        [RDI] = futex,
        [R10] = timeout,
        [RAX] = NR_FUTEX,
        [RIP] = rest() + (uint64_t)SYSCALL_AT,
        [FLAGS] = 0x202,
    };

    attack_store(slot); /* so that no page fault comes between the lie and the sleep */
    __asm__ volatile("wrgsbase %0" : : "r"(slot));
    leave_pattern();
    memset((void *)regs[RBX], 0, 0x800);
    *(volatile uint32_t *)(regs[RBX] + SLOT_TURN) = false_turn;
    *slot_word(SLOT_REGS + 13 * 8) = NR_EXIT;
    *slot_word(SLOT_REGS + 8 * 8) = 0;
    *(volatile uint32_t *)slot_word(SLOT_KIND) = KIND_CALL;
    *(volatile uint32_t *)slot_word(SLOT_GUEST_SLEEPS) = 0;
    *(volatile uint32_t *)slot_word(SLOT_TURN) = TURN_KERNEL;
    attack_jump(regs, 0);
}

/* Some of them do not end: what the kernel makes of the lie depends on when it looks. */
static void attack(unsigned i)
{
    const struct itimerval limit = {.it_value = {.tv_usec = 30000}};

    setitimer(ITIMER_REAL, &limit, NULL);
    switch (i % 7) {
    case 0:
        leave_pattern();
        _exit(0);
    case 1:
        leave_registers();
        break;
    case 2:
        pretend_exit();
        break;
    case 3:
        hide(attack_own_slot() + SLOT_TURN, 0, TURN_GUEST);
        break;
    case 4:
        hide(attack_own_slot() + SLOT_TURN, attack_own_slot() + 0x3000, TURN_GUEST);
        break;
    case 5: /* asleep on another word */
        hide(attack_own_slot() + 0x2000, 0, TURN_KERNEL);
        break;
    default:
        hide(attack_own_slot() + 0x2000, 0, TURN_GUEST);
        break;
    }
    _exit(0);
}

/* 0, or what is wrong. */
static int victim(unsigned mxcsr)
{
    /* The pattern itself must not be in a register of ours: an interrupt saves them there. */
    volatile uint64_t inverse = ~PATTERN;
    uint64_t slot = attack_own_slot();

    if (_mm_getcsr() != mxcsr)
        return 1;
    for (unsigned at = 0; slot != 0 && at < SLOT_SIZE; at += 8)
        if ((*(const volatile uint64_t *)(slot + at) ^ inverse) == UINT64_MAX)
            return 2;
    if (getppid() <= 0 || syscall(39) != getpid())
        return 3;
    for (unsigned i = 0; i < 50;
         i++) { /* work that faults, in the memory of a new program */
        char *p = malloc(70000);

        if (p == NULL)
            return 4;
        memset(p, (int)i, 70000);
        if (p[69999] != (char)i)
            return 5;
        free(p);
    }
    return 0;
}

static int status_of(pid_t pid)
{
    int status = -1;

    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

int main(void)
{
    unsigned mxcsr = _mm_getcsr();

    attack_begin();
    for (unsigned i = 0; i < 120; i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
            if (attack_own_slot() ==
                0) /* GS base is its own: nothing to attack through */
                _exit(0);
            attack(i);
        }
        CHECK(status_of(pid) >= 0);
        pid = fork();
        if (pid == 0)
            _exit(victim(mxcsr));
        status = status_of(pid);
        CHECK(status == 0);
        if (status != 0)
            printf("victim %u: pid %d, wait status 0x%x\n", i, pid, (unsigned)status);
    }
    attack_check_world("reuse");
    return attack_end("reuse");
}
