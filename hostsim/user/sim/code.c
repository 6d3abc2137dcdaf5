/* SPDX-License-Identifier: BSD-2-Clause */
/* The cache of decoded blocks of one core. */
#include "hostsim/user/sim/code.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/mem.h"

#define STORE_BYTES     (32u << 20)
#define INSN_BYTES_MAX  15u
#define BLOCK_BYTES_MAX (SIM_BLOCK_INSNS_MAX * INSN_BYTES_MAX)
#define INSNS_MAX       (2 * SIM_BLOCK_INSNS_MAX + 1) /* some take two, and the way on */
#define SCRATCH_BYTES                                                                    \
    (sizeof(struct sim_block) + INSNS_MAX * sizeof(struct sim_insn) + BLOCK_BYTES_MAX)
#define DUD_WRITES_MAX 16u

/* ---- life ---- */

static void context_clear(struct sim_context *ctx)
{
    for (unsigned i = 0; i < SIM_TLB_SIZE; i++) {
        struct sim_tlb_entry *e = &ctx->tlb.e[i];

        e->read = e->write = e->exec = SIM_TLB_NONE;
    }
    memset(ctx->seen, 0, sizeof(ctx->seen));
}

static const struct sim_insn *op_way_on(struct sim_cpu *cpu, const struct sim_insn *i)
{
    return sim_go(cpu, 0, i->imm);
}

struct sim_core *sim_core_create(const struct sim_mmu *mmu)
{
    struct sim_core *core = calloc(1, sizeof(*core));
    void *store = mmap(NULL, STORE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (!core || store == MAP_FAILED) {
        free(core);
        return NULL;
    }
    core->mmu = *mmu;
    core->store = store;
    core->scratch = calloc(1, SCRATCH_BYTES);
    pthread_mutex_init(&core->mail_lock, NULL);
    for (unsigned i = 0; i < SIM_CONTEXTS; i++)
        context_clear(&core->contexts[i]);
    context_clear(&core->blind);
    core->ctx = &core->contexts[0];
    sim_code_new_epoch(core, core->ctx);
    sim_frames_join(core);
    if (core->scratch)
        return core;
    sim_core_destroy(core);
    return NULL;
}

void sim_core_destroy(struct sim_core *core)
{
    sim_frames_leave(core);
    munmap(core->store, STORE_BYTES);
    free(core->scratch);
    pthread_mutex_destroy(&core->mail_lock);
    free(core);
}

/* ---- spaces ---- */

void sim_code_new_epoch(struct sim_core *core, struct sim_context *ctx)
{
    ctx->epoch = ++core->epochs;
    memset(ctx->seen, 0, sizeof(ctx->seen));
}

static void new_epoch_everywhere(struct sim_core *core)
{
    for (unsigned i = 0; i < SIM_CONTEXTS; i++)
        sim_code_new_epoch(core, &core->contexts[i]);
}

static struct sim_context *context_of(struct sim_core *core, uint64_t tag)
{
    for (unsigned i = 0; i < SIM_CONTEXTS; i++) {
        if (core->contexts[i].tag == tag)
            return &core->contexts[i];
    }
    return NULL;
}

static struct sim_context *context_recycle(struct sim_core *core, uint64_t tag)
{
    struct sim_context *oldest = &core->contexts[0];

