/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The graph of lock classes.  A bit matrix answers "is this edge known", which is asked
 * on every acquisition, without a lock; edge lists remember where each edge was first
 * seen. Class 0 is nobody.
 */
#include "lib/lockdep_priv.h"

#include "hal/hal.h"
#include "lib/atomic.h"
#include "lib/bitmap.h"
#include "lib/hash.h"
#include "lib/string.h"

#define HASH_BITS  10
#define HASH_SLOTS (1u << HASH_BITS) /* twice the classes: probing stays short */

static uint32_t graph_busy; /* atomic */
static struct lockdep_class classes[LOCKDEP_CLASSES_MAX];
static uint32_t class_count = 1;
static uint16_t class_hash[HASH_SLOTS]; /* atomic; 0: free */
static struct lockdep_edge edges[LOCKDEP_EDGES_MAX];
static uint32_t edge_count = 1;
static uint64_t matrix[LOCKDEP_CLASSES_MAX]
                      [BITMAP_WORDS(LOCKDEP_CLASSES_MAX)]; /* atomic */

/* Scratch of one search. */
static struct {
    uint16_t queue[LOCKDEP_CLASSES_MAX];
    uint16_t parent[LOCKDEP_CLASSES_MAX];
    uint32_t via[LOCKDEP_CLASSES_MAX]; /* edge from the parent */
    uint64_t seen[BITMAP_WORDS(LOCKDEP_CLASSES_MAX)];
} search;
static struct lockdep_path path;

_Static_assert(HASH_SLOTS >= 2 * LOCKDEP_CLASSES_MAX, "class hash too small");
_Static_assert(LOCKDEP_CLASSES_MAX <= UINT16_MAX, "class numbers are 16 bits");

/* Not a struct spinlock: that one would call us. */
void lockdep_graph_lock(void)
{
    while (atomic_xchg_acquire(&graph_busy, 1) != 0) {
        panic_check();
        hal_cpu_relax();
    }
}

void lockdep_graph_unlock(void)
{
    atomic_store_release(&graph_busy, 0);
}

struct lockdep_class *lockdep_class_at(uint32_t class)
{
    kassert(class > 0 && class < LOCKDEP_CLASSES_MAX);
    return &classes[class];
}

/* The class, or 0 with *slot the free place for it. */
static uint32_t class_lookup(const char *name, unsigned subclass, uint32_t *slot)
{
    uint64_t hash = hash_bytes(name, strlen(name), subclass);

    for (*slot = hash_index(hash, HASH_BITS);; *slot = (*slot + 1) % HASH_SLOTS) {
        uint32_t class = atomic_load_acquire(&class_hash[*slot]);

        if (class == 0)
            return 0;
        if (classes[class].subclass == subclass && str_eq(classes[class].name, name))
            return class;
    }
}

uint32_t lockdep_class_get(const char *name, unsigned subclass)
{
    uint32_t slot;
    uint32_t class = class_lookup(name, subclass, &slot);

    if (class != 0)
        return class;
    lockdep_graph_lock();
    class = class_lookup(name, subclass, &slot);
    if (class == 0 && class_count < LOCKDEP_CLASSES_MAX) {
        class = class_count++;
        classes[class] = (struct lockdep_class){.name = name, .subclass = subclass};
        atomic_store_release(&class_hash[slot], (uint16_t) class);
    }
    lockdep_graph_unlock();
    return class;
}

bool lockdep_edge_known(uint32_t from, uint32_t to)
{
    uint64_t word = atomic_load_relaxed(&matrix[from][to / BITMAP_WORD_BITS]);

    return (word >> (to % BITMAP_WORD_BITS)) & 1;
}

bool lockdep_edge_add(uint32_t from, uint32_t to, const void *site)
{
    struct lockdep_class *class = lockdep_class_at(from);
    struct lockdep_edge *edge;

    if (edge_count == LOCKDEP_EDGES_MAX)
        return false;
    edge = &edges[edge_count];
    *edge = (struct lockdep_edge){
        .from = (uint16_t)from,
        .to = (uint16_t)to,
        .next = class->first_edge,
        .site = site,
    };
    class->first_edge = edge_count++;
    atomic_or(&matrix[from][to / BITMAP_WORD_BITS], BIT(to % BITMAP_WORD_BITS));
    return true;
}

/* Write down how the search came from its start to `class`. */
static const struct lockdep_path *path_to(uint32_t class)
{
    unsigned length = 1;

    for (uint32_t c = class; search.parent[c] != 0; c = search.parent[c])
        length++;
    path.length = length;
    for (unsigned i = length; i-- > 0; class = search.parent[class]) {
        path.class[i] = (uint16_t) class;
        path.site[i] = i > 0 ? edges[search.via[class]].site : NULL;
    }
    return &path;
}

/* Breadth first from `from` to the class `to` or to any that has one of `flags`. */
static const struct lockdep_path *find(uint32_t from, uint32_t to, uint32_t flags)
{
    unsigned head = 0, tail = 0;

    bitmap_zero(search.seen, LOCKDEP_CLASSES_MAX);
    bitmap_set(search.seen, from);
    search.parent[from] = 0;
    search.queue[tail++] = (uint16_t)from;
    while (head < tail) {
        uint32_t class = search.queue[head++];

        if (class == to || (atomic_load_relaxed(&classes[class].flags) & flags) != 0)
            return path_to(class);
        for (uint32_t e = classes[class].first_edge; e != 0; e = edges[e].next) {
            if (bitmap_test(search.seen, edges[e].to))
                continue;
            bitmap_set(search.seen, edges[e].to);
            search.parent[edges[e].to] = (uint16_t) class;
            search.via[edges[e].to] = e;
            search.queue[tail++] = edges[e].to;
        }
    }
    path.length = 0;
    return &path;
}

const struct lockdep_path *lockdep_find_class(uint32_t from, uint32_t to)
{
    return find(from, to, 0);
}

const struct lockdep_path *lockdep_find_flag(uint32_t from, uint32_t flags)
{
    return find(from, 0, flags);
}

uint32_t lockdep_find_flag_back(uint32_t to, uint32_t flags)
{
    unsigned head = 0, tail = 0;

    bitmap_zero(search.seen, LOCKDEP_CLASSES_MAX);
    bitmap_set(search.seen, to);
    search.queue[tail++] = (uint16_t)to;
    while (head < tail) {
        uint32_t class = search.queue[head++];

        if ((atomic_load_relaxed(&classes[class].flags) & flags) != 0)
            return class;
        for (uint32_t from = 1; from < class_count; from++) {
            if (bitmap_test(search.seen, from) || !lockdep_edge_known(from, class))
                continue;
            bitmap_set(search.seen, from);
            search.queue[tail++] = (uint16_t)from;
        }
    }
    return 0;
}

void lockdep_graph_reset(void)
{
    memset(classes, 0, sizeof(classes));
    memset(class_hash, 0, sizeof(class_hash));
    memset(matrix, 0, sizeof(matrix));
    class_count = 1;
    edge_count = 1;
}
