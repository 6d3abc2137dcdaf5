/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock-order checker: finds deadlocks that could happen, the first time that the
 * order of two locks is seen, not the first time that it goes wrong.
 *
 * Locks of the same name are one class.  An edge a -> b says that b was taken while a was
 * held; taking a lock that would close a cycle is reported.  So is a class taken inside
 * an interrupt handler that is, or that some class taken under it is, also taken with
 * interrupts unmasked.  Where two locks of one class nest (in an order that the caller
 * guarantees, such as by address), the inner one is taken with subclass 1.
 *
 * Owner:   lib; spinlocks call it themselves, sched calls it for its sleeping locks.
 * Context: any.
 * Locking: its own, below every other lock.
 * Errors:  a violation panics, or goes to the report hook of a test.
 *
 * Without LOCKDEP all of it is empty.
 */
#ifndef CLOUDOS_LIB_LOCKDEP_H
#define CLOUDOS_LIB_LOCKDEP_H

#include "lib/base.h"

#define LOCKDEP_HELD_MAX                                                                 \
    16 /* locks held at once, per CPU (spin) and per thread (sleep) */
#define LOCKDEP_CLASSES_MAX 512
#define LOCKDEP_EDGES_MAX   8192
#define LOCKDEP_SUBCLASSES  4

enum lockdep_kind { LOCKDEP_SPIN, LOCKDEP_SLEEP };

/* What a lock carries for the checker. */
struct lockdep_map {
    const char *name; /* static; the class */
    uint32_t class;   /* 0: not looked up yet */
};

#define LOCKDEP_MAP_INIT(name_literal)                                                   \
    {                                                                                    \
        (name_literal), 0                                                                \
    }

static inline void lockdep_map_init(struct lockdep_map *map, const char *name)
{
    map->name = name;
    map->class = 0;
}

struct lockdep_held {
    const struct lockdep_map *map;
    const void *site; /* the code address that took it */
    uint32_t class;
};

struct lockdep_stack {
    struct lockdep_held held[LOCKDEP_HELD_MAX];
    uint32_t depth;
};

#ifdef LOCKDEP

/* The sleeping locks of one thread; zeroed at first, embedded in the thread. */
struct lockdep_thread {
    struct lockdep_stack stack;
};

/* Before waiting for the lock.  `trylock`: it has been taken without waiting, so it adds
 * no edges to itself; what is taken under it does. */
void lockdep_acquire(struct lockdep_map *map, enum lockdep_kind kind, unsigned subclass,
                     bool trylock, const void *site);
void lockdep_release(struct lockdep_map *map, enum lockdep_kind kind);
/* The caller (this CPU for spinlocks, this thread for sleeping locks) holds it. */
bool lockdep_holds(const struct lockdep_map *map, enum lockdep_kind kind);

/* This CPU runs `t` from now on; interrupts are masked.  Sleeping locks are not tracked
 * while it is NULL, as before the first call. */
void lockdep_set_thread(struct lockdep_thread *t);

/* `doing` needs that this CPU holds no spinlock: "sleeping", ... */
void lockdep_assert_no_spinlocks(const char *doing);
/* ... no lock at all: "returning to user mode", "exiting". */
void lockdep_assert_no_locks(const char *doing);

/* Describe, for a panic, the locks that CPU `cpu` and its thread hold, a line each, by put();
 * how many. */
unsigned lockdep_describe(unsigned cpu, void (*put)(const char *name, const void *site));

/* For tests: receive reports instead of panicking (NULL: panic); forget all classes,
 * edges and held locks of this CPU and its thread. */
void lockdep_set_report_hook(void (*hook)(const char *text));
void lockdep_reset(void);

#else

struct lockdep_thread {
};

static inline void lockdep_acquire(struct lockdep_map *map UNUSED,
                                   enum lockdep_kind kind UNUSED,
                                   unsigned subclass UNUSED, bool trylock UNUSED,
                                   const void *site UNUSED)
{
}

static inline void lockdep_release(struct lockdep_map *map UNUSED,
                                   enum lockdep_kind kind UNUSED)
{
}

/* Not known, so never a failed assertion. */
static inline bool lockdep_holds(const struct lockdep_map *map UNUSED,
                                 enum lockdep_kind kind UNUSED)
{
    return true;
}

static inline void lockdep_set_thread(struct lockdep_thread *t UNUSED)
{
}

static inline unsigned lockdep_describe(unsigned cpu UNUSED,
                                        void (*put)(const char *name, const void *site)
                                            UNUSED)
{
    return 0;
}

static inline void lockdep_assert_no_spinlocks(const char *doing UNUSED)
{
}

static inline void lockdep_assert_no_locks(const char *doing UNUSED)
{
}

#endif /* LOCKDEP */

#endif /* CLOUDOS_LIB_LOCKDEP_H */
