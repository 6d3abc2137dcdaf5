/* SPDX-License-Identifier: BSD-2-Clause */
/* The line discipline: what is typed against what is echoed and what is read. */
#include "fixture.h"

#include "abi/errno.h"
#include "abi/signal.h"

struct line_case {
    const char *name;
    const char *typed;
    const char *echo;
    const char *reads[4]; /* each read in turn; NULL: nothing more */
    uint32_t lflag_clear, lflag_set, iflag_clear, iflag_set, oflag_clear, oflag_set;
};

static const struct line_case cases[] = {
    {.name = "a line is echoed and read whole",
     .typed = "hello\r",
     .echo = "hello\r\n",
     .reads = {"hello\n"}},
    {.name = "nothing is read before the end of the line", .typed = "hel", .echo = "hel"},
    {.name = "each read gives one line",
     .typed = "a\rb\r",
     .echo = "a\r\nb\r\n",
     .reads = {"a\n", "b\n"}},
    {.name = "erase takes one character back",
     .typed = "ab\177c\r",
     .echo = "ab\b \bc\r\n",
     .reads = {"ac\n"}},
    {.name = "erase on an empty line does nothing",
     .typed = "\177\177x\r",
     .echo = "x\r\n",
     .reads = {"x\n"}},
    {.name = "erase takes a control character with its caret",
     .typed = "\001\177\r",
     .echo = "^A\b \b\b \b\r\n",
     .reads = {"\n"}},
    {.name = "erase takes a tab back to its column",
     .typed = "ab\t\177\r",
     .echo = "ab\t\b\b\b\b\b\b\r\n",
     .reads = {"ab\n"}},
    {.name = "erase takes all bytes of a UTF-8 character",
     .typed = "\xc3\xa4\177x\r",
     .echo = "\xc3\xa4\b \bx\r\n",
     .reads = {"x\n"},
     .iflag_set = IUTF8},
    {.name = "erase without ECHOE echoes the erase character",
     .typed = "ab\177\r",
     .echo = "ab^?\r\n",
     .reads = {"a\n"},
     .lflag_clear = ECHOE},
    {.name = "word erase takes the last word",
     .typed = "one two\027x\r",
     .echo = "one two\b \b\b \b\b \bx\r\n",
     .reads = {"one x\n"}},
    {.name = "word erase skips spaces behind the word",
     .typed = "one two  \027\r",
     .echo = "one two  \b \b\b \b\b \b\b \b\b \b\r\n",
     .reads = {"one \n"}},
    {.name = "kill erases the line",
     .typed = "abc\025d\r",
     .echo = "abc\b \b\b \b\b \bd\r\n",
     .reads = {"d\n"}},
    {.name = "kill without ECHOKE starts a new line",
     .typed = "abc\025d\r",
     .echo = "abc^U\r\nd\r\n",
     .reads = {"d\n"},
     .lflag_clear = ECHOKE},
    {.name = "kill without ECHOKE and ECHOK echoes the character",
     .typed = "abc\025d\r",
     .echo = "abc^Ud\r\n",
     .reads = {"d\n"},
     .lflag_clear = ECHOKE | ECHOK},
    {.name = "a quoted character is data",
     .typed = "a\026\003b\r",
     .echo = "a^\b^Cb\r\n",
     .reads = {"a\003b\n"}},
    {.name = "a quoted newline does not end the line",
     .typed = "a\026\nb\r",
     .echo = "a^\b\r\nb\r\n",
     .reads = {"a\nb\n"}},
    {.name = "reprint shows the line again",
     .typed = "ab\022c\r",
     .echo = "ab^R\r\nabc\r\n",
     .reads = {"abc\n"}},
    {.name = "end of file on an empty line reads as 0",
     .typed = "\004",
     .echo = "",
     .reads = {""}},
    {.name = "end of file after data gives the data without it",
     .typed = "abc\004",
     .echo = "abc",
     .reads = {"abc"}},
    {.name = "end of file twice after data: data, then the end",
     .typed = "abc\004\004",
     .echo = "abc",
     .reads = {"abc", ""}},
    {.name = "without ECHO nothing is shown",
     .typed = "abc\r",
     .echo = "",
     .reads = {"abc\n"},
     .lflag_clear = ECHO},
    {.name = "ECHONL shows the newline all the same",
     .typed = "abc\r",
     .echo = "\r\n",
     .reads = {"abc\n"},
     .lflag_clear = ECHO,
     .lflag_set = ECHONL},
    {.name = "without ECHOCTL control characters go out as they are",
     .typed = "a\001b\r",
     .echo = "a\001b\r\n",
     .reads = {"a\001b\n"},
     .lflag_clear = ECHOCTL},
    {.name = "without ICRNL a return is data",
     .typed = "a\rb\n",
     .echo = "a^Mb\r\n",
     .reads = {"a\rb\n"},
     .iflag_clear = ICRNL},
    {.name = "IGNCR drops returns",
     .typed = "a\rb\n",
     .echo = "ab\r\n",
     .reads = {"ab\n"},
     .iflag_set = IGNCR},
    {.name = "INLCR makes a newline a return",
     .typed = "a\nb\r",
     .echo = "a^Mb\r\n",
     .reads = {"a\rb\n"},
     .iflag_set = INLCR},
    {.name = "ISTRIP takes the eighth bit",
     .typed = "\xe1\r",
     .echo = "a\r\n",
     .reads = {"a\n"},
     .iflag_set = ISTRIP,
     .iflag_clear = IUTF8},
    {.name = "IUCLC makes letters small",
     .typed = "aBC\r",
     .echo = "abc\r\n",
     .reads = {"abc\n"},
     .iflag_set = IUCLC},
    {.name = "without ONLCR a newline goes out alone",
     .typed = "a\r",
     .echo = "a\n",
     .reads = {"a\n"},
     .oflag_clear = ONLCR},
    {.name = "without ISIG an interrupt character is data",
     .typed = "a\003\r",
     .echo = "a^C\r\n",
     .reads = {"a\003\n"},
     .lflag_clear = ISIG},
    {.name = "raw: every byte is there at once",
     .typed = "ab\r",
     .echo = "",
     .reads = {"ab\r"},
     .lflag_clear = ICANON | ECHO | ISIG,
     .iflag_clear = ICRNL},
    {.name = "raw: editing characters are data",
     .typed = "a\177\025\004",
     .echo = "",
     .reads = {"a\177\025\004"},
     .lflag_clear = ICANON | ECHO},
    {.name = "stop and start are not data",
     .typed = "a\023b\021c\r",
     .echo = "abc\r\n",
     .reads = {"abc\n"}},
    {.name = "PARMRK doubles 0xff",
     .typed = "\xff\r",
     .echo = "\xff\r\n",
     .reads = {"\xff\xff\n"},
     .iflag_set = PARMRK},
};

