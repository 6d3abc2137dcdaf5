/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs come and go by fork and exec while others attack: what a stub leaves behind, or
 * still holds, must not reach the next one. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

#define ATTACKERS        3
#define SECONDS          4
#define ROUNDS_MIN       11 /* on a busy host it takes longer */
#define PATIENCE_SECONDS 60
#define PAGES            64

static char self[] = "/proc/self/exe";

/* It says that it is dead, and writes on. */
static void attacker(unsigned i)
{
    uint64_t *memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(memory, 0x55, PAGES * 4096);
    for (unsigned n = 0;; n++) {
        volatile uint32_t *slot = (volatile uint32_t *)STUB_SLOTS;

        for (unsigned p = 0; p < PAGES; p++)
            memory[p * 512 + n % 512] = UINT64_C(0xa77ac4a77ac4);
        if (n % 64 != 0)
            continue;
        *(volatile uint64_t *)(STUB_SLOTS + SLOT_REGS + 8 * RAX) = i % 2 ? 231 : 57;
        slot[SLOT_KIND / 4] = KIND_CALL;
        slot[SLOT_TURN / 4] = TURN_KERNEL;
    }
}

/* New memory is zero, stays what we write, and so does what exec brought. */
static int honest(void)
{
    for (unsigned round = 0; round < 4; round++) {
        volatile uint64_t *memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
            return 0;
        for (unsigned i = 0; i < PAGES * 512; i++)
            if (memory[i] != 0)
                return 3;
        for (unsigned i = 0; i < PAGES * 512; i++)
            memory[i] = ~(uint64_t)i;
        for (unsigned i = 0; i < PAGES * 512; i++)
            if (memory[i] != ~(uint64_t)i)
                return 4;
        munmap((void *)memory, PAGES * 4096);
    }
    return 0;
}

static pid_t start(unsigned i)
{
    pid_t pid = fork();

    if (pid == 0 && i < ATTACKERS)
        attacker(i);
    if (pid == 0 && i % 2) {
        execl(self, "storm", "honest", NULL);
        _exit(5);
    }
    if (pid == 0)
        _exit(honest());
    return pid;
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void storm(void)
{
    pid_t attackers[ATTACKERS];
    double end = now() + SECONDS;
    unsigned rounds = 0;

    for (unsigned i = 0; i < ATTACKERS; i++)
        attackers[i] = start(i);
    while (now() < end || (rounds < ROUNDS_MIN && now() < end + PATIENCE_SECONDS)) {
        pid_t pid = start(ATTACKERS + rounds % 2);
        int status;

        CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        if (check_failures)
            printf("     round %u: status 0x%x\n", rounds, (unsigned)status);
        for (unsigned i = 0; i < ATTACKERS; i++) {
            if (rounds % 3 == i)
                kill(attackers[i], SIGKILL);
            if (waitpid(attackers[i], NULL, rounds % 3 == i ? 0 : WNOHANG) ==
                attackers[i])
                attackers[i] = start(i);
        }
        if (rounds++ % 16 == 0)
            attack_check_world("a storm");
    }
    for (unsigned i = 0; i < ATTACKERS; i++) {
        kill(attackers[i], SIGKILL);
        waitpid(attackers[i], NULL, 0);
    }
    printf("storm: %u programs\n", rounds);
    CHECK(rounds >= ROUNDS_MIN);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "honest") == 0)
        return honest();
    attack_begin();
    storm();
    return attack_end("storm");
}
