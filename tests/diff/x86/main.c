/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_diff [--seed S] [--cases N] [--case N] [--group TABLE] [--only NAME] [--stop N] [--canary]
 *
 * Exit status 0: no difference.  --canary changes one outcome in a thousand on purpose, to show
 * that differences are seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diff.h"

#define STOP_DEFAULT 5

struct options {
    uint64_t seed, cases, first, stop;
    bool one, canary;
    const char *only, *group;
    char repeat[256];
};

static uint64_t number(const char *s)
{
    char *end;
    uint64_t v = s ? strtoull(s, &end, 0) : 0;

    if (!s || *s == '\0' || *end != '\0') {
        fprintf(stderr, "sim_diff: not a number: %s\n", s ? s : "(nothing)");
        exit(2);
    }
    return v;
}

static void parse(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--canary")) {
            o->canary = true;
            continue;
        }
        if (!strcmp(argv[i], "--seed")) {
            o->seed = number(value);
        } else if (!strcmp(argv[i], "--cases")) {
            o->cases = number(value);
        } else if (!strcmp(argv[i], "--stop")) {
            o->stop = number(value);
        } else if (!strcmp(argv[i], "--case")) {
            o->first = number(value);
            o->cases = 1;
            o->one = true;
        } else if (!strcmp(argv[i], "--only") && value) {
            o->only = value;
        } else if (!strcmp(argv[i], "--group") && value) {
            o->group = value;
        } else {
            fprintf(stderr, "sim_diff: what is %s?\n", argv[i]);
            exit(2);
        }
        i++;
    }
}

/* Number of differences in one batch. */
static uint64_t run_batch(struct diff_batch *batch, const struct options *o,
                          uint64_t first)
{
    static struct diff_outcome interp[DIFF_BATCH];
    uint64_t found = 0;

    for (uint32_t i = 0; i < batch->count; i++)
        diff_gen(&batch->cases[i], o->seed, first + i);
    native_submit();
    for (uint32_t i = 0; i < batch->count; i++)
        interp_run(&batch->cases[i], &interp[i]);
    if (!native_wait()) {
        fprintf(stderr, "sim_diff: the native side is gone; --seed %llu --case %llu\n",
                (unsigned long long)o->seed, (unsigned long long)first + batch->running);
        exit(2);
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        const char *what;

        if (o->canary && (first + i) % 1000 == 999)
            interp[i].state.gpr[first % 16] ^= 1;
        what = diff_compare(&batch->cases[i], &batch->native[i], &interp[i]);
        if (what || o->one)
            diff_report(&batch->cases[i], &batch->native[i], &interp[i], what, o->repeat);
        found += what != NULL;
        if (found >= o->stop)
            break;
    }
    return found;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct options o = {
        .seed = 1, .cases = 20000, .stop = STOP_DEFAULT, .only = "", .group = ""};
    struct diff_batch *batch;
    uint64_t done = 0, found = 0;
    double start;

    parse(argc, argv, &o);
    snprintf(o.repeat, sizeof(o.repeat), "--seed %llu%s%s%s%s",
             (unsigned long long)o.seed, *o.group ? " --group " : "", o.group,
             *o.only ? " --only " : "", o.only);
    if (!diff_gen_select(o.group, o.only)) {
        fprintf(stderr, "sim_diff: there are no such instructions\n");
        return 2;
    }
    if (!native_start(&batch)) {
        fprintf(stderr, "sim_diff: the native side does not start\n");
        return 2;
    }
    interp_start();
    start = seconds();
    while (done < o.cases && found < o.stop) {
        uint64_t n = o.cases - done;

        batch->count = n < DIFF_BATCH ? (uint32_t)n : DIFF_BATCH;
        found += run_batch(batch, &o, o.first + done);
        done += batch->count;
    }
    printf("%llu cases, seed %llu: %llu differences; %.0f cases/s\n",
           (unsigned long long)done, (unsigned long long)o.seed,
           (unsigned long long)found, (double)done / (seconds() - start));
    interp_stop();
    native_stop();
    return found != 0;
}
