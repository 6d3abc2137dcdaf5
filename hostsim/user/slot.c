/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store of slots, and the turn.
 *
 * slot->mem->turn says who may go on; each side stores the other's value and wakes it if it
 * said that it sleeps.  Only the sleeper writes its own sleep flag.  Both sides first spin,
 * if the machine has a host core for each of them, because waking an idle core costs ten times
 * a whole call.
 *
 * The guest can write all of that.  Whatever it writes, we see either a turn of ours, whose
 * reason is then checked, or none, and then the task is kicked, and after a bounded time the
 * whole stub is killed.  We never wait longer than SLOT_LOOK_NS without a look at it.
 */
#include "hostsim/user/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostsim/hal/machine.h"
#include "hostsim/user/mapper.h"
#include "hostsim/user/place.h"
#include "hostsim/user/shared.h"

#define SLOT_LOOK_NS 10000000ull /* longest sleep; also between looks at a late task */
#define SLOT_KICK_MAX_NS                                                                 \
    2000000000ull                    /* a kicked task that has not come by then is lost */
#define SLOT_KICK_CPU_MAX 3          /* clock ticks it may consume meanwhile */
#define SLOT_SPIN_NS      50000ull   /* place.c gives the other side the same */
#define SLOT_ORDER_NS     1000000ull /* what the mapper may take meanwhile */
#define SLOT_KICK_SPIN_NS 100000ull  /* for one that has been kicked */
#define SLOT_SPIN_LOOK    64 /* turns of the spin loop between looks at the interrupts */

_Static_assert(sizeof(struct stub_slot) == SLOT_SIZE, "layout");
_Static_assert(offsetof(struct stub_slot, turn) == SLOT_TURN, "layout");
_Static_assert(offsetof(struct stub_slot, guest_sleeps) == SLOT_GUEST_SLEEPS, "layout");
_Static_assert(offsetof(struct stub_slot, kicked) == SLOT_KICKED, "layout");
_Static_assert(offsetof(struct stub_slot, kernel_sleeps) == SLOT_KERNEL_SLEEPS, "layout");
_Static_assert(offsetof(struct stub_slot, command) == SLOT_COMMAND, "layout");
_Static_assert(offsetof(struct stub_slot, set_fs) == SLOT_SET_FS, "layout");
_Static_assert(offsetof(struct stub_slot, set_gs) == SLOT_SET_GS, "layout");
_Static_assert(offsetof(struct stub_slot, xsave_mask) == SLOT_XSAVE_MASK, "layout");
_Static_assert(offsetof(struct stub_slot, kind) == SLOT_KIND, "layout");
_Static_assert(offsetof(struct stub_slot, frame_offset) == SLOT_FRAME_OFFSET, "layout");
_Static_assert(offsetof(struct stub_slot, tid) == SLOT_TID, "layout");
_Static_assert(offsetof(struct stub_slot, pid) == SLOT_PID, "layout");
_Static_assert(offsetof(struct stub_slot, result) == SLOT_RESULT, "layout");
_Static_assert(offsetof(struct stub_slot, fs) == SLOT_FS, "layout");
_Static_assert(offsetof(struct stub_slot, gs) == SLOT_GS, "layout");
_Static_assert(offsetof(struct stub_slot, regs) == SLOT_REGS, "layout");
_Static_assert(offsetof(struct stub_slot, stack_base) == SLOT_STACK, "layout");

/* ---- the store ---- */

static pthread_mutex_t store_lock = PTHREAD_MUTEX_INITIALIZER;
static struct native_slot store[NATIVE_SLOTS_MAX];
static struct native_slot *store_free;
static unsigned store_used; /* store[] from here on was never taken */

void slot_init(void)
{
    store_free = NULL;
    store_used = 0;
}

static struct native_slot *store_take(void)
{
    struct native_slot *slot = NULL;

