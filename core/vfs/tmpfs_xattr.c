/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes of tmpfs: a short list, searched from the front. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/tmpfs_priv.h"

#define XATTR_BYTES_MAX 65536u /* names and values of one inode */

struct tmpfs_xattr {
    struct list_node link;
    size_t len;
    char *value;
    char name[];
};

static struct tmpfs_xattr *find(struct tmpfs_inode *ti, const char *name)
{
    struct tmpfs_xattr *x;

    list_for_each_entry (x, &ti->xattrs, link) {
        if (str_eq(x->name, name))
            return x;
    }
    return NULL;
}

static size_t size_of(const struct tmpfs_xattr *x)
{
    return sizeof(*x) + strlen(x->name) + 1 + x->len;
}

static void drop(struct tmpfs_inode *ti, struct tmpfs_xattr *x)
{
    ti->xattr_bytes -= (uint32_t)size_of(x);
    list_del(&x->link);
    kfree(x);
}

static int get(struct tmpfs_inode *ti, const char *name, void *value, size_t *len)
{
    struct tmpfs_xattr *x = find(ti, name);
    size_t room = *len;

    if (!x)
        return -ENODATA;
    *len = x->len;
    if (room == 0)
        return 0;
    if (room < x->len)
        return -ERANGE;
    memcpy(value, x->value, x->len);
    return 0;
}

static int set(struct tmpfs_inode *ti, const char *name, const void *value, size_t len,
               int flags)
{
    struct tmpfs_xattr *old = find(ti, name), *x;
    size_t name_len = strlen(name);
    size_t bytes = sizeof(*x) + name_len + 1 + len;

    if (old && (flags & XATTR_CREATE))
        return -EEXIST;
    if (!old && (flags & XATTR_REPLACE))
        return -ENODATA;
    /* The one that is replaced makes room. */
    if (bytes > XATTR_BYTES_MAX ||
        ti->xattr_bytes - (old ? size_of(old) : 0) + bytes > XATTR_BYTES_MAX)
        return -ENOSPC;
    x = kmalloc(bytes);
    if (!x)
        return -ENOMEM;
    memcpy(x->name, name, name_len + 1);
    x->value = x->name + name_len + 1;
    memcpy(x->value, value, len);
    x->len = len;
    if (old)
        drop(ti, old);
    ti->xattr_bytes += (uint32_t)bytes;
    list_add_tail(&x->link, &ti->xattrs);
    return 0;
}

/* The names, each with its terminator. */
static int list(struct tmpfs_inode *ti, char *buf, size_t *len)
{
    struct tmpfs_xattr *x;
    size_t room = *len, need = 0;

    list_for_each_entry (x, &ti->xattrs, link) {
        size_t n = strlen(x->name) + 1;

        if (room && need + n > room)
            return -ERANGE;
        if (room)
            memcpy(buf + need, x->name, n);
        need += n;
    }
    *len = need;
    return 0;
}

int tmpfs_xattr(struct inode *inode, int op, const char *name, void *value, size_t *len,
                int flags)
{
    struct tmpfs_inode *ti = tmpfs_inode_of(inode);
    struct tmpfs_xattr *x;
    int err;

    switch (op) {
    case VFS_XATTR_GET:
        return get(ti, name, value, len);
    case VFS_XATTR_LIST:
        return list(ti, value, len);
    case VFS_XATTR_SET:
        err = set(ti, name, value, *len, flags);
        break;
    default:
        x = find(ti, name);
        if (x)
            drop(ti, x);
        err = x ? 0 : -ENODATA;
        break;
    }
    if (!err)
        inode_touch(inode, VFS_ATTR_CTIME);
    return err;
}

void tmpfs_xattr_free(struct tmpfs_inode *ti)
{
    struct tmpfs_xattr *x, *tmp;

    list_for_each_entry_safe (x, tmp, &ti->xattrs, link) {
        drop(ti, x);
    }
}
