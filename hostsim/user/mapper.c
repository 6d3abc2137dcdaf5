/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's end of the control page.
 *
 * The mapper is a task of the stub's process, so it needs a core to run on.  Where guest tasks
 * have a core of their own it gets that one: whose task waits there anyway is told to call it
 * (TURN_ORDER), so no core is interrupted, neither to wake the mapper nor to flush its TLB.
 * Elsewhere the thread that gives an order makes room for it.
 */
#include "hostsim/user/mapper.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostsim/user/place.h"
#include "hostsim/user/shared.h"
#include "hostsim/user/slot.h"

#define MAPPER_LOOK_NS   20000000ull /* between two looks whether the stub still lives */
#define MAPPER_AWAKE_NS  50000ull    /* waiting without sleep, */
#define MAPPER_HELPED_NS 1000000ull  /* and where only a core of our own is burnt */
#define MAPPER_LOOKS_MAX 500         /* then it is taken for dead */
#define SEQ_MASK         (DONE_FAILED - 1)

_Static_assert(sizeof(struct stub_control) == CONTROL_PAGE, "layout");
_Static_assert(offsetof(struct stub_control, seq) == CONTROL_SEQ, "layout");
_Static_assert(offsetof(struct stub_control, count) == CONTROL_COUNT, "layout");
_Static_assert(offsetof(struct stub_control, release) == CONTROL_RELEASE, "layout");
_Static_assert(offsetof(struct stub_control, spin) == CONTROL_SPIN, "layout");
_Static_assert(offsetof(struct stub_control, mapper_spin) == CONTROL_MAPPER_SPIN,
               "layout");
_Static_assert(offsetof(struct stub_control, kernel_pid) == CONTROL_KERNEL_PID, "layout");
_Static_assert(offsetof(struct stub_control, yield) == CONTROL_YIELD, "layout");
_Static_assert(offsetof(struct stub_control, done) == CONTROL_DONE, "layout");
_Static_assert(offsetof(struct stub_control, waiting) == CONTROL_WAITING, "layout");
_Static_assert(offsetof(struct stub_control, done_offset) == CONTROL_DONE_OFFSET,
               "layout");
_Static_assert(offsetof(struct stub_control, entries) == CONTROL_ENTRIES, "layout");
_Static_assert(sizeof(struct order_entry) == CONTROL_ENTRY_SIZE, "layout");
_Static_assert(offsetof(struct order_entry, args) == ENTRY_ARGS, "layout");
_Static_assert(offsetof(struct order_entry, kind) == ENTRY_KIND, "layout");

long host_futex(uint32_t *word, int op, uint32_t value, uint64_t timeout_ns)
{
    struct timespec ts = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                          .tv_nsec = (long)(timeout_ns % 1000000000u)};

    return syscall(SYS_futex, word, op, value, op == FUTEX_WAIT ? &ts : NULL, NULL, 0);
}

void mapper_init(struct stub_mapper *m, unsigned id)
{
    memset(m, 0, sizeof(*m));
    m->id = id;
    m->core = PLACE_ANYWHERE;
    m->control = shared_control(id);
    m->control->kernel_pid = (uint32_t)getpid();
    m->control->done_offset = shared_control_offset(id) + CONTROL_DONE;
}

void mapper_post(struct stub_mapper *m, uint64_t release)
{
    struct stub_control *c = m->control;

    m->seq = (m->seq % SEQ_MASK) + 1;
    m->open = true;
    c->count = m->count;
    c->release = release;
    __atomic_store_n(&c->done, 0, __ATOMIC_RELAXED);
    m->count = 0;
    __atomic_store_n(&c->seq, m->seq, __ATOMIC_SEQ_CST);
}

static uint32_t mapper_done(const struct stub_mapper *m)
{
    return __atomic_load_n(&m->control->done, __ATOMIC_SEQ_CST);
}

bool mapper_is_busy(const struct stub_mapper *m)
{
    return mapper_done(m) == 0 && !__atomic_load_n(&m->dead, __ATOMIC_RELAXED);
}

bool mapper_has_failed(const struct stub_mapper *m)
{
    return mapper_done(m) & DONE_FAILED;
}

void mapper_call(struct stub_mapper *m)
{
    host_futex(&m->control->seq, FUTEX_WAKE, 1, 0);
}

/* The answer comes soon: do not sleep for it. */
static void mapper_wait_awake(struct stub_mapper *m, bool helped)
{
    uint64_t end = hal_time_ns() + (helped ? MAPPER_HELPED_NS : MAPPER_AWAKE_NS);

    while (mapper_done(m) == 0 && hal_time_ns() < end && (helped || place_may_yield())) {
        if (helped)
            __builtin_ia32_pause();
        else
            place_yield();
    }
}

