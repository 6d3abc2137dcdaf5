/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that processes share: anonymous, of files, memfd with seals; and other mapping rules. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"

#define PAGE 4096l

static sigjmp_buf jump;

static void on_fault(int signo)
{
    siglongjmp(jump, signo);
}

/* The signal that a write gives. */
static int probe_write(volatile char *p)
{
    int signo;

    signal(SIGSEGV, on_fault);
    signal(SIGBUS, on_fault);
    signo = sigsetjmp(jump, 1);
    if (!signo)
        *p = 1;
    return signo;
}

static char *map_fd(int fd, long size, int prot, int flags)
{
    char *p = mmap(NULL, (size_t)size, prot, flags, fd, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

/* Grandchildren see what children write, before and after the page existed. */
static void anonymous(void)
{
    volatile long *p =
        (long *)map_fd(-1, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);

    if (child_fork() == 0) {
        if (child_fork() == 0) {
            for (int i = 0; i < 64; i++)
                p[i * 512] = i + 1;
            _exit(0);
        }
        _exit(child_wait(-1));
    }
    CHECK(child_wait(-1) == 0);
    for (int i = 0; i < 64; i++)
        CHECK(p[i * 512] == i + 1);
    CHECK(madvise((void *)p, PAGE, MADV_DONTNEED) == 0 &&
          p[0] == 1); /* shared: it stays */
    for (int c = 0; c < 4; c++)
        if (child_fork() == 0) {
            for (int i = 0; i < 20000; i++)
                __atomic_add_fetch(&p[1], 1, __ATOMIC_RELAXED);
            _exit(0);
        }
    for (int c = 0; c < 4; c++)
        CHECK(child_wait(-1) == 0);
    CHECK(p[1] == 80000);
}

/* read(), write() and mappings of several processes are one file. */
static void file_coherence(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600), go[2], back[2];
    char c, *p;

    CHECK(ftruncate(fd, 4 * PAGE) == 0 && pipe(go) == 0 && pipe(back) == 0);
    p = map_fd(fd, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    if (child_fork() == 0) {
        char *q = map_fd(open("f", O_RDWR), 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);

        for (int i = 0; i < 100; i++) {
            if (read(go[0], &c, 1) != 1 || q[i * 100] != (char)i ||
                pread(fd, &c, 1, i * 100) != 1 || c != (char)i)
                _exit(1);
            q[i * 100 + 1] = (char)(i + 1);
            if (pwrite(fd, "w", 1, i * 100 + 2) != 1 || write(back[1], "x", 1) != 1)
                _exit(2);
        }
        _exit(0);
    }
    for (int i = 0; i < 100; i++) {
        p[i * 100] = (char)i;
        if (write(go[1], "x", 1) != 1 || read(back[0], &c, 1) != 1 ||
            p[i * 100 + 1] != (char)(i + 1) || p[i * 100 + 2] != 'w') {
            CHECK(!"coherence");
            break;
        }
    }
    CHECK(child_wait(-1) == 0);
    CHECK(close(fd) == 0 && unlink("f") == 0);
    p[5] = 7; /* a mapping keeps the file */
    CHECK(p[5] == 7);
}

static void private_of_file(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char buf[4];

    CHECK(write(fd, "abcd", 4) == 4);
    char *p = map_fd(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(pwrite(fd, "X", 1, 0) == 1 && p[0] == 'X'); /* not yet copied */
    p[1] = 'p';
    CHECK(pread(fd, buf, 4, 0) == 4 && memcmp(buf, "Xbcd", 4) == 0);
    if (child_fork() == 0) {
        p[2] = 'c';
        _exit(p[1] == 'p' && p[2] == 'c' ? 0 : 1);
    }
    CHECK(child_wait(-1) == 0 && p[2] == 'c');
    CHECK(madvise(p, PAGE, MADV_DONTNEED) == 0 && p[1] == 'b'); /* back to the file */
    close(fd);
    fd = open("f", O_RDONLY);
    p = map_fd(fd, PAGE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE); /* read permission is enough */
    p[0] = 'Q';
    CHECK(pread(fd, buf, 1, 0) == 1 && buf[0] == 'X');
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, open("f", O_WRONLY), 0), EACCES);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, 0, fd, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1), EINVAL);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, open(".", O_RDONLY), 0), ENODEV);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, INT64_MAX & ~(PAGE - 1)),
                EOVERFLOW);
}

