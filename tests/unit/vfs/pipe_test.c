/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes and FIFOs. */
#include "machine.h"

#include <poll.h>

#include "vfs/pipe.h"

static struct file *ends[2];
static int64_t result;
static char buffer[200000];

static int setup(void **state)
{
    (void)state;
    result = 12345;
    return pipe_create(0, ends);
}

static int teardown(void **state)
{
    (void)state;
    if (ends[0])
        file_put(ends[0]);
    if (ends[1])
        file_put(ends[1]);
    ends[0] = ends[1] = NULL;
    clean();
    return 0;
}

static void close_end(int i)
{
    file_put(ends[i]);
    ends[i] = NULL;
}

static void nonblock(int i)
{
    file_change_flags(ends[i], 0, O_NONBLOCK);
}

static void bytes_come_out_as_they_went_in(void **state)
{
    unsigned written = 0, read = 0;

    (void)state;
    nonblock(0);
    nonblock(1);
    for (unsigned i = 0; i < 3000; i++) { /* many times round the ring, at odd offsets */
        unsigned char in[1777], out[2111];
        int64_t n;

        for (unsigned j = 0; j < sizeof(in); j++)
            in[j] = (unsigned char)((written + j) * 7);
        n = put(ends[1], in, sizeof(in));
        if (n > 0)
            written += (unsigned)n;
        n = get(ends[0], out, 1 + i % sizeof(out));
        for (int64_t j = 0; j < n; j++)
            assert_int_equal(out[j], (unsigned char)((read + (unsigned)j) * 7));
        if (n > 0)
            read += (unsigned)n;
    }
    assert_true(read > 1000000);
}

static void an_empty_pipe_says_eagain_then_end(void **state)
{
    char c;

    (void)state;
    nonblock(0);
    assert_int_equal(get(ends[0], &c, 1), -EAGAIN);
    assert_int_equal(get(ends[0], &c, 0), 0);
    assert_int_equal(put(ends[1], "x", 1), 1);
    close_end(1);
    assert_int_equal(get(ends[0], &c, 1), 1);
    assert_int_equal(get(ends[0], &c, 1), 0);
}

static void without_a_reader_writing_fails(void **state)
{
    (void)state;
    close_end(0);
    assert_int_equal(put(ends[1], "x", 1), -EPIPE);
    assert_int_equal(file_poll(ends[1], NULL), POLLOUT | POLLWRNORM | POLLERR);
}

static void the_wrong_end_is_no_descriptor_for_it(void **state)
{
    char c;

    (void)state;
    assert_int_equal(put(ends[0], "x", 1), -EBADF);
    assert_int_equal(get(ends[1], &c, 1), -EBADF);
    assert_int_equal(file_seek(ends[0], 0, SEEK_SET), -ESPIPE);
}

static void short_writes_are_whole_or_not_at_all(void **state)
{
    (void)state;
    nonblock(1);
    assert_int_equal(put(ends[1], buffer, 65536 - 100), 65536 - 100);
    assert_int_equal(put(ends[1], buffer, 101), -EAGAIN);
    assert_int_equal(put(ends[1], buffer, 4096), -EAGAIN);
    assert_int_equal(put(ends[1], buffer, 4097), 100);
    assert_int_equal(put(ends[1], buffer, 1), -EAGAIN);
}

static void poll_tells_what_is_ready(void **state)
{
    char c;

    (void)state;
    assert_int_equal(file_poll(ends[0], NULL), 0);
    assert_int_equal(file_poll(ends[1], NULL), POLLOUT | POLLWRNORM);
    assert_int_equal(put(ends[1], buffer, 65536), 65536);
    assert_int_equal(file_poll(ends[0], NULL), POLLIN | POLLRDNORM);
    assert_int_equal(file_poll(ends[1], NULL), 0);
    assert_int_equal(get(ends[0], &c, 1), 1);
    assert_int_equal(file_poll(ends[1], NULL), 0); /* no room for PIPE_BUF bytes */
    close_end(1);
    assert_int_equal(file_poll(ends[0], NULL), POLLIN | POLLRDNORM | POLLHUP);
    assert_int_equal(get(ends[0], buffer, 65536), 65535);
    assert_int_equal(file_poll(ends[0], NULL), POLLHUP);
}

