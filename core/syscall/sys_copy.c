/* SPDX-License-Identifier: BSD-2-Clause */
/* Data from file to file inside the kernel: sendfile(2), copy_file_range(2), splice(2), tee(2). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "syscall/file_io.h"
#include "syscall/handlers.h"
#include "vfs/pipe.h"
#include "vm/ucopy.h"

#define COPY_CHUNK (64u * 1024)
/* What splice, tee and vmsplice take. */
#define SPLICE_FLAGS                                                                     \
    ((uint64_t)(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT))
#define COPY_BYTES_MAX 0x7ffff000u

/* One side: the position is the program's variable, the file's own, or there is none. */
struct side {
    struct file *f;
    uint64_t upos; /* user address, 0: none */
    uint64_t pos;
};

static int side_begin(struct side *s, struct task *t, uint64_t fd, uint64_t upos,
                      uint32_t can)
{
    int err = 0;

    *s = (struct side){.f = fd_lookup(t->fds, (int32_t)fd), .upos = upos};
    if (!s->f || !(s->f->can & can))
        err = -EBADF;
    else if (upos && !(s->f->can & FILE_CAN_SEEK))
        err = -ESPIPE;
    else if (upos)
        err = get_user64(&s->pos, upos);
    else
        s->pos = atomic_load_relaxed(&s->f->pos);
    if (!err && (int64_t)s->pos < 0)
        err = -EINVAL;
    if (err && s->f)
        file_put(s->f);
    return err;
}

/* `moved`: the position is to be stored. */
static int side_end(struct side *s, bool moved)
{
    int err = 0;

    if (moved && s->upos) {
        err = put_user64(s->upos, s->pos);
    } else if (moved && (s->f->can & FILE_HAS_POS)) {
        mutex_lock(&s->f->pos_lock);
        s->f->pos = s->pos;
        mutex_unlock(&s->f->pos_lock);
    }
    file_put(s->f);
    return err;
}

/* From a file that can be read again at a position: what was read and not written is not lost. */
static int64_t copy_from_seekable(struct task *t, struct side *in, struct side *out,
                                  uint64_t len)
{
    uint8_t *buf = kmalloc(COPY_CHUNK);
    int64_t done = 0, n = 0;

    if (!buf)
        return -ENOMEM;
    while ((uint64_t)done < len) {
        size_t want = (size_t)MIN(len - (uint64_t)done, (uint64_t)COPY_CHUNK);
        int64_t got = file_read_kernel(in->f, buf, want, in->pos);

        if (got <= 0) {
            n = got;
            break;
        }
        n = file_io_result(t, out->f,
                           file_write_kernel(out->f, buf, (size_t)got, &out->pos));
        if (n <= 0)
            break;
        in->pos += (uint64_t)n;
        done += n;
        if (n < got || thread_interrupted())
            break;
    }
    kfree(buf);
    return done ? done : n;
}

int64_t sys_sendfile(struct task *t, const uint64_t a[6])
{
    struct side in, out;
    int64_t n;
    int err = side_begin(&in, t, a[1], a[2], FILE_CAN_READ);

    if (err)
        return err;
    err = side_begin(&out, t, a[0], 0, FILE_CAN_WRITE);
    if (err) {
        (void)side_end(&in, false);
        return err;
    }
    if (!(in.f->can & FILE_CAN_SEEK))
        n = -EINVAL;
    else if (file_flags(out.f) & O_APPEND)
        n = -EINVAL;
    else
        n = copy_from_seekable(t, &in, &out, MIN(a[3], (uint64_t)COPY_BYTES_MAX));
    (void)side_end(&out, n > 0);
    err = side_end(&in, n > 0);
    return err ? err : n;
}

static int range_check(const struct side *in, const struct side *out, uint64_t len)
{
    if (S_ISDIR(inode_mode(in->f->inode)) || S_ISDIR(inode_mode(out->f->inode)))
        return -EISDIR;
    if (!S_ISREG(inode_mode(in->f->inode)) || !S_ISREG(inode_mode(out->f->inode)))
        return -EINVAL;
    if (file_flags(out->f) & O_APPEND)
        return -EBADF;
    if (in->f->inode == out->f->inode && in->pos < out->pos + len &&
        out->pos < in->pos + len)
        return -EINVAL;
    return 0;
}

int64_t sys_copy_file_range(struct task *t, const uint64_t a[6])
{
    uint64_t len = MIN(a[4], (uint64_t)COPY_BYTES_MAX);
    struct side in, out;
    int64_t n;
    int err, err2;

    if (a[5])
        return -EINVAL;
    err = side_begin(&in, t, a[0], a[1], FILE_CAN_READ);
    if (err)
        return err;
    err = side_begin(&out, t, a[2], a[3], FILE_CAN_WRITE);
    if (err) {
        (void)side_end(&in, false);
        return err;
    }
    n = range_check(&in, &out, len);
    if (!n)
        n = copy_from_seekable(t, &in, &out, len);
    err = side_end(&out, n > 0);
    err2 = side_end(&in, n > 0);
    return err ? err : err2 ? err2 : n;
}

