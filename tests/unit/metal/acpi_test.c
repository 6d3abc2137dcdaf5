/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI tables as QEMU makes them, and every way to damage one. */
#include "hal_fake.h"

#include <stdlib.h>

#include "bare-metal/common/acpi.h"
#include "lib/endian.h"

#define MEMORY_PA    0x1000u
#define MEMORY_BYTES 0x4000u
#define RSDP_PA      MEMORY_PA
#define XSDT_PA      0x1100u
#define RSDT_PA      0x1200u
#define MADT_PA      0x2000u
#define FADT_PA      0x2400u
#define DSDT_PA      0x2800u
#define MCFG_PA      0x2c00u
#define HPET_PA      0x2e00u

static uint8_t memory[MEMORY_BYTES];
/* Views of the memory, each in a block of exactly its size: the sanitizer sees a byte beyond. */
static void *views[64];
static unsigned view_count;

static uint8_t *at(uint64_t pa)
{
    return memory + (pa - MEMORY_PA);
}

static const void *view(uint64_t pa, uint64_t len)
{
    void *copy;

    if (pa < MEMORY_PA || pa > MEMORY_PA + MEMORY_BYTES ||
        len > MEMORY_PA + MEMORY_BYTES - pa)
        return NULL;
    copy = malloc(len ? len : 1);
    memcpy(copy, at(pa), len);
    assert_true(view_count < sizeof(views) / sizeof(views[0]));
    views[view_count++] = copy;
    return copy;
}

static const char *parse(uint64_t pa, struct acpi *a)
{
    const char *wrong = acpi_parse(view, pa, a);

    while (view_count > 0)
        free(views[--view_count]);
    return wrong;
}

static void checksum(uint64_t pa, size_t len, size_t where)
{
    uint8_t sum = 0;

    at(pa)[where] = 0;
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + at(pa)[i]);
    at(pa)[where] = (uint8_t)-sum;
}

static void seal(uint64_t pa)
{
    checksum(pa, le32_load(at(pa) + 4), 9);
}

static void table(uint64_t pa, const char *name, uint32_t len)
{
    memset(at(pa), 0, len);
    memcpy(at(pa), name, 4);
    le32_store(at(pa) + 4, len);
}

static void make_madt(void)
{
    static const uint8_t records[] = {
        0,   8,  0, 0, 1, 0, 0,    0,                 /* CPU 0, APIC 0 */
        0,   8,  1, 5, 1, 0, 0,    0,                 /* CPU 1, APIC 5 */
        0,   8,  2, 6, 0, 0, 0,    0,                 /* not enabled */
        1,   12, 0, 0, 0, 0, 0xc0, 0xfe, 0,  0, 0, 0, /* I/O APIC */
        2,   10, 0, 9, 9, 0, 0,    0,    13, 0,       /* IRQ 9: level, active high */
        200, 3,  0,                                   /* unknown */
    };

    table(MADT_PA, "APIC", 44 + sizeof(records));
    le32_store(at(MADT_PA) + 36, 0xfee00000);
    memcpy(at(MADT_PA) + 44, records, sizeof(records));
    seal(MADT_PA);
}

static void make_fadt(void)
{
    static const uint8_t s5[] = {0x08, '_',  'S', '5',  '_',  0x12, 0x06,
                                 0x04, 0x0a, 5,   0x00, 0x00, 0x00};

    table(DSDT_PA, "DSDT", 64 + sizeof(s5));
    memcpy(at(DSDT_PA) + 64, s5, sizeof(s5));
    seal(DSDT_PA);
    table(FADT_PA, "FACP", 244);
    le32_store(at(FADT_PA) + 40, DSDT_PA);
    le32_store(at(FADT_PA) + 64, 0x604);
    le32_store(at(FADT_PA) + 112, 1u << 10);
    at(FADT_PA)[116] = ACPI_SPACE_IO;
    le64_store(at(FADT_PA) + 120, 0xcf9);
    at(FADT_PA)[128] = 0x0f;
    seal(FADT_PA);
}

static void make_rsdp(void)
{
    memset(at(RSDP_PA), 0, 36);
    memcpy(at(RSDP_PA), "RSD PTR ", 8);
    at(RSDP_PA)[15] = 2;
    le32_store(at(RSDP_PA) + 16, RSDT_PA);
    le32_store(at(RSDP_PA) + 20, 36);
    le64_store(at(RSDP_PA) + 24, XSDT_PA);
    checksum(RSDP_PA, 20, 8);
    checksum(RSDP_PA, 36, 32);
}

static int make_all(void **state UNUSED)
{
    static const uint32_t tables[] = {MADT_PA, FADT_PA, MCFG_PA, HPET_PA};

    memset(memory, 0, sizeof(memory));
    make_madt();
    make_fadt();
    table(MCFG_PA, "MCFG", 60);
    le64_store(at(MCFG_PA) + 44, 0xb0000000);
    at(MCFG_PA)[55] = 0xff;
    seal(MCFG_PA);
    table(HPET_PA, "HPET", 56);
    le64_store(at(HPET_PA) + 44, 0xfed00000);
    seal(HPET_PA);
    table(XSDT_PA, "XSDT", 36 + 8 * 4);
    table(RSDT_PA, "RSDT", 36 + 4 * 4);
    for (unsigned i = 0; i < 4; i++) {
        le64_store(at(XSDT_PA) + 36 + 8 * i, tables[i]);
        le32_store(at(RSDT_PA) + 36 + 4 * i, tables[i]);
    }
    seal(XSDT_PA);
    seal(RSDT_PA);
    make_rsdp();
    return 0;
}

