/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel command line: words, then parameters. */
#include "init/cmdline.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "trace/log.h"

#define LOG_LEVEL_DEFAULT 4
#define LOG_LEVEL_QUIET   1

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Unquote the word that starts at *from into *to; leaves *from behind it.  -EINVAL if a
 * quote or a backslash has no end. */
static int word_take(char **from, char **to)
{
    char *in = *from, *out = *to;
    bool quoted = false;

    for (; *in && (quoted || !is_space(*in)); in++) {
        if (*in == '"') {
            quoted = !quoted;
            continue;
        }
        if (*in == '\\' && *++in == '\0')
            return -EINVAL;
        *out++ = *in;
    }
    if (quoted)
        return -EINVAL;
    if (*in)
        in++;
    *out++ = '\0';
    *from = in;
    *to = out;
    return 0;
}

int cmdline_split(char *text, char **words, unsigned max)
{
    char *in = text, *out = text;
    unsigned n = 0;

    for (;;) {
        int err;

        while (is_space(*in))
            in++;
        if (*in == '\0')
            return (int)n;
        if (n == max)
            return -E2BIG;
        words[n++] = out;
        err = word_take(&in, &out);
        if (err)
            return err;
    }
}

static int number_parse(const char *word, const char *value, uint64_t max, uint64_t *out)
{
    if (str_to_u64(value, strlen(value), 10, out) || *out > max) {
        log_emerg("init", "command line: %s: expected a number from 0 to %llu", word,
                  (unsigned long long)max);
        return -EINVAL;
    }
    return 0;
}

/* If `word` is "name=value", the value, else NULL. */
static const char *value_of(const char *word, const char *name)
{
    size_t len = strlen(name);

    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

/* strace, strace=CALLS, strace-times, ...: false if `word` is none of them. */
static bool strace_apply(const char *word, struct cmdline *c)
{
    struct strace_config *s = &c->strace_config;
    const char *value;

    if ((value = value_of(word, "strace")))
        s->calls = value;
    else if ((value = value_of(word, "strace-of")))
        s->of = value;
    else if ((value = value_of(word, "strace-stamp")))
        s->stamp = value;
    else if (str_eq(word, "strace-times"))
        s->times = true;
    else if (!str_eq(word, "strace"))
        return false;
    c->strace = true;
    return true;
}

static int word_apply(char *word, struct cmdline *c)
{
    const char *value;
    uint64_t n = 0;
    int err = 0;

    if (str_eq(word, "quiet")) {
        c->log_level = LOG_LEVEL_QUIET;
    } else if (strace_apply(word, c)) {
    } else if (str_eq(word, "nopatch")) {
        c->no_patch = true;
    } else if (str_eq(word, "stats")) {
        c->stats = "text";
    } else if ((value = value_of(word, "stats"))) {
        c->stats = value;
    } else if (str_eq(word, "report")) {
        c->report = true;
    } else if ((value = value_of(word, "loglevel"))) {
        err = number_parse(word, value, 7, &n);
        c->log_level = (int)n;
    } else if ((value = value_of(word, "slice"))) {
        err = number_parse(word, value, 1000000, &n);
        c->slice_ns = n * 1000;
    } else if ((value = value_of(word, "init")) || (value = value_of(word, "rdinit"))) {
        c->init = value;
    } else if ((value = value_of(word, "hostname"))) {
        c->hostname = value;
    } else if (strchr(word, '=')) {
        c->envp[c->envc++] = word;
    } else {
        log_warn("init", "command line: unknown parameter '%s' ignored", word);
    }
    return err;
}

int cmdline_parse(const char *text, struct cmdline *out)
{
    char **words = kcalloc(CMDLINE_WORDS_MAX + 1, sizeof(*words));
    char *copy = kstrdup(text);
    int count, err = 0, i;

    *out = (struct cmdline){.log_level = LOG_LEVEL_DEFAULT};
    out->envp = kcalloc(CMDLINE_WORDS_MAX + 1, sizeof(*out->envp));
    if (!words || !copy || !out->envp)
        return -ENOMEM;
    count = cmdline_split(copy, words, CMDLINE_WORDS_MAX);
    if (count < 0) {
        log_emerg("init", "command line: %s",
                  count == -E2BIG ? "too many words" : "a quote or backslash has no end");
        return count;
    }
    for (i = 0; i < count && !str_eq(words[i], "--") && !err; i++)
        err = word_apply(words[i], out);
    if (i + 1 < count && !err) {
        out->argv = (const char **)&words[i + 1];
        out->argc = (unsigned)(count - i - 1);
    }
    return err;
}
