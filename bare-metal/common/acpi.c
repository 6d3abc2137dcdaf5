/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets are those of the tables in ACPI 6.5, chapter 5, and of the HPET and PCI firmware
 * specifications. */
#include "bare-metal/common/acpi.h"

#include "lib/base.h"
#include "lib/endian.h"
#include "lib/string.h"

#define HEADER_BYTES 36u
#define TABLE_MAX    (16u << 20)
#define TABLES_MAX   256u

static uint32_t at32(const uint8_t *p, size_t offset)
{
    return le32_load(p + offset);
}

static uint64_t at64(const uint8_t *p, size_t offset)
{
    return le64_load(p + offset);
}

static bool sum_is_zero(const uint8_t *p, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + p[i]);
    return sum == 0;
}

/* The whole table at `pa`, its length and checksum verified. */
static const char *table_map(acpi_map map, uint64_t pa, const uint8_t **out,
                             uint32_t *len)
{
    const uint8_t *p = map(pa, HEADER_BYTES);

    if (!p)
        return "a table lies outside of memory";
    *len = at32(p, 4);
    if (*len < HEADER_BYTES || *len > TABLE_MAX)
        return "a table has a wrong length";
    p = map(pa, *len);
    if (!p)
        return "a table reaches out of memory";
    if (!sum_is_zero(p, *len))
        return "a table has a wrong checksum";
    *out = p;
    return NULL;
}

/* ---- MADT ---- */

static void cpu_add(struct acpi *a, uint32_t apic_id, uint32_t flags)
{
    if (!(flags & 1))
        return;
    if (a->cpu_count == HAL_CPUS_MAX)
        a->cpu_ignored++;
    else
        a->cpu_apic[a->cpu_count++] = apic_id;
}

static void override_add(struct acpi *a, const uint8_t *r)
{
    uint16_t flags = le16_load(r + 8);

    if (r[2] != 0 || a->override_count == ACPI_OVERRIDES_MAX)
        return; /* not ISA */
    a->override[a->override_count++] = (struct acpi_override){
        .isa = r[3],
        .gsi = at32(r, 4),
        .active_low = (flags & 3) == 3,
        .level = (flags >> 2 & 3) == 3,
    };
}

/* Shortest length of each record that is looked at. */
static unsigned madt_record_min(unsigned type)
{
    switch (type) {
    case 0:
        return 8;
    case 1:
    case 5:
        return 12;
    case 2:
        return 10;
    case 9:
        return 16;
    default:
        return 2;
    }
}

static void madt_record(struct acpi *a, const uint8_t *r)
{
    switch (r[0]) {
    case 0:
        cpu_add(a, r[3], at32(r, 4));
        break;
    case 1:
        if (a->ioapic_count < ACPI_IOAPICS_MAX)
            a->ioapic[a->ioapic_count++] =
                (struct acpi_ioapic){.pa = at32(r, 4), .first_gsi = at32(r, 8)};
        break;
    case 2:
        override_add(a, r);
        break;
    case 5:
        a->lapic_pa = at64(r, 4);
        break;
    case 9:
        if (at32(r, 4) > 0xfe) /* smaller ones have a record of type 0 */
            cpu_add(a, at32(r, 4), at32(r, 8));
        break;
    default:
        break;
    }
}

static const char *madt_parse(const uint8_t *p, uint32_t len, struct acpi *a)
{
    if (len < 44)
        return "the MADT is too short";
    a->lapic_pa = at32(p, 36);
    for (uint32_t at = 44; at < len;) {
        if (len - at < 2 || p[at + 1] < madt_record_min(p[at]) || p[at + 1] > len - at)
            return "the MADT has a record of a wrong length";
        madt_record(a, p + at);
        at += p[at + 1];
    }
    return NULL;
}

/* ---- FADT and DSDT ---- */

/* A number in AML: ZeroOp, OneOp or BytePrefix (ACPI 6.5 20.2.3). */
static const uint8_t *aml_byte(const uint8_t *p, const uint8_t *end, uint8_t *out)
{
    if (p < end && (*p == 0x00 || *p == 0x01)) {
        *out = *p;
        return p + 1;
    }
    if (end - p >= 2 && *p == 0x0a) {
        *out = p[1];
        return p + 2;
    }
    return NULL;
}

/* Name (_S5, Package {a, b, ...}): the values for the two power registers. */
static void dsdt_parse(const uint8_t *p, uint32_t len, struct acpi *a)
{
    const uint8_t *end = p + len;

    for (p += HEADER_BYTES; end - p >= 8; p++) {
        const uint8_t *q;

        if (memcmp(p, "_S5_\x12", 5) != 0)
            continue;
        q = p + 5;
        q += 1 + (*q >> 6); /* PkgLength */
        q += 1;             /* NumElements */
        q = q < end ? aml_byte(q, end, &a->s5_a) : NULL;
        q = q ? aml_byte(q, end, &a->s5_b) : NULL;
        a->has_s5 = q != NULL;
        return;
    }
}

