/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native engine's own structures.  All of them are host memory, outside the arena: the
 * core holds numbers.
 *
 *   mapper   a stub process as somebody who takes orders      mapper.c
 *   slot     one guest task and the memory shared with it     slot.c
 *   space    an address space: a stub and what it has mapped  space.c, tlb.c
 *   patches  rewritten call sites of a family of spaces       patch.c
 *   thread   what a struct hal_user refers to                 thread.c
 *
 * Owner:   hostsim/user.
 * Context: any host thread.
 * Locking: space->lock covers a space's mapper, slots list and TLB; a thread belongs to the
 *          CPU that runs it; patches->lock covers a patch set.  Order: space, patches.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_HOSTSIM_USER_NATIVE_PRIV_H
#define CLOUDOS_HOSTSIM_USER_NATIVE_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hal/hal.h"
#include "hostsim/user/native.h"
#include "hostsim/user/stub/layout.h"

#define NATIVE_STUBS_MAX   4096  /* processes, the zygote (0) and blank ones included */
#define NATIVE_SLOTS_MAX   32768 /* guest tasks of all spaces */
#define NATIVE_THREADS_MAX 32768
#define NATIVE_PATCHES_MAX 1024 /* patch sets */
#define NATIVE_PAGE        4096ull

/* ---- shared memory, as stub/layout.h describes it ---- */

struct order_entry {
    int64_t nr;
    uint64_t args[6];
    uint64_t kind;
};

struct stub_control {
    uint32_t seq;
    uint32_t count;
    uint64_t release;
    uint32_t spin;
    uint32_t mapper_spin;
    uint32_t kernel_pid;
    uint32_t yield;
    uint8_t pad0[0x40 - 0x20];
    uint32_t done;
    uint32_t waiting;
    uint64_t done_offset;
    uint8_t pad1[0x80 - 0x50];
    struct order_entry entries[CONTROL_ENTRIES_MAX];
};

struct stub_slot {
    uint32_t turn;
    uint32_t kind;
    uint32_t command;
    uint32_t frame_offset;
    uint64_t result;
    uint64_t fs;
    uint64_t gs;
    uint8_t pad0[0x40 - 0x28];
    uint32_t guest_sleeps;
    uint32_t kicked;
    uint8_t pad1[0x80 - 0x48];
    uint32_t kernel_sleeps;
    uint32_t pad2;
    uint64_t set_fs;
    uint64_t set_gs;
    uint64_t xsave_mask;
    uint8_t pad3[0xc8 - 0xa0];
    uint32_t tid;
    uint32_t pid;
    uint8_t pad4[0x100 - 0xd0];
    struct user_regs regs;
    uint8_t pad5[0x1c0 - 0x100 - sizeof(struct user_regs)];
    uint64_t stack_base;
    uint32_t stack_flags;
    uint32_t stack_pad;
    uint64_t stack_size;
    uint8_t pad6[SLOT_SIZE - 0x1d8];
};

/* The host kernel's signal frame on x86-64. */
struct host_frame {
    uint64_t ret;
    uint64_t uc_flags;
    uint64_t uc_link;
    uint64_t stack_base;
    uint32_t stack_flags;
    uint32_t stack_pad;
    uint64_t stack_size;
    uint64_t gregs[18]; /* r8 ... rflags: the order of struct user_regs */
    uint16_t cs, gs, fs, ss;
    uint64_t err, trapno, oldmask, cr2;
    uint64_t fpstate;
    uint64_t reserved[8];
    uint64_t sigmask;
    int32_t signo, sig_errno, code, sig_pad;
    uint64_t sig_addr; /* SIGSYS: of the call */
    int32_t sys_nr;
    uint32_t sys_arch;
    uint8_t sig_rest[128 - 32];
};

/* ---- kernel side ---- */

struct stub_mapper {
    struct stub_control *control;
    unsigned id; /* number of the control page */
    pid_t pid;   /* 0: not known yet */
    uint32_t seq;
    unsigned count; /* entries written for the next order */
    int core;       /* where the task may run, see place.h */
    bool open;      /* the last order may be unfinished */
    int error;      /* of the last order, once the next one has entries */
    bool dead;
};

/* How a guest task waits for its turn. */
enum slot_stop {
    SLOT_STOP_REGS,  /* in the fast path: vector state is live */
    SLOT_STOP_FRAME, /* in its signal handler: everything is in the frame */
};

struct native_slot {
    struct stub_slot *mem; /* our view; constant */
    uint64_t va;           /* the stub's view */
    struct native_slot *next, *next_idle;
    pid_t pid, tid; /* tid 0: the task could not be made yet */
    enum slot_stop stop;
    uint32_t frame_offset;
    bool masked;           /* ... which is the kick's: only a return unblocks signals */
    bool by_return;        /* the last resume was COMMAND_RETURN */
    uint64_t fs, gs;       /* bases that the task has loaded */
    struct user_regs seen; /* what mem->regs should hold */
    int core;              /* where the task may run, see place.h */
};

/* Two levels: what the stub has mapped, page by page. */
#define TLB_BLOCK_SHIFT 9
#define TLB_BLOCK_PAGES (1u << TLB_BLOCK_SHIFT)
#define TLB_BUCKETS     64

struct tlb_block {
    struct tlb_block *next;
    uint64_t number; /* of the first page, shifted */
    unsigned used;
    uint64_t pages[TLB_BLOCK_PAGES]; /* frame address | TLB_*; 0: not mapped */
};

struct tlb {
    struct tlb_block *buckets[TLB_BUCKETS];
    struct tlb_block *spare;
    unsigned mappings; /* upper bound of the host mappings in use */
};

struct patch_set;

/* Which pages a parent had mapped, so probably what its child touches first. */
#define HINT_BLOCKS 16

struct tlb_hint {
    uint64_t number; /* as of a struct tlb_block */
    uint64_t pages[TLB_BLOCK_PAGES / 64];
};

struct native_space {
    pthread_mutex_t lock;
    struct stub_mapper mapper;
    uint64_t root_pa;
    struct native_slot *slots; /* all of this stub, by next */
    struct native_slot *idle;  /* those that no thread uses, by next_idle */
    unsigned slot_count;
    struct tlb tlb;
    struct tlb_hint hints[HINT_BLOCKS];
    unsigned hint_count;
    bool fresh; /* no thread has run in it */
    struct patch_set *patches;
    bool low_ordered;          /* under the lock; low_mapped once it is done */
    bool low_mapped;           /* atomic */
    struct native_space *next; /* in the pool's lists */
};

enum fpu_where {
    FPU_INITIAL, /* as after reset; `fpu` says nothing */
    FPU_HELD,    /* in `fpu` */
    FPU_LIVE,    /* in the task */
};

struct native_thread {
    struct native_space *space;
    struct native_slot *slot;
    bool by_frame; /* the next resume must set everything */
    bool
        has_fault; /* the tables allow this by now, perhaps: map it before the next run */
    enum hal_access fault_access;
    uint64_t fault_va;
    enum fpu_where fpu_where;
    uint8_t *fpu; /* fpu_bytes(), or NULL before the first use */
    uint32_t next_free;
};

#endif /* CLOUDOS_HOSTSIM_USER_NATIVE_PRIV_H */
