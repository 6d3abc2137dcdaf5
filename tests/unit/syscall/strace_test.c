/* SPDX-License-Identifier: BSD-2-Clause */
/* --strace: sample calls against the lines that strace(1) prints for them. */
#include "hal_fake.h"

#include <stdio.h>

#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "abi/time.h"
#include "arch/abi_nr.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "sched/sched.h"
#include "syscall/handlers.h"
#include "syscall/strace.h"
#include "syscall/table.h"
#include "vm/space.h"

/* Paths are read in pieces that may go beyond the string, as far as its page. */
__attribute__((no_sanitize("address"))) size_t hal_user_read(void *dst, uint64_t src,
                                                             size_t len)
{
    const volatile char *from = (const volatile char *)(uintptr_t)src;

    for (size_t i = 0; i < len; i++)
        ((char *)dst)[i] = from[i];
    return len;
}

static struct task *new_task(int32_t tid)
{
    static struct task tasks[4];
    struct task *t = &tasks[tid % 4];

    t->tid = tid;
    return t;
}

static int boot(void **state)
{
    static const struct strace_config all;
    static struct vm_space space;

    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    sched_init();
    vm_init();
    space.user_min = HAL_PAGE_SIZE;
    space.user_max = UINT64_MAX;
    refcount_init(&space.refs, 1000);
    vm_thread_set_space(&space);
    return syscall_strace_enable(&all);
}

static uint64_t number_of(const char *name)
{
    for (uint64_t nr = 0; nr < SYSCALL_NR_MAX; nr++) {
        const struct syscall_desc *d = syscall_describe(nr);

        if (d && strcmp(d->name, name) == 0)
            return nr;
    }
    fail_msg("no call %s", name);
    return 0;
}

/* The whole line of one call by one task. */
static void expect_call(const char *name, const uint64_t a[6], int64_t result,
                        const char *line)
{
    struct task *t = new_task(1);
    uint64_t nr = number_of(name);
    const struct syscall_desc *d = syscall_describe(nr);

    hal_fake_console_clear();
    strace_enter(t, d, nr, a);
    strace_leave(t, d, nr, a, result, 12345);
    assert_string_equal(hal_fake_console(), line);
}

#define U(p)    ((uint64_t)(uintptr_t)(p))
#define A(...)  ((const uint64_t[6]){__VA_ARGS__})
#define CWD     ((uint64_t)-100)
#define FD_NONE ((uint64_t)-1)

static void plain_arguments_and_results(void **state)
{
    (void)state;
    expect_call("close", A(3), 0, "close(3)                                = 0\n");
    expect_call("getpid", A(0), 42, "getpid()                                = 42\n");
    expect_call(
        "close", A(99), -EBADF,
        "close(99)                               = -1 EBADF (Bad file descriptor)\n");
    expect_call("brk", A(0), 0x5555000,
                "brk(NULL)                               = 0x5555000\n");
    expect_call("kill", A(7, SIGTERM), 0,
                "kill(7, SIGTERM)                        = 0\n");
    expect_call("umask", A(022), 077, "umask(022)                              = 077\n");
    expect_call("lseek", A(3, (uint64_t)-5, 2), 10,
                "lseek(3, -5, SEEK_END)                  = 10\n");
}

static void flags_and_paths(void **state)
{
    (void)state;
    expect_call("openat", A(CWD, U("/etc/passwd"), 02000000), 3,
                "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3\n");
    expect_call(
        "openat", A(CWD, U("x"), 01101, 0644), -EACCES,
        "openat(AT_FDCWD, \"x\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 EACCES (Permission "
        "denied)\n");
    expect_call(
        "mmap", A(0, 8192, 3, 0x22, FD_NONE, 0), 0x7f0000000000,
        "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
        "0x7f0000000000\n");
    expect_call("access", A(U("/x"), 4), 0,
                "access(\"/x\", R_OK)                      = 0\n");
    expect_call("access", A(U("/x"), 0), 0,
                "access(\"/x\", F_OK)                      = 0\n");
    expect_call(
        "clone", A(0x1200011, 0, 0, 0x5000), 5,
        "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, NULL, NULL, 0x5000) = 5\n");
    expect_call("fcntl", A(3, 1), 0, "fcntl(3, F_GETFD)                       = 0\n");
    expect_call("fcntl", A(3, 2, 1), 0, "fcntl(3, F_SETFD, FD_CLOEXEC)           = 0\n");
}

static void strings_are_quoted_and_cut(void **state)
{
    const char *text = "a\"b\\\n\t\001"
                       "2\377";

    (void)state;
    expect_call("write", A(1, U(text), strlen(text)), 9,
                "write(1, \"a\\\"b\\\\\\n\\t\\0012\\377\", 9)      = 9\n");
    expect_call("write", A(1, U("0123456789012345678901234567890123456789"), 40), 40,
                "write(1, \"01234567890123456789012345678901\"..., 40) = 40\n");
    expect_call("read", A(0, U("hello"), 100), 5,
                "read(0, \"hello\", 100)                   = 5\n");
    expect_call(
        "read", A(0, 0x5000, 100), -EAGAIN,
        "read(0, 0x5000, 100)                    = -1 EAGAIN (Resource temporarily "
        "unavailable)\n");
}

