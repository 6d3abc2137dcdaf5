/* SPDX-License-Identifier: BSD-2-Clause */
/* Bugs with the kernel's heap. */
#include "lib/string.h"
#include "mm/slab.h"
#include "tests/planted/kernel/planted.h"
#include "trace/log.h"

struct session {
    uint32_t id;
    uint32_t flags;
    char name[40];
};

void plant_use_after_free(void)
{
    struct session *s = kmalloc(sizeof(*s));
    struct session *other;

    if (!s)
        return;
    kfree(s);                            /* mark: freed */
    *(volatile uint32_t *)&s->flags = 7; /* mark: used */
    other = kmalloc(sizeof(*other));     /* mark: allocated-next */
    kfree(other);
}

static NOINLINE void name_copy(char *to, const char *from)
{
    volatile char *at = to;

    while ((*at++ = *from++))
        continue;
}

void plant_red_zone(void)
{
    struct session *s = kmalloc(sizeof(*s)); /* mark: too-small */

    if (!s)
        return;
    name_copy(s->name, "a name that is longer than those forty bytes");
    kfree(s); /* mark: freed-overwritten */
}

static NOINLINE void session_end(struct session *s)
{
    kfree(s); /* mark: freed-first */
}

void plant_double_free(void)
{
    struct session *s = kmalloc(sizeof(*s));

    if (!s)
        return;
    session_end(s);
    kfree(s); /* mark: freed-again */
}

void plant_wrong_cache(void)
{
    struct kmem_cache *sessions = kmem_cache_create("session", sizeof(struct session), 0);
    struct kmem_cache *users = kmem_cache_create("user", sizeof(struct session), 0);
    struct session *s = kmem_cache_alloc(sessions); /* mark: allocated-here */

    if (!s)
        return;
    kmem_cache_free(users, s); /* mark: freed-there */
}

void plant_uninitialised(void)
{
    struct session *s = kmalloc(sizeof(*s));

    if (!s)
        return;
    s->id = 1;
    if (*(volatile uint32_t *)&s->flags & 4) /* mark: undefined */
        log_info("init", "session %u is special", s->id);
    kfree(s);
}