    pthread_mutex_lock(&store_lock);
    if (store_free != NULL) {
        slot = store_free;
        store_free = slot->next;
    } else if (store_used < NATIVE_SLOTS_MAX) {
        slot = &store[store_used];
        slot->mem = shared_slot(store_used);
        store_used++;
    }
    pthread_mutex_unlock(&store_lock);
    return slot;
}

void slot_order_task(struct native_space *space, struct native_slot *slot)
{
    mapper_add(&space->mapper, ENTRY_TASK, SYS_clone,
               (const uint64_t[6]){STUB_CLONE_TASK, slot->va, slot->va + SLOT_TID});
}

int slot_order(struct native_space *space, struct native_slot **out)
{
    struct native_slot *slot;
    struct stub_slot *mem;
    uint64_t va = STUB_SLOTS + (uint64_t)space->slot_count * SLOT_SIZE;

    if (space->slot_count == STUB_SLOTS_MAX)
        return -EAGAIN;
    slot = store_take();
    if (slot == NULL)
        return -EAGAIN;
    mem = slot->mem;
    /* A CPU that was last here may still want to park whoever it was. */
    __atomic_store_n(&mem->turn, TURN_KERNEL, __ATOMIC_RELAXED);
    mem->stack_base = va + SLOT_ALTSTACK;
    mem->stack_size = SLOT_ALTSTACK_SIZE;
    slot->va = va;
    slot->stop = SLOT_STOP_REGS;
    slot->core = PLACE_ANYWHERE;
    slot->fs = 0;
    slot->gs = 0;
    slot->tid = 0;
    slot->pid = 0;
    memset(&slot->seen, 0, sizeof(slot->seen));
    slot->next = space->slots;
    space->slots = slot;
    space->slot_count++;
    mapper_add_map(&space->mapper, va, SLOT_SIZE, PROT_READ | PROT_WRITE, STUB_FD_SLOTS,
                   shared_slot_offset((unsigned)(slot - store)), 0);
    if (space->mapper.pid == 0)
        mapper_add(&space->mapper, ENTRY_PUT_PID, 0, (const uint64_t[6]){va + SLOT_PID});
    slot_order_task(space, slot);
    *out = slot;
    return 0;
}

/* The number stands where guest code can write by now.  We pin and kick by it, so it must be
 * that of a task of this very process; of which one is the stub's own affair. */
int slot_ready(struct native_space *space, struct native_slot *slot)
{
    pid_t tid = (pid_t)__atomic_load_n(&slot->mem->tid, __ATOMIC_RELAXED);

    slot->pid = space->mapper.pid;
    if (syscall(SYS_tgkill, slot->pid, tid, 0) != 0) {
        mapper_kill(&space->mapper);
        return -ESRCH;
    }
    slot->tid = tid;
    return 0;
}

/*
 * Is the task asleep in the one place where nothing of the program that had it is left?  The host
 * says in which call it is, with which arguments, and where it will go on: a futex wait without
 * a timeout, on the turn of this slot, in guest_rest, which relies on that argument alone.
 */
bool slot_rests(const struct native_slot *slot)
{
    char path[64], text[256];
    unsigned long args[6], sp, pc;
    long nr;
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", slot->pid, slot->tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len <= 0)
        return false;
    text[len] = '\0';
    if (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %lx %lx", &nr, &args[0], &args[1],
               &args[2], &args[3], &args[4], &args[5], &sp, &pc) != 9)
        return false; /* "running", or a host that does not tell */
    return nr == SYS_futex && args[0] == slot->va + SLOT_TURN &&
           (uint32_t)args[1] == FUTEX_WAIT && args[3] == 0 &&
           pc == STUB_TEXT + shared_stub_export(EXPORT_REST);
}

