/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo-terminals.
 *
 * What a slave writes, after output processing, and what is echoed waits in a ring for the
 * master to read; what the master writes is the slave's keyboard.  Writers leave a part of
 * the ring free for echo, so that a master that writes much before it reads does not lose the
 * echo of a line.
 *
 * Locking: the ring is under the slave's out_lock (its positions are also read without it, by
 * conditions of waits), the table of pseudo-terminals under pty_lock; the rest is atomic.
 */
#include "tty/pty.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "lib/format.h"
#include "lib/ring.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "tty/pty_priv.h"
#include "tty/tty_priv.h"
#include "vfs/dentry.h"

#define PTY_MAJOR      136u
#define PTY_MAX        256u
#define PTY_ECHO_BYTES 4096u /* of the ring, kept free by writers */
#define PTY_GROUP      5u /* "tty" in Debian; owns the nodes, as devpts is mounted there */

static struct spinlock pty_lock = SPINLOCK_INIT("tty.pty");
static struct pty *pty_table[PTY_MAX];

/* ---- the slave's driver ---- */

static size_t ring_used_now(const struct pty *p)
{
    return (size_t)(atomic_load_relaxed(&p->ring.head) -
                    atomic_load_relaxed(&p->ring.tail));
}

static size_t pty_room(struct tty *t, bool echo)
{
    struct pty *p = t->driver_data;
    size_t keep = echo ? 0 : PTY_ECHO_BYTES;
    size_t room = PTY_RING_BYTES - ring_used_now(p);

    return room > keep ? room - keep : 0;
}

