/* SPDX-License-Identifier: BSD-2-Clause */
/* initramfs archives: what they may contain, and what hostile ones must not do. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/random.h"

#define ARCHIVE_MAX (8u << 20)

static char *archive;
static size_t archive_len;

struct member {
    uint32_t ino, mode, uid, gid, nlink, mtime, major, minor, rmajor, rminor;
    const char *name, *data;
};

static void pad4(void)
{
    while (archive_len % 4)
        archive[archive_len++] = '\0';
}

static void add(struct member m)
{
    size_t size = m.data ? strlen(m.data) : 0;

    archive_len += (size_t)sprintf(
        archive + archive_len,
        "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", m.ino, m.mode,
        m.uid, m.gid, m.nlink, m.mtime, (unsigned)size, m.major, m.minor, m.rmajor,
        m.rminor, (unsigned)strlen(m.name) + 1, 0);
    strcpy(archive + archive_len, m.name);
    archive_len += strlen(m.name) + 1;
    pad4();
    if (size)
        memcpy(archive + archive_len, m.data, size);
    archive_len += size;
    pad4();
}

static void add_file(const char *name, const char *data)
{
    add((struct member){.mode = S_IFREG | 0644, .nlink = 1, .name = name, .data = data});
}

static void add_dir(const char *name)
{
    add((struct member){.mode = S_IFDIR | 0755, .nlink = 2, .name = name});
}

static void add_end(void)
{
    add((struct member){.nlink = 1, .name = "TRAILER!!!"});
}

static int setup(void **state)
{
    (void)state;
    archive_len = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clean();
    return 0;
}

static int unpack(size_t *where)
{
    return vfs_unpack_cpio(&root_ctx, archive, archive_len, where);
}

static struct inode inode_of(const char *path)
{
    struct vfs_path p;
    struct inode copy;

    assert_int_equal(vfs_walk(&root_ctx, NULL, path, VFS_NOFOLLOW, &p), 0);
    copy = *vfs_path_inode(&p);
    vfs_path_put(&p);
    return copy;
}

static void an_archive_becomes_a_tree(void **state)
{
    (void)state;
    add_dir(".");
    add_dir("bin");
    add_file("bin/sh", "#!");
    add_file("./empty", "");
    add((struct member){
        .mode = S_IFLNK | 0777, .nlink = 1, .name = "bin/ash", .data = "sh"});
    add((struct member){
        .mode = S_IFCHR | 0620, .nlink = 1, .name = "null", .rmajor = 1, .rminor = 3});
    add((struct member){.mode = S_IFIFO | 0600, .nlink = 1, .name = "fifo"});
    add((struct member){.mode = S_IFREG | 04755,
                        .uid = 5,
                        .gid = 6,
                        .mtime = 1000000000,
                        .nlink = 1,
                        .name = "/absolute",
                        .data = "a"});
    add_end();
    assert_int_equal(unpack(NULL), 0);
    assert_string_equal(text_of("/bin/ash"), "#!");
    assert_string_equal(text_of("/empty"), "");
    assert_int_equal(inode_of("/null").rdev, 0x103);
    assert_int_equal(inode_of("/null").mode, S_IFCHR | 0620);
    assert_int_equal(inode_of("/fifo").mode, S_IFIFO | 0600);
    assert_int_equal(inode_of("/absolute").mode, S_IFREG | 04755);
    assert_int_equal(inode_of("/absolute").uid, 5);
    assert_int_equal(inode_of("/absolute").gid, 6);
    assert_int_equal(inode_of("/absolute").mtime.sec, 1000000000);
}

static void hard_links_share_one_file_whoever_brings_the_data(void **state)
{
    (void)state;
    add((struct member){.ino = 7, .mode = S_IFREG | 0644, .nlink = 3, .name = "a"});
    add((struct member){.ino = 7, .mode = S_IFREG | 0644, .nlink = 3, .name = "b"});
    add((struct member){
        .ino = 7, .mode = S_IFREG | 0600, .nlink = 3, .name = "c", .data = "last"});
    add((struct member){
        .ino = 8, .mode = S_IFREG | 0600, .nlink = 2, .name = "d", .data = "first"});
    add((struct member){.ino = 8, .mode = S_IFREG | 0600, .nlink = 2, .name = "e"});
    add_end();
    assert_int_equal(unpack(NULL), 0);
    assert_int_equal(ino_of("/a"), ino_of("/c"));
    assert_int_equal(nlink_of("/b"), 3);
    assert_string_equal(text_of("/a"), "last");
    assert_string_equal(text_of("/e"), "first");
    assert_int_equal(nlink_of("/d"), 2);
}

static void archives_behind_each_other_are_all_unpacked(void **state)
{
    (void)state;
    add((struct member){
        .ino = 1, .mode = S_IFREG | 0644, .nlink = 2, .name = "a", .data = "A"});
    add((struct member){.ino = 1, .mode = S_IFREG | 0644, .nlink = 2, .name = "a2"});
    add_file("over", "old");
    add_end();
    memset(archive + archive_len, 0, 512);
    archive_len += 512;
    add((struct member){
        .ino = 1, .mode = S_IFREG | 0644, .nlink = 2, .name = "b", .data = "B"});
    add((struct member){.ino = 1, .mode = S_IFREG | 0644, .nlink = 2, .name = "b2"});
    add_file("over", "new");
    add_end();
    memset(archive + archive_len, 0, 100);
    archive_len += 100;
    assert_int_equal(unpack(NULL), 0);
    assert_string_equal(text_of("/a2"), "A");
    assert_string_equal(text_of("/b2"),
                        "B"); /* inode 1 of the second archive is another */
    assert_string_equal(text_of("/over"), "new");
}

