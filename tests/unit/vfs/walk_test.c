/* SPDX-License-Identifier: BSD-2-Clause */
/* The path walk, by table; path texts; limits; openat2's restrictions. */
#include "machine.h"

#include <stdio.h>

static int setup(void **state)
{
    (void)state;
    make_dir("/a");
    make_dir("/a/b");
    make_dir("/a/b/c");
    make_file("/a/f", "f");
    make_file("/a/b/g", "g");
    make_link("/a/to_b", "b");
    make_link("/a/to_f", "f");
    make_link("/a/up", "../a/b");
    make_link("/abs", "/a/b");
    make_link("/dangling", "nowhere");
    make_link("/loop1", "loop2");
    make_link("/loop2", "loop1");
    make_link("/self", "self/x");
    make_link("/dir_slash", "a/b/");
    make_link("/file_slash", "a/f/");
    make_link("/chain0", "a/f");
    for (int i = 1; i <= 41; i++) {
        char name[32], target[16];

        snprintf(name, sizeof(name), "/chain%d", i);
        snprintf(target, sizeof(target), "chain%d", i - 1);
        make_link(name, target);
    }
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, "/locked", 0700), 0);
    make_file("/locked/x", "x");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clean();
    return 0;
}

static const struct {
    const char *path;
    unsigned flags;
    int err;
    const char *same_as; /* the expected file, by a plain path */
} table[] = {
    {"/", 0, 0, "/"},
    {"///", 0, 0, "/"},
    {"", 0, -ENOENT, NULL},
    {"", VFS_EMPTY, 0, "/"},
    {".", 0, 0, "/"},
    {"..", 0, 0, "/"},
    {"/..", 0, 0, "/"},
    {"/../../a", 0, 0, "/a"},
    {"a", 0, 0, "/a"},
    {"/a/", 0, 0, "/a"},
    {"/a//b///c", 0, 0, "/a/b/c"},
    {"/a/./b/.", 0, 0, "/a/b"},
    {"/a/b/../f", 0, 0, "/a/f"},
    {"/a/f", 0, 0, "/a/f"},
    {"/a/f/", 0, -ENOTDIR, NULL},
    {"/a/f/.", 0, -ENOTDIR, NULL},
    {"/a/f/..", 0, -ENOTDIR, NULL},
    {"/a/f/x", 0, -ENOTDIR, NULL},
    {"/a/x", 0, -ENOENT, NULL},
    {"/a/x/", 0, -ENOENT, NULL},
    {"/a/x/y", 0, -ENOENT, NULL},
    {"/a/f", VFS_DIRECTORY, -ENOTDIR, NULL},
    {"/a/to_b", 0, 0, "/a/b"},
    {"/a/to_b/g", 0, 0, "/a/b/g"},
    {"/a/to_b", VFS_NOFOLLOW, 0, "/a/to_b"},
    {"/a/to_b/", VFS_NOFOLLOW, 0, "/a/b"},
    {"/a/to_b/.", VFS_NOFOLLOW, 0, "/a/b"},
    {"/a/to_b", VFS_NOFOLLOW | VFS_DIRECTORY, -ENOTDIR, NULL},
    {"/a/to_f/", 0, -ENOTDIR, NULL},
    {"/a/up/c", 0, 0, "/a/b/c"},
    {"/a/up/..", 0, 0, "/a"},
    {"/abs/g", 0, 0, "/a/b/g"},
    {"/dangling", 0, -ENOENT, NULL},
    {"/dangling", VFS_NOFOLLOW, 0, "/dangling"},
    {"/dangling/", VFS_NOFOLLOW, -ENOENT, NULL},
    {"/loop1", 0, -ELOOP, NULL},
    {"/loop1", VFS_NOFOLLOW, 0, "/loop1"},
    {"/loop1/x", VFS_NOFOLLOW, -ELOOP, NULL},
    {"/self", 0, -ELOOP, NULL},
    {"/dir_slash", 0, 0, "/a/b"},
    {"/dir_slash/g", 0, 0, "/a/b/g"},
    {"/file_slash", 0, -ENOTDIR, NULL},
    {"/chain39", 0, 0, "/a/f"}, /* forty links */
    {"/chain40", 0, -ELOOP, NULL},
    /* openat2 */
    {"/a/b", VFS_BENEATH, -EXDEV, NULL},
    {"a/b", VFS_BENEATH, 0, "/a/b"},
    {"..", VFS_BENEATH, -EXDEV, NULL},
    {"a/../a/f", VFS_BENEATH, 0, "/a/f"},
    {"a/../..", VFS_BENEATH, -EXDEV, NULL},
    {"abs", VFS_BENEATH, -EXDEV, NULL},
    {"a/up", VFS_BENEATH, 0, "/a/b"},
    {"a/to_b", VFS_NO_SYMLINKS, -ELOOP, NULL},
    {"a/to_b", VFS_NO_SYMLINKS | VFS_NOFOLLOW, 0, "/a/to_b"},
    {"a/b", VFS_NO_SYMLINKS, 0, "/a/b"},
    {"/a/f", VFS_IN_ROOT, 0, "/a/f"},
};

