/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call number with hostile arguments, many times, in children that may die; the
 * kernel must be alive and well afterwards.  badargs [SEED [ROUNDS]]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define CALLS_MAX 460

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Calls that end or stop the caller by design, or the machine. */
static int skipped(long nr)
{
    static const long skip[] = {
        SYS_exit,          SYS_exit_group,      SYS_reboot,
        SYS_kill,          SYS_tkill,           SYS_tgkill,
        SYS_rt_sigsuspend, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
        SYS_clone,         SYS_clone3,          SYS_pidfd_send_signal,
        SYS_rt_sigreturn,
#ifdef SYS_fork /* where calls have their old names, too */
        SYS_fork,          SYS_vfork,           SYS_pause,
#endif
    };

    for (size_t i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
        if (skip[i] == nr)
            return 1;
    return 0;
}

static char *page;

static uint64_t argument(void)
{
    static const uint64_t odd[] = {
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        16,
        64,
        4095,
        4096,
        4097,
        65536,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        0x7fffffffffff,
        0x800000000000,
        0x7fffffffffffffff,
        0x8000000000000000,
        UINT64_MAX,
        UINT64_MAX - 1,
        UINT64_MAX - 4095,
        0xffffffff80000000,
        0xffff800000000000,
        0x7ffff0000000,
        0x60000,
        0xffffffffff600000,
    };

    switch (next() % 8) {
    case 0:
        return (uint64_t)page + next() % 4096;
    case 1:
        return (uint64_t)page + 4096 - next() % 16; /* runs into the unmapped page */
    case 2:
        return next() % 8; /* a descriptor */
    case 3:
        return (uint64_t)page;
    case 4:
        return next();
    default:
        return odd[next() % (sizeof(odd) / sizeof(odd[0]))];
    }
}

static void attack(uint64_t seed, int calls)
{
    struct rlimit small = {64ul << 20, 64ul << 20};

    state = seed * 0x9e3779b97f4a7c15u + 1;
    page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    setrlimit(RLIMIT_AS, &small);
    if (chdir("/tmp"))
        _exit(1);
    for (int i = 0; i < 3; i++)
        dup2(open("/dev/null", O_RDWR), i);
    for (int i = 0; i < calls; i++) {
        long nr = (long)(next() % CALLS_MAX);

        if (skipped(nr))
            continue;
        for (int j = 0; j < 256; j++)
            page[j * 16 + next() % 16] = (char)next();
        strcpy(page + 512, "/tmp/victim");
        syscall(nr, argument(), argument(), argument(), argument(), argument(),
                argument());
    }
    _exit(0);
}

/* The child may have blocked every signal or sleep for ever: SIGKILL ends it all the same. */
static int reap_within(pid_t pid, int patience_ms, int *status)
{
    for (int ms = 0; ms < patience_ms; ms += 5) {
        if (waitpid(pid, status, WNOHANG) == pid)
            return 1;
        usleep(5000);
    }
    kill(pid, SIGKILL);
    return waitpid(pid, status, 0) == pid;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    int rounds = argc > 2 ? atoi(argv[2]) : 60;
    int status;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < rounds; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            setpgid(0, 0);
            attack(seed + (uint64_t)i, 300);
        }
        CHECK(pid > 0);
        CHECK(reap_within(pid, 300, &status));
        kill(-pid, SIGKILL);
    }
    CHECK(getpid() > 0);
    return check_done("badargs");
}
