/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing open files: read(2), pread(2), readv(2), lseek(2), fsync(2), ... */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/resource.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "syscall/file_io.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "vfs/mount.h"
#include "vfs/notify.h"

#define IO_BYTES_MAX 0x7ffff000u /* read(2): what one call transfers at most */

/* RLIMIT_FSIZE: cut the write off at the limit, or -EFBIG with SIGXFSZ at it. */
static int limit_write(struct task *t, struct file *f, struct vm_iter *it, uint64_t pos)
{
    uint64_t limit = task_rlimit(t, RLIMIT_FSIZE);

    if (likely(limit == ABI_RLIM_INFINITY) || !S_ISREG(inode_mode(f->inode)))
        return 0;
    if ((file_flags(f) & O_APPEND) || pos == FILE_POS_END)
        pos = inode_size(f->inode);
    if (it->left == 0)
        return 0;
    if (pos >= limit) {
        (void)signal_send_task(t, SIGXFSZ, NULL);
        return -EFBIG;
    }
    it->left = MIN(it->left, limit - pos);
    return 0;
}

int64_t file_io_result(struct task *t, struct file *f, int64_t n)
{
    if (n == -EPIPE && (S_ISFIFO(inode_mode(f->inode)) || S_ISSOCK(inode_mode(f->inode))))
        (void)signal_send_task(t, SIGPIPE, NULL);
    return n;
}

static int64_t io_at(struct task *t, struct file *f, struct vm_iter *it, uint64_t *pos,
                     bool write)
{
    int64_t n;

    if (it->left > IO_BYTES_MAX)
        it->left = IO_BYTES_MAX;
    if (!write)
        return file_read(f, it, pos);
    n = limit_write(t, f, it, *pos);
    return n ? n : file_io_result(t, f, file_write(f, it, pos));
}

/* At the file's own position. */
static int64_t io_here(struct task *t, struct file *f, struct vm_iter *it, bool write)
{
    uint64_t none = 0;
    int64_t n;

    if (!(f->can & FILE_HAS_POS))
        return io_at(t, f, it, &none, write);
    mutex_lock(&f->pos_lock);
    n = io_at(t, f, it, &f->pos, write);
    mutex_unlock(&f->pos_lock);
    return n;
}

static int64_t do_io(struct task *t, uint64_t fd, uint64_t buf, uint64_t len, bool write)
{
    struct file *f = fd_lookup(t->fds, (int32_t)fd);
    struct vm_iter it;
    int64_t n;

    if (!f)
        return -EBADF;
    if ((int64_t)len < 0) {
        file_put(f);
        return -EINVAL;
    }
    vm_iter_user(&it, buf, len);
    n = io_here(t, f, &it, write);
    file_put(f);
    return n;
}

int64_t sys_read(struct task *t, const uint64_t a[6])
{
    return do_io(t, a[0], a[1], a[2], false);
}

int64_t sys_write(struct task *t, const uint64_t a[6])
{
    return do_io(t, a[0], a[1], a[2], true);
}

static int64_t io_seekable(struct task *t, struct file *f, struct vm_iter *it,
                           uint64_t pos, bool write)
{
    if ((int64_t)pos < 0)
        return -EINVAL;
    if (file_flags(f) & O_PATH)
        return -EBADF;
    if (!(f->can & FILE_CAN_SEEK))
        return -ESPIPE;
    return io_at(t, f, it, &pos, write);
}

static int64_t do_pio(struct task *t, const uint64_t a[6], bool write)
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    struct vm_iter it;
    int64_t n;

    if (!f)
        return -EBADF;
    vm_iter_user(&it, a[1], a[2]);
    n = (int64_t)a[2] < 0 ? -EINVAL : io_seekable(t, f, &it, a[3], write);
    file_put(f);
    return n;
}

int64_t sys_pread64(struct task *t, const uint64_t a[6])
{
    return do_pio(t, a, false);
}

int64_t sys_pwrite64(struct task *t, const uint64_t a[6])
{
    return do_pio(t, a, true);
}

/* `pos` NULL: at the file's own position. */
static int64_t do_vec(struct task *t, const uint64_t a[6], const uint64_t *pos,
                      bool write)
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    struct vm_iter it;
    void *vec = NULL;
    int64_t n;

    if (!f)
        return -EBADF;
    n = a[2] > VM_IOV_MAX ? -EINVAL : vm_iter_import(&it, a[1], (uint32_t)a[2], &vec);
    if (!n) {
        n = pos ? io_seekable(t, f, &it, *pos, write) : io_here(t, f, &it, write);
        kfree(vec);
    }
    file_put(f);
    return n;
}

int64_t sys_readv(struct task *t, const uint64_t a[6])
{
    return do_vec(t, a, NULL, false);
}

int64_t sys_writev(struct task *t, const uint64_t a[6])
{
    return do_vec(t, a, NULL, true);
}

int64_t sys_preadv(struct task *t, const uint64_t a[6])
{
    return do_vec(t, a, &a[3], false);
}

int64_t sys_pwritev(struct task *t, const uint64_t a[6])
{
    return do_vec(t, a, &a[3], true);
}

/* RWF_APPEND: at the end, and the file's own position follows only for offset -1. */
static int64_t do_vec_append(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    uint64_t pos = FILE_POS_END;
    struct vm_iter it;
    void *vec = NULL;
    int64_t n;

    if (!f)
        return -EBADF;
    n = a[2] > VM_IOV_MAX ? -EINVAL : vm_iter_import(&it, a[1], (uint32_t)a[2], &vec);
    if (!n) {
        n = io_at(t, f, &it, &pos, true);
        kfree(vec);
    }
    if (n > 0 && (int64_t)a[3] == -1 && (f->can & FILE_HAS_POS)) {
        mutex_lock(&f->pos_lock);
        f->pos = pos;
        mutex_unlock(&f->pos_lock);
    }
    file_put(f);
    return n;
}

