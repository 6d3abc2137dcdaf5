/* SPDX-License-Identifier: BSD-2-Clause */
/* User and group ids: the set*id family, setgroups(2), and what it does to capabilities. */
#include "syscall/handlers.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/prctl.h"
#include "proc/ident.h"
#include "proc/task.h"
#include "vm/ucopy.h"

#define KEEP UINT32_MAX /* -1: leave this id alone */

int64_t sys_getuid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->cred->uid;
}

int64_t sys_geteuid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->cred->euid;
}

int64_t sys_getgid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->cred->gid;
}

int64_t sys_getegid(struct task *t, const uint64_t a[6])
{
    (void)a;
    return t->cred->egid;
}

static int64_t put_three(const uint64_t a[6], uint32_t x, uint32_t y, uint32_t z)
{
    if (put_user32(a[0], x) || put_user32(a[1], y) || put_user32(a[2], z))
        return -EFAULT;
    return 0;
}

int64_t sys_getresuid(struct task *t, const uint64_t a[6])
{
    return put_three(a, t->cred->uid, t->cred->euid, t->cred->suid);
}

int64_t sys_getresgid(struct task *t, const uint64_t a[6])
{
    return put_three(a, t->cred->gid, t->cred->egid, t->cred->sgid);
}

/* ---- capabilities(7), "Effect of user ID changes on capabilities" ---- */

static bool any_root(const struct cred *c)
{
    return c->uid == 0 || c->euid == 0 || c->suid == 0;
}

static void uid_fixup(const struct cred *old, struct cred *c)
{
    if (c->securebits & ABI_SECBIT_NO_SETUID_FIXUP)
        return;
    if (any_root(old) && !any_root(c)) {
        if (!(c->securebits & ABI_SECBIT_KEEP_CAPS))
            c->cap_permitted = c->cap_effective = 0;
        c->cap_ambient = 0;
    }
    if (old->euid == 0 && c->euid != 0)
        c->cap_effective = 0;
    else if (old->euid != 0 && c->euid == 0)
        c->cap_effective = c->cap_permitted;
}

static void fsuid_fixup(const struct cred *old, struct cred *c)
{
    if (c->securebits & ABI_SECBIT_NO_SETUID_FIXUP)
        return;
    if (old->fsuid == 0 && c->fsuid != 0)
        c->cap_effective &= ~CAP_FS_SET;
    else if (old->fsuid != 0 && c->fsuid == 0)
        c->cap_effective |= c->cap_permitted & CAP_FS_SET;
}

/* Publish what a uid call has made of `c`. */
static int publish_uid(struct task *t, struct cred *c)
{
    uid_fixup(t->cred, c);
    if (c->euid != t->cred->euid || c->egid != t->cred->egid)
        t->process->dumpable = false;
    return task_cred_change(t, c);
}

/* ---- users ---- */

static bool uid_is_own(const struct cred *c, uint32_t id)
{
    return id == KEEP || id == c->uid || id == c->euid || id == c->suid;
}

int64_t sys_setuid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    bool all = cred_capable(old, CAP_SETUID);
    uint32_t uid = (uint32_t)a[0];
    struct cred *c;

    if (uid == KEEP)
        return -EINVAL;
    if (!all && uid != old->uid && uid != old->suid)
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    if (all)
        c->uid = c->suid = uid;
    c->euid = c->fsuid = uid;
    return publish_uid(t, c);
}

int64_t sys_setreuid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    uint32_t ruid = (uint32_t)a[0], euid = (uint32_t)a[1];
    struct cred *c;

    if (!cred_capable(old, CAP_SETUID) &&
        ((ruid != KEEP && ruid != old->uid && ruid != old->euid) ||
         !uid_is_own(old, euid)))
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    if (ruid != KEEP)
        c->uid = ruid;
    if (euid != KEEP)
        c->euid = euid;
    if (ruid != KEEP || (euid != KEEP && euid != old->uid))
        c->suid = c->euid;
    c->fsuid = c->euid;
    return publish_uid(t, c);
}

