/* SPDX-License-Identifier: BSD-2-Clause */
/* What a task that leaves its memory does for those who wait for its locks. */
#include "proc/futex_priv.h"

#include "abi/errno.h"
#include "abi/futex.h"

/* The word of a lock that the exiting task may hold.  Faults are the program's loss. */
static void release_dead(struct task *t, uint64_t va, bool pi)
{
    struct futex_ref f = {.va = va, .shared = true};
    struct vm_key key;
    uint32_t word, seen;

    if (futex_key(f, &key) != 0 || get_user32(&word, va) != 0)
        return;
    for (;;) {
        uint32_t want = (word & ABI_FUTEX_WAITERS) | ABI_FUTEX_OWNER_DIED;

        if ((word & ABI_FUTEX_TID_MASK) != (uint32_t)t->tid)
            return;
        if (cmpxchg_user32(va, word, want, &seen) != 0)
            return;
        if (seen == word)
            break;
        word = seen;
    }
    if (pi || (word & ABI_FUTEX_WAITERS))
        (void)futex_wake_key(&key, 1, ABI_FUTEX_BITSET_ALL, pi);
}

/* An entry's address carries in its bit 0 that its futex is a PI one. */
static void release_entry(struct task *t, uint64_t entry, int64_t offset)
{
    if ((entry & ~UINT64_C(1)) != 0)
        release_dead(t, (entry & ~UINT64_C(1)) + (uint64_t)offset, entry & 1);
}

static void walk_robust_list(struct task *t)
{
    struct abi_robust_list_head head;
    uint64_t end = t->robust_list;
    uint64_t entry;

    if (end == 0 || copy_from_user(&head, end, sizeof(head)) != 0)
        return;
    entry = head.list;
    for (unsigned i = 0; i < ABI_ROBUST_LIST_MAX; i++) {
        uint64_t next;
        int err;

        if ((entry & ~UINT64_C(1)) == end)
            break;
        err =
            get_user64(&next, entry & ~UINT64_C(1)); /* the waiter may free it at once */
        if (entry != head.list_op_pending)
            release_entry(t, entry, head.futex_offset);
        if (err != 0)
            break;
        entry = next;
    }
    release_entry(t, head.list_op_pending, head.futex_offset);
}

void futex_task_exit(struct task *t)
{
    struct futex_ref child = {.va = t->clear_child_tid, .shared = true};
    struct vm_key key;

    walk_robust_list(t);
    t->robust_list = 0;
    futex_pi_owner_exits(t);
    if (child.va != 0 && put_user32(child.va, 0) == 0 && futex_key(child, &key) == 0)
        (void)futex_wake_key(&key, 1, ABI_FUTEX_BITSET_ALL, false);
    t->clear_child_tid = 0;
}
