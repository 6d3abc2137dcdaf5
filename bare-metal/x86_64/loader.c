/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/x86_64/loader.h"

#include "bare-metal/x86_64/layout.h"
#include "lib/base.h"
#include "lib/string.h"

#define EARLY_LIMIT UINT64_C(0x100000000)
#define STRING_MAX  65536u
#define TYPE_RAM    1u

const void *loader_map(uint64_t pa, uint64_t len)
{
    if (pa >= EARLY_LIMIT || len > EARLY_LIMIT - pa)
        return NULL;
    return (const void *)(DIRECT_MAP + pa);
}

static const void *must_map(uint64_t pa, uint64_t len, const char *what)
{
    const void *p = pa ? loader_map(pa, len) : NULL;

    if (!p)
        boot_die("the boot loader's %s lies at %#llx, beyond 4 GiB", what,
                 (unsigned long long)pa);
    return p;
}

static const char *string_at(uint64_t pa)
{
    const char *s = must_map(pa, STRING_MAX, "command line");

    if (strnlen(s, STRING_MAX) == STRING_MAX)
        boot_die("the boot loader's command line has no end");
    return s;
}

/* ---- PVH ---- */

#define PVH_MAGIC 0x336ec578u

struct pvh_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules_pa, cmdline_pa, rsdp_pa;
    uint64_t map_pa; /* from version 1 on */
    uint32_t map_count, reserved;
};

struct pvh_module {
    uint64_t pa, len, cmdline_pa, reserved;
};

struct pvh_range {
    uint64_t pa, len;
    uint32_t type, reserved;
};

static void pvh_read(uint32_t info_pa, struct boot *b, uint64_t *rsdp_pa)
{
    const struct pvh_info *info = must_map(info_pa, sizeof(*info), "description");
    const struct pvh_range *map;

    if (info->magic != PVH_MAGIC || info->version < 1 || info->map_count > 1024 ||
        info->module_count > 16)
        boot_die("the boot loader's description (PVH) is not valid");
    map = must_map(info->map_pa, info->map_count * sizeof(*map), "memory map");
    for (uint32_t i = 0; i < info->map_count; i++) {
        if (map[i].type == TYPE_RAM)
            memmap_add(&b->ram, map[i].pa, map[i].len);
    }
    for (uint32_t i = 0; i < info->map_count; i++) {
        if (map[i].type != TYPE_RAM)
            memmap_remove(&b->ram, map[i].pa, map[i].len);
    }
    if (info->module_count > 0) {
        const struct pvh_module *m = must_map(info->modules_pa, sizeof(*m), "modules");

        b->initrd = (struct hal_range){.base = m->pa, .len = m->len};
    }
    b->cmdline = info->cmdline_pa ? string_at(info->cmdline_pa) : NULL;
    *rsdp_pa = info->rsdp_pa;
}

/* ---- Multiboot2, specification 3.6 ---- */

enum { TAG_END, TAG_CMDLINE, TAG_MODULE = 3, TAG_MAP = 6, TAG_ACPI1 = 14, TAG_ACPI2 };

struct multiboot_tag {
    uint32_t type, size;
};

struct multiboot_map {
    struct multiboot_tag tag;
    uint32_t entry_size, version;
};

struct multiboot_module {
    struct multiboot_tag tag;
    uint32_t start, end;
};

static void multiboot_map(const struct multiboot_map *m, struct boot *b)
{
    const uint8_t *first = (const uint8_t *)(m + 1);

    if (m->tag.size < sizeof(*m) || m->entry_size < sizeof(struct pvh_range))
        boot_die("the boot loader's memory map is not valid");
    for (unsigned pass = 0; pass < 2; pass++) {
        uint32_t left = m->tag.size - (uint32_t)sizeof(*m);

        for (const uint8_t *at = first; left >= m->entry_size;
             at += m->entry_size, left -= m->entry_size) {
            const struct pvh_range *r = (const struct pvh_range *)at;

            if (pass == 0 && r->type == TYPE_RAM)
                memmap_add(&b->ram, r->pa, r->len);
            if (pass == 1 && r->type != TYPE_RAM)
                memmap_remove(&b->ram, r->pa, r->len);
        }
    }
}

static void multiboot_tag(const struct multiboot_tag *tag, uint64_t tag_pa,
                          struct boot *b, uint64_t *rsdp_pa)
{
    const struct multiboot_module *m = (const struct multiboot_module *)tag;

    switch (tag->type) {
    case TAG_CMDLINE:
        b->cmdline = string_at(tag_pa + sizeof(*tag));
        break;
    case TAG_MODULE:
        if (tag->size >= sizeof(*m) && m->end > m->start && b->initrd.len == 0)
            b->initrd = (struct hal_range){.base = m->start, .len = m->end - m->start};
        break;
    case TAG_MAP:
        multiboot_map((const struct multiboot_map *)tag, b);
        break;
    case TAG_ACPI1:
    case TAG_ACPI2: /* a copy of the root pointer itself */
        *rsdp_pa = tag_pa + sizeof(*tag);
        break;
    default:
        break;
    }
}

static void multiboot_read(uint32_t info_pa, struct boot *b, uint64_t *rsdp_pa)
{
    const uint32_t *head = must_map(info_pa, 8, "description");
    uint32_t total = head[0];
    const uint8_t *info = must_map(info_pa, total, "description");

    for (uint32_t at = 8; total - at >= sizeof(struct multiboot_tag) && at < total;) {
        const struct multiboot_tag *tag = (const struct multiboot_tag *)(info + at);

        if (tag->type == TAG_END)
            return;
        if (tag->size < sizeof(*tag) || tag->size > total - at)
            break;
        multiboot_tag(tag, info_pa + at, b, rsdp_pa);
        at += ALIGN_UP(tag->size, 8u);
    }
    boot_die("the boot loader's description (Multiboot2) is not valid");
}

void loader_read(uint32_t kind, uint32_t info_pa, struct boot *b, uint64_t *rsdp_pa)
{
    *rsdp_pa = 0;
    if (kind == BOOT_BY_PVH)
        pvh_read(info_pa, b, rsdp_pa);
    else
        multiboot_read(info_pa, b, rsdp_pa);
}
