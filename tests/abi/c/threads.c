/* SPDX-License-Identifier: BSD-2-Clause */
/* 16 threads on mutexes and condition variables, thread-local storage, detached threads. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <unistd.h>

#include "check.h"

#define THREADS 16
#define ROUNDS  500

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static __thread long mine;
static long counter;
static int turn;
static sem_t done;

/* Each thread waits for its turn and gives it to the next. */
static void *relay(void *arg)
{
    int me = (int)(intptr_t)arg;

    mine = me;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != me)
            pthread_cond_wait(&cond, &mutex);
        counter++;
        turn = (turn + 1) % THREADS;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    CHECK(mine == me);
    return (void *)(intptr_t)(me * 2);
}

static void *contend(void *arg)
{
    long *sum = arg;

    for (int i = 0; i < 10000; i++) {
        pthread_mutex_lock(&mutex);
        (*sum)++;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *detached(void *arg)
{
    (void)arg;
    sem_post(&done);
    return NULL;
}

static void join_all(pthread_t *t)
{
    for (int i = 0; i < THREADS; i++) {
        void *result;

        CHECK(pthread_join(t[i], &result) == 0);
        CHECK((intptr_t)result == i * 2);
    }
}

int main(void)
{
    pthread_t t[THREADS];
    pthread_attr_t attr;
    long sum = 0;

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, relay, (void *)(intptr_t)i) == 0);
    join_all(t);
    CHECK(counter == (long)THREADS * ROUNDS);

    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, contend, &sum) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(sum == THREADS * 10000L);

    sem_init(&done, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 200; i++) {
        pthread_t d;

        CHECK(pthread_create(&d, &attr, detached, NULL) == 0);
        CHECK(sem_wait(&done) == 0);
    }
    return check_done("threads");
}
