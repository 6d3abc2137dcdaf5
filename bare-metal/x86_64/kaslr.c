/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the kernel's parts lie, which nobody outside should know: docs/adr/0024-kaslr.md.
 *
 * This runs before all else, where the boot loader has put the image, on the tables of boot.S.
 * Nothing here or called from here may use an address from initialised data: there are none yet.
 */
#include "bare-metal/common/relocate.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/loader.h"
#include "bare-metal/x86_64/paging.h"
#include "lib/base.h"

#define PTE_P_RW     UINT64_C(3)
#define TABLES       12u /* enough for an image of 8 MiB and the direct map of 4 GiB */
#define IMAGE_END    (UINT64_C(0) - (UINT64_C(1) << 31))
#define SIZE_1G      (UINT64_C(1) << 30)
#define ROOT_BYTES   (UINT64_C(1) << 39)
#define EARLY_GIB    4u
#define THREAD_BYTES (2u * KSTACK_BYTES)

struct layout layout;

extern char __image_start[], __image_end[];
extern const uint64_t __relr_start[], __relr_end[];
extern uint64_t boot_pml4[], boot_pd[];

static uint64_t tables[TABLES][512] __attribute__((aligned(4096)));
static unsigned tables_used;

uint64_t kaslr_start(uint32_t kind, uint32_t info_pa);

/* The entry of level `level` for `va` in the tables of boot.S; those above it are made. */
static uint64_t *entry_of(uint64_t va, unsigned level)
{
    uint64_t *table = boot_pml4;

    for (unsigned l = 3; l > level; l--) {
        uint64_t *e = &table[va >> (12 + 9 * l) & 511];

        if (!*e)
            *e = (uintptr_t)tables[tables_used++] | PTE_P_RW;
        table = (uint64_t *)(uintptr_t)ALIGN_DOWN(*e, (uint64_t)HAL_PAGE_SIZE);
    }
    return &table[va >> (12 + 9 * level) & 511];
}

/* One of `count` numbers from 0 on. */
static uint64_t draw(uint64_t count, uint64_t salt)
{
    uint64_t v;

    hal_entropy(&v, sizeof(v));
    return (v ^ salt) % count;
}

/* For a processor without a source: whoever writes the command line may add to what its counter
 * gives (FNV-1a). */
static uint64_t salt_of(const char *text)
{
    uint64_t salt = UINT64_C(0xcbf29ce484222325);

    for (; text && *text; text++)
        salt = (salt ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return salt;
}

/* Each window has room for twice what may lie in it, or more. */
static void layout_draw(uint64_t salt)
{
    uint64_t image_bytes = (uint64_t)(__image_end - __image_start);
    uint64_t pages = (IMAGE_END - IMAGES - image_bytes) / HAL_PAGE_SIZE;

    layout.image = IMAGES + draw(pages, salt) * HAL_PAGE_SIZE;
    layout.direct_map += draw(RAM_BYTES_MAX / SIZE_1G, salt) * SIZE_1G;
    layout.devices += draw((STACKS - DEVICES) / 2 / HAL_PAGE_SIZE, salt) * HAL_PAGE_SIZE;
    layout.stacks += draw((THREADS - STACKS) / 2 / HAL_PAGE_SIZE, salt) * HAL_PAGE_SIZE;
    /* In the lower half of what one root entry covers: the window is half as long. */
    layout.threads += draw((IMAGES - THREADS) / ROOT_BYTES, salt) * ROOT_BYTES;
    layout.threads += draw(ROOT_BYTES / 2 / THREAD_BYTES, salt) * THREAD_BYTES;
}

/* Returns how far the image is to run from where it lies. */
uint64_t kaslr_start(uint32_t kind, uint32_t info_pa)
{
    uint64_t lies = (uintptr_t)__image_start;
    struct boot b = {0};
    uint64_t rsdp_pa;

    /* What is wrong with it is said later, when there is a console. */
    if (loader_read(kind, info_pa, &b, &rsdp_pa) != NULL)
        b.cmdline = NULL;
    cpu_features_read();
    layout = (struct layout){
        .image = IMAGE_LINKED,
        .direct_map = DIRECT_MAP,
        .devices = DEVICES,
        .stacks = STACKS,
        .threads = THREADS,
    };
    if (!boot_cmdline_has(b.cmdline, "nokaslr"))
        layout_draw(salt_of(b.cmdline));
    for (uint64_t at = 0; at < (uint64_t)(__image_end - __image_start);
         at += HAL_PAGE_SIZE)
        *entry_of(layout.image + at, 0) = (lies + at) | PTE_P_RW;
    for (uint64_t i = 0; i < EARLY_GIB; i++)
        *entry_of(layout.direct_map + i * SIZE_1G, 2) =
            (uintptr_t)(boot_pd + i * 512) | PTE_P_RW;
    relocate(__relr_start, __relr_end, IMAGE_LINKED, lies, layout.image);
    return layout.image - lies;
}
