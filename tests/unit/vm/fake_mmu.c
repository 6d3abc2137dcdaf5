/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_mmu.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/mman.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/sched.h"

#define TLB_SLOTS 512

struct tlb_entry {
    uint64_t space, page, pa;
    uint32_t rights;
    bool dirty, valid;
};

static struct tlb_entry tlb[TLB_SLOTS];
static uint64_t space_now, fills;

/* The handle of a space is its root. */
int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    (void)parent;
    *space = root_pa;
    return 0;
}

void hal_space_destroy(uint64_t space)
{
    assert_int_not_equal(space, space_now);
    for (unsigned i = 0; i < TLB_SLOTS; i++)
        if (tlb[i].space == space)
            tlb[i].valid = false; /* the handle may be used again */
}

void hal_space_load(uint64_t space)
{
    space_now = space; /* entries stay: they are tagged */
}

/* While a CPU remembers one frame, nobody may be able to write to another in its place: the
 * writer could go on over there and read what it has replaced. */
static void forget(struct tlb_entry *e)
{
    struct pgtable pt = {.root_pa = e->space};
    struct pte now = pgtable_get(&pt, e->page);

    assert_false(now.pa != e->pa && (now.bits & PTE_WRITE));
    e->valid = false;
}

void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len)
{
    hal_fake_counts()->tlb_flushes++;
    for (unsigned i = 0; i < TLB_SLOTS; i++)
        if (tlb[i].valid && tlb[i].space == space && tlb[i].page + PAGE_SIZE > va &&
            tlb[i].page - va < len)
            forget(&tlb[i]);
}

static struct tlb_entry *tlb_walk(uint64_t va, enum hal_access access)
{
    struct pgtable pt = {.root_pa = space_now};
    uint64_t page = va & PAGE_MASK;
    struct tlb_entry *e = &tlb[(va >> PAGE_SHIFT) % TLB_SLOTS];
    uint32_t need = access == HAL_WRITE ? PTE_WRITE : PTE_READ;
    struct pte pte;

    if (e->valid && e->space == space_now && e->page == page && (e->rights & need) &&
        (access != HAL_WRITE || e->dirty))
        return e;
    if (!space_now)
        return NULL;
    pte = pgtable_get(&pt, page);
    if (!(pte.bits & need))
        return NULL;
    (void)pgtable_mark(&pt, page, PTE_ACCESSED | (access == HAL_WRITE ? PTE_DIRTY : 0),
                       0);
    fills++;
    *e = (struct tlb_entry){space_now,
                            page,
                            pte.pa,
                            pte.bits & PTE_RIGHTS,
                            access == HAL_WRITE || (pte.bits & PTE_DIRTY),
                            true};
    return e;
}

static size_t user_copy(uint64_t va, void *buf, size_t len, enum hal_access access)
{
    size_t done = 0;

    while (done < len) {
        struct tlb_entry *e = tlb_walk(va + done, access);
        uint64_t off = (va + done) & ~PAGE_MASK;
        size_t part = MIN(len - done, (size_t)(PAGE_SIZE - off));
        uint8_t *at;

        if (!e)
            break;
        /* A stale entry to a freed frame is what these tests are there to find. */
        assert_int_not_equal(frame_of(e->pa)->use, FRAME_FREE);
        at = (uint8_t *)phys_to_virt(e->pa) + off;
        if (access == HAL_WRITE)
            memcpy(at, (uint8_t *)buf + done, part);
        else
            memcpy((uint8_t *)buf + done, at, part);
        done += part;
    }
    return done;
}

size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    return user_copy(src, dst, len, HAL_READ);
}

size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    return user_copy(dst, (void *)(uintptr_t)src, len, HAL_WRITE);
}

int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired, uint32_t *old)
{
    if (!tlb_walk(va, HAL_WRITE))
        return -14;
    (void)user_copy(va, old, 4, HAL_READ);
    if (*old == expected)
        (void)user_copy(va, &desired, 4, HAL_WRITE);
    return 0;
}

/* ---- for tests ---- */

static void machine_start(enum hal_mmu mmu)
{
    hal_fake_reset(true);
    hal_fake_bootinfo()->mmu = mmu;
    frame_init();
    slab_init();
    sched_init();
    vm_init();
}

int fake_machine_run(int (*tests)(void))
{
    static const enum hal_mmu formats[] = {HAL_MMU_X86_64, HAL_MMU_AARCH64, HAL_MMU_SV48,
                                           HAL_MMU_SV39};
    int failed = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
            machine_start(formats[i]);
            exit(tests() != 0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
            failed = 1;
    }
    return failed;
}

void fake_enter(struct vm_space *s)
{
    vm_thread_set_space(s);
}

static enum vm_fault_result fake_access(uint64_t va, uint8_t *value,
                                        enum hal_access access)
{
    for (unsigned i = 0; i < 4; i++) {
        enum vm_fault_result r;

        if (user_copy(va, value, 1, access) == 1)
            return VM_FAULT_OK;
        r = vm_fault(vm_current(), va, access);
        if (r != VM_FAULT_OK)
            return r;
    }
    fail_msg("the fault at %llx does not go away", (unsigned long long)va);
    return VM_FAULT_OOM;
}

enum vm_fault_result fake_store(uint64_t va, uint8_t value)
{
    return fake_access(va, &value, HAL_WRITE);
}

enum vm_fault_result fake_load(uint64_t va, uint8_t *value)
{
    return fake_access(va, value, HAL_READ);
}

uint8_t fake_byte(uint64_t va)
{
    uint8_t v = 0;

    assert_int_equal(fake_load(va, &v), VM_FAULT_OK);
    return v;
}

uint64_t fake_tlb_fills(void)
{
    uint64_t n = fills;

    fills = 0;
    return n;
}

uint64_t fake_map(struct vm_space *s, uint64_t addr, uint64_t len, uint32_t prot,
                  uint32_t flags)
{
    struct vm_map_args a = {.addr = addr, .len = len, .prot = prot, .flags = flags};
    uint64_t at = 0;

    if (!(a.flags & MAP_TYPE))
        a.flags |= MAP_PRIVATE;
    a.flags |= MAP_ANONYMOUS;
    assert_int_equal(vm_map(s, &a, &at), 0);
    return at;
}

uint64_t fake_frames_free(void)
{
    struct frame_stats st;

    (void)frame_reclaim(UINT64_MAX);
    frame_stats(&st);
    return st.free + st.used[FRAME_SLAB]; /* caches keep an empty slab */
}
