/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials across exec: set-user-ID programs and capabilities(7). */
#include "proc/exec_priv.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "abi/prctl.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "vfs/mount.h"

/* Set-ID bits of the program that count. */
static bool setid_allowed(const struct exec *x, const struct cred *c)
{
    const struct mount *m = x->file->path.mount;

    return !c->no_new_privs && !(m && (m->flags & MS_NOSUID));
}

static void apply_setid(const struct exec *x, struct cred *c)
{
    const struct inode *inode = x->file->inode;
    uint32_t mode = inode->mode;

    if (!setid_allowed(x, c))
        return;
    if (mode & S_ISUID)
        c->euid = inode->uid;
    /* Without group execution the bit means mandatory locking. */
    if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
        c->egid = inode->gid;
}

/* capabilities(7), "Transformation of capabilities during execve()", without file sets. */
static void apply_capabilities(const struct cred *old, struct cred *c)
{
    bool root = !(c->securebits & ABI_SECBIT_NOROOT);
    bool setid = c->euid != old->euid || c->egid != old->egid;

    if (setid)
        c->cap_ambient = 0;
    c->cap_permitted = c->cap_ambient;
    c->cap_effective = c->cap_ambient;
    if (root && (c->euid == 0 || c->uid == 0)) {
        c->cap_permitted = c->cap_inheritable | c->cap_bounding;
        if (c->euid == 0)
            c->cap_effective = c->cap_permitted;
    }
    c->securebits &= ~ABI_SECBIT_KEEP_CAPS;
}

int exec_cred(struct exec *x)
{
    struct cred *old = x->task->cred, *c = cred_copy(old);

    if (!c)
        return -ENOMEM;
    apply_setid(x, c);
    c->suid = c->fsuid = c->euid;
    c->sgid = c->fsgid = c->egid;
    apply_capabilities(old, c);
    x->secure = c->uid != c->euid || c->gid != c->egid ||
                (c->uid != 0 && (c->cap_permitted & ~c->cap_ambient));
    x->cred = c;
    return 0;
}
