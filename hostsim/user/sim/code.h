/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoded code: blocks, how they find each other, and how they become void.
 *
 * A block is straight-line code within a page (or one instruction across two), decoded for the
 * address `va` at which it ran and the frame `pa` in which it lies.  Blocks of all spaces lie
 * in one cache of their core.  Links from block to block, and the table of jump targets, hold
 * within an epoch: a number that is unique for a space, its translations and the code.  A
 * flush of executed pages, a write to code, or a request of another core begins a new epoch;
 * then each block is found anew through the translation of its address, and its bytes are
 * compared with memory.
 *
 * Writes to code are seen because no core keeps a translation for fast writing of a frame that
 * holds code.  The frames' table says which cores have code of a frame, and whether somebody
 * may have a fast way to write to it; whoever sets one looks at the other afterwards.
 *
 * Owner:   hostsim/user/sim.
 * Context: the host thread that is the virtual CPU.
 * Locking: struct sim_frame is atomic; mail between cores is under their `mail_lock`.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_CODE_H
#define CLOUDOS_HOSTSIM_USER_SIM_CODE_H

#include <pthread.h>

#include "hostsim/user/sim/row.h"

#define SIM_BLOCK_INSNS_MAX 64u
#define SIM_CONTEXTS        8u
#define SIM_JUMPS           2048u
#define SIM_HASH            16384u
#define SIM_PAGES_HASH      4096u
#define SIM_SEEN_WORDS      64u
#define SIM_MAIL_MAX        32u
#define SIM_NO_PAGE         UINT64_MAX
#define SIM_NO_EPOCH        UINT64_MAX /* of code that is not kept: no link holds */

struct sim_link {
    struct sim_block *to;
    uint64_t epoch;
};

struct sim_block {
    uint64_t va, pa;
    uint64_t
        second_pa; /* of the page that the last instruction ends in, or SIM_NO_PAGE */
    struct sim_link link[2]; /* taken or only way, not taken */
    struct sim_block *hash_next, *page_next;
    uint16_t count; /* instructions */
    uint16_t bytes;
    const uint8_t *code; /* the bytes it was decoded from */
    struct sim_insn insns[];
};

struct sim_jump {
    uint64_t va, epoch;
    struct sim_block *to;
};

/* A space on a core. */
struct sim_context {
    uint64_t tag; /* 0: free */
    uint64_t epoch;
    uint64_t used;                 /* when it was last loaded */
    uint64_t seen[SIM_SEEN_WORDS]; /* pages executed in this epoch, hashed */
    struct sim_tlb tlb;
};

/* What others ask of a core. */
struct sim_mail {
    bool revoke;   /* give up fast writes to frames that hold code */
    bool reverify; /* code may have changed: a new epoch */
    bool overflow; /* more frames than fit: forget all code */
    unsigned count;
    uint64_t drop[SIM_MAIL_MAX]; /* forget the code of these frames */
};

struct sim_core {
    struct sim_mmu mmu;
    unsigned id;            /* its bit in sim_frame.cores */
    _Atomic bool attention; /* look at `kicked` and the mail at the next block's end */
    _Atomic bool kicked;
    struct sim_context *ctx; /* that is loaded */
    struct sim_context contexts[SIM_CONTEXTS];
    struct sim_context blind; /* never hits: every access goes the slow way */
    uint64_t epochs, loads;
    struct sim_link *wanted; /* link to be made to the next block found */

    struct sim_jump jumps[SIM_JUMPS];
    struct sim_block *hash[SIM_HASH];
    struct sim_block *pages[SIM_PAGES_HASH];
    struct sim_block *crossing; /* those with a second page, by page_next */
    uint8_t *store;             /* memory of the blocks */
    size_t store_used;
    struct sim_block *scratch;
    unsigned dud_writes; /* writes to code frames that hit no block */

    pthread_mutex_t mail_lock;
    struct sim_mail mail;
};

static inline struct sim_jump *sim_jump_at(struct sim_core *core, uint64_t va)
{
    return &core->jumps[(va ^ va >> 12) % SIM_JUMPS];
}

/* Of a frame; one table for all cores. */
struct sim_frame {
    _Atomic uint64_t cores;   /* that have blocks of it */
    _Atomic uint32_t granted; /* somebody may write to it without asking */
};

/* ---- code.c: the cache ---- */

/* The block at cpu->rip, decoded if need be; NULL: cpu->stop says why not. */
struct sim_block *sim_code_find(struct sim_core *core, struct sim_cpu *cpu);
/* The same, `max` instructions at most, and not kept. */
struct sim_block *sim_code_alone(struct sim_core *core, struct sim_cpu *cpu,
                                 unsigned max);
/* The bytes [pa, pa + len) are about to be written. */
void sim_code_written(struct sim_core *core, uint64_t pa, uint64_t len);
/* May a translation allow writes to frame `pa` without asking?  Then it counts as granted. */
bool sim_code_grant(struct sim_core *core, uint64_t pa);
/* Forget blocks that overlap [pa, pa + len): how many.  And all of a frame, which is then no
 * longer one with code. */
unsigned sim_code_drop(struct sim_core *core, uint64_t pa, uint64_t len);
void sim_code_drop_frame(struct sim_core *core, uint64_t pa);
bool sim_code_holds(const struct sim_core *core, uint64_t pa);
/* All links are void. */
void sim_code_new_epoch(struct sim_core *core, struct sim_context *ctx);
void sim_code_forget_all(struct sim_core *core);

/* ---- frames.c: between cores ---- */

int sim_frames_init(uint64_t ram_bytes);
struct sim_frame *sim_frame_of(uint64_t pa);
void sim_frames_join(struct sim_core *core);
void sim_frames_leave(struct sim_core *core);
/* This core now has code of the frame: writers elsewhere must notice. */
void sim_frames_mark(struct sim_core *core, uint64_t pa);
/* Tell the other cores that have code of the frame; `drop`: they should forget it. */
void sim_frames_tell(struct sim_core *core, uint64_t pa, bool drop);
void sim_frames_read_mail(struct sim_core *core);

/* ---- decode.c ---- */

struct sim_fetch {
    const uint8_t *at;
    unsigned avail; /* bytes that can be read */
    unsigned used;
    uint64_t va;          /* of the instruction */
    enum sim_row_cc sets; /* what the one before did to the flags */
};

enum sim_decoded { SIM_DECODED, SIM_DECODED_END, SIM_DECODE_MORE };

/* Decode one instruction into out[0] or out[0..1]; *n counts.  MORE: it is longer than
 * `avail`.  What is no instruction decodes to one that raises #UD. */
enum sim_decoded sim_decode(struct sim_fetch *f, struct sim_insn out[2], unsigned *n);

/* ---- mem.c ---- */

/* The page at `va` for `access` on this core, through the loaded TLB.  NULL: cpu->stop. */
uint8_t *sim_page(struct sim_cpu *cpu, uint64_t va, enum hal_access access);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_CODE_H */
