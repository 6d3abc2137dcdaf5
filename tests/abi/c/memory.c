/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: mapping, protection, copy-on-write, file mappings, growth, limits, exhaustion. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "isa.h"

#define PAGE 4096ul

static sigjmp_buf jump;
static volatile int caught;

static void on_fault(int signo)
{
    caught = signo;
    siglongjmp(jump, 1);
}

/* The signal that an access gives, 0 for none. */
static int probe(volatile char *p, int write)
{
    caught = 0;
    if (sigsetjmp(jump, 1))
        return caught;
    if (write)
        *p = 1;
    else
        (void)*p;
    return 0;
}

static char *map(size_t pages, int prot, int flags)
{
    char *p = mmap(NULL, pages * PAGE, prot, flags | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

static void test_anonymous(void)
{
    char *p = map(16, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    for (int i = 0; i < 16; i++)
        CHECK(p[i * PAGE] == 0);
    memset(p, 7, 16 * PAGE);
    CHECK(munmap(p + 4 * PAGE, 4 * PAGE) == 0);
    CHECK(probe(p + 4 * PAGE, 0) == SIGSEGV && probe(p + 8 * PAGE, 0) == 0);
    CHECK(p[3 * PAGE] == 7 && p[8 * PAGE] == 7);
    CHECK(mprotect(p + 10 * PAGE, PAGE, PROT_NONE) == 0);
    CHECK(probe(p + 10 * PAGE, 0) == SIGSEGV);
    CHECK(mprotect(p + 10 * PAGE, PAGE, PROT_READ) == 0);
    CHECK(probe(p + 10 * PAGE, 0) == 0 && probe(p + 10 * PAGE, 1) == SIGSEGV);
    CHECK(p[10 * PAGE] == 7);
    CHECK_ERRNO(mprotect(p + 3 * PAGE, 2 * PAGE, PROT_READ), ENOMEM);
    CHECK_ERRNO(mprotect(p + 1, PAGE, PROT_READ), EINVAL);
    CHECK(munmap(p, 16 * PAGE) == 0);
    CHECK_ERRNO(munmap(p + 1, PAGE), EINVAL);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == EINVAL);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED &&
          errno == EBADF);
}

static void test_fixed(void)
{
    char *p = map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    p[PAGE] = 5;
    CHECK(mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + PAGE);
    CHECK(p[PAGE] == 0);
    CHECK(mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
               0) == MAP_FAILED &&
          errno == EEXIST);
    munmap(p, 4 * PAGE);
}