static void reader(void *arg)
{
    result = get(arg, buffer, 100);
}

static void a_reader_waits_for_bytes(void **state)
{
    struct thread *t = machine_spawn("reader", reader, ends[0]);

    (void)state;
    machine_settle();
    assert_int_equal(result, 12345);
    assert_int_equal(put(ends[1], "hello", 5), 5);
    machine_join(t);
    assert_int_equal(result, 5);
}

static void a_reader_wakes_at_the_end(void **state)
{
    struct thread *t = machine_spawn("reader", reader, ends[0]);

    (void)state;
    machine_settle();
    close_end(1);
    machine_join(t);
    assert_int_equal(result, 0);
}

static void writer(void *arg)
{
    result = put(arg, buffer, sizeof(buffer));
}

static void a_writer_waits_for_room_and_writes_all(void **state)
{
    struct thread *t;
    static char out[50000];
    uint64_t total = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(buffer); i++)
        buffer[i] = (char)(i * 13 >> 4);
    t = machine_spawn("writer", writer, ends[1]);
    while (total < sizeof(buffer)) {
        int64_t n = get(ends[0], out, sizeof(out));

        assert_true(n > 0);
        assert_memory_equal(out, buffer + total, (size_t)n);
        total += (uint64_t)n;
    }
    machine_join(t);
    assert_int_equal(result, sizeof(buffer));
}

static void a_writer_learns_that_the_reader_left(void **state)
{
    struct thread *t = machine_spawn("writer", writer, ends[1]);

    (void)state;
    machine_settle();
    close_end(0);
    machine_join(t);
    assert_int_equal(result, 65536);
}

static void the_size_can_change_with_bytes_inside(void **state)
{
    char out[8192];

    (void)state;
    nonblock(1);
    assert_int_equal(pipe_size(ends[0]), 65536);
    for (unsigned i = 0; i < 6000; i++)
        buffer[i] = (char)i;
    assert_int_equal(put(ends[1], buffer, 3000), 3000);
    assert_int_equal(get(ends[0], out, 1000), 1000);
    assert_int_equal(put(ends[1], buffer + 3000, 3000), 3000);
    assert_int_equal(pipe_resize(ends[0], 4096, false), -EBUSY);
    assert_int_equal(pipe_resize(ends[0], 5000, false), 8192);
    assert_int_equal(pipe_resize(ends[0], 1 << 21, false), -EPERM);
    assert_int_equal(get(ends[0], out, sizeof(out)), 5000);
    assert_memory_equal(out, buffer + 1000, 5000);
    assert_int_equal(put(ends[1], buffer, 20000), 8192);
}

static void packets_are_read_one_by_one(void **state)
{
    char out[8192];

    (void)state;
    nonblock(0);
    nonblock(1);
    assert_int_equal(put(ends[1], "stream", 6), 6);
    file_change_flags(ends[1], 0, O_DIRECT);
    assert_int_equal(put(ends[1], "one", 3), 3);
    assert_int_equal(put(ends[1], "second", 6), 6);
    file_change_flags(ends[1], O_DIRECT, 0);
    assert_int_equal(put(ends[1], "ab", 2), 2);
    assert_int_equal(put(ends[1], "cd", 2), 2);
    assert_int_equal(get(ends[0], out, sizeof(out)), 6);
    assert_int_equal(get(ends[0], out, sizeof(out)), 3);
    assert_int_equal(get(ends[0], out, 2), 2);
    assert_memory_equal(out, "se", 2);
    assert_int_equal(get(ends[0], out, sizeof(out)), 4); /* the rest of it is gone */
    assert_memory_equal(out, "abcd", 4);
    assert_int_equal(get(ends[0], out, sizeof(out)), -EAGAIN);
}

