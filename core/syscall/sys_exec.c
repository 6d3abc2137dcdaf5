/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs: execve(2), execveat(2), and what belongs to one processor architecture. */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/user.h"
#include "lib/string.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/exec.h"
#include "proc/task.h"
#include "syscall/path_args.h"
#include "vm/ucopy.h"

#define FD_PATH_MAX 32 /* "/dev/fd/N" */

int64_t sys_execve(struct task *t, const uint64_t a[6])
{
    struct file *program;
    char *path;
    int err = user_string_get(a[0], &path);

    if (err)
        return err;
    err = exec_open(t, NULL, path, 0, &program);
    if (!err) {
        err = proc_exec(t, program, path, a[1], a[2]);
        file_put(program);
    }
    kfree(path);
    return err;
}

/* What the program is called: by descriptor when the path is empty or starts at one. */
static char *name_at(int dirfd, const char *path)
{
    size_t size;
    char *name;

    if (dirfd == AT_FDCWD || path[0] == '/')
        return kstrdup(path);
    size = FD_PATH_MAX + strlen(path) + 1;
    name = kmalloc(size);
    if (name)
        ksnprintf(name, size, "/dev/fd/%d%s%s", dirfd, path[0] ? "/" : "", path);
    return name;
}

int64_t sys_execveat(struct task *t, const uint64_t a[6])
{
    uint32_t at_flags = (uint32_t)a[4];
    unsigned walk = 0;
    struct path_args p;
    struct file *program;
    char *name;
    int err;

    if (at_flags & ~(uint32_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    err = path_args_begin(&p, t, (int)a[0], a[1]);
    if (err)
        return err;
    walk |= at_flags & AT_EMPTY_PATH ? VFS_EMPTY : 0;
    walk |= at_flags & AT_SYMLINK_NOFOLLOW ? VFS_NOFOLLOW : 0;
    name = name_at((int)a[0], p.path);
    err = name ? exec_open(t, p.at, p.path, walk, &program) : -ENOMEM;
    path_args_end(&p);
    if (err == -EACCES && (walk & VFS_NOFOLLOW))
        err = -ELOOP;
    if (!err) {
        err = proc_exec(t, program, name, a[2], a[3]);
        file_put(program);
    }
    kfree(name);
    return err;
}

#define PERSONALITY_QUERY 0xffffffffu

int64_t sys_personality(struct task *t, const uint64_t a[6])
{
    uint32_t old = t->process->personality;

    if ((uint32_t)a[0] != PERSONALITY_QUERY)
        t->process->personality = (uint32_t)a[0];
    return old;
}

/* Known, and not done: programs ask and go without. */
int64_t sys_ptrace(struct task *t, const uint64_t a[6])
{
    (void)t;
    (void)a;
    return -ENOSYS;
}

int64_t sys_rseq(struct task *t, const uint64_t a[6])
{
    (void)t;
    (void)a;
    return -ENOSYS;
}

int64_t sys_seccomp(struct task *t, const uint64_t a[6])
{
    (void)t;
    (void)a;
    return -EINVAL;
}
