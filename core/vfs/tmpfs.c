/* SPDX-License-Identifier: BSD-2-Clause */
/* tmpfs: instances, their options and quotas, inodes. */
#include "vfs/tmpfs.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vfs/tmpfs_priv.h"

static struct kmem_cache *inode_cache;

/* ---- quotas ---- */

static int quota_take(uint64_t *used, uint64_t max)
{
    uint64_t now = atomic_inc_return(used);

    if (max == 0 || now <= max)
        return 0;
    atomic_dec(used);
    return -ENOSPC;
}

static struct tmpfs *tmpfs_of_object(struct vm_object *o)
{
    return tmpfs_of(container_of(o, struct inode, object)->super);
}

static int page_added(struct vm_object *o)
{
    struct tmpfs *t = tmpfs_of_object(o);

    return quota_take(&t->pages, t->max_pages);
}

static void page_removed(struct vm_object *o)
{
    atomic_dec(&tmpfs_of_object(o)->pages);
}

static const struct vm_object_ops object_ops = {
    .page_added = page_added,
    .page_removed = page_removed,
};

/* ---- inodes ---- */

static int64_t link_read(struct inode *inode, char *buf, size_t size)
{
    size_t len = MIN((size_t)inode->object.size, size);

    memcpy(buf, tmpfs_inode_of(inode)->target, len);
    return (int64_t)len;
}

static const struct inode_ops plain_inode_ops = {.evict = tmpfs_evict,
                                                 .xattr = tmpfs_xattr};
static const struct inode_ops link_inode_ops = {
    .read_link = link_read, .evict = tmpfs_evict, .xattr = tmpfs_xattr};

int tmpfs_inode_create(struct super *s, uint32_t mode, struct inode **out)
{
    struct tmpfs *t = tmpfs_of(s);
    struct tmpfs_inode *ti;

    if (quota_take(&t->inodes, t->max_inodes))
        return -ENOSPC;
    ti = kmem_cache_alloc(inode_cache);
    if (!ti) {
        atomic_dec(&t->inodes);
        return -ENOMEM;
    }
    inode_init(&ti->inode, s, mode);
    ti->by_name = RB_ROOT;
    ti->by_cookie = RB_ROOT;
    ti->next_cookie = 2; /* behind "." and ".." */
    ti->entries = 0;
    ti->target = NULL;
    ti->xattr_bytes = 0;
    list_init(&ti->xattrs);
    ti->inode.ops = &plain_inode_ops;
    if (S_ISREG(mode)) {
        inode_object_init(&ti->inode, &object_ops, 0);
        ti->inode.fops = &regular_file_ops;
    } else if (S_ISDIR(mode)) {
        ti->inode.nlink = 2;
        ti->inode.ops = &tmpfs_dir_inode_ops;
        ti->inode.fops = &tmpfs_dir_file_ops;
    } else if (S_ISLNK(mode)) {
        ti->inode.ops = &link_inode_ops;
    }
    *out = &ti->inode;
    return 0;
}

int tmpfs_file_create(struct super *s, uint32_t mode, const struct cred *cred,
                      struct inode **out)
{
    int err = tmpfs_inode_create(s, mode, out);

    if (err)
        return err;
    (*out)->nlink = 0;
    (*out)->uid = cred->fsuid;
    (*out)->gid = cred->fsgid;
    return 0;
}

/* Only unmounting evicts a directory that is not empty.  Its entries are put on a list that the
 * outermost call works off, so that the depth of the tree costs no stack. */
static void evict_directory(struct tmpfs *t, struct tmpfs_inode *ti)
{
    struct rb_node *n;
    bool outermost = !t->draining;

    while ((n = rb_first(&ti->by_cookie))) {
        struct tmpfs_entry *e = rb_entry(n, struct tmpfs_entry, by_cookie);

        rb_erase(&ti->by_cookie, n);
        list_add(&e->dead, &t->dead);
    }
    if (!outermost)
        return;
    t->draining = true;
    while (!list_empty(&t->dead)) {
        struct tmpfs_entry *e = list_first_entry(&t->dead, struct tmpfs_entry, dead);

        list_del(&e->dead);
        inode_put(e->inode);
        kfree(e);
    }
    t->draining = false;
}

