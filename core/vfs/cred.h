/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credentials: who asks.  Immutable once published; changing them means a new object.
 *
 * Owner:   reference counted; a task holds one, an open file keeps that of its opener.
 * Context: any.
 * Locking: none, immutable.
 * Errors:  none.
 */
#ifndef CLOUDOS_VFS_CRED_H
#define CLOUDOS_VFS_CRED_H

#include "lib/base.h"
#include "lib/refcount.h"

#define CRED_GROUPS_MAX 64

struct cred {
    struct refcount refs;
    uint32_t uid, euid, suid, fsuid;
    uint32_t gid, egid, sgid, fsgid;
    uint64_t cap_permitted, cap_effective, cap_inheritable, cap_bounding, cap_ambient;
    uint32_t securebits;
    bool no_new_privs;
    uint32_t group_count;
    uint32_t groups[CRED_GROUPS_MAX];
};

struct cred *cred_root(void);                            /* a reference to root's */
MUST_CHECK struct cred *cred_copy(const struct cred *c); /* one reference, changeable */
void cred_get(struct cred *c);
void cred_put(struct cred *c);
bool cred_in_group(const struct cred *c, uint32_t gid); /* fsgid or supplementary */
bool cred_capable(const struct cred *c, unsigned cap);  /* CAP_* of abi/capability.h */

#endif /* CLOUDOS_VFS_CRED_H */
