/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's end of the control page.
 *
 * The mapper is a task of the stub's process, so it needs a core to run on.  The thread that
 * gives an order sleeps at once: the scheduler then runs the mapper right here, while the
 * guest task, if it spins, keeps the core that it has.  Spinning is for hosts with a third
 * core to spare.
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

#define MAPPER_LOOK_NS   20000000ull /* between two looks whether the stub still lives */
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

void mapper_add(struct stub_mapper *m, uint64_t kind, int64_t nr, const uint64_t args[6])
{
    struct order_entry *e;

    if (m->count == CONTROL_ENTRIES_MAX && mapper_commit(m, 0) != 0)
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

void mapper_post(struct stub_mapper *m, uint64_t release)
{
    struct stub_control *c = m->control;

    m->seq = (m->seq % SEQ_MASK) + 1;
    c->count = m->count;
    c->release = release;
    c->done = 0;
    m->count = 0;
    __atomic_store_n(&c->seq, m->seq, __ATOMIC_SEQ_CST);
}

int mapper_wait(struct stub_mapper *m)
{
    struct stub_control *c = m->control;
    uint32_t done;

    __atomic_store_n(&c->waiting, 1, __ATOMIC_SEQ_CST);
    for (unsigned looks = 0;;) {
        done = __atomic_load_n(&c->done, __ATOMIC_SEQ_CST);
        if (done != 0)
            break;
        if (host_futex(&c->done, FUTEX_WAIT, 0, MAPPER_LOOK_NS) == 0 ||
            errno != ETIMEDOUT)
            continue;
        if (mapper_is_dead(m))
            break;
        if (++looks == MAPPER_LOOKS_MAX) {
            mapper_kill(m);
            break;
        }
    }
    __atomic_store_n(&c->waiting, 0, __ATOMIC_RELAXED);
    if (done == m->seq)
        return 0;
    return done & DONE_FAILED ? -(int)(done & ~DONE_FAILED) : -ESRCH;
}

int mapper_commit(struct stub_mapper *m, uint64_t release)
{
    if (__atomic_load_n(&m->dead, __ATOMIC_RELAXED)) {
        m->count = 0;
        return -ESRCH;
    }
    place_mapper(m);
    __atomic_store_n(&m->control->waiting, 1, __ATOMIC_RELAXED);
    mapper_post(m, release);
    host_futex(&m->control->seq, FUTEX_WAKE, 1, 0);
    return mapper_wait(m);
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
