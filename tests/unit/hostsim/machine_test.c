/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine as a whole: each test starts one in a child process, with the scenario of
 * fake_core.c that its name says, and looks at what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <utmp.h>
#include <unistd.h>

#include "hostsim/hal/config.h"
#include "hostsim/hal/console.h"

#define OUTPUT_MAX (2u << 20)

static char out[OUTPUT_MAX];
static size_t out_len;

static _Noreturn void child(const char *scenario)
{
    struct machine_config config = {
        .cpus = 2,
        .mem_bytes = 16u << 20,
        .engine = "native",
        .cmdline = scenario,
        .initrd = "12345",
        .initrd_len = 5,
        .quiet = true,
    };

    if (strcmp(scenario, "tiny") == 0)
        config.mem_bytes = 1u << 20;
    if (strcmp(scenario, "no-engine") == 0)
        config.engine = "steam";
    machine_run(&config);
}

static void read_all(int fd)
{
    ssize_t n;

    while ((n = read(fd, out + out_len, OUTPUT_MAX - 1 - out_len)) > 0)
        out_len += (size_t)n;
    out[out_len] = '\0';
}

/* Run to the end with `input`; both output streams land in `out`.  The wait status. */
static int run(const char *scenario, const void *input, size_t len)
{
    int to[2], from[2], status;
    pid_t pid, feeder;

    out_len = 0;
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    pid = fork();
    if (pid == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        dup2(from[1], 2);
        close(to[1]);
        close(from[0]);
        child(scenario);
    }
    feeder = fork();
    if (feeder == 0) {
        close(to[0]);
        _exit(write(to[1], input, len) != (ssize_t)len);
    }
    close(to[0]);
    close(to[1]);
    close(from[1]);
    read_all(from[0]);
    close(from[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    kill(feeder, SIGKILL);
    waitpid(feeder, NULL, 0);
    return status;
}

static void assert_status(int status, int expected)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
        print_message("wait status %#x, output:\n%s\n", (unsigned)status, out);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
}

static void run_ok(const char *scenario)
{
    assert_status(run(scenario, "", 0), 0);
}

static void status_and_streams_reach_the_host(void **state)
{
    (void)state;
    assert_status(run("hello", "", 0), 42);
    assert_string_equal(out, "out\nerr\n");
}

static void bootinfo_describes_ram_and_initrd(void **state)
{
    (void)state;
    run_ok("bootinfo");
}

static void ipis_wake_sleeping_cpus(void **state)
{
    (void)state;
    run_ok("ipi");
}

static void masked_ipi_waits_for_unmasking(void **state)
{
    (void)state;
    run_ok("self");
}

static void timer_ends_a_wait(void **state)
{
    (void)state;
    run_ok("sleep-timer");
}

static void timer_reaches_busy_kernel_code(void **state)
{
    (void)state;
    run_ok("busy-timer");
}

static void context_survives_moving_cpu_inside_an_interrupt(void **state)
{
    (void)state;
    run_ok("migrate");
}

static void any_cpu_can_power_off(void **state)
{
    (void)state;
    assert_status(run("halt-cpu1", "", 0), 17);
}

static void console_loses_nothing_under_flow_control(void **state)
{
    const size_t len = 1u << 20;
    uint8_t *data = malloc(len);

    (void)state;
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 9));
    assert_status(run("echo", data, len), 0);
    assert_int_equal(out_len, len);
    assert_memory_equal(out, data, len);
    free(data);
}

