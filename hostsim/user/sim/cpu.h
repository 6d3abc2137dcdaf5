/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exact engine's view of one x86-64 user thread, and of the virtual CPU that runs it.
 *
 * struct sim_cpu is the architectural state of a thread.  struct sim_core is what a virtual
 * CPU keeps from one thread to the next: translations and decoded code.  The engine runs on
 * whatever translates addresses (struct sim_mmu): the machine's page tables, or a test's
 * flat memory.
 *
 * Owner:   hostsim/user/sim.
 * Context: the host thread that is the virtual CPU.
 * Locking: none; but core->attention, which any host thread may set, and the table of frames
 *          that hold code (code.h).
 * Errors:  see enum sim_stop.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_CPU_H
#define CLOUDOS_HOSTSIM_USER_SIM_CPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

/* Slots of sim_cpu.r: the 16 registers by their number, then what addresses are made of. */
enum {
    SIM_RAX,
    SIM_RCX,
    SIM_RDX,
    SIM_RBX,
    SIM_RSP,
    SIM_RBP,
    SIM_RSI,
    SIM_RDI,
    SIM_R8,
    SIM_R11 = 11,
    SIM_R15 = 15,
    SIM_ZERO, /* always 0: an address without base or index */
    SIM_FS,   /* segment bases */
    SIM_GS,
    SIM_EA, /* an address that takes more than base, index and displacement */
    SIM_SLOTS,
};

/* Selectors of a 64-bit program on Linux: code, data and stack; code of 32 bits. */
#define SIM_CS64 0x33
#define SIM_DS   0x2b
#define SIM_CS32 0x23

/* RFLAGS, Intel SDM 1 3.4.3. */
#define SIM_CF      0x1u
#define SIM_PF      0x4u
#define SIM_AF      0x10u
#define SIM_ZF      0x40u
#define SIM_SF      0x80u
#define SIM_TF      0x100u
#define SIM_IF      0x200u
#define SIM_DF      0x400u
#define SIM_OF      0x800u
#define SIM_NT      0x4000u
#define SIM_AC      0x40000u
#define SIM_ID      0x200000u
#define SIM_STATUS  (SIM_CF | SIM_PF | SIM_AF | SIM_ZF | SIM_SF | SIM_OF)
#define SIM_CONTROL (SIM_TF | SIM_DF | SIM_NT | SIM_AC | SIM_ID)
#define SIM_FLAGS_ON                                                                     \
    0x202u /* the bit that is always 1, and IF, which users cannot change */

union sim_xmm {
    uint8_t u8[16];
    int8_t i8[16];
    uint16_t u16[8];
    int16_t i16[8];
    uint32_t u32[4];
    int32_t i32[4];
    uint64_t u64[2];
    int64_t i64[2];
    float f32[4];
    double f64[2];
} __attribute__((aligned(16)));

/* One x87 register; an MMX register is its `mant`. */
union sim_st {
    long double ld;
    struct {
        uint64_t mant;
        uint16_t sign_exp;
    };
    uint8_t raw[16];
};

struct sim_x87 {
    union sim_st r[8]; /* physical registers: ST(n) is r[(top + n) & 7] */
    uint16_t fcw;
    uint16_t fsw;  /* without TOP */
    uint8_t top;   /* 0..7 */
    uint8_t valid; /* bit n: physical register n is not empty (the abridged tag) */
    uint16_t fop;  /* 11 bits */
    uint64_t fip, fdp;
};

/* How the status flags follow from struct sim_cc; flags.h. */
enum sim_cc_kind {
    SIM_CC_RAW,   /* all are in `a` */
    SIM_CC_ADD,   /* res = a + b (+ carry) */
    SIM_CC_SUB,   /* res = a - b (- borrow) */
    SIM_CC_LOGIC, /* ZF SF PF of res; the others 0 */
    SIM_CC_MIX,   /* ZF SF PF of res; CF AF OF in `a` */
};

/* The last result that set flags.  Operands and result are sign-extended to 64 bits from the
 * size of the operation, which makes every formula independent of it. */
struct sim_cc {
    uint64_t res, a, b;
    uint32_t kind;
};

