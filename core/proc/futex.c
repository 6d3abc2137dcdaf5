/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting and waking.
 *
 * A waiter queues itself first and reads the word then, without the bucket's lock, because the
 * read may fault and sleep.  A waker changes the word and looks at the queue then.  So either
 * the waiter sees the new value or the waker sees the waiter.  One who was woken although it
 * would not have slept passes the wake on to the next.
 */
#include "proc/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "lib/atomic.h"
#include "lib/hash.h"
#include "proc/futex_priv.h"

struct futex_bucket futex_buckets[FUTEX_BUCKETS];

void futex_init(void)
{
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
        spin_init(&futex_buckets[i].lock, "futex.bucket");
        list_init(&futex_buckets[i].waiters);
    }
}

struct futex_bucket *futex_bucket_of(const struct vm_key *key)
{
    return &futex_buckets[hash_u64(key->a ^ hash_u64(key->b)) % FUTEX_BUCKETS];
}

static bool key_eq(const struct vm_key *x, const struct vm_key *y)
{
    return x->a == y->a && x->b == y->b;
}

int futex_key(struct futex_ref f, struct vm_key *key)
{
    if (f.va % sizeof(uint32_t) != 0)
        return -EINVAL;
    return vm_key_of(f.va, f.shared, key);
}

static void count_add(struct futex_bucket *b, int32_t n)
{
    atomic_store_relaxed(&b->count, b->count + (uint32_t)n);
}

void futex_enqueue(struct futex_waiter *w)
{
    struct futex_bucket *b = futex_bucket_of(&w->key);

    list_init(&w->link);
    spin_lock(&b->lock);
    atomic_store(&w->bucket, b);
    list_add_tail(&w->link, &b->waiters);
    count_add(b, 1);
    spin_unlock(&b->lock);
    atomic_fence(); /* before the word is read */
}

bool futex_dequeue(struct futex_waiter *w)
{
    struct futex_bucket *b;

    while ((b = atomic_load(&w->bucket)) != NULL) {
        bool ours;

        spin_lock(&b->lock);
        ours = atomic_load_relaxed(&w->bucket) == b; /* it may have been moved */
        if (ours) {
            list_del(&w->link);
            count_add(b, -1);
            atomic_store_relaxed(&w->bucket, NULL);
        }
        spin_unlock(&b->lock);
        if (ours)
            return true;
    }
    return false;
}

void futex_wake_waiter_locked(struct futex_waiter *w)
{
    struct thread *thread = w->thread;

    thread_get(thread);
    list_del(&w->link);
    count_add(w->bucket, -1);
    atomic_store(&w->bucket, NULL);
    thread_wake(thread);
    thread_put(thread);
}

uint32_t futex_wake_key(const struct vm_key *key, uint32_t n, uint32_t bitset, bool pi)
{
    struct futex_bucket *b = futex_bucket_of(key);
    struct futex_waiter *w, *tmp;
    uint32_t woken = 0;

    atomic_fence(); /* after the word was changed */
    if (atomic_load_relaxed(&b->count) == 0)
        return 0;
    spin_lock(&b->lock);
    list_for_each_entry_safe (w, tmp, &b->waiters, link) {
        if (woken == n)
            break;
        if (w->pi != pi || !(w->bitset & bitset) || !key_eq(&w->key, key))
            continue;
        futex_wake_waiter_locked(w);
        woken++;
    }
    spin_unlock(&b->lock);
    return woken;
}

int64_t futex_wake(struct futex_ref f, uint32_t n, uint32_t bitset)
{
    struct vm_key key;
    int err;

    if (bitset == 0)
        return -EINVAL;
    err = futex_key(f, &key);
    if (err != 0)
        return err;
    return futex_wake_key(&key, n, bitset, false);
}

int futex_sleep(struct futex_waiter *w, uint64_t deadline_ns)
{
    int err = 0;

    for (;;) {
        wait_prepare_alone(THREAD_SLEEPING);
        if (!atomic_load(&w->bucket) || err != 0)
            break;
        err = wait_sleep(deadline_ns);
    }
    atomic_store(&w->thread->state, THREAD_RUNNABLE);
    return atomic_load(&w->bucket) ? err : 0;
}

/* Queued: sleep if the word still holds `val`. */
static int wait_queued(struct futex_waiter *w, uint64_t va, uint32_t val,
                       uint64_t deadline_ns)
{
    uint32_t now;
    int err = get_user32(&now, va);

    if (err == 0 && now != val)
        err = -EAGAIN;
    if (err != 0) {
        if (!futex_dequeue(w))
            (void)futex_wake_key(&w->key, 1, w->bitset, false);
        return err;
    }
    err = futex_sleep(w, deadline_ns);
    return futex_dequeue(w) ? err : 0;
}

static int64_t wait_restart(struct task *t)
{
    struct futex_ref f = {.va = t->restart.arg[0], .shared = t->restart.arg[1]};

    return futex_wait(t, f, (uint32_t)t->restart.arg[2], (uint32_t)t->restart.arg[3],
                      t->restart.arg[4]);
}