static void pty_write(struct tty *t, const uint8_t *buf, size_t len)
{
    struct pty *p = t->driver_data;
    size_t put = ring_put(&p->ring, buf, len);

    kassert(put == len);
    wait_wake(&p->read_wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
}

static void pty_flush_output(struct tty *t)
{
    struct pty *p = t->driver_data;

    ring_reset(&p->ring);
    wait_wake(&t->write_wait, UINT32_MAX, EPOLLOUT | EPOLLWRNORM);
}

static size_t pty_queued(struct tty *t)
{
    struct pty *p = t->driver_data;

    return ring_used(&p->ring);
}

static void pty_unthrottle(struct tty *t)
{
    struct pty *p = t->driver_data;

    wait_wake(&p->write_wait, UINT32_MAX, EPOLLOUT | EPOLLWRNORM);
}

static void pty_packet(struct tty *t, uint8_t event)
{
    struct pty *p = t->driver_data;

    if (!atomic_load_relaxed(&p->packet_mode))
        return;
    if (event == TIOCPKT_STOP)
        atomic_and(&p->packet_events, ~(uint32_t)TIOCPKT_START);
    if (event == TIOCPKT_START)
        atomic_and(&p->packet_events, ~(uint32_t)TIOCPKT_STOP);
    atomic_or(&p->packet_events, (uint32_t)event);
    wait_wake(&p->read_wait, UINT32_MAX, EPOLLIN | EPOLLPRI | EPOLLRDNORM);
}

static void pty_slave_closed(struct tty *t)
{
    struct pty *p = t->driver_data;

    atomic_store(&p->slave_gone, true);
    wait_wake(&p->read_wait, UINT32_MAX, EPOLLIN | EPOLLHUP);
}

static void pty_free(struct tty *t)
{
    struct pty *p = t->driver_data;

    spin_lock(&pty_lock);
    pty_table[p->index] = NULL;
    spin_unlock(&pty_lock);
    kfree(p);
}

static const struct tty_driver pty_driver = {
    .room = pty_room,
    .write = pty_write,
    .flush_output = pty_flush_output,
    .queued = pty_queued,
    .unthrottle = pty_unthrottle,
    .packet = pty_packet,
    .last_close = pty_slave_closed,
    .free = pty_free,
};

/* ---- finding and making ---- */

bool pty_is_slave(uint64_t rdev)
{
    return rdev >> 8 == PTY_MAJOR;
}

int pty_slave_get(uint64_t rdev, struct tty **out)
{
    uint64_t index = rdev & 0xff;
    int err = -ENXIO;

    spin_lock(&pty_lock);
    if (index < PTY_MAX && pty_table[index]) {
        struct pty *p = pty_table[index];

        if (!p->slave || !atomic_load_relaxed(&p->master_open))
            err = -ENXIO;
        else if (atomic_load_relaxed(&p->locked))
            err = -EIO;
        else if (refcount_get_not_zero(&p->slave->refs))
            err = 0;
        if (!err) {
            atomic_store(&p->slave_gone, false);
            *out = p->slave;
        }
    }
    spin_unlock(&pty_lock);
    return err;
}

/* Take the lowest free number. */
static int claim_index(struct pty *p)
{
    int err = -ENOSPC;

    spin_lock(&pty_lock);
    for (uint32_t i = 0; i < PTY_MAX && err; i++) {
        if (pty_table[i])
            continue;
        p->index = i;
        pty_table[i] = p;
        err = 0;
    }
    spin_unlock(&pty_lock);
    return err;
}

static void release_index(struct pty *p)
{
    spin_lock(&pty_lock);
    pty_table[p->index] = NULL;
    spin_unlock(&pty_lock);
}

int pty_create(struct pty **out)
{
    struct pty *p = kzalloc(sizeof(*p));
    struct tty *t;
    int err;

    if (!p)
        return -ENOMEM;
    ring_init(&p->ring, p->bytes, PTY_RING_BYTES);
    wait_queue_init(&p->read_wait);
    wait_queue_init(&p->write_wait);
    p->locked = true;
    p->master_open = true;
    err = claim_index(p);
    if (err) {
        kfree(p);
        return err;
    }
    ksnprintf(p->name, sizeof(p->name), "pts/%u", p->index);
    err = tty_create(p->name, TTY_RDEV(PTY_MAJOR, p->index), &pty_driver, p, &t);
    if (err) {
        release_index(p);
        kfree(p);
        return err;
    }
    p->slave = t;
    err = dev_register(p->name, t->rdev, 0620, &tty_file_ops, t);
    if (err) {
        tty_put(t);
        return err;
    }
    *out = p;
    return 0;
}

/* The slave stays until its last user is gone; nobody new can open it. */
void pty_master_closed(struct pty *p)
{
    atomic_store(&p->master_open, false);
    dev_unregister(p->name);
    tty_hangup(p->slave);
    tty_put(p->slave);
}

/* ---- the node /dev/pts/N, found next to the master's own node ---- */

/* `dir` is the master's directory, with a reference; *ctx starts there. */
static int slave_dir(struct file *f, struct dentry **dir, struct vfs_context *ctx)
{
    *dir = f->path.dentry ? dentry_parent(f->path.dentry) : NULL;
    if (!*dir)
        return -ENOENT;
    memset(ctx, 0, sizeof(*ctx));
    ctx->root.mount = f->path.mount;
    ctx->root.dentry = *dir;
    ctx->cwd = ctx->root;
    ctx->cred = f->cred;
    return 0;
}

/* It belongs to whoever opened the master. */
static void give_to_opener(struct file *f)
{
    struct pty *p = f->priv;
    struct vfs_context ctx;
    struct vfs_path path;
    struct dentry *dir;
    struct inode *inode;

    if (slave_dir(f, &dir, &ctx))
        return;
    if (vfs_walk(&ctx, NULL, p->name, 0, &path) == 0) {
        inode = vfs_path_inode(&path);
        inode->uid = f->cred->fsuid;
        inode->gid = PTY_GROUP;
        vfs_path_put(&path);
    }
    dentry_put(dir);
}

int pty_master_open(struct inode *inode, struct file *f)
{
    struct pty *p;
    int err = pty_create(&p);

    (void)inode;
    if (err)
        return err;
    f->priv = p;
    give_to_opener(f);
    return 0;
}

int pty_open_peer(struct file *master, uint32_t flags, struct file **out)
{
    const uint32_t allowed = O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    struct vfs_context ctx;
    struct dentry *dir;
    struct pty *p = master->priv;
    int err;

    if (master->ops != &pty_master_ops)
        return -ENOTTY;
    err = slave_dir(master, &dir, &ctx);
    if (err)
        return err;
    err = vfs_open(&ctx, NULL, p->name, flags & allowed, 0, 0, out);
    dentry_put(dir);
    return err;
}

void pty_init(void)
{
    int err = dev_register("ptmx", TTY_RDEV(5, 2), 0666, &pty_master_ops, NULL);

    kassert(err == 0);
}
