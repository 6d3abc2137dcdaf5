/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `cloudos trace` makes of a trace: lines, a comparison, and other programs' formats.
 *
 * Owner:   hostsim/tools.
 * Context: the main thread.
 * Locking: none.
 * Errors:  each function that reads to the end returns the exit status: 0, or 1 with a message
 *          if the file is damaged or the output cannot be written.
 */
#ifndef CLOUDOS_HOSTSIM_TOOLS_TRACE_TEXT_H
#define CLOUDOS_HOSTSIM_TOOLS_TRACE_TEXT_H

#include <stdio.h>

#include "hostsim/world/trace_read.h"

/* Which events `show` prints. */
struct trace_filter {
    uint64_t from, to; /* numbers, both included */
    const char *only;  /* events whose name begins so; NULL: all */
};

/* One line, without its end. */
void trace_text_record(FILE *to, const struct trace_record *r);
int trace_show(struct trace_file *f, const struct trace_filter *filter, FILE *to);
int trace_show_hash(struct trace_file *f, FILE *to);

/* 0: the same; 1: they part, and where is printed; 2: one is damaged. */
int trace_diff(struct trace_file *a, struct trace_file *b, FILE *to);

/* The Trace Event Format that Chrome and Perfetto read: a lane for each CPU with the threads
 * that run on it, and one for each thread with its system calls. */
int trace_json(struct trace_file *f, FILE *to);

/* CTF 1.8 into the directory `dir`, which is created: "metadata" and a stream for each CPU. */
int trace_ctf(struct trace_file *f, const char *dir);

/* Say on standard error what is wrong with the file, if anything is: the exit status. */
int trace_complain(const struct trace_file *f);

/* Up to 16 characters of text from two arguments of type 's'. */
void trace_text_name(const uint64_t args[2], char out[17]);

/* ---- trace_names.c ---- */

/* The system call of that number, or NULL. */
const char *trace_call_name(uint64_t nr);

#endif /* CLOUDOS_HOSTSIM_TOOLS_TRACE_TEXT_H */