    for (unsigned i = 1; i < SIM_CONTEXTS; i++) {
        if (core->contexts[i].used < oldest->used)
            oldest = &core->contexts[i];
    }
    context_clear(oldest);
    oldest->tag = tag;
    sim_code_new_epoch(core, oldest);
    return oldest;
}

void sim_core_load(struct sim_core *core, uint64_t tag)
{
    struct sim_context *ctx = core->ctx;

    if (ctx->tag == tag)
        return;
    ctx = context_of(core, tag);
    if (!ctx)
        ctx = context_recycle(core, tag);
    ctx->used = ++core->loads;
    core->ctx = ctx;
}

static unsigned seen_bit(uint64_t va)
{
    uint64_t page = va >> HAL_PAGE_SHIFT;

    return (unsigned)(page ^ page >> 12) % (SIM_SEEN_WORDS * 64);
}

static void seen_set(struct sim_context *ctx, uint64_t va)
{
    unsigned bit = seen_bit(va);

    ctx->seen[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool seen_any(const struct sim_context *ctx, uint64_t va, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++) {
        unsigned bit = seen_bit(va + i * HAL_PAGE_SIZE);

        if (ctx->seen[bit / 64] >> bit % 64 & 1)
            return true;
    }
    return false;
}

void sim_core_flush(struct sim_core *core, uint64_t tag, uint64_t va, uint64_t len)
{
    struct sim_context *ctx = context_of(core, tag);
    uint64_t page = va & SIM_PAGE_MASK;
    uint64_t last = len - 1 > UINT64_MAX - va ? UINT64_MAX : va + len - 1;
    uint64_t pages = ((last - page) >> HAL_PAGE_SHIFT) + 1;

    if (!ctx || len == 0)
        return;
    if (pages >= SIM_TLB_SIZE) {
        context_clear(ctx);
        sim_code_new_epoch(core, ctx);
        return;
    }
    for (uint64_t i = 0; i < pages; i++, page += HAL_PAGE_SIZE) {
        struct sim_tlb_entry *e = &ctx->tlb.e[(page >> HAL_PAGE_SHIFT) % SIM_TLB_SIZE];

        if (e->read == page || e->write == page || e->exec == page)
            e->read = e->write = e->exec = SIM_TLB_NONE;
    }
    if (seen_any(ctx, va & SIM_PAGE_MASK, pages))
        sim_code_new_epoch(core, ctx);
}

void sim_core_attention(struct sim_core *core)
{
    atomic_store(&core->kicked, true);
    atomic_store(&core->attention, true);
}

/* ---- finding ---- */

static unsigned block_hash(uint64_t va, uint64_t pa)
{
    return (unsigned)(pa ^ pa >> 14 ^ (va >> 12) * 31) % SIM_HASH;
}

static unsigned page_hash(uint64_t pa)
{
    return (unsigned)(pa >> HAL_PAGE_SHIFT) % SIM_PAGES_HASH;
}

static bool bytes_unchanged(const struct sim_core *core, const struct sim_block *b)
{
    uint64_t rest = HAL_PAGE_SIZE - b->pa % HAL_PAGE_SIZE;
    size_t first = b->bytes < rest ? b->bytes : (size_t)rest;

    return memcmp(core->mmu.ram + b->pa, b->code, first) == 0 &&
           (first == b->bytes ||
            memcmp(core->mmu.ram + b->second_pa, b->code + first, b->bytes - first) == 0);
}

static bool list_remove(struct sim_block **head, struct sim_block *b, bool by_hash)
{
    for (struct sim_block **at = head; *at;
         at = by_hash ? &(*at)->hash_next : &(*at)->page_next) {
        if (*at == b) {
            *at = by_hash ? b->hash_next : b->page_next;
            return true;
        }
    }
    return false;
}

/* Its memory is used again only after all code has been forgotten. */
static void block_remove(struct sim_core *core, struct sim_block *b)
{
    list_remove(&core->hash[block_hash(b->va, b->pa)], b, true);
    list_remove(b->second_pa == SIM_NO_PAGE ? &core->pages[page_hash(b->pa)]
                                            : &core->crossing,
                b, false);
}

static struct sim_block *cache_look(struct sim_core *core, uint64_t va, uint64_t pa,
                                    struct sim_cpu *cpu)
{
    struct sim_block *b = core->hash[block_hash(va, pa)];

    while (b && (b->va != va || b->pa != pa))
        b = b->hash_next;
    if (!b)
        return NULL;
    if (b->second_pa != SIM_NO_PAGE) {
        uint8_t *second = sim_page(cpu, (va | ~SIM_PAGE_MASK) + 1, HAL_EXEC);

        if (!second || (uint64_t)(second - core->mmu.ram) != b->second_pa)
            goto stale;
    }
    if (bytes_unchanged(core, b))
        return b;
stale:
    block_remove(core, b);
    return NULL;
}

/* ---- making ---- */

/* Decode at `va`, whose page is `page`, into the scratch block: up to `max` instructions. */
struct making {
    struct sim_block *b;
    struct sim_fetch fetch;
    uint8_t bytes[2 * INSN_BYTES_MAX]; /* of an instruction across two pages */
    unsigned slots;
    enum sim_decoded last;
};

static unsigned min_unsigned(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The instruction at m->fetch is not complete in its page: give the decoder both parts. */
static bool fetch_across(struct sim_core *core, struct sim_cpu *cpu, struct making *m)
{
    unsigned part = m->fetch.avail;
    uint8_t *second = sim_page(cpu, m->fetch.va + part, HAL_EXEC);

    if (!second)
        return false;
    memcpy(m->bytes, m->fetch.at, part);
    memcpy(m->bytes + part, second, INSN_BYTES_MAX);
    m->b->second_pa = (uint64_t)(second - core->mmu.ram);
    m->fetch.at = m->bytes;
    m->fetch.avail = INSN_BYTES_MAX;
    return true;
}

static void insn_accept(struct making *m, unsigned n)
{
    struct sim_insn *out = &m->b->insns[m->slots];

    for (unsigned k = 0; k < n; k++) {
        out[k].at = m->b->bytes;
        out[k].nth = (uint8_t)m->b->count;
        out[k].len = (uint8_t)m->fetch.used;
    }
    m->slots += n;
    m->b->count++;
    m->b->bytes = (uint16_t)(m->b->bytes + m->fetch.used);
}

/* False: not even the first instruction can be fetched. */
static bool block_decode(struct sim_core *core, struct sim_cpu *cpu, struct making *m,
                         const uint8_t *page, unsigned max)
{
    struct sim_block *b = m->b;
    unsigned n;

    do {
        uint64_t va = b->va + b->bytes;
        unsigned rest = HAL_PAGE_SIZE - (unsigned)(b->pa % HAL_PAGE_SIZE) - b->bytes;

        if (rest == 0 || b->count == max)
            break;
        m->fetch.at = page + (HAL_PAGE_SIZE - rest);
        m->fetch.va = va;
        m->fetch.avail = min_unsigned(rest, INSN_BYTES_MAX);
        m->last = sim_decode(&m->fetch, &b->insns[m->slots], &n);
        if (m->last == SIM_DECODE_MORE) {
            if (b->count != 0)
                break;
            if (!fetch_across(core, cpu, m))
                return false;
            m->last = sim_decode(&m->fetch, &b->insns[m->slots], &n);
            insn_accept(m, n);
            break;
        }
        insn_accept(m, n);
    } while (m->last == SIM_DECODED);
    if (m->last != SIM_DECODED_END)
        b->insns[m->slots++] = (struct sim_insn){.op = op_way_on,
                                                 .imm = b->va + b->bytes,
                                                 .at = b->bytes,
                                                 .nth = (uint8_t)b->count};
    return true;
}

static bool block_make(struct sim_core *core, struct sim_cpu *cpu, uint8_t *page,
                       unsigned max, struct making *m)
{
    struct sim_block *b = core->scratch;

    *m = (struct making){.b = b};
    memset(b, 0, sizeof(*b));
    b->va = cpu->rip;
    b->pa = (uint64_t)(page - core->mmu.ram) + cpu->rip % HAL_PAGE_SIZE;
    b->second_pa = SIM_NO_PAGE;
    return block_decode(core, cpu, m, page, max);
}

/* Copy the bytes that the block was decoded from, and compare: they may have changed meanwhile,
 * by another core.  Then whatever was decoded is replaced when the block is found again. */
static void bytes_keep(const struct sim_core *core, struct sim_block *b, uint8_t *to)
{
    uint64_t rest = HAL_PAGE_SIZE - b->pa % HAL_PAGE_SIZE;
    size_t first = b->bytes < rest ? b->bytes : (size_t)rest;

    memcpy(to, core->mmu.ram + b->pa, first);
    if (first < b->bytes)
        memcpy(to + first, core->mmu.ram + b->second_pa, b->bytes - first);
    b->code = to;
}

static struct sim_block *block_keep(struct sim_core *core, const struct making *m)
{
    size_t insns = sizeof(struct sim_block) + m->slots * sizeof(struct sim_insn);
    size_t size = (insns + m->b->bytes + 15) & ~(size_t)15;
    struct sim_block *b, **head;

    if (core->store_used + size > STORE_BYTES)
        sim_code_forget_all(core);
    b = (struct sim_block *)(core->store + core->store_used);
    core->store_used += size;
    memcpy(b, m->b, insns);
    bytes_keep(core, b, (uint8_t *)b + insns);
    head = &core->hash[block_hash(b->va, b->pa)];
    b->hash_next = *head;
    *head = b;
    head = b->second_pa == SIM_NO_PAGE ? &core->pages[page_hash(b->pa)] : &core->crossing;
    b->page_next = *head;
    *head = b;
    return b;
}

struct sim_block *sim_code_alone(struct sim_core *core, struct sim_cpu *cpu, unsigned max)
{
    uint8_t *page = sim_page(cpu, cpu->rip, HAL_EXEC);
    struct making m;

    core->wanted = NULL;
    if (!page || !block_make(core, cpu, page, max, &m))
        return NULL;
    return m.b;
}

struct sim_block *sim_code_find(struct sim_core *core, struct sim_cpu *cpu)
{
    uint8_t *page = sim_page(cpu, cpu->rip, HAL_EXEC);
    struct sim_link *wanted = core->wanted;
    uint64_t pa, va = cpu->rip;
    struct sim_block *b;
    struct making m;

    core->wanted = NULL;
    if (!page)
        return NULL;
    pa = (uint64_t)(page - core->mmu.ram) + va % HAL_PAGE_SIZE;
    b = cache_look(core, va, pa, cpu);
    if (!b) {
        size_t before = core->store_used;

        sim_frames_mark(core, pa);
        if (!block_make(core, cpu, page, SIM_BLOCK_INSNS_MAX, &m))
            return NULL;
        if (m.b->second_pa != SIM_NO_PAGE)
            sim_frames_mark(core, m.b->second_pa);
        b = block_keep(core, &m);
        if (core->store_used < before)
            wanted = NULL; /* its block is gone */
    }
    seen_set(core->ctx, va);
    if (b->second_pa != SIM_NO_PAGE)
        seen_set(core->ctx, va + HAL_PAGE_SIZE);
    cpu->epoch = core->ctx->epoch;
    if (wanted)
        *wanted = (struct sim_link){.to = b, .epoch = cpu->epoch};
    *sim_jump_at(core, va) = (struct sim_jump){.va = va, .epoch = cpu->epoch, .to = b};
    return b;
}

/* ---- losing ---- */

void sim_code_forget_all(struct sim_core *core)
{
    memset(core->hash, 0, sizeof(core->hash));
    memset(core->pages, 0, sizeof(core->pages));
    core->crossing = NULL;
    core->store_used = 0;
    core->wanted = NULL;
    new_epoch_everywhere(core);
}

static bool overlaps(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
    return a < b + b_len && b < a + a_len;
}

static bool block_overlaps(const struct sim_block *b, uint64_t pa, uint64_t len)
{
    uint64_t rest = HAL_PAGE_SIZE - b->pa % HAL_PAGE_SIZE;
    uint64_t first = b->bytes < rest ? b->bytes : rest;

    return overlaps(b->pa, first, pa, len) ||
           (b->second_pa != SIM_NO_PAGE &&
            overlaps(b->second_pa, b->bytes - first, pa, len));
}

/* Remove the blocks of a list that overlap: how many. */
static unsigned list_drop(struct sim_core *core, struct sim_block *b, uint64_t pa,
                          uint64_t len)
{
    unsigned n = 0;

    while (b) {
        struct sim_block *next = b->page_next;

        if (block_overlaps(b, pa, len)) {
            block_remove(core, b);
            n++;
        }
        b = next;
    }
    return n;
}

unsigned sim_code_drop(struct sim_core *core, uint64_t pa, uint64_t len)
{
    unsigned n = list_drop(core, core->pages[page_hash(pa)], pa, len) +
                 list_drop(core, core->crossing, pa, len);

    if (n != 0) {
        core->wanted = NULL;
        new_epoch_everywhere(core);
    }
    return n;
}

void sim_code_drop_frame(struct sim_core *core, uint64_t pa)
{
    sim_code_drop(core, pa & SIM_PAGE_MASK, HAL_PAGE_SIZE);
    atomic_fetch_and(&sim_frame_of(pa)->cores, ~(UINT64_C(1) << core->id));
}

/* A frame that is only written to now, but by chance not where its old code was, should not
 * stay slow for ever. */
void sim_code_written(struct sim_core *core, uint64_t pa, uint64_t len)
{
    bool drop;

    if (likely(!sim_code_holds(core, pa)))
        return;
    drop = sim_code_drop(core, pa, len) == 0 && ++core->dud_writes >= DUD_WRITES_MAX;
    if (drop) {
        core->dud_writes = 0;
        sim_code_drop_frame(core, pa);
    }
    sim_frames_tell(core, pa, drop);
}