static void change(struct tty *t, const struct line_case *c)
{
    struct abi_termios old = t->settings.t;

    mutex_lock(&t->lock);
    t->settings.t.c_lflag = (old.c_lflag & ~c->lflag_clear) | c->lflag_set;
    t->settings.t.c_iflag = (old.c_iflag & ~c->iflag_clear) | c->iflag_set;
    t->settings.t.c_oflag = (old.c_oflag & ~c->oflag_clear) | c->oflag_set;
    ldisc_settings_changed_locked(t, &old);
    mutex_unlock(&t->lock);
}

static void typed_bytes_are_echoed_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct line_case *c = &cases[i];
        size_t len = strlen(c->typed);
        struct pair p;

        print_message("  %s\n", c->name);
        pair_open(&p);
        change(p.tty, c);
        assert_int_equal(put_bytes(p.master, c->typed, len), len);
        expect_bytes(p.master, c->echo);
        for (unsigned k = 0; k < ARRAY_SIZE(c->reads) && c->reads[k]; k++)
            expect_read(p.slave, c->reads[k]);
        expect_read(p.slave, NULL);
        pair_close(&p);
    }
}

struct out_case {
    const char *written, *shown;
    uint32_t oflag;
};

static const struct out_case outputs[] = {
    {"a\nb", "a\r\nb", OPOST | ONLCR},     {"a\nb\t", "a\nb\t", 0},
    {"a\rb", "a\nb", OPOST | OCRNL},       {"\ra\rb", "a\rb", OPOST | ONOCR},
    {"ab\tc", "ab      c", OPOST | XTABS}, {"ab\b\tc", "ab\b       c", OPOST | XTABS},
    {"aBc", "ABC", OPOST | OLCUC},         {"ab\n\rc", "ab\nc", OPOST | ONLRET | ONOCR},
};

static void output_is_processed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
        struct pair p;

        pair_open(&p);
        p.tty->settings.t.c_oflag = outputs[i].oflag;
        put_bytes(p.slave, outputs[i].written, strlen(outputs[i].written));
        expect_bytes(p.master, outputs[i].shown);
        pair_close(&p);
    }
}

