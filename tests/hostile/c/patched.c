/* SPDX-License-Identifier: BSD-2-Clause */
/* Call sites that the engine has patched: entered in the middle, with a GS base that says that
 * the slot is elsewhere, and their trampolines entered at each byte. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "attack.h"

#define CODE        UINT64_C(0x32000000)
#define SITE        CODE
#define SITE_LEN    7
#define GS_SITE     (CODE + 0x100) /* sets the base to rbx, then makes a call */
#define WARM        200
#define LIMIT_MS    20
#define PATIENCE_MS 20000

/* mov $39,%eax; syscall; ud2 */
static const uint8_t site[] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0x0f, 0x0b};
/* wrgsbase %rbx; mov $39,%eax; syscall; ud2 */
static const uint8_t gs_site[] = {0xf3, 0x48, 0x0f, 0xae, 0xdb, 0xb8, 39,
                                  0,    0,    0,    0x0f, 0x05, 0x0f, 0x0b};

static int go_within(uint64_t rip, uint64_t rbx, uint64_t r12, unsigned limit_ms)
{
    uint64_t regs[REGS] = {0};

    regs[RIP] = rip;
    regs[RBX] = rbx;
    regs[R12] = r12;
    regs[RAX] = 39;
    regs[RSP] = ATTACK_FAKE + ATTACK_FAKE_SIZE - 256;
    return attack_jump(regs, limit_ms);
}

static int go(uint64_t rip, uint64_t rbx, uint64_t r12)
{
    return go_within(rip, rbx, r12, LIMIT_MS);
}

/* An entry as it should be: the call is made and the ud2 behind it is reached, however busy the
 * machine may be. */
static bool works(uint64_t rip)
{
    return go_within(rip, 0, 0, PATIENCE_MS) == SIGILL;
}

static void ready(void)
{
    static bool done;
    uint8_t *code;

    if (done)
        return;
    done = true;
    attack_arm();
    code = attack_code_page(CODE);
    memcpy(code, site, sizeof(site));
    memcpy(code + (GS_SITE - CODE), gs_site, sizeof(gs_site));
    for (unsigned i = 0; i < WARM; i++) {
        CHECK(works(SITE));
        CHECK(works(GS_SITE));
    }
    if (memcmp((const void *)SITE, site, SITE_LEN) != 0)
        attack_note(0);
}

static void enter_a_site_at_each_byte(unsigned i)
{
    int signo;

    ready();
    signo = go(SITE + i % SITE_LEN, i / SITE_LEN ? STUB_SLOTS : 0, 0);
    CHECK(signo == SIGILL || signo == SIGSEGV || signo == SIGBUS || signo == SIGTRAP);
    CHECK(i % SITE_LEN != 0 || signo == SIGILL);
    CHECK(i % SITE_LEN != 5 || signo == SIGILL); /* the old syscall instruction */
    CHECK(works(SITE));
}

static void enter_a_trampoline_at_each_byte(unsigned i)
{
    static const uint64_t bases[] = {0, STUB_SLOTS, STUB_CONTROL, ATTACK_FAKE};

    ready();
    go(STUB_TRAMPOLINES + i / 4, bases[i % 4], 0);
    CHECK(works(SITE));
}

static void base_games(unsigned i)
{
    static const uint64_t bases[] = {STUB_FLOOR,
                                     STUB_FLOOR + 0x1000,
                                     STUB_TEXT,
                                     STUB_TEXT - SLOT_REGS,
                                     STUB_CONTROL,
                                     STUB_CONTROL - SLOT_REGS,
                                     STUB_SLOTS,
                                     STUB_SLOTS + 8,
                                     STUB_SLOTS + SLOT_SIZE,
                                     STUB_SLOTS - SLOT_SIZE / 2,
                                     STUB_CEILING - 4096,
                                     0x7fffffffffff,
                                     0x7fff00000000 - 8,
                                     0x800000000000,
                                     UINT64_C(0xffff800000000000),
                                     UINT64_C(0xffff7fff00000000),
                                     ATTACK_FAKE,
                                     1};
    int signo;

    ready();
    memset((void *)ATTACK_FAKE, 0x41, ATTACK_FAKE_SIZE);
    signo = go(GS_SITE, bases[i], 0);
    CHECK(signo == SIGILL || signo == SIGSEGV || signo == SIGBUS || signo == SIGTRAP ||
          signo == SIGALRM);
    CHECK(works(SITE));
    CHECK(getpid() > 1);
}

int main(void)
{
    attack_begin();
    attack_series("a site", 2 * SITE_LEN, enter_a_site_at_each_byte, ATTACK_ENDS);
    CHECK(attack_noted(0)); /* or the sites were never patched, and this tests nothing */
    attack_series("trampolines", 4 * 8 * STUB_TRAMPOLINE_SIZE,
                  enter_a_trampoline_at_each_byte, ATTACK_ENDS);
    attack_series("bases", 18, base_games, ATTACK_ENDS);
    return attack_end("patched");
}
