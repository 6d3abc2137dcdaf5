/* SPDX-License-Identifier: BSD-2-Clause */
/* Names come, move and go: mkdir, link, unlink, rename and the rights they need. */
#include "machine.h"

#include <stdio.h>

static int teardown(void **state)
{
    (void)state;
    clean();
    return 0;
}

static int mv(const char *from, const char *to, uint32_t flags)
{
    return vfs_rename(&root_ctx, NULL, from, NULL, to, flags);
}

static int rm(const char *path)
{
    return vfs_unlink(&root_ctx, NULL, path, false);
}

static int rmdir_at(const char *path)
{
    return vfs_unlink(&root_ctx, NULL, path, true);
}

/* What stands at one end of a rename: f file, d empty directory, D full one, - nothing. */
static void stand(const char *path, char kind)
{
    char below[64];

    if (kind == 'f')
        make_file(path, path);
    if (kind == 'd' || kind == 'D')
        make_dir(path);
    if (kind == 'D') {
        snprintf(below, sizeof(below), "%s/x", path);
        make_file(below, "x");
    }
}

static const struct {
    char from, to;
    uint32_t flags;
    int err;
} renames[] = {
    {'f', '-', 0, 0},
    {'d', '-', 0, 0},
    {'D', '-', 0, 0},
    {'-', '-', 0, -ENOENT},
    {'-', 'f', 0, -ENOENT},
    {'f', 'f', 0, 0},
    {'f', 'd', 0, -EISDIR},
    {'d', 'f', 0, -ENOTDIR},
    {'d', 'd', 0, 0},
    {'D', 'd', 0, 0},
    {'d', 'D', 0, -ENOTEMPTY},
    {'f', '-', RENAME_NOREPLACE, 0},
    {'f', 'f', RENAME_NOREPLACE, -EEXIST},
    {'f', 'd', RENAME_NOREPLACE, -EEXIST},
    {'f', '-', RENAME_EXCHANGE, -ENOENT},
    {'f', 'f', RENAME_EXCHANGE, 0},
    {'f', 'D', RENAME_EXCHANGE, 0},
    {'D', 'f', RENAME_EXCHANGE, 0},
    {'f', 'f', RENAME_EXCHANGE | RENAME_NOREPLACE, -EINVAL},
    {'f', 'f', RENAME_WHITEOUT, -EINVAL},
};

static void try_rename(size_t i, const char *from, const char *to)
{
    uint64_t a, b;
    int err;

    make_dir("/p");
    make_dir("/q");
    stand(from, renames[i].from);
    stand(to, renames[i].to);
    a = ino_of(from);
    b = ino_of(to);
    err = mv(from, to, renames[i].flags);
    if (err != renames[i].err)
        fail_msg("%c -> %c (%u), %s: %d, not %d", renames[i].from, renames[i].to,
                 renames[i].flags, to, err, renames[i].err);
    if (err) {
        assert_int_equal(ino_of(from), a);
        assert_int_equal(ino_of(to), b);
    } else {
        assert_int_equal(ino_of(to), a);
        assert_int_equal(ino_of(from), renames[i].flags & RENAME_EXCHANGE ? b : 0);
    }
    clean();
    assert_int_equal(nlink_of("/"), 2);
}

static void renames_by_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(renames); i++) {
        try_rename(i, "/p/one", "/p/two");
        try_rename(i, "/p/one", "/q/two");
        try_rename(i, "/q/one", "/p/a-name-too-long-for-the-inside-of-a-directory-entry");
    }
}

static void a_directory_keeps_count_of_its_children(void **state)
{
    (void)state;
    make_dir("/p");
    make_dir("/q");
    make_dir("/p/d");
    make_file("/q/f", "f");
    assert_int_equal(nlink_of("/p"), 3);
    assert_int_equal(mv("/p/d", "/q/f", RENAME_EXCHANGE), 0);
    assert_int_equal(nlink_of("/p"), 2);
    assert_int_equal(nlink_of("/q"), 3);
    assert_int_equal(mv("/q/f", "/p/e", 0), 0);
    assert_int_equal(nlink_of("/p"), 3);
    assert_int_equal(nlink_of("/q"), 2);
    assert_int_equal(rmdir_at("/p/e"), 0);
    assert_int_equal(nlink_of("/p"), 2);
}

