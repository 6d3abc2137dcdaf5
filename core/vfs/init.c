/* SPDX-License-Identifier: BSD-2-Clause */
/* vfs at boot. */
#include "vfs/dentry.h"
#include "vfs/file_priv.h"
#include "vfs/memfd.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/tmpfs.h"
#include "vm/space.h"

static void hook_get(void *file)
{
    file_get(file);
}

static void hook_put(void *file)
{
    file_put(file);
}

void vfs_init(void)
{
    static const struct vm_file_hooks hooks = {.get = hook_get, .put = hook_put};

    vm_set_file_hooks(&hooks);
    dcache_init();
    file_init();
    lock_init();
    anon_init();
    tmpfs_init();
    memfd_init();
    devfs_init();
    dev_mem_init();
    dev_kmsg_init();
}

int vfs_mount_root(struct vfs_context *ctx)
{
    struct super *s;
    struct mount *m;
    int err = tmpfs_create("tmpfs", 0, "mode=755", &s);

    if (err)
        return err;
    err = super_make_root(s);
    if (!err)
        err = mount_create(s, s->root_dentry, "root", 0, &m);
    super_put(s);
    if (err)
        return err;
    mount_attach_root(m);
    ctx->root = (struct vfs_path){m, m->root};
    ctx->cwd = ctx->root;
    vfs_path_get(&ctx->root);
    vfs_path_get(&ctx->cwd);
    mount_put(m);
    return 0;
}