void slot_renew(struct native_slot *slot)
{
    struct stub_slot *mem = slot->mem;

    /* The next program may read it all.  Another CPU may still park what ran there last. */
    __atomic_store_n(&mem->turn, TURN_KERNEL, __ATOMIC_RELEASE);
    memset(&mem->kind, 0, sizeof(*mem) - offsetof(struct stub_slot, kind));
    mem->guest_sleeps = 1;
    mem->stack_base = slot->va + SLOT_ALTSTACK;
    mem->stack_size = SLOT_ALTSTACK_SIZE;
    mem->pid = (uint32_t)slot->pid;
    mem->tid = (uint32_t)slot->tid;
    slot->stop = SLOT_STOP_REGS;
    slot->fs = UINT64_MAX; /* whatever the last program left there */
    slot->gs = UINT64_MAX;
    memset(&slot->seen, 0, sizeof(slot->seen));
}

void slot_wipe_stack(struct native_slot *slot)
{
    memset((uint8_t *)slot->mem + SLOT_ALTSTACK, 0, SLOT_ALTSTACK_SIZE);
}

void slot_release_all(struct native_space *space)
{
    struct native_slot *slot, *last = NULL;

    for (slot = space->slots; slot != NULL; slot = slot->next) {
        shared_slot_clear((unsigned)(slot - store));
        last = slot;
    }
    if (last == NULL)
        return;
    pthread_mutex_lock(&store_lock);
    last->next = store_free;
    store_free = space->slots;
    pthread_mutex_unlock(&store_lock);
    space->slots = NULL;
    space->slot_count = 0;
}

/* ---- kicks ---- */

static struct slot_cpu {
    struct native_slot *running;  /* published for native_kick() */
    struct native_slot *previous; /* this CPU's own: may still spin */
    pthread_mutex_t kick_lock;    /* held from the look at `running` to the signal */
} ALIGNED(128) slot_cpus[HAL_CPUS_MAX] = {
    [0 ... HAL_CPUS_MAX - 1] = {.kick_lock = PTHREAD_MUTEX_INITIALIZER}};

/* The group id guards against a task that left: its number may be anybody's by now. */
static void slot_kick(struct native_slot *slot)
{
    syscall(SYS_tgkill, slot->pid, slot->tid, STUB_SIG_KICK);
}

void native_kick(unsigned cpu)
{
    struct slot_cpu *c = &slot_cpus[cpu];
    struct native_slot *slot;

    /* The caller made the interrupt visible before; slot_enter() publishes, then looks. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&c->running, __ATOMIC_SEQ_CST) == NULL)
        return;
    pthread_mutex_lock(&c->kick_lock);
    slot = __atomic_load_n(&c->running, __ATOMIC_SEQ_CST);
    if (slot != NULL)
        slot_kick(slot);
    pthread_mutex_unlock(&c->kick_lock);
}

void slot_quiesce_kicks(void)
{
    for (unsigned cpu = 0; cpu < HAL_CPUS_MAX; cpu++) {
        pthread_mutex_lock(&slot_cpus[cpu].kick_lock);
        pthread_mutex_unlock(&slot_cpus[cpu].kick_lock);
    }
}

bool slot_enter(struct native_space *space, struct native_slot *slot)
{
    struct slot_cpu *c = &slot_cpus[machine_cpu()];

    place_slot(space, slot);
    __atomic_store_n(&c->running, slot, __ATOMIC_SEQ_CST);
    if (!machine_irq_pending())
        return true;
    __atomic_store_n(&c->running, NULL, __ATOMIC_RELEASE);
    return false;
}

void slot_leave(void)
{
    __atomic_store_n(&slot_cpus[machine_cpu()].running, NULL, __ATOMIC_RELEASE);
}

/* ---- the turn ---- */

void slot_resume(struct native_slot *slot)
{
    struct stub_slot *mem = slot->mem;

    __atomic_store_n(&mem->turn, TURN_GUEST, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&mem->guest_sleeps, __ATOMIC_SEQ_CST) != 0)
        host_futex(&mem->turn, FUTEX_WAKE, 1, 0);
}