static void a_directory_does_not_move_into_itself(void **state)
{
    (void)state;
    make_dir("/a");
    make_dir("/a/b");
    make_dir("/a/b/c");
    assert_int_equal(mv("/a", "/a/b/c/d", 0), -EINVAL);
    assert_int_equal(mv("/a", "/a/x", 0), -EINVAL);
    assert_int_equal(mv("/a/b/c", "/a", 0), -ENOTEMPTY);
    assert_int_equal(mv("/a/b/c", "/a", RENAME_EXCHANGE), -EINVAL);
    assert_int_equal(mv("/a/.", "/z", 0), -EBUSY);
    assert_int_equal(mv("/a/b/..", "/z", 0), -EBUSY);
    assert_int_equal(mv("/a", "/a", 0), 0);
}

static void trailing_slashes_ask_for_directories(void **state)
{
    (void)state;
    make_file("/f", "f");
    make_dir("/d");
    assert_int_equal(mv("/f/", "/g", 0), -ENOTDIR);
    assert_int_equal(mv("/f", "/g/", 0), -ENOTDIR);
    assert_int_equal(mv("/d/", "/e/", 0), 0);
    assert_int_equal(rm("/f/"), -ENOTDIR);
    assert_int_equal(rmdir_at("/e/"), 0);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/n/", 0755), 0);
    assert_int_equal(vfs_mknod(&root_ctx, NULL, "/m/", S_IFIFO | 0644, 0), -ENOENT);
    assert_int_equal(vfs_symlink(&root_ctx, "x", NULL, "/s/"), -ENOENT);
}

static void moving_over_another_name_of_the_same_file_does_nothing(void **state)
{
    struct vfs_path p;

    (void)state;
    make_file("/one", "1");
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/one", 0, &p), 0);
    assert_int_equal(vfs_link(&root_ctx, &p, NULL, "/two"), 0);
    vfs_path_put(&p);
    assert_int_equal(nlink_of("/one"), 2);
    assert_int_equal(mv("/one", "/two", 0), 0);
    assert_true(exists("/one") && exists("/two"));
    assert_int_equal(rm("/one"), 0);
    assert_int_equal(nlink_of("/two"), 1);
    assert_string_equal(text_of("/two"), "1");
}

static void removal_by_kind(void **state)
{
    (void)state;
    make_file("/f", "f");
    make_dir("/d");
    make_file("/d/x", "x");
    make_link("/l", "d");
    assert_int_equal(rm("/nothing"), -ENOENT);
    assert_int_equal(rm("/d"), -EISDIR);
    assert_int_equal(rmdir_at("/f"), -ENOTDIR);
    assert_int_equal(rmdir_at("/d"), -ENOTEMPTY);
    assert_int_equal(rmdir_at("/l"), -ENOTDIR);
    assert_int_equal(rmdir_at("/d/."), -EINVAL);
    assert_int_equal(rmdir_at("/d/.."), -ENOTEMPTY);
    assert_int_equal(rmdir_at("/"), -EBUSY);
    assert_int_equal(rm("/."), -EISDIR);
    assert_int_equal(rm("/l"), 0);
    assert_true(exists("/d/x"));
}

static void an_open_file_outlives_its_name(void **state)
{
    struct file *f;
    char buf[8];

    (void)state;
    make_file("/f", "still");
    assert_int_equal(open_at("/f", O_RDWR, &f), 0);
    assert_int_equal(rm("/f"), 0);
    assert_false(exists("/f"));
    assert_int_equal(get(f, buf, sizeof(buf)), 5);
    assert_memory_equal(buf, "still", 5);
    make_file("/f", "new");
    assert_string_equal(text_of("/f"), "new");
    file_put(f);
}

static void nothing_is_made_in_a_removed_directory(void **state)
{
    struct vfs_context ctx = root_ctx;

    (void)state;
    make_dir("/d");
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/d", 0, &ctx.cwd), 0);
    assert_int_equal(rmdir_at("/d"), 0);
    assert_int_equal(vfs_mkdir(&ctx, NULL, "x", 0755), -ENOENT);
    assert_int_equal(vfs_mkdir(&ctx, NULL, "../x", 0755), 0);
    vfs_path_put(&ctx.cwd);
}

static void new_names_must_be_new(void **state)
{
    (void)state;
    make_dir("/d");
    make_link("/dangling", "nowhere");
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/d", 0755), -EEXIST);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/d/.", 0755), -EEXIST);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/d/..", 0755), -EEXIST);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/", 0755), -EEXIST);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/dangling", 0755), -EEXIST);
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/x/y", 0755), -ENOENT);
    assert_int_equal(vfs_symlink(&root_ctx, "", NULL, "/e"), -ENOENT);
}

/* ---- rights ---- */

