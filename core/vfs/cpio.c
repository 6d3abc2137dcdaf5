/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking of newc cpio archives (cpio(5); the kernel's initramfs format), one or several
 * behind each other.
 *
 * The archive is data from outside: every length is checked against what is left before it is
 * used, names must end where they say and may not contain "..".  Files of several names are
 * recognised by device and inode number; the one that brings the data may come first or last.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/path.h"

#define HEADER_BYTES 110u
#define ALIGNMENT    4u
#define LINK_CHAINS  64u

/* The fields of a header, in their order. */
enum field {
    F_INO,
    F_MODE,
    F_UID,
    F_GID,
    F_NLINK,
    F_MTIME,
    F_SIZE,
    F_MAJOR,
    F_MINOR,
    F_RMAJOR,
    F_RMINOR,
    F_NAMESIZE,
    F_CHECK,
    FIELDS
};

struct entry {
    uint32_t f[FIELDS];
    const char *name; /* terminated */
    const uint8_t *data;
};

/* A file of several names, by the first that was seen. */
struct known {
    struct list_node link;
    uint32_t ino, major, minor;
    struct vfs_path path;
};

struct unpack {
    const struct vfs_context *ctx;
    const uint8_t *base;
    size_t len, at; /* `at`: the header being looked at */
    struct list_node known[LINK_CHAINS];
};

static int parse_hex(const uint8_t *text, uint32_t *out)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned c = text[i];

        if (c >= '0' && c <= '9')
            c -= '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            c = (c | 0x20) - 'a' + 10;
        else
            return -EINVAL;
        v = v << 4 | c;
    }
    *out = v;
    return 0;
}

static bool name_is_safe(const char *name)
{
    while (*name) {
        const char *end = strchr(name, '/');
        size_t len = end ? (size_t)(end - name) : strlen(name);

        if (len > VFS_NAME_MAX || (len == 2 && name[0] == '.' && name[1] == '.'))
            return false;
        name += len;
        while (*name == '/')
            name++;
    }
    return true;
}

/* The entry at u->at: checked as a whole; *next is where the following header starts. */
static int entry_parse(struct unpack *u, struct entry *e, size_t *next)
{
    const uint8_t *h = u->base + u->at;
    size_t left = u->len - u->at, data_at;

    if (left < HEADER_BYTES || memcmp(h, "07070", 5) != 0 || (h[5] != '1' && h[5] != '2'))
        return -EINVAL;
    for (unsigned i = 0; i < FIELDS; i++) {
        int err = parse_hex(h + 6 + i * 8, &e->f[i]);

        if (err)
            return err;
    }
    if (e->f[F_NAMESIZE] == 0 || e->f[F_NAMESIZE] > VFS_PATH_MAX ||
        e->f[F_NAMESIZE] > left - HEADER_BYTES)
        return -EINVAL;
    e->name = (const char *)h + HEADER_BYTES;
    if (strnlen(e->name, e->f[F_NAMESIZE]) != e->f[F_NAMESIZE] - 1)
        return -EINVAL;
    data_at = ALIGN_UP(u->at + HEADER_BYTES + e->f[F_NAMESIZE], (size_t)ALIGNMENT);
    if (data_at > u->len || e->f[F_SIZE] > u->len - data_at)
        return -EINVAL;
    e->data = u->base + data_at;
    *next = MIN(ALIGN_UP(data_at + e->f[F_SIZE], (size_t)ALIGNMENT), u->len);
    return name_is_safe(e->name) ? 0 : -EINVAL;
}

static struct list_node *known_chain(struct unpack *u, const struct entry *e)
{
    uint64_t key =
        (uint64_t)e->f[F_INO] << 32 ^ (uint64_t)e->f[F_MAJOR] << 16 ^ e->f[F_MINOR];

    return &u->known[hash_u64(key) % LINK_CHAINS];
}

static struct known *known_find(struct unpack *u, const struct entry *e)
{
    struct known *k;

