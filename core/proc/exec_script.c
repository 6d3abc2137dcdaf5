/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts: "#!interpreter argument" as the first line. */
#include "proc/exec_priv.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/exec.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cut `line` (after "#!", terminated) into interpreter and argument: -ENOEXEC. */
static int line_parse(char *line, bool complete, char **interp, char **arg)
{
    char *end = line + strlen(line), *p = line;

    while (end > line && is_blank(end[-1]))
        *--end = '\0';
    while (is_blank(*p))
        p++;
    if (!*p)
        return -ENOEXEC;
    *interp = p;
    while (*p && !is_blank(*p))
        p++;
    if (!*p) {
        *arg = NULL;
        return complete ? 0 : -ENOEXEC; /* the name may have been cut off */
    }
    *p++ = '\0';
    while (is_blank(*p))
        p++;
    *arg = *p ? p : NULL;
    return 0;
}

/* Read the head of x->file.  1: a script, with interpreter and argument inside `head`. */
static int head_read(struct exec *x, char *head, char **interp, char **arg)
{
    int64_t n = file_read_kernel(x->file, head, EXEC_HEAD_BYTES - 1, 0);
    char *newline;
    int err;

    if (n < 0)
        return (int)n;
    head[n] = '\0';
    if (head[0] != '#' || head[1] != '!')
        return 0;
    newline = strchr(head, '\n');
    if (newline)
        *newline = '\0';
    err = line_parse(head + 2, newline || n < EXEC_HEAD_BYTES - 1, interp, arg);
    return err ? err : 1;
}

static int resolve(struct exec *x, char *head)
{
    const char *path = x->path;
    char *last = NULL;

    for (unsigned depth = 0;; depth++) {
        char *interp = NULL, *arg = NULL, *copy;
        struct file *f;
        int err = head_read(x, head, &interp, &arg);

        if (err <= 0) {
            kfree(last);
            return err;
        }
        err = depth > EXEC_SCRIPTS_MAX ? -ELOOP
                                       : exec_args_script(&x->args, interp, arg, path);
        if (!err)
            err = exec_open(x->task, NULL, interp, 0, &f);
        copy = err ? NULL : kstrdup(interp);
        kfree(last);
        if (err)
            return err;
        file_put(x->file);
        x->file = f;
        if (!copy)
            return -ENOMEM;
        path = last = copy;
    }
}

int exec_script(struct exec *x)
{
    char *head = kmalloc(EXEC_HEAD_BYTES);
    int err;

    if (!head)
        return -ENOMEM;
    err = resolve(x, head);
    kfree(head);
    return err;
}
