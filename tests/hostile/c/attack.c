/* SPDX-License-Identifier: BSD-2-Clause */
#include "attack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define WATCHED_LEN  (1u << 20)
#define KLOG_READ    3
#define KILL_SECONDS 5

int attack_enter(const uint64_t regs[REGS]);
extern char attack_back[], attack_returned[], attack_load_at[], attack_store_at[];
extern uint64_t attack_sp;
extern volatile uint32_t attack_inside; /* attack_enter() has saved what it returns to */

/* What parent and children share. */
static struct shared {
    uint32_t next; /* number of the next step */
    uint32_t failures, checks;
    uint32_t notes;
} * shared;

/* ---- faults in a child ---- */

/* Uses no thread-local variable: the attack may have changed the FS base. */
__attribute__((optimize("no-stack-protector"))) static void
attack_caught(int signo, siginfo_t *info, void *context)
{
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)info;
    if (signo == SIGALRM && !attack_inside)
        return; /* not begun when the time was up, which comes again; or over */
    attack_inside = 0;
    g[REG_RIP] = (greg_t)(uintptr_t)attack_back;
    g[REG_RAX] = signo;
    g[REG_RSP] = (greg_t)attack_sp;
    g[REG_EFL] = 0x202;
}

void attack_arm(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
    static uint8_t stack[65536];
    const stack_t alt = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction sa = {.sa_sigaction = attack_caught,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK};

    sigfillset(&sa.sa_mask);
    CHECK(sigaltstack(&alt, NULL) == 0);
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        CHECK(sigaction(signals[i], &sa, NULL) == 0);
    CHECK(mmap((void *)ATTACK_FAKE, ATTACK_FAKE_SIZE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (void *)ATTACK_FAKE);
}

int attack_jump(const uint64_t regs[REGS], unsigned limit_ms)
{
    const struct itimerval limit = {
        .it_value = {.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000},
        .it_interval = {.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000}};
    const struct itimerval none = {0};
    int signo;

    if (limit_ms != 0)
        setitimer(ITIMER_REAL, &limit, NULL);
    signo = attack_enter(regs);
    if (limit_ms != 0)
        setitimer(ITIMER_REAL, &none, NULL);
    return signo;
}

static uint8_t loaded;

static int attack_access(uint64_t va, const char *how)
{
    static uint8_t stack[4096] __attribute__((aligned(64)));
    uint64_t regs[REGS] = {0};

    regs[RDI] = va;
    regs[RSP] = (uintptr_t)(stack + sizeof(stack) - 64);
    regs[RIP] = (uintptr_t)how;
    return attack_enter(regs);
}

int attack_load(uint64_t va, uint8_t *value)
{
    int signo = attack_access(va, attack_load_at);

    loaded = signo == 0 ? *(volatile uint8_t *)va : 0;
    *value = loaded;
    return signo;
}

int attack_store(uint64_t va)
{
    return attack_access(va, attack_store_at);
}

uint8_t *attack_code_page(uint64_t va)
{
    uint8_t *page = mmap((void *)va, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS | (va ? MAP_FIXED : 0), -1, 0);

    CHECK(page != MAP_FAILED);
    return page;
}

uint64_t attack_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t attack_own_slot(void)
{
    uint64_t base;

    __asm__ volatile("rdgsbase %0" : "=r"(base));
    return base >= STUB_SLOTS && base < STUB_CEILING &&
                   base % SLOT_SIZE == STUB_SLOTS % SLOT_SIZE
               ? base
               : 0;
}

void attack_note(unsigned bit)
{
    __atomic_or_fetch(&shared->notes, 1u << bit, __ATOMIC_SEQ_CST);
}

bool attack_noted(unsigned bit)
{
    return __atomic_load_n(&shared->notes, __ATOMIC_SEQ_CST) & 1u << bit;
}

/* ---- the watched program ---- */

static int ask_fd, answer_fd;

static uint64_t watched_word(uint64_t i)
{
    return (i + 1) * UINT64_C(0xd1342543de82ef95);
}

/* Its memory has a pattern; one question, one answer: is it whole? */
static void watched_main(int question, int answer)
{
    static uint64_t memory[WATCHED_LEN / 8];
    const unsigned count = WATCHED_LEN / 8;
    pid_t self = getpid();
    char c;

    for (unsigned i = 0; i < count; i++)
        memory[i] = watched_word(i);
    while (read(question, &c, 1) == 1) {
        c = 'y';
        for (unsigned i = 0; i < count; i++)
            if (((volatile uint64_t *)memory)[i] != watched_word(i))
                c = 'n';
        for (unsigned i = 0; i < 100; i++)
            if (getpid() != self)
                c = 'p';
        if (write(answer, &c, 1) != 1)
            break;
    }
    _exit(0);
}

void attack_begin(void)
{
    int question[2], answer[2];
    pid_t pid;

    setvbuf(stdout, NULL, _IOLBF, 0);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || pipe(question) < 0 || pipe(answer) < 0 ||
        (pid = fork()) < 0) {
        perror("attack_begin");
        exit(1);
    }
    if (pid == 0) {
        close(question[1]);
        close(answer[0]);
        watched_main(question[0], answer[1]);
    }
    close(question[0]);
    close(answer[1]);
    ask_fd = question[1];
    answer_fd = answer[0];
    attack_check_world("the start");
}

