/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/x86_64/loader.h"

#include "bare-metal/x86_64/paging.h"
#include "lib/base.h"
#include "lib/string.h"

#define EARLY_LIMIT UINT64_C(0x100000000)
#define STRING_MAX  65536u
#define TYPE_RAM    1u

/* A boot loader puts its structures anywhere: QEMU's microvm at multiples of 4. */
#define LOADERS __attribute__((packed))

static const char no_end[] = "command line has no end, or lies beyond 4 GiB";

const void *loader_map(uint64_t pa, uint64_t len)
{
    if (pa == 0 || pa >= EARLY_LIMIT || len > EARLY_LIMIT - pa)
        return NULL;
    return (const void *)(uintptr_t)(layout.direct_map + pa);
}

static const char *string_at(uint64_t pa)
{
    const char *s = loader_map(pa, STRING_MAX);

    return s && strnlen(s, STRING_MAX) < STRING_MAX ? s : NULL;
}

/* ---- PVH ---- */

#define PVH_MAGIC 0x336ec578u

struct pvh_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules_pa, cmdline_pa, rsdp_pa;
    uint64_t map_pa; /* from version 1 on */
    uint32_t map_count, reserved;
} LOADERS;

struct pvh_module {
    uint64_t pa, len, cmdline_pa, reserved;
} LOADERS;

struct pvh_range {
    uint64_t pa, len;
    uint32_t type, reserved;
} LOADERS;

static const char *pvh_read(uint32_t info_pa, struct boot *b, uint64_t *rsdp_pa)
{
    const struct pvh_info *info = loader_map(info_pa, sizeof(*info));
    const struct pvh_module *m;
    const struct pvh_range *map;

    if (!info || info->magic != PVH_MAGIC || info->version < 1 ||
        info->map_count > 1024 || info->module_count > 16)
        return "description (PVH) is not valid";
    map = loader_map(info->map_pa, info->map_count * sizeof(*map));
    m = loader_map(info->modules_pa, sizeof(*m));
    if (!map || (info->module_count > 0 && !m))
        return "description (PVH) lies beyond 4 GiB";
    for (uint32_t i = 0; i < info->map_count; i++) {
        if (map[i].type == TYPE_RAM)
            memmap_add(&b->ram, map[i].pa, map[i].len);
    }
    for (uint32_t i = 0; i < info->map_count; i++) {
        if (map[i].type != TYPE_RAM)
            memmap_remove(&b->ram, map[i].pa, map[i].len);
    }
    if (info->module_count > 0)
        b->initrd = (struct hal_range){.base = m->pa, .len = m->len};
    *rsdp_pa = info->rsdp_pa;
    b->cmdline = string_at(info->cmdline_pa);
    return info->cmdline_pa && !b->cmdline ? no_end : NULL;
}

/* ---- Multiboot2, specification 3.6 ---- */

enum { TAG_END, TAG_CMDLINE, TAG_MODULE = 3, TAG_MAP = 6, TAG_ACPI1 = 14, TAG_ACPI2 };

struct multiboot_tag {
    uint32_t type, size;
} LOADERS;

struct multiboot_map {
    struct multiboot_tag tag;
    uint32_t entry_size, version;
} LOADERS;

struct multiboot_module {
    struct multiboot_tag tag;
    uint32_t start, end;
} LOADERS;

static const char *multiboot_map(const struct multiboot_map *m, struct boot *b)
{
    const uint8_t *first = (const uint8_t *)(m + 1);

    if (m->tag.size < sizeof(*m) || m->entry_size < sizeof(struct pvh_range))
        return "memory map is not valid";
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
    return NULL;
}

static const char *multiboot_tag(const struct multiboot_tag *tag, uint64_t tag_pa,
                                 struct boot *b, uint64_t *rsdp_pa)
{
    const struct multiboot_module *m = (const struct multiboot_module *)tag;

    switch (tag->type) {
    case TAG_CMDLINE:
        b->cmdline = string_at(tag_pa + sizeof(*tag));
        return b->cmdline ? NULL : no_end;
    case TAG_MODULE:
        if (tag->size >= sizeof(*m) && m->end > m->start && b->initrd.len == 0)
            b->initrd = (struct hal_range){.base = m->start, .len = m->end - m->start};
        return NULL;
    case TAG_MAP:
        return multiboot_map((const struct multiboot_map *)tag, b);
    case TAG_ACPI1:
    case TAG_ACPI2: /* a copy of the root pointer itself */
        *rsdp_pa = tag_pa + sizeof(*tag);
        return NULL;
    default:
        return NULL;
    }
}

static const char *multiboot_read(uint32_t info_pa, struct boot *b, uint64_t *rsdp_pa)
{
    /* The total and a reserved word, which look like a tag. */
    const struct multiboot_tag *head = loader_map(info_pa, sizeof(*head));
    uint32_t total = head ? head->type : 0;
    const uint8_t *info = loader_map(info_pa, total);
    const char *wrong = NULL;

    for (uint32_t at = 8; info && at < total && !wrong;) {
        const struct multiboot_tag *tag = (const struct multiboot_tag *)(info + at);

        if (total - at < sizeof(*tag) || tag->size < sizeof(*tag) ||
            tag->size > total - at)
            break;
        if (tag->type == TAG_END)
            return NULL;
        wrong = multiboot_tag(tag, info_pa + at, b, rsdp_pa);
        at += ALIGN_UP(tag->size, 8u);
    }
    return wrong ? wrong : "description (Multiboot2) is not valid";
}

const char *loader_read(uint32_t kind, uint32_t info_pa, struct boot *b,
                        uint64_t *rsdp_pa)
{
    *rsdp_pa = 0;
    return kind == BOOT_BY_PVH ? pvh_read(info_pa, b, rsdp_pa)
                               : multiboot_read(info_pa, b, rsdp_pa);
}
