/* SPDX-License-Identifier: BSD-2-Clause */
/* From a path to its text: backwards, from the name to the root. */
#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/mount.h"
#include "vfs/path.h"

#define RETRIES 8 /* renames during the walk; after that the text may mix two moments */

/* Text that grows towards the front of a buffer. */
struct back {
    char *buf;
    size_t at;
};

static int prepend(struct back *b, const char *text, size_t len)
{
    if (len > b->at)
        return -ENAMETOOLONG;
    b->at -= len;
    memcpy(b->buf + b->at, text, len);
    return 0;
}

/* Prepend "/name" of *p and go to its parent. */
static int prepend_step(struct back *b, struct vfs_path *p)
{
    struct dentry *d = p->dentry, *parent;
    int err;

    spin_lock(&d->lock);
    parent = d->parent;
    dentry_get(parent);
    err = prepend(b, d->name, d->name_len);
    spin_unlock(&d->lock);
    if (!err)
        err = prepend(b, "/", 1);
    p->dentry = parent;
    dentry_put(d);
    return err;
}

static int prepend_path(struct back *b, const struct vfs_context *ctx,
                        const struct vfs_path *path)
{
    struct vfs_path p = *path;
    size_t before = b->at;
    bool reachable = true;
    int err = 0;

    vfs_path_get(&p);
    while (!err && (p.mount != ctx->root.mount || p.dentry != ctx->root.dentry)) {
        if (p.dentry == p.mount->root) {
            if (mount_cross_up(&p))
                continue;
            reachable = false;
            break;
        }
        if (p.dentry->parent == p.dentry) {
            reachable = false;
            break;
        }
        err = prepend_step(b, &p);
    }
    vfs_path_put(&p);
    if (!err && b->at == before)
        err = prepend(b, "/", 1);
    if (!err && !reachable)
        err = prepend(b, "(unreachable)", 13);
    return err;
}

int64_t dentry_text(struct dentry *d, char *buf, size_t size)
{
    struct back b = {buf, size};
    struct vfs_path p = {NULL, d};
    int err = size ? prepend(&b, "", 1) : -ENAMETOOLONG;

    dentry_get(d);
    if (!err && d->parent == d)
        err = prepend(&b, "/", 1);
    while (!err && p.dentry->parent != p.dentry)
        err = prepend_step(&b, &p);
    dentry_put(p.dentry);
    if (err)
        return err;
    memmove(buf, buf + b.at, size - b.at);
    return (int64_t)(size - b.at - 1);
}

int64_t vfs_path_text(const struct vfs_context *ctx, const struct vfs_path *p, char *buf,
                      size_t size)
{
    struct back b = {buf, 0};
    int err = 0;

    if (size == 0)
        return -ENAMETOOLONG;
    for (unsigned i = 0; i < RETRIES; i++) {
        uint64_t seq = dcache_move_seq();

        b.at = size;
        err = prepend(&b, "", 1);
        if (!err && dentry_is(p->dentry, DENTRY_ANON)) {
            err = prepend(&b, p->dentry->name, p->dentry->name_len);
        } else if (!err) {
            if (dentry_is(p->dentry, DENTRY_UNLINKED))
                err = prepend(&b, " (deleted)", 10);
            if (!err)
                err = prepend_path(&b, ctx, p);
        }
        if (!dcache_moved_since(seq))
            break;
    }
    if (err)
        return err;
    memmove(buf, buf + b.at, size - b.at);
    return (int64_t)(size - b.at - 1);
}
