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

/* ---- users and groups: the same rules for both ---- */

enum id_kind { ID_USER, ID_GROUP };

struct ids {
    uint32_t real, effective, saved, fs;
};

static struct ids ids_of(const struct cred *c, enum id_kind kind)
{
    if (kind == ID_USER)
        return (struct ids){c->uid, c->euid, c->suid, c->fsuid};
    return (struct ids){c->gid, c->egid, c->sgid, c->fsgid};
}

static void ids_store(struct cred *c, enum id_kind kind, const struct ids *ids)
{
    if (kind == ID_USER) {
        c->uid = ids->real;
        c->euid = ids->effective;
        c->suid = ids->saved;
        c->fsuid = ids->fs;
    } else {
        c->gid = ids->real;
        c->egid = ids->effective;
        c->sgid = ids->saved;
        c->fsgid = ids->fs;
    }
}

static bool may_set_any(const struct task *t, enum id_kind kind)
{
    return cred_capable(t->cred, kind == ID_USER ? CAP_SETUID : CAP_SETGID);
}

static bool is_own(const struct ids *ids, uint32_t id)
{
    return id == KEEP || id == ids->real || id == ids->effective || id == ids->saved;
}

/* What a change of users does to capabilities. */
typedef void (*fixup_fn)(const struct cred *old, struct cred *c);

static int publish(struct task *t, enum id_kind kind, const struct ids *ids,
                   fixup_fn fixup)
{
    const struct ids old = ids_of(t->cred, kind);
    struct cred *c = cred_copy(t->cred);

    if (!c)
        return -ENOMEM;
    ids_store(c, kind, ids);
    if (kind == ID_USER)
        fixup(t->cred, c);
    if (ids->effective != old.effective || ids->fs != old.fs)
        t->process->dumpable = false;
    return task_cred_change(t, c);
}

static int set_id(struct task *t, enum id_kind kind, uint32_t id)
{
    struct ids ids = ids_of(t->cred, kind);
    bool any = may_set_any(t, kind);

    if (id == KEEP)
        return -EINVAL;
    if (!any && id != ids.real && id != ids.saved)
        return -EPERM;
    if (any)
        ids.real = ids.saved = id;
    ids.effective = ids.fs = id;
    return publish(t, kind, &ids, uid_fixup);
}

static int set_re_id(struct task *t, enum id_kind kind, uint32_t real, uint32_t effective)
{
    const struct ids old = ids_of(t->cred, kind);
    struct ids ids = old;

    if (!may_set_any(t, kind) &&
        ((real != KEEP && real != old.real && real != old.effective) ||
         !is_own(&old, effective)))
        return -EPERM;
    if (real != KEEP)
        ids.real = real;
    if (effective != KEEP)
        ids.effective = effective;
    if (real != KEEP || (effective != KEEP && effective != old.real))
        ids.saved = ids.effective;
    ids.fs = ids.effective;
    return publish(t, kind, &ids, uid_fixup);
}

static int set_res_id(struct task *t, enum id_kind kind, uint32_t real,
                      uint32_t effective, uint32_t saved)
{
    struct ids ids = ids_of(t->cred, kind);

    if (!may_set_any(t, kind) &&
        (!is_own(&ids, real) || !is_own(&ids, effective) || !is_own(&ids, saved)))
        return -EPERM;
    if (real != KEEP)
        ids.real = real;
    if (effective != KEEP)
        ids.effective = effective;
    if (saved != KEEP)
        ids.saved = saved;
    ids.fs = ids.effective;
    return publish(t, kind, &ids, uid_fixup);
}

/* The old one, whether it worked or not: setfsuid(2). */
static int64_t set_fs_id(struct task *t, enum id_kind kind, uint32_t id)
{
    struct ids ids = ids_of(t->cred, kind);
    uint32_t before = ids.fs;

    if (id == KEEP || id == before || (!is_own(&ids, id) && !may_set_any(t, kind)))
        return before;
    ids.fs = id;
    if (publish(t, kind, &ids, fsuid_fixup))
        return before;
    return before;
}

int64_t sys_setuid(struct task *t, const uint64_t a[6])
{
    return set_id(t, ID_USER, (uint32_t)a[0]);
}

int64_t sys_setreuid(struct task *t, const uint64_t a[6])
{
    return set_re_id(t, ID_USER, (uint32_t)a[0], (uint32_t)a[1]);
}

int64_t sys_setresuid(struct task *t, const uint64_t a[6])
{
    return set_res_id(t, ID_USER, (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2]);
}

int64_t sys_setfsuid(struct task *t, const uint64_t a[6])
{
    return set_fs_id(t, ID_USER, (uint32_t)a[0]);
}

int64_t sys_setgid(struct task *t, const uint64_t a[6])
{
    return set_id(t, ID_GROUP, (uint32_t)a[0]);
}

int64_t sys_setregid(struct task *t, const uint64_t a[6])
{
    return set_re_id(t, ID_GROUP, (uint32_t)a[0], (uint32_t)a[1]);
}

int64_t sys_setresgid(struct task *t, const uint64_t a[6])
{
    return set_res_id(t, ID_GROUP, (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2]);
}

int64_t sys_setfsgid(struct task *t, const uint64_t a[6])
{
    return set_fs_id(t, ID_GROUP, (uint32_t)a[0]);
}

/* ---- supplementary groups ---- */

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