void tmpfs_evict(struct inode *inode)
{
    struct tmpfs_inode *ti = tmpfs_inode_of(inode);

    if (!rb_empty(&ti->by_cookie))
        evict_directory(tmpfs_of(inode->super), ti);
    kfree(ti->target);
    tmpfs_xattr_free(ti);
}

static void tmpfs_inode_free(struct inode *inode)
{
    struct tmpfs *t = tmpfs_of(inode->super);

    kmem_cache_free(inode_cache, tmpfs_inode_of(inode));
    atomic_dec(&t->inodes);
}

/* ---- instances ---- */

void tmpfs_usage(const struct super *s, struct tmpfs_usage *out)
{
    struct tmpfs *t = tmpfs_of(s);

    *out = (struct tmpfs_usage){.pages = atomic_load_relaxed(&t->pages),
                                .max_pages = t->max_pages,
                                .inodes = atomic_load_relaxed(&t->inodes),
                                .max_inodes = t->max_inodes};
}

static int tmpfs_statfs(struct super *s, struct abi_statfs *out)
{
    struct tmpfs_usage u;
    struct frame_stats frames;

    tmpfs_usage(s, &u);
    frame_stats(&frames);
    *out = (struct abi_statfs){.f_type = ABI_MAGIC_TMPFS,
                               .f_bsize = PAGE_SIZE,
                               .f_frsize = PAGE_SIZE,
                               .f_namelen = 255};
    out->f_blocks = u.max_pages ? u.max_pages : frames.total;
    out->f_bfree = u.max_pages ? u.max_pages - MIN(u.pages, u.max_pages) : frames.free;
    out->f_bavail = out->f_bfree;
    out->f_files = u.max_inodes;
    out->f_ffree = u.max_inodes - MIN(u.inodes, u.max_inodes);
    return 0;
}

static void tmpfs_unmount(struct super *s)
{
    kassert(tmpfs_of(s)->inodes == 0 && tmpfs_of(s)->pages == 0);
    kfree(s->priv);
}

static void tmpfs_show_options(struct super *s, struct strbuf *sb)
{
    struct tmpfs *t = tmpfs_of(s);

    if (t->max_pages)
        strbuf_printf(sb, ",size=%lluk",
                      (unsigned long long)(t->max_pages * (PAGE_SIZE / 1024)));
    if (t->max_inodes)
        strbuf_printf(sb, ",nr_inodes=%llu", (unsigned long long)t->max_inodes);
    if (t->mode != 01777)
        strbuf_printf(sb, ",mode=%o", t->mode);
}

/* A number with k, m, g or (of all memory) %. */
static int parse_size(const char *s, size_t len, uint64_t *out)
{
    struct frame_stats frames;
    unsigned shift = 0;
    bool percent = false;
    int err;

    if (len == 0)
        return -EINVAL;
    switch (s[len - 1] | 0x20) {
    case 'k':
        shift = 10;
        break;
    case 'm':
        shift = 20;
        break;
    case 'g':
        shift = 30;
        break;
    default:
        percent = s[len - 1] == '%';
        break;
    }
    err = str_to_u64(s, len - (shift || percent), 10, out);
    if (err)
        return err;
    if (percent) {
        frame_stats(&frames);
        if (*out > 100)
            return -EINVAL;
        *out = frames.total * PAGE_SIZE / 100 * *out;
    }
    if (shift && *out >> (63 - shift))
        return -EINVAL;
    *out <<= shift;
    return 0;
}

static int parse_id(const char *s, size_t len, unsigned base, uint32_t max, uint32_t *out)
{
    uint64_t v;
    int err = str_to_u64(s, len, base, &v);

    if (err || v > max)
        return -EINVAL;
    *out = (uint32_t)v;
    return 0;
}

