/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that write code: what one thread has written, another one on another CPU executes, as
 * soon as the ABI's way to say so has been gone. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

#define ROUNDS 2000u
#define PAGE   4096u

/* A function that returns `value`, below 2048. */
static size_t function_write(uint8_t *at, unsigned value)
{
#if defined(__x86_64__)
    uint8_t code[] = {0xb8, (uint8_t)value, (uint8_t)(value >> 8), 0, 0, 0xc3};
#elif defined(__aarch64__)
    uint32_t code[] = {0x52800000 | value << 5, 0xd65f03c0};
#elif defined(__riscv)
    uint32_t code[] = {0x00000513 | value << 20, 0x00008067};
#endif

    memcpy(at, code, sizeof(code));
    return sizeof(code);
}

static void function_set(uint8_t *at, unsigned value)
{
    size_t len = function_write(at, value);

    __builtin___clear_cache((char *)at, (char *)at + len);
}

static unsigned function_call(uint8_t *at)
{
    unsigned (*function)(void);

    memcpy(&function, &at, sizeof(function));
    return function();
}

static void written_here_runs_here(uint8_t *page)
{
    unsigned bad = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        function_set(page, i % 2048);
        bad += function_call(page) != i % 2048;
    }
    CHECK(bad == 0);
}

/* A page becomes executable only after it has been written, as runtimes do that never have both. */
static void written_then_protected(void)
{
    unsigned bad = 0;

    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        uint8_t *page =
            mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (page == MAP_FAILED) {
            bad++;
            break;
        }
        function_write(page, i);
        bad +=
            mprotect(page, PAGE, PROT_READ | PROT_EXEC) != 0 || function_call(page) != i;
        munmap(page, PAGE);
    }
    CHECK(bad == 0);
}

/* ---- two threads ---- */

static struct {
    uint8_t *page;
    unsigned ready, done; /* atomic: rounds */
    unsigned bad;
} shared;

static void go_to_cpu(unsigned cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof(set), &set); /* where there are two */
}

static void *runner(void *arg)
{
    (void)arg;
    go_to_cpu(1);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        while (__atomic_load_n(&shared.ready, __ATOMIC_ACQUIRE) != i)
            sched_yield();
        shared.bad += function_call(shared.page) != i % 2048;
        __atomic_store_n(&shared.done, i, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void written_here_runs_there(uint8_t *page)
{
    pthread_t thread;

    shared.page = page;
    CHECK(pthread_create(&thread, NULL, runner, NULL) == 0);
    go_to_cpu(0);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        function_set(page, i % 2048);
        __atomic_store_n(&shared.ready, i, __ATOMIC_RELEASE);
        while (__atomic_load_n(&shared.done, __ATOMIC_ACQUIRE) != i)
            sched_yield();
    }
    pthread_join(thread, NULL);
    CHECK(shared.bad == 0);
}

/* ---- the calls of RISC-V ---- */

#ifdef __riscv
#define NR_HWPROBE      258
#define NR_FLUSH_ICACHE 259

static void riscv_calls(uint8_t *page)
{
    struct {
        int64_t key;
        uint64_t value;
    } probe[] = {{3, 0}, {4, 0}, {1000000, 7}};
    uint64_t cpus = 1, none = 0;

    CHECK(syscall(NR_FLUSH_ICACHE, page, page + PAGE, 0) == 0);
    CHECK(syscall(NR_FLUSH_ICACHE, page, page + PAGE, 1) == 0);
    CHECK(syscall(NR_FLUSH_ICACHE, 0, -1L, 0) == 0);
    CHECK_ERRNO(syscall(NR_FLUSH_ICACHE, page, page + PAGE, 2), EINVAL);
    CHECK(syscall(NR_HWPROBE, probe, 3L, 0L, NULL, 0L) == 0);
    CHECK(probe[0].key == 3 && probe[0].value == 1);       /* integers, atomics */
    CHECK(probe[1].key == 4 && (probe[1].value & 3) == 3); /* double, compressed */
    CHECK(probe[2].key == -1 && probe[2].value == 0);
    CHECK(syscall(NR_HWPROBE, probe, 1L, sizeof(cpus), &cpus, 0L) == 0);
    CHECK_ERRNO(syscall(NR_HWPROBE, probe, 1L, sizeof(none), &none, 0L), EINVAL);
    CHECK_ERRNO(syscall(NR_HWPROBE, probe, 1L, 0L, NULL, 8L), EINVAL);
    CHECK_ERRNO(syscall(NR_HWPROBE, 8L, 1L, 0L, NULL, 0L), EFAULT);
}
#else
static void riscv_calls(uint8_t *page)
{
    (void)page;
}
#endif

int main(void)
{
    uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(page != MAP_FAILED);
    if (page != MAP_FAILED) {
        written_here_runs_here(page);
        written_then_protected();
        written_here_runs_there(page);
        riscv_calls(page);
    }
    return check_done("code");
}
