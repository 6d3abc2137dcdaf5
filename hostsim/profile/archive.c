/* SPDX-License-Identifier: BSD-2-Clause */
/* newc: a header of 110 characters, the name, the data, each padded to four bytes. */
#include "hostsim/profile/archive.h"

#include <stdbool.h>
#include <string.h>

#define HEADER_BYTES   110u
#define FIELD_INO      0u
#define FIELD_MODE     1u
#define FIELD_FILESIZE 6u
#define FIELD_NAMESIZE 11u
#define S_TYPE         0170000u
#define S_REGULAR      0100000u

struct entry {
    uint64_t ino, mode;
    const char *name;
    const uint8_t *data;
    uint64_t size;
    size_t next; /* where the next header is */
};

static bool field(const uint8_t *header, unsigned i, uint64_t *out)
{
    const uint8_t *at = header + 6 + 8 * i;

    *out = 0;
    for (unsigned k = 0; k < 8; k++) {
        unsigned c = at[k] | 0x20u;

        if (c >= '0' && c <= '9')
            *out = *out << 4 | (c - '0');
        else if (c >= 'a' && c <= 'f')
            *out = *out << 4 | (c - 'a' + 10);
        else
            return false;
    }
    return true;
}

static bool entry_at(const uint8_t *archive, size_t len, size_t at, struct entry *e)
{
    uint64_t name_len, data_at;

    if (at > len || len - at < HEADER_BYTES || memcmp(archive + at, "07070", 5) != 0)
        return false;
    if (!field(archive + at, FIELD_INO, &e->ino) ||
        !field(archive + at, FIELD_MODE, &e->mode) ||
        !field(archive + at, FIELD_FILESIZE, &e->size) ||
        !field(archive + at, FIELD_NAMESIZE, &name_len))
        return false;
    data_at = (at + HEADER_BYTES + name_len + 3) & ~(uint64_t)3;
    if (name_len == 0 || data_at > len || e->size > len - data_at ||
        archive[at + HEADER_BYTES + name_len - 1] != '\0')
        return false;
    e->name = (const char *)archive + at + HEADER_BYTES;
    e->data = archive + data_at;
    e->next = (size_t)((data_at + e->size + 3) & ~(uint64_t)3);
    return true;
}

/* The entry of a hard link that carries the data. */
static bool link_find(const uint8_t *archive, size_t len, struct entry *e)
{
    uint64_t ino = e->ino;

    for (size_t at = 0; entry_at(archive, len, at, e); at = e->next) {
        if (e->ino == ino && e->size && (e->mode & S_TYPE) == S_REGULAR)
            return true;
    }
    return false;
}

const uint8_t *archive_find(const uint8_t *archive, size_t len, const char *path,
                            size_t *file_len)
{
    struct entry e;

    for (size_t at = 0; entry_at(archive, len, at, &e); at = e.next) {
        const char *name = e.name;

        while (*name == '.' && name[1] == '/')
            name += 2;
        name += *name == '/';
        if ((e.mode & S_TYPE) != S_REGULAR || *path != '/' || strcmp(name, path + 1) != 0)
            continue;
        if (e.size == 0 && !link_find(archive, len, &e))
            return NULL;
        *file_len = (size_t)e.size;
        return e.data;
    }
    return NULL;
}