static void a_later_entry_replaces_what_is_there(void **state)
{
    (void)state;
    add_dir("d");
    add_file("x", "file");
    add((struct member){.mode = S_IFLNK | 0777, .nlink = 1, .name = "l", .data = "x"});
    add_file("l", "no link now");
    add((struct member){.mode = S_IFLNK | 0777, .nlink = 1, .name = "x", .data = "l"});
    add_dir("d");
    add_file("d/y", "y");
    add_end();
    assert_int_equal(unpack(NULL), 0);
    assert_string_equal(text_of("/l"), "no link now");
    assert_string_equal(text_of("/x"), "no link now");
    assert_string_equal(text_of("/d/y"), "y");
}

static void expect_bad(size_t offset)
{
    size_t where = 99999;

    assert_int_equal(unpack(&where), -EINVAL);
    assert_int_equal(where, offset);
}

/* The field at `index` of the header at `at` becomes `v`. */
static void poke(size_t at, unsigned index, uint32_t v)
{
    char text[9];

    snprintf(text, sizeof(text), "%08X", v);
    memcpy(archive + at + 6 + index * 8, text, 8);
}

static void broken_headers_are_found_and_located(void **state)
{
    static const struct {
        unsigned field;
        uint32_t value;
    } bad
        [] =
            {
                {6, 0xffffffff}, /* size beyond the end */
                {6, 0x7fffffff},
                {11, 0},
                {11, 1},
                {11, 2}, /* name not terminated */
                {11, 4097},
                {11, 100000},
                {11, 0xffffffff},
                {1, 0},
                {1, 0170000 | 0644},
            };
    size_t at;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        archive_len = 0;
        add_file("good", "x");
        at = archive_len;
        add_file("evil", "x");
        add_end();
        poke(at, bad[i].field, bad[i].value);
        expect_bad(at);
        clean();
    }
    archive_len = 0;
    add_file("x", "y");
    archive[20] = 'G';
    expect_bad(0);
    archive_len = 0;
    add_file("x", "y");
    memcpy(archive, "070707", 6);
    expect_bad(0);
}

static void names_cannot_climb_out(void **state)
{
    static const char *const names[] = {"..", "../x", "a/../../x", "a/..", "/../x"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        archive_len = 0;
        add_file(names[i], "x");
        add_end();
        expect_bad(0);
    }
    archive_len = 0;
    add_file("..x", "fine");
    add_file("x..", "fine");
    add_end();
    assert_int_equal(unpack(NULL), 0);
}

static void a_missing_trailer_is_an_error(void **state)
{
    (void)state;
    add_file("a", "a");
    expect_bad(archive_len);
    archive_len = 0;
    assert_int_equal(unpack(NULL), 0); /* nothing at all is nothing to do */
}

static void every_truncation_is_survived(void **state)
{
    size_t full;

    (void)state;
    add_dir("d");
    add_file("d/f", "some data");
    add((struct member){.mode = S_IFLNK | 0777, .nlink = 1, .name = "l", .data = "d/f"});
    add_end();
    full = archive_len;
    for (size_t len = 1; len < full - 4; len++) {
        char *copy = malloc(len); /* what is read beyond its end, a sanitizer sees */
        size_t where = 0;

        memcpy(copy, archive, len);
        assert_int_not_equal(vfs_unpack_cpio(&root_ctx, copy, len, &where), 0);
        assert_true(where <= len);
        free(copy);
        clean();
    }
}

static void random_damage_is_survived(void **state)
{
    struct prng r;
    size_t full;
    char *copy;

    (void)state;
    add_dir("d");
    add_file("d/f", "some data");
    add((struct member){
        .ino = 3, .mode = S_IFREG, .nlink = 2, .name = "h1", .data = "link"});
    add((struct member){.ino = 3, .mode = S_IFREG, .nlink = 2, .name = "h2"});
    add((struct member){.mode = S_IFLNK | 0777, .nlink = 1, .name = "l", .data = "d"});
    add_file("l/below", "x");
    add_end();
    full = archive_len;
    copy = malloc(full);
    prng_seed(&r, 42);
    for (unsigned i = 0; i < 3000; i++) {
        size_t where;
        int err;

        memcpy(copy, archive, full);
        for (uint64_t n = 1 + prng_below(&r, 4); n; n--)
            copy[prng_below(&r, full)] =
                (char)(prng_below(&r, 2) ? '0' + prng_below(&r, 10)
                                         : prng_below(&r, 256));
        err = vfs_unpack_cpio(&root_ctx, copy, full, &where);
        assert_in_range(-err, 0, 200);
        clean();
    }
    free(copy);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_archive_becomes_a_tree),
        TEST(hard_links_share_one_file_whoever_brings_the_data),
        TEST(archives_behind_each_other_are_all_unpacked),
        TEST(a_later_entry_replaces_what_is_there),
        TEST(broken_headers_are_found_and_located),
        TEST(names_cannot_climb_out),
        TEST(a_missing_trailer_is_an_error),
        TEST(every_truncation_is_survived),
        TEST(random_damage_is_survived),
    };

    archive = malloc(ARCHIVE_MAX);
    return archive ? cmocka_run_group_tests(tests, machine_start, NULL) : 1;
}
