/* SPDX-License-Identifier: BSD-2-Clause */
/* devfs: an instance of tmpfs that drivers put nodes into. */
#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/mount.h"
#include "vfs/tmpfs.h"

#define HASH_BITS 6u

struct dev {
    struct list_node link;
    uint64_t rdev;
    const struct file_ops *ops;
    void *priv;
    char name[64];
};

static struct spinlock devs_lock = SPINLOCK_INIT("devfs");
static struct list_node devs[1u << HASH_BITS];
static struct super *instance;
static struct vfs_context context; /* as which nodes are made */

static struct list_node *chain_of(uint64_t rdev)
{
    return &devs[hash_index(hash_u64(rdev), HASH_BITS)];
}

static struct dev *find_locked(uint64_t rdev)
{
    struct dev *d;

    list_for_each_entry (d, chain_of(rdev), link) {
        if (d->rdev == rdev)
            return d;
    }
    return NULL;
}

const struct file_ops *dev_ops(uint64_t rdev)
{
    struct dev *d;
    const struct file_ops *ops;

    spin_lock(&devs_lock);
    d = find_locked(rdev);
    ops = d ? d->ops : NULL;
    spin_unlock(&devs_lock);
    return ops;
}

void *dev_priv(uint64_t rdev)
{
    struct dev *d;
    void *priv;

    spin_lock(&devs_lock);
    d = find_locked(rdev);
    priv = d ? d->priv : NULL;
    spin_unlock(&devs_lock);
    return priv;
}

/* The directories of "pts/3". */
static int make_parents(const char *name)
{
    const char *slash = name;

    while ((slash = strchr(slash, '/'))) {
        char dir[64];
        int err;

        strlcpy(dir, name, MIN(sizeof(dir), (size_t)(slash - name) + 1));
        err = vfs_mkdir(&context, NULL, dir, 0755);
        if (err && err != -EEXIST)
            return err;
        slash++;
    }
    return 0;
}

int dev_register(const char *name, uint64_t rdev, uint32_t mode,
                 const struct file_ops *ops, void *priv)
{
    struct dev *d = kzalloc(sizeof(*d));
    bool taken;
    int err;

    if (!d)
        return -ENOMEM;
    kassert(strlen(name) < sizeof(d->name));
    strlcpy(d->name, name, sizeof(d->name));
    d->rdev = rdev;
    d->ops = ops;
    d->priv = priv;
    spin_lock(&devs_lock);
    taken = find_locked(rdev) != NULL;
    if (!taken)
        list_add(&d->link, chain_of(rdev));
    spin_unlock(&devs_lock);
    if (taken) {
        kfree(d);
        return -EEXIST;
    }
    err = make_parents(name);
    if (!err)
        err = vfs_mknod(&context, NULL, name, S_IFCHR | mode, rdev);
    if (err)
        dev_unregister(name);
    return err;
}

void dev_unregister(const char *name)
{
    struct dev *d, *found = NULL;

    spin_lock(&devs_lock);
    for (size_t i = 0; i < ARRAY_SIZE(devs) && !found; i++) {
        list_for_each_entry (d, &devs[i], link) {
            if (str_eq(d->name, name)) {
                found = d;
                list_del(&d->link);
                break;
            }
        }
    }
    spin_unlock(&devs_lock);
    if (!found)
        return;
    kfree(found);
    if (vfs_unlink(&context, NULL, name, false))
        return; /* a program has removed the name before us */
}

static int devfs_mount(const char *source, uint32_t flags, const char *data,
                       struct super **out)
{
    (void)source;
    (void)flags;
    (void)data;
    super_get(instance);
    *out = instance;
    return 0;
}

static struct fs_type devfs_type = {
    .name = "devtmpfs", .nodev = true, .mount = devfs_mount};

/* What udev would make. */
static void make_links(void)
{
    static const struct {
        const char *name, *target;
    } links[] = {
        {"fd", "/proc/self/fd"},
        {"stdin", "/proc/self/fd/0"},
        {"stdout", "/proc/self/fd/1"},
        {"stderr", "/proc/self/fd/2"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        int err = vfs_symlink(&context, links[i].target, NULL, links[i].name);

        kassert(!err);
    }
}

void devfs_init(void)
{
    struct mount *m;
    int err;

    for (size_t i = 0; i < ARRAY_SIZE(devs); i++)
        list_init(&devs[i]);
    err = tmpfs_create("devtmpfs", 0, "mode=755", &instance);
    kassert(!err);
    instance->no_kill = true;
    err = super_make_root(instance);
    kassert(!err);
    err = mount_create(instance, instance->root_dentry, "devtmpfs", 0, &m);
    kassert(!err);
    context = (struct vfs_context){
        .root = {m, m->root}, .cwd = {m, m->root}, .cred = cred_root()};
    vfs_path_get(&context.root);
    vfs_path_get(&context.cwd);
    make_links();
    err = vfs_mkdir(&context, NULL, "shm", 01777);
    if (!err)
        err = vfs_mkdir(&context, NULL, "pts", 0755);
    kassert(!err);
    fs_type_register(&devfs_type);
}
