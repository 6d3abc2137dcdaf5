/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, reading, writing, sizes; tmpfs's limits, directories and attributes; mounts. */
#include "machine.h"

#include <dirent.h>
#include <stdio.h>

#include "abi/mount.h"
#include "lib/strbuf.h"
#include "vfs/memfd.h"
#include "vfs/xattr.h"

static int teardown(void **state)
{
    (void)state;
    clean();
    return 0;
}

static const struct {
    const char *path;
    uint32_t flags;
    int err;
} opens[] = {
    {"/f", O_RDONLY, 0},
    {"/f", O_RDWR | O_CREAT, 0},
    {"/f", O_RDWR | O_CREAT | O_EXCL, -EEXIST},
    {"/f/", O_RDONLY, -ENOTDIR},
    {"/f", O_RDONLY | O_DIRECTORY, -ENOTDIR},
    {"/d", O_RDONLY, 0},
    {"/d/", O_RDONLY | O_DIRECTORY, 0},
    {"/d", O_WRONLY, -EISDIR},
    {"/d", O_RDONLY | O_CREAT, -EISDIR},
    {"/d", O_RDONLY | O_TRUNC, -EISDIR},
    {"/d/.", O_RDONLY | O_CREAT, -EISDIR},
    {"/", O_RDONLY, 0},
    {"/none", O_RDONLY, -ENOENT},
    {"/none/", O_RDONLY | O_CREAT, -EISDIR},
    {"/none/x", O_RDONLY | O_CREAT, -ENOENT},
    {"/link", O_RDONLY, 0},
    {"/link", O_RDONLY | O_NOFOLLOW, -ELOOP},
    {"/link", O_PATH | O_NOFOLLOW, 0},
    {"/link", O_RDONLY | O_CREAT | O_EXCL, -EEXIST},
    {"/link", O_PATH | O_NOFOLLOW | O_DIRECTORY, -ENOTDIR},
    {"/dangling", O_RDONLY, -ENOENT},
    {"/dangling", O_RDONLY | O_CREAT | O_EXCL, -EEXIST},
    {"/dangling", O_WRONLY | O_CREAT, 0}, /* makes /target */
    {"/target", O_RDONLY, 0},
    {"/d", O_TMPFILE | O_RDONLY, -EINVAL},
    {"/d", O_TMPFILE | O_RDWR, 0},
    {"/f", O_TMPFILE | O_RDWR, -ENOTDIR},
};

static void opens_by_table(void **state)
{
    (void)state;
    make_file("/f", "f");
    make_dir("/d");
    make_link("/link", "f");
    make_link("/dangling", "target");
    for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
        struct file *f;
        int err = open_at(opens[i].path, opens[i].flags, &f);

        if (err != opens[i].err)
            fail_msg("%s %o: %d, not %d", opens[i].path, opens[i].flags, err,
                     opens[i].err);
        if (!err)
            file_put(f);
    }
}

static void the_access_mode_is_kept(void **state)
{
    struct file *r, *w;
    char c;

    (void)state;
    make_file("/f", "f");
    assert_int_equal(open_at("/f", O_RDONLY, &r), 0);
    assert_int_equal(open_at("/f", O_WRONLY, &w), 0);
    assert_int_equal(put(r, "x", 1), -EBADF);
    assert_int_equal(get(w, &c, 1), -EBADF);
    file_put(r);
    file_put(w);
}

static void creation_makes_a_file_that_even_mode_0_lets_us_write(void **state)
{
    struct cred c;
    struct vfs_context user = user_ctx(&c, 1000, 1000);
    struct file *f;

    (void)state;
    user.umask = 0777;
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/t", 0777), 0);
    assert_int_equal(vfs_open(&user, NULL, "/t/f", O_CREAT | O_RDWR, 0666, 0, &f), 0);
    assert_int_equal(f->inode->mode, S_IFREG);
    assert_int_equal(put(f, "x", 1), 1);
    file_put(f);
    assert_int_equal(vfs_open(&user, NULL, "/t/f", O_RDONLY, 0, 0, &f), -EACCES);
}

static void append_goes_to_the_end_of_now(void **state)
{
    struct file *a, *b;

    (void)state;
    make_file("/f", "12");
    assert_int_equal(open_at("/f", O_WRONLY | O_APPEND, &a), 0);
    assert_int_equal(open_at("/f", O_WRONLY | O_APPEND, &b), 0);
    assert_int_equal(put(a, "34", 2), 2);
    assert_int_equal(put(b, "56", 2), 2);
    assert_int_equal(put(a, "78", 2), 2);
    file_put(a);
    file_put(b);
    assert_string_equal(text_of("/f"), "12345678");
}