static void signal_characters_signal_the_foreground_and_flush(void **state)
{
    static const struct {
        const char *typed;
        int signo;
        const char *echo;
    } keys[] = {
        {"\003", SIGINT, "^C"}, {"\034", SIGQUIT, "^\\"}, {"\032", SIGTSTP, "^Z"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct pair p;

        pair_open(&p);
        p.tty->pgrp = job_caller.pgid = 42;
        put_bytes(p.master, "abc", 3);
        expect_bytes(p.master, "abc");
        put_bytes(p.master, keys[i].typed, 1);
        assert_int_equal(job_last.signo, keys[i].signo);
        assert_int_equal(job_last.pgid, 42);
        expect_bytes(p.master, keys[i].echo);
        put_bytes(p.master, "x\r", 2);
        expect_read(p.slave, "x\n"); /* abc was flushed */
        pair_close(&p);
    }
}

static void noflsh_keeps_input_over_a_signal(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    p.tty->pgrp = job_caller.pgid = 42;
    p.tty->settings.t.c_lflag |= NOFLSH;
    put_bytes(p.master, "abc\003d\r", 6);
    expect_read(p.slave, "abcd\n");
    pair_close(&p);
}

static void stopped_output_waits_for_start(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    put_bytes(p.master, "\023", 1);
    assert_int_equal(put_bytes(p.slave, "x", 1), -EAGAIN);
    put_bytes(p.master, "\021", 1);
    assert_int_equal(put_bytes(p.slave, "x", 1), 1);
    expect_bytes(p.master, "x");
    pair_close(&p);
}

static void a_line_longer_than_the_buffer_is_cut_but_ends(void **state)
{
    static char line[5000], got[5000];
    struct pair p;
    size_t total = 0;
    int64_t n;

    (void)state;
    pair_open(&p);
    p.tty->settings.t.c_lflag &= ~ECHO;
    memset(line, 'a', sizeof(line));
    assert_int_equal(put_bytes(p.master, line, sizeof(line)), sizeof(line));
    assert_int_equal(put_bytes(p.master, "\r", 1), 1);
    while ((n = get_bytes(p.slave, got + total, 1000)) > 0)
        total += (size_t)n;
    assert_int_equal(total, TTY_INPUT_BYTES);
    assert_int_equal(got[total - 1], '\n');
    pair_close(&p);
}

static void raw_input_that_nobody_reads_stops_the_master(void **state)
{
    static char data[6000];
    struct pair p;
    int64_t first;

    (void)state;
    pair_open(&p);
    p.tty->settings.t.c_lflag = 0;
    first = put_bytes(p.master, data, sizeof(data));
    assert_in_range(first, 4000, 4096);
    assert_int_equal(put_bytes(p.master, data, 10), -EAGAIN);
    assert_int_equal(get_bytes(p.slave, data, sizeof(data)), first);
    assert_int_equal(put_bytes(p.master, data, 10), 10);
    pair_close(&p);
}

static void min_and_time_decide_when_a_raw_read_returns(void **state)
{
    struct pair p;
    char buf[16];

    (void)state;
    pair_open(&p);
    p.tty->settings.t.c_lflag = 0;
    p.tty->settings.t.c_cc[VMIN] = 0;
    p.tty->settings.t.c_cc[VTIME] = 0;
    assert_int_equal(get_bytes(p.slave, buf, 5), 0);
    put_bytes(p.master, "xy", 2);
    assert_int_equal(get_bytes(p.slave, buf, 5), 2);
    /* TIME without MIN: one tenth of a second, then nothing. */
    file_change_flags(p.slave, 04000, 0);
    p.tty->settings.t.c_cc[VTIME] = 1;
    assert_int_equal(get_bytes(p.slave, buf, 5), 0);
    /* MIN with TIME: what has come a tenth of a second after the last byte. */
    p.tty->settings.t.c_cc[VMIN] = 4;
    put_bytes(p.master, "xy", 2);
    assert_int_equal(get_bytes(p.slave, buf, 5), 2);
    /* MIN: as many as asked for, if fewer than MIN are. */
    p.tty->settings.t.c_cc[VTIME] = 0;
    put_bytes(p.master, "xyz", 3);
    assert_int_equal(get_bytes(p.slave, buf, 3), 3);
    pair_close(&p);
}

static void leaving_and_entering_canonical_mode_keeps_input(void **state)
{
    struct line_case raw = {.lflag_clear = ICANON}, canon = {.lflag_set = ICANON};
    struct pair p;

    (void)state;
    pair_open(&p);
    put_bytes(p.master, "abc", 3);
    expect_read(p.slave, NULL);
    change(p.tty, &raw);
    expect_read(p.slave, "abc");
    put_bytes(p.master, "def", 3);
    change(p.tty, &canon);
    expect_read(p.slave, "def");
    pair_close(&p);
}

static void a_short_read_leaves_the_rest_of_the_line(void **state)
{
    struct pair p;
    char buf[8];

    (void)state;
    pair_open(&p);
    put_bytes(p.master, "abcdef\rx", 8);
    assert_int_equal(get_bytes(p.slave, buf, 4), 4);
    assert_memory_equal(buf, "abcd", 4);
    expect_read(p.slave, "ef\n");
    expect_read(p.slave, NULL);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_bytes_are_echoed_and_read),
        cmocka_unit_test(output_is_processed),
        cmocka_unit_test(signal_characters_signal_the_foreground_and_flush),
        cmocka_unit_test(noflsh_keeps_input_over_a_signal),
        cmocka_unit_test(stopped_output_waits_for_start),
        cmocka_unit_test(a_line_longer_than_the_buffer_is_cut_but_ends),
        cmocka_unit_test(raw_input_that_nobody_reads_stops_the_master),
        cmocka_unit_test(min_and_time_decide_when_a_raw_read_returns),
        cmocka_unit_test(leaving_and_entering_canonical_mode_keeps_input),
        cmocka_unit_test(a_short_read_leaves_the_rest_of_the_line),
    };

    return cmocka_run_group_tests(tests, fixture_boot, NULL);
}