/* From a pipe: bytes leave it when they have been written, so that an error loses none. */
static int64_t splice_from_pipe(struct task *t, struct side *in, struct side *out,
                                uint64_t len, bool nonblock)
{
    uint8_t *buf = kmalloc(COPY_CHUNK);
    int64_t n;

    if (!buf)
        return -ENOMEM;
    n = pipe_peek(in->f, buf, (size_t)MIN(len, (uint64_t)COPY_CHUNK), nonblock);
    if (n > 0)
        n = file_io_result(t, out->f,
                           file_write_kernel(out->f, buf, (size_t)n, &out->pos));
    if (n > 0)
        n = file_read_kernel(in->f, buf, (size_t)n, 0);
    kfree(buf);
    return n;
}

/* Into a pipe: no more is taken from the other side than the pipe has room for. */
static int64_t splice_to_pipe(struct task *t, struct side *in, struct side *out,
                              uint64_t len, bool nonblock)
{
    int64_t room = pipe_room_wait(out->f, nonblock);
    uint8_t *buf;
    int64_t n;

    if (room <= 0)
        return room == -EPIPE ? file_io_result(t, out->f, room) : room;
    buf = kmalloc(COPY_CHUNK);
    if (!buf)
        return -ENOMEM;
    len = MIN(len, MIN((uint64_t)room, (uint64_t)COPY_CHUNK));
    n = file_read_kernel(in->f, buf, (size_t)len, in->pos);
    if (n > 0)
        n = file_io_result(t, out->f,
                           file_write_kernel(out->f, buf, (size_t)n, &out->pos));
    if (n > 0)
        in->pos += (uint64_t)n;
    kfree(buf);
    return n;
}

int64_t sys_splice(struct task *t, const uint64_t a[6])
{
    bool nonblock = a[5] & SPLICE_F_NONBLOCK;
    struct side in, out;
    int64_t n = -EINVAL;
    int err, err2;

    if (a[5] & ~SPLICE_FLAGS)
        return -EINVAL;
    if (a[4] == 0)
        return 0;
    err = side_begin(&in, t, a[0], a[1], FILE_CAN_READ);
    if (err)
        return err;
    err = side_begin(&out, t, a[2], a[3], FILE_CAN_WRITE);
    if (err) {
        (void)side_end(&in, false);
        return err;
    }
    if (file_flags(out.f) & O_APPEND)
        n = -EINVAL;
    else if (file_is_pipe(in.f) && in.f->inode != out.f->inode)
        n = splice_from_pipe(t, &in, &out, a[4], nonblock);
    else if (file_is_pipe(out.f) && in.f->inode != out.f->inode)
        n = splice_to_pipe(t, &in, &out, a[4], nonblock);
    err = side_end(&out, n > 0);
    err2 = side_end(&in, n > 0 && !file_is_pipe(in.f));
    return err ? err : err2 ? err2 : n;
}

static int64_t tee_pipes(struct task *t, struct file *in, struct file *out, uint64_t len,
                         bool nonblock)
{
    int64_t n = pipe_room_wait(out, nonblock);
    uint64_t pos = 0;
    uint8_t *buf;

    if (n <= 0)
        return file_io_result(t, out, n);
    buf = kmalloc(COPY_CHUNK);
    if (!buf)
        return -ENOMEM;
    len = MIN(len, MIN((uint64_t)n, (uint64_t)COPY_CHUNK));
    n = pipe_peek(in, buf, (size_t)len, nonblock);
    if (n > 0)
        n = file_io_result(t, out, file_write_kernel(out, buf, (size_t)n, &pos));
    kfree(buf);
    return n;
}

int64_t sys_tee(struct task *t, const uint64_t a[6])
{
    struct file *in = fd_lookup(t->fds, (int32_t)a[0]);
    struct file *out = fd_lookup(t->fds, (int32_t)a[1]);
    int64_t n = -EINVAL;

    if (a[3] & ~SPLICE_FLAGS)
        n = -EINVAL;
    else if (a[2] == 0)
        n = 0;
    else if (!in || !out || !(in->can & FILE_CAN_READ) || !(out->can & FILE_CAN_WRITE))
        n = -EBADF;
    else if (file_is_pipe(in) && file_is_pipe(out) && in->inode != out->inode)
        n = tee_pipes(t, in, out, a[2], a[3] & SPLICE_F_NONBLOCK);
    if (in)
        file_put(in);
    if (out)
        file_put(out);
    return n;
}

/* With copies, since pages of a program are its own: readv or writev on a pipe. */
int64_t sys_vmsplice(struct task *t, const uint64_t a[6])
{
    int64_t n = -EBADF;
    struct vm_iter it;
    void *vec = NULL;
    uint64_t pos = 0;
    struct file *f;

    if (a[3] & ~SPLICE_FLAGS)
        return -EINVAL;
    f = fd_lookup(t->fds, (int32_t)a[0]);
    if (!f)
        return -EBADF;
    if (file_is_pipe(f))
        n = a[2] > VM_IOV_MAX ? -EINVAL : vm_iter_import(&it, a[1], (uint32_t)a[2], &vec);
    if (!n) {
        if (f->can & FILE_CAN_WRITE)
            n = file_io_result(t, f, file_write(f, &it, &pos));
        else
            n = file_read(f, &it, &pos);
        kfree(vec);
    }
    file_put(f);
    return n;
}
