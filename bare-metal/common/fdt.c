/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/fdt.h"

#include "lib/endian.h"
#include "lib/string.h"

#define MAGIC          0xd00dfeedu
#define VERSION        17u /* what we read ... */
#define VERSION_COMPAT 16u /* ... and the oldest that can be read as if it were that */
#define RESERVE_BYTES  16u

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

/* Offsets of the header's fields. */
enum {
    H_MAGIC = 0,
    H_TOTAL = 4,
    H_STRUCTS = 8,
    H_STRINGS = 12,
    H_RESERVES = 16,
    H_VERSION = 20,
    H_COMPAT = 24,
    H_STRINGS_LEN = 32,
    H_STRUCTS_LEN = 36,
};

static uint32_t word(const uint8_t *p)
{
    return be32_load(p);
}

/* ---- tokens ---- */

/* One token of the structure block, decoded. */
struct token {
    uint32_t kind;
    uint32_t next;  /* offset of the one after it */
    uint32_t name;  /* BEGIN_NODE: offset in structs; PROP: in strings */
    uint32_t value; /* PROP: offset in structs */
    uint32_t len;   /* PROP */
};

/* Bytes of the string at `at` without its NUL, or FDT_NONE if the block ends before it does. */
static uint32_t string_len(const void *block, uint32_t block_len, uint32_t at)
{
    const char *s = block;

    for (uint32_t i = at; i < block_len; i++) {
        if (s[i] == '\0')
            return i - at;
    }
    return FDT_NONE;
}

static bool token_prop(const struct fdt *f, uint32_t at, struct token *t)
{
    if (f->structs_len - at < 12)
        return false;
    t->len = word(f->structs + at + 4);
    t->name = word(f->structs + at + 8);
    t->value = at + 12;
    if (t->len > f->structs_len - t->value)
        return false;
    t->next = ALIGN_UP(t->value + t->len, 4u);
    return t->name < f->strings_len &&
           string_len(f->strings, f->strings_len, t->name) != FDT_NONE;
}

/* The token at `at`, a multiple of four: false if it does not lie wholly in the block. */
static bool token_at(const struct fdt *f, uint32_t at, struct token *t)
{
    uint32_t len;

    if (at > f->structs_len || f->structs_len - at < 4)
        return false;
    t->kind = word(f->structs + at);
    t->next = at + 4;
    switch (t->kind) {
    case BEGIN_NODE:
        t->name = at + 4;
        len = string_len(f->structs, f->structs_len, t->name);
        if (len == FDT_NONE)
            return false;
        t->next = ALIGN_UP(t->name + len + 1, 4u);
        return true;
    case PROP:
        return token_prop(f, at, t);
    case END_NODE:
    case NOP:
    case END:
        return true;
    default:
        return false;
    }
}

/* ---- opening ---- */

uint32_t fdt_claimed_len(const void *header)
{
    const uint8_t *h = header;

    return word(h + H_MAGIC) == MAGIC ? word(h + H_TOTAL) : 0;
}

static bool block_fits(uint32_t at, uint32_t len, uint32_t total)
{
    return at >= FDT_HEADER_LEN && at <= total && len <= total - at;
}

/* Entries up to the pair of zeros. */
static const char *open_reserves(struct fdt *f, const uint8_t *blob, uint32_t at)
{
    if (at % 8 != 0 || !block_fits(at, RESERVE_BYTES, f->total_len))
        return "the memory reservation block lies outside";
    f->reserves = blob + at;
    for (; f->total_len - at >= RESERVE_BYTES; at += RESERVE_BYTES) {
        if (be64_load(blob + at) == 0 && be64_load(blob + at + 8) == 0)
            return NULL;
        f->reserve_count++;
    }
    return "the memory reservation block has no end";
}

/* One root, begin and end in pairs, properties before subnodes, nothing behind the end. */
static const char *check_structs(const struct fdt *f)
{
    uint32_t at = 0, depth = 0;
    bool props_allowed = false;
    struct token t;

    for (;; at = t.next) {
        if (!token_at(f, at, &t))
            return "a token of the structure block is unknown or does not fit";
        if (depth == 0 && at != 0 && t.kind != END && t.kind != NOP)
            return "something follows the root node";
        if (at == 0 && t.kind != BEGIN_NODE)
            return "it does not begin with a node";
        switch (t.kind) {
        case BEGIN_NODE:
            if (depth++ == FDT_DEPTH_MAX)
                return "its nodes lie too deep";
            props_allowed = true;
            break;
        case END_NODE:
            depth--;
            props_allowed = false;
            break;
        case PROP:
            if (!props_allowed)
                return "a property follows a subnode";
            break;
        case END:
            return depth == 0 ? NULL : "it ends inside a node";
        default:
            break;
        }
    }
}

