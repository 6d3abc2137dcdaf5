/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash tables over memory that costs nothing until it is used. */
#include "hostsim/profile/table.h"

#include <string.h>
#include <sys/mman.h>

#define STACKS     (1u << 16) /* slots; at most three quarters are used */
#define WORDS      (1u << 22)
#define NAMES      (FRAME_IMAGE_MASK + 1)
#define HASH_START UINT64_C(0xcbf29ce484222325)

static void *reserve(size_t len)
{
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

bool table_create(struct table *t)
{
    t->stacks = reserve(STACKS * sizeof(*t->stacks));
    t->words = reserve(WORDS * sizeof(*t->words));
    t->names = reserve((size_t)NAMES * TABLE_NAME_MAX);
    t->name_count = 1;
    return t->stacks && t->words && t->names;
}

/* FNV-1a, a word at a time. */
static uint64_t hash_words(const uint64_t *words, size_t len)
{
    uint64_t h = HASH_START;

    for (size_t i = 0; i < len; i++)
        h = (h ^ words[i] ^ words[i] >> 29) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

/* There are some dozens of them: looked for from the first on. */
uint32_t table_name(struct table *t, const char *name)
{
    char text[TABLE_NAME_MAX] = {0};

    strncpy(text, name, sizeof(text) - 1);
    for (uint32_t i = 1; i < t->name_count; i++) {
        if (strcmp(t->names[i], text) == 0)
            return i;
    }
    if (t->name_count == NAMES)
        return 0;
    memcpy(t->names[t->name_count], text, sizeof(text));
    return t->name_count++;
}

static bool stack_is(const struct table *t, const struct table_stack *s, uint64_t hash,
                     const uint64_t *words, size_t len)
{
    return s->hash == hash && s->len == len &&
           memcmp(t->words + s->first, words, len * sizeof(*words)) == 0;
}

void table_add(struct table *t, const uint64_t *words, size_t len, uint64_t count)
{
    uint64_t hash = hash_words(words, len);
    struct table_stack *s = NULL;

    for (uint32_t i = 0; i < STACKS / 4; i++) {
        s = &t->stacks[(hash + i) % STACKS];
        if (s->len == 0 || stack_is(t, s, hash, words, len))
            break;
        s = NULL;
    }
    if (!s || (s->len == 0 && t->word_count + len > WORDS)) {
        t->lost += count;
        return;
    }
    if (s->len == 0) {
        *s = (struct table_stack){
            .hash = hash, .first = t->word_count, .len = (uint32_t)len};
        memcpy(t->words + t->word_count, words, len * sizeof(*words));
        t->word_count += (uint32_t)len;
    }
    s->count += count;
    t->samples += count;
}

const struct table_stack *table_next(const struct table *t, size_t *at)
{
    while (*at < STACKS) {
        const struct table_stack *s = &t->stacks[(*at)++];

        if (s->len)
            return s;
    }
    return NULL;
}
