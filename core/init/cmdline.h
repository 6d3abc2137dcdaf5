/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel command line, parsed once: docs/design/cmdline.md has the syntax.
 *
 * Owner:   init; the words live as long as the kernel.
 * Context: boot, CPU 0.
 * Locking: none; constant after boot.
 * Errors:  -E2BIG (more than CMDLINE_WORDS_MAX words), -EINVAL (open quote, bad value) with
 *          the reason logged, -ENOMEM.
 */
#ifndef CLOUDOS_INIT_CMDLINE_H
#define CLOUDOS_INIT_CMDLINE_H

#include "lib/base.h"
#include "syscall/strace.h"

#define CMDLINE_WORDS_MAX 1024

struct cmdline {
    int log_level;     /* 0..7 */
    uint64_t slice_ns; /* 0: the scheduler's default */
    bool strace, no_patch, report;
    struct strace_config strace_config;
    const char *stats;    /* its format, or NULL */
    const char *init;     /* program to run as process 1, or NULL */
    const char *hostname; /* or NULL */
    const char **argv;    /* the first program's, NULL-terminated; NULL: none was given */
    const char **envp;    /* NULL-terminated, unknown NAME=VALUE words */
    unsigned argc, envc;
};

/* Split `text` into words, in place: their number, or -E2BIG, -EINVAL. */
MUST_CHECK int cmdline_split(char *text, char **words, unsigned max);
MUST_CHECK int cmdline_parse(const char *text, struct cmdline *out);

#endif /* CLOUDOS_INIT_CMDLINE_H */
