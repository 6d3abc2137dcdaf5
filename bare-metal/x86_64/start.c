/* SPDX-License-Identifier: BSD-2-Clause */
/* From boot.S to the core: the parts of the machine in the order in which they need each other. */
#include "bare-metal/common/console.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/loader.h"
#include "bare-metal/x86_64/machine.h"
#include "bare-metal/x86_64/paging.h"
#include "bare-metal/x86_64/user.h"
#include "lib/base.h"

#define LOW_BYTES 0x1000u /* the BIOS's vectors; and page 0 means "none" */

extern char __image_start[], __image_end[];

_Noreturn void machine_start(uint32_t kind, uint32_t info_pa);

struct acpi machine_acpi;
static struct boot boot;

static void acpi_read(uint64_t rsdp_pa)
{
    const char *wrong;

    if (rsdp_pa == 0)
        rsdp_pa = acpi_find_rsdp(loader_map);
    wrong = acpi_parse(loader_map, rsdp_pa, &machine_acpi);
    if (wrong)
        boot_die("ACPI: %s", wrong);
    if (machine_acpi.lapic_pa == 0 || machine_acpi.cpu_count == 0)
        boot_die("ACPI: the tables name no processors");
}

static _Noreturn void go_to_core(uint64_t stack)
{
    __asm__ volatile("movq %0, %%rsp\n"
                     "xorl %%ebp, %%ebp\n"
                     "pushq $0\n"
                     "call *%1\n"
                     "ud2"
                     :
                     : "r"(stack), "r"(core_main)
                     : "memory");
    __builtin_unreachable();
}

_Noreturn void machine_start(uint32_t kind, uint32_t info_pa)
{
    uint64_t rsdp_pa;
    const char *wrong;

    serial_init();
    boot = (struct boot){
        .image = {.base = KERNEL_LOAD, .len = (uint64_t)(__image_end - __image_start)},
        .mmu = HAL_MMU_X86_64,
        .user_min = USER_MIN,
        .user_max = USER_MAX,
        .kstack_bytes = KSTACK_BYTES,
    };
    wrong = loader_read(kind, info_pa, &boot, &rsdp_pa);
    if (wrong)
        boot_die("the boot loader's %s", wrong);
    boot_cmdline_set(boot.cmdline);
    memmap_remove(&boot.ram, 0, LOW_BYTES);
    memmap_remove(&boot.ram, RAM_BYTES_MAX, UINT64_MAX);
    boot_claim(&boot);
    cpu_features_check();
    acpi_read(rsdp_pa);
    paging_init(&boot, MIN(machine_acpi.cpu_count, (unsigned)HAL_CPUS_MAX));
    cpu_setup(0);
    apic_init(&boot);
    apic_cpu_setup();
    smp_init(&boot);
    clock_init(&boot);
    boot_info_set(&boot);
    go_to_core(paging_boot_stack(0));
}
