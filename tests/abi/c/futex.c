/* SPDX-License-Identifier: BSD-2-Clause */
/* Futexes: the call itself, then what C libraries build on it, across threads and processes. */
#define _GNU_SOURCE
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "child.h"

#define PAGE 4096

static long futex(volatile void *word, int op, uint32_t val, const void *timeout,
                  volatile void *word2, uint32_t val3)
{
    return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

static void *shared_page(void)
{
    void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

/* Children that wait on word[0]; `woken` counts those that woke. */
struct waiters {
    volatile uint32_t word, second, started, woken, failed;
};

static void wait_in_child(struct waiters *w, int op, uint32_t bits)
{
    if (child_fork() == 0) {
        __atomic_add_fetch(&w->started, 1, __ATOMIC_SEQ_CST);
        if (futex(&w->word, op, 0, NULL, NULL, bits) == 0)
            __atomic_add_fetch(&w->woken, 1, __ATOMIC_SEQ_CST);
        else
            __atomic_add_fetch(&w->failed, 1, __ATOMIC_SEQ_CST);
        _exit(0);
    }
}

/* Until `n` children sleep in the call: there is no way to ask but time. */
static void settle(struct waiters *w, uint32_t n)
{
    while (w->started < n)
        usleep(1000);
    usleep(100000);
}

static void wait_for_woken(struct waiters *w, uint32_t n)
{
    for (int i = 0; i < 3000 && w->woken < n; i++)
        usleep(1000);
    CHECK(w->woken == n);
}

static void reap_all(void)
{
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

static void wait_and_wake(void)
{
    struct waiters *w = shared_page();

    CHECK_ERRNO(futex(&w->word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
    CHECK(futex(&w->word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 0);
    for (int i = 0; i < 5; i++)
        wait_in_child(w, FUTEX_WAIT, 0);
    settle(w, 5);
    CHECK(w->woken == 0);
    CHECK(futex(&w->word, FUTEX_WAKE_PRIVATE, 5, NULL, NULL, 0) == 0); /* another key */
    CHECK(futex(&w->word, FUTEX_WAKE, 2, NULL, NULL, 0) == 2);
    wait_for_woken(w, 2);
    CHECK(futex(&w->word, FUTEX_WAKE, 100, NULL, NULL, 0) == 3);
    wait_for_woken(w, 5);
    reap_all();
    CHECK_ERRNO(futex((char *)&w->word + 1, FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex((void *)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(&w->word, 63, 0, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(&w->word, FUTEX_WAIT, 0, (void *)16, NULL, 0), EFAULT);
    struct timespec bad = {.tv_nsec = 1000000000};
    CHECK_ERRNO(futex(&w->word, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
    uint32_t *readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERRNO(futex(readonly, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0), EAGAIN);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void timeouts(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    struct timespec t = {.tv_nsec = 50000000}, now;
    uint32_t word = 0;
    double start = seconds_now();

    CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0), ETIMEDOUT);
    CHECK(seconds_now() - start >= 0.05);
    clock_gettime(CLOCK_MONOTONIC, &now);
    now.tv_nsec += 50000000;
    if (now.tv_nsec >= 1000000000) {
        now.tv_nsec -= 1000000000;
        now.tv_sec++;
    }
    start = seconds_now();
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, &now, NULL, FUTEX_BITSET_MATCH_ANY),
                ETIMEDOUT);
    CHECK(seconds_now() - start >= 0.045);
    now = (struct timespec){.tv_nsec = 1}; /* long ago */
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, &now, NULL, 1), ETIMEDOUT);
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &now, NULL, 1),
                ETIMEDOUT);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL); /* no bit */
    sigaction(SIGALRM, &sa, NULL);
    ualarm(30000, 0);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EINTR);
    sa.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &sa, NULL);
    ualarm(30000, 0);
    t.tv_nsec = 200000000;
    start = seconds_now();
    CHECK(futex(&word, FUTEX_WAIT, 0, &t, NULL, 0) == -1);
    CHECK(errno == ETIMEDOUT ? seconds_now() - start >= 0.19 : errno == EINTR);
}

static void bitsets(void)
{
    struct waiters *w = shared_page();

    wait_in_child(w, FUTEX_WAIT_BITSET, 1);
    wait_in_child(w, FUTEX_WAIT_BITSET, 2);
    wait_in_child(w, FUTEX_WAIT_BITSET, 3);
    wait_in_child(w, FUTEX_WAIT, 0);
    settle(w, 4);
    CHECK(futex(&w->word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 1) == 3);
    wait_for_woken(w, 3);
    CHECK(futex(&w->word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 1) == 0);
    CHECK(futex(&w->word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2) == 1);
    wait_for_woken(w, 4);
    CHECK_ERRNO(futex(&w->word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
    reap_all();
}

static void requeue(void)
{
    struct waiters *w = shared_page();

    for (int i = 0; i < 4; i++)
        wait_in_child(w, FUTEX_WAIT, 0);
    settle(w, 4);
    CHECK_ERRNO(futex(&w->word, FUTEX_CMP_REQUEUE, 1, (void *)INT_MAX, &w->second, 7),
                EAGAIN);
    CHECK(futex(&w->word, FUTEX_CMP_REQUEUE, 1, (void *)2, &w->second, 0) == 3);
    wait_for_woken(w, 1);
    CHECK(futex(&w->second, FUTEX_WAKE, 10, NULL, NULL, 0) == 2);
    wait_for_woken(w, 3);
    CHECK(futex(&w->word, FUTEX_REQUEUE, 0, (void *)10, &w->second, 0) == 0 ||
          w->woken == 3); /* FUTEX_REQUEUE counts only those woken */
    CHECK(futex(&w->second, FUTEX_WAKE, 10, NULL, NULL, 0) == 1);
    wait_for_woken(w, 4);
    reap_all();
    CHECK_ERRNO(futex(&w->word, FUTEX_CMP_REQUEUE, -1, (void *)1, &w->second, 0), EINVAL);
}

static void wake_op(void)
{
    struct waiters *w = shared_page();
    volatile uint32_t other = 5;

    wait_in_child(w, FUTEX_WAIT, 0);
    wait_in_child(w, FUTEX_WAIT, 0);
    settle(w, 2);
    /* other = other + 3; wake 1 on word; the old value was not 9: none on other */
    CHECK(futex(&w->word, FUTEX_WAKE_OP, 1, (void *)5, &other,
                FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 9)) == 1);
    CHECK(other == 8);
    wait_for_woken(w, 1);
    /* the first word has none any more at `other`; the second is w->word: 8 == 8 */
    CHECK(futex(&other, FUTEX_WAKE_OP, 1, (void *)5, &w->word,
                FUTEX_OP(FUTEX_OP_SET, 4, FUTEX_OP_CMP_LT, 1)) == 1);
    CHECK(w->word == 4);
    wait_for_woken(w, 2);
    CHECK(futex(&w->word, FUTEX_WAKE_OP, 0, NULL, &other,
                FUTEX_OP(FUTEX_OP_OR, 3, FUTEX_OP_CMP_EQ, 0)) == 0 &&
          other == 11);
    CHECK(futex(&w->word, FUTEX_WAKE_OP, 0, NULL, &other,
                FUTEX_OP(FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_NE, 0)) == 0 &&
          other == 10);
    CHECK(futex(&w->word, FUTEX_WAKE_OP, 0, NULL, &other,
                FUTEX_OP((FUTEX_OP_XOR | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_GT, 0)) ==
              0 &&
          other == 26);
    CHECK_ERRNO(futex(&w->word, FUTEX_WAKE_OP, 0, NULL, (void *)16, 0), EFAULT);
    reap_all();
}

/* A key is the place in the file, not the address: two mappings, one futex. */
static void two_mappings(void)
{
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct waiters *w, *again;

    CHECK(ftruncate(fd, PAGE) == 0);
    w = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    again = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(w != MAP_FAILED && again != MAP_FAILED && w != again);
    wait_in_child(w, FUTEX_WAIT, 0);
    settle(again, 1);
    CHECK(futex(&again->word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
    wait_for_woken(again, 1);
    reap_all();
}

struct robust {
    pthread_mutex_t mutex;
    volatile int value;
};

static struct robust *robust_make(void)
{
    struct robust *r = shared_page();
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    CHECK(pthread_mutex_init(&r->mutex, &attr) == 0);
    return r;
}

/* The owner dies with it: the next one hears so. */
static void robust_death(void)
{
    struct robust *r = robust_make();

    for (int how = 0; how < 3; how++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            pthread_mutex_lock(&r->mutex);
            r->value = how + 1;
            if (how == 1)
                kill(getpid(), SIGKILL);
            usleep(how == 2 ? 100000 : 0); /* the parent waits already */
            _exit(0);
        }
        while (r->value != how + 1)
            usleep(1000);
        if (how < 2)
            CHECK(child_wait(pid) >= 0);
        CHECK(pthread_mutex_lock(&r->mutex) == EOWNERDEAD);
        CHECK(pthread_mutex_consistent(&r->mutex) == 0);
        CHECK(pthread_mutex_unlock(&r->mutex) == 0);
        CHECK(pthread_mutex_lock(&r->mutex) == 0 && pthread_mutex_unlock(&r->mutex) == 0);
        if (how == 2)
            CHECK(child_wait(pid) == 0);
    }
    pid_t pid = child_fork();
    if (pid == 0) {
        pthread_mutex_lock(&r->mutex);
        execl("/proc/self/exe", "futex", "--exit", NULL); /* exec releases too */
        _exit(1);
    }
    CHECK(child_wait(pid) == 0);
    CHECK(pthread_mutex_lock(&r->mutex) == EOWNERDEAD);
    CHECK(pthread_mutex_unlock(&r->mutex) == 0); /* not made consistent */
    CHECK(pthread_mutex_lock(&r->mutex) == ENOTRECOVERABLE);
}

/* Lists that a hostile program made: the kernel neither loops nor dies. */
static void robust_hostile(void)
{
    static struct robust_list_head head;
    static struct robust_list a, b;
    struct robust_list_head *bad[4] = {(void *)16, NULL, &head, &head};

    for (int i = 0; i < 4; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            head.list.next = i == 2 ? &a : (void *)24;
            a.next = &b;
            b.next = &a; /* for ever */
            head.futex_offset = i == 3 ? (long)0x7ffffffffffffff0 : 8;
            head.list_op_pending = i == 3 ? (void *)0xffffffffffffffff : &b;
            syscall(SYS_set_robust_list, bad[i], sizeof(head));
            _exit(0);
        }
        CHECK(child_wait(pid) == 0);
    }
    CHECK_ERRNO(syscall(SYS_set_robust_list, &head, 5), EINVAL);
}

static void pi_mutex(void)
{
    pthread_mutexattr_t attr;
    struct robust *r = shared_page();
    volatile uint32_t word = 0;

    CHECK(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0 &&
          word == (uint32_t)getpid());
    CHECK_ERRNO(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0 && word == 0);
    word = 1;
    CHECK_ERRNO(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
    word = 99999999;
    CHECK_ERRNO(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    CHECK(pthread_mutex_init(&r->mutex, &attr) == 0);
    for (int p = 0; p < 4; p++)
        if (child_fork() == 0) {
            for (int i = 0; i < 500; i++) {
                if (pthread_mutex_lock(&r->mutex))
                    _exit(1);
                r->value++;
                if (i % 50 == 0)
                    sched_yield();
                if (pthread_mutex_unlock(&r->mutex))
                    _exit(2);
            }
            _exit(0);
        }
    for (int p = 0; p < 4; p++)
        CHECK(child_wait(-1) == 0);
    CHECK(r->value == 2000);
}

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t more, room;
    int items[4], count;
    long sum;
};

/* Producers and consumers in different processes. */
static void shared_condition(void)
{
    enum { PRODUCERS = 3, EACH = 200 };
    struct queue *q = shared_page();
    pthread_mutexattr_t ma;
    pthread_condattr_t ca;
    long sum = 0;

    pthread_mutexattr_init(&ma);
    pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&ca);
    pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&q->mutex, &ma);
    pthread_cond_init(&q->more, &ca);
    pthread_cond_init(&q->room, &ca);
    for (int p = 0; p < PRODUCERS; p++)
        if (child_fork() == 0) {
            for (int i = 1; i <= EACH; i++) {
                pthread_mutex_lock(&q->mutex);
                while (q->count == 4)
                    pthread_cond_wait(&q->room, &q->mutex);
                q->items[q->count++] = i;
                pthread_cond_signal(&q->more);
                pthread_mutex_unlock(&q->mutex);
            }
            _exit(0);
        }
    for (int i = 0; i < PRODUCERS * EACH; i++) {
        pthread_mutex_lock(&q->mutex);
        while (q->count == 0)
            pthread_cond_wait(&q->more, &q->mutex);
        sum += q->items[--q->count];
        pthread_cond_broadcast(&q->room);
        pthread_mutex_unlock(&q->mutex);
    }
    CHECK(sum == PRODUCERS * EACH * (EACH + 1l) / 2);
    for (int p = 0; p < PRODUCERS; p++)
        CHECK(child_wait(-1) == 0);
}

static void shared_semaphore(void)
{
    sem_t *s = shared_page();
    struct timespec soon;

    CHECK(sem_init(s, 1, 0) == 0);
    if (child_fork() == 0) {
        for (int i = 0; i < 100; i++)
            sem_post(s);
        _exit(0);
    }
    for (int i = 0; i < 100; i++)
        CHECK(sem_wait(s) == 0);
    CHECK(child_wait(-1) == 0);
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 30000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_nsec -= 1000000000;
        soon.tv_sec++;
    }
    CHECK_ERRNO(sem_timedwait(s, &soon), ETIMEDOUT);
}

static volatile int tid_word = 1;

static int clone_main(void *arg)
{
    (void)arg;
    usleep(30000);
    return 0;
}

/* At the end of a thread the kernel clears a word and wakes one waiter. */
static void clear_child_tid(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    int tid = clone(clone_main, stack + sizeof(stack),
                    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                        CLONE_SYSVSEM | CLONE_CHILD_CLEARTID,
                    NULL, NULL, NULL, (void *)&tid_word);

    CHECK(tid > 0);
    CHECK(futex(&tid_word, FUTEX_WAIT, 1, NULL, NULL, 0) == 0 || errno == EAGAIN);
    CHECK(tid_word == 0);
    CHECK(syscall(SYS_set_tid_address, &tid_word) == getpid());
}

/* Lost wake-ups would hang this: a lock made of the call alone, fought over by processes. */
static void lock_by_hand(void)
{
    enum { PROCESSES = 4, ROUNDS = 3000 };
    volatile struct {
        uint32_t lock;
        long value;
    } *s = shared_page();

    for (int p = 0; p < PROCESSES; p++)
        if (child_fork() == 0) {
            for (int i = 0; i < ROUNDS; i++) {
                uint32_t zero = 0;

                if (!__atomic_compare_exchange_n(&s->lock, &zero, 1, 0, __ATOMIC_ACQUIRE,
                                                 __ATOMIC_RELAXED))
                    while (__atomic_exchange_n(&s->lock, 2, __ATOMIC_ACQUIRE) != 0)
                        futex(&s->lock, FUTEX_WAIT, 2, NULL, NULL, 0);
                s->value++;
                if (__atomic_exchange_n(&s->lock, 0, __ATOMIC_RELEASE) == 2)
                    futex(&s->lock, FUTEX_WAKE, 1, NULL, NULL, 0);
            }
            _exit(0);
        }
    for (int p = 0; p < PROCESSES; p++)
        CHECK(child_wait(-1) == 0);
    CHECK(s->value == PROCESSES * ROUNDS);
}

#define NR_FUTEX_WAITV 449 /* newer than some headers; so are its flags */
#define WORD_SHARED    2u
#define WORD_PRIVATE   (2u | 128u)
#define WORDS_MAX      128

struct word {
    uint64_t val, address;
    uint32_t flags, reserved;
};

static long wait_words(const struct word *words, unsigned n, int64_t ns, clockid_t clock)
{
    struct timespec ts;

    if (ns < 0)
        return syscall(NR_FUTEX_WAITV, words, n, 0, NULL, 0);
    clock_gettime(clock, &ts);
    ts.tv_nsec += ns;
    ts.tv_sec += ts.tv_nsec / 1000000000;
    ts.tv_nsec %= 1000000000;
    return syscall(NR_FUTEX_WAITV, words, n, 0, &ts, clock);
}

static void waitv_arguments(void)
{
    static uint32_t at[WORDS_MAX + 1];
    struct timespec ts = {1, 1000000000};
    struct word words[WORDS_MAX + 1], w;

    for (unsigned i = 0; i <= WORDS_MAX; i++)
        words[i] = (struct word){0, (uintptr_t)&at[i], WORD_PRIVATE, 0};
    CHECK_ERRNO(wait_words(words, 0, 1000, CLOCK_MONOTONIC), EINVAL);
    CHECK_ERRNO(wait_words(words, WORDS_MAX + 1, 1000, CLOCK_MONOTONIC), EINVAL);
    CHECK_ERRNO(wait_words(NULL, 1, 1000, CLOCK_MONOTONIC), EINVAL);
    CHECK_ERRNO(wait_words((void *)16, 1, 1000, CLOCK_MONOTONIC), EFAULT);
    CHECK_ERRNO(syscall(NR_FUTEX_WAITV, words, 1, 1, NULL, 0), EINVAL);
    CHECK_ERRNO(syscall(NR_FUTEX_WAITV, words, 1, 0, &ts, CLOCK_MONOTONIC), EINVAL);
    CHECK_ERRNO(syscall(NR_FUTEX_WAITV, words, 1, 0, 16, CLOCK_MONOTONIC), EFAULT);
    CHECK_ERRNO(wait_words(words, 1, 1000, CLOCK_BOOTTIME), EINVAL);
    CHECK_ERRNO(wait_words(words, WORDS_MAX, 1000000, CLOCK_MONOTONIC), ETIMEDOUT);
    CHECK_ERRNO(wait_words(words, 2, 1000000, CLOCK_REALTIME), ETIMEDOUT);
    w = words[0], words[0].flags = 0;
    CHECK_ERRNO(wait_words(words, 2, 1000, CLOCK_MONOTONIC), EINVAL);
    words[0] = w, words[0].reserved = 1;
    CHECK_ERRNO(wait_words(words, 2, 1000, CLOCK_MONOTONIC), EINVAL);
    words[0] = w, words[1].address++;
    CHECK_ERRNO(wait_words(words, 2, 1000, CLOCK_MONOTONIC), EINVAL);
    words[1].address = 16;
    CHECK_ERRNO(wait_words(words, 2, 1000, CLOCK_MONOTONIC), EFAULT);
    words[1].address = (uintptr_t)&at[1], words[1].val = 1;
    CHECK_ERRNO(wait_words(words, 2, 1000, CLOCK_MONOTONIC), EAGAIN);
    CHECK(futex(&at[0], FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0) == 0); /* nobody is left */
}

/* One wakes another process's wait on the third of five words; a signal ends a wait. */
static void waitv_wake(void)
{
    volatile uint32_t *at = shared_page();
    struct word words[5];
    int status = 0;

    for (unsigned i = 0; i < 5; i++)
        words[i] = (struct word){7, (uintptr_t)&at[i * 8], WORD_SHARED, 0};
    for (unsigned i = 0; i < 5; i++)
        at[i * 8] = 7;
    pid_t pid = child_fork();
    if (pid == 0)
        _exit((int)wait_words(words, 5, -1, 0));
    for (int i = 0; i < 3000 && !futex(&at[16], FUTEX_WAKE, 1, NULL, NULL, 0); i++)
        usleep(1000);
    status = child_wait(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    pid = child_fork();
    if (pid == 0)
        _exit((int)wait_words(words, 5, -1, 0));
    usleep(50000);
    kill(pid, SIGTERM);
    status = child_wait(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK(futex(&at[0], FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--exit") == 0)
        return 0;
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(wait_and_wake);
    CASE(timeouts);
    CASE(bitsets);
    CASE(requeue);
    CASE(wake_op);
    CASE(two_mappings);
    CASE(robust_death);
    CASE(robust_hostile);
    CASE(pi_mutex);
    CASE(shared_condition);
    CASE(shared_semaphore);
    CASE(clear_child_tid);
    CASE(lock_by_hand);
    CASE(waitv_arguments);
    CASE(waitv_wake);
    return check_done("futex");
}