    list_for_each_entry (k, known_chain(u, e), link) {
        if (k->ino == e->f[F_INO] && k->major == e->f[F_MAJOR] &&
            k->minor == e->f[F_MINOR])
            return k;
    }
    return NULL;
}

static int known_add(struct unpack *u, const struct entry *e, const struct vfs_path *path)
{
    struct known *k = kmalloc(sizeof(*k));

    if (!k)
        return -ENOMEM;
    k->ino = e->f[F_INO];
    k->major = e->f[F_MAJOR];
    k->minor = e->f[F_MINOR];
    vfs_path_get(path);
    k->path = *path;
    list_add(&k->link, known_chain(u, e));
    return 0;
}

/* Inode numbers mean something only within one archive. */
static void known_clear(struct unpack *u)
{
    for (unsigned i = 0; i < LINK_CHAINS; i++) {
        struct known *k, *tmp;

        list_for_each_entry_safe (k, tmp, &u->known[i], link) {
            list_del(&k->link);
            vfs_path_put(&k->path);
            kfree(k);
        }
    }
}

/* Owner, mode and time as the archive says, past the rules for programs. */
static int attributes_set(const struct entry *e, const struct vfs_path *path)
{
    struct inode *inode = vfs_path_inode(path);
    struct vfs_time t = {e->f[F_MTIME], 0};
    struct vfs_attr attr = {
        .valid =
            VFS_ATTR_MODE | VFS_ATTR_UID | VFS_ATTR_GID | VFS_ATTR_ATIME | VFS_ATTR_MTIME,
        .mode = e->f[F_MODE] & ABI_MODE_BITS,
        .uid = e->f[F_UID],
        .gid = e->f[F_GID],
        .atime = t,
        .mtime = t,
    };
    int err;

    if (S_ISLNK(inode_mode(inode)))
        attr.valid &= ~(uint32_t)VFS_ATTR_MODE;
    mutex_lock(&inode->lock);
    err = inode->ops->set_attr ? inode->ops->set_attr(inode, &attr)
                               : inode_set_attr(inode, &attr);
    mutex_unlock(&inode->lock);
    return err;
}

/* A later entry of the same name replaces what is there. */
static int make_way(struct unpack *u, const char *name)
{
    int err = vfs_unlink(u->ctx, NULL, name, false);

    if (err == -EISDIR)
        err = vfs_unlink(u->ctx, NULL, name, true);
    return err == -ENOENT ? 0 : err;
}

static int data_write(struct unpack *u, const struct entry *e, const char *name,
                      uint32_t flags, struct vfs_path *path)
{
    struct file *f;
    uint64_t pos = 0;
    int64_t n = 0;
    int err = vfs_open(u->ctx, NULL, name, O_WRONLY | O_NOFOLLOW | flags, 0600, 0, &f);

    if (err)
        return err;
    if (e->f[F_SIZE])
        n = file_write_kernel(f, e->data, e->f[F_SIZE], &pos);
    *path = f->path;
    vfs_path_get(path);
    file_put(f);
    if (n < 0)
        err = (int)n;
    else if ((uint64_t)n != e->f[F_SIZE])
        err = -ENOSPC;
    if (err)
        vfs_path_put(path);
    return err;
}

static int regular_unpack(struct unpack *u, const struct entry *e, const char *name)
{
    struct known *k = e->f[F_NLINK] > 1 ? known_find(u, e) : NULL;
    struct vfs_path path;
    int err = make_way(u, name);

    if (err)
        return err;
    if (k) {
        err = vfs_link(u->ctx, &k->path, NULL, name);
        if (err || e->f[F_SIZE] == 0)
            return err;
        err = data_write(u, e, name, O_TRUNC, &path);
    } else {
        err = data_write(u, e, name, O_CREAT | O_EXCL, &path);
        if (!err && e->f[F_NLINK] > 1) {
            err = known_add(u, e, &path);
            if (err)
                vfs_path_put(&path);
        }
    }
    if (err)
        return err;
    err = attributes_set(e, &path);
    vfs_path_put(&path);
    return err;
}

