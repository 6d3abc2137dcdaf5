/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of .debug_line (DWARF 5, 6.2).  lines_index() runs every program once and keeps the
 * address range of each sequence; lines_find() runs the one program whose sequence it wants.
 */
#include "hostsim/hal/lines.h"

#include <string.h>

#define SEQUENCES_MAX 8192u
#define FORMATS_MAX   8u
#define OPCODES_MAX   32u

enum { FORM_DATA2 = 0x05, FORM_DATA4 = 0x06, FORM_DATA8 = 0x07, FORM_STRING = 0x08 };
enum { FORM_BLOCK = 0x09, FORM_DATA1 = 0x0b, FORM_STRP = 0x0e, FORM_UDATA = 0x0f };
enum { FORM_DATA16 = 0x1e, FORM_LINE_STRP = 0x1f };
enum { CONTENT_PATH = 1, CONTENT_DIRECTORY = 2 };
enum { OP_EXTENDED, OP_COPY, OP_ADVANCE_PC, OP_ADVANCE_LINE, OP_SET_FILE };
enum { OP_CONST_ADD_PC = 8, OP_FIXED_ADVANCE_PC = 9 };
enum { EXT_END_SEQUENCE = 1, EXT_SET_ADDRESS = 2 };

struct reader {
    const uint8_t *at, *end;
    bool wide; /* 64-bit DWARF */
};

/* One table: header and program. */
struct unit {
    struct reader program, entries; /* entries: directories and files */
    unsigned version;
    uint8_t min_length, line_range, opcode_base;
    int8_t line_base;
    uint8_t operands[OPCODES_MAX];
};

struct row {
    uint64_t addr, file;
    int64_t line;
};

struct sequence {
    uint64_t start, end;
    size_t unit; /* offset of its table */
};

static struct lines_sections tables;
static struct sequence sequences[SEQUENCES_MAX];
static unsigned sequence_count;

/* ---- reading; past the end there are zeros ---- */

static uint64_t read_fixed(struct reader *r, unsigned bytes)
{
    uint64_t value = 0;

    if ((size_t)(r->end - r->at) < bytes) {
        r->at = r->end;
        return 0;
    }
    memcpy(&value, r->at, bytes);
    r->at += bytes;
    return value;
}

static uint64_t read_offset(struct reader *r)
{
    return read_fixed(r, r->wide ? 8 : 4);
}

static uint64_t read_leb(struct reader *r, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0x80;

    while (byte & 0x80 && r->at < r->end) {
        byte = *r->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    }
    if (is_signed && shift < 64 && byte & 0x40)
        value |= ~UINT64_C(0) << shift;
    return value;
}

static void skip(struct reader *r, uint64_t bytes)
{
    r->at = bytes < (uint64_t)(r->end - r->at) ? r->at + bytes : r->end;
}

static const char *read_string(struct reader *r)
{
    const uint8_t *start = r->at;
    const uint8_t *nul = memchr(start, 0, (size_t)(r->end - start));

    if (!nul) {
        r->at = r->end;
        return "";
    }
    r->at = nul + 1;
    return (const char *)start;
}

static const char *string_in(const struct lines_section *s, uint64_t offset)
{
    if (offset >= s->len || !memchr(s->at + offset, 0, s->len - offset))
        return NULL;
    return (const char *)s->at + offset;
}

/* The value of a form: a string or a number. */
static void read_form(struct reader *r, uint64_t form, const char **text,
                      uint64_t *number)
{
    switch (form) {
    case FORM_STRING:
        *text = read_string(r);
        break;
    case FORM_LINE_STRP:
        *text = string_in(&tables.line_str, read_offset(r));
        break;
    case FORM_STRP:
        *text = string_in(&tables.str, read_offset(r));
        break;
    case FORM_UDATA:
        *number = read_leb(r, false);
        break;
    case FORM_DATA1:
        *number = read_fixed(r, 1);
        break;
    case FORM_DATA2:
        *number = read_fixed(r, 2);
        break;
    case FORM_DATA4:
        *number = read_fixed(r, 4);
        break;
    case FORM_DATA8:
        *number = read_fixed(r, 8);
        break;
    case FORM_DATA16:
        skip(r, 16);
        break;
    case FORM_BLOCK:
        skip(r, read_leb(r, false));
        break;
    default:
        r->at = r->end;
    }
}

