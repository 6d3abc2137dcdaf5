/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the device tree to hal_bootinfo, in one readable order.  What firmware says is checked
 * where it is read; what the machine needs and does not have ends it with a message.
 */
#include "bare-metal/common/boot.h"
#include "bare-metal/common/console.h"
#include "bare-metal/common/entropy.h"
#include "bare-metal/common/fdt.h"
#include "bare-metal/common/machine.h"
#include "bare-metal/common/uart_16550.h"
#include "bare-metal/riscv64/cpu.h"
#include "bare-metal/riscv64/end.h"
#include "bare-metal/riscv64/irq.h"
#include "bare-metal/riscv64/map.h"
#include "bare-metal/riscv64/sbi.h"
#include "bare-metal/riscv64/space.h"
#include "bare-metal/riscv64/stack.h"
#include "bare-metal/riscv64/clock.h"
#include "lib/string.h"

_Noreturn void start_main(uint64_t hart, uint64_t fdt_pa);
_Noreturn void boot_without_mmu(const char *why);

/* DLE STX: what came before on this line was the firmware's (scripts/boot drops it). */
#define BOOT_BEGIN "\x10\x02"

static struct boot boot;

/* ---- before there is anything ---- */

/* The MMU stays off: only code and text by address relative to pc. */
_Noreturn void boot_without_mmu(const char *why)
{
    for (; *why; why++)
        sbi_put((uint8_t)*why);
    sbi_reset(SBI_SRST_SHUTDOWN, true);
    for (;;)
        __asm__ volatile("wfi");
}

static int sbi_nothing(void)
{
    return UART_NOTHING;
}

static void sbi_no_irq(bool on)
{
    (void)on;
}

static const struct uart_ops sbi_console = {sbi_put, sbi_nothing, sbi_no_irq};

static void fdt_from_firmware(struct fdt *f, uint64_t pa)
{
    const void *blob = (const void *)(uintptr_t)(MAP_FDT + pa % MAP_FDT_ALIGN);
    const char *wrong;

    if (pa == 0 || pa % 8 != 0 || pa >= map_layout.pa_max - FDT_BYTES_MAX)
        boot_die("firmware names no device tree (%#llx)", (unsigned long long)pa);
    wrong = fdt_open(f, blob, FDT_BYTES_MAX);
    if (wrong)
        boot_die("device tree: %s", wrong);
}

/* ---- devices ---- */

static volatile uint8_t *uart_regs;
static unsigned uart_shift, uart_line;

static uint8_t uart_read(unsigned reg)
{
    uint8_t v = uart_regs[reg << uart_shift];

    __asm__ volatile("fence i, ior" : : : "memory");
    return v;
}

static void uart_write(unsigned reg, uint8_t value)
{
    __asm__ volatile("fence iorw, o" : : : "memory");
    uart_regs[reg << uart_shift] = value;
}

static void uart_find(const struct fdt *f)
{
    static const struct uart_16550_bus bus = {uart_read, uart_write};
    uint32_t node = fdt_find_compatible(f, 0, "ns16550a"), shift = 0, line = 0;
    uint64_t base, len;

    if (node == FDT_NONE || !fdt_is_enabled(f, node) || !fdt_reg(f, node, 0, &base, &len))
        return;
    (void)fdt_u32(f, node, "reg-shift", &shift);
    (void)fdt_cell(f, node, "interrupts", 0, &line);
    if (shift > 3 || len < 8u << shift)
        return;
    uart_shift = shift;
    uart_line = line;
    uart_regs = map_device(base, len);
    if (uart_16550_init(&bus))
        metal_console_init(&uart_16550_ops);
}

static void rtc_find(const struct fdt *f)
{
    uint32_t node = fdt_find_compatible(f, 0, "google,goldfish-rtc");
    uint64_t base, len;

    if (node != FDT_NONE && fdt_reg(f, node, 0, &base, &len) && len >= 8)
        clock_wall_prepare(map_device(base, len));
}

/* ---- CPUs ---- */

/* CPU 0 is the one that runs this; the others follow in the order of the tree. */
static void cpus_find(const struct fdt *f, uint64_t hart)
{
    uint32_t node = fdt_find(f, "/cpus");
    uint64_t reg, len;

    cpus[0].hart = hart;
    node = node == FDT_NONE ? node : fdt_child(f, node);
    for (; node != FDT_NONE; node = fdt_sibling(f, node)) {
        const char *type = fdt_string(f, node, "device_type");

        if (!type || !str_eq(type, "cpu") || !fdt_is_enabled(f, node) ||
            !fdt_reg(f, node, 0, &reg, &len) || reg == hart || cpu_count == HAL_CPUS_MAX)
            continue;
        cpus[cpu_count].id = cpu_count;
        cpus[cpu_count].hart = reg;
        cpu_count++;
    }
    if (cpu_count > 1 &&
        !(sbi_has(SBI_EXT_HSM) && sbi_has(SBI_EXT_IPI) && sbi_has(SBI_EXT_RFENCE))) {
        boot_note("the firmware cannot start other CPUs: using one of %u", cpu_count);
        cpu_count = 1;
    }
}

