/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM of the machine; the header has the layout. */
#include "hostsim/hal/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Free RAM that the smallest machine needs to boot, besides what the initrd unpacks to. */
#define ROOM_MIN (4ull << 20)

/* From the linker script; a program without a core has none. */
extern char __core_image_start[] __attribute__((weak, visibility("hidden")));
extern char __core_image_end[] __attribute__((weak, visibility("hidden")));

/* For debuggers, which do not know macros. */
static const uint64_t base_va __attribute__((used)) = ARENA_BASE;

static int fd = -1;
static uint64_t ram_bytes, stacks_pa, info_pa;

static uint64_t page_up(uint64_t n)
{
    return (n + HAL_PAGE_SIZE - 1) & ~(uint64_t)(HAL_PAGE_SIZE - 1);
}

/* The core's stacks also carry calls into the C library, and a sanitizer's frames are fat. */
uint32_t arena_kstack_bytes(void)
{
    return CHECKER_SANITIZER ? 65536 : 16384;
}

static void map_ram(uint64_t bytes)
{
    void *want = (void *)ARENA_BASE, *got;

    fd = memfd_create("cloudos-ram", MFD_CLOEXEC);
    if (fd < 0)
        machine_die("cannot create RAM: memfd_create: %s", strerror(errno));
    if (ftruncate(fd, (off_t)bytes))
        machine_die("cannot make RAM %llu bytes long: %s", (unsigned long long)bytes,
                    strerror(errno));
    got = mmap(want, bytes, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd, 0);
    if (got != want)
        machine_die("cannot map %llu MiB of RAM at %p: %s",
                    (unsigned long long)(bytes >> 20), want,
                    got == MAP_FAILED ? strerror(errno) : "the place is taken");
    ram_bytes = bytes;
}

/* Move the core's variables into the first frames, at unchanged addresses. */
static uint64_t adopt_image(void)
{
    size_t len = (size_t)(__core_image_end - __core_image_start);

    if (len == 0)
        return 0;
    checker_copy(arena_virt(0), __core_image_start, len);
    if (mmap(__core_image_start, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
             0) != __core_image_start)
        machine_die("cannot map RAM over the kernel's variables: %s", strerror(errno));
    return len;
}

static _Noreturn void too_small(const struct machine_config *config, uint64_t need)
{
    fprintf(
        stderr,
        "cloudos: %llu MiB of memory are too little: with an initramfs of %llu KiB the "
        "machine needs at least %llu MiB (--mem)\n",
        (unsigned long long)(config->mem_bytes >> 20),
        (unsigned long long)(config->initrd_len >> 10),
        (unsigned long long)((need + (1 << 20) - 1) >> 20));
    exit(2);
}

void arena_create(const struct machine_config *config, struct hal_bootinfo *info)
{
    uint64_t image = page_up((uint64_t)(__core_image_end - __core_image_start));
    uint64_t stacks = (uint64_t)config->cpus * arena_kstack_bytes();
    uint64_t boot = page_up(sizeof(struct hal_bootinfo) + strlen(config->cmdline) + 1);
    uint64_t initrd = page_up(config->initrd_len);
    uint64_t reserved = image + stacks + boot;
    uint64_t bytes = config->mem_bytes & ~(uint64_t)(HAL_PAGE_SIZE - 1);
    char *cmdline;

    /* The files of the initramfs are unpacked while the archive is still there. */
    if (bytes < reserved + 2 * initrd + ROOM_MIN)
        too_small(config, reserved + 2 * initrd + ROOM_MIN);
    map_ram(bytes);
    adopt_image();
    stacks_pa = image;
    info_pa = image + stacks;
    info->image = (struct hal_range){.base = 0, .len = reserved};
    info->initrd = (struct hal_range){.base = bytes - initrd, .len = config->initrd_len};
    info->ram[0] = (struct hal_range){.base = reserved, .len = bytes - initrd - reserved};
    info->ram_count = 1;
    info->kstack_bytes = arena_kstack_bytes();
    if (config->initrd_len)
        memcpy(arena_virt(info->initrd.base), config->initrd, config->initrd_len);
    cmdline = (char *)(arena_bootinfo() + 1);
    strcpy(cmdline, config->cmdline);
    info->cmdline = cmdline;
}

struct hal_bootinfo *arena_bootinfo(void)
{
    return arena_virt(info_pa);
}

void *arena_boot_stack(unsigned cpu)
{
    return arena_virt(stacks_pa + (uint64_t)cpu * arena_kstack_bytes());
}

/* ---- machine.h ---- */

int arena_fd(void)
{
    return fd;
}

void *arena_virt(uint64_t pa)
{
    return (void *)(ARENA_BASE + pa);
}

uint64_t arena_bytes(void)
{
    return ram_bytes;
}

bool arena_has(uint64_t pa, uint64_t len)
{
    return pa <= ram_bytes && len <= ram_bytes - pa;
}

/* ---- hal.h ---- */

uint64_t hal_direct_map_offset(void)
{
    return ARENA_BASE;
}

/* Checkers know where stacks lie; the core's own canary is all that guards them. */
void *hal_stack_map(uint64_t pa)
{
    return arena_virt(pa);
}

uint64_t hal_stack_unmap(void *stack)
{
    return (uint64_t)(uintptr_t)stack - ARENA_BASE;
}

const struct hal_bootinfo *hal_bootinfo(void)
{
    return arena_bootinfo();
}
