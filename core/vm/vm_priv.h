/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the room.
 *
 * Order of locks, outermost first:
 *   inode lock (vfs)  >  vm_space.lock  >  vm_object.lock  >  vm_object.map_lock  >
 *   vm_space.pt_lock;  vm_space.copy_lock lies between vm_space.lock and vm_space.pt_lock.
 * A user copy may fault and so takes everything from vm_space.lock on; nothing of that is held
 * around one.  Files are put after vm_space.lock is released, since the last reference of a
 * file may take inode locks: areas that leave the tree go to a `dead` list first.
 *
 * Why a fault and a truncation cannot miss each other: both hold vm_object.lock, the fault from
 * looking the page up until its entry is set, the truncation from before it clears entries
 * until the page has left the tree.
 *
 * Owner:   vm; private to this folder and its tests.
 * Context: thread context.
 * Locking: as each function says.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_VM_VM_PRIV_H
#define CLOUDOS_VM_VM_PRIV_H

#include "lib/atomic.h"
#include "mm/frame.h"
#include "vm/pagecache.h"
#include "vm/space.h"
#include "vm/tlb.h"

#define VM_STACK_GUARD  (256 * PAGE_SIZE)
#define VM_MAP_AHEAD    256u /* pages of a program that mmap shows at most */
#define VM_FAULT_AROUND 64u  /* pages a fault maps at most */
#define VM_TABLE_BYTES  (UINT64_C(2) << 20) /* what one table of leaves covers */
#define VM_TABLES_SPARE 64u /* page tables a space may keep though they are empty */
#define VM_RIGHTS       (VM_READ | VM_WRITE | VM_EXEC)

/* ---- area.c: the tree of areas; space->lock is held (for writing where it changes) ---- */

void vm_area_init_cache(void);
void vm_area_tree_init(struct vm_space *s);
struct vm_area *vm_area_find(const struct vm_space *s, uint64_t addr); /* contains addr */
struct vm_area *vm_area_from(const struct vm_space *s,
                             uint64_t addr); /* first: end > addr */
struct vm_area *vm_area_next(const struct vm_area *a);
struct vm_area *vm_area_prev(const struct vm_area *a);
/* Unlinked; takes references of file and shared object.  NULL: no memory. */
MUST_CHECK struct vm_area *vm_area_alloc(struct vm_space *s, uint64_t start, uint64_t end,
                                         uint32_t flags, struct vm_object *o,
                                         uint64_t offset, void *file);
void vm_area_insert(struct vm_space *s, struct vm_area *a);
/* Out of the tree and the object's list, onto `dead`. */
void vm_area_detach(struct vm_space *s, struct vm_area *a, struct list_node *dead);
void vm_areas_free(struct list_node *dead); /* without space->lock */
/* No object leads to the space any more; the areas stay in the tree. */
void vm_areas_unlink_objects(struct vm_space *s);
void vm_area_resize(struct vm_space *s, struct vm_area *a, uint64_t start, uint64_t end);
void vm_area_set_flags(struct vm_space *s, struct vm_area *a, uint32_t flags);
/* Make `at`, inside `a`, a boundary: `a` keeps the lower part.  -ENOMEM. */
MUST_CHECK int vm_area_split(struct vm_space *s, struct vm_area *a, uint64_t at);
/* Make `start` and `end` boundaries where they lie inside areas. */
MUST_CHECK int vm_areas_isolate(struct vm_space *s, uint64_t start, uint64_t end);
/* Join areas in and next to [start, end) where neighbours are alike. */
void vm_areas_merge(struct vm_space *s, uint64_t start, uint64_t end);
/* Nothing, not even a stack's guard gap, lies in the range. */
bool vm_range_free(const struct vm_space *s, uint64_t start, uint64_t end);
/* Every page of the range belongs to some area. */
bool vm_range_mapped(const struct vm_space *s, uint64_t start, uint64_t end);
/* The highest place for `len` free bytes in [low, high), or 0. */
uint64_t vm_gap_find(const struct vm_space *s, uint64_t len, uint64_t low, uint64_t high);
bool vm_areas_valid(const struct vm_space *s); /* tree order, gaps, accounting */

static inline uint64_t vm_area_index(const struct vm_area *a, uint64_t va)
{
    return (a->offset + (va - a->start)) >> PAGE_SHIFT;
}

/* ---- map.c ---- */

MUST_CHECK int vm_check_limits(struct vm_space *s, uint64_t len, uint32_t flags);
uint32_t vm_flags_of_prot(uint32_t prot);
/* space->lock held for writing; boundaries are isolated. */
void vm_unmap_isolated(struct vm_space *s, uint64_t start, uint64_t end,
                       struct list_node *dead);
/* -EINVAL, -ENOMEM for a range that is no part of user memory; rounds *len up. */
MUST_CHECK int vm_check_range(const struct vm_space *s, uint64_t addr, uint64_t *len);

