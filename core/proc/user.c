/* SPDX-License-Identifier: BSD-2-Clause */
/* How many tasks each real user id has, for RLIMIT_NPROC.  An account exists while it counts. */
#include "proc/proc_priv.h"

#include "lib/hash.h"
#include "mm/slab.h"

#define ACCOUNT_BITS 6

static struct spinlock account_lock = SPINLOCK_INIT("proc.account"); /* innermost */
static struct list_node accounts[1u << ACCOUNT_BITS]; /* list heads, made on first use */

static struct list_node *bucket_of(uint32_t uid)
{
    struct list_node *head = &accounts[hash_index(hash_u64(uid), ACCOUNT_BITS)];

    if (!head->next)
        list_init(head);
    return head;
}

static struct user_account *account_find(uint32_t uid)
{
    struct list_node *head = bucket_of(uid);
    struct user_account *u;

    list_for_each_entry (u, head, link) {
        if (u->uid == uid)
            return u;
    }
    return NULL;
}

struct user_account *user_account_get(uint32_t uid)
{
    struct user_account *fresh = kzalloc(sizeof(*fresh)), *u;
    bool irq;

    if (!fresh)
        return NULL;
    irq = spin_lock_irqsave(&account_lock);
    u = account_find(uid);
    if (!u) {
        u = fresh;
        u->uid = uid;
        list_add(&u->link, bucket_of(uid));
        fresh = NULL;
    }
    atomic_store_relaxed(&u->tasks, u->tasks + 1);
    spin_unlock_irqrestore(&account_lock, irq);
    kfree(fresh);
    return u;
}

void user_account_put(struct user_account *u)
{
    bool irq = spin_lock_irqsave(&account_lock);

    kassert(u->tasks > 0);
    atomic_store_relaxed(&u->tasks, u->tasks - 1);
    if (u->tasks == 0)
        list_del(&u->link);
    else
        u = NULL;
    spin_unlock_irqrestore(&account_lock, irq);
    kfree(u);
}

uint32_t user_account_tasks(const struct user_account *u)
{
    return atomic_load_relaxed(&u->tasks);
}
