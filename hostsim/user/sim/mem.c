/* SPDX-License-Identifier: BSD-2-Clause */
/* The slow ways to memory. */
#include "hostsim/user/sim/mem.h"

#include "hostsim/user/sim/code.h"

#define CANONICAL_SHIFT 47

static bool is_canonical(uint64_t va)
{
    return (uint64_t)((int64_t)va >> CANONICAL_SHIFT) + 1 <= 1;
}

static bool access_refused(struct sim_cpu *cpu, uint64_t va, enum hal_access access)
{
    if (is_canonical(va)) {
        cpu->stop = SIM_STOP_FAULT;
        cpu->fault_va = va;
        cpu->fault_access = access;
    } else {
        cpu->stop = SIM_STOP_EXCEPTION;
        cpu->exception = HAL_EXC_PROTECTION;
    }
    return false;
}

static uint64_t page_tag(bool ready, uint64_t page)
{
    return ready ? page : SIM_TLB_NONE;
}

static bool entry_fill(struct sim_cpu *cpu, struct sim_tlb_entry *e, uint64_t va,
                       enum hal_access access)
{
    struct sim_core *core = cpu->core;
    uint64_t page = va & SIM_PAGE_MASK;
    uint8_t *host, ready;

    if (va >= core->mmu.user_max ||
        !core->mmu.translate(core->mmu.arg, page, access, &host, &ready)) {
        /* A fault forgets the translation: Intel SDM 3A 4.10.4.1. */
        if (e->read == page || e->write == page || e->exec == page)
            e->read = e->write = e->exec = SIM_TLB_NONE;
        return access_refused(cpu, va, access);
    }
    if (core->mmu.life)
        core->ctx->tlb.life[e - core->ctx->tlb.e] =
            core->mmu.life((uint64_t)(host - core->mmu.ram));
    e->host = (uintptr_t)host - page;
    e->read = page_tag(ready & HAL_READ, page);
    e->exec = page_tag(ready & HAL_EXEC, page);
    e->write = page_tag(ready & HAL_WRITE &&
                            sim_code_grant(core, (uint64_t)(host - core->mmu.ram)),
                        page);
    return true;
}

static uint64_t entry_page(const struct sim_tlb_entry *e)
{
    return e->read != SIM_TLB_NONE   ? e->read
           : e->exec != SIM_TLB_NONE ? e->exec
                                     : e->write;
}

bool sim_core_stale(const struct sim_core *core, uint64_t *va)
{
    const struct sim_tlb *tlb = &core->ctx->tlb;

    if (!core->mmu.life)
        return false;
    for (unsigned i = 0; i < SIM_TLB_SIZE; i++) {
        const struct sim_tlb_entry *e = &tlb->e[i];
        const uint8_t *host;

        *va = entry_page(e);
        if (*va == SIM_TLB_NONE)
            continue;
        host = (const uint8_t *)(e->host + *va);
        if (core->mmu.life((uint64_t)(host - core->mmu.ram)) != tlb->life[i])
            return true;
    }
    return false;
}

/* A write to a page that holds code, which is never fast. */
static uint8_t *page_of_code(struct sim_cpu *cpu, struct sim_tlb_entry *e, uint64_t va)
{
    struct sim_core *core = cpu->core;
    uint64_t page = va & SIM_PAGE_MASK;
    uint8_t *host = (uint8_t *)(e->host + page);

    /* The page may be read without being ready for a write: the walk has been done. */
    if (!sim_code_holds(core, (uint64_t)(host - core->mmu.ram)))
        return host;
    if (!cpu->alone) {
        cpu->stop = SIM_STOP_REDO;
        return NULL;
    }
    return host;
}

uint8_t *sim_page(struct sim_cpu *cpu, uint64_t va, enum hal_access access)
{
    struct sim_tlb_entry *e =
        &cpu->core->ctx->tlb.e[(va >> HAL_PAGE_SHIFT) % SIM_TLB_SIZE];
    uint64_t page = va & SIM_PAGE_MASK;
    uint64_t tag = access == HAL_READ    ? e->read
                   : access == HAL_WRITE ? e->write
                                         : e->exec;

    if (tag != page && !entry_fill(cpu, e, va, access))
        return NULL;
    if (access == HAL_WRITE && e->write != page)
        return page_of_code(cpu, e, va);
    return (uint8_t *)(e->host + page);
}

bool sim_is_aligned(struct sim_cpu *cpu, uint64_t va, unsigned align)
{
    if (likely(!(cpu->control & SIM_AC)) || va % align == 0)
        return true;
    cpu->stop = SIM_STOP_EXCEPTION;
    cpu->exception = is_canonical(va) ? HAL_EXC_ALIGN : HAL_EXC_PROTECTION;
    return false;
}