/* ---- memory ---- */

static void ram_find(const struct fdt *f)
{
    uint64_t base, len;

    for (uint32_t node = fdt_child(f, 0); node != FDT_NONE; node = fdt_sibling(f, node)) {
        const char *type = fdt_string(f, node, "device_type");

        if (!type || !str_eq(type, "memory") || !fdt_is_enabled(f, node))
            continue;
        for (uint32_t i = 0; fdt_reg(f, node, i, &base, &len); i++) {
            if (base < map_layout.pa_max)
                memmap_add(&boot.ram, base, MIN(len, map_layout.pa_max - base));
        }
    }
    if (boot.ram.count == 0)
        boot_die("the device tree names no memory");
}

static void reserved_remove(const struct fdt *f, uint64_t fdt_pa)
{
    uint32_t node = fdt_find(f, "/reserved-memory");
    uint64_t base, len;

    for (uint32_t i = 0; fdt_reserve(f, i, &base, &len); i++)
        memmap_remove(&boot.ram, base, len);
    node = node == FDT_NONE ? node : fdt_child(f, node);
    for (; node != FDT_NONE; node = fdt_sibling(f, node)) {
        for (uint32_t i = 0; fdt_reg(f, node, i, &base, &len); i++)
            memmap_remove(&boot.ram, base, len);
    }
    memmap_remove(&boot.ram, fdt_pa, f->total_len);
}

static void chosen_read(const struct fdt *f)
{
    uint32_t node = fdt_find(f, "/chosen"), len;
    const uint8_t *seed;
    uint64_t start, end;

    if (node == FDT_NONE)
        return;
    boot.cmdline = fdt_string(f, node, "bootargs");
    seed = fdt_prop(f, node, "rng-seed", &len);
    if (seed)
        entropy_add(seed, len);
    if (!fdt_u64(f, node, "linux,initrd-start", &start) ||
        !fdt_u64(f, node, "linux,initrd-end", &end))
        return;
    if (end < start)
        boot_die("the initramfs ends at %#llx, before its start",
                 (unsigned long long)end);
    boot.initrd = (struct hal_range){start, end - start};
}

/* A CPU that has only Sv39 says so; what none says is tried. */
static void mmu_choose(const struct fdt *f)
{
    uint32_t all = fdt_find(f, "/cpus");

    for (uint32_t node = all == FDT_NONE ? all : fdt_child(f, all); node != FDT_NONE;
         node = fdt_sibling(f, node)) {
        const char *type = fdt_string(f, node, "mmu-type");

        if (type && str_eq(type, "riscv,sv39"))
            return;
    }
    map_choose_sv48();
}

/* ---- the order ---- */

static void clock_find(const struct fdt *f)
{
    uint32_t node = fdt_find(f, "/cpus");
    uint64_t frequency = 0;

    if (node == FDT_NONE || !fdt_u64(f, node, "timebase-frequency", &frequency) ||
        !clock_prepare(frequency))
        boot_die("the device tree has no usable timebase-frequency (%llu)",
                 (unsigned long long)frequency);
}

static void memory_prepare(const struct fdt *f, uint64_t fdt_pa)
{
    ram_find(f);
    for (unsigned i = 0; i < boot.ram.count; i++)
        map_ram(&boot.ram.range[i]);
    map_done();
    reserved_remove(f, fdt_pa);
    chosen_read(f);
    boot.image = map_image_range();
    boot_claim(&boot);
}

_Noreturn void start_main(uint64_t hart, uint64_t fdt_pa)
{
    struct fdt f;

    metal_console_init(&sbi_console);
    metal_console_write_text(BOOT_BEGIN);
    fdt_from_firmware(&f, fdt_pa);
    mmu_choose(&f);
    uart_find(&f);
    machine_end_find(&f);
    clock_find(&f);
    memory_prepare(&f, fdt_pa);
    cpus_find(&f, hart);
    stacks_prepare(&boot.ram);
    if (!plic_find(&f, hart, uart_line) && !aia_find(&f, hart, uart_line))
        boot_note("no interrupt controller that is known: the console has no input");
    rtc_find(&f);
    boot.cpu_count = cpu_count;
    boot.mmu = map_layout.mmu;
    boot.user_min = MAP_USER_MIN;
    boot.user_max = map_layout.user_max;
    boot.kstack_bytes = KSTACK_BYTES;
    boot_cmdline_set(boot.cmdline);
    boot_info_set(&boot);
    cpu_prepare();
    space_prepare();
    core_main();
}
