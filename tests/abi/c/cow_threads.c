/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads write to one page while it is shared with children again and again.  Whoever copies
 * it copies it for all: what a thread has written it reads back, wherever it runs next. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define THREADS 6
#define FORKS   150

static uint64_t *words; /* one page; each thread has a word */
static bool stop;
static int pipes[THREADS][2];

static bool forked_once(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* The kernel reads the word, too. */
static void *body(void *arg)
{
    long id = (long)arg;
    volatile uint64_t *mine = &words[id];
    long wrong = 0, lost = 0;

    for (uint64_t n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
        uint64_t seen = 0;

        *mine = n;
        if (n % 3 == 0)
            sched_yield();
        wrong += *mine != n;
        if (write(pipes[id][1], (const void *)mine, sizeof(*mine)) != sizeof(*mine) ||
            read(pipes[id][0], &seen, sizeof(seen)) != sizeof(seen))
            lost++;
        wrong += seen != n;
    }
    CHECK(wrong == 0);
    CHECK(lost == 0);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    long forks = argc > 1 ? atol(argv[1]) : FORKS, failed = 0;

    words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(words != MAP_FAILED);
    for (long i = 0; i < THREADS; i++) {
        CHECK(pipe(pipes[i]) == 0);
        CHECK(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
    }
    for (long i = 0; i < forks; i++)
        failed += !forked_once();
    CHECK(failed == 0);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return check_done("cow_threads");
}