static void closed_output_is_an_error_not_a_death(void **state)
{
    int fds[2], status;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        close(fds[1]);
        child("epipe");
    }
    close(fds[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_status(status, 0);
}

static void kernel_fault_is_reported_with_symbols(void **state)
{
    char place[64] = "";
    const char *written;

    (void)state;
    assert_status(run("fault", "", 0), 134);
    assert_non_null(strstr(out, "fault: bad write at 0x10\n"));
    written = strstr(out, "written in fake_core.c:");
    assert_non_null(written);
    assert_int_equal(sscanf(written, "written in %50s", place), 1);
    assert_non_null(strstr(out, "register cr2=10\n"));
    assert_non_null(strstr(out, "frame write_to_nowhere+0x"));
    assert_non_null(strstr(strstr(out, "frame write_to_nowhere+0x"), place));
    assert_non_null(strstr(out, "frame core_main+0x"));
    assert_non_null(strstr(out, "gdb "));
}

static void second_fault_ends_the_process(void **state)
{
    (void)state;
    assert_status(run("double-fault", "", 0), 134);
    assert_non_null(strstr(out, "while a fault of the kernel was being reported"));
}

static void impossible_machines_are_refused(void **state)
{
    (void)state;
    assert_status(run("tiny", "", 0), 2);
    assert_non_null(strstr(out, "too little"));
    assert_status(run("no-engine", "", 0), 2);
    assert_non_null(strstr(out, "no engine 'steam'"));
}

/* ---- on a terminal ---- */

/* Read until `text` has appeared, or fail after ten seconds. */
static void expect(int fd, const char *text)
{
    while (!strstr(out, text)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        assert_int_equal(poll(&p, 1, 10000), 1);
        n = read(fd, out + out_len, OUTPUT_MAX - 1 - out_len);
        assert_true(n > 0);
        out_len += (size_t)n;
        out[out_len] = '\0';
    }
}

static bool terminal_raw(int fd)
{
    struct termios t;

    assert_int_equal(tcgetattr(fd, &t), 0);
    return !(t.c_lflag & ICANON);
}

/* Start on a new terminal of 33 rows, 77 columns; *slave stays open to see its settings. */
static pid_t run_on_pty(const char *scenario, int *master, int *slave)
{
    struct winsize size = {.ws_row = 33, .ws_col = 77};
    pid_t pid;

    out_len = 0;
    out[0] = '\0';
    assert_int_equal(openpty(master, slave, NULL, NULL, &size), 0);
    pid = fork();
    if (pid == 0) {
        close(*master);
        login_tty(dup(*slave));
        child(scenario);
    }
    return pid;
}

static void terminal_is_given_back_on_power_off(void **state)
{
    struct winsize size = {.ws_row = 50, .ws_col = 100};
    int master, slave, status;
    pid_t pid = run_on_pty("size", &master, &slave);

    (void)state;
    expect(master, "size 33 77\n");
    assert_true(terminal_raw(slave));
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    expect(master, "size 50 100\n");
    assert_int_equal(write(master, "k", 1), 1);
    expect(master, "log\r\n");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_status(status, 0);
    assert_false(terminal_raw(slave));
    close(master);
    close(slave);
}

static void escape_key_ends_a_hung_machine(void **state)
{
    int master, slave, status;
    pid_t pid = run_on_pty("forever", &master, &slave);

    (void)state;
    expect(master, "ready\n");
    assert_int_equal(write(master, "\001x", 2), 2);
    expect(master, "ended from the keyboard");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_status(status, 130);
    assert_false(terminal_raw(slave));
    close(master);
    close(slave);
}

static void sigterm_gives_the_terminal_back_and_kills(void **state)
{
    int master, slave, status;
    pid_t pid = run_on_pty("forever", &master, &slave);

    (void)state;
    expect(master, "ready\n");
    assert_true(terminal_raw(slave));
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_false(terminal_raw(slave));
    close(master);
    close(slave);
}

static void terminal_stop_and_continue(void **state)
{
    int master, slave, status;
    pid_t pid = run_on_pty("size", &master, &slave);

    (void)state;
    expect(master, "size 33 77\n");
    kill(pid, SIGTSTP);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    assert_false(terminal_raw(slave));
    kill(pid, SIGCONT);
    for (int i = 0; i < 1000 && !terminal_raw(slave); i++)
        usleep(10000);
    assert_true(terminal_raw(slave));
    assert_int_equal(write(master, "kk", 2), 2);
    usleep(100000);
    assert_true(write(master, "k", 1) == 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_status(status, 0);
    close(master);
    close(slave);
}

static void escape_filter_passes_all_but_the_escape(void **state)
{
    unsigned char text[] = "a\001\001b\001c\001x";
    bool armed = false, escaped = false;

    (void)state;
    assert_int_equal(console_filter_escape(text, 5, &armed, &escaped), 3);
    assert_memory_equal(text, "a\001b", 3);
    assert_true(armed && !escaped);
    assert_int_equal(console_filter_escape(text + 5, 3, &armed, &escaped), 2);
    assert_true(escaped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_and_streams_reach_the_host),
        cmocka_unit_test(bootinfo_describes_ram_and_initrd),
        cmocka_unit_test(ipis_wake_sleeping_cpus),
        cmocka_unit_test(masked_ipi_waits_for_unmasking),
        cmocka_unit_test(timer_ends_a_wait),
        cmocka_unit_test(timer_reaches_busy_kernel_code),
        cmocka_unit_test(context_survives_moving_cpu_inside_an_interrupt),
        cmocka_unit_test(any_cpu_can_power_off),
        cmocka_unit_test(console_loses_nothing_under_flow_control),
        cmocka_unit_test(closed_output_is_an_error_not_a_death),
        cmocka_unit_test(kernel_fault_is_reported_with_symbols),
        cmocka_unit_test(second_fault_ends_the_process),
        cmocka_unit_test(impossible_machines_are_refused),
        cmocka_unit_test(terminal_is_given_back_on_power_off),
        cmocka_unit_test(escape_key_ends_a_hung_machine),
        cmocka_unit_test(sigterm_gives_the_terminal_back_and_kills),
        cmocka_unit_test(terminal_stop_and_continue),
        cmocka_unit_test(escape_filter_passes_all_but_the_escape),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