static void walks_by_table(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2; round++) { /* cold and cached */
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
            struct vfs_path p;
            int err = vfs_walk(&root_ctx, NULL, table[i].path, table[i].flags, &p);

            if (err != table[i].err)
                fail_msg("%s (%u): %d, not %d", table[i].path, table[i].flags, err,
                         table[i].err);
            if (err)
                continue;
            if (vfs_path_inode(&p)->ino != ino_of(table[i].same_as))
                fail_msg("%s is not %s", table[i].path, table[i].same_as);
            vfs_path_put(&p);
        }
    }
}

static void in_root_turns_absolute_paths_and_dotdot_inwards(void **state)
{
    struct vfs_path a, p;

    (void)state;
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/a", 0, &a), 0);
    assert_int_equal(vfs_walk(&root_ctx, &a, "/b", VFS_IN_ROOT, &p), 0);
    assert_int_equal(vfs_path_inode(&p)->ino, ino_of("/a/b"));
    vfs_path_put(&p);
    assert_int_equal(vfs_walk(&root_ctx, &a, "../../b/..", VFS_IN_ROOT, &p), 0);
    assert_int_equal(vfs_path_inode(&p)->ino, ino_of("/a"));
    vfs_path_put(&p);
    vfs_path_put(&a);
}

static void names_and_paths_have_limits(void **state)
{
    static char path[VFS_PATH_MAX + 10];
    struct vfs_path p;

    (void)state;
    memset(path, 'n', sizeof(path));
    path[255] = '\0';
    assert_int_equal(vfs_walk(&root_ctx, NULL, path, 0, &p), -ENOENT);
    path[255] = 'n';
    path[256] = '\0';
    assert_int_equal(vfs_walk(&root_ctx, NULL, path, 0, &p), -ENAMETOOLONG);
    memset(path, '/', sizeof(path));
    path[VFS_PATH_MAX - 1] = '\0';
    assert_int_equal(vfs_walk(&root_ctx, NULL, path, 0, &p), 0);
    vfs_path_put(&p);
    path[VFS_PATH_MAX - 1] = '/';
    path[VFS_PATH_MAX] = '\0';
    assert_int_equal(vfs_walk(&root_ctx, NULL, path, 0, &p), -ENAMETOOLONG);
}

static void search_permission_is_asked_of_every_directory(void **state)
{
    struct cred c;
    struct vfs_context user = user_ctx(&c, 1000, 1000);
    struct vfs_path p;

    (void)state;
    assert_int_equal(vfs_walk(&user, NULL, "/locked/x", 0, &p), -EACCES);
    assert_int_equal(vfs_walk(&user, NULL, "/locked/..", 0, &p), -EACCES);
    assert_int_equal(vfs_walk(&user, NULL, "/locked", 0, &p), 0);
    vfs_path_put(&p);
}

