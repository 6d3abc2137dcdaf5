/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line's helpers: option tables and the cpio writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostsim/tools/cpio.h"
#include "hostsim/tools/options.h"

static bool flag;
static uint64_t number, size;
static const char *text, *choice;

static const struct option options[] = {
    {"flag", NULL, "a flag", OPTION_FLAG, &flag, 0, 0, NULL},
    {"number", "N", "a number", OPTION_NUMBER, &number, 1, 64, NULL},
    {"size", "SIZE", "a size", OPTION_SIZE, &size, 1u << 20, 1u << 30, NULL},
    {"text", "TEXT", "a text", OPTION_TEXT, &text, 0, 0, NULL},
    {"choice", "C", "a choice", OPTION_CHOICE, &choice, 0, 0, "sim|native"},
    {0},
};

static const struct command command = {
    .name = "test", .arguments = "[X]", .summary = "tests", .options = options};

#define PARSE(...)                                                                       \
    parse((char *[]){"test", __VA_ARGS__},                                               \
          sizeof((char *[]){"test", __VA_ARGS__}) / sizeof(char *))

static int parse(char **argv, size_t argc)
{
    flag = false;
    number = size = 0;
    text = choice = NULL;
    return options_parse(&command, (int)argc, argv);
}

static void options_take_both_spellings(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--flag", "--number", "7", "--size=16M", "--text=", "x"), 6);
    assert_true(flag);
    assert_int_equal(number, 7);
    assert_int_equal(size, 16u << 20);
    assert_string_equal(text, "");
    assert_int_equal(PARSE("--choice", "sim", "--", "--flag"), 4);
    assert_string_equal(choice, "sim");
    assert_false(flag);
}

