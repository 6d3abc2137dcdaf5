/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a process under a debugger. */
#include "hostsim/debug/user.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hostsim/debug/rsp.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/trace_head.h"

#define WATCH_BYTES_MAX 64u

struct point {
    uint64_t va, len; /* len 0: a breakpoint */
    uint8_t before[WATCH_BYTES_MAX];
    uint64_t before_len; /* what could be read */
};

/* Of each CPU: the world's quantum that is being handed out. */
struct piece {
    bool active;   /* inside debug_user_run() */
    bool given;    /* one instruction, in this run of the engine */
    uint64_t left; /* of the quantum */
    uint64_t done; /* of it; not yet reported */
};

bool debug_on;

static struct {
    unsigned pid;
    bool attached, gone;
    uint64_t space;                /* of the process */
    unsigned thread[HAL_CPUS_MAX]; /* who runs there */
    unsigned stepping;             /* the thread that gdb lets make one step; 0: none */
    unsigned switch_event, exit_event;
    struct point points[DEBUG_POINTS_MAX];
    unsigned count;
} d;

static struct piece pieces[HAL_CPUS_MAX];

int debug_start(unsigned pid, uint16_t port)
{
    int err = rsp_listen(port);

    if (err)
        return err;
    d.pid = pid;
    d.switch_event = trace_head_find("context_switch");
    d.exit_event = trace_head_find("process_exit");
    debug_on = true;
    fprintf(
        stderr,
        "cloudos: process %u will wait for gdb: gdb PROGRAM -ex 'target remote :%u'\n",
        pid, port);
    return 0;
}

void debug_stop(void)
{
    if (rsp_connected())
        rsp_send("X09");
    rsp_close();
}

/* ---- what the core reports ---- */

/* As gdb wants it: how the process ended. */
static void exit_report(uint64_t status)
{
    char text[8];

    if ((status & 0x7f) == 0)
        snprintf(text, sizeof(text), "W%02x", (unsigned)(status >> 8 & 0xff));
    else
        snprintf(text, sizeof(text), "X%02x", (unsigned)(status & 0x7f));
    rsp_send(text);
    rsp_close();
    d.gone = true;
}

void debug_event(unsigned id, uint64_t a, uint64_t b, uint64_t c)
{
    if (id == d.switch_event)
        d.thread[machine_cpu()] = (unsigned)b;
    else if (id == d.exit_event && a == d.pid && c && d.attached && !d.gone)
        exit_report(b);
}

/* ---- memory and points ---- */

typedef void (*copy_fn)(uint8_t *ram, uint8_t *buf, uint64_t len);

static void copy_out(uint8_t *ram, uint8_t *buf, uint64_t len)
{
    memcpy(buf, ram, len);
}

static void copy_in(uint8_t *ram, uint8_t *buf, uint64_t len)
{
    memcpy(ram, buf, len);
    if (engine->wrote)
        engine->wrote((uint64_t)(ram - (uint8_t *)arena_virt(0)), len);
}

static uint64_t memory_copy(uint64_t space, uint64_t va, uint8_t *buf, uint64_t len,
                            enum hal_access access, copy_fn copy)
{
    uint64_t root_pa = mmu_space_root(space), done = 0;

    while (done < len) {
        uint64_t room = HAL_PAGE_SIZE - (va + done) % HAL_PAGE_SIZE;
        uint64_t n = len - done < room ? len - done : room;
        struct mmu_leaf leaf;

        if (!mmu_peek(root_pa, va + done, &leaf) || !(leaf.allowed & access))
            break;
        copy(arena_virt(leaf.pa), buf + done, n);
        done += n;
    }
    return done;
}

uint64_t debug_memory_read(uint64_t space, uint64_t va, void *buf, uint64_t len)
{
    return memory_copy(space, va, buf, len, HAL_READ, copy_out);
}

/* Only where the program itself may write: the frame is surely its own. */
uint64_t debug_memory_write(uint64_t space, uint64_t va, const void *buf, uint64_t len)
{
    return memory_copy(space, va, (uint8_t *)(uintptr_t)buf, len, HAL_WRITE, copy_in);
}

int debug_point_add(uint64_t va, uint64_t len)
{
    struct point *p = &d.points[d.count];

    if (len > WATCH_BYTES_MAX)
        return -EINVAL;
    if (d.count == DEBUG_POINTS_MAX)
        return -ENOSPC;
    *p = (struct point){.va = va, .len = len};
    p->before_len = debug_memory_read(d.space, va, p->before, len);
    d.count++;
    return 0;
}

void debug_point_remove(uint64_t va, uint64_t len)
{
    for (unsigned i = 0; i < d.count; i++) {
        if (d.points[i].va == va && d.points[i].len == len) {
            d.points[i] = d.points[--d.count];
            return;
        }
    }
}