static struct acpi_register gas(const uint8_t *p)
{
    return (struct acpi_register){.space = p[0], .addr = at64(p, 4)};
}

static const char *fadt_parse(acpi_map map, const uint8_t *p, uint32_t len,
                              struct acpi *a)
{
    const uint8_t *dsdt;
    uint64_t dsdt_pa;
    uint32_t dsdt_len;
    const char *err;

    if (len < 116)
        return "the FADT is too short";
    dsdt_pa = at32(p, 40);
    a->pm1a_control = (struct acpi_register){ACPI_SPACE_IO, at32(p, 64)};
    a->pm1b_control = (struct acpi_register){ACPI_SPACE_IO, at32(p, 68)};
    if (len >= 129 && (at32(p, 112) & BIT(10))) {
        a->reset = gas(p + 116);
        a->reset_value = p[128];
    }
    if (len >= 148 && at64(p, 140))
        dsdt_pa = at64(p, 140);
    if (len >= 196 && at64(p, 176))
        a->pm1a_control = gas(p + 172);
    if (len >= 196 && at64(p, 188))
        a->pm1b_control = gas(p + 184);
    if (dsdt_pa == 0)
        return NULL;
    err = table_map(map, dsdt_pa, &dsdt, &dsdt_len);
    if (!err)
        dsdt_parse(dsdt, dsdt_len, a);
    return err;
}

/* ---- the others ---- */

static const char *mcfg_parse(const uint8_t *p, uint32_t len, struct acpi *a)
{
    if (len < 44 || (len - 44) % 16 != 0)
        return "the MCFG has a wrong length";
    for (uint32_t at = 44; at < len && a->pci_count < ACPI_PCI_MAX; at += 16) {
        const uint8_t *r = p + at;

        if (r[10] > r[11])
            return "the MCFG has a wrong range of buses";
        a->pci[a->pci_count++] = (struct acpi_pci){
            .pa = at64(r, 0),
            .segment = le16_load(r + 8),
            .first_bus = r[10],
            .last_bus = r[11],
        };
    }
    return NULL;
}

static const char *hpet_parse(const uint8_t *p, uint32_t len, struct acpi *a)
{
    struct acpi_register r;

    if (len < 56)
        return "the HPET table is too short";
    r = gas(p + 40);
    if (r.space == ACPI_SPACE_MEMORY)
        a->hpet_pa = r.addr;
    return NULL;
}

static const char *table_parse(acpi_map map, uint64_t pa, struct acpi *a)
{
    const uint8_t *p;
    uint32_t len;
    const char *err = table_map(map, pa, &p, &len);

    if (err)
        return err;
    if (memcmp(p, "APIC", 4) == 0)
        return madt_parse(p, len, a);
    if (memcmp(p, "FACP", 4) == 0)
        return fadt_parse(map, p, len, a);
    if (memcmp(p, "MCFG", 4) == 0)
        return mcfg_parse(p, len, a);
    if (memcmp(p, "HPET", 4) == 0)
        return hpet_parse(p, len, a);
    return NULL;
}

static const char *root_parse(acpi_map map, uint64_t pa, bool wide, struct acpi *a)
{
    unsigned step = wide ? 8 : 4;
    const uint8_t *p;
    uint32_t len;
    const char *err = table_map(map, pa, &p, &len);

    if (err)
        return err;
    if (memcmp(p, wide ? "XSDT" : "RSDT", 4) != 0)
        return "the root table has another name";
    if ((len - HEADER_BYTES) % step != 0 || (len - HEADER_BYTES) / step > TABLES_MAX)
        return "the root table has a wrong length";
    for (uint32_t at = HEADER_BYTES; at < len && !err; at += step)
        err = table_parse(map, wide ? at64(p, at) : at32(p, at), a);
    return err;
}

const char *acpi_parse(acpi_map map, uint64_t rsdp_pa, struct acpi *out)
{
    const uint8_t *p = map(rsdp_pa, 20);
    uint32_t len;

    *out = (struct acpi){0};
    if (!p || memcmp(p, "RSD PTR ", 8) != 0)
        return "there is no root pointer";
    if (!sum_is_zero(p, 20))
        return "the root pointer has a wrong checksum";
    if (p[15] < 2)
        return root_parse(map, at32(p, 16), false, out);
    p = map(rsdp_pa, 36);
    if (!p)
        return "the root pointer reaches out of memory";
    len = at32(p, 20);
    if (len < 36 || len > 4096)
        return "the root pointer has a wrong length";
    p = map(rsdp_pa, len);
    if (!p || !sum_is_zero(p, len))
        return "the root pointer has a wrong checksum";
    return at64(p, 24) ? root_parse(map, at64(p, 24), true, out)
                       : root_parse(map, at32(p, 16), false, out);
}

uint64_t acpi_find_rsdp(acpi_map map)
{
    for (uint64_t pa = 0xe0000; pa < 0x100000; pa += 16) {
        const uint8_t *p = map(pa, 20);

        if (p && memcmp(p, "RSD PTR ", 8) == 0 && sum_is_zero(p, 20))
            return pa;
    }
    return 0;
}
