/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of pending signals: a bit for each signal, and siginfo for those that have one.
 *
 * The bit is the truth; siginfo may be missing when memory or the limit was short.  Standard
 * signals have at most one entry, real-time ones any number, taken in the order of sending.
 */
#include "proc/proc_priv.h"

#include "abi/errno.h"
#include "mm/slab.h"

struct sigqueue {
    struct list_node link;
    struct abi_siginfo info;
};

/* What an instruction did to itself is delivered before what others have sent. */
#define SYNCHRONOUS                                                                      \
    (ABI_SIGMASK(SIGSEGV) | ABI_SIGMASK(SIGBUS) | ABI_SIGMASK(SIGILL) |                  \
     ABI_SIGMASK(SIGTRAP) | ABI_SIGMASK(SIGFPE) | ABI_SIGMASK(SIGSYS))

static struct kmem_cache *queue_cache;

void signal_init(void)
{
    queue_cache = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0);
    if (!queue_cache)
        kpanic("proc: no memory for signals");
}

void sigqueue_init(struct sigqueue_set *q)
{
    q->pending = 0;
    list_init(&q->queue);
}

static void entry_free(struct process *p, struct sigqueue *e)
{
    list_del(&e->link);
    kassert(p->sigqueue_count > 0);
    p->sigqueue_count--;
    kmem_cache_free(queue_cache, e);
}

void sigqueue_flush(struct process *p, struct sigqueue_set *q, uint64_t mask)
{
    struct sigqueue *e, *next;

    if (!(q->pending & mask))
        return;
    q->pending &= ~mask;
    list_for_each_entry_safe (e, next, &q->queue, link) {
        if (ABI_SIGMASK(e->info.signo) & mask)
            entry_free(p, e);
    }
}

/* Sent by the kernel or with kill(2), a standard signal goes over the limit. */
static bool limit_allows(const struct process *p, int signo,
                         const struct abi_siginfo *info)
{
    if (signo < ABI_SIGRTMIN && info->code >= 0)
        return true;
    return p->sigqueue_count < p->rlimits[RLIMIT_SIGPENDING].cur;
}

int sigqueue_add(struct process *p, struct sigqueue_set *q, int signo,
                 const struct abi_siginfo *info)
{
    struct sigqueue *e = NULL;

    if (signo != SIGKILL && limit_allows(p, signo, info))
        e = kmem_cache_alloc(queue_cache);
    if (e) {
        e->info = *info;
        e->info.signo = signo;
        list_init(&e->link);
        list_add_tail(&e->link, &q->queue);
        p->sigqueue_count++;
    } else if (signo >= ABI_SIGRTMIN && info->code != SI_USER &&
               info->code != SI_KERNEL) {
        return -EAGAIN;
    }
    q->pending |= ABI_SIGMASK(signo);
    return 0;
}

/* The first entry of `signo`; *more: there is another one. */
static struct sigqueue *entry_find(struct sigqueue_set *q, int signo, bool *more)
{
    struct sigqueue *e, *first = NULL;

    *more = false;
    list_for_each_entry (e, &q->queue, link) {
        if (e->info.signo != signo)
            continue;
        if (first) {
            *more = true;
            break;
        }
        first = e;
    }
    return first;
}

int sigqueue_take(struct process *p, struct sigqueue_set *q, uint64_t allowed,
                  struct abi_siginfo *info)
{
    uint64_t ready = q->pending & allowed;
    struct sigqueue *e;
    bool more;
    int signo;

    if (!ready)
        return 0;
    if (ready & SYNCHRONOUS)
        ready &= SYNCHRONOUS;
    signo = __builtin_ctzll(ready) + 1;
    e = entry_find(q, signo, &more);
    if (e) {
        *info = e->info;
        entry_free(p, e);
    } else {
        *info = (struct abi_siginfo){.signo = signo, .code = SI_USER};
    }
    if (!more)
        q->pending &= ~ABI_SIGMASK(signo);
    return signo;
}

bool signal_timer_overrun(struct process *p, struct task *t, int32_t id, uint32_t more,
                          uint32_t *total)
{
    struct sigqueue_set *q = t ? &t->pending : &p->pending;
    bool irq = spin_lock_irqsave(&p->signal_lock);
    struct sigqueue *e;
    bool found = false;

    list_for_each_entry (e, &q->queue, link) {
        uint64_t sum, max = INT32_MAX;

        if (e->info.code != SI_TIMER || e->info.timer.id != id)
            continue;
        sum = (uint64_t)(uint32_t)e->info.timer.overrun + more;
        e->info.timer.overrun = (int32_t)MIN(sum, max);
        *total = (uint32_t)e->info.timer.overrun;
        found = true;
        break;
    }
    spin_unlock_irqrestore(&p->signal_lock, irq);
    return found;
}
