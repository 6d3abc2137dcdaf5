/* SPDX-License-Identifier: BSD-2-Clause */
/* From boot.S to the core: the parts of the machine in the order in which they need each other. */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/aarch64/paging.h"
#include "lib/base.h"

#define USER_MIN UINT64_C(0x10000)
#define USER_MAX (UINT64_C(1) << 48)

extern char __image_start[], __image_end[], boot_stack[];

_Noreturn void machine_start(uint64_t fdt_pa, uint64_t image_pa);

static struct boot boot;
static struct fdt tree;

/* It is mapped where it lies physically, up to the end of the second 2 MiB. */
static uint32_t tree_open(uint64_t fdt_pa)
{
    const void *blob = (const void *)fdt_pa;
    uint32_t len = fdt_pa && fdt_pa % 8 == 0 ? fdt_claimed_len(blob) : 0;
    const char *wrong = len ? fdt_open(&tree, blob, len) : "there is none";

    if (wrong)
        boot_die("device tree: %s", wrong);
    return len;
}

static _Noreturn void go_to_core(void)
{
    uint64_t stack = paging_stack(0, PAGING_BOOT_STACK);

    cpu_self()->stack_low = stack - STACK_BYTES;
    __asm__ volatile("mov sp, %0\n"
                     "mov x29, xzr\n"
                     "mov x30, xzr\n"
                     "br %1"
                     :
                     : "r"(stack), "r"(core_main)
                     : "memory");
    __builtin_unreachable();
}

_Noreturn void machine_start(uint64_t fdt_pa, uint64_t image_pa)
{
    uint32_t tree_len;

    paging_begin(image_pa);
    cpu_setup(0, (uintptr_t)boot_stack);
    serial_init_early();
    boot = (struct boot){
        .image = {.base = image_pa, .len = (uint64_t)(__image_end - __image_start)},
        .mmu = HAL_MMU_AARCH64,
        .tlb_broadcast = true,
        .user_min = USER_MIN,
        .user_max = USER_MAX,
        .kstack_bytes = STACK_BYTES,
    };
    tree_len = tree_open(fdt_pa);
    serial_init(&tree);
    power_init(&tree);
    cpu_features_check();
    hwcap_read(boot.hwcap);
    tree_read_boot(&tree, &boot);
    boot_cmdline_set(boot.cmdline);
    memmap_remove(&boot.ram, fdt_pa, tree_len);
    boot_claim(&boot);
    paging_map_ram(&boot);
    smp_init(&tree, &boot);
    paging_map_stacks(&boot, boot.cpu_count);
    gic_init(&tree);
    gic_cpu_setup();
    clock_init(&tree);
    clock_cpu_setup();
    entropy_init(&tree);
    paging_end();
    boot_info_set(&boot);
    go_to_core();
}