const char *fdt_open(struct fdt *f, const void *blob, size_t len)
{
    const uint8_t *h = blob;
    uint32_t structs, strings;
    const char *wrong;

    *f = (struct fdt){0};
    if ((uintptr_t)blob % 8 != 0)
        return "it is not aligned";
    if (len < FDT_HEADER_LEN || word(h + H_MAGIC) != MAGIC)
        return "there is none (no magic number)";
    f->total_len = word(h + H_TOTAL);
    if (f->total_len < FDT_HEADER_LEN || f->total_len > len ||
        f->total_len > FDT_BYTES_MAX)
        return "its length cannot be";
    if (word(h + H_VERSION) < VERSION || word(h + H_COMPAT) > VERSION ||
        word(h + H_COMPAT) < VERSION_COMPAT)
        return "its version is unknown";
    structs = word(h + H_STRUCTS);
    strings = word(h + H_STRINGS);
    f->structs_len = word(h + H_STRUCTS_LEN);
    f->strings_len = word(h + H_STRINGS_LEN);
    if (structs % 4 != 0 || !block_fits(structs, f->structs_len, f->total_len))
        return "the structure block lies outside";
    if (!block_fits(strings, f->strings_len, f->total_len))
        return "the strings block lies outside";
    f->structs = h + structs;
    f->strings = (const char *)h + strings;
    wrong = open_reserves(f, h, word(h + H_RESERVES));
    return wrong ? wrong : check_structs(f);
}

bool fdt_reserve(const struct fdt *f, uint32_t i, uint64_t *base, uint64_t *len)
{
    if (i >= f->reserve_count)
        return false;
    *base = be64_load(f->reserves + i * RESERVE_BYTES);
    *len = be64_load(f->reserves + i * RESERVE_BYTES + 8);
    return true;
}

/* ---- nodes.  The tree has been checked: every token is there, and END is the last. ---- */

static struct token token_get(const struct fdt *f, uint32_t at)
{
    struct token t = {.kind = END};
    bool good = token_at(f, at, &t);

    kassert(good);
    return t;
}

const char *fdt_name(const struct fdt *f, uint32_t node)
{
    return (const char *)f->structs + token_get(f, node).name;
}

uint32_t fdt_child(const struct fdt *f, uint32_t node)
{
    struct token t = token_get(f, node);
    uint32_t at;

    do {
        at = t.next;
        t = token_get(f, at);
    } while (t.kind == PROP || t.kind == NOP);
    return t.kind == BEGIN_NODE ? at : FDT_NONE;
}

uint32_t fdt_sibling(const struct fdt *f, uint32_t node)
{
    uint32_t at = node, depth = 0;
    struct token t;

    do { /* over the node itself */
        t = token_get(f, at);
        depth += t.kind == BEGIN_NODE;
        depth -= t.kind == END_NODE;
        at = t.next;
    } while (depth > 0);
    t = token_get(f, at);
    while (t.kind == NOP) {
        at = t.next;
        t = token_get(f, at);
    }
    return t.kind == BEGIN_NODE ? at : FDT_NONE;
}

/* The next node in the order of the blob, whatever its depth. */
static uint32_t node_after(const struct fdt *f, uint32_t node)
{
    uint32_t at = node;
    struct token t = token_get(f, at);

    do {
        at = t.next;
        t = token_get(f, at);
        if (t.kind == BEGIN_NODE)
            return at;
    } while (t.kind != END);
    return FDT_NONE;
}

uint32_t fdt_parent(const struct fdt *f, uint32_t node)
{
    uint32_t open[FDT_DEPTH_MAX], depth = 0, at = 0;

    while (at < node) {
        struct token t = token_get(f, at);

        if (t.kind == BEGIN_NODE)
            open[depth++] = at;
        else if (t.kind == END_NODE)
            depth--;
        else if (t.kind == END)
            return FDT_NONE;
        at = t.next;
    }
    return depth > 0 ? open[depth - 1] : FDT_NONE;
}

/* Is `name` what the `len` bytes of a path's component ask for? */
static bool name_matches(const char *name, const char *want, size_t len)
{
    size_t full = strlen(name);
    const char *unit = strchr(name, '@');
    size_t bare = unit ? (size_t)(unit - name) : full;

    return (len == full || len == bare) && memcmp(name, want, len) == 0;
}

