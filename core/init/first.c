/* SPDX-License-Identifier: BSD-2-Clause */
/* The initramfs, the mounts, and the first program. */
#include "init/first.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "hal/hal.h"
#include "init/leak.h"
#include "init/stats.h"
#include "lib/errno_name.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "trace/log.h"
#include "tty/tty.h"
#include "vfs/path.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static _Noreturn void power_off(int status)
{
    console_drain();
    hal_halt(HAL_HALT_POWEROFF, status);
}

static void initrd_unpack(const struct vfs_context *ctx)
{
    const struct hal_range *initrd = &hal_bootinfo()->initrd;
    size_t where = 0;
    int err;

    if (initrd->len == 0) {
        log_warn("init", "no initramfs: the root is empty");
        return;
    }
    err = vfs_unpack_cpio(ctx, phys_to_virt(initrd->base), initrd->len, &where);
    if (err) {
        log_emerg(
            "init",
            "initramfs: %s at byte %zu of %llu: expected a newc cpio archive that fits into "
            "memory (--mem gives more)",
            errno_name(-err), where, (unsigned long long)initrd->len);
        power_off(FIRST_STATUS_USAGE);
    }
    frame_donate(initrd->base, ALIGN_UP(initrd->len, PAGE_SIZE));
}

static void mount_one(const struct vfs_context *ctx, const char *target, const char *type,
                      uint32_t mode)
{
    int err = vfs_mkdir(ctx, NULL, target, mode);

    if (!err || err == -EEXIST)
        err = vfs_mount(ctx, type, target, type, 0, NULL);
    if (err)
        log_err("init", "cannot mount %s on %s: %s", type, target, errno_name(-err));
}

static void root_prepare(struct vfs_context *ctx)
{
    int err = vfs_mount_root(ctx);

    if (err)
        kpanic("no root filesystem: %s", errno_name(-err));
    initrd_unpack(ctx);
    mount_one(ctx, "/dev", "devtmpfs", 0755);
    mount_one(ctx, "/dev/shm", "tmpfs", 01777);
    mount_one(ctx, "/proc", "proc", 0555);
    err = vfs_mkdir(ctx, NULL, "/tmp", 01777);
    if (err && err != -EEXIST)
        log_err("init", "cannot make /tmp: %s", errno_name(-err));
}

/* 0 if `path` names a file that may be executed. */
static int executable(const struct vfs_context *ctx, const char *path)
{
    struct vfs_path p;
    struct inode *inode;
    int err = vfs_walk(ctx, NULL, path, 0, &p);

    if (err)
        return err;
    inode = vfs_path_inode(&p);
    if (!S_ISREG(inode->mode))
        err = -EACCES;
    else
        err = inode_permission(inode, ctx->cred, 1);
    vfs_path_put(&p);
    return err;
}

/* Find `name` as a shell does.  The reason of the last failure that is not "not there". */
static int program_find(const struct vfs_context *ctx, const char *name, char *path,
                        size_t size)
{
    const char *dir = PATH_DEFAULT;
    int err = -ENOENT;

    if (strchr(name, '/')) {
        strlcpy(path, name, size);
        return executable(ctx, path);
    }
    while (*dir) {
        const char *end = strchr(dir, ':');
        size_t len = end ? (size_t)(end - dir) : strlen(dir);
        int one;

        if (len + strlen(name) + 2 <= size) {
            memcpy(path, dir, len);
            path[len] = '/';
            strlcpy(path + len + 1, name, size - len - 1);
            one = executable(ctx, path);
            if (!one)
                return 0;
            if (one != -ENOENT && one != -ENOTDIR)
                err = one;
        }
        dir += len + (end ? 1 : 0);
    }
    return err;
}

static const char *const env_defaults[] = {("PATH=" PATH_DEFAULT), "HOME=/root",
                                           "TERM=linux"};

/* The defaults that the command line does not set, and what it sets. */
static const char **environment(const struct cmdline *c)
{
    const char **envp = kcalloc(c->envc + ARRAY_SIZE(env_defaults) + 1, sizeof(*envp));
    unsigned n = 0;

    for (unsigned i = 0; envp && i < ARRAY_SIZE(env_defaults); i++) {
        size_t len = (size_t)(strchr(env_defaults[i], '=') - env_defaults[i]) + 1;
        bool set = false;

        for (unsigned j = 0; j < c->envc; j++)
            set |= strncmp(c->envp[j], env_defaults[i], len) == 0;
        if (!set)
            envp[n++] = env_defaults[i];
    }
    for (unsigned j = 0; envp && j < c->envc; j++)
        envp[n++] = c->envp[j];
    return envp;
}

static _Noreturn void cannot_run(const char *name, int err)
{
    log_emerg("init", "cannot run '%s': %s%s", name, errno_name(-err),
              err == -ENOENT
                  ? " (is it in the initramfs, with its interpreter and libraries?)"
                  : "");
    power_off(err == -ENOENT ? FIRST_STATUS_NOT_FOUND : FIRST_STATUS_CANNOT_RUN);
}

static void exit_report(const struct cmdline *c)
{
    struct frame_stats f;

    if (!c->report)
        return;
    if (log_console_level() < LOG_LEVEL_NOTICE)
        log_set_console_level(LOG_LEVEL_NOTICE);
    syscall_report_missing();
    frame_stats(&f);
    log_notice("init",
               "memory: %llu of %llu KiB free, page tables %llu KiB, slabs %llu KiB",
               (unsigned long long)(f.free * 4), (unsigned long long)(f.total * 4),
               (unsigned long long)(f.used[FRAME_PGTABLE] * 4),
               (unsigned long long)(f.used[FRAME_SLAB] * 4));
    leak_report();
}

_Noreturn void first_run(const struct cmdline *c)
{
    static const char *const shell[] = {"/bin/sh", NULL};
    const char *const *argv = c->argv ? c->argv : shell;
    struct proc_spawn_args args = {.as_init = c->init != NULL};
    struct vfs_context ctx = {.umask = 022, .cred = cred_root()};
    const char *name = c->init ? c->init : argv[0];
    char *path = kmalloc(VFS_PATH_MAX);
    int status, err;
    int32_t pid;

    root_prepare(&ctx);
    args.envp = environment(c);
    if (!path || !args.envp)
        cannot_run(name, -ENOMEM);
    err = program_find(&ctx, name, path, VFS_PATH_MAX);
    if (!err)
        err = console_stdio(&ctx, args.stdio, &args.controlling_tty);
    if (err)
        cannot_run(name, err);
    args.path = path;
    args.argv = argv;
    args.fs = &ctx;
    if (c->report)
        leak_baseline();
    err = proc_spawn(&args, &pid);
    if (!err)
        err = proc_wait(pid, &status);
    if (err)
        cannot_run(name, err);
    stats_print();
    exit_report(c);
    power_off(status & 0x7f ? FIRST_STATUS_SIGNAL + (status & 0x7f)
                            : (status >> 8) & 0xff);
}