void slot_park(struct native_slot *slot)
{
    uint32_t turn = TURN_KERNEL;

    /* If another CPU has resumed it, or it serves another space by now, nothing is lost: PARK
     * is still our turn. */
    __atomic_compare_exchange_n(&slot->mem->turn, &turn, TURN_PARK, false,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* "Wake the next, then park this one" is twice as fast as the other order: the core is handed
 * from task to task and never idles. */
void slot_park_previous(struct native_slot *now)
{
    struct slot_cpu *c = &slot_cpus[machine_cpu()];
    struct native_slot *before = c->previous;

    c->previous = now;
    if (before != NULL && before != now)
        slot_park(before);
}

static uint32_t slot_turn(const struct stub_slot *mem)
{
    return __atomic_load_n(&mem->turn, __ATOMIC_ACQUIRE);
}

static bool turn_is_ours(uint32_t turn)
{
    return turn != TURN_GUEST && turn != TURN_ORDER;
}

struct native_slot *slot_helper(const struct stub_mapper *m)
{
    struct native_slot *slot;

    if (!place_is_bound() || !place_may_spin())
        return NULL;
    slot = slot_cpus[machine_cpu()].previous;
    if (slot == NULL || slot->pid != m->pid ||
        __atomic_load_n(&slot->mem->guest_sleeps, __ATOMIC_RELAXED) != 0)
        return NULL;
    return slot;
}

bool slot_ask(struct native_slot *slot)
{
    uint32_t turn = __atomic_load_n(&slot->mem->turn, __ATOMIC_RELAXED);

    /* Another CPU may park it at this very moment; that must not look like a hand-over. */
    do {
        if (!turn_is_ours(turn))
            return false;
    } while (!__atomic_compare_exchange_n(&slot->mem->turn, &turn, TURN_ORDER, false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return __atomic_load_n(&slot->mem->guest_sleeps, __ATOMIC_SEQ_CST) == 0;
}

void slot_unask(struct native_slot *slot)
{
    uint32_t turn = TURN_ORDER;

    __atomic_compare_exchange_n(&slot->mem->turn, &turn, TURN_KERNEL, false,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* State and CPU time of a task, from the host.  False: it does not exist. */
static bool slot_task_stat(const struct native_slot *slot, char *state,
                           unsigned long *ticks)
{
    char path[64], text[512];
    const char *p;
    unsigned long user, system;
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", slot->pid, slot->tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len <= 0)
        return false;
    text[len] = '\0';
    p = strrchr(text, ')');
    if (p == NULL || sscanf(p + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                            state, &user, &system) != 3)
        return false;
    *ticks = user + system;
    return true;
}

/* What is known of a task that has been kicked. */
struct kick {
    uint64_t sent_ns; /* 0: not kicked */
    uint64_t look_ns;
    unsigned long ticks;
    unsigned looks, asleep;
};

/*
 * A kicked task is late.  A good one hands over as soon as it gets a core, so one that sleeps,
 * or uses its core and does not come, has blocked the signal or hides in the stub.
 */
static bool slot_is_lost(struct native_slot *slot, struct kick *kick, uint64_t now)
{
    unsigned long ticks = 0;
    char state = 'R';

    if (now < kick->look_ns + SLOT_LOOK_NS)
        return false;
    kick->look_ns = now;
    if (now > kick->sent_ns + SLOT_KICK_MAX_NS || !slot_task_stat(slot, &state, &ticks))
        return true;
    if (kick->looks++ == 0)
        kick->ticks = ticks;
    if (state == 'Z' || state == 'X')
        return true;
    kick->asleep = state == 'S' ? kick->asleep + 1 : 0;
    slot_kick(slot);
    return kick->asleep >= SLOT_KICK_CPU_MAX || ticks > kick->ticks + SLOT_KICK_CPU_MAX;
}

static void slot_kick_once(struct native_slot *slot, struct kick *kick, uint64_t now)
{
    kick->sent_ns = now;
    kick->look_ns = now;
    slot_kick(slot);
}

static bool slot_is_ours(const struct stub_slot *mem)
{
    return turn_is_ours(slot_turn(mem));
}

/* Spin for the turn: true if it came. */
static bool slot_spin(struct native_slot *slot, struct kick *kick)
{
    uint64_t begin = hal_time_ns(), end = 0;

    for (unsigned i = 1;; i++) {
        if (slot_is_ours(slot->mem))
            return true;
        __builtin_ia32_pause();
        if (i % SLOT_SPIN_LOOK != 0)
            continue;
        uint64_t now = hal_time_ns();
        if (slot_turn(slot->mem) == TURN_ORDER && kick->sent_ns == 0 &&
            now < begin + SLOT_ORDER_NS)
            end = now + SLOT_SPIN_NS; /* its time begins when it may run */
        if (kick->sent_ns == 0 && machine_irq_pending()) {
            slot_kick_once(slot, kick, now);
            end = now + SLOT_KICK_SPIN_NS;
        }
        if (end == 0)
            end = now + (kick->sent_ns == 0 ? SLOT_SPIN_NS : SLOT_KICK_SPIN_NS);
        else if (now >= end)
            return false;
    }
}

static void slot_sleep(struct native_slot *slot, const struct kick *kick)
{
    struct stub_slot *mem = slot->mem;
    uint64_t now = hal_time_ns(), timeout = SLOT_LOOK_NS,
             deadline = machine_deadline_ns();
    uint32_t turn;

    if (kick->sent_ns == 0 && deadline != HAL_NEVER)
        timeout = deadline <= now ? 0 : deadline - now;
    if (timeout > SLOT_LOOK_NS)
        timeout = SLOT_LOOK_NS;
    __atomic_store_n(&mem->kernel_sleeps, 1, __ATOMIC_SEQ_CST);
    turn = slot_turn(mem);
    if (!turn_is_ours(turn) && timeout != 0)
        host_futex(&mem->turn, FUTEX_WAIT, turn, timeout);
    __atomic_store_n(&mem->kernel_sleeps, 0, __ATOMIC_RELAXED);
}

/* Give the core away until the turn comes: true if it did.  A round that takes long has let
 * others in, who may keep the core from us for as long again each time. */
static bool slot_yield(struct native_slot *slot)
{
    uint64_t end = hal_time_ns() + SLOT_SPIN_NS;

    while (place_may_yield() && !machine_irq_pending() && hal_time_ns() < end) {
        place_yield();
        if (slot_is_ours(slot->mem))
            return true;
    }
    return slot_is_ours(slot->mem);
}

/* The first, sleepless part of a wait. */
static bool slot_wait_awake(struct native_space *space, struct native_slot *slot,
                            struct kick *kick)
{
    if (place_may_spin() ? slot_spin(slot, kick) : slot_yield(slot))
        return true;
    if (mapper_is_busy(&space->mapper))
        mapper_call(
            &space->mapper); /* the task was asked to, but who knows what it does */
    return slot_is_ours(slot->mem);
}

/* Its order is not carried out yet, so it cannot come. */
static bool slot_waits_for(const struct native_slot *slot, const struct stub_mapper *m)
{
    return slot_turn(slot->mem) == TURN_ORDER && mapper_is_busy(m);
}

enum slot_event slot_wait(struct native_space *space, struct native_slot *slot)
{
    struct kick kick = {0};
    enum slot_event event = SLOT_HANDED_OVER;
    uint64_t now;

    if (slot_wait_awake(space, slot, &kick))
        goto out;
    for (;;) {
        slot_sleep(slot, &kick);
        if (slot_is_ours(slot->mem))
            break;
        now = hal_time_ns();
        if (machine_irq_pending() && kick.sent_ns == 0) {
            slot_kick_once(slot, &kick, now);
            if (place_may_spin() && slot_spin(slot, &kick)) /* it comes at once */
                break;
        }
        if (slot_waits_for(slot, &space->mapper))
            kick.look_ns = now; /* not the task's fault */
        if (kick.sent_ns != 0
                ? slot_is_lost(slot, &kick, now)
                : mapper_is_dead(&space->mapper) || mapper_has_failed(&space->mapper)) {
            event = SLOT_LOST;
            break;
        }
    }
out:
    slot_leave();
    return event;
}