static void memory_files(void)
{
    int fd = memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING), plain;
    char link[64], target[64] = {0};
    char *p;

    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && ftruncate(fd, 2 * PAGE) == 0);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    CHECK(readlink(link, target, sizeof(target) - 1) > 0 && strstr(target, "memfd:name"));
    CHECK(fcntl(fd, F_GET_SEALS) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    CHECK_ERRNO(ftruncate(fd, PAGE), EPERM);
    CHECK(ftruncate(fd, 3 * PAGE) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
    CHECK_ERRNO(ftruncate(fd, 4 * PAGE), EPERM);
    CHECK_ERRNO(pwrite(fd, "x", 1, 3 * PAGE), EPERM);
    CHECK(pwrite(fd, "x", 1, 0) == 1);
    p = map_fd(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY); /* mapped for writing */
    CHECK(munmap(p, (size_t)PAGE) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    CHECK_ERRNO(pwrite(fd, "y", 1, 0), EPERM);
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE),
                EPERM);
    CHECK(fallocate(fd, 0, 0, PAGE) == 0); /* writes nothing */
    CHECK_ERRNO(mmap(NULL, (size_t)PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EPERM);
    p = map_fd(fd, PAGE, PROT_READ, MAP_SHARED);
    CHECK(p[0] == 'x');
    CHECK_ERRNO(mprotect(p, (size_t)PAGE, PROT_READ | PROT_WRITE), EACCES);
    p = map_fd(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(probe_write(p) == 0);
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE),
                EPERM);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    plain = memfd_create("", 0);
    CHECK(fcntl(plain, F_GET_SEALS) == F_SEAL_SEAL);
    CHECK_ERRNO(fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    CHECK_ERRNO(memfd_create("x", 0x4000), EINVAL);
    CHECK_ERRNO(syscall(SYS_memfd_create, 16, 0), EFAULT);
}

/* A mapping that shrinks and grows under its readers. */
static void truncation(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char *p;

    CHECK(ftruncate(fd, 2 * PAGE) == 0);
    p = map_fd(fd, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK(probe_write(p + PAGE) == 0 && probe_write(p + 2 * PAGE) == SIGBUS);
    CHECK(ftruncate(fd, 4 * PAGE) == 0 && probe_write(p + 3 * PAGE) == 0);
    CHECK(ftruncate(fd, PAGE / 2) == 0 && probe_write(p + PAGE) == SIGBUS);
    char *own = map_fd(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    own[0] = 5;
    CHECK(ftruncate(fd, 0) == 0 && probe_write(own) == SIGBUS); /* copies go as well */
    /* one process truncates and grows while another writes: SIGBUS or a page, nothing else */
    CHECK(ftruncate(fd, 16 * PAGE) == 0);
    char *q = map_fd(fd, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    pid_t pid = child_fork();
    if (pid == 0)
        for (;;)
            for (int i = 0; i < 16; i++)
                probe_write(q + i * PAGE);
    for (int i = 0; i < 300; i++)
        CHECK(ftruncate(fd, i % 2 ? 16 * PAGE : PAGE) == 0);
    kill(pid, SIGKILL);
    CHECK(WTERMSIG(child_wait(pid)) == SIGKILL);
}

static void protections(void)
{
    char *p = map_fd(-1, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
    int fds[2];

    CHECK(probe_write(p) == SIGSEGV);
    CHECK(pipe(fds) == 0);
    CHECK_ERRNO(write(fds[1], p, 1), EFAULT); /* the kernel does not reach there either */
    CHECK(mprotect(p, (size_t)(4 * PAGE), PROT_READ | PROT_WRITE) == 0 &&
          probe_write(p) == 0);
    CHECK(write(fds[1], p + 3 * PAGE, (size_t)PAGE) == PAGE);
    if (child_fork() == 0)
        _exit(mprotect(p, (size_t)PAGE, PROT_READ) == 0 && probe_write(p) == SIGSEGV ? 0
                                                                                     : 1);
    CHECK(child_wait(-1) == 0 && probe_write(p) == 0); /* the parent's is its own */
    CHECK_ERRNO(read(fds[0], p + 5 * PAGE, 1), EFAULT);
    /* sharing ends where MADV_DONTFORK says */
    CHECK(madvise(p + PAGE, (size_t)PAGE, MADV_DONTFORK) == 0);
    if (child_fork() == 0)
        _exit(probe_write(p) == 0 && probe_write(p + PAGE) == SIGSEGV ? 0 : 1);
    CHECK(child_wait(-1) == 0);
    p[2 * PAGE] = 3;
    CHECK(madvise(p + 2 * PAGE, (size_t)PAGE, MADV_WIPEONFORK) == 0);
    if (child_fork() == 0)
        _exit(p[2 * PAGE] == 0 ? 0 : 1);
    CHECK(child_wait(-1) == 0 && p[2 * PAGE] == 3);
}

/* Copy-on-write through three generations, with the middle one gone. */
static void generations(void)
{
    char *p = map_fd(-1, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    int fds[2];
    char c;

    CHECK(pipe(fds) == 0);
    for (int i = 0; i < 256; i++)
        p[i * PAGE] = 'a';
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (child_fork() == 0) {
        for (int i = 0; i < 256; i += 2)
            p[i * PAGE] = 'b';
        if (fork() == 0) {
            for (int i = 0; i < 256; i += 4)
                p[i * PAGE] = 'c';
            usleep(30000); /* the parent is gone */
            for (int i = 0; i < 256; i++)
                if (p[i * PAGE] != (i % 4 == 0 ? 'c' : i % 2 == 0 ? 'b' : 'a'))
                    _exit(1);
            _exit(write(fds[1], "k", 1) != 1);
        }
        _exit(0);
    }
    close(fds[1]);
    CHECK(read(fds[0], &c, 1) == 1 && c == 'k');
    for (int i = 0; i < 256; i++)
        CHECK(p[i * PAGE] == 'a');
    while (wait(NULL) > 0)
        ;
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(anonymous);
    CASE(file_coherence);
    CASE(private_of_file);
    CASE(memory_files);
    CASE(truncation);
    CASE(protections);
    CASE(generations);
    return check_done("shm");
}
