/* SPDX-License-Identifier: BSD-2-Clause */
/* inotify: which events come, in which order, and what ends a watch. */
#include "machine.h"

#include <stdio.h>

#include "vfs/notify.h"

static struct file *in;

static int setup(void **state)
{
    (void)state;
    make_dir("/d");
    return inotify_create(O_NONBLOCK, &in);
}

static int teardown(void **state)
{
    (void)state;
    file_put(in);
    assert_int_equal(notify_watches, 0);
    clean();
    return 0;
}

static int watch(const char *path, uint32_t mask)
{
    struct vfs_path p;
    int wd;

    assert_int_equal(vfs_walk(&root_ctx, NULL, path, 0, &p), 0);
    wd = inotify_add(in, vfs_path_inode(&p), mask);
    vfs_path_put(&p);
    return wd;
}

/* "wd:mask:name " of everything that is queued; the cookie as '+' when there is one. */
static const char *events(void)
{
    static char text[2000];
    char buf[4096];
    int64_t n;

    text[0] = '\0';
    while ((n = get(in, buf, sizeof(buf))) > 0) {
        for (char *at = buf; at < buf + n;) {
            uint32_t head[4];
            size_t len = strlen(text);

            memcpy(head, at, sizeof(head));
            snprintf(text + len, sizeof(text) - len, "%d:%x%s:%s ", (int)head[0], head[1],
                     head[2] ? "+" : "", head[3] ? at + sizeof(head) : "");
            at += sizeof(head) + head[3];
        }
    }
    assert_int_equal(n, -EAGAIN);
    return text;
}

static void a_directory_tells_what_happens_in_it(void **state)
{
    (void)state;
    assert_int_equal(watch("/d", IN_ALL_EVENTS & ~(uint32_t)IN_OPEN), 1);
    make_file("/d/f", "x");
    assert_string_equal(events(), "1:100:f 1:2:f 1:8:f ");
    assert_string_equal(text_of("/d/f"), "x");
    assert_string_equal(events(), "1:1:f 1:10:f ");
    assert_int_equal(vfs_rename(&root_ctx, NULL, "/d/f", NULL, "/d/g", 0), 0);
    assert_string_equal(events(), "1:40+:f 1:80+:g ");
    make_dir("/d/sub");
    assert_string_equal(events(), "1:40000100:sub ");
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/d/g", false), 0);
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/d/sub", true), 0);
    assert_string_equal(events(), "1:200:g 1:40000200:sub ");
}

static void a_file_tells_of_itself(void **state)
{
    (void)state;
    make_file("/d/f", "");
    assert_int_equal(watch("/d/f", IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF), 1);
    make_file("/d/f", "more");
    assert_int_equal(vfs_rename(&root_ctx, NULL, "/d/f", NULL, "/g", 0), 0);
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/g", false), 0);
    assert_string_equal(events(), "1:2: 1:800: 1:400: ");
}

static void masks_add_up_or_replace(void **state)
{
    (void)state;
    assert_int_equal(watch("/d", IN_CREATE), 1);
    assert_int_equal(watch("/d", IN_DELETE | IN_MASK_ADD), 1);
    assert_int_equal(watch("/d", IN_DELETE | IN_MASK_CREATE), -EEXIST);
    make_dir("/d/x");
    assert_int_equal(watch("/d", IN_DELETE), 1);
    make_dir("/d/y");
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/d/y", true), 0);
    assert_string_equal(events(), "1:40000100:x 1:40000200:y ");
    assert_int_equal(inotify_remove(in, 1), 0);
    assert_int_equal(inotify_remove(in, 1), -EINVAL);
    make_dir("/d/z");
    assert_string_equal(events(), "1:8000: ");
}

static void equal_events_are_one_and_too_many_overflow(void **state)
{
    char path[32];

    (void)state;
    assert_int_equal(watch("/d", IN_MODIFY | IN_DELETE), 1);
    make_file("/d/f", "1");
    make_file("/d/f", "2");
    make_file("/d/f", "3");
    assert_string_equal(events(), "1:2:f ");
    for (unsigned i = 0; i < NOTIFY_EVENTS_MAX + 5; i++) {
        snprintf(path, sizeof(path), "/d/%u", i % 7);
        make_file(path, "x");
    }
    assert_true(file_poll(in, NULL) != 0);
    while (true) {
        uint32_t head[8];
        int64_t n = get(in, head, sizeof(head));

        assert_true(n > 0);
        if (head[1] == IN_Q_OVERFLOW || (n > 16 && head[4 + 1] == IN_Q_OVERFLOW))
            break;
    }
    assert_int_equal(file_poll(in, NULL), 0);
}

static void a_short_buffer_is_refused(void **state)
{
    char buf[20];

    (void)state;
    assert_int_equal(watch("/d", IN_CREATE), 1);
    make_dir("/d/name");
    assert_int_equal(get(in, buf, sizeof(buf)), -EINVAL);
    assert_string_equal(events(), "1:40000100:name ");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_directory_tells_what_happens_in_it),
        TEST(a_file_tells_of_itself),
        TEST(masks_add_up_or_replace),
        TEST(equal_events_are_one_and_too_many_overflow),
        TEST(a_short_buffer_is_refused),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
