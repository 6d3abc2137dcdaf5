/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: areas of user memory, demand paging, copy-on-write.
 *
 * Owner:   reference counted; processes that share memory share one.
 * Context: thread context, may sleep.
 * Locking: vm_space.lock (rwlock): write to change areas, read to handle faults; page-table
 *          entries change under vm_space.pt_lock (spinlock) inside it.
 * Errors:  0 or -errno as mmap(2), munmap(2), mprotect(2), mremap(2), madvise(2) say.
 */
#ifndef CLOUDOS_VM_SPACE_H
#define CLOUDOS_VM_SPACE_H

#include "hal/hal.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "lib/spinlock.h"
#include "mm/pgtable.h"
#include "sched/mutex.h"

/* Values of PROT_* and MAP_* are Linux's: abi/mman.h. */

struct
    vm_object; /* what a mapping shows: a file's page cache (vm/pagecache.h), shared memory */

enum vm_area_flags {
    VM_READ = 1,
    VM_WRITE = 2,
    VM_EXEC = 4,
    VM_SHARED = 8,
    VM_GROWSDOWN = 16,
    VM_STACK = 32,
    VM_LOCKED = 64,
    VM_DONTFORK = 128,
    VM_WIPEONFORK = 256,
    VM_MAYREAD = 512, /* what mprotect may turn on */
    VM_MAYWRITE = 1024,
    VM_MAYEXEC = 2048,
    VM_HEAP = 4096,
    VM_NORESERVE = 8192,
};

/* Bounds and offset change under vm_space.lock for writing; where there is an object, also
 * under its map_lock, which is enough to read them from the object's side. */
#define VM_AREAS_MAX 65530u /* as vm.max_map_count */

struct vm_area {
    struct rb_node node; /* in vm_space.areas, by start; augmented with the largest gap */
    struct vm_space *space;
    uint64_t start, end;   /* page-aligned, [start, end) */
    uint64_t gap, max_gap; /* free bytes before `start`; the most in the subtree */
    uint32_t flags;
    uint32_t fault_window;    /* atomic: pages the last fault mapped */
    uint64_t fault_next;      /* atomic: where a sequential program faults next */
    struct vm_object *object; /* NULL: anonymous */
    uint64_t offset;          /* bytes into the object, of `start` */
    void *file; /* struct file * the mapping holds (for maps, exe), or NULL */
    struct list_node object_link; /* vm_object.mappings */
    uint64_t sweep;               /* object's sweep that has been here, under map_lock */
};

/* How vm keeps and names the files of its areas; vfs registers it. */
struct vm_file_hooks {
    void (*get)(void *file);
    void (*put)(void *file);
};
void vm_set_file_hooks(const struct vm_file_hooks *hooks);

struct vm_space {
    struct refcount refs;
    struct rwlock lock;
    struct mutex copy_lock; /* one copy-on-write at a time, inside `lock` */
    struct spinlock pt_lock;
    struct rb_root areas;
    uint32_t area_count;
    struct pgtable pt;
    uint64_t handle;      /* hal_space_create() */
    uint64_t cpus_loaded; /* atomic mask: CPUs whose current space this is */
    uint64_t
        cpus_lazy;    /* atomic mask: CPUs that have it loaded, but nothing to do in it */
    uint64_t tlb_gen; /* atomic: flushes so far, from 1; see vm/tlb.c */
    uint64_t
        tlb_seen[HAL_CPUS_MAX]; /* each CPU's own: flushes it has carried out; 0: none */
    uint64_t user_min, user_max, mmap_base;
    uint64_t brk_start, brk;
    uint64_t arg_start, arg_end, env_start, env_end, stack_start;
    uint64_t sigpage; /* where handlers return that name no restorer; 0: nowhere */
    uint64_t start_code, end_code, start_data, end_data;
    uint64_t total_pages, locked_pages, stack_pages, data_pages; /* of areas */
    uint64_t rss_anon, rss_file, rss_peak;                       /* atomic, pages */
    /* rlimits in bytes, copied in by proc; UINT64_MAX at first, inherited by fork */
    uint64_t limit_as, limit_data, limit_stack, limit_memlock;
    bool lock_future;     /* mlockall(MCL_FUTURE) */
    bool barrier_private; /* atomic: registered for membarrier(2)'s private commands */
    uint64_t minor_faults, major_faults; /* atomic */
    uint32_t sweeps; /* atomic: objects at work in our page tables; not freed before 0 */
    void *exe;       /* struct file * of the program, under `lock` */
};