int64_t sys_setresuid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    uint32_t ruid = (uint32_t)a[0], euid = (uint32_t)a[1], suid = (uint32_t)a[2];
    struct cred *c;

    if (!cred_capable(old, CAP_SETUID) &&
        (!uid_is_own(old, ruid) || !uid_is_own(old, euid) || !uid_is_own(old, suid)))
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    if (ruid != KEEP)
        c->uid = ruid;
    if (euid != KEEP)
        c->euid = euid;
    if (suid != KEEP)
        c->suid = suid;
    c->fsuid = c->euid;
    return publish_uid(t, c);
}

/* The old one, whether it worked or not: setfsuid(2). */
int64_t sys_setfsuid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    uint32_t before = old->fsuid, uid = (uint32_t)a[0];
    struct cred *c;

    if (uid == KEEP || uid == before)
        return before;
    if (!uid_is_own(old, uid) && !cred_capable(old, CAP_SETUID))
        return before;
    c = cred_copy(old);
    if (!c)
        return before;
    c->fsuid = uid;
    fsuid_fixup(old, c);
    if (task_cred_change(t, c))
        return before;
    return before;
}

/* ---- groups ---- */

static bool gid_is_own(const struct cred *c, uint32_t id)
{
    return id == KEEP || id == c->gid || id == c->egid || id == c->sgid;
}

int64_t sys_setgid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    bool all = cred_capable(old, CAP_SETGID);
    uint32_t gid = (uint32_t)a[0];
    struct cred *c;

    if (gid == KEEP)
        return -EINVAL;
    if (!all && gid != old->gid && gid != old->sgid)
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    if (all)
        c->gid = c->sgid = gid;
    c->egid = c->fsgid = gid;
    return task_cred_change(t, c);
}

int64_t sys_setregid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    uint32_t rgid = (uint32_t)a[0], egid = (uint32_t)a[1];
    struct cred *c;

    if (!cred_capable(old, CAP_SETGID) &&
        ((rgid != KEEP && rgid != old->gid && rgid != old->egid) ||
         !gid_is_own(old, egid)))
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    if (rgid != KEEP)
        c->gid = rgid;
    if (egid != KEEP)
        c->egid = egid;
    if (rgid != KEEP || (egid != KEEP && egid != old->gid))
        c->sgid = c->egid;
    c->fsgid = c->egid;
    return task_cred_change(t, c);
}

int64_t sys_setresgid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    uint32_t rgid = (uint32_t)a[0], egid = (uint32_t)a[1], sgid = (uint32_t)a[2];
    struct cred *c;

    if (!cred_capable(old, CAP_SETGID) &&
        (!gid_is_own(old, rgid) || !gid_is_own(old, egid) || !gid_is_own(old, sgid)))
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    if (rgid != KEEP)
        c->gid = rgid;
    if (egid != KEEP)
        c->egid = egid;
    if (sgid != KEEP)
        c->sgid = sgid;
    c->fsgid = c->egid;
    return task_cred_change(t, c);
}

int64_t sys_setfsgid(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    uint32_t before = old->fsgid, gid = (uint32_t)a[0];
    struct cred *c;

    if (gid == KEEP || gid == before)
        return before;
    if (!gid_is_own(old, gid) && !cred_capable(old, CAP_SETGID))
        return before;
    c = cred_copy(old);
    if (!c)
        return before;
    c->fsgid = gid;
    if (task_cred_change(t, c))
        return before;
    return before;
}

int64_t sys_getgroups(struct task *t, const uint64_t a[6])
{
    const struct cred *c = t->cred;
    int32_t size = (int32_t)a[0];

    if (size < 0)
        return -EINVAL;
    if (size == 0)
        return c->group_count;
    if ((uint32_t)size < c->group_count)
        return -EINVAL;
    if (copy_to_user(a[1], c->groups, c->group_count * sizeof(c->groups[0])))
        return -EFAULT;
    return c->group_count;
}

int64_t sys_setgroups(struct task *t, const uint64_t a[6])
{
    uint64_t count = a[0];
    struct cred *c;

    if (!cred_capable(t->cred, CAP_SETGID))
        return -EPERM;
    if (count > CRED_GROUPS_MAX)
        return -EINVAL;
    c = cred_copy(t->cred);
    if (!c)
        return -ENOMEM;
    if (copy_from_user(c->groups, a[1], count * sizeof(c->groups[0]))) {
        cred_put(c);
        return -EFAULT;
    }
    c->group_count = (uint32_t)count;
    return task_cred_change(t, c);
}
