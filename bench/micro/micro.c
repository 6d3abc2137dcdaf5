/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Micro benchmark: an ordinary static Linux program, so that the same binary runs natively, on
 * CloudOS and on its peers.  Prints one line for each operation: its name and the median
 * over several rounds of nanoseconds per operation.
 *
 *   micro [--quick] [NAME...]
 *   micro --epoch      print the wall clock in nanoseconds: when did the first program run?
 *   micro --memory     print memory in use after boot in KiB, as /proc/meminfo says
 * --exec-child is for its own use.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 15
#define RUN_PAGES  64

static const char *self_path = "/proc/self/exe";

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void check(bool ok, const char *what)
{
    if (!ok)
        fail(what);
}

/* The form that compilers make of a wrapper with a constant number: a site that a kernel which
 * runs user code as a process can patch. */
static void null_call_constant(void)
{
#if defined(__x86_64__)
    long result;

    __asm__ volatile("mov %1, %%eax\n\tsyscall"
                     : "=a"(result)
                     : "i"(SYS_getppid)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_getppid;
    register long result __asm__("x0");

    __asm__ volatile("svc #0" : "=r"(result) : "r"(number) : "memory");
#elif defined(__riscv)
    register long number __asm__("a7") = SYS_getppid;
    register long result __asm__("a0");

    __asm__ volatile("ecall" : "=r"(result) : "r"(number) : "memory");
#endif
    (void)result;
}

static void bench_null(uint64_t n)
{
    while (n--)
        null_call_constant();
}

static void bench_null_unpatched(uint64_t n)
{
    while (n--)
        syscall(SYS_getppid);
}

static void bench_read(uint64_t n)
{
    int fd = open("/dev/zero", O_RDONLY);
    char c[64];

    check(fd >= 0, "/dev/zero");
    while (n--)
        check(read(fd, c, sizeof(c)) == sizeof(c), "read");
    close(fd);
}

static void bench_write(uint64_t n)
{
    int fd = open("/dev/null", O_WRONLY);
    char c[64] = {0};

    check(fd >= 0, "/dev/null");
    while (n--)
        check(write(fd, c, sizeof(c)) == sizeof(c), "write");
    close(fd);
}

static void bench_stat(uint64_t n)
{
    struct stat st;

    while (n--)
        check(stat("/dev/null", &st) == 0, "stat");
}

static void bench_open(uint64_t n)
{
    while (n--) {
        int fd = open("/dev/null", O_RDONLY);

        check(fd >= 0, "open");
        close(fd);
    }
}

static void *map_pages(size_t pages)
{
    void *p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(p != MAP_FAILED, "mmap");
    return p;
}

/* One page in each 2 MiB, so that no fault helps another. */
static void bench_fault(uint64_t n)
{
    const size_t stride = 512;

    while (n) {
        size_t batch = n < 64 ? n : 64;
        volatile char *p = map_pages(batch * stride);

        for (size_t i = 0; i < batch; i++)
            p[i * stride * 4096] = 1;
        munmap((void *)p, batch * stride * 4096);
        n -= batch;
    }
}

/* Map 64 pages, touch each, unmap: one operation is the whole. */
static void bench_pages64(uint64_t n)
{
    while (n--) {
        volatile char *p = map_pages(RUN_PAGES);

        for (size_t i = 0; i < RUN_PAGES; i++)
            p[i * 4096] = 1;
        munmap((void *)p, RUN_PAGES * 4096);
    }
}

static void bench_mmap(uint64_t n)
{
    while (n--)
        munmap(map_pages(1), 4096);
}

static void bench_pipe(uint64_t n)
{
    int to[2], from[2];
    char c = 0;
    pid_t pid;

    check(pipe(to) == 0 && pipe(from) == 0, "pipe");
    pid = fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
        close(to[1]);
        while (read(to[0], &c, 1) == 1)
            check(write(from[1], &c, 1) == 1, "write");
        _exit(0);
    }
    close(to[0]);
    while (n--) {
        check(write(to[1], &c, 1) == 1, "write");
        check(read(from[0], &c, 1) == 1, "read");
    }
    close(to[1]);
    close(from[0]);
    close(from[1]);
    waitpid(pid, NULL, 0);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void bench_signal(uint64_t n)
{
    struct sigaction sa = {.sa_handler = on_signal};
    pid_t pid = getpid();

    check(sigaction(SIGUSR1, &sa, NULL) == 0, "sigaction");
    while (n--)
        kill(pid, SIGUSR1);
}

static _Atomic uint32_t futex_word;

static void futex_wait_while(uint32_t value)
{
    while (atomic_load(&futex_word) == value)
        syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_set(uint32_t value)
{
    atomic_store(&futex_word, value);
    syscall(SYS_futex, &futex_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *futex_partner(void *arg)
{
    uint64_t n = *(uint64_t *)arg;

    while (n--) {
        futex_wait_while(0);
        futex_set(0);
    }
    return NULL;
}

static void bench_futex(uint64_t n)
{
    uint64_t count = n;
    pthread_t thread;

    futex_word = 0;
    check(pthread_create(&thread, NULL, futex_partner, &count) == 0, "pthread_create");
    while (n--) {
        futex_set(1);
        futex_wait_while(1);
    }
    pthread_join(thread, NULL);
}

static void bench_fork(uint64_t n)
{
    while (n--) {
        pid_t pid = fork();

        check(pid >= 0, "fork");
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
}

static void bench_exec(uint64_t n)
{
    while (n--) {
        pid_t pid = fork();

        check(pid >= 0, "fork");
        if (pid == 0) {
            execl(self_path, "micro", "--exec-child", NULL);
            _exit(127);
        }
        int status;
        check(waitpid(pid, &status, 0) == pid && status == 0, "exec");
    }
}

/* Two processes that yield to each other; one operation is one yield. */
static void bench_switch(uint64_t n)
{
    pid_t pid = fork();

    check(pid >= 0, "fork");
    for (uint64_t i = 0; i < n; i++)
        syscall(SYS_sched_yield);
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
}

static void word_wait_while(_Atomic uint32_t *word, uint32_t value)
{
    while (atomic_load(word) == value)
        syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void word_set(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store(word, value);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Two processes on one CPU wake each other and sleep: one operation is one way, and so one
 * switch between address spaces.  A yield need not be one: Linux often goes on with who yields. */
static void bench_handover(uint64_t n)
{
    _Atomic uint32_t *word =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cpu_set_t before, one;
    pid_t pid;

    check(word != MAP_FAILED, "mmap");
    check(sched_getaffinity(0, sizeof(before), &before) == 0, "sched_getaffinity");
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    check(sched_setaffinity(0, sizeof(one), &one) == 0, "sched_setaffinity");
    pid = fork();
    check(pid >= 0, "fork");
    for (uint64_t i = 0; i < n / 2; i++) {
        if (pid == 0) {
            word_wait_while(word, 0);
            word_set(word, 0);
        } else {
            word_set(word, 1);
            word_wait_while(word, 1);
        }
    }
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    check(sched_setaffinity(0, sizeof(before), &before) == 0, "sched_setaffinity");
    munmap(word, 4096);
}

static const struct bench {
    const char *name;
    void (*fn)(uint64_t n);
    uint64_t scale; /* operations in a quick round */
} benches[] = {
    {"null", bench_null, 2000},       {"null_unpatched", bench_null_unpatched, 2000},
    {"read", bench_read, 1000},       {"write", bench_write, 1000},
    {"stat", bench_stat, 1000},       {"open_close", bench_open, 500},
    {"fault", bench_fault, 128},      {"pages64", bench_pages64, 10},
    {"mmap_munmap", bench_mmap, 300}, {"pipe", bench_pipe, 300},
    {"signal", bench_signal, 500},    {"futex", bench_futex, 300},
    {"fork_exit", bench_fork, 10},    {"fork_exec", bench_exec, 5},
    {"switch", bench_switch, 500},    {"handover", bench_handover, 400},
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Median over rounds; the first round warms up and does not count. */
static void run_one(const struct bench *b, bool quick)
{
    double ns[ROUNDS_MAX];
    int rounds = quick ? 3 : ROUNDS_MAX;
    uint64_t n = quick ? b->scale : b->scale * 4;

    b->fn(b->scale);
    for (int i = 0; i < rounds; i++) {
        uint64_t start = now_ns();

        b->fn(n);
        ns[i] = (double)(now_ns() - start) / (double)n;
    }
    qsort(ns, (size_t)rounds, sizeof(ns[0]), by_value);
    printf("%s %.1f\n", b->name, ns[rounds / 2]);
    fflush(stdout);
}

static bool wanted(const char *name, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

static int print_epoch(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    printf("epoch %lld%09ld\n", (long long)ts.tv_sec, ts.tv_nsec);
    return 0;
}

static int print_memory(void)
{
    unsigned long long total = 0, free_kib = 0;
    char line[128];
    FILE *f = fopen("/proc/meminfo", "r");

    check(f != NULL, "/proc/meminfo");
    while (fgets(line, sizeof(line), f)) {
        sscanf(line, "MemTotal: %llu", &total);
        sscanf(line, "MemFree: %llu", &free_kib);
    }
    fclose(f);
    printf("memory_kib %llu\n", total - free_kib);
    return 0;
}

int main(int argc, char **argv)
{
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    char **names = argv + (quick ? 2 : 1);

    (void)argc;
    if (*names && strcmp(*names, "--exec-child") == 0)
        return 0;
    if (*names && strcmp(*names, "--epoch") == 0)
        return print_epoch();
    if (*names && strcmp(*names, "--memory") == 0)
        return print_memory();
    for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
        if (wanted(benches[i].name, names))
            run_one(&benches[i], quick);
    }
    return 0;
}
