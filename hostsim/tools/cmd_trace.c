/* SPDX-License-Identifier: BSD-2-Clause */
/* cloudos trace: look at the record of a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/tools/commands.h"
#include "hostsim/tools/trace_text.h"

#define TROUBLE 2 /* as diff(1) and cmp(1) have it */

static struct trace_filter filter = {.to = UINT64_MAX};

static const struct option options[] = {
    {"from", "N", "show: the first event", OPTION_NUMBER, &filter.from, 0, UINT64_MAX,
     NULL},
    {"to", "N", "show: the last event", OPTION_NUMBER, &filter.to, 0, UINT64_MAX, NULL},
    {"only", "NAME", "show: events whose name begins so", OPTION_TEXT, &filter.only, 0, 0,
     NULL},
    {0},
};

static const struct {
    const char *name;
    int operands; /* files behind it */
} actions[] = {{"show", 1}, {"hash", 1}, {"diff", 2}, {"json", 1}, {"ctf", 2}};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int usage(const char *what, const char *word)
{
    fprintf(stderr, "cloudos trace: %s%s%s\nTry 'cloudos trace --help'.\n", what,
            word ? " " : "", word ? word : "");
    return OPTIONS_EXIT_USAGE;
}

static int act(const char *name, struct trace_file *f, const char *second)
{
    if (strcmp(name, "show") == 0)
        return trace_show(f, &filter, stdout);
    if (strcmp(name, "hash") == 0)
        return trace_show_hash(f, stdout);
    if (strcmp(name, "json") == 0)
        return trace_json(f, stdout);
    return trace_ctf(f, second);
}

static int act_diff(struct trace_file *f, const char *second)
{
    static struct trace_file other;
    int status = TROUBLE;

    if (trace_open(&other, second))
        status = trace_diff(f, &other, stdout);
    else
        trace_complain(&other);
    trace_close(&other);
    return status;
}

static int run_action(const char *name, char **operands)
{
    static struct trace_file f;
    bool diff = strcmp(name, "diff") == 0;
    int status;

    if (!trace_open(&f, operands[0])) {
        trace_complain(&f);
        status = diff ? TROUBLE : 1;
    } else {
        status = diff ? act_diff(&f, operands[1]) : act(name, &f, operands[1]);
    }
    trace_close(&f);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "cloudos trace: cannot write: %s\n", strerror(errno));
        return diff ? TROUBLE : 1;
    }
    return status;
}

static int run(const struct command *self, int argc, char **argv)
{
    int first = options_parse(self, argc, argv), files;

    if (first == argc)
        return usage("say what to do with the trace", NULL);
    files = first + options_parse(self, argc - first, argv + first);
    for (size_t i = 0; i < ACTIONS; i++) {
        if (strcmp(actions[i].name, argv[first]) != 0)
            continue;
        if (argc - files != actions[i].operands)
            return usage("wrong number of files for", actions[i].name);
        return run_action(actions[i].name, argv + files);
    }
    return usage("there is no action", argv[first]);
}

const struct command command_trace = {
    .name = "trace",
    .arguments = "show|hash|json FILE, diff FILE FILE, ctf FILE DIR",
    .summary = "look at the record that 'cloudos run --trace FILE' has written",
    .details =
        "show   a line for each event\n"
        "hash   the hash of all events, after checking the file\n"
        "diff   the first event at which two runs part; status 0: none, 1: that, 2: trouble\n"
        "json   for Perfetto (ui.perfetto.dev) and chrome://tracing: lanes for CPUs and "
        "threads\n"
        "ctf    Common Trace Format, for babeltrace2 and Trace Compass, into a directory\n",
    .options = options,
    .run = run,
};
