/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking and passing on what is to be watched. */
#include "hostsim/tools/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/profile/profile.h"
#include "hostsim/tools/options.h"
#include "syscall/strace_filter.h"

/* Not in step with timers.  Virtual time costs nothing to look at, and runs are shorter. */
#define PROFILE_HZ_THREADS 997
#define PROFILE_HZ_SEEDED  10007

#define NAMES_MAX (SYSCALL_NR_MAX + 32)

/* The call or class that was probably meant, or NULL. */
static const char *call_near(const char *word)
{
    const char *names[NAMES_MAX + 1];
    size_t n = 0;

    for (unsigned i = 0; strace_filter_class(i) && n < NAMES_MAX; i++)
        names[n++] = strace_filter_class(i);
    for (uint64_t nr = 0; nr < SYSCALL_NR_MAX && n < NAMES_MAX; nr++) {
        const struct syscall_desc *d = syscall_describe(nr);

        if (d)
            names[n++] = d->name;
    }
    names[n] = NULL;
    return options_nearest(word, names);
}

static bool calls_check(const char *calls)
{
    struct strace_filter filter;
    const char *bad, *near;
    char word[64];
    size_t len;

    if (!strace_filter_parse(calls, &filter, &bad, &len))
        return true;
    snprintf(word, sizeof(word), "%.*s", (int)len, bad);
    fprintf(stderr, "cloudos run: --strace: there is no call '%s'", word);
    near = call_near(word);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fputs("\nTry 'cloudos run --help'.\n", stderr);
    return false;
}

bool watch_settle(struct watch *w, bool seeded)
{
    if (w->profile_hz && !w->profile) {
        fprintf(stderr, "cloudos run: --profile-rate belongs to --profile FILE\n");
        return false;
    }
    if (!w->profile_hz)
        w->profile_hz = seeded ? PROFILE_HZ_SEEDED : PROFILE_HZ_THREADS;
    if (w->calls && *w->calls && !calls_check(w->calls))
        return false;
    if (w->of && !*w->of) {
        fprintf(stderr, "cloudos run: --strace-of: say a process number or a program\n");
        return false;
    }
    return true;
}

static bool create(const char *option, const char *path, int *fd)
{
    if (!path)
        return true;
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0666);
    if (*fd >= 0)
        return true;
    fprintf(stderr, "cloudos run: --%s: cannot create %s: %s\n", option, path,
            strerror(errno));
    return false;
}

bool watch_open(const struct watch *w, struct machine_config *config)
{
    config->probe = w->profile ? &profile_probe : NULL;
    config->profile_hz = (unsigned)w->profile_hz;
    return create("strace-output", w->strace_output,
                  &config->streams[HAL_STREAM_STRACE]) &&
           create("stats-output", w->stats_output, &config->streams[HAL_STREAM_STATS]) &&
           create("profile", w->profile, &config->profile_fd);
}

static void add_value(void (*add)(void *arg, const char *word), void *arg,
                      const char *name, const char *value)
{
    size_t size = strlen(name) + (value ? strlen(value) : 0) + 2;
    char *word = value ? malloc(size) : NULL;

    if (!word)
        return;
    snprintf(word, size, "%s%s%s", name, *value ? "=" : "", value);
    add(arg, word);
    free(word);
}

void watch_words(const struct watch *w, void (*add)(void *arg, const char *word),
                 void *arg)
{
    add_value(add, arg, "strace", w->calls ? w->calls : w->strace_output ? "" : NULL);
    add_value(add, arg, "strace-of", w->of);
    add_value(add, arg, "strace-stamp", w->stamp);
    add_value(add, arg, "strace-times", w->times ? "" : NULL);
    add_value(add, arg, "stats", w->stats ? w->stats : w->stats_output ? "" : NULL);
}
