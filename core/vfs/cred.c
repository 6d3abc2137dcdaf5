/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials. */
#include "vfs/cred.h"

#include "abi/capability.h"
#include "lib/string.h"
#include "mm/slab.h"

_Static_assert(offsetof(struct cred, refs) == 0, "cred_copy() copies what follows");

/* Static: the first processes need it before anything can fail.  It starts with a reference
 * of its own, so it is never freed. */
static struct cred cred_of_root = {
    .refs = REFCOUNT_INIT(1),
    .cap_permitted = CAP_ALL,
    .cap_effective = CAP_ALL,
    .cap_bounding = CAP_ALL,
};

struct cred *cred_root(void)
{
    refcount_get(&cred_of_root.refs);
    return &cred_of_root;
}

struct cred *cred_copy(const struct cred *c)
{
    struct cred *copy = kmalloc(sizeof(*copy));

    if (!copy)
        return NULL;
    /* Others count references to `c` meanwhile; the rest of it never changes. */
    memcpy((char *)copy + sizeof(copy->refs), (const char *)c + sizeof(c->refs),
           sizeof(*c) - sizeof(c->refs));
    refcount_init(&copy->refs, 1);
    return copy;
}

void cred_get(struct cred *c)
{
    refcount_get(&c->refs);
}

void cred_put(struct cred *c)
{
    if (!c || !refcount_put(&c->refs))
        return;
    kassert(c != &cred_of_root);
    kfree(c);
}

bool cred_in_group(const struct cred *c, uint32_t gid)
{
    if (gid == c->fsgid)
        return true;
    for (uint32_t i = 0; i < c->group_count; i++) {
        if (c->groups[i] == gid)
            return true;
    }
    return false;
}

bool cred_capable(const struct cred *c, unsigned cap)
{
    return cap <= CAP_LAST_CAP && (c->cap_effective & CAP_BIT(cap)) != 0;
}