/* ---- headers ---- */

/* The table at `offset`; *next is that of the one behind it.  False: none that we know. */
static bool unit_open(size_t offset, struct unit *u, size_t *next)
{
    struct reader r = {.at = tables.line.at + offset,
                       .end = tables.line.at + tables.line.len};
    uint64_t len = read_fixed(&r, 4), header_len;

    if (len == UINT32_MAX) {
        r.wide = true;
        len = read_fixed(&r, 8);
    }
    *next = tables.line.len;
    if (len == 0 || len > (uint64_t)(r.end - r.at))
        return false;
    r.end = r.at + len;
    *next = (size_t)(r.end - tables.line.at);
    u->version = (unsigned)read_fixed(&r, 2);
    if (u->version < 4 || u->version > 5)
        return false;
    if (u->version == 5)
        skip(&r, 2); /* sizes of addresses and of segment selectors */
    header_len = read_offset(&r);
    u->program = r;
    skip(&u->program, header_len);
    u->min_length = (uint8_t)read_fixed(&r, 1);
    skip(&r, 2); /* operations per instruction, is_stmt */
    u->line_base = (int8_t)read_fixed(&r, 1);
    u->line_range = (uint8_t)read_fixed(&r, 1);
    u->opcode_base = (uint8_t)read_fixed(&r, 1);
    if (u->line_range == 0 || u->opcode_base == 0 || u->opcode_base > OPCODES_MAX)
        return false;
    for (unsigned i = 1; i < u->opcode_base; i++)
        u->operands[i] = (uint8_t)read_fixed(&r, 1);
    u->entries = r;
    return true;
}

/* Entry `wanted` of the list that `r` stands before (version 5); leaves r behind the list. */
static const char *entry_find(struct reader *r, uint64_t wanted, uint64_t *dir)
{
    uint64_t type[FORMATS_MAX] = {0}, form[FORMATS_MAX] = {0}, count;
    unsigned formats = (unsigned)read_fixed(r, 1);
    const char *found = NULL;

    if (formats > FORMATS_MAX)
        return NULL;
    for (unsigned i = 0; i < formats; i++) {
        type[i] = read_leb(r, false);
        form[i] = read_leb(r, false);
    }
    count = read_leb(r, false);
    for (uint64_t n = 0; n < count && r->at < r->end; n++) {
        for (unsigned i = 0; i < formats; i++) {
            const char *text = NULL;
            uint64_t number = 0;

            read_form(r, form[i], &text, &number);
            if (n == wanted && type[i] == CONTENT_PATH)
                found = text;
            else if (n == wanted && type[i] == CONTENT_DIRECTORY)
                *dir = number;
        }
    }
    return found;
}

/* The same in version 4: strings, counted from 1, to an empty one. */
static const char *entry_find_4(struct reader *r, uint64_t wanted, uint64_t *dir)
{
    const char *found = NULL;

    for (uint64_t n = 1; r->at < r->end && *r->at != 0; n++) {
        const char *name = read_string(r);
        uint64_t its_dir = dir ? read_leb(r, false) : 0;

        if (dir) {
            (void)read_leb(r, false);
            (void)read_leb(r, false);
        }
        if (n != wanted)
            continue;
        found = name;
        if (dir)
            *dir = its_dir;
    }
    skip(r, 1);
    return found;
}

static void place_name(const struct unit *u, uint64_t file, struct lines_place *out)
{
    struct reader dirs = u->entries, files;
    uint64_t dir = 0, unused;

    files = dirs;
    if (u->version == 5) {
        (void)entry_find(&files, UINT64_MAX, &unused);
        out->file = entry_find(&files, file, &dir);
        out->dir = entry_find(&dirs, dir, &unused);
    } else {
        (void)entry_find_4(&files, UINT64_MAX, NULL);
        out->file = entry_find_4(&files, file, &dir);
        out->dir = entry_find_4(&dirs, dir, NULL);
    }
}