uint32_t fdt_find(const struct fdt *f, const char *path)
{
    uint32_t node = 0;

    while (node != FDT_NONE && *path == '/' && path[1] != '\0') {
        const char *end = ++path;

        while (*end != '\0' && *end != '/')
            end++;
        node = fdt_child(f, node);
        while (node != FDT_NONE &&
               !name_matches(fdt_name(f, node), path, (size_t)(end - path)))
            node = fdt_sibling(f, node);
        path = end;
    }
    return node;
}

/* One of the strings of a list, each with its NUL. */
static bool list_has(const char *list, uint32_t len, const char *what)
{
    size_t want = strlen(what) + 1;

    while (len > 0) {
        uint32_t one = string_len(list, len, 0);

        if (one == FDT_NONE)
            return false;
        if (one + 1 == want && memcmp(list, what, want) == 0)
            return true;
        list += one + 1;
        len -= one + 1;
    }
    return false;
}

bool fdt_is_compatible(const struct fdt *f, uint32_t node, const char *what)
{
    uint32_t len;
    const uint8_t *list = fdt_prop(f, node, "compatible", &len);

    return list && list_has((const char *)list, len, what);
}

uint32_t fdt_find_compatible(const struct fdt *f, uint32_t node, const char *what)
{
    do
        node = node_after(f, node);
    while (node != FDT_NONE && !fdt_is_compatible(f, node, what));
    return node;
}

bool fdt_is_enabled(const struct fdt *f, uint32_t node)
{
    uint32_t len;
    const uint8_t *status = fdt_prop(f, node, "status", &len);

    return !status || list_has((const char *)status, len, "okay") ||
           list_has((const char *)status, len, "ok");
}

uint32_t fdt_by_phandle(const struct fdt *f, uint32_t phandle)
{
    uint32_t node = 0, value;

    while (node != FDT_NONE && !(fdt_u32(f, node, "phandle", &value) && value == phandle))
        node = node_after(f, node);
    return node;
}

/* ---- properties ---- */

const uint8_t *fdt_prop(const struct fdt *f, uint32_t node, const char *name,
                        uint32_t *len)
{
    struct token t = token_get(f, token_get(f, node).next);

    for (; t.kind == PROP || t.kind == NOP; t = token_get(f, t.next)) {
        if (t.kind == PROP && strcmp(f->strings + t.name, name) == 0) {
            *len = t.len;
            return f->structs + t.value;
        }
    }
    return NULL;
}

const char *fdt_string(const struct fdt *f, uint32_t node, const char *name)
{
    uint32_t len;
    const uint8_t *value = fdt_prop(f, node, name, &len);

    return value && len > 0 && value[len - 1] == '\0' ? (const char *)value : NULL;
}

bool fdt_cell(const struct fdt *f, uint32_t node, const char *name, uint32_t i,
              uint32_t *out)
{
    uint32_t len;
    const uint8_t *value = fdt_prop(f, node, name, &len);

    if (!value || i >= len / 4)
        return false;
    *out = word(value + 4 * (size_t)i);
    return true;
}

bool fdt_u32(const struct fdt *f, uint32_t node, const char *name, uint32_t *out)
{
    uint32_t len;
    const uint8_t *value = fdt_prop(f, node, name, &len);

    if (!value || len != 4)
        return false;
    *out = word(value);
    return true;
}

bool fdt_u64(const struct fdt *f, uint32_t node, const char *name, uint64_t *out)
{
    uint32_t len;
    const uint8_t *value = fdt_prop(f, node, name, &len);

    if (!value || (len != 4 && len != 8))
        return false;
    *out = len == 4 ? word(value) : be64_load(value);
    return true;
}

static uint64_t cells_value(const uint8_t *at, uint32_t cells)
{
    uint64_t v = 0;

    for (uint32_t i = 0; i < cells; i++)
        v = v << 32 | word(at + 4 * (size_t)i);
    return v;
}

bool fdt_reg(const struct fdt *f, uint32_t node, uint32_t i, uint64_t *base,
             uint64_t *len)
{
    uint32_t parent = fdt_parent(f, node), address = 2, size = 1, bytes, pair;
    const uint8_t *reg = fdt_prop(f, node, "reg", &bytes);

    if (!reg || parent == FDT_NONE)
        return false;
    /* 2.3.5: the values to assume where the parent is silent. */
    (void)fdt_u32(f, parent, "#address-cells", &address);
    (void)fdt_u32(f, parent, "#size-cells", &size);
    if (address == 0 || address > FDT_CELLS_MAX || size > FDT_CELLS_MAX)
        return false;
    pair = 4 * (address + size);
    if (bytes % pair != 0 || i >= bytes / pair)
        return false;
    *base = cells_value(reg + (size_t)i * pair, address);
    *len = cells_value(reg + (size_t)i * pair + 4 * (size_t)address, size);
    return true;
}
