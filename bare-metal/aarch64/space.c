/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces of user programs.  A space is what TTBR0_EL1 holds: the root table, and in the
 * upper 16 bits the ASID that the TLB tells it by.  Where processors have few ASIDs, the spaces
 * that got none share the last one, and whoever loads one of those forgets it first.
 */
#include "abi/errno.h"
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/paging.h"
#include "bare-metal/aarch64/trap.h"
#include "lib/atomic.h"
#include "lib/base.h"

#define ASIDS_MAX   65536u
#define ASID_SHIFT  48
#define ASID_NONE   0u  /* of the tables without a space */
#define FLUSH_PAGES 64u /* more are forgotten all at once */

#define USER_MIN UINT64_C(0x10000)
#define USER_MAX (UINT64_C(1) << 48)

static uint64_t used[ASIDS_MAX / 64]; /* atomic words */
static uint32_t hint;                 /* atomic: where to look next */

static unsigned asid_count(void)
{
    return cpu_features.asid16 ? ASIDS_MAX : 256;
}

static unsigned asid_shared(void)
{
    return asid_count() - 1;
}

static unsigned asid_of(uint64_t space)
{
    return (unsigned)(space >> ASID_SHIFT);
}

/* One that nobody has, else the shared one. */
static unsigned asid_take(void)
{
    unsigned words = asid_count() / 64, start = atomic_load(&hint);

    for (unsigned i = 0; i < words; i++) {
        unsigned w = (start + i) % words;
        uint64_t taken = atomic_load(&used[w]);

        taken |= w == 0 ? BIT(ASID_NONE) : 0;
        taken |= w == words - 1 ? BIT(63) : 0; /* the shared one */
        while (taken != UINT64_MAX) {
            unsigned bit = (unsigned)__builtin_ctzll(~taken);
            uint64_t before = atomic_fetch_or(&used[w], BIT(bit));

            if (!(before & BIT(bit))) {
                atomic_store(&hint, w);
                return w * 64 + bit;
            }
            taken |= before;
        }
    }
    return asid_shared();
}

/* On every CPU, before the number is used again. */
static void asid_give(unsigned asid)
{
    __asm__ volatile("dsb ishst\n\ttlbi aside1is, %0\n\tdsb ish\n\tisb"
                     :
                     : "r"((uint64_t)asid << ASID_SHIFT)
                     : "memory");
    if (asid != asid_shared())
        atomic_and(&used[asid / 64], ~BIT(asid % 64));
}

int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    (void)parent;
    *space = root_pa | (uint64_t)asid_take() << ASID_SHIFT;
    return 0;
}

void hal_space_destroy(uint64_t space)
{
    asid_give(asid_of(space));
}

/* On this CPU. */
static void forget_asid(uint64_t space)
{
    __asm__ volatile("dsb nshst\n\ttlbi aside1, %0\n\tdsb nsh\n\tisb"
                     :
                     : "r"((uint64_t)asid_of(space) << ASID_SHIFT)
                     : "memory");
}

void hal_space_load(uint64_t space)
{
    struct cpu *cpu = cpu_self();

    if (cpu->space == space)
        return;
    cpu->space = space;
    if (space && asid_of(space) == asid_shared()) {
        insn_write_sysreg(ttbr0_el1, paging_no_space_pa());
        insn_isb();
        forget_asid(space);
    }
    insn_write_sysreg(ttbr0_el1, space ? space : paging_no_space_pa());
    insn_isb();
}

void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    uint64_t first = ALIGN_DOWN(va, (uint64_t)HAL_PAGE_SIZE);

    if (len == 0)
        return;
    __asm__ volatile("dsb ishst" : : : "memory");
    if (len > FLUSH_PAGES * HAL_PAGE_SIZE) {
        __asm__ volatile("tlbi aside1is, %0\n\tdsb ish\n\tisb"
                         :
                         : "r"((uint64_t)asid_of(space) << ASID_SHIFT)
                         : "memory");
        return;
    }
    for (uint64_t at = first; at < va + len; at += HAL_PAGE_SIZE)
        __asm__ volatile("tlbi vae1is, %0"
                         :
                         : "r"((uint64_t)asid_of(space) << ASID_SHIFT | at >> 12)
                         : "memory");
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

/* Arm ARM (DDI 0487) B2.4.4: data to the point of unification, line by line; then the CPUs of the
 * inner-shareable domain drop what they have fetched from there. */
void hal_exec_sync(uint64_t pa)
{
    const struct cpu_features *c = &cpu_features;
    const char *page = (const char *)(DIRECT_MAP + pa);

    for (unsigned at = 0; !c->idc && at < HAL_PAGE_SIZE; at += c->data_line)
        __asm__ volatile("dc cvau, %0" : : "r"(page + at) : "memory");
    __asm__ volatile("dsb ish" : : : "memory");
    if (c->dic)
        return;
    for (unsigned at = 0; c->fetch_physical && at < HAL_PAGE_SIZE; at += c->fetch_line)
        __asm__ volatile("ic ivau, %0" : : "r"(page + at) : "memory");
    if (!c->fetch_physical) /* the user's address may be another one to the cache */
        __asm__ volatile("ic ialluis" : : : "memory");
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

/* ---- copying ---- */

/* How many of `len` bytes from `va` on are addresses that user programs may have. */
static size_t span(uint64_t va, size_t len)
{
    if (va < USER_MIN || va >= USER_MAX)
        return 0;
    return len < USER_MAX - va ? len : (size_t)(USER_MAX - va);
}

size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    size_t n = span(src, len);

    return n - user_copy_in(dst, src, n);
}

size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    size_t n = span(dst, len);

    return n - user_copy_out(dst, src, n);
}

static void user_open(void)
{
    if (cpu_features.pan)
        __asm__ volatile(".arch_extension pan\n\tmsr pan, #0" : : : "memory");
}

static void user_close(void)
{
    if (cpu_features.pan)
        __asm__ volatile(".arch_extension pan\n\tmsr pan, #1" : : : "memory");
}

int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired, uint32_t *old)
{
    int failed;

    if (va % sizeof(uint32_t) || span(va, sizeof(uint32_t)) < sizeof(uint32_t))
        return -EFAULT;
    user_open();
    failed = user_cmpxchg(va, &expected, desired);
    user_close();
    if (failed)
        return -EFAULT;
    *old = expected;
    return 0;
}