/* Parse in a child that is expected to leave: its status, what it said in `said`. */
static int leaves(char *arg, char *said, size_t len)
{
    int fds[2], status;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        PARSE(arg);
        _exit(77);
    }
    close(fds[1]);
    for (size_t at = 0; (n = read(fds[0], said + at, len - 1 - at)) > 0; at += (size_t)n)
        said[at + (size_t)n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void wrong_options_are_explained(void **state)
{
    static const struct {
        char *arg;
        const char *says;
    } cases[] = {
        {"--nubmer=3", "did you mean '--number'?"},
        {"--cho", "did you mean '--choice'?"},
        {"--number=0", "a number from 1 to 64"},
        {"--number=65", "a number from 1 to 64"},
        {"--number=-1", "a number from 1 to 64"},
        {"--number=1x", "a number from 1 to 64"},
        {"--number", "needs a value"},
        {"--size=1G1", "a size"},
        {"--size=99999999999999999999", "a size"},
        {"--size=4K", "a size"},
        {"--choice=s", "one of sim|native"},
        {"--flag=1", "takes no value"},
        {"-f", "two dashes"},
    };
    char said[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(leaves(cases[i].arg, said, sizeof(said)), 2);
        assert_non_null(strstr(said, cases[i].says));
    }
}

static void help_lists_every_option(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(leaves("--help", said, sizeof(said)), 0);
    for (const struct option *o = options; o->name; o++)
        assert_non_null(strstr(said, o->help));
}

static void nearest_name_is_near(void **state)
{
    static const char *const names[] = {"run", "mkinitrd", "help", NULL};

    (void)state;
    assert_string_equal(options_nearest("rum", names), "run");
    assert_string_equal(options_nearest("mkinird", names), "mkinitrd");
    assert_string_equal(options_nearest("mk", names), "mkinitrd");
    assert_null(options_nearest("frobnicate", names));
    assert_null(options_nearest("", names));
}

/* ---- cpio ---- */

struct member {
    uint32_t ino, mode, nlink, size;
    const char *name;
    const uint8_t *data;
};

static uint32_t hex(const uint8_t *header, unsigned field)
{
    char digits[9] = {0};

    memcpy(digits, header + 6 + 8 * field, 8);
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* The member at *at, which moves behind it. */
static struct member member_next(const struct cpio *c, size_t *at)
{
    const uint8_t *h = c->data + *at;
    struct member m = {
        .ino = hex(h, 0), .mode = hex(h, 1), .nlink = hex(h, 4), .size = hex(h, 6)};

    assert_true(*at % 4 == 0 && *at + 110 <= c->len);
    assert_memory_equal(h, "070701", 6);
    m.name = (const char *)h + 110;
    assert_int_equal(strlen(m.name) + 1, hex(h, 11));
    *at = (*at + 110 + hex(h, 11) + 3) & ~(size_t)3;
    m.data = c->data + *at;
    *at = (*at + m.size + 3) & ~(size_t)3;
    return m;
}

static char root[64];

static void put(const char *name, const char *bytes, mode_t mode)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int tree_make(void **state)
{
    char path[128], other[128];

    (void)state;
    strcpy(root, "/tmp/cloudos-cpio-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    put("b", "abc", 0754);
    snprintf(path, sizeof(path), "%s/b", root);
    snprintf(other, sizeof(other), "%s/z", root);
    assert_int_equal(link(path, other), 0);
    snprintf(path, sizeof(path), "%s/a", root);
    assert_int_equal(symlink("b/../x", path), 0);
    snprintf(path, sizeof(path), "%s/c", root);
    assert_int_equal(mkdir(path, 0711), 0);
    assert_int_equal(chmod(path, 01777), 0);
    put("c/empty", "", 04755);
    return 0;
}

static int tree_remove(void **state)
{
    char command_line[128];

    (void)state;
    snprintf(command_line, sizeof(command_line), "rm -rf %s", root);
    return system(command_line);
}

static void cpio_keeps_what_a_tree_has(void **state)
{
    struct cpio c = {0};
    struct member m, first;
    size_t at = 0;

    (void)state;
    assert_int_equal(cpio_add_tree(&c, root), 0);
    assert_int_equal(cpio_finish(&c), 0);
    m = member_next(&c, &at);
    assert_string_equal(m.name, "a");
    assert_int_equal(m.mode & S_IFMT, S_IFLNK);
    assert_true(m.size == 6 && memcmp(m.data, "b/../x", 6) == 0);
    first = member_next(&c, &at);
    assert_string_equal(first.name, "b");
    assert_int_equal(first.mode, S_IFREG | 0754);
    assert_true(first.size == 3 && first.nlink == 2 && memcmp(first.data, "abc", 3) == 0);
    m = member_next(&c, &at);
    assert_string_equal(m.name, "c");
    assert_int_equal(m.mode, S_IFDIR | 01777);
    m = member_next(&c, &at);
    assert_string_equal(m.name, "c/empty");
    assert_int_equal(m.mode, S_IFREG | 04755);
    m = member_next(&c, &at);
    assert_string_equal(m.name, "z");
    assert_true(m.ino == first.ino && m.size == 0 && m.nlink == 2);
    m = member_next(&c, &at);
    assert_string_equal(m.name, "TRAILER!!!");
    assert_int_equal(c.len % 512, 0);
    cpio_free(&c);
}

static void cpio_of_the_same_tree_is_the_same(void **state)
{
    struct cpio one = {.zero_times = true}, two = {.zero_times = true};

    (void)state;
    assert_int_equal(cpio_add_tree(&one, root) | cpio_finish(&one), 0);
    put("b", "abc", 0754); /* another time */
    assert_int_equal(cpio_add_tree(&two, root) | cpio_finish(&two), 0);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
    cpio_free(&one);
    cpio_free(&two);
}

static void cpio_refuses_what_is_no_directory(void **state)
{
    struct cpio c = {0};
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/b", root);
    assert_true(cpio_add_tree(&c, path) < 0);
    assert_true(cpio_add_tree(&c, "/does/not/exist") < 0);
    assert_true(cpio_add_tree(&c, "") < 0);
    assert_true(cpio_add_tree(&c, "///") < 0);
    cpio_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_take_both_spellings),
        cmocka_unit_test(wrong_options_are_explained),
        cmocka_unit_test(help_lists_every_option),
        cmocka_unit_test(nearest_name_is_near),
        cmocka_unit_test(cpio_keeps_what_a_tree_has),
        cmocka_unit_test(cpio_of_the_same_tree_is_the_same),
        cmocka_unit_test(cpio_refuses_what_is_no_directory),
    };

    return cmocka_run_group_tests(tests, tree_make, tree_remove);
}
