/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel needs from ACPI tables (ACPI 6.5, chapter 5): processors, interrupt controllers,
 * timers, PCI configuration space, and how to switch the machine off.
 *
 * Owner:   the machine's boot code.
 * Context: boot; pure functions over the bytes that `map` shows, so tests can feed them anything.
 * Locking: none.
 * Errors:  acpi_parse() returns NULL, or what is wrong: a table outside memory, with a wrong
 *          length or checksum.  Records that are too short end their table with an error, too;
 *          unknown ones are skipped.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_ACPI_H
#define CLOUDOS_BARE_METAL_COMMON_ACPI_H

#include "hal/hal.h"

#define ACPI_IOAPICS_MAX   8
#define ACPI_OVERRIDES_MAX 16
#define ACPI_PCI_MAX       8

/* A register: Generic Address Structure, ACPI 6.5 5.2.3.2. */
struct acpi_register {
    uint8_t space; /* ACPI_SPACE_* */
    uint64_t addr; /* 0: there is none */
};

enum { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };

struct acpi_ioapic {
    uint32_t pa, first_gsi;
};

/* ISA interrupt `isa` arrives as global interrupt `gsi`. */
struct acpi_override {
    uint8_t isa;
    bool active_low, level;
    uint32_t gsi;
};

struct acpi_pci {
    uint64_t pa; /* of bus 0's configuration space, even if first_bus is higher */
    uint16_t segment;
    uint8_t first_bus, last_bus;
};

struct acpi {
    uint32_t cpu_apic[HAL_CPUS_MAX]; /* enabled processors, in the order of the table */
    unsigned cpu_count, cpu_ignored;
    uint64_t lapic_pa;
    struct acpi_ioapic ioapic[ACPI_IOAPICS_MAX];
    unsigned ioapic_count;
    struct acpi_override override[ACPI_OVERRIDES_MAX];
    unsigned override_count;
    struct acpi_pci pci[ACPI_PCI_MAX];
    unsigned pci_count;
    uint64_t hpet_pa; /* 0: none */
    struct acpi_register pm1a_control, pm1b_control, reset;
    uint8_t reset_value;
    bool has_s5; /* the values that switch off are known */
    uint8_t s5_a, s5_b;
};

/* Shows `len` bytes of physical memory; NULL if that is not possible. */
typedef const void *(*acpi_map)(uint64_t pa, uint64_t len);

MUST_CHECK const char *acpi_parse(acpi_map map, uint64_t rsdp_pa, struct acpi *out);
/* Look for the root pointer where a BIOS puts it (ACPI 6.5 5.2.5.1); 0: not found. */
uint64_t acpi_find_rsdp(acpi_map map);

#endif /* CLOUDOS_BARE_METAL_COMMON_ACPI_H */
