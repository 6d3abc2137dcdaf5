/* SPDX-License-Identifier: BSD-2-Clause */
/* The device-tree reader: a tree such as QEMU gives, and every way to damage one. */
#include "hal_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bare-metal/common/fdt.h"
#include "lib/endian.h"
#include "lib/random.h"

#define ROOM 4096u

/* ---- making a blob ---- */

struct maker {
    uint8_t structs[2048], reserves[64];
    char strings[512];
    uint32_t structs_len, strings_len, reserves_len;
};

static void put_u32(struct maker *m, uint32_t v)
{
    be32_store(m->structs + m->structs_len, v);
    m->structs_len += 4;
}

static void put_bytes(struct maker *m, const void *bytes, uint32_t len)
{
    memcpy(m->structs + m->structs_len, bytes, len);
    m->structs_len += len;
    while (m->structs_len % 4 != 0)
        m->structs[m->structs_len++] = 0;
}

static void begin(struct maker *m, const char *name)
{
    put_u32(m, 1);
    put_bytes(m, name, (uint32_t)strlen(name) + 1);
}

static void end(struct maker *m)
{
    put_u32(m, 2);
}

static void prop(struct maker *m, const char *name, const void *value, uint32_t len)
{
    put_u32(m, 3);
    put_u32(m, len);
    put_u32(m, m->strings_len);
    put_bytes(m, value, len);
    memcpy(m->strings + m->strings_len, name, strlen(name) + 1);
    m->strings_len += (uint32_t)strlen(name) + 1;
}

static void prop_u32(struct maker *m, const char *name, uint32_t v)
{
    uint8_t cell[4];

    be32_store(cell, v);
    prop(m, name, cell, 4);
}

static void prop_u64(struct maker *m, const char *name, uint64_t v)
{
    uint8_t cell[8];

    be64_store(cell, v);
    prop(m, name, cell, 8);
}

static void prop_pair(struct maker *m, const char *name, uint64_t a, uint64_t b)
{
    uint8_t cells[16];

    be64_store(cells, a);
    be64_store(cells + 8, b);
    prop(m, name, cells, 16);
}

static void reserve(struct maker *m, uint64_t base, uint64_t len)
{
    be64_store(m->reserves + m->reserves_len, base);
    be64_store(m->reserves + m->reserves_len + 8, len);
    m->reserves_len += 16;
}

static uint32_t finish(struct maker *m, uint8_t *blob)
{
    uint32_t structs, strings, total;

    put_u32(m, 9);
    reserve(m, 0, 0);
    structs = 40 + m->reserves_len;
    strings = structs + m->structs_len;
    total = strings + m->strings_len;
    assert_true(total <= ROOM);
    be32_store(blob, 0xd00dfeed);
    be32_store(blob + 4, total);
    be32_store(blob + 8, structs);
    be32_store(blob + 12, strings);
    be32_store(blob + 16, 40);
    be32_store(blob + 20, 17);
    be32_store(blob + 24, 16);
    be32_store(blob + 28, 0);
    be32_store(blob + 32, m->strings_len);
    be32_store(blob + 36, m->structs_len);
    memcpy(blob + 40, m->reserves, m->reserves_len);
    memcpy(blob + structs, m->structs, m->structs_len);
    memcpy(blob + strings, m->strings, m->strings_len);
    return total;
}

static void make_nodes(struct maker *m)
{
    static const char uart_is[] = "vendor,uart\0ns16550a";

    begin(m, "");
    prop_u32(m, "#address-cells", 2);
    prop_u32(m, "#size-cells", 2);
    begin(m, "chosen");
    prop(m, "bootargs", "quiet -- sh", 12);
    prop_u64(m, "linux,initrd-start", 0x84000000);
    prop_u32(m, "linux,initrd-end", 0x84001000);
    end(m);
    begin(m, "memory@80000000");
    prop_pair(m, "reg", 0x80000000, 0x8000000);
    end(m);
    put_u32(m, 4); /* a NOP, where a node was taken out */
    begin(m, "cpus");
    prop_u32(m, "#address-cells", 1);
    prop_u32(m, "#size-cells", 0);
    begin(m, "cpu@3");
    prop_u32(m, "reg", 3);
    prop(m, "status", "disabled", 9);
    begin(m, "interrupt-controller");
    prop_u32(m, "phandle", 7);
    end(m);
    end(m);
    end(m);
    begin(m, "soc");
    prop_u32(m, "#address-cells", 2);
    prop_u32(m, "#size-cells", 2);
    begin(m, "serial@10000000");
    prop(m, "compatible", uart_is, sizeof(uart_is));
    prop_pair(m, "reg", 0x10000000, 0x100);
    prop(m, "status", "okay", 5);
    end(m);
    end(m);
    end(m);
}

static uint32_t make_tree(uint8_t *blob)
{
    static struct maker m;

    memset(&m, 0, sizeof(m));
    reserve(&m, 0x80000000, 0x80000);
    make_nodes(&m);
    return finish(&m, blob);
}

