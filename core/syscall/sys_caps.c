/* SPDX-License-Identifier: BSD-2-Clause */
/* capget(2) and capset(2). */
#include "syscall/handlers.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "proc/ident.h"
#include "proc/task.h"
#include "vm/ucopy.h"

/* 32-bit words of each set: 1 in the first version, 2 since.  An unknown version gets the
 * preferred one written back: -EINVAL, which is no error when there is no place for data. */
static int words_of(const uint64_t a[6], struct abi_cap_header *h, unsigned *words)
{
    if (copy_from_user(h, a[0], sizeof(*h)))
        return -EFAULT;
    switch (h->version) {
    case ABI_CAP_VERSION_1:
        *words = 1;
        return 0;
    case ABI_CAP_VERSION_2:
    case ABI_CAP_VERSION_3:
        *words = 2;
        return 0;
    default:
        return put_user32(a[0], ABI_CAP_VERSION_3) ? -EFAULT : -EINVAL;
    }
}

int64_t sys_capget(struct task *t, const uint64_t a[6])
{
    struct abi_cap_header h;
    struct abi_cap_data d[2];
    struct task *of;
    struct cred *c;
    unsigned words;
    int err = words_of(a, &h, &words);

    if (err)
        return err == -EINVAL && !a[1] ? 0 : err;
    if (h.pid < 0)
        return -EINVAL;
    of = h.pid ? task_find(h.pid) : NULL;
    if (h.pid && !of)
        return -ESRCH;
    c = task_cred_get(of ? of : t);
    if (of)
        task_put(of);
    for (unsigned i = 0; i < 2; i++) {
        d[i].effective = (uint32_t)(c->cap_effective >> (32 * i));
        d[i].permitted = (uint32_t)(c->cap_permitted >> (32 * i));
        d[i].inheritable = (uint32_t)(c->cap_inheritable >> (32 * i));
    }
    cred_put(c);
    if (a[1] && copy_to_user(a[1], d, words * sizeof(d[0])))
        return -EFAULT;
    return 0;
}

static uint64_t set_of(uint32_t low, uint32_t high)
{
    return ((uint64_t)high << 32 | low) & CAP_ALL;
}

int64_t sys_capset(struct task *t, const uint64_t a[6])
{
    const struct cred *old = t->cred;
    struct abi_cap_data d[2] = {{0}};
    struct abi_cap_header h;
    uint64_t eff, perm, inh;
    struct cred *c;
    unsigned words;
    int err = words_of(a, &h, &words);

    if (err)
        return err;
    if (h.pid != 0 && h.pid != t->tid)
        return -EPERM;
    if (copy_from_user(d, a[1], words * sizeof(d[0])))
        return -EFAULT;
    eff = set_of(d[0].effective, d[1].effective);
    perm = set_of(d[0].permitted, d[1].permitted);
    inh = set_of(d[0].inheritable, d[1].inheritable);
    if ((perm & ~old->cap_permitted) || (eff & ~perm))
        return -EPERM;
    if (inh & ~(old->cap_inheritable | old->cap_bounding))
        return -EPERM;
    if (!cred_capable(old, CAP_SETPCAP) &&
        (inh & ~(old->cap_inheritable | old->cap_permitted)))
        return -EPERM;
    c = cred_copy(old);
    if (!c)
        return -ENOMEM;
    c->cap_effective = eff;
    c->cap_permitted = perm;
    c->cap_inheritable = inh;
    c->cap_ambient &= perm & inh;
    return task_cred_change(t, c);
}