static void structures(void **state)
{
    const char *const argv[] = {"ls", "-l", NULL};
    const char *const envp[] = {"A=1", "B=2", NULL};
    struct abi_timespec ts = {1, 500};
    struct abi_sigaction sa = {.handler = 1,
                               .mask = ABI_SIGMASK(SIGINT) | ABI_SIGMASK(SIGCHLD),
                               .flags = 0x10000000};
    struct abi_pollfd pfd[2] = {{.fd = 0, .events = 1},
                                {.fd = 5, .events = 4, .revents = 4}};
    char line[256];
    int fds[2] = {3, 4};
    int status = 7 << 8;

    (void)state;
    snprintf(line, sizeof(line),
             "execve(\"/bin/ls\", [\"ls\", \"-l\"], %p /* 2 vars */) = 0\n",
             (const void *)envp);
    expect_call("execve", A(U("/bin/ls"), U(argv), U(envp)), 0, line);
    expect_call("nanosleep", A(U(&ts), 0), 0,
                "nanosleep({tv_sec=1, tv_nsec=500}, NULL) = 0\n");
    expect_call("rt_sigaction", A(SIGINT, U(&sa), 0, 8), 0,
                "rt_sigaction(SIGINT, {sa_handler=SIG_IGN, sa_mask=[INT CHLD], "
                "sa_flags=SA_RESTART}, NULL, 8) = 0\n");
    expect_call("pipe2", A(U(fds), 02000000), 0,
                "pipe2([3, 4], O_CLOEXEC)                = 0\n");
    expect_call(
        "wait4", A((uint64_t)-1, U(&status), 1, 0), 9,
        "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 7}], WNOHANG, NULL) = 9\n");
    expect_call(
        "poll", A(U(pfd), 2, 100), 1,
        "poll([{fd=0, events=POLLIN}, {fd=5, events=POLLOUT}], 2, 100) = 1 ([{fd=5, "
        "revents=POLLOUT}])\n");
    expect_call(
        "poll", A(U(pfd), 2, 100), 0,
        "poll([{fd=0, events=POLLIN}, {fd=5, events=POLLOUT}], 2, 100) = 0 (Timeout)\n");
    expect_call(
        "read", A(0, 0x5000, 1), -ERESTARTSYS,
        "read(0, 0x5000, 1)                      = ? ERESTARTSYS (To be restarted if "
        "SA_RESTART is set)\n");
}

static void calls_of_several_tasks_are_told_apart(void **state)
{
    struct task *a = new_task(2), *b = new_task(3);
    const struct syscall_desc *rd = syscall_describe(number_of("read"));
    const struct syscall_desc *ex = syscall_describe(number_of("exit_group"));
    struct abi_siginfo info = {
        .signo = SIGCHLD, .code = CLD_EXITED, .child = {.pid = 3, .uid = 0, .status = 7}};

    (void)state;
    strace_exit(new_task(1), 0);
    hal_fake_console_clear();
    strace_enter(a, rd, 0, A(0, 0x5000, 1));
    strace_enter(b, ex, 0, A(7));
    strace_exit(b, 7 << 8);
    strace_leave(a, rd, 0, A(0, U("x"), 1), 1, 0);
    strace_signal(a, SIGCHLD, &info);
    assert_string_equal(
        hal_fake_console(),
        "read(0,  <unfinished ...>\n"
        "[pid     3] exit_group(7)               = ?\n"
        "[pid     3] +++ exited with 7 +++\n"
        "<... read resumed>\"x\", 1)               = 1\n"
        "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3, si_uid=0, "
        "si_status=7, si_utime=0, si_stime=0} ---\n");
    strace_exit(a, 0);
}

static void unknown_numbers_are_printed(void **state)
{
    struct task *t = new_task(1);

    (void)state;
    hal_fake_console_clear();
    strace_enter(t, NULL, 9999, A(1, 2, 3));
    strace_leave(t, NULL, 9999, A(1, 2, 3), -ENOSYS, 0);
    assert_non_null(
        strstr(hal_fake_console(),
               "syscall_0x270f(0x1, 0x2, 0x3)           = -1 ENOSYS (Function not "
               "implemented)\n"));
}

#define ROW(nr_x86_64, nr_generic)     +(ARCH_SYSCALL_NR(nr_x86_64, nr_generic) >= 0)
#define SYSCALL(name, nr_x, nr_g, ...) ROW(nr_x, nr_g)
#define REFUSED(name, nr_x, nr_g, ...) ROW(nr_x, nr_g)
#define MISSING(name, nr_x, nr_g)      ROW(nr_x, nr_g)
#define NOTE(name, text)
static uint64_t rows_of_this_isa(void)
{
    return 0
#include "syscall/table.def"
        ;
}

/* The handlers are strong symbols, so a row without one does not link; what is left to check is
 * which rows count: not those that only refuse, and none whose number belongs to another. */
static void the_table_has_enough_calls_and_no_number_twice(void **state)
{
    (void)state;
    uint64_t work = 0, refused = 0, missing = 0;

    for (uint64_t nr = 0; nr < SYSCALL_NR_MAX; nr++) {
        const struct syscall_desc *d = syscall_describe(nr);

        work += d && d->fn && !d->refused;
        refused += d && d->fn && d->refused;
        missing += d && !d->fn;
    }
    assert_int_equal(syscall_count_implemented(), work);
    assert_true(work >= 180);
    assert_true(refused > 0 && missing > 0);
    assert_int_equal(work + refused + missing, rows_of_this_isa());
    assert_true(syscall_describe(41)->refused && !syscall_describe(0)->refused);
    assert_null(syscall_describe(SYSCALL_NR_MAX));
    assert_null(syscall_describe(UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_arguments_and_results),
        cmocka_unit_test(flags_and_paths),
        cmocka_unit_test(strings_are_quoted_and_cut),
        cmocka_unit_test(structures),
        cmocka_unit_test(calls_of_several_tasks_are_told_apart),
        cmocka_unit_test(unknown_numbers_are_printed),
        cmocka_unit_test(the_table_has_enough_calls_and_no_number_twice),
    };

    return cmocka_run_group_tests(tests, boot, NULL);
}