static int symlink_unpack(struct unpack *u, const struct entry *e, const char *name)
{
    char *target;
    int err;

    if (e->f[F_SIZE] == 0 || e->f[F_SIZE] >= VFS_PATH_MAX)
        return -EINVAL;
    target = kmalloc(e->f[F_SIZE] + 1);
    if (!target)
        return -ENOMEM;
    memcpy(target, e->data, e->f[F_SIZE]);
    target[e->f[F_SIZE]] = '\0';
    err = make_way(u, name);
    if (!err)
        err = vfs_symlink(u->ctx, target, NULL, name);
    kfree(target);
    return err;
}

static int directory_unpack(struct unpack *u, const char *name)
{
    struct vfs_path path;
    int err = vfs_mkdir(u->ctx, NULL, name, 0700);

    if (err != -EEXIST)
        return err;
    err = vfs_walk(u->ctx, NULL, name, VFS_NOFOLLOW, &path);
    if (err)
        return err;
    err = S_ISDIR(inode_mode(vfs_path_inode(&path))) ? 0 : -EEXIST;
    vfs_path_put(&path);
    if (!err)
        return 0;
    err = make_way(u, name);
    return err ? err : vfs_mkdir(u->ctx, NULL, name, 0700);
}

static int special_unpack(struct unpack *u, const struct entry *e, const char *name)
{
    int err = make_way(u, name);

    if (err)
        return err;
    return vfs_mknod(u->ctx, NULL, name, (e->f[F_MODE] & S_IFMT) | 0600,
                     abi_dev_make(e->f[F_RMAJOR], e->f[F_RMINOR]));
}

static int entry_unpack(struct unpack *u, const struct entry *e)
{
    const char *name = e->name;
    struct vfs_path path;
    int err;

    while (*name == '/')
        name++;
    if (!*name)
        return S_ISDIR(e->f[F_MODE]) ? 0 : -EINVAL;
    switch (e->f[F_MODE] & S_IFMT) {
    case S_IFREG:
        return regular_unpack(u, e, name);
    case S_IFDIR:
        err = directory_unpack(u, name);
        break;
    case S_IFLNK:
        err = symlink_unpack(u, e, name);
        break;
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
        err = special_unpack(u, e, name);
        break;
    default:
        return -EINVAL;
    }
    if (!err)
        err = vfs_walk(u->ctx, NULL, name, VFS_NOFOLLOW, &path);
    if (err)
        return err;
    err = attributes_set(e, &path);
    vfs_path_put(&path);
    return err;
}

/* Between archives and at the end there may be zeros. */
static void skip_padding(struct unpack *u)
{
    while (u->at < u->len && u->base[u->at] == 0)
        u->at++;
}

static int unpack_all(struct unpack *u)
{
    bool open = false; /* inside an archive, whose trailer must come */

    skip_padding(u);
    while (u->at < u->len) {
        struct entry e;
        size_t next;
        int err = entry_parse(u, &e, &next);

        if (err)
            return err;
        open = !str_eq(e.name, "TRAILER!!!");
        if (open)
            err = entry_unpack(u, &e);
        else
            known_clear(u);
        if (err)
            return err;
        u->at = next;
        if (!open)
            skip_padding(u);
    }
    return open ? -EINVAL : 0;
}

int vfs_unpack_cpio(const struct vfs_context *ctx, const void *archive, size_t len,
                    size_t *where)
{
    struct vfs_context root = *ctx;
    struct unpack *u = kzalloc(sizeof(*u));
    int err;

    if (!u)
        return -ENOMEM;
    root.cwd = ctx->root;
    root.umask = 0;
    u->ctx = &root;
    u->base = archive;
    u->len = len;
    for (unsigned i = 0; i < LINK_CHAINS; i++)
        list_init(&u->known[i]);
    err = unpack_all(u);
    known_clear(u);
    if (err && where)
        *where = u->at;
    kfree(u);
    return err;
}