static void assert_as_made(const struct acpi *a)
{
    assert_int_equal(a->cpu_count, 2);
    assert_int_equal(a->cpu_apic[0], 0);
    assert_int_equal(a->cpu_apic[1], 5);
    assert_int_equal(a->lapic_pa, 0xfee00000);
    assert_int_equal(a->ioapic_count, 1);
    assert_int_equal(a->ioapic[0].pa, 0xfec00000);
    assert_int_equal(a->override_count, 1);
    assert_int_equal(a->override[0].gsi, 9);
    assert_true(a->override[0].level && !a->override[0].active_low);
    assert_int_equal(a->pm1a_control.addr, 0x604);
    assert_int_equal(a->reset.addr, 0xcf9);
    assert_int_equal(a->reset_value, 0x0f);
    assert_true(a->has_s5);
    assert_int_equal(a->s5_a, 5);
    assert_int_equal(a->s5_b, 0);
    assert_int_equal(a->pci_count, 1);
    assert_int_equal(a->pci[0].last_bus, 255);
    assert_int_equal(a->hpet_pa, 0xfed00000);
}

static void tables_are_read(void **state UNUSED)
{
    struct acpi a;

    assert_null(parse(RSDP_PA, &a));
    assert_as_made(&a);
}

static void old_root_pointers_are_read(void **state UNUSED)
{
    struct acpi a;

    at(RSDP_PA)[15] = 0;
    checksum(RSDP_PA, 20, 8);
    assert_null(parse(RSDP_PA, &a));
    assert_as_made(&a);
}

static void a_wrong_checksum_is_refused(void **state UNUSED)
{
    static const uint32_t places[] = {RSDP_PA, XSDT_PA, MADT_PA, FADT_PA,
                                      DSDT_PA, MCFG_PA, HPET_PA};
    struct acpi a;

    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        at(places[i])[10] ^= 1;
        assert_non_null(parse(RSDP_PA, &a));
        at(places[i])[10] ^= 1;
    }
    assert_null(parse(RSDP_PA, &a));
}

static void wrong_lengths_are_refused(void **state UNUSED)
{
    static const uint32_t places[] = {XSDT_PA, MADT_PA, FADT_PA,
                                      DSDT_PA, MCFG_PA, HPET_PA};
    static const uint32_t lengths[] = {0, 1, 35, 0x100000, 0xffffffff};
    struct acpi a;

    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        uint32_t right = le32_load(at(places[i]) + 4);

        for (unsigned j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
            le32_store(at(places[i]) + 4, lengths[j]);
            assert_non_null(parse(RSDP_PA, &a));
        }
        le32_store(at(places[i]) + 4, right);
    }
    le32_store(at(RSDP_PA) + 20, 0xffffffff);
    assert_non_null(parse(RSDP_PA, &a));
    assert_non_null(parse(0, &a));
}

static void short_records_are_refused(void **state UNUSED)
{
    struct acpi a;

    for (unsigned len = 0; len < 8; len++) {
        at(MADT_PA)[45] = (uint8_t)len;
        seal(MADT_PA);
        assert_non_null(parse(RSDP_PA, &a));
    }
    at(MADT_PA)[45] = 255;
    seal(MADT_PA);
    assert_non_null(parse(RSDP_PA, &a));
}

static void tables_outside_memory_are_refused(void **state UNUSED)
{
    static const uint64_t places[] = {0, 0x800, 0x4ff0, 0x5000, UINT64_MAX};
    struct acpi a;

    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        le64_store(at(XSDT_PA) + 36, places[i]);
        seal(XSDT_PA);
        assert_non_null(parse(RSDP_PA, &a));
    }
}

static void random_tables_stay_inside(void **state UNUSED)
{
    static const char names[][5] = {"APIC", "FACP", "MCFG", "HPET"};
    struct acpi a;

    srandom(1);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t len = 36 + (uint32_t)random() % 220;

        for (uint32_t j = 0; j < len; j++)
            at(MADT_PA)[j] = (uint8_t)(random() % 4 ? random() % 16 : random());
        memcpy(at(MADT_PA), names[i % 4], 4);
        le32_store(at(MADT_PA) + 4, len);
        seal(MADT_PA);
        le32_store(at(XSDT_PA) + 4, 36 + 8);
        seal(XSDT_PA);
        (void)parse(RSDP_PA, &a);
        assert_true(a.cpu_count <= HAL_CPUS_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tables_are_read, make_all),
        cmocka_unit_test_setup(old_root_pointers_are_read, make_all),
        cmocka_unit_test_setup(a_wrong_checksum_is_refused, make_all),
        cmocka_unit_test_setup(wrong_lengths_are_refused, make_all),
        cmocka_unit_test_setup(short_records_are_refused, make_all),
        cmocka_unit_test_setup(tables_outside_memory_are_refused, make_all),
        cmocka_unit_test_setup(random_tables_stay_inside, make_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