static int parse_option(struct tmpfs *t, const char *opt, size_t len)
{
    const char *value = memchr(opt, '=', len);
    size_t key = value ? (size_t)(value - opt) : len;
    size_t rest = value ? len - key - 1 : 0;
    uint64_t n;
    int err;

#define KEY_IS(k) (key == sizeof(k) - 1 && memcmp(opt, k, key) == 0)
    if (!value)
        return -EINVAL;
    value++;
    if (KEY_IS("mode"))
        return parse_id(value, rest, 8, 07777, &t->mode);
    if (KEY_IS("uid"))
        return parse_id(value, rest, 10, UINT32_MAX - 1, &t->uid);
    if (KEY_IS("gid"))
        return parse_id(value, rest, 10, UINT32_MAX - 1, &t->gid);
    err = parse_size(value, rest, &n);
    if (err)
        return -EINVAL;
    if (KEY_IS("size"))
        t->max_pages = n > UINT64_MAX - PAGE_SIZE ? 0 : DIV_ROUND_UP(n, PAGE_SIZE);
    else if (KEY_IS("nr_blocks"))
        t->max_pages = n;
    else if (KEY_IS("nr_inodes"))
        t->max_inodes = n;
    else
        err = -EINVAL;
#undef KEY_IS
    return err;
}

static int parse_options(struct tmpfs *t, const char *options)
{
    while (options && *options) {
        const char *end = strchr(options, ',');
        size_t len = end ? (size_t)(end - options) : strlen(options);
        int err = len ? parse_option(t, options, len) : 0;

        if (err)
            return err;
        options += len + (end ? 1 : 0);
    }
    return 0;
}

static int tmpfs_remount(struct super *s, uint32_t flags, const char *data)
{
    struct tmpfs *t = tmpfs_of(s);
    struct tmpfs wanted = *t;
    int err = parse_options(&wanted, data);

    (void)flags;
    if (err)
        return err;
    if ((wanted.max_pages && wanted.max_pages < t->pages) ||
        (wanted.max_inodes && wanted.max_inodes < t->inodes))
        return -EINVAL;
    t->max_pages = wanted.max_pages;
    t->max_inodes = wanted.max_inodes;
    return 0;
}

static const struct super_ops tmpfs_super_ops = {
    .inode_free = tmpfs_inode_free,
    .statfs = tmpfs_statfs,
    .unmount = tmpfs_unmount,
    .show_options = tmpfs_show_options,
    .remount = tmpfs_remount,
};

int tmpfs_create(const char *type, uint32_t flags, const char *options,
                 struct super **out)
{
    struct tmpfs *t = kzalloc(sizeof(*t));
    struct frame_stats frames;
    struct super *s = NULL;
    int err;

    if (!t)
        return -ENOMEM;
    frame_stats(&frames);
    t->max_pages = MAX(frames.total / 2, (uint64_t)1);
    t->max_inodes = MAX(frames.total / 2, (uint64_t)1024);
    t->mode = 01777;
    list_init(&t->dead);
    err = parse_options(t, options);
    if (!err)
        err = super_create(&tmpfs_super_ops, type, flags, &s);
    if (err) {
        kfree(t);
        return err;
    }
    s->priv = t;
    err = tmpfs_inode_create(s, S_IFDIR | t->mode, &s->root);
    if (err) {
        super_put(s);
        return err;
    }
    s->root->uid = t->uid;
    s->root->gid = t->gid;
    *out = s;
    return 0;
}

static int tmpfs_mount(const char *source, uint32_t flags, const char *data,
                       struct super **out)
{
    (void)source;
    (void)flags; /* those of the mount; the instance itself is always writable */
    return tmpfs_create("tmpfs", 0, data, out);
}

static struct fs_type tmpfs_type = {.name = "tmpfs", .nodev = true, .mount = tmpfs_mount};

void tmpfs_init(void)
{
    inode_cache = kmem_cache_create("tmpfs_inode", sizeof(struct tmpfs_inode), 0);
    kassert(inode_cache);
    fs_type_register(&tmpfs_type);
}
