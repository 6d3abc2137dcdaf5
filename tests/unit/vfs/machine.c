/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <dirent.h>
#include <stdio.h>

#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/iter.h"
#include "vm/space.h"

struct vfs_context root_ctx;

int machine_start(void **state)
{
    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    sched_init();
    vm_init();
    vfs_init();
    root_ctx.cred = cred_root();
    return vfs_mount_root(&root_ctx);
}

struct vfs_context user_ctx(struct cred *c, uint32_t uid, uint32_t gid)
{
    struct vfs_context ctx = root_ctx;

    *c = (struct cred){.refs = REFCOUNT_INIT(1),
                       .uid = uid,
                       .euid = uid,
                       .suid = uid,
                       .fsuid = uid,
                       .gid = gid,
                       .egid = gid,
                       .sgid = gid,
                       .fsgid = gid};
    ctx.cred = c;
    return ctx;
}

int open_at(const char *path, uint32_t flags, struct file **out)
{
    return vfs_open(&root_ctx, NULL, path, flags, 0666, 0, out);
}

int64_t put(struct file *f, const void *buf, size_t len)
{
    return file_write_kernel(f, buf, len, &f->pos);
}

int64_t get(struct file *f, void *buf, size_t len)
{
    struct vm_iter it;

    vm_iter_kernel(&it, buf, len);
    return file_read(f, &it, &f->pos);
}

void make_file(const char *path, const char *text)
{
    struct file *f;

    assert_int_equal(open_at(path, O_CREAT | O_WRONLY | O_TRUNC, &f), 0);
    assert_int_equal(put(f, text, strlen(text)), strlen(text));
    file_put(f);
}

void make_dir(const char *path)
{
    assert_int_equal(vfs_mkdir(&root_ctx, NULL, path, 0755), 0);
}

void make_link(const char *path, const char *target)
{
    assert_int_equal(vfs_symlink(&root_ctx, target, NULL, path), 0);
}

static struct inode *inode_at(const char *path, struct vfs_path *p)
{
    if (vfs_walk(&root_ctx, NULL, path, VFS_NOFOLLOW, p))
        return NULL;
    return vfs_path_inode(p);
}

bool exists(const char *path)
{
    struct vfs_path p;

    if (!inode_at(path, &p))
        return false;
    vfs_path_put(&p);
    return true;
}

uint64_t ino_of(const char *path)
{
    struct vfs_path p;
    struct inode *inode = inode_at(path, &p);
    uint64_t ino = inode ? inode->ino : 0;

    if (inode)
        vfs_path_put(&p);
    return ino;
}

uint32_t nlink_of(const char *path)
{
    struct vfs_path p;
    struct inode *inode = inode_at(path, &p);
    uint32_t n = inode ? inode->nlink : 0;

    if (inode)
        vfs_path_put(&p);
    return n;
}

const char *text_of(const char *path)
{
    static char buf[4096];
    struct file *f;
    int64_t n;

    if (open_at(path, O_RDONLY, &f))
        return NULL;
    n = get(f, buf, sizeof(buf) - 1);
    file_put(f);
    if (n < 0)
        return NULL;
    buf[n] = '\0';
    return buf;
}

struct first_name {
    struct dir_emit emit;
    char name[256];
    unsigned type;
};

static bool take_first(struct dir_emit *e, const char *name, size_t len, uint64_t ino,
                       uint64_t next, unsigned type)
{
    struct first_name *f = container_of(e, struct first_name, emit);

    (void)ino;
    (void)next;
    if (f->name[0])
        return false;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    memcpy(f->name, name, len);
    f->name[len] = '\0';
    f->type = type;
    return true;
}

static void clean_below(const char *dir)
{
    for (;;) {
        struct first_name first = {.emit = {take_first}};
        char path[1024];
        struct file *f;

        assert_int_equal(open_at(dir, O_RDONLY | O_DIRECTORY, &f), 0);
        assert_int_equal(f->ops->readdir(f, &first.emit, &f->pos), 0);
        file_put(f);
        if (!first.name[0])
            return;
        assert_true(snprintf(path, sizeof(path), "%s/%s", dir, first.name) < 1024);
        if (first.type == DT_DIR)
            clean_below(path);
        assert_int_equal(vfs_unlink(&root_ctx, NULL, path, first.type == DT_DIR), 0);
    }
}

void clean(void)
{
    clean_below("/.");
}

struct thread *machine_spawn(const char *name, void (*body)(void *), void *arg)
{
    struct thread_params p = {.name = name, .entry = body, .arg = arg};
    struct thread *t;

    assert_int_equal(thread_create(&p, &t), 0);
    thread_start(t);
    return t;
}

void machine_settle(void)
{
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(thread_sleep(20 * MS, NULL), 0);
}

void machine_join(struct thread *t)
{
    for (unsigned i = 0; i < 100000 && atomic_load(&t->state) != THREAD_DEAD; i++)
        assert_int_equal(thread_sleep(MS, NULL), 0);
    assert_int_equal(t->state, THREAD_DEAD);
    thread_put(t);
}

uint64_t slab_active(const char *cache)
{
    struct slab_stats s;

    for (unsigned i = 0; slab_stats_at(i, &s); i++)
        if (strcmp(s.name, cache) == 0)
            return s.active;
    return 0;
}