/* Everything is in memory, so the durable and high-priority forms are the plain ones. */
static int64_t do_vec2(struct task *t, const uint64_t a[6], bool write)
{
    uint64_t known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | (write ? RWF_APPEND : 0);

    if (a[5] & ~known)
        return -EOPNOTSUPP;
    if (a[5] & RWF_APPEND)
        return do_vec_append(t, a);
    return do_vec(t, a, (int64_t)a[3] == -1 ? NULL : &a[3], write);
}

int64_t sys_preadv2(struct task *t, const uint64_t a[6])
{
    return do_vec2(t, a, false);
}

int64_t sys_pwritev2(struct task *t, const uint64_t a[6])
{
    return do_vec2(t, a, true);
}

int64_t sys_lseek(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int64_t n;

    if (!f)
        return -EBADF;
    n = file_seek(f, (int64_t)a[1], (int32_t)a[2]);
    file_put(f);
    return n;
}

static int64_t do_sync(struct task *t, uint64_t fd, bool data_only)
{
    struct file *f = fd_lookup(t->fds, (int32_t)fd);
    int err;

    if (!f)
        return -EBADF;
    err = file_sync(f, data_only);
    file_put(f);
    return err;
}

int64_t sys_fsync(struct task *t, const uint64_t a[6])
{
    return do_sync(t, a[0], false);
}

int64_t sys_fdatasync(struct task *t, const uint64_t a[6])
{
    return do_sync(t, a[0], true);
}

int64_t sys_sync_file_range(struct task *t, const uint64_t a[6])
{
    if ((int64_t)a[1] < 0 || (int64_t)a[2] < 0 || (a[3] & ~UINT64_C(7)))
        return -EINVAL;
    return do_sync(t, a[0], true);
}

int64_t sys_syncfs(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    struct super *s;
    int err = 0;

    if (!f)
        return -EBADF;
    s = f->inode->super;
    if (file_flags(f) & O_PATH)
        err = -EBADF;
    else if (s->ops->sync)
        err = s->ops->sync(s);
    file_put(f);
    return err;
}

int64_t sys_sync(struct task *t, const uint64_t a[6])
{
    struct mount *m;
    uint32_t id = 0;

    (void)t;
    (void)a;
    while ((m = mount_next(id))) {
        id = m->id;
        if (m->super->ops->sync)
            (void)m->super->ops->sync(m->super); /* sync(2) reports nothing */
        mount_put(m);
    }
    return 0;
}

static int check_size(struct task *t, uint64_t size)
{
    if ((int64_t)size < 0)
        return -EINVAL;
    if (size > task_rlimit(t, RLIMIT_FSIZE)) {
        (void)signal_send_task(t, SIGXFSZ, NULL);
        return -EFBIG;
    }
    return 0;
}

int64_t sys_truncate(struct task *t, const uint64_t a[6])
{
    struct vfs_path path;
    struct inode *inode;
    int err = check_size(t, a[1]);

    if (!err)
        err = path_args_walk(t, AT_FDCWD, a[0], 0, &path);
    if (err)
        return err;
    inode = vfs_path_inode(&path);
    if (S_ISDIR(inode_mode(inode)))
        err = -EISDIR;
    else if (!S_ISREG(inode_mode(inode)))
        err = -EINVAL;
    else if (mount_readonly(path.mount))
        err = -EROFS;
    else
        err = inode_permission(inode, t->cred, 2);
    if (!err)
        err = inode_truncate(inode, a[1], t->cred);
    if (!err)
        notify_dentry(path.dentry, IN_MODIFY);
    vfs_path_put(&path);
    return err;
}

int64_t sys_ftruncate(struct task *t, const uint64_t a[6])
{
    struct file *f;
    int err = check_size(t, a[1]);

    if (err)
        return err;
    f = fd_lookup(t->fds, (int32_t)a[0]);
    if (!f)
        return -EBADF;
    err = file_flags(f) & O_PATH ? -EBADF : file_truncate(f, a[1]);
    if (!err)
        notify_file(f, IN_MODIFY);
    file_put(f);
    return err;
}

int64_t sys_fallocate(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int err = 0;

    if (!f)
        return -EBADF;
    if ((int64_t)a[2] < 0 || (int64_t)a[3] <= 0)
        err = -EINVAL;
    else if (!((int32_t)a[1] & FALLOC_FL_KEEP_SIZE) && S_ISREG(inode_mode(f->inode)))
        err = check_size(t, MIN(a[2] + a[3], (uint64_t)INT64_MAX));
    if (!err)
        err = file_allocate(f, (int32_t)a[1], a[2], a[3]);
    file_put(f);
    return err;
}

/* Advice about reading ahead: the files are in memory already. */
int64_t sys_fadvise64(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int err = 0;

    if (!f)
        return -EBADF;
    if (S_ISFIFO(inode_mode(f->inode)))
        err = -ESPIPE;
    else if (a[3] > 5)
        err = -EINVAL;
    file_put(f);
    return err;
}

int64_t sys_readahead(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);
    int err = 0;

    if (!f)
        return -EBADF;
    if (!(f->can & FILE_CAN_READ))
        err = -EBADF;
    else if (!S_ISREG(inode_mode(f->inode)))
        err = -EINVAL;
    file_put(f);
    return err;
}