int64_t futex_wait(struct task *t, struct futex_ref f, uint32_t val, uint32_t bitset,
                   uint64_t deadline_ns)
{
    struct futex_waiter w = {.thread = t->thread, .bitset = bitset};
    int err;

    if (bitset == 0)
        return -EINVAL;
    err = futex_key(f, &w.key);
    if (err != 0)
        return err;
    futex_enqueue(&w);
    err = wait_queued(&w, f.va, val, deadline_ns);
    if (err != -ERESTARTSYS || deadline_ns == HAL_NEVER)
        return err;
    t->restart = (struct restart_block){
        .fn = wait_restart, .arg = {f.va, f.shared, val, bitset, deadline_ns}};
    return -ERESTART_RESTARTBLOCK;
}

static void lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
    if (a == b) {
        spin_lock(&a->lock);
        return;
    }
    spin_lock(a < b ? &a->lock : &b->lock);
    spin_lock_nested(a < b ? &b->lock : &a->lock, 1);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
    spin_unlock(&a->lock);
    if (a != b)
        spin_unlock(&b->lock);
}

/* Both buckets locked: wake `n`, move `move`; *moved of them. */
static uint32_t requeue_locked(const struct vm_key *from, const struct vm_key *to,
                               uint32_t n, uint32_t move, uint32_t *moved)
{
    struct futex_bucket *source = futex_bucket_of(from);
    struct futex_bucket *target = futex_bucket_of(to);
    struct futex_waiter *w, *tmp;
    uint32_t woken = 0;

    *moved = 0;
    list_for_each_entry_safe (w, tmp, &source->waiters, link) {
        if (w->pi || !key_eq(&w->key, from))
            continue;
        if (woken < n) {
            futex_wake_waiter_locked(w);
            woken++;
        } else if (*moved < move) {
            w->key = *to;
            list_move_tail(&w->link, &target->waiters);
            count_add(source, -1);
            count_add(target, 1);
            atomic_store(&w->bucket, target);
            (*moved)++;
        } else {
            break;
        }
    }
    return woken;
}

int64_t futex_requeue(struct futex_ref from, struct futex_ref to, uint32_t n,
                      uint32_t move, const uint32_t *expected)
{
    struct vm_key from_key, to_key;
    struct futex_bucket *a, *b;
    uint32_t woken, moved, now;
    int err = futex_key(from, &from_key);

    if (err == 0)
        err = futex_key(to, &to_key);
    if (err == 0 && expected)
        err = get_user32(&now, from.va);
    if (err != 0)
        return err;
    if (expected && now != *expected)
        return -EAGAIN;
    if (key_eq(&from_key, &to_key))
        move = 0; /* they are where they should be; moving them would not end */
    a = futex_bucket_of(&from_key);
    b = futex_bucket_of(&to_key);
    lock_two(a, b);
    woken = requeue_locked(&from_key, &to_key, n, move, &moved);
    unlock_two(a, b);
    return expected ? (int64_t)woken + moved : woken;
}

static int32_t sign_extend12(uint32_t v)
{
    return (int32_t)(v << 20) >> 20;
}

static uint32_t op_apply(uint32_t op, uint32_t old, uint32_t arg)
{
    switch (op) {
    case ABI_FUTEX_OP_SET:
        return arg;
    case ABI_FUTEX_OP_ADD:
        return old + arg;
    case ABI_FUTEX_OP_OR:
        return old | arg;
    case ABI_FUTEX_OP_ANDN:
        return old & ~arg;
    default:
        return old ^ arg;
    }
}

static bool op_compare(uint32_t cmp, int32_t old, int32_t arg)
{
    switch (cmp) {
    case ABI_FUTEX_OP_CMP_EQ:
        return old == arg;
    case ABI_FUTEX_OP_CMP_NE:
        return old != arg;
    case ABI_FUTEX_OP_CMP_LT:
        return old < arg;
    case ABI_FUTEX_OP_CMP_LE:
        return old <= arg;
    case ABI_FUTEX_OP_CMP_GT:
        return old > arg;
    default:
        return old >= arg;
    }
}

int64_t futex_wake_op(struct futex_ref f, struct futex_ref g, uint32_t n, uint32_t m,
                      uint32_t op)
{
    uint32_t kind = op >> 28 & 7, cmp = op >> 24 & 15;
    uint32_t arg = (uint32_t)sign_extend12(op >> 12 & 0xfff);
    struct vm_key f_key, g_key;
    uint32_t old, expected;
    int64_t woken;
    int err;

    if (kind > ABI_FUTEX_OP_XOR || cmp > ABI_FUTEX_OP_CMP_GE)
        return -ENOSYS;
    if (op >> 28 & ABI_FUTEX_OP_ARG_SHIFT)
        arg = 1u << (arg & 31);
    err = futex_key(f, &f_key);
    if (err == 0)
        err = futex_key(g, &g_key);
    if (err == 0)
        err = get_user32(&old, g.va);
    do {
        if (err != 0)
            return err;
        expected = old;
        err = cmpxchg_user32(g.va, expected, op_apply(kind, expected, arg), &old);
    } while (err != 0 || old != expected);
    woken = futex_wake_key(&f_key, n, ABI_FUTEX_BITSET_ALL, false);
    if (op_compare(cmp, (int32_t)old, sign_extend12(op & 0xfff)))
        woken += futex_wake_key(&g_key, m, ABI_FUTEX_BITSET_ALL, false);
    return woken;
}