static void mapper_wait_asleep(struct stub_mapper *m)
{
    struct stub_control *c = m->control;

    __atomic_store_n(&c->waiting, 1, __ATOMIC_SEQ_CST);
    for (unsigned looks = 0; mapper_done(m) == 0;) {
        if (host_futex(&c->done, FUTEX_WAIT, 0, MAPPER_LOOK_NS) == 0 ||
            errno != ETIMEDOUT)
            continue;
        if (mapper_is_dead(m))
            break;
        if (++looks == MAPPER_LOOKS_MAX)
            mapper_kill(m);
    }
    __atomic_store_n(&c->waiting, 0, __ATOMIC_RELAXED);
}

int mapper_wait(struct stub_mapper *m)
{
    uint32_t done;

    mapper_wait_asleep(m);
    done = mapper_done(m);
    m->open = false;
    if (done == m->seq)
        return 0;
    return done & DONE_FAILED ? -(int)(done & ~DONE_FAILED) : -ESRCH;
}

/* Wait for the end of the order before this one, which released a task and may hence still be
 * under way: until then its entries must stay as they are. */
static int mapper_settle(struct stub_mapper *m)
{
    if (__atomic_load_n(&m->dead, __ATOMIC_RELAXED))
        return -ESRCH;
    if (!m->open)
        return 0;
    mapper_wait_awake(m, false);
    return mapper_wait(m);
}

void mapper_add(struct stub_mapper *m, uint64_t kind, int64_t nr, const uint64_t args[6])
{
    struct order_entry *e;

    if (m->count == 0)
        m->error = mapper_settle(m);
    if (m->count == CONTROL_ENTRIES_MAX && mapper_commit(m) != 0)
        mapper_kill(m); /* half an order leaves nothing to rely on */
    e = &m->control->entries[m->count];
    e->nr = nr;
    e->kind = kind;
    memcpy(e->args, args, sizeof(e->args));
    m->count++;
}

void mapper_add_map(struct stub_mapper *m, uint64_t va, uint64_t len, int prot, int fd,
                    uint64_t offset, int extra_flags)
{
    const uint64_t args[6] = {va,
                              len,
                              (uint64_t)prot,
                              (uint64_t)(MAP_SHARED | MAP_FIXED | extra_flags),
                              (uint64_t)fd,
                              offset};

    mapper_add(m, ENTRY_CALL, SYS_mmap, args);
}

void mapper_add_unmap(struct stub_mapper *m, uint64_t va, uint64_t len)
{
    mapper_add(m, ENTRY_CALL, SYS_munmap, (const uint64_t[6]){va, len});
}

void mapper_add_protect(struct stub_mapper *m, uint64_t va, uint64_t len, int prot)
{
    mapper_add(m, ENTRY_CALL, SYS_mprotect, (const uint64_t[6]){va, len, (uint64_t)prot});
}

/* What has been added may be given now? */
static int mapper_begin(struct stub_mapper *m)
{
    int err = m->count == 0 ? mapper_settle(m) : m->error;

    if (err != 0)
        m->count = 0;
    return err;
}

int mapper_commit(struct stub_mapper *m)
{
    struct native_slot *helper = slot_helper(m);
    bool helped;
    int err = mapper_begin(m);

    if (err != 0)
        return err;
    place_mapper(m, helper);
    helped = helper != NULL && slot_ask(helper);
    mapper_post(m, 0);
    if (!helped)
        mapper_call(m);
    if (place_is_bound())
        mapper_wait_awake(m, helped);
    if (helped && mapper_done(m) == 0)
        mapper_call(m); /* the task was asked to, but who knows what it does */
    err = mapper_wait(m);
    if (helped)
        slot_unask(helper);
    return err;
}

int mapper_commit_release(struct stub_mapper *m, struct native_slot *slot)
{
    struct native_slot *helper = slot_helper(m);
    bool asked;
    int err;

    if (place_may_spin() && helper != slot) {
        /* The mapper would have to wake another core, on ours, and keep us from using it. */
        err = mapper_commit(m);
        if (err == 0)
            slot_resume(slot);
        return err;
    }
    err = mapper_begin(m);
    if (err != 0)
        return err;
    place_mapper(m, helper);
    asked = slot_ask(slot);
    mapper_post(m, slot->va);
    if (!asked || helper == NULL)
        mapper_call(m);
    return 0;
}

void mapper_kill(struct stub_mapper *m)
{
    if (m->pid != 0 && !__atomic_exchange_n(&m->dead, true, __ATOMIC_RELAXED))
        kill(m->pid, SIGKILL);
}

void mapper_kill_and_wait(struct stub_mapper *m)
{
    siginfo_t info;

    mapper_kill(m);
    while (m->pid != 0 && waitid(P_PID, (id_t)m->pid, &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR)
        continue;
}

bool mapper_is_dead(struct stub_mapper *m)
{
    siginfo_t info = {0};

    if (__atomic_load_n(&m->dead, __ATOMIC_RELAXED))
        return true;
    if (m->pid == 0)
        return false;
    if (waitid(P_PID, (id_t)m->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == m->pid) {
        __atomic_store_n(&m->dead, true, __ATOMIC_RELAXED);
        return true;
    }
    return false;
}