static void kernel_is_well(void)
{
    static char log[1 << 18];
    struct utsname name;
    int len, status, fd = open("/proc/self/stat", O_RDONLY);
    pid_t pid = fork();

    if (pid == 0)
        _exit(42);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
          WEXITSTATUS(status) == 42);
    CHECK(fd >= 0 && read(fd, log, 64) > 0);
    close(fd);
    CHECK(uname(&name) == 0);
    len = klogctl(KLOG_READ, log, sizeof(log) - 1);
    CHECK(len >= 0);
    log[len > 0 ? len : 0] = '\0';
    CHECK(strcasestr(log, "panic") == NULL);
    CHECK(strstr(log, "BUG") == NULL);
    CHECK(strstr(log, "kassert") == NULL);
}

void attack_check_world(const char *after)
{
    int before = check_failures;
    char c = 'q';

    CHECK(write(ask_fd, &c, 1) == 1 && read(answer_fd, &c, 1) == 1 && c == 'y');
    kernel_is_well();
    if (check_failures != before)
        printf("     after %s\n", after);
}

/* ---- series ---- */

static void series_child(unsigned count, void (*fn)(unsigned i))
{
    unsigned i;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    check_failures = check_count = 0;
    while ((i = __atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST)) < count) {
        fn(i);
        __atomic_store_n(&shared->checks, check_count, __ATOMIC_SEQ_CST);
        __atomic_store_n(&shared->failures, check_failures, __ATOMIC_SEQ_CST);
    }
    fflush(stdout);
    _exit(0);
}

static double seconds_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* SIGKILL ends whatever it does, and soon. */
static void series_kill(pid_t pid, int *status)
{
    double end = seconds_now() + KILL_SECONDS;

    kill(pid, SIGKILL);
    while (waitpid(pid, status, WNOHANG) == 0) {
        CHECK(seconds_now() < end);
        if (seconds_now() > end)
            break;
        usleep(500);
    }
}

/* Until it ends, or makes no step for too long: -1. */
static int series_wait(pid_t pid, unsigned seconds)
{
    double end = seconds_now() + seconds;
    uint32_t last = 0;
    int status;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        uint32_t now = __atomic_load_n(&shared->next, __ATOMIC_SEQ_CST);

        if (now != last)
            end = seconds_now() + seconds;
        last = now;
        if (seconds_now() > end) {
            series_kill(pid, &status);
            return -1;
        }
        usleep(500);
    }
    return status;
}

/* As after a fault on Linux, or killed because it has attacked the engine; a C library that finds
 * its stack gone aborts. */
static bool end_is_fair(int status)
{
    static const int fair[] = {SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,
                               SIGTRAP, SIGALRM, SIGKILL, SIGABRT};

    if (WIFEXITED(status))
        return true;
    for (unsigned i = 0; i < sizeof(fair) / sizeof(fair[0]); i++)
        if (WTERMSIG(status) == fair[i])
            return true;
    return false;
}

void attack_series(const char *name, unsigned count, void (*fn)(unsigned i),
                   enum attack_end_kind end)
{
    unsigned ended = 0;

    fflush(stdout);
    shared->next = shared->notes = 0;
    while (__atomic_load_n(&shared->next, __ATOMIC_SEQ_CST) < count) {
        int status, before = check_failures;
        pid_t pid;

        shared->checks = shared->failures = 0;
        pid = fork();
        if (pid == 0)
            series_child(count, fn);
        CHECK(pid > 0);
        if (pid < 0)
            break;
        status = series_wait(pid, end == ATTACK_MAY_HANG ? 1 : 10);
        CHECK(status != -1 || end == ATTACK_MAY_HANG);
        CHECK(status == -1 || end_is_fair(status));
        if (check_failures != before)
            printf("     %s, step %u, status 0x%x\n", name, shared->next - 1,
                   (unsigned)status);
        check_count += (int)shared->checks;
        check_failures += (int)shared->failures;
        if (ended++ % 8 == 0)
            attack_check_world(name);
    }
    attack_check_world(name);
    printf("%s: %u steps, %u programs\n", name, count, ended);
}

int attack_end(const char *name)
{
    attack_check_world("everything");
    close(ask_fd);
    while (wait(NULL) > 0)
        continue;
    return check_done(name);
}