/* ---- programs ---- */

enum step { STEP_NONE, STEP_ROW, STEP_END };

static void advance(const struct unit *u, struct row *row, uint64_t operations)
{
    row->addr += operations * u->min_length;
}

static enum step step_extended(struct reader *r, struct row *row)
{
    uint64_t len = read_leb(r, false);
    struct reader op = *r;
    uint8_t code;

    skip(r, len);
    op.end = r->at;
    code = (uint8_t)read_fixed(&op, 1);
    if (code == EXT_SET_ADDRESS)
        row->addr = read_fixed(&op, 8);
    return code == EXT_END_SEQUENCE ? STEP_END : STEP_NONE;
}

static enum step step_standard(const struct unit *u, struct reader *r, struct row *row,
                               uint8_t op)
{
    switch (op) {
    case OP_EXTENDED:
        return step_extended(r, row);
    case OP_COPY:
        return STEP_ROW;
    case OP_ADVANCE_PC:
        advance(u, row, read_leb(r, false));
        break;
    case OP_ADVANCE_LINE:
        row->line += (int64_t)read_leb(r, true);
        break;
    case OP_SET_FILE:
        row->file = read_leb(r, false);
        break;
    case OP_CONST_ADD_PC:
        advance(u, row, (255u - u->opcode_base) / u->line_range);
        break;
    case OP_FIXED_ADVANCE_PC:
        row->addr += read_fixed(r, 2);
        break;
    default:
        for (unsigned i = 0; i < u->operands[op]; i++)
            (void)read_leb(r, false);
    }
    return STEP_NONE;
}

/* One instruction of the line-number program. */
static enum step step(const struct unit *u, struct reader *r, struct row *row)
{
    uint8_t op = (uint8_t)read_fixed(r, 1);
    unsigned special;

    if (op < u->opcode_base)
        return step_standard(u, r, row, op);
    special = (unsigned)op - u->opcode_base;
    advance(u, row, special / u->line_range);
    row->line += u->line_base + (int)(special % u->line_range);
    return STEP_ROW;
}

static const struct row row_first = {.file = 1, .line = 1};

static void unit_index(const struct unit *u, size_t offset)
{
    struct reader r = u->program;
    struct row row = row_first;
    uint64_t start = 0;
    bool started = false;

    while (r.at < r.end && sequence_count < SEQUENCES_MAX) {
        enum step s = step(u, &r, &row);

        if (s != STEP_NONE && !started) {
            start = row.addr;
            started = true;
        }
        if (s != STEP_END)
            continue;
        if (start != 0 && row.addr > start)
            sequences[sequence_count++] = (struct sequence){start, row.addr, offset};
        row = row_first;
        started = false;
    }
}

void lines_index(const struct lines_sections *sections)
{
    struct unit u;
    size_t next;

    tables = *sections;
    for (size_t at = 0; at < tables.line.len; at = next) {
        if (unit_open(at, &u, &next))
            unit_index(&u, at);
    }
}

/* The last row at or before `addr` of the sequence that it lies in. */
static bool unit_find(const struct unit *u, uint64_t addr, struct lines_place *out)
{
    struct reader r = u->program;
    struct row row = row_first, last = row_first;
    bool have = false;

    while (r.at < r.end) {
        enum step s = step(u, &r, &row);

        if (s == STEP_NONE)
            continue;
        if (have && last.addr <= addr && addr < row.addr) {
            out->line = (unsigned)last.line;
            place_name(u, last.file, out);
            return true;
        }
        last = row;
        have = s == STEP_ROW;
        if (s == STEP_END)
            row = row_first;
    }
    return false;
}

bool lines_find(uint64_t addr, struct lines_place *out)
{
    struct unit u;
    size_t next;

    for (unsigned i = 0; i < sequence_count; i++) {
        if (addr < sequences[i].start || addr >= sequences[i].end)
            continue;
        return unit_open(sequences[i].unit, &u, &next) && unit_find(&u, addr, out);
    }
    return false;
}
