/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside exec: what is prepared before the old program is given up.
 *
 * Owner:   proc_exec(); freed whatever the outcome.
 * Context: thread context of the task that calls exec.
 * Locking: none; nobody else knows these objects.
 * Errors:  -E2BIG, -EFAULT, -ENOMEM, -ENOEXEC ...
 */
#ifndef CLOUDOS_PROC_EXEC_PRIV_H
#define CLOUDOS_PROC_EXEC_PRIV_H

#include "proc/elf.h"
#include "proc/proc_priv.h"

#define EXEC_STRING_MAX  131072u    /* with its NUL; Linux: MAX_ARG_STRLEN */
#define EXEC_STRINGS_MAX (3u << 20) /* all of them and their pointers */
#define EXEC_SCRIPTS_MAX 4          /* #! of a #! of a ... */
#define EXEC_HEAD_BYTES  256        /* looked at for #! */

/* Arguments and environment, as they will stand on the stack: one string after the other. */
struct exec_args {
    char *buf;
    size_t len, room;
    size_t env_at; /* where the environment starts */
    uint32_t argc, envc;
    size_t limit; /* bytes, pointers included */
    size_t skip;  /* argv[0] of a script is dropped ... */
    char *prefix; /* ... and these are put before */
    size_t prefix_len;
    uint32_t prefix_count;
};

void exec_args_init(struct exec_args *a, struct task *t);
void exec_args_free(struct exec_args *a);
MUST_CHECK int exec_args_user(struct exec_args *a, uint64_t argv, uint64_t envp);
MUST_CHECK int exec_args_kernel(struct exec_args *a, const char *const *argv,
                                const char *const *envp);
/* A script: interpreter, its argument (may be NULL) and the script's path come first. */
MUST_CHECK int exec_args_script(struct exec_args *a, const char *interp, const char *arg,
                                const char *path);

struct exec {
    struct task *task;
    struct file *file; /* the program, after scripts are resolved; a reference */
    const char *path;  /* as the caller named it */
    struct exec_args args;
    struct vm_space *space; /* the new memory */
    struct elf_image image, interp;
    bool has_interp;
    uint64_t stack_top, sp;
    struct cred *cred;
    bool secure;             /* AT_SECURE: more rights than the caller has */
    struct sighand *sighand; /* a copy, where the old one is shared */
    struct fd_table *fds;    /* the same */
    struct hal_user user;
    bool user_ready;
};

/* Credentials that the program will have: x->cred, x->secure. */
MUST_CHECK int exec_cred(struct exec *x);
/* Resolve #!: x->file and x->args become those of the interpreter. */
MUST_CHECK int exec_script(struct exec *x);
/* The new stack with strings, vectors and auxv: x->sp. */
MUST_CHECK int exec_stack(struct exec *x);

#endif /* CLOUDOS_PROC_EXEC_PRIV_H */