/* ---- reading ---- */

static void a_tree_is_read(void **state)
{
    static _Alignas(8) uint8_t blob[ROOM];
    uint32_t len = make_tree(blob), node, value;
    uint64_t base, bytes, u64;
    struct fdt f;

    (void)state;
    assert_int_equal(fdt_claimed_len(blob), len);
    assert_null(fdt_open(&f, blob, sizeof(blob)));
    node = fdt_find(&f, "/chosen");
    assert_string_equal(fdt_string(&f, node, "bootargs"), "quiet -- sh");
    assert_true(fdt_u64(&f, node, "linux,initrd-start", &u64) && u64 == 0x84000000);
    assert_true(fdt_u64(&f, node, "linux,initrd-end", &u64) && u64 == 0x84001000);
    assert_false(fdt_u32(&f, node, "linux,initrd-start", &value));
    node = fdt_find(&f, "/memory");
    assert_string_equal(fdt_name(&f, node), "memory@80000000");
    assert_true(fdt_reg(&f, node, 0, &base, &bytes));
    assert_true(base == 0x80000000 && bytes == 0x8000000);
    assert_false(fdt_reg(&f, node, 1, &base, &bytes));
    assert_int_equal(fdt_find(&f, "/memory@80000000"), node);
    assert_int_equal(fdt_find(&f, "/memory@90000000"), FDT_NONE);
    assert_int_equal(fdt_find(&f, "/mem"), FDT_NONE);
    assert_int_equal(fdt_find(&f, "/"), 0);
    assert_true(fdt_reserve(&f, 0, &base, &bytes) && base == 0x80000000);
    assert_false(fdt_reserve(&f, 1, &base, &bytes));
}

static void nodes_know_their_relations(void **state)
{
    static _Alignas(8) uint8_t blob[ROOM];
    uint32_t cpu, intc, uart, value;
    uint64_t base, bytes;
    struct fdt f;

    (void)state;
    (void)make_tree(blob);
    assert_null(fdt_open(&f, blob, sizeof(blob)));
    cpu = fdt_find(&f, "/cpus/cpu@3");
    assert_false(fdt_is_enabled(&f, cpu));
    assert_true(fdt_reg(&f, cpu, 0, &base, &bytes) && base == 3 && bytes == 0);
    intc = fdt_by_phandle(&f, 7);
    assert_int_equal(fdt_parent(&f, intc), cpu);
    assert_int_equal(fdt_parent(&f, fdt_parent(&f, cpu)), 0);
    assert_int_equal(fdt_parent(&f, 0), FDT_NONE);
    assert_int_equal(fdt_by_phandle(&f, 8), FDT_NONE);
    assert_int_equal(fdt_sibling(&f, cpu), FDT_NONE);
    assert_int_equal(fdt_child(&f, intc), FDT_NONE);
    uart = fdt_find_compatible(&f, 0, "ns16550a");
    assert_string_equal(fdt_name(&f, uart), "serial@10000000");
    assert_true(fdt_is_enabled(&f, uart));
    assert_true(fdt_is_compatible(&f, uart, "vendor,uart"));
    assert_false(fdt_is_compatible(&f, uart, "ns16550"));
    assert_int_equal(fdt_find_compatible(&f, uart, "ns16550a"), FDT_NONE);
    assert_true(fdt_cell(&f, uart, "reg", 1, &value) && value == 0x10000000);
    assert_false(fdt_cell(&f, uart, "reg", 4, &value));
}

/* ---- damage ---- */

/* A copy of the blob that ends where a page does that cannot be read. */
struct fence {
    uint8_t *pages;
    uint8_t *blob;
    uint32_t len;
};

static struct fence fence_make(uint32_t len)
{
    struct fence fence = {.len = ALIGN_UP(len, 8u)};

    fence.pages = mmap(NULL, 2 * (size_t)ROOM, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(fence.pages != MAP_FAILED);
    assert_int_equal(mprotect(fence.pages + ROOM, ROOM, PROT_NONE), 0);
    fence.blob = fence.pages + ROOM - fence.len;
    return fence;
}

/* Ask everything of every node. */
static unsigned read_all(const struct fdt *f, uint32_t node)
{
    static const char *const names[] = {"reg", "status", "bootargs", "phandle",
                                        "compatible"};
    unsigned nodes = 1;
    uint64_t a, b;
    uint32_t v, len;

    (void)strlen(fdt_name(f, node));
    (void)fdt_parent(f, node);
    (void)fdt_is_enabled(f, node);
    (void)fdt_reg(f, node, 0, &a, &b);
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        const uint8_t *value = fdt_prop(f, node, names[i], &len);
        const char *text = fdt_string(f, node, names[i]);

        if (value && len > 0)
            assert_true(value[len - 1] == value[len - 1]);
        if (text)
            (void)strlen(text);
        (void)fdt_u32(f, node, names[i], &v);
        (void)fdt_u64(f, node, names[i], &a);
        (void)fdt_cell(f, node, names[i], 3, &v);
    }
    for (uint32_t c = fdt_child(f, node); c != FDT_NONE; c = fdt_sibling(f, c))
        nodes += read_all(f, c);
    return nodes;
}

