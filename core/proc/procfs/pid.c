/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID: what a process directory holds. */
#include "proc/procfs/procfs_priv.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "mm/frame.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Bytes [start, end) of the process's memory, as they are. */
static int show_memory(const struct procfs_ref *ref, struct strbuf *sb, bool environment)
{
    struct vm_space *s = procfs_ref_space(ref);
    uint64_t at, end;
    char *page;

    if (!s)
        return 0;
    page = kmalloc(PAGE_SIZE);
    at = environment ? s->env_start : s->arg_start;
    end = environment ? s->env_end : s->arg_end;
    while (page && at < end && !sb->truncated) {
        int64_t n = vm_space_read(s, at, page, MIN(end - at, PAGE_SIZE));

        if (n <= 0)
            break;
        strbuf_write(sb, page, (size_t)n);
        at += (uint64_t)n;
    }
    vm_space_put(s);
    if (!page)
        return -ENOMEM;
    kfree(page);
    return 0;
}

static int show_cmdline(const struct procfs_ref *ref, struct strbuf *sb)
{
    return show_memory(ref, sb, false);
}

static int show_environ(const struct procfs_ref *ref, struct strbuf *sb)
{
    int err = procfs_may_access(ref);

    return err ? err : show_memory(ref, sb, true);
}

static int show_comm(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct task *t = procfs_ref_task(ref);

    if (!t)
        return -ESRCH;
    strbuf_printf(sb, "%s\n", t->thread->name);
    task_put(t);
    return 0;
}

static int store_comm(const struct procfs_ref *ref, char *text, size_t len)
{
    struct task *t = procfs_ref_task(ref);

    (void)len;
    if (!t)
        return -ESRCH;
    if (!task_current() || task_current()->process != t->process) {
        task_put(t);
        return -EPERM;
    }
    task_set_comm(t, text);
    task_put(t);
    return 0;
}

static int show_oom_score_adj(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct process *p = procfs_ref_process(ref);

    if (!p)
        return -ESRCH;
    strbuf_printf(sb, "%d\n", p->oom_score_adj);
    process_put(p);
    return 0;
}

static int store_oom_score_adj(const struct procfs_ref *ref, char *text, size_t len)
{
    struct process *p;
    int64_t v;
    int err = procfs_may_access(ref);

    if (!err)
        err = str_to_i64(text, len, 10, &v);
    if (err)
        return err;
    if (v < -1000 || v > 1000)
        return -EINVAL;
    p = procfs_ref_process(ref);
    if (!p)
        return -ESRCH;
    if (v < p->oom_score_adj && !cred_capable(task_current()->cred, CAP_SYS_RESOURCE))
        err = -EACCES;
    else
        p->oom_score_adj = (int32_t)v;
    process_put(p);
    return err;
}

/* exe, cwd, root: a path of the process, with references. */
enum which_path { PATH_EXE, PATH_CWD, PATH_ROOT };

static int process_path(const struct procfs_ref *ref, enum which_path which,
                        struct vfs_path *out)
{
    struct vfs_context ctx;
    struct vm_space *s;
    struct task *t;
    int err = procfs_may_access(ref);

    if (err)
        return err;
    if (which == PATH_EXE) {
        s = procfs_ref_space(ref);
        if (!s)
            return -ENOENT;
        rwlock_read(&s->lock);
        if (s->exe) {
            *out = ((struct file *)s->exe)->path;
            vfs_path_get(out);
        } else {
            err = -ENOENT;
        }
        rwlock_read_unlock(&s->lock);
        vm_space_put(s);
        return err;
    }
    t = procfs_ref_task(ref);
    if (!t)
        return -ENOENT;
    task_fs_get(t, &ctx);
    *out = which == PATH_CWD ? ctx.cwd : ctx.root;
    if (out->dentry)
        vfs_path_get(out);
    else
        err = -ENOENT;
    task_fs_put(&ctx);
    task_put(t);
    return err;
}

static int show_path(const struct procfs_ref *ref, enum which_path which,
                     struct strbuf *sb)
{
    struct vfs_context ctx;
    struct vfs_path path;
    char *text;
    int64_t len = -ENOMEM;
    int err = process_path(ref, which, &path);

    if (err)
        return err;
    text = kmalloc(VFS_PATH_MAX);
    if (text) {
        task_fs_get(task_current(), &ctx);
        len = vfs_path_text(&ctx, &path, text, VFS_PATH_MAX);
        task_fs_put(&ctx);
        if (len >= 0)
            strbuf_puts(sb, text);
        kfree(text);
    }
    vfs_path_put(&path);
    return len < 0 ? (int)len : 0;
}

static int show_exe(const struct procfs_ref *ref, struct strbuf *sb)
{
    return show_path(ref, PATH_EXE, sb);
}

