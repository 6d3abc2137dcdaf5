/* SPDX-License-Identifier: BSD-2-Clause */
/* From an encoding to its row. */
#include "hostsim/user/sim/row.h"

#include "hostsim/user/sim/tables.h"

#define MAPS     2
#define PREFIXES 4
#define MODS     2 /* register and memory form */
#define EXTS     8
#define ROWS_MAX 2048u

#define SIM_TABLE_ADDRESS(name) &sim_table_##name,
static const struct sim_table *const tables[] = {SIM_TABLES(SIM_TABLE_ADDRESS) NULL};

/* Rows by number; 0 is none.  Rows for one slot that differ in ModRM.rm are chained. */
static const struct sim_row *rows[ROWS_MAX];
static uint16_t slots[MAPS][PREFIXES][256][MODS][EXTS];
static struct {
    uint16_t row, next;
} chains[ROWS_MAX * 24];
static unsigned chains_used = 1;

static bool chain_clashes(unsigned at, const struct sim_row *row)
{
    for (; at != 0; at = chains[at].next) {
        const struct sim_row *other = rows[chains[at].row];

        if (other->rm == row->rm)
            return true;
    }
    return false;
}

/* Rows that name their rm come before the one for any. */
static bool slot_add(uint16_t *slot, const struct sim_row *row, unsigned number)
{
    if (chain_clashes(*slot, row) || chains_used == sizeof(chains) / sizeof(chains[0]))
        return false;
    while (*slot != 0 && row->rm == SIM_ANY)
        slot = &chains[*slot].next;
    chains[chains_used].row = (uint16_t)number;
    chains[chains_used].next = *slot;
    *slot = (uint16_t)chains_used++;
    return true;
}

static bool opcode_add(const struct sim_row *row, unsigned number, uint8_t opcode)
{
    for (unsigned prefix = 0; prefix < PREFIXES; prefix++) {
        if (row->prefix != SIM_ANYP && row->prefix != prefix)
            continue;
        for (unsigned n = 0; n < MODS * EXTS; n++) {
            bool is_mem = n / EXTS;
            unsigned ext = n % EXTS;

            if ((row->ext != SIM_ANY && row->ext != ext) || (is_mem && !row->mem) ||
                (!is_mem && !row->reg))
                continue;
            if (!slot_add(&slots[row->map][prefix][opcode][is_mem][ext], row, number))
                return false;
        }
    }
    return true;
}

bool sim_rows_index(const char **why)
{
    unsigned number = 1;

    if (rows[1])
        return true;
    for (const struct sim_table *const *t = tables; *t; t++) {
        for (size_t i = 0; i < (*t)->count; i++, number++) {
            const struct sim_row *row = &(*t)->rows[i];

            *why = row->name;
            if (number == ROWS_MAX)
                return false;
            rows[number] = row;
            for (unsigned n = 0; n < row->count; n++) {
                if (!opcode_add(row, number, (uint8_t)(row->opcode + n)))
                    return false;
            }
        }
    }
    return true;
}

const struct sim_row *sim_row_find(enum sim_map map, uint8_t opcode,
                                   enum sim_prefix prefix, uint8_t modrm)
{
    bool is_mem = modrm < 0xc0;
    unsigned at = slots[map][prefix][opcode][is_mem][modrm >> 3 & 7];

    for (; at != 0; at = chains[at].next) {
        const struct sim_row *row = rows[chains[at].row];

        if (row->rm == SIM_ANY || row->rm == (modrm & 7))
            return row;
    }
    return NULL;
}

bool sim_row_has_modrm(enum sim_map map, uint8_t opcode, enum sim_prefix prefix)
{
    for (unsigned n = 0; n < MODS * EXTS; n++) {
        unsigned at = slots[map][prefix][opcode][n / EXTS][n % EXTS];

        if (at != 0)
            return rows[chains[at].row]->form & SIM_MODRM;
    }
    return false;
}