/* Operands of ten bytes want a multiple of eight: Intel SDM 3A table 6-7. */
static bool alignment_wrong(struct sim_cpu *cpu, uint64_t va, unsigned size)
{
    return !sim_is_aligned(cpu, va, size == 10 ? 8 : size);
}

/* The one or two pages that [va, va + len) lies in. */
struct span {
    uint8_t *first, *second;
    size_t first_len, len;
};

static bool span_find(struct sim_cpu *cpu, uint64_t va, size_t len,
                      enum hal_access access, struct span *s)
{
    uint64_t offset = va % HAL_PAGE_SIZE;
    uint8_t *page = sim_page(cpu, va, access);

    if (!page)
        return false;
    *s = (struct span){.first = page + offset, .first_len = len, .len = len};
    if (offset + len <= HAL_PAGE_SIZE)
        return true;
    s->first_len = HAL_PAGE_SIZE - offset;
    s->second = sim_page(cpu, va + s->first_len, access);
    return s->second != NULL;
}

/* Programs may race with each other: an aligned access is one of the host's, and none goes by a
 * memcpy() that a checker of races has replaced. */
static void guest_copy(void *dst, const void *src, size_t len)
{
    uintptr_t align = (uintptr_t)dst | (uintptr_t)src | len;
    volatile uint8_t *to = dst;
    const volatile uint8_t *from = src;

    if (align % 8 == 0) {
        for (size_t i = 0; i < len; i += 8)
            *(volatile uint64_t *)(to + i) = *(const volatile uint64_t *)(from + i);
    } else if (align % 4 == 0) {
        for (size_t i = 0; i < len; i += 4)
            *(volatile uint32_t *)(to + i) = *(const volatile uint32_t *)(from + i);
    } else if (align % 2 == 0) {
        for (size_t i = 0; i < len; i += 2)
            *(volatile uint16_t *)(to + i) = *(const volatile uint16_t *)(from + i);
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = from[i];
    }
}

static void span_read(const struct span *s, void *dst)
{
    guest_copy(dst, s->first, s->first_len);
    if (s->second)
        guest_copy((uint8_t *)dst + s->first_len, s->second, s->len - s->first_len);
}

/* Whoever has decoded what is there must hear of it. */
static void span_announce(struct sim_cpu *cpu, const struct span *s)
{
    const uint8_t *ram = cpu->core->mmu.ram;

    sim_code_written(cpu->core, (uint64_t)(s->first - ram), s->first_len);
    if (s->second)
        sim_code_written(cpu->core, (uint64_t)(s->second - ram), s->len - s->first_len);
}

static void span_write(struct sim_cpu *cpu, const struct span *s, const void *src)
{
    span_announce(cpu, s);
    guest_copy(s->first, src, s->first_len);
    if (s->second)
        guest_copy(s->second, (const uint8_t *)src + s->first_len, s->len - s->first_len);
}

bool sim_read(struct sim_cpu *cpu, uint64_t va, void *dst, size_t len)
{
    struct span s;

    if (!span_find(cpu, va, len, HAL_READ, &s))
        return false;
    span_read(&s, dst);
    return true;
}

bool sim_write(struct sim_cpu *cpu, uint64_t va, const void *src, size_t len)
{
    struct span s;

    if (!span_find(cpu, va, len, HAL_WRITE, &s))
        return false;
    span_write(cpu, &s, src);
    return true;
}

bool sim_load_slow(struct sim_cpu *cpu, uint64_t va, unsigned size)
{
    return !alignment_wrong(cpu, va, size) && sim_read(cpu, va, cpu->bounce, size);
}

bool sim_store_slow(struct sim_cpu *cpu, uint64_t va, unsigned size)
{
    return !alignment_wrong(cpu, va, size) && sim_write(cpu, va, cpu->bounce, size);
}

void *sim_rw_slow(struct sim_cpu *cpu, uint64_t va, unsigned size)
{
    struct span s;

    if (alignment_wrong(cpu, va, size) || !span_find(cpu, va, size, HAL_WRITE, &s))
        return NULL;
    span_announce(cpu, &s);
    if (!s.second)
        return s.first;
    span_read(&s, cpu->bounce);
    cpu->split = true;
    cpu->fault_va = va;
    cpu->split_size = (uint8_t)size;
    return cpu->bounce;
}

void sim_rw_write_back(struct sim_cpu *cpu)
{
    struct span s;

    cpu->split = false;
    if (span_find(cpu, cpu->fault_va, cpu->split_size, HAL_WRITE, &s))
        span_write(cpu, &s, cpu->bounce);
}