static void test_fork_cow(void)
{
    char *private = map(64, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    char *shared = map(4, PROT_READ | PROT_WRITE, MAP_SHARED);
    int status;

    memset(private, 1, 64 * PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 64; i++)
            if (private[i * PAGE] != 1)
                _exit(1);
        memset(private, 2, 64 * PAGE);
        shared[PAGE] = 42;
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    for (int i = 0; i < 64; i++)
        CHECK(private[i * PAGE] == 1 && private[i * PAGE + 4095] == 1);
    CHECK(shared[PAGE] == 42);
    munmap(private, 64 * PAGE);
    munmap(shared, 4 * PAGE);
}

static void test_file(void)
{
    int fd = open("/tmp/mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char buf[8] = {0};
    char *shared, *private;

    CHECK(fd >= 0 && ftruncate(fd, 2 * PAGE + 10) == 0);
    CHECK(pwrite(fd, "hello", 5, PAGE) == 5);
    shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    private = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(shared != MAP_FAILED && private != MAP_FAILED);
    CHECK(memcmp(shared + PAGE, "hello", 5) == 0 &&
          memcmp(private + PAGE, "hello", 5) == 0);
    shared[PAGE] = 'J';
    CHECK(pread(fd, buf, 5, PAGE) == 5 && memcmp(buf, "Jello", 5) == 0);
    private[PAGE] = 'X';
    CHECK(shared[PAGE] == 'J');
    CHECK(pwrite(fd, "Z", 1, PAGE + 1) == 1 && shared[PAGE + 1] == 'Z');
    CHECK(msync(shared, 4 * PAGE, MS_SYNC) == 0);
    CHECK(shared[2 * PAGE + 20] == 0);            /* the rest of the last page */
    CHECK(probe(shared + 3 * PAGE, 0) == SIGBUS); /* beyond the file */
    CHECK(ftruncate(fd, PAGE) == 0);
    CHECK(probe(shared + PAGE, 0) == SIGBUS);
    CHECK(write(fd, shared, PAGE) == (ssize_t)PAGE); /* a file from its own mapping */
    munmap(shared, 4 * PAGE);
    munmap(private, 4 * PAGE);
    close(fd);
    fd = open("/tmp/mapped", O_RDONLY);
    CHECK(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
          errno == EACCES);
    shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK_ERRNO(mprotect(shared, PAGE, PROT_READ | PROT_WRITE), EACCES);
    close(fd);
    unlink("/tmp/mapped");
}

static void test_remap_and_advise(void)
{
    char *p = map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE), *q;
    unsigned char vec[8];

    memset(p, 9, 4 * PAGE);
    q = mremap(p, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED && q[0] == 9 && q[3 * PAGE] == 9 && q[4 * PAGE] == 0);
    q = mremap(q, 64 * PAGE, 2 * PAGE, 0);
    CHECK(q != MAP_FAILED && probe(q + 2 * PAGE, 0) == SIGSEGV);
    CHECK(madvise(q, 2 * PAGE, MADV_DONTNEED) == 0 && q[0] == 0);
    q[0] = 1;
    CHECK(mincore(q, 2 * PAGE, vec) == 0 && (vec[0] & 1));
    CHECK_ERRNO(madvise(q, PAGE, 9999), EINVAL);
    munmap(q, 2 * PAGE);
}

static void test_brk(void)
{
    char *start = sbrk(0);

    CHECK(sbrk(10 * PAGE) == start);
    memset(start, 3, 10 * PAGE);
    CHECK(sbrk(-10l * (long)PAGE) != (void *)-1);
    CHECK(sbrk(0) == start);
}

static int deep(int n)
{
    volatile char frame[2048];

    memset((char *)frame, n, sizeof(frame));
    return n ? deep(n - 1) + frame[7] * 0 : 0;
}

static void test_stack(void)
{
    static char altstack[65536];
    stack_t ss = {.ss_sp = altstack, .ss_size = sizeof(altstack)};
    pid_t pid;
    int status;

    CHECK(deep(2000) == 0); /* 4 MiB */
    pid = fork();
    if (pid == 0) {
        struct sigaction sa = {.sa_handler = SIG_DFL};

        sigaction(SIGSEGV, &sa, NULL);
        sigaltstack(&ss, NULL);
        deep(1000000);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
          WTERMSIG(status) == SIGSEGV);
}

static void test_limits(void)
{
    struct rlimit limit;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = 64ul << 20;
        setrlimit(RLIMIT_AS, &limit);
        void *p = mmap(NULL, 128ul << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        _exit(p == MAP_FAILED && errno == ENOMEM ? 0 : 1);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* A process that takes all memory is killed or refused; everybody else lives. */
static void test_exhaustion(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        for (;;) {
            char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

            if (p == MAP_FAILED)
                _exit(0);
            memset(p, 1, 1 << 20);
        }
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
          (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    char *p = map(256, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    memset(p, 1, 256 * PAGE);
    munmap(p, 256 * PAGE);
}

static void test_execute(void)
{
    char *p = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    int (*fn)(void) = (int (*)(void))(uintptr_t)p;

    memcpy(p, isa_return_42, sizeof(isa_return_42));
    caught = 0;
    if (!sigsetjmp(jump, 1))
        fn();
    CHECK(caught == SIGSEGV);
    CHECK(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
    __builtin___clear_cache(p, p + PAGE);
    CHECK(fn() == 42);
    CHECK(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
    memcpy(p, isa_return_43, sizeof(isa_return_43));
    CHECK(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
    __builtin___clear_cache(p, p + PAGE);
    CHECK(fn() == 43);
    munmap(p, PAGE);
}

int main(int argc, char **argv)
{
    struct sigaction sa = {.sa_handler = on_fault};

    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    test_anonymous();
    test_fixed();
    test_fork_cow();
    test_file();
    test_remap_and_advise();
    test_brk();
    test_stack();
    test_limits();
    test_execute();
    if (argc < 2 || strcmp(argv[1], "--no-exhaustion") != 0)
        test_exhaustion();
    return check_done("memory");
}