static void holes_read_as_zeros(void **state)
{
    char buf[10002];
    struct file *f;

    (void)state;
    assert_int_equal(open_at("/f", O_CREAT | O_RDWR, &f), 0);
    assert_int_equal(file_seek(f, 10000, SEEK_SET), 10000);
    assert_int_equal(put(f, "x", 1), 1);
    assert_int_equal(file_seek(f, 0, SEEK_SET), 0);
    assert_int_equal(get(f, buf, sizeof(buf)), 10001);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf[i], 0);
    assert_int_equal(file_seek(f, 0, SEEK_DATA), 8192);
    assert_int_equal(file_seek(f, 9000, SEEK_HOLE), 10001);
    assert_int_equal(file_seek(f, 10001, SEEK_DATA), -ENXIO);
    assert_int_equal(file_seek(f, -1, SEEK_SET), -EINVAL);
    assert_int_equal(file_seek(f, -1, SEEK_END), 10000);
    assert_int_equal(file_seek(f, INT64_MAX, SEEK_CUR), -EOVERFLOW);
    assert_int_equal(file_seek(f, 0, 77), -EINVAL);
    file_put(f);
}

static void truncation_forgets_what_was_beyond(void **state)
{
    char buf[16];
    struct file *f;

    (void)state;
    make_file("/f", "0123456789");
    assert_int_equal(open_at("/f", O_RDWR, &f), 0);
    assert_int_equal(file_truncate(f, 4), 0);
    assert_int_equal(file_truncate(f, 8), 0);
    assert_int_equal(get(f, buf, sizeof(buf)), 8);
    assert_memory_equal(buf, "0123\0\0\0\0", 8);
    file_put(f);
    assert_int_equal(open_at("/f", O_WRONLY | O_TRUNC, &f), 0);
    file_put(f);
    assert_string_equal(text_of("/f"), "");
}

static void a_nameless_file_can_get_a_name(void **state)
{
    struct file *f, *g;

    (void)state;
    make_dir("/d");
    assert_int_equal(open_at("/d", O_TMPFILE | O_RDWR, &f), 0);
    assert_int_equal(put(f, "tmp", 3), 3);
    assert_int_equal(vfs_link(&root_ctx, &f->path, NULL, "/d/named"), 0);
    assert_string_equal(text_of("/d/named"), "tmp");
    assert_int_equal(open_at("/d", O_TMPFILE | O_RDWR | O_EXCL, &g), 0);
    assert_int_equal(vfs_link(&root_ctx, &g->path, NULL, "/d/other"), -ENOENT);
    file_put(f);
    file_put(g);
}

static void seals_hold(void **state)
{
    struct file *f;
    char c;

    (void)state;
    assert_int_equal(memfd_file_create("m", MFD_ALLOW_SEALING, root_ctx.cred, &f), 0);
    assert_int_equal(put(f, "data", 4), 4);
    assert_int_equal(file_add_seals(f, F_SEAL_GROW), 0);
    assert_int_equal(put(f, "more", 4), -EPERM);
    assert_int_equal(file_truncate(f, 3), 0);
    assert_int_equal(file_truncate(f, 4), -EPERM);
    assert_int_equal(file_add_seals(f, F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL), 0);
    assert_int_equal(file_truncate(f, 2), -EPERM);
    f->pos = 0;
    assert_int_equal(put(f, "x", 1), -EPERM);
    assert_int_equal(get(f, &c, 1), 1);
    assert_int_equal(file_add_seals(f, F_SEAL_WRITE), -EPERM);
    file_put(f);
}

/* ---- directories ---- */

struct names {
    struct dir_emit emit;
    unsigned count, max;
    bool seen[1000];
};

static bool take(struct dir_emit *e, const char *name, size_t len, uint64_t ino,
                 uint64_t next, unsigned type)
{
    struct names *n = container_of(e, struct names, emit);
    unsigned i;

    (void)len;
    (void)next;
    assert_int_not_equal(ino, 0);
    if (n->count == n->max)
        return false;
    n->count++;
    if (sscanf(name, "n%u", &i) == 1) {
        assert_false(n->seen[i]); /* nothing comes twice */
        assert_int_equal(type, DT_REG);
        n->seen[i] = true;
    }
    return true;
}