void vm_init(void);
MUST_CHECK int vm_space_create(struct vm_space **out);
/* fork: areas copied, private pages shared copy-on-write; `sp`, where the stack is in use, or 0. */
MUST_CHECK int vm_space_fork(struct vm_space *parent, uint64_t sp, struct vm_space **out);
void vm_space_get(struct vm_space *s);
void vm_space_put(struct vm_space *s);
/* Make it current on this CPU (NULL: none).  Interrupts masked: from thread on_switch_in. */
void vm_space_load(struct vm_space *s);
/* The space of the current thread (thread.space), NULL for a kernel thread. */
struct vm_space *vm_current(void);
/* Current thread: use `s` from now on (NULL: none) and load it.  The thread does not hold a
 * reference: its process does, and ends this use before it puts the space. */
void vm_thread_set_space(struct vm_space *s);

struct vm_map_args {
    uint64_t addr; /* hint, or the place with MAP_FIXED */
    uint64_t len;
    uint32_t prot;     /* PROT_* */
    uint32_t flags;    /* MAP_* */
    uint32_t max_prot; /* what the file's open mode allows later: VM_MAY* bits; 0: all */
    uint32_t extra;    /* VM_STACK, VM_HEAP, ... */
    struct vm_object *object;
    uint64_t offset;
    void *file;
};
MUST_CHECK int vm_map(struct vm_space *s, const struct vm_map_args *a, uint64_t *out);
MUST_CHECK int vm_unmap(struct vm_space *s, uint64_t addr, uint64_t len);
/* Whoever executes what is mapped in [start, end) sees what has been written there. */
void vm_sync_code(struct vm_space *s, uint64_t start, uint64_t end);
MUST_CHECK int vm_protect(struct vm_space *s, uint64_t addr, uint64_t len, uint32_t prot);
MUST_CHECK int vm_remap(struct vm_space *s, uint64_t old, uint64_t old_len,
                        uint64_t new_len, uint32_t flags, uint64_t new_addr,
                        uint64_t *out);
MUST_CHECK int vm_advise(struct vm_space *s, uint64_t addr, uint64_t len, int advice);
MUST_CHECK int vm_sync(struct vm_space *s, uint64_t addr, uint64_t len, int flags);
MUST_CHECK int vm_lock_range(struct vm_space *s, uint64_t addr, uint64_t len, bool lock);
MUST_CHECK int vm_mincore(struct vm_space *s, uint64_t addr, uint64_t len, uint8_t *vec);
/* mlockall(2) and munlockall(2) over every area; MCL_FUTURE is lock_future. */
MUST_CHECK int vm_lock_all(struct vm_space *s, bool lock);
/* Touch every page of [addr, addr + len) as `access` would.  -ENOMEM where nothing is mapped,
 * -EFAULT, -EINTR (killed). */
MUST_CHECK int vm_populate(struct vm_space *s, uint64_t addr, uint64_t len,
                           enum hal_access access);
/* brk(2): the new break, or the old one when it cannot move. */
uint64_t vm_brk(struct vm_space *s, uint64_t brk);

enum vm_fault_result {
    VM_FAULT_OK,
    VM_FAULT_SEGV_MAPERR, /* no area */
    VM_FAULT_SEGV_ACCERR, /* area forbids */
    VM_FAULT_BUS,         /* beyond the object's end, or I/O error */
    VM_FAULT_OOM,         /* the caller's process was or will be killed */
};
/* Resolve a fault of the current thread's space (or of another one it holds a reference to). */
enum vm_fault_result vm_fault(struct vm_space *s, uint64_t addr, enum hal_access access);

/* There is no memory for attempt `try` (from 0) at something that a program cannot be refused:
 * reclaim, or kill a process and wait for its memory.  Thread context, no locks held.  True:
 * worth another attempt. */
bool vm_find_memory(unsigned try);

/* Write `len` bytes over user text in a private copy of the page, as a debugger does.
 * -EPERM for shared mappings. */
MUST_CHECK int vm_patch_text(struct vm_space *s, uint64_t addr, const void *bytes,
                             size_t len);
/* Copy to or from another process's memory: bytes copied or -EFAULT (/proc/pid/mem, cmdline,
 * process_vm_readv).  `force` ignores write protection of private areas. */
MUST_CHECK int64_t vm_space_read(struct vm_space *s, uint64_t addr, void *dst,
                                 size_t len);
MUST_CHECK int64_t vm_space_write(struct vm_space *s, uint64_t addr, const void *src,
                                  size_t len, bool force);

/* Visit areas in order with the lock held for reading (for /proc/pid/maps). */
int vm_space_each(struct vm_space *s, int (*fn)(const struct vm_area *a, void *arg),
                  void *arg);

/* OOM: proc registers who is to be killed; vm calls it when an allocation fails after reclaim.
 * Returns true if memory is expected to become free (the caller tries again). */
void vm_set_oom_handler(bool (*handler)(void));

#endif /* CLOUDOS_VM_SPACE_H */
