/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tree says about memory and how we were started: Devicetree Specification
 * 0.4, 3. */
#include "bare-metal/aarch64/machine.h"

#include "lib/base.h"
#include "lib/string.h"

#define GIC_CELLS   3u /* kind, number, flags: arm,gic-v3 binding */
#define GIC_SPI     0u
#define GIC_PPI     1u
#define SPI_BASE    32u
#define PPI_BASE    16u
#define INTID_LIMIT 1020u

/* Of the direct map; what lies above is not used. */
#define RAM_LIMIT (UINT64_C(1) << 46)

static bool is_memory(const struct fdt *f, uint32_t node)
{
    const char *type = fdt_string(f, node, "device_type");

    return type && strcmp(type, "memory") == 0 && fdt_is_enabled(f, node);
}

static void memory_read(const struct fdt *f, struct boot *b)
{
    uint64_t base, len;

    for (uint32_t node = fdt_child(f, 0); node != FDT_NONE; node = fdt_sibling(f, node)) {
        if (!is_memory(f, node))
            continue;
        for (uint32_t i = 0; fdt_reg(f, node, i, &base, &len); i++) {
            if (base < RAM_LIMIT)
                memmap_add(&b->ram, base, MIN(len, RAM_LIMIT - base));
        }
    }
    if (b->ram.count == 0)
        boot_die("the device tree names no memory");
}

/* Boot loaders reserve the initramfs, too; boot_claim() sees to that one. */
static void reserve(struct boot *b, uint64_t base, uint64_t len)
{
    if (base < b->initrd.base || base - b->initrd.base >= b->initrd.len ||
        len > ALIGN_UP(b->initrd.len - (base - b->initrd.base), (uint64_t)HAL_PAGE_SIZE))
        memmap_remove(&b->ram, base, len);
}

static void reserved_remove(const struct fdt *f, struct boot *b)
{
    uint32_t parent = fdt_find(f, "/reserved-memory");
    uint64_t base, len;

    for (uint32_t i = 0; fdt_reserve(f, i, &base, &len); i++)
        reserve(b, base, len);
    if (parent == FDT_NONE)
        return;
    for (uint32_t n = fdt_child(f, parent); n != FDT_NONE; n = fdt_sibling(f, n)) {
        for (uint32_t i = 0; fdt_reg(f, n, i, &base, &len); i++)
            reserve(b, base, len);
    }
}

static void initrd_read(const struct fdt *f, uint32_t chosen, struct boot *b)
{
    uint64_t start, end;

    if (!fdt_u64(f, chosen, "linux,initrd-start", &start) ||
        !fdt_u64(f, chosen, "linux,initrd-end", &end))
        return;
    if (end < start)
        boot_die("the initramfs ends at %#llx, before its start",
                 (unsigned long long)end);
    b->initrd = (struct hal_range){.base = start, .len = end - start};
}

void tree_read_boot(const struct fdt *f, struct boot *b)
{
    uint32_t chosen = fdt_find(f, "/chosen");

    memory_read(f, b);
    if (chosen != FDT_NONE) {
        b->cmdline = fdt_string(f, chosen, "bootargs");
        initrd_read(f, chosen, b);
    }
    reserved_remove(f, b);
}

unsigned tree_interrupt(const struct fdt *f, uint32_t node, uint32_t i)
{
    uint32_t kind, number;

    if (!fdt_cell(f, node, "interrupts", i * GIC_CELLS, &kind) ||
        !fdt_cell(f, node, "interrupts", i * GIC_CELLS + 1, &number))
        return 0;
    if (kind == GIC_SPI && number < INTID_LIMIT - SPI_BASE)
        return SPI_BASE + number;
    if (kind == GIC_PPI && number < SPI_BASE - PPI_BASE)
        return PPI_BASE + number;
    return 0;
}

bool tree_device(const struct fdt *f, const char *kind, uint32_t i, uint64_t *base,
                 uint64_t *len)
{
    for (uint32_t node = fdt_find_compatible(f, 0, kind); node != FDT_NONE;
         node = fdt_find_compatible(f, node, kind)) {
        if (fdt_is_enabled(f, node))
            return fdt_reg(f, node, i, base, len);
    }
    return false;
}
