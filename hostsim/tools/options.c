/* SPDX-License-Identifier: BSD-2-Clause */
/* Option tables: parsing, help, and suggestions for what was mistyped. */
#include "hostsim/tools/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX    32 /* longer words are not compared */
#define OPTIONS_MAX 32
#define HELP_COLUMN 26

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

/* Levenshtein distance: insertions, deletions and replacements between two short words. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t la = strlen(a), lb = strlen(b);

    if (la > WORD_MAX || lb > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= lb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned above = row[j];

            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[lb];
}

const char *options_nearest(const char *word, const char *const *names)
{
    const char *best = NULL;
    unsigned best_distance = (unsigned)strlen(word) / 3 + 2;

    for (; *names; names++) {
        unsigned d = edit_distance(word, *names);

        if (strncmp(word, *names, strlen(word)) == 0 && *word)
            d = 1; /* the beginning of a name */
        if (d < best_distance) {
            best_distance = d;
            best = *names;
        }
    }
    return best;
}

bool options_parse_size(const char *text, uint64_t *out)
{
    char *end;
    unsigned shift = 0;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, 10);
    if (end == text || *text == '-' || errno)
        return false;
    if (*end == 'k' || *end == 'K')
        shift = 10;
    else if (*end == 'm' || *end == 'M')
        shift = 20;
    else if (*end == 'g' || *end == 'G')
        shift = 30;
    if (shift)
        end++;
    if (shift && *end == 'i')
        end++;
    if (shift && *end == 'B')
        end++;
    if (*end || v > UINT64_MAX >> shift)
        return false;
    *out = (uint64_t)v << shift;
    return true;
}

static _Noreturn void usage_exit(const struct command *c)
{
    fprintf(stderr, "Try 'cloudos %s --help'.\n", c->name);
    exit(OPTIONS_EXIT_USAGE);
}

static const struct option *option_find(const struct command *c, const char *name,
                                        size_t len)
{
    for (const struct option *o = c->options; o->name; o++) {
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

static _Noreturn void option_unknown(const struct command *c, const char *arg, size_t len)
{
    const char *names[OPTIONS_MAX + 2];
    char word[WORD_MAX + 1];
    const char *near;
    size_t n = 0;

    for (const struct option *o = c->options; o->name && n < OPTIONS_MAX; o++)
        names[n++] = o->name;
    names[n++] = "help";
    names[n] = NULL;
    snprintf(word, sizeof(word), "%.*s", (int)len, arg);
    near = options_nearest(word, names);
    fprintf(stderr, "cloudos %s: unknown option '--%.*s'", c->name, (int)len, arg);
    if (near)
        fprintf(stderr, "; did you mean '--%s'?", near);
    fputc('\n', stderr);
    usage_exit(c);
}

/* Is `value` one of "a|b|c"? */
static bool choice_valid(const char *choices, const char *value)
{
    size_t len = strlen(value);

    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, value, len) == 0 && (at[len] == '|' || at[len] == '\0') && len)
            return true;
    }
    return false;
}

static _Noreturn void value_wrong(const struct command *c, const struct option *o,
                                  const char *value)
{
    fprintf(stderr, "cloudos %s: --%s: '%s' is not ", c->name, o->name, value);
    if (o->choices)
        fprintf(stderr, "one of %s\n", o->choices);
    else if (o->kind == OPTION_SIZE)
        fprintf(stderr, "a size from %llu to %llu MiB (such as 64M or 1G)\n",
                (unsigned long long)(o->min >> 20), (unsigned long long)(o->max >> 20));
    else
        fprintf(stderr, "a number from %llu to %llu\n", (unsigned long long)o->min,
                (unsigned long long)o->max);
    usage_exit(c);
}

static void option_set(const struct command *c, const struct option *o, const char *value)
{
    uint64_t number = 0;
    char *end;

    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)o->target = true;
        return;
    case OPTION_CHOICE:
    case OPTION_MAYBE:
        if (value && o->choices && !choice_valid(o->choices, value))
            value_wrong(c, o, value);
        *(const char **)o->target = value ? value : "";
        return;
    case OPTION_TEXT:
        *(const char **)o->target = value;
        return;
    case OPTION_SIZE:
        if (!options_parse_size(value, &number) || number < o->min || number > o->max)
            value_wrong(c, o, value);
        break;
    case OPTION_NUMBER:
        errno = 0;
        number = strtoull(value, &end, 10);
        if (end == value || *end || *value == '-' || errno || number < o->min ||
            number > o->max)
            value_wrong(c, o, value);
        break;
    }
    *(uint64_t *)o->target = number;
}

void options_help(const struct command *c)
{
    printf("Usage: cloudos %s [OPTION...] %s\n%s\n", c->name, c->arguments, c->summary);
    if (c->details)
        printf("\n%s", c->details);
    printf("\nOptions:\n");
    for (const struct option *o = c->options; o->name; o++) {
        const char *open = o->kind == OPTION_MAYBE ? "[=" : o->value_name ? " " : "";
        int n = printf("  --%s%s%s%s", o->name, open, o->value_name ? o->value_name : "",
                       o->kind == OPTION_MAYBE ? "]" : "");

        printf("%*s%s\n", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "", o->help);
    }
    printf("  --help%*sthis text\n", HELP_COLUMN - 8, "");
}

/* One option at argv[i]: the index of the next argument. */
static int option_take(const struct command *c, int argc, char **argv, int i)
{
    const char *name = argv[i] + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *o = option_find(c, name, len);

    if (!o)
        option_unknown(c, name, len);
    if (o->kind == OPTION_FLAG) {
        if (equals) {
            fprintf(stderr, "cloudos %s: --%s takes no value\n", c->name, o->name);
            usage_exit(c);
        }
        option_set(c, o, NULL);
        return i + 1;
    }
    if (equals || o->kind == OPTION_MAYBE) {
        option_set(c, o, equals ? equals + 1 : NULL);
        return i + 1;
    }
    if (i + 1 == argc) {
        fprintf(stderr, "cloudos %s: --%s needs a value: %s\n", c->name, o->name,
                o->value_name);
        usage_exit(c);
    }
    option_set(c, o, argv[i + 1]);
    return i + 2;
}

int options_parse(const struct command *c, int argc, char **argv)
{
    int i = 1;

    while (i < argc) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            options_help(c);
            exit(0);
        }
        if (argv[i][0] != '-' || argv[i][1] == '\0')
            return i;
        if (argv[i][1] != '-') {
            fprintf(stderr,
                    "cloudos %s: unknown option '%s': options begin with two dashes\n",
                    c->name, argv[i]);
            usage_exit(c);
        }
        i = option_take(c, argc, argv, i);
    }
    return i;
}