static int show_cwd(const struct procfs_ref *ref, struct strbuf *sb)
{
    return show_path(ref, PATH_CWD, sb);
}

static int show_root(const struct procfs_ref *ref, struct strbuf *sb)
{
    return show_path(ref, PATH_ROOT, sb);
}

static int follow_exe(const struct procfs_ref *ref, struct vfs_path *out)
{
    return process_path(ref, PATH_EXE, out);
}

static int follow_cwd(const struct procfs_ref *ref, struct vfs_path *out)
{
    return process_path(ref, PATH_CWD, out);
}

static int follow_root(const struct procfs_ref *ref, struct vfs_path *out)
{
    return process_path(ref, PATH_ROOT, out);
}

static int show_mount_table(const struct procfs_ref *ref, struct strbuf *sb, bool info)
{
    struct task *t = procfs_ref_task(ref);
    struct vfs_context ctx;

    if (!t)
        return -ESRCH;
    task_fs_get(t, &ctx);
    if (ctx.root.dentry)
        vfs_mounts_text(&ctx, sb, info);
    task_fs_put(&ctx);
    task_put(t);
    return 0;
}

static int show_mounts(const struct procfs_ref *ref, struct strbuf *sb)
{
    return show_mount_table(ref, sb, false);
}

static int show_mountinfo(const struct procfs_ref *ref, struct strbuf *sb)
{
    return show_mount_table(ref, sb, true);
}

static const struct procfs_dir fd_dir = {.numbers = PROCFS_FDS, .number = &procfs_fd};
static const struct procfs_dir fdinfo_dir = {.numbers = PROCFS_FDS,
                                             .number = &procfs_fdinfo};

#define COMMON_ENTRIES                                                                   \
    {.name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline},                   \
        {.name = "comm",                                                                 \
         .mode = S_IFREG | 0644,                                                         \
         .show = show_comm,                                                              \
         .store = store_comm},                                                           \
        {.name = "cwd", .mode = S_IFLNK | 0777, .show = show_cwd, .follow = follow_cwd}, \
        {.name = "environ", .mode = S_IFREG | 0400, .show = show_environ},               \
        {.name = "exe", .mode = S_IFLNK | 0777, .show = show_exe, .follow = follow_exe}, \
        {.name = "fd", .mode = S_IFDIR | 0500, .dir = &fd_dir},                          \
        {.name = "fdinfo", .mode = S_IFDIR | 0500, .dir = &fdinfo_dir},                  \
        {.name = "limits", .mode = S_IFREG | 0444, .show = procfs_show_limits},          \
        {.name = "maps", .mode = S_IFREG | 0444, .show = procfs_show_maps},              \
        {.name = "mem", .mode = S_IFREG | 0600, .fops = &procfs_mem_ops},                \
        {.name = "mountinfo", .mode = S_IFREG | 0444, .show = show_mountinfo},           \
        {.name = "mounts", .mode = S_IFREG | 0444, .show = show_mounts},                 \
        {.name = "oom_score_adj",                                                        \
         .mode = S_IFREG | 0644,                                                         \
         .show = show_oom_score_adj,                                                     \
         .store = store_oom_score_adj},                                                  \
        {.name = "root",                                                                 \
         .mode = S_IFLNK | 0777,                                                         \
         .show = show_root,                                                              \
         .follow = follow_root},                                                         \
        {.name = "schedstat", .mode = S_IFREG | 0444, .show = procfs_show_schedstat},    \
        {.name = "smaps_rollup",                                                         \
         .mode = S_IFREG | 0444,                                                         \
         .show = procfs_show_smaps_rollup},                                              \
        {.name = "stat", .mode = S_IFREG | 0444, .show = procfs_show_stat},              \
        {.name = "statm", .mode = S_IFREG | 0444, .show = procfs_show_statm},            \
    {                                                                                    \
        .name = "status", .mode = S_IFREG | 0444, .show = procfs_show_status             \
    }

static const struct procfs_entry thread_entries[] = {COMMON_ENTRIES};
static const struct procfs_dir thread_dir = {
    .entries = thread_entries,
    .count = ARRAY_SIZE(thread_entries),
};
static const struct procfs_entry thread_entry = {.mode = S_IFDIR | 0555,
                                                 .dir = &thread_dir};
static const struct procfs_dir task_dir = {.numbers = PROCFS_TASKS,
                                           .number = &thread_entry};

static const struct procfs_entry process_entries[] = {
    COMMON_ENTRIES,
    {.name = "task", .mode = S_IFDIR | 0555, .dir = &task_dir},
};
static const struct procfs_dir process_dir = {
    .entries = process_entries,
    .count = ARRAY_SIZE(process_entries),
};
const struct procfs_entry procfs_process = {.mode = S_IFDIR | 0555, .dir = &process_dir};
