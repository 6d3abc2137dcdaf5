/* SPDX-License-Identifier: BSD-2-Clause */
/* mount(2), umount2(2), pivot_root(2). */
#include "abi/errno.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"

#define MS_MGC_MASK 0xffff0000u
#define MS_MGC_VAL  0xc0ed0000u /* what old programs put into the upper half */

/* A string that may be absent. */
static int optional_string(uint64_t va, char **out)
{
    *out = NULL;
    return va ? user_string_get(va, out) : 0;
}

int64_t sys_mount(struct task *t, const uint64_t a[6])
{
    char *source = NULL, *target = NULL, *type = NULL, *data = NULL;
    uint64_t flags = a[3];
    struct vfs_context ctx;
    int err = optional_string(a[0], &source);

    if ((flags & MS_MGC_MASK) == MS_MGC_VAL)
        flags &= ~(uint64_t)MS_MGC_MASK;
    if (!err)
        err = user_string_get(a[1], &target);
    if (!err)
        err = optional_string(a[2], &type);
    if (!err)
        err = optional_string(a[4], &data);
    if (!err) {
        task_fs_get(t, &ctx);
        err = vfs_mount(&ctx, source, target, type, flags, data);
        task_fs_put(&ctx);
    }
    kfree(source);
    kfree(target);
    kfree(type);
    kfree(data);
    return err;
}

int64_t sys_umount2(struct task *t, const uint64_t a[6])
{
    struct vfs_context ctx;
    char *target;
    int err = user_string_get(a[0], &target);

    if (err)
        return err;
    task_fs_get(t, &ctx);
    err = vfs_unmount(&ctx, target, (int32_t)a[1]);
    task_fs_put(&ctx);
    kfree(target);
    return err;
}

/* With one mount namespace and roots per process, chroot(2) and MS_MOVE do its work. */
int64_t sys_pivot_root(struct task *t, const uint64_t a[6])
{
    (void)t;
    (void)a;
    return -ENOSYS;
}