static bool survives(const uint8_t *blob, uint32_t len)
{
    struct fdt f;
    uint64_t base, bytes;

    if (fdt_open(&f, blob, len))
        return false;
    (void)read_all(&f, 0);
    (void)fdt_find(&f, "/cpus/cpu@3/interrupt-controller");
    (void)fdt_find_compatible(&f, 0, "ns16550a");
    (void)fdt_by_phandle(&f, 7);
    for (uint32_t i = 0; fdt_reserve(&f, i, &base, &bytes); i++)
        ;
    return true;
}

static void every_length_but_the_whole_is_refused(void **state)
{
    static _Alignas(8) uint8_t blob[ROOM];
    uint32_t len = make_tree(blob);
    struct fence fence = fence_make(len);

    (void)state;
    for (uint32_t n = 0; n < len; n++) {
        uint8_t *at = fence.pages + ROOM - ALIGN_UP(n, 8u);

        memcpy(at, blob, n);
        assert_false(survives(at, n));
    }
    memcpy(fence.blob, blob, len);
    assert_true(survives(fence.blob, len));
    munmap(fence.pages, 2 * (size_t)ROOM);
}

/* Each word of the blob set to values at which sums overflow and ends are met. */
static void no_word_leads_outside(void **state)
{
    static const uint32_t evil[] = {
        0,          1,          2,          3,          4,          8,         9,
        0x7ffffffc, 0x7fffffff, 0x80000000, 0xfffffff4, 0xfffffffc, 0xffffffff};
    static _Alignas(8) uint8_t blob[ROOM];
    uint32_t len = make_tree(blob), refused = 0;
    struct fence fence = fence_make(len);

    (void)state;
    for (uint32_t at = 0; at + 4 <= len; at += 4) {
        for (unsigned i = 0; i < ARRAY_SIZE(evil) + 5; i++) {
            /* ... and to the blob's own ends. */
            uint32_t value =
                i < ARRAY_SIZE(evil) ? evil[i] : len + 4 * (i - ARRAY_SIZE(evil)) - 8;

            memcpy(fence.blob, blob, len);
            be32_store(fence.blob + at, value);
            refused += !survives(fence.blob, len);
        }
    }
    assert_true(refused > 1000);
    munmap(fence.pages, 2 * (size_t)ROOM);
}

static void no_byte_leads_outside(void **state)
{
    static _Alignas(8) uint8_t blob[ROOM];
    uint32_t len = make_tree(blob);
    struct fence fence = fence_make(len);
    struct prng p;

    (void)state;
    prng_seed(&p, 1);
    for (unsigned round = 0; round < 200000; round++) {
        memcpy(fence.blob, blob, len);
        for (unsigned n = 1 + (unsigned)prng_below(&p, 4); n > 0; n--)
            fence.blob[prng_below(&p, len)] = (uint8_t)prng_next(&p);
        (void)survives(fence.blob, len);
    }
    munmap(fence.pages, 2 * (size_t)ROOM);
}

static void what_is_wrong_is_said(void **state)
{
    static _Alignas(8) uint8_t blob[ROOM];
    static struct maker m;
    struct fdt f;

    (void)state;
    assert_non_null(strstr(fdt_open(&f, blob, sizeof(blob)), "magic"));
    (void)make_tree(blob);
    be32_store(blob + 20, 15);
    assert_non_null(strstr(fdt_open(&f, blob, sizeof(blob)), "version"));
    memset(&m, 0, sizeof(m));
    for (unsigned i = 0; i < 17; i++)
        begin(&m, i ? "n" : "");
    for (unsigned i = 0; i < 17; i++)
        end(&m);
    (void)finish(&m, blob);
    assert_non_null(strstr(fdt_open(&f, blob, sizeof(blob)), "deep"));
    memset(&m, 0, sizeof(m));
    begin(&m, "");
    begin(&m, "n");
    end(&m);
    prop_u32(&m, "late", 1);
    end(&m);
    (void)finish(&m, blob);
    assert_non_null(strstr(fdt_open(&f, blob, sizeof(blob)), "property"));
    memset(&m, 0, sizeof(m));
    begin(&m, "");
    end(&m);
    begin(&m, "second");
    end(&m);
    (void)finish(&m, blob);
    assert_non_null(strstr(fdt_open(&f, blob, sizeof(blob)), "follows the root"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_read),
        cmocka_unit_test(nodes_know_their_relations),
        cmocka_unit_test(every_length_but_the_whole_is_refused),
        cmocka_unit_test(no_word_leads_outside),
        cmocka_unit_test(no_byte_leads_outside),
        cmocka_unit_test(what_is_wrong_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