static void packets_are_limited_in_size_and_number(void **state)
{
    char out[8192];

    (void)state;
    nonblock(0);
    nonblock(1);
    file_change_flags(ends[1], 0, O_DIRECT);
    assert_int_equal(put(ends[1], buffer, 5000), 5000);
    for (unsigned i = 2; i < 16; i++)
        assert_int_equal(put(ends[1], "x", 1), 1);
    assert_int_equal(put(ends[1], "x", 1), -EAGAIN);
    assert_int_equal(file_poll(ends[1], NULL), 0);
    assert_int_equal(get(ends[0], out, sizeof(out)), 4096);
    assert_int_equal(get(ends[0], out, sizeof(out)), 904);
    assert_int_equal(file_poll(ends[1], NULL), POLLOUT | POLLWRNORM);
    assert_int_equal(put(ends[1], "y", 1), 1);
}

static void peeking_takes_nothing(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(pipe_peek(ends[0], out, 8, true), -EAGAIN);
    assert_int_equal(put(ends[1], "abc", 3), 3);
    assert_int_equal(pipe_peek(ends[0], out, 8, true), 3);
    assert_int_equal(get(ends[0], out, 8), 3);
    assert_memory_equal(out, "abc", 3);
}

static void fifo_writer(void *arg)
{
    struct file *f;

    (void)arg;
    result = open_at("/fifo", O_WRONLY, &f);
    if (result)
        return;
    result = put(f, "fifo", 4);
    file_put(f);
}

static void a_fifo_brings_two_openers_together(void **state)
{
    struct thread *t;
    struct file *f;
    char out[8];

    (void)state;
    assert_int_equal(vfs_mknod(&root_ctx, NULL, "/fifo", S_IFIFO | 0644, 0), 0);
    assert_int_equal(open_at("/fifo", O_WRONLY | O_NONBLOCK, &f), -ENXIO);
    t = machine_spawn("writer", fifo_writer, NULL);
    machine_settle();
    assert_int_equal(result, 12345);
    assert_int_equal(open_at("/fifo", O_RDONLY, &f), 0);
    assert_int_equal(get(f, out, 8), 4);
    machine_join(t);
    assert_int_equal(get(f, out, 8), 0);
    file_put(f);
}

static void a_fifo_without_a_writer_yet_is_not_hung_up(void **state)
{
    struct file *r, *w;

    (void)state;
    assert_int_equal(vfs_mknod(&root_ctx, NULL, "/fifo", S_IFIFO | 0644, 0), 0);
    assert_int_equal(open_at("/fifo", O_RDONLY | O_NONBLOCK, &r), 0);
    assert_int_equal(file_poll(r, NULL), 0);
    assert_int_equal(open_at("/fifo", O_WRONLY | O_NONBLOCK, &w), 0);
    assert_int_equal(file_poll(r, NULL), 0);
    file_put(w);
    assert_int_equal(file_poll(r, NULL), POLLHUP);
    file_put(r);
}

static void nothing_is_left_behind(void **state)
{
    uint64_t files = slab_active("file"), dentries = slab_active("dentry");
    struct file *pair[2];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(pipe_create(0, pair), 0);
        assert_int_equal(put(pair[1], buffer, 9000), 9000);
        file_put(pair[i % 2]);
        file_put(pair[1 - i % 2]);
    }
    assert_int_equal(slab_active("file"), files);
    assert_int_equal(slab_active("dentry"), dentries);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_come_out_as_they_went_in),
        TEST(an_empty_pipe_says_eagain_then_end),
        TEST(without_a_reader_writing_fails),
        TEST(the_wrong_end_is_no_descriptor_for_it),
        TEST(short_writes_are_whole_or_not_at_all),
        TEST(poll_tells_what_is_ready),
        TEST(a_reader_waits_for_bytes),
        TEST(a_reader_wakes_at_the_end),
        TEST(a_writer_waits_for_room_and_writes_all),
        TEST(a_writer_learns_that_the_reader_left),
        TEST(the_size_can_change_with_bytes_inside),
        TEST(packets_are_read_one_by_one),
        TEST(packets_are_limited_in_size_and_number),
        TEST(peeking_takes_nothing),
        TEST(a_fifo_brings_two_openers_together),
        TEST(a_fifo_without_a_writer_yet_is_not_hung_up),
        TEST(nothing_is_left_behind),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