/* ---- zap.c: taking page-table entries away; space->lock held ---- */

/* Visit every leaf, with pt_lock held around each call; it is released now and then, since a
 * large range takes long.  fn returns 0. */
void vm_walk(struct vm_space *s, uint64_t start, uint64_t end,
             int (*fn)(struct pgtable *pt, uint64_t va, struct pte pte, void *arg),
             void *arg);
/* Everything of [start, end): entries cleared, flushed, frames put, rss adjusted. */
void vm_zap(struct vm_space *s, uint64_t start, uint64_t end);
/* The same for a space that no CPU can load any more: no flush. */
void vm_zap_dying(struct vm_space *s, uint64_t start, uint64_t end);
/* Entry cleared or replaced: carry the dirty bit over to the page cache. */
void vm_pte_gone(struct vm_space *s, struct pte pte, int64_t *anon, int64_t *file);
void vm_rss_add(struct vm_space *s, int64_t anon, int64_t file);

/* ---- tlb.c ---- */

/* This CPU has just loaded `s` and is in its mask: catch up with flushes.  Interrupts masked. */
void vm_tlb_loaded(struct vm_space *s);

/* ---- protect.c ---- */

/* Before an entry that held `before` becomes `pte`: is there something new to execute? */
static inline void vm_exec_sync(struct pte before, struct pte pte)
{
    if ((pte.bits & PTE_EXEC) && (!(before.bits & PTE_EXEC) || before.pa != pte.pa))
        hal_exec_sync(pte.pa);
}

/* What an entry for `f` in area `a` may allow without a fault; space->pt_lock held. */
uint32_t vm_pte_rights(const struct vm_area *a, const struct frame *f);
uint32_t vm_rights_of_flags(uint32_t flags);

/* ---- fault.c ---- */

enum vm_fault_flags {
    VM_FAULT_FORCE = 1 /* write to what the area protects, privately */
};
enum vm_fault_result vm_fault_with(struct vm_space *s, uint64_t addr,
                                   enum hal_access access, unsigned flags);
uint64_t vm_zero_frame(void);

/* One fault being resolved; space->lock is held for reading. */
struct vm_fault_state {
    struct vm_space *space;
    struct vm_area *area;
    uint64_t va; /* of the page */
    enum hal_access access;
    unsigned flags;
};
enum vm_fault_step {
    VM_STEP_DONE,
    VM_STEP_BUS,
    VM_STEP_ACCERR,
    VM_STEP_NOMEM, /* release the locks, find memory, start again */
};
enum vm_fault_step vm_fault_anon(struct vm_fault_state *f); /* fault_anon.c */
enum vm_fault_step vm_fault_cow(struct vm_fault_state *f, struct pte old);
enum vm_fault_step vm_fault_object(struct vm_fault_state *f); /* fault_object.c */
/* A new mapping of [start, start + len): show what the cache has, up to VM_MAP_AHEAD pages. */
void vm_map_ahead(struct vm_space *s, uint64_t start, uint64_t len);
/* Put a fresh private frame (its reference goes to the entry) where `old` is now. */
enum vm_fault_step vm_fault_install(struct vm_fault_state *f, struct pte old,
                                    uint64_t pa);

/* ---- pagecache.c: pages of an object; object->lock held ---- */

struct frame *vm_page_find(struct vm_object *o, uint64_t index);
/* Find or bring in; *read tells that the store was asked.  The caller may vm_page pin it with
 * frame_get() before it releases the lock. */
MUST_CHECK int vm_page_get(struct vm_object *o, uint64_t index, struct frame **out,
                           bool *read);
void vm_page_drop(struct vm_object *o,
                  uint64_t index);        /* out of the cache, no write-back */
void vm_page_mark_dirty(struct frame *f); /* any context, page pinned or mapped */
bool vm_page_clean(struct frame *f);      /* true if it was dirty */
void vm_pagecache_init(void);

/* ---- rmap.c: from an object to the entries that map it; object->lock held ---- */

/* Clear entries for pages [first, end) in every space; `cows`: private copies too. */
void vm_rmap_unmap(struct vm_object *o, uint64_t first, uint64_t end, bool cows);
/* Move dirty bits of entries into the page cache. */
void vm_rmap_collect_dirty(struct vm_object *o, uint64_t first, uint64_t end);

/* ---- space.c ---- */

extern const struct vm_file_hooks *vm_file_hooks;
static inline void vm_file_get(void *file)
{
    if (file && vm_file_hooks)
        vm_file_hooks->get(file);
}
static inline void vm_file_put(void *file)
{
    if (file && vm_file_hooks)
        vm_file_hooks->put(file);
}
MUST_CHECK int vm_space_create_for(struct vm_space *parent, struct vm_space **out);

#endif /* CLOUDOS_VM_VM_PRIV_H */
