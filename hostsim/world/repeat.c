/* SPDX-License-Identifier: BSD-2-Clause */
/* How to repeat a run. */
#include "hostsim/world/repeat.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hostsim/hal/halt.h"
#include "hostsim/hal/machine.h"
#include "hostsim/world/input.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

void repeat_print(const char *args, unsigned long len)
{
    bool has_seed = false;

    fprintf(stderr, "cloudos: event %llu, point %llu, %llu ns; the same again:\n ",
            (unsigned long long)trace_count(), (unsigned long long)seeded_points(),
            (unsigned long long)seeded_now_ns());
    for (unsigned long at = 0; args && at < len; at += strlen(args + at) + 1) {
        const char *word = args + at;

        has_seed |= strncmp(word, "--seed", 6) == 0;
        if (strcmp(word, "--") == 0 && !has_seed) {
            fprintf(stderr, " --seed %llu", (unsigned long long)seeded_seed());
            has_seed = true;
        }
        fputc(' ', stderr);
        halt_print_word(word);
    }
    if (args && !has_seed)
        fprintf(stderr, " --seed %llu", (unsigned long long)seeded_seed());
    fprintf(stderr, "\n");
    if (input_is_live())
        fprintf(stderr, "cloudos: what was typed is in the trace, if there is one: add "
                        "--replay FILE\n");
}

_Noreturn void repeat_stuck(void)
{
    machine_stuck("every CPU waits, no timer is set and no input will come");
}
