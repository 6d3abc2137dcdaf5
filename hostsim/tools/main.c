/* SPDX-License-Identifier: BSD-2-Clause */
/* cloudos COMMAND [OPTION...]: the kernel as a Linux process, and its helpers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/tools/commands.h"

static const struct command *const commands[] = {&command_run, &command_trace,
                                                 &command_mkinitrd};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
    fprintf(to, "Usage: cloudos COMMAND [OPTION...]\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-12s%s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "  %-12s%s\n\n'cloudos COMMAND --help' explains one.\n", "help",
            "this text");
}

static int unknown(const char *word)
{
    const char *names[COMMAND_COUNT + 2];
    const char *near;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    names[COMMAND_COUNT] = "help";
    names[COMMAND_COUNT + 1] = NULL;
    near = options_nearest(word, names);
    fprintf(stderr, "cloudos: unknown command '%s'", word);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, "\nTry 'cloudos help'.\n");
    return OPTIONS_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return OPTIONS_EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    }
    return unknown(argv[1]);
}