static bool breakpoint_at(uint64_t va)
{
    for (unsigned i = 0; i < d.count; i++) {
        if (d.points[i].len == 0 && d.points[i].va == va)
            return true;
    }
    return false;
}

/* The first watched place whose memory is not as it was; it is remembered as it is now. */
static const struct point *watch_changed(void)
{
    for (unsigned i = 0; i < d.count; i++) {
        struct point *p = &d.points[i];
        uint8_t now[WATCH_BYTES_MAX];
        uint64_t n = p->len ? debug_memory_read(d.space, p->va, now, p->len) : 0;

        if (n == p->before_len && memcmp(now, p->before, n) == 0)
            continue;
        p->before_len = n;
        memcpy(p->before, now, n);
        return p;
    }
    return NULL;
}

/* ---- handing out the quantum ---- */

bool debug_steps(const struct vcpu *cpu)
{
    return pieces[cpu->id].active;
}

static void piece_report(struct vcpu *cpu)
{
    struct piece *piece = &pieces[cpu->id];
    uint64_t done = piece->done;

    piece->done = 0;
    piece->left = 0;
    seeded_executed(cpu, done);
}

uint64_t debug_quantum(struct vcpu *cpu)
{
    struct piece *piece = &pieces[cpu->id];

    if (piece->given)
        return 0;
    if (piece->left == 0)
        piece->left = seeded_quantum(cpu);
    piece->given = piece->left != 0;
    return piece->left && (d.count || d.stepping) ? 1 : piece->left;
}

void debug_executed(struct vcpu *cpu, uint64_t instructions)
{
    struct piece *piece = &pieces[cpu->id];

    piece->done += instructions;
    piece->left -= instructions < piece->left ? instructions : piece->left;
    if (piece->left == 0 || instructions == 0)
        piece_report(cpu);
}

/* ---- running ---- */

static void stand(struct hal_user *u, const char *why)
{
    unsigned tid = d.thread[machine_cpu()];
    enum debug_resume how = debug_commands(u, tid, why);

    d.stepping = how == DEBUG_STEP ? tid : 0;
    if (how == DEBUG_DETACH) {
        d.gone = true;
        d.count = 0;
    }
}

static const char *exception_why(enum hal_exception e)
{
    switch (e) {
    case HAL_EXC_ILLEGAL:
        return "T04";
    case HAL_EXC_DIVIDE:
    case HAL_EXC_FPU:
        return "T08";
    case HAL_EXC_ALIGN:
        return "T07";
    case HAL_EXC_PROTECTION:
        return "T0b";
    default:
        return "T05";
    }
}

static void attach(struct hal_user *u)
{
    if (rsp_accept()) {
        d.gone = true;
        return;
    }
    d.attached = true;
    d.space = u->space;
    stand(u, "T05");
}

/* Why the thread has to stand after an instruction, if it has to. */
static bool has_to_stand(const struct hal_user *u, char why[64])
{
    bool step = d.stepping == d.thread[machine_cpu()];
    bool interrupted = rsp_interrupted();
    const struct point *watched = watch_changed();

    strcpy(why, interrupted ? "T02" : "T05");
    if (watched)
        snprintf(why, 64, "T05watch:%llx;", (unsigned long long)watched->va);
    return watched || step || breakpoint_at(u->regs.rip) || interrupted;
}

/* One instruction, or as many as the world allows if nothing is watched; false: there is something
 * that the world or the core has to see. */
static bool run_one(struct hal_user *u, struct hal_trap *trap)
{
    struct piece *piece = &pieces[machine_cpu()];

    piece->given = false;
    engine->user->run(u, trap);
    return trap->kind == HAL_TRAP_INTERRUPT && piece->given;
}

static void run_debugged(struct hal_user *u, struct hal_trap *trap)
{
    struct piece *piece = &pieces[machine_cpu()];
    char why[64];

    if (!d.attached)
        attach(u);
    else if (d.stepping != d.thread[machine_cpu()] && breakpoint_at(u->regs.rip))
        stand(u, "T05");
    while (!d.gone) {
        piece->active = true;
        if (!run_one(u, trap))
            break;
        if (has_to_stand(u, why))
            stand(u, why);
    }
    if (piece->done)
        piece_report(vcpu_self());
    piece->left = 0;
    piece->active = false;
    if (trap->kind == HAL_TRAP_EXCEPTION && !d.gone)
        stand(u, exception_why(trap->exception));
}

void debug_user_run(struct hal_user *u, struct hal_trap *trap)
{
    unsigned tid = d.thread[machine_cpu()];

    if (!d.gone && (d.attached ? u->space == d.space || tid == d.pid : tid == d.pid)) {
        d.space = u->space; /* another one after execve */
        trap->kind = HAL_TRAP_INTERRUPT;
        run_debugged(u, trap);
        return;
    }
    engine->user->run(u, trap);
}