static void readdir_sees_everything_once_while_others_come_and_go(void **state)
{
    static struct names n = {.emit = {take}};
    struct file *f;
    char path[32];

    (void)state;
    make_dir("/d");
    for (unsigned i = 0; i < 500; i++) {
        snprintf(path, sizeof(path), "/d/n%u", i);
        make_file(path, "");
    }
    assert_int_equal(open_at("/d", O_RDONLY, &f), 0);
    for (unsigned round = 0; round < 100; round++) {
        n.count = 0;
        n.max = 7;
        assert_int_equal(f->ops->readdir(f, &n.emit, &f->pos), 0);
        snprintf(path, sizeof(path), "/d/n%u", round);
        assert_int_equal(vfs_unlink(&root_ctx, NULL, path, false), 0);
        snprintf(path, sizeof(path), "/d/x%u", round);
        make_file(path, "");
    }
    for (unsigned i = 100; i < 500; i++)
        assert_true(n.seen[i]);
    file_put(f);
}

/* ---- mounts and limits ---- */

static int mount_at(const char *type, const char *at, uint64_t flags, const char *data)
{
    return vfs_mount(&root_ctx, "src", at, type, flags, data);
}

static void a_small_tmpfs_runs_out(void **state)
{
    static char page[4096];
    struct file *f;
    int64_t n = 0;

    (void)state;
    make_dir("/m");
    assert_int_equal(mount_at("tmpfs", "/m", 0, "size=64k,nr_inodes=3"), 0);
    assert_int_equal(open_at("/m/f", O_CREAT | O_RDWR, &f), 0);
    for (int i = 0; i < 16; i++)
        assert_int_equal(put(f, page, sizeof(page)), sizeof(page));
    assert_int_equal(put(f, page, sizeof(page)), -ENOSPC);
    assert_int_equal(file_truncate(f, 4096), 0);
    f->pos = 4096;
    n = put(f, page, sizeof(page));
    assert_int_equal(n, sizeof(page));
    file_put(f);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/m/d", 0755), 0);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/m/e", 0755), -ENOSPC);
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/m/f", false), 0);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/m/e", 0755), 0);
    assert_int_equal(vfs_unmount(&root_ctx, "/m", 0), 0);
    assert_int_equal(mount_at("tmpfs", "/m", 0, "size=banana"), -EINVAL);
    assert_int_equal(mount_at("tmpfs", "/m", 0, "colour=red"), -EINVAL);
    assert_int_equal(mount_at("nofs", "/m", 0, NULL), -ENODEV);
}

static void a_mount_covers_and_uncovers(void **state)
{
    struct vfs_context ctx = root_ctx;

    (void)state;
    make_dir("/m");
    make_file("/m/below", "b");
    assert_int_equal(mount_at("tmpfs", "/m", 0, NULL), 0);
    assert_false(exists("/m/below"));
    make_file("/m/above", "a");
    assert_int_equal(ino_of("/m/.."), ino_of("/"));
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/m", true), -EBUSY);
    assert_int_equal(vfs_rename(&root_ctx, NULL, "/m/above", NULL, "/x", 0), -EXDEV);
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/m", 0, &ctx.cwd), 0);
    assert_int_equal(vfs_unmount(&root_ctx, "/m", 0), -EBUSY);
    assert_int_equal(vfs_unmount(&root_ctx, "/m", MNT_DETACH), 0);
    assert_true(exists("/m/below"));
    make_file("/free", "y");
    assert_int_equal(vfs_mkdir(&ctx, NULL, "still_there", 0755), 0);
    vfs_path_put(&ctx.cwd);
    assert_int_equal(vfs_unmount(&root_ctx, "/m", 0), -EINVAL);
}

static void deep_trees_are_unmounted_without_deep_stacks(void **state)
{
    struct vfs_context ctx = root_ctx;

    (void)state;
    make_dir("/m");
    assert_int_equal(mount_at("tmpfs", "/m", 0, NULL), 0);
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/m", 0, &ctx.cwd), 0);
    for (unsigned i = 0; i < 5000; i++) {
        struct vfs_path next;

        assert_int_equal(vfs_mkdir(&ctx, NULL, "d", 0755), 0);
        assert_int_equal(vfs_walk(&ctx, NULL, "d", 0, &next), 0);
        vfs_path_put(&ctx.cwd);
        ctx.cwd = next;
    }
    vfs_path_put(&ctx.cwd);
    assert_int_equal(vfs_unmount(&root_ctx, "/m", 0), 0);
}

