/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long options from a table: parsing, --help, and the nearest name for a mistyped one.
 *
 * Owner:   hostsim/tools.
 * Context: the main thread.
 * Locking: none.
 * Errors:  a message on standard error and exit status 2, as GNU programs do.
 */
#ifndef CLOUDOS_HOSTSIM_TOOLS_OPTIONS_H
#define CLOUDOS_HOSTSIM_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_EXIT_USAGE 2

enum option_kind {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_NUMBER, /* uint64_t within [min, max] */
    OPTION_SIZE,   /* uint64_t bytes with a suffix K, M, G, within [min, max] */
    OPTION_CHOICE, /* const char *, one of `choices` */
    OPTION_MAYBE, /* const char *: "" alone, the text behind '=', which `choices` may limit */
};

struct option {
    const char *name; /* without the dashes */
    const char *value_name;
    const char *help;
    enum option_kind kind;
    void *target;
    uint64_t min, max;
    const char *choices; /* "a|b|c" */
};

struct command {
    const char *name;
    const char *arguments;        /* for the usage line */
    const char *summary;          /* one line */
    const char *details;          /* more lines, or NULL */
    const struct option *options; /* ends with a NULL name */
    int (*run)(const struct command *c, int argc, char **argv);
};

/* Parse argv[1..] up to the first argument that is no option, or past "--": the index of the
 * first operand.  Handles --help.  `program` precedes the command in messages. */
int options_parse(const struct command *c, int argc, char **argv);

/* The name of `names` (NULL-terminated) nearest to `word`, or NULL if none is near. */
const char *options_nearest(const char *word, const char *const *names);

/* "16M" -> 16777216.  False if it is not a size. */
bool options_parse_size(const char *text, uint64_t *out);

void options_help(const struct command *c);

#endif /* CLOUDOS_HOSTSIM_TOOLS_OPTIONS_H */
