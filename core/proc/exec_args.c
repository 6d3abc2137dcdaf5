/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering the arguments and the environment of a new program in kernel memory. */
#include "proc/exec_priv.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/ucopy.h"

#define ROOM_FIRST 2048u
#define ROOM_MIN   256u /* grow when less is left */

void exec_args_init(struct exec_args *a, struct task *t)
{
    uint64_t stack = task_rlimit(t, RLIMIT_STACK);

    *a = (struct exec_args){.limit = (size_t)MIN(stack / 4, (uint64_t)EXEC_STRINGS_MAX)};
    a->limit = MAX(a->limit, (size_t)EXEC_STRING_MAX);
}

void exec_args_free(struct exec_args *a)
{
    kfree(a->buf);
    kfree(a->prefix);
    a->buf = a->prefix = NULL;
}

static int grow(struct exec_args *a, size_t room)
{
    char *buf = krealloc(a->buf, room);

    if (!buf)
        return -ENOMEM;
    a->buf = buf;
    a->room = room;
    return 0;
}

/* A string of `len` bytes with its NUL stands at the end of the buffer: count it in. */
static int accept(struct exec_args *a, size_t len, uint32_t *count)
{
    size_t pointers = ((size_t)a->argc + a->envc + 1) * sizeof(uint64_t);

    if (len > EXEC_STRING_MAX || a->len + len + pointers > a->limit)
        return -E2BIG;
    a->len += len;
    (*count)++;
    return 0;
}

static int add_user(struct exec_args *a, uint64_t src, uint32_t *count)
{
    for (;;) {
        size_t room = a->room - a->len;
        int64_t n;
        int err;

        if (room >= ROOM_MIN) {
            n = copy_string_from_user(a->buf + a->len, src, room);
            if (n >= 0)
                return accept(a, (size_t)n + 1, count);
            if (n != -ENAMETOOLONG)
                return (int)n;
            if (room > EXEC_STRING_MAX)
                return -E2BIG;
        }
        if (a->room >= a->limit + EXEC_STRING_MAX)
            return -E2BIG;
        err = grow(a, a->room ? a->room * 2 : ROOM_FIRST);
        if (err)
            return err;
    }
}

static int add_user_vector(struct exec_args *a, uint64_t vec, uint32_t *count)
{
    /* A NULL vector is an empty one, as on Linux. */
    for (uint64_t at = vec; vec; at += sizeof(uint64_t)) {
        uint64_t s;
        int err;

        if (copy_from_user(&s, at, sizeof(s)))
            return -EFAULT;
        if (!s)
            break;
        if (thread_fatal_pending())
            return -ERESTARTNOHAND;
        err = add_user(a, s, count);
        if (err)
            return err;
    }
    return 0;
}

static int add_kernel(struct exec_args *a, const char *s, uint32_t *count)
{
    size_t len = strlen(s) + 1;
    int err;

    if (a->len + len > a->room) {
        err = grow(a, MAX(a->room * 2, ALIGN_UP(a->len + len, (size_t)ROOM_FIRST)));
        if (err)
            return err;
    }
    memcpy(a->buf + a->len, s, len);
    return accept(a, len, count);
}

/* Programs that look at argv[0] without looking at argc must find a string. */
static int add_empty_argv0(struct exec_args *a)
{
    return a->argc ? 0 : add_kernel(a, "", &a->argc);
}

int exec_args_user(struct exec_args *a, uint64_t argv, uint64_t envp)
{
    int err = add_user_vector(a, argv, &a->argc);

    if (!err)
        err = add_empty_argv0(a);
    if (err)
        return err;
    a->env_at = a->len;
    return add_user_vector(a, envp, &a->envc);
}

int exec_args_kernel(struct exec_args *a, const char *const *argv,
                     const char *const *envp)
{
    int err = 0;

    for (; argv && *argv && !err; argv++)
        err = add_kernel(a, *argv, &a->argc);
    if (!err)
        err = add_empty_argv0(a);
    if (err)
        return err;
    a->env_at = a->len;
    for (; envp && *envp && !err; envp++)
        err = add_kernel(a, *envp, &a->envc);
    return err;
}

int exec_args_script(struct exec_args *a, const char *interp, const char *arg,
                     const char *path)
{
    size_t n_interp = strlen(interp) + 1, n_arg = arg ? strlen(arg) + 1 : 0;
    /* The second script replaces the first one's argv[0], which is its interpreter's name. */
    size_t drop = a->prefix ? strlen(a->prefix) + 1 : 0;
    size_t n_path = strlen(path) + 1, kept = a->prefix_len - drop;
    size_t len = n_interp + n_arg + n_path + kept;
    char *prefix, *to;

    if (len + a->len > a->limit)
        return -E2BIG;
    prefix = to = kmalloc(len);
    if (!prefix)
        return -ENOMEM;
    memcpy(to, interp, n_interp);
    to += n_interp;
    if (arg)
        memcpy(to, arg, n_arg);
    to += n_arg;
    memcpy(to, path, n_path);
    if (kept)
        memcpy(to + n_path, a->prefix + drop, kept);
    if (!a->prefix) {
        a->skip = strlen(a->buf) + 1;
        a->argc--;
    }
    a->prefix_count += (arg ? 3u : 2u) - (a->prefix ? 1u : 0u);
    kfree(a->prefix);
    a->prefix = prefix;
    a->prefix_len = len;
    return 0;
}
