/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks by a program that runs on CloudOS, each in a child, and the look at the world after
 * it: another program's memory, and a kernel that still works.
 *
 * Owner:   tests/hostile.
 * Context: a static Linux program; the attacks in single-threaded children unless they say so.
 * Locking: the page shared by parent and children is written atomically.
 * Errors:  printed by CHECK (tests/abi/c/check.h); a failure in a child counts in the parent.
 */
#ifndef CLOUDOS_TESTS_HOSTILE_ATTACK_H
#define CLOUDOS_TESTS_HOSTILE_ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "hostsim/user/stub/layout.h"

/* In the order of the kernel's signal frame. */
enum attack_reg {
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    RDI,
    RSI,
    RBP,
    RBX,
    RDX,
    RAX,
    RCX,
    RSP,
    RIP,
    FLAGS,
    REGS
};

/* ---- in a child ---- */

/* Catch every fault, and the alarm. */
void attack_arm(void);
/* Load all registers and jump.  The signal that ended it, 0: it came back by a return. */
int attack_jump(const uint64_t regs[REGS], unsigned limit_ms);
/* One access.  The signal, or 0. */
int attack_load(uint64_t va, uint8_t *value);
int attack_store(uint64_t va); /* leaves the value as it is */

/* 8 KiB that look like a slot and a control page; attack_jump() may use it as it likes. */
#define ATTACK_FAKE      UINT64_C(0x30000000)
#define ATTACK_FAKE_SIZE 0x8000
/* Where attacks would map memory that is not theirs. */
#define ATTACK_PRIZE      UINT64_C(0x20000000)
#define ATTACK_PRIZE_SIZE 0x100000

/* An anonymous page that may be executed. */
uint8_t *attack_code_page(uint64_t va);

uint64_t attack_random(uint64_t *state);

/* The engine's number of slots that this thread could be in, and the address of its own; 0 if
 * it cannot tell. */
uint64_t attack_own_slot(void);

/* ---- in the parent ---- */

/* Start the program whose memory is watched, set up the rest. */
void attack_begin(void);
/* A program with its registers and its stack in the attacker's hands may well loop. */
enum attack_end_kind { ATTACK_ENDS, ATTACK_MAY_HANG };

/*
 * fn(0), ..., fn(count - 1) in a child.  One that is killed by the engine, or by a signal that
 * faults raise, is followed by another that goes on with the next number.  One that hangs is
 * killed, which has to work, and is a failure unless it may.
 */
void attack_series(const char *name, unsigned count, void (*fn)(unsigned i),
                   enum attack_end_kind end);
/* The watched program's memory is as it was, and the kernel works and has not complained. */
void attack_check_world(const char *after);
/* Did fn(i) of any child get this far?  Set by children. */
void attack_note(unsigned bit);
bool attack_noted(unsigned bit);
int attack_end(const char *name);

#endif /* CLOUDOS_TESTS_HOSTILE_ATTACK_H */
