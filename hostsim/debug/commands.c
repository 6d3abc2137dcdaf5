/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gdb asks about a thread that stands, and our answers.
 *
 * Registers are in the order of gdb's x86-64 without a description of its own: 16 general ones,
 * rip, flags and selectors, then the x87 stack and control, then SSE.
 */
#include "hostsim/debug/user.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/debug/rsp.h"
#include "hostsim/hal/engine.h"

#define REGS_BYTES     536u
#define REG_RIP        16u
#define REG_FLAGS      17u
#define REGS_GENERAL   17u /* of 8 bytes, rip included */
#define SELECTORS      6u
#define SELECTOR_CODE  0x33u
#define SELECTOR_DATA  0x2bu
#define FX_BYTES       512u /* FXSAVE area, Intel SDM 1 10.5.1 */
#define FX_ST          32u
#define FX_XMM         160u
#define FX_MXCSR       24u
#define ERROR_MEMORY   "E0e"
#define ERROR_REQUEST  "E16"
#define FLAGS_WRITABLE UINT64_C(0xdd5) /* carry to overflow, no trap flag */

struct session {
    struct hal_user *user;
    unsigned tid;
    char why[96];
    char packet[RSP_PACKET_BYTES];
    char answer[RSP_PACKET_BYTES];
    enum debug_resume resume;
    bool done; /* the thread goes on */
};

/* ---- registers ---- */

static uint64_t *general(struct user_regs *r, unsigned i)
{
    uint64_t *const order[REGS_GENERAL] = {
        &r->rax, &r->rbx, &r->rcx, &r->rdx, &r->rsi, &r->rdi, &r->rbp, &r->rsp, &r->r8,
        &r->r9,  &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15, &r->rip,
    };

    return order[i];
}

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
    memcpy(to, from, len);
    return to + len;
}

static uint8_t *put32(uint8_t *to, uint32_t v)
{
    return put(to, &v, sizeof(v));
}

/* The control registers of the x87 unit, 4 bytes each in gdb. */
static uint8_t *x87_control_put(uint8_t *to, const uint8_t *fx)
{
    uint16_t control, status, opcode;
    uint8_t full = fx[4]; /* abridged tags: a bit for each register in use */
    uint32_t tags = 0;

    memcpy(&control, fx, 2);
    memcpy(&status, fx + 2, 2);
    memcpy(&opcode, fx + 6, 2);
    for (unsigned i = 0; i < 8; i++)
        tags |= full >> i & 1 ? 0 : 3u << (2 * i);
    to = put32(to, control);
    to = put32(to, status);
    to = put32(to, tags);
    for (int i = 0; i < 4; i++) /* where the last instruction and its operand were */
        to = put32(to, 0);
    return put32(to, opcode);
}

static void regs_collect(struct session *s, uint8_t regs[REGS_BYTES])
{
    uint8_t *area = calloc(1, engine->user->fpu_bytes() + FX_BYTES), *to = regs;

    for (unsigned i = 0; i < REGS_GENERAL; i++)
        to = put(to, general(&s->user->regs, i), 8);
    to = put32(to, (uint32_t)s->user->regs.rflags);
    for (unsigned i = 0; i < SELECTORS; i++)
        to = put32(to, i == 0 ? SELECTOR_CODE : i == 1 ? SELECTOR_DATA : 0);
    if (area)
        engine->user->fpu_get(s->user, area);
    for (unsigned i = 0; area && i < 8; i++)
        to = put(to, area + FX_ST + 16 * i, 10);
    if (area) {
        to = x87_control_put(to, area);
        to = put(to, area + FX_XMM, 256);
        to = put(to, area + FX_MXCSR, 4);
    }
    memset(to, 0, (size_t)(regs + REGS_BYTES - to));
    free(area);
}

static void regs_read(struct session *s)
{
    uint8_t regs[REGS_BYTES];

    regs_collect(s, regs);
    rsp_hex_put(s->answer, regs, sizeof(regs));
}

static void reg_store(struct session *s, unsigned i, uint64_t value)
{
    if (i < REGS_GENERAL)
        *general(&s->user->regs, i) = value;
    else if (i == REG_FLAGS)
        s->user->regs.rflags =
            (s->user->regs.rflags & ~FLAGS_WRITABLE) | (value & FLAGS_WRITABLE);
}

/* Only the integer registers; gdb sends back what it got for the rest. */
static void regs_write(struct session *s, const char *hex)
{
    uint64_t value;

    strcpy(s->answer, ERROR_REQUEST);
    for (unsigned i = 0; i <= REG_FLAGS; i++) {
        value = 0;
        if (!rsp_hex_get(hex + 16 * i, &value, i == REG_FLAGS ? 4 : 8))
            return;
        reg_store(s, i, value);
    }
    strcpy(s->answer, "OK");
}

/* "P10=8877665544332211" */
static void reg_write(struct session *s, const char *text)
{
    char *end;
    unsigned long i = strtoul(text, &end, 16);
    uint64_t value = 0;

    strcpy(s->answer, ERROR_REQUEST);
    if (*end != '=' || i > REG_FLAGS ||
        !rsp_hex_get(end + 1, &value, i == REG_FLAGS ? 4 : 8))
        return;
    reg_store(s, (unsigned)i, value);
    strcpy(s->answer, "OK");
}

/* ---- memory ---- */

/* "ADDRESS,LENGTH": what stands behind them. */
static const char *range_parse(const char *text, uint64_t *va, uint64_t *len)
{
    char *end;

    *va = strtoull(text, &end, 16);
    if (*end != ',')
        return NULL;
    *len = strtoull(end + 1, &end, 16);
    return end;
}

