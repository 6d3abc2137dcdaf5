/* SPDX-License-Identifier: BSD-2-Clause */
/* Out of memory: choose a victim by size and oom_score_adj (proc(5)), and kill it. */
#include "proc/oom.h"

#include "mm/frame.h"
#include "proc/proc_priv.h"
#include "trace/log.h"

#define ADJ_NEVER (-1000)
#define ADJ_SCALE 1000

/* Pages that the process holds, shifted by thousandths of all memory; 0: not to be killed.
 * p->signal_lock is held. */
static uint64_t badness(const struct process *p, uint64_t total)
{
    const struct vm_space *s = p->space;
    int64_t pages;

    if (!s || p->is_init || p->oom_score_adj == ADJ_NEVER)
        return 0;
    pages = (int64_t)(atomic_load_relaxed(&s->rss_anon) +
                      atomic_load_relaxed(&s->rss_file) + s->pt.table_frames);
    pages += (int64_t)total / ADJ_SCALE * p->oom_score_adj;
    return pages > 0 ? (uint64_t)pages : 1;
}

/* The worst process, with a reference, or NULL.  *dying: one is on its way out already. */
static struct process *choose(bool *dying)
{
    struct process *worst = NULL;
    struct frame_stats stats;
    uint64_t most = 0;
    struct pid *n;
    bool irq;

    frame_stats(&stats);
    *dying = false;
    irq = spin_lock_irqsave(&proc_tree_lock);
    for (n = pid_next_locked(1); n; n = pid_next_locked(n->nr + 1)) {
        struct process *p = n->process;
        uint64_t score;

        if (!p || p->kernel)
            continue;
        spin_lock(&p->signal_lock);
        score = badness(p, stats.total);
        if (score && p->group_exit)
            *dying = true;
        spin_unlock(&p->signal_lock);
        if (score > most) {
            most = score;
            worst = p;
        }
    }
    if (worst)
        process_get(worst);
    spin_unlock_irqrestore(&proc_tree_lock, irq);
    return worst;
}

bool oom_kill(void)
{
    struct process *victim;
    bool dying;

    victim = choose(&dying);
    if (!victim)
        return false;
    if (!dying) {
        log_warn("proc", "out of memory: killed %s[%d]", victim->comm, victim->pid);
        signal_send_process(victim, SIGKILL, NULL);
    }
    process_put(victim);
    return true;
}

void oom_init(void)
{
    vm_set_oom_handler(oom_kill);
}