static void check_text(const char *path, const char *want)
{
    struct vfs_path p;
    char buf[VFS_PATH_MAX];

    assert_int_equal(vfs_walk(&root_ctx, NULL, path, 0, &p), 0);
    assert_int_equal(vfs_path_text(&root_ctx, &p, buf, sizeof(buf)), strlen(want));
    assert_string_equal(buf, want);
    assert_int_equal(vfs_path_text(&root_ctx, &p, buf, strlen(want)), -ENAMETOOLONG);
    vfs_path_put(&p);
}

static void texts_follow_renames_and_tell_of_removal(void **state)
{
    struct vfs_path p;
    char buf[VFS_PATH_MAX];

    (void)state;
    check_text("/", "/");
    check_text("/a/up/c", "/a/b/c");
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/a/b/c", 0, &p), 0);
    assert_int_equal(vfs_rename(&root_ctx, NULL, "/a/b", NULL, "/a/renamed", 0), 0);
    assert_true(vfs_path_text(&root_ctx, &p, buf, sizeof(buf)) > 0);
    assert_string_equal(buf, "/a/renamed/c");
    assert_int_equal(vfs_unlink(&root_ctx, NULL, "/a/renamed/c", true), 0);
    assert_true(vfs_path_text(&root_ctx, &p, buf, sizeof(buf)) > 0);
    assert_string_equal(buf, "/a/renamed/c (deleted)");
    vfs_path_put(&p);
}

static void a_chroot_is_the_top_of_the_tree(void **state)
{
    struct vfs_context jail = root_ctx;
    struct vfs_path p;
    char buf[VFS_PATH_MAX];

    (void)state;
    assert_int_equal(vfs_walk(&root_ctx, NULL, "/a", 0, &jail.root), 0);
    jail.cwd = jail.root;
    assert_int_equal(vfs_walk(&jail, NULL, "/../../b/..", 0, &p), 0);
    assert_int_equal(vfs_path_inode(&p)->ino, ino_of("/a"));
    vfs_path_put(&p);
    assert_int_equal(vfs_walk(&jail, NULL, "/b/g", 0, &p), 0);
    assert_true(vfs_path_text(&jail, &p, buf, sizeof(buf)) > 0);
    assert_string_equal(buf, "/b/g");
    vfs_path_put(&p);
    assert_true(vfs_path_text(&jail, &root_ctx.root, buf, sizeof(buf)) > 0);
    assert_string_equal(buf, "(unreachable)/");
    vfs_path_put(&jail.root);
}

static void walks_leave_no_references(void **state)
{
    uint64_t before;

    (void)state;
    (void)dcache_shrink(UINT64_MAX);
    before = slab_active("dentry");
    walks_by_table(state);
    (void)dcache_shrink(UINT64_MAX);
    assert_int_equal(slab_active("dentry"), before);
}

static void the_cache_is_bounded(void **state)
{
    struct dcache_stats s;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char name[32];
        struct vfs_path p;

        snprintf(name, sizeof(name), "/missing%u", i);
        assert_int_equal(vfs_walk(&root_ctx, NULL, name, 0, &p), -ENOENT);
    }
    dcache_stats(&s);
    assert_in_range(s.negative, 10000, 33000);
    assert_true(exists("/a/f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(walks_by_table, setup, teardown),
        cmocka_unit_test_setup_teardown(in_root_turns_absolute_paths_and_dotdot_inwards,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(names_and_paths_have_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(search_permission_is_asked_of_every_directory,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(texts_follow_renames_and_tell_of_removal, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_chroot_is_the_top_of_the_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(walks_leave_no_references, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cache_is_bounded, setup, teardown),
    };

    return cmocka_run_group_tests(tests, machine_start, NULL);
}