enum sim_stop {
    SIM_STOP_NONE,
    SIM_STOP_BUDGET,    /* exactly that many instructions have been executed */
    SIM_STOP_ATTENTION, /* core->attention was set */
    SIM_STOP_SYSCALL,   /* after the instruction; rcx and r11 are set */
    SIM_STOP_FAULT,     /* fault_va, fault_access; nothing of the instruction happened */
    SIM_STOP_EXCEPTION, /* exception, fpe_code */
    SIM_STOP_REDO,      /* internal: run this instruction alone, it writes to code */
};

struct sim_core;
struct sim_block;
struct sim_insn;

#define SIM_TLB_SIZE 512u
#define SIM_TLB_NONE 1u /* a tag that is no page address */

/* A tag is the page's address if that access needs no walk, else SIM_TLB_NONE. */
struct sim_tlb_entry {
    uint64_t read, write, exec;
    uintptr_t host; /* host address - guest address */
};

struct sim_tlb {
    struct sim_tlb_entry e[SIM_TLB_SIZE];
    uint32_t life[SIM_TLB_SIZE]; /* of the frame, when the entry was made */
};

struct sim_cpu {
    uint64_t r[SIM_SLOTS];
    struct sim_cc cc;
    struct sim_tlb *tlb;
    const struct sim_block *block; /* that runs */
    uint64_t epoch;                /* links between blocks made in another are void */
    int64_t left;                  /* of the budget, once `block` is through */
    struct sim_core *core;

    uint64_t rip;         /* exact when no block runs */
    uint32_t control;     /* SIM_CONTROL flags */
    uint16_t selector[6]; /* ES CS SS DS FS GS */
    uint32_t mxcsr;       /* complete when it does not run; fp.h */
    enum sim_stop stop;
    bool alone;      /* the instruction runs by itself and may write to code */
    bool fp_careful; /* some SSE exception is unmasked */
    bool x87_live;   /* x87 state is in the host's registers; x87.h */
    bool split;      /* sim_rw() handed out `bounce` */
    uint8_t split_size;
    enum hal_access fault_access;
    enum hal_exception exception;
    uint32_t fpe_code;
    uint64_t fault_va;  /* also of sim_rw() while `split` */
    uint64_t retired;   /* instructions executed by this thread */
    uint64_t bounce[2]; /* what slow loads return and slow stores take */
    union sim_xmm xmm[16];
    struct sim_x87 x87;
};

/* A thread's first state. */
void sim_cpu_reset(struct sim_cpu *cpu);

uint64_t sim_cpu_flags(const struct sim_cpu *cpu);
void sim_cpu_set_flags(struct sim_cpu *cpu, uint64_t rflags);

/* ---- the virtual CPU ---- */

struct sim_mmu {
    /* The page at `va`, or false: the access is not allowed.  *host is the page's first byte,
     * in [ram, ram + ram_bytes); *ready the set of enum hal_access that needs no new call. */
    bool (*translate)(void *arg, uint64_t va, enum hal_access access, uint8_t **host,
                      uint8_t *ready);
    void *arg;
    /* How often the frame at this offset of RAM has been freed; NULL: nobody knows. */
    uint32_t (*life)(uint64_t pa);
    uint64_t (*time_ns)(void); /* rdtsc */
    uint8_t *ram;
    uint64_t ram_bytes;
    uint64_t user_max; /* addresses from here on are no user's */
};

struct sim_core *sim_core_create(const struct sim_mmu *mmu);
void sim_core_destroy(struct sim_core *core);
/* Make the translations of address space `tag` current.  Those of the last few are kept. */
void sim_core_load(struct sim_core *core, uint64_t tag);
/* An address whose translation in the current space leads to a frame that has been freed since:
 * nobody has flushed it.  False: there is none. */
bool sim_core_stale(const struct sim_core *core, uint64_t *va);
/* Forget [va, va + len) of space `tag` on this core (len UINT64_MAX: all). */
void sim_core_flush(struct sim_core *core, uint64_t tag, uint64_t va, uint64_t len);
/* Make sim_run() return soon; any host thread. */
void sim_core_attention(struct sim_core *core);

/* Run `cpu` on `core` for at most `budget` instructions. */
enum sim_stop sim_run(struct sim_core *core, struct sim_cpu *cpu, uint64_t budget);

#endif /* CLOUDOS_HOSTSIM_USER_SIM_CPU_H */