static void binds_show_the_same_files_elsewhere(void **state)
{
    (void)state;
    make_dir("/src");
    make_file("/src/f", "f");
    make_dir("/dst");
    assert_int_equal(vfs_mount(&root_ctx, "/src", "/dst", NULL, MS_BIND, NULL), 0);
    assert_string_equal(text_of("/dst/f"), "f");
    make_file("/dst/g", "g");
    assert_string_equal(text_of("/src/g"), "g");
    assert_int_equal(
        vfs_mount(&root_ctx, NULL, "/dst", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
        0);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/dst/d", 0755), -EROFS);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/src/d", 0755), 0);
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/dst/g", false), -EROFS);
    assert_int_equal(vfs_unmount(&root_ctx, "/dst", 0), 0);
    assert_false(exists("/dst/f"));
}

static void a_mount_moves(void **state)
{
    static char text[4096];
    struct strbuf sb;

    (void)state;
    make_dir("/a");
    make_dir("/b");
    assert_int_equal(mount_at("tmpfs", "/a", MS_NOSUID, "size=1m"), 0);
    make_file("/a/f", "f");
    make_dir("/a/in");
    assert_int_equal(vfs_mount(&root_ctx, "/a", "/a/in", NULL, MS_MOVE, NULL), -ELOOP);
    assert_int_equal(vfs_mount(&root_ctx, "/a", "/b", NULL, MS_MOVE, NULL), 0);
    assert_string_equal(text_of("/b/f"), "f");
    assert_false(exists("/a/f"));
    strbuf_init(&sb, text, sizeof(text));
    vfs_mounts_text(&root_ctx, &sb, false);
    assert_string_equal(text,
                        "root / tmpfs rw,relatime,size=32768k,nr_inodes=8192,mode=755 0 "
                        "0\nsrc /b tmpfs rw,nosuid,relatime,size=1024k,nr_inodes=8192 0 "
                        "0\n");
    assert_int_equal(vfs_unmount(&root_ctx, "/b", 0), 0);
}

static void extended_attributes_are_kept(void **state)
{
    struct vfs_path p;
    char buf[64];

    (void)state;
    make_file("/f", "f");
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/f", 0, &p), 0);
    assert_int_equal(vfs_xattr_get(&root_ctx, &p, "user.a", buf, 64), -ENODATA);
    assert_int_equal(vfs_xattr_set(&root_ctx, &p, "user.a", "1234", 4, XATTR_REPLACE),
                     -ENODATA);
    assert_int_equal(vfs_xattr_set(&root_ctx, &p, "user.a", "1234", 4, 0), 0);
    assert_int_equal(vfs_xattr_set(&root_ctx, &p, "user.a", "5", 1, XATTR_CREATE),
                     -EEXIST);
    assert_int_equal(vfs_xattr_set(&root_ctx, &p, "security.b", "", 0, 0), 0);
    assert_int_equal(vfs_xattr_set(&root_ctx, &p, "strange.b", "", 0, 0), -EOPNOTSUPP);
    assert_int_equal(vfs_xattr_get(&root_ctx, &p, "user.a", buf, 0), 4);
    assert_int_equal(vfs_xattr_get(&root_ctx, &p, "user.a", buf, 3), -ERANGE);
    assert_int_equal(vfs_xattr_get(&root_ctx, &p, "user.a", buf, 64), 4);
    assert_int_equal(vfs_xattr_list(&p, buf, 64), 18);
    assert_memory_equal(buf, "user.a\0security.b", 18);
    assert_int_equal(vfs_xattr_remove(&root_ctx, &p, "user.a"), 0);
    assert_int_equal(vfs_xattr_remove(&root_ctx, &p, "user.a"), -ENODATA);
    vfs_path_put(&p);
}

#define TEST(t) cmocka_unit_test_teardown(t, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(opens_by_table),
        TEST(the_access_mode_is_kept),
        TEST(creation_makes_a_file_that_even_mode_0_lets_us_write),
        TEST(append_goes_to_the_end_of_now),
        TEST(holes_read_as_zeros),
        TEST(truncation_forgets_what_was_beyond),
        TEST(a_nameless_file_can_get_a_name),
        TEST(seals_hold),
        TEST(readdir_sees_everything_once_while_others_come_and_go),
        TEST(a_small_tmpfs_runs_out),
        TEST(a_mount_covers_and_uncovers),
        TEST(deep_trees_are_unmounted_without_deep_stacks),
        TEST(binds_show_the_same_files_elsewhere),
        TEST(a_mount_moves),
        TEST(extended_attributes_are_kept),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