static void memory_read(struct session *s, const char *text)
{
    uint8_t buf[RSP_PACKET_BYTES / 2 - 8];
    uint64_t va, len, got;

    strcpy(s->answer, ERROR_MEMORY);
    if (!range_parse(text, &va, &len))
        return;
    len = len < sizeof(buf) ? len : sizeof(buf);
    got = debug_memory_read(s->user->space, va, buf, len);
    if (got)
        rsp_hex_put(s->answer, buf, got);
}

static void memory_write(struct session *s, const char *text)
{
    uint8_t buf[RSP_PACKET_BYTES / 2];
    uint64_t va, len;
    const char *data = range_parse(text, &va, &len);

    strcpy(s->answer, ERROR_MEMORY);
    if (!data || *data != ':' || len > sizeof(buf) || !rsp_hex_get(data + 1, buf, len))
        return;
    if (debug_memory_write(s->user->space, va, buf, len) == len)
        strcpy(s->answer, "OK");
}

/* "Z0,ADDRESS,KIND" and its kin: 0, 1 breakpoints, 2 a watchpoint for writes. */
static void point_change(struct session *s, const char *text)
{
    bool add = text[0] == 'Z';
    uint64_t va, len;

    if (text[1] < '0' || text[1] > '2' || text[2] != ',')
        return; /* an empty answer: not known here */
    strcpy(s->answer, ERROR_REQUEST);
    if (!range_parse(text + 3, &va, &len))
        return;
    if (text[1] != '2')
        len = 0;
    if (!add)
        debug_point_remove(va, len);
    else if (debug_point_add(va, len))
        return;
    strcpy(s->answer, "OK");
}

/* ---- the rest ---- */

static void resume(struct session *s, enum debug_resume how)
{
    s->resume = how;
    s->done = true;
}

/* "vCont;s:2;c": the first action that concerns us. */
static void vcont(struct session *s, const char *text)
{
    if (strcmp(text, "?") == 0)
        strcpy(s->answer, "vCont;c;C;s;S");
    else if (strncmp(text, ";s", 2) == 0 || strncmp(text, ";S", 2) == 0)
        resume(s, DEBUG_STEP);
    else if (strncmp(text, ";c", 2) == 0 || strncmp(text, ";C", 2) == 0)
        resume(s, DEBUG_CONTINUE);
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void query(struct session *s, const char *text)
{
    if (starts(text, "qSupported"))
        snprintf(s->answer, sizeof(s->answer),
                 "PacketSize=%x;QStartNoAckMode+;vContSupported+", RSP_PACKET_BYTES - 64);
    else if (strcmp(text, "qC") == 0)
        snprintf(s->answer, sizeof(s->answer), "QC%x", s->tid);
    else if (strcmp(text, "qfThreadInfo") == 0)
        snprintf(s->answer, sizeof(s->answer), "m%x", s->tid);
    else if (strcmp(text, "qsThreadInfo") == 0)
        strcpy(s->answer, "l");
    else if (starts(text, "qAttached"))
        strcpy(s->answer, "1");
    else if (starts(text, "qSymbol"))
        strcpy(s->answer, "OK");
}

static void kill_or_detach(struct session *s, bool answer)
{
    if (answer)
        rsp_send("OK");
    rsp_close();
    resume(s, DEBUG_DETACH);
}

static void obey(struct session *s)
{
    const char *p = s->packet;

    switch (p[0]) {
    case '?':
        strcpy(s->answer, s->why);
        return;
    case 'g':
        regs_read(s);
        return;
    case 'G':
        regs_write(s, p + 1);
        return;
    case 'P':
        reg_write(s, p + 1);
        return;
    case 'm':
        memory_read(s, p + 1);
        return;
    case 'M':
        memory_write(s, p + 1);
        return;
    case 'z':
    case 'Z':
        point_change(s, p);
        return;
    case 'H':
        strcpy(s->answer, "OK");
        return;
    case 'T':
        strcpy(s->answer, strtoul(p + 1, NULL, 16) == s->tid ? "OK" : ERROR_REQUEST);
        return;
    case 'c':
        resume(s, DEBUG_CONTINUE);
        return;
    case 's':
        resume(s, DEBUG_STEP);
        return;
    case 'D':
    case 'k':
        kill_or_detach(s, p[0] == 'D');
        return;
    case 'q':
        query(s, p);
        return;
    case 'v':
        if (starts(p, "vCont"))
            vcont(s, p + 5);
        return;
    case 'Q':
        if (strcmp(p, "QStartNoAckMode") == 0)
            strcpy(s->answer, "OK");
        return;
    default: /* an empty answer says that we do not know that one */
        return;
    }
}

enum debug_resume debug_commands(struct hal_user *u, unsigned tid, const char *why)
{
    static struct session s;
    static bool told; /* gdb asks why at first, and is told from then on */

    s.user = u;
    s.tid = tid;
    s.done = false;
    snprintf(s.why, sizeof(s.why), "%sthread:%x;", why, tid);
    if (told)
        rsp_send(s.why);
    told = true;
    while (!s.done) {
        if (rsp_receive(s.packet) < 0)
            return DEBUG_DETACH;
        s.answer[0] = '\0';
        obey(&s);
        if (!s.done)
            rsp_send(s.answer);
        if (strcmp(s.packet, "QStartNoAckMode") == 0)
            rsp_no_ack();
    }
    return s.resume;
}
