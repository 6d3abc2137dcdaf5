/* SPDX-License-Identifier: BSD-2-Clause */
/* The other CPUs: started one at a time (Intel SDM 3A 9.4.4), stopped all at once. */
#include "abi/errno.h"
#include "bare-metal/common/machine.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "bare-metal/x86_64/machine.h"
#include "bare-metal/x86_64/paging.h"
#include "bare-metal/x86_64/trap.h"
#include "lib/atomic.h"
#include "lib/string.h"

#define START_WAIT_US 10000000u
#define STOP_WAIT_US  100000u
#define BELOW_1M      0x100000u

extern const uint8_t ap_code[], ap_code_end[], ap_high[];

/* What boot.S hands to the CPU that is being started. */
uint64_t ap_boot_entry, ap_boot_stack, ap_boot_cr3;
uint32_t ap_boot_cpu;

_Noreturn void ap_start(unsigned id);

static uint64_t start_page;
static bool one_is_late; /* it may still come, and must find what was meant for it */
static uint32_t stopping, stopped; /* atomic */
static uint32_t online = 1;        /* atomic */

void smp_init(struct boot *b)
{
    const struct acpi *a = &machine_acpi;

    cpus[0].apic_id = apic_id();
    cpus[0].online = 1;
    b->cpu_count = 1;
    for (unsigned i = 0; i < a->cpu_count && b->cpu_count < HAL_CPUS_MAX; i++) {
        if (a->cpu_apic[i] != cpus[0].apic_id)
            cpus[b->cpu_count++].apic_id = a->cpu_apic[i];
    }
    if (a->cpu_ignored)
        boot_note("%u processors more than %u: not used", a->cpu_ignored, HAL_CPUS_MAX);
    if (b->cpu_count == 1)
        return;
    start_page = memmap_take(&b->ram, HAL_PAGE_SIZE, HAL_PAGE_SIZE, BELOW_1M);
    if (start_page)
        return;
    boot_note("no memory below 1 MiB to start other processors with");
    b->cpu_count = 1;
}

_Noreturn void ap_start(unsigned id)
{
    cpu_setup(id);
    apic_cpu_setup();
    atomic_inc(&online);
    atomic_store_release(&cpus[id].online, 1);
    core_cpu_main();
}

static bool wait_online(unsigned cpu, uint64_t us)
{
    uint64_t until = hal_time_ns() + us * 1000;

    while (!atomic_load_acquire(&cpus[cpu].online)) {
        if (hal_time_ns() > until)
            return false;
        insn_pause();
    }
    return true;
}

int hal_cpu_start(unsigned cpu)
{
    void *page = (void *)(layout.direct_map + start_page);

    if (cpu == 0 || cpu >= hal_bootinfo()->cpu_count)
        return -EINVAL;
    if (atomic_load(&cpus[cpu].online))
        return -EBUSY;
    if (one_is_late)
        return -EIO;
    memcpy(page, ap_code, (size_t)(ap_code_end - ap_code));
    ap_boot_entry = (uintptr_t)ap_high;
    ap_boot_stack = paging_boot_stack(cpu);
    ap_boot_cr3 = paging_root();
    ap_boot_cpu = cpu;
    atomic_fence();
    apic_send_init(cpus[cpu].apic_id);
    clock_delay_us(10000);
    apic_send_start(cpus[cpu].apic_id, (uint32_t)start_page);
    if (wait_online(cpu, 1000))
        return 0;
    apic_send_start(cpus[cpu].apic_id, (uint32_t)start_page);
    one_is_late = !wait_online(cpu, START_WAIT_US);
    return one_is_late ? -EIO : 0;
}

void smp_on_nmi(void)
{
    if (!atomic_load(&stopping))
        return;
    atomic_inc(&stopped);
    for (;;)
        insn_hlt();
}

void machine_stop_others(void)
{
    uint64_t until;

    /* Two CPUs may want to: the second is stopped by the first. */
    if (atomic_xchg(&stopping, 1) || atomic_load(&online) < 2)
        return;
    apic_send_nmi_to_others();
    until = hal_time_ns() + STOP_WAIT_US * 1000;
    while (atomic_load(&stopped) + 1 < atomic_load(&online) && hal_time_ns() < until)
        insn_pause();
}