static void sticky_directories_protect_other_peoples_files(void **state)
{
    struct cred alice, bob;
    struct vfs_context a = user_ctx(&alice, 1000, 1000), b = user_ctx(&bob, 1001, 1001);
    struct file *f;

    (void)state;
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/tmp", 01777), 0);
    assert_int_equal(vfs_open(&a, NULL, "/tmp/a", O_CREAT | O_WRONLY, 0666, 0, &f), 0);
    file_put(f);
    assert_int_equal(vfs_unlink(&b, NULL, "/tmp/a", false), -EPERM);
    assert_int_equal(vfs_rename(&b, NULL, "/tmp/a", NULL, "/tmp/b", 0), -EPERM);
    assert_int_equal(vfs_mkdir(&b, NULL, "/tmp/mine", 0700), 0);
    assert_int_equal(vfs_unlink(&a, NULL, "/tmp/a", false), 0);
    assert_int_equal(vfs_mkdir(&b, NULL, "/not_here", 0700), -EACCES);
}

static void setgid_directories_hand_down_their_group(void **state)
{
    struct vfs_attr attr = {
        .valid = VFS_ATTR_MODE | VFS_ATTR_GID, .mode = 02777, .gid = 77};
    struct vfs_path p;
    struct cred c;
    struct vfs_context user = user_ctx(&c, 1000, 1000);

    (void)state;
    make_dir("/g");
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/g", 0, &p), 0);
    assert_int_equal(vfs_set_attr(&root_ctx, &p, &attr), 0);
    vfs_path_put(&p);
    assert_int_equal(vfs_mkdir(&user, NULL, "/g/d", 0755), 0);
    assert_int_equal(vfs_mknod(&user, NULL, "/g/f", S_IFREG | 0644, 0), 0);
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/g/d", 0, &p), 0);
    assert_int_equal(vfs_path_inode(&p)->gid, 77);
    assert_int_equal(vfs_path_inode(&p)->mode, S_IFDIR | 02755);
    vfs_path_put(&p);
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/g/f", 0, &p), 0);
    assert_int_equal(vfs_path_inode(&p)->gid, 77);
    assert_int_equal(vfs_path_inode(&p)->uid, 1000);
    vfs_path_put(&p);
}

static void owners_change_modes_and_only_root_gives_files_away(void **state)
{
    struct vfs_attr mode = {.valid = VFS_ATTR_MODE, .mode = 04755};
    struct vfs_attr owner = {.valid = VFS_ATTR_UID, .uid = 2000};
    struct cred c, other;
    struct vfs_context user = user_ctx(&c, 1000, 1000), stranger = user_ctx(&other, 3, 3);
    struct vfs_path p;

    (void)state;
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/tmp", 01777), 0);
    assert_int_equal(vfs_mknod(&user, NULL, "/tmp/f", S_IFREG | 0644, 0), 0);
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/tmp/f", 0, &p), 0);
    assert_int_equal(vfs_set_attr(&stranger, &p, &mode), -EPERM);
    assert_int_equal(vfs_set_attr(&user, &p, &mode), 0);
    assert_int_equal(vfs_path_inode(&p)->mode, S_IFREG | 04755);
    assert_int_equal(vfs_set_attr(&user, &p, &owner), -EPERM);
    assert_int_equal(vfs_set_attr(&root_ctx, &p, &owner), 0);
    assert_int_equal(vfs_path_inode(&p)->uid, 2000);
    assert_int_equal(vfs_path_inode(&p)->mode,
                     S_IFREG | 0755); /* no setuid for the new owner */
    vfs_path_put(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(renames_by_table, teardown),
        cmocka_unit_test_teardown(a_directory_keeps_count_of_its_children, teardown),
        cmocka_unit_test_teardown(a_directory_does_not_move_into_itself, teardown),
        cmocka_unit_test_teardown(trailing_slashes_ask_for_directories, teardown),
        cmocka_unit_test_teardown(moving_over_another_name_of_the_same_file_does_nothing,
                                  teardown),
        cmocka_unit_test_teardown(removal_by_kind, teardown),
        cmocka_unit_test_teardown(an_open_file_outlives_its_name, teardown),
        cmocka_unit_test_teardown(nothing_is_made_in_a_removed_directory, teardown),
        cmocka_unit_test_teardown(new_names_must_be_new, teardown),
        cmocka_unit_test_teardown(sticky_directories_protect_other_peoples_files,
                                  teardown),
        cmocka_unit_test_teardown(setgid_directories_hand_down_their_group, teardown),
        cmocka_unit_test_teardown(owners_change_modes_and_only_root_gives_files_away,
                                  teardown),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
