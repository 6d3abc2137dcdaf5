/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the record of a run. */
#include "hostsim/world/trace_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct trace_file *f, const char *what)
{
    if (f->error[0] == '\0')
        snprintf(f->error, sizeof(f->error), "%s", what);
    return false;
}

/* ---- head ---- */

/* A word of at most TRACE_NAME_BYTES - 1 characters; what is behind it. */
static const char *word_take(const char *at, char *out)
{
    size_t len = strcspn(at, " ");

    snprintf(out, TRACE_NAME_BYTES, "%.*s", (int)(len < 1000 ? len : 1000), at);
    return at + len + strspn(at + len, " ");
}

/* "ID NAME ARG..." */
static bool event_take(struct trace_file *f, const char *line)
{
    char *end;
    unsigned long id = strtoul(line, &end, 10);
    struct trace_event_type *e;
    const char *at;

    if (end == line || *end != ' ' || id == 0 || id >= TRACE_EVENTS_MAX)
        return fail(f, "an event of the head has no number");
    e = &f->events[id];
    at = word_take(end + 1, e->name);
    for (e->args = 0; *at; e->args++) {
        struct trace_arg *arg;
        char *colon;

        if (e->args == TRACE_ARGS_MAX)
            return fail(f, "an event of the head has too many arguments");
        arg = &e->arg[e->args];
        at = word_take(at, arg->name);
        colon = strchr(arg->name, ':');
        arg->type = colon && colon[1] ? colon[1] : 'u';
        if (colon)
            *colon = '\0';
    }
    return true;
}

static bool head_take(struct trace_file *f)
{
    const uint8_t *end = memmem(f->data, f->len, "\n\n", 2);
    char *text, *line, *rest, *to;
    bool good = true;

    if (f->len < sizeof(TRACE_MAGIC) ||
        memcmp(f->data, TRACE_MAGIC "\n", sizeof(TRACE_MAGIC)))
        return fail(f, "not a trace, or of another version");
    if (!end)
        return fail(f, "the head is cut off");
    f->at = (size_t)(end - f->data) + 2;
    text = strndup((const char *)f->data, f->at - 1);
    f->head = calloc(1, f->at);
    if (!text || !f->head) {
        free(text);
        return fail(f, "no memory");
    }
    to = f->head;
    strtok_r(text, "\n", &rest);
    while (good && (line = strtok_r(NULL, "\n", &rest))) {
        if (strncmp(line, "event ", 6) == 0)
            good = event_take(f, line + 6);
        else
            to += sprintf(to, "%s\n", line);
    }
    free(text);
    return good;
}

bool trace_head_get(const struct trace_file *f, const char *key, char *out, size_t size)
{
    size_t len = strlen(key);

    for (const char *line = f->head; line && *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, key, len) == 0 && line[len] == ' ') {
            snprintf(out, size, "%.*s", (int)(strcspn(line, "\n") - len - 1),
                     line + len + 1);
            return true;
        }
    }
    return false;
}

bool trace_open(struct trace_file *f, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *data;

    memset(f, 0, sizeof(*f));
    f->path = path;
    f->hash = TRACE_HASH_START;
    if (fd < 0 || fstat(fd, &st)) {
        if (fd >= 0)
            close(fd);
        return fail(f, strerror(errno));
    }
    if (!S_ISREG(st.st_mode) || st.st_size == 0) {
        close(fd);
        return fail(f,
                    st.st_size ? "not a regular file" : "not a trace: the file is empty");
    }
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        return fail(f, strerror(errno));
    f->data = data;
    f->len = (size_t)st.st_size;
    return head_take(f);
}

void trace_close(struct trace_file *f)
{
    if (f->data)
        munmap(f->data, f->len);
    free(f->head);
    f->data = NULL;
    f->head = NULL;
}

/* ---- records ---- */

static bool varint(struct trace_file *f, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned shift = 0; f->at < f->len && shift < 64; shift += 7) {
        uint8_t b = f->data[f->at++];

        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *out = v;
            return true;
        }
    }
    return fail(f, f->at == f->len ? "cut off inside a record" : "a number is too long");
}

static bool end_take(struct trace_file *f)
{
    uint64_t count, hash;

    if (f->len - f->at != TRACE_END_BYTES)
        return fail(f, f->len - f->at < TRACE_END_BYTES
                           ? "the end is cut off"
                           : "there is something after the end");
    memcpy(&count, f->data + f->at + 1, sizeof(count));
    memcpy(&hash, f->data + f->at + 9, sizeof(hash));
    if (count != f->count || hash != f->hash)
        return fail(f, "the records do not have the hash that the end says");
    f->ended = true;
    return false;
}

static bool args_take(struct trace_file *f, struct trace_record *r)
{
    for (unsigned i = 0; i < r->type->args; i++) {
        if (!varint(f, &r->args[i]))
            return false;
        if (r->type->arg[i].type == 'd')
            r->args[i] = (uint64_t)trace_unzigzag(r->args[i]);
        if (r->type->arg[i].type != 'b')
            continue;
        if (r->args[i] > TRACE_BYTES_MAX || r->args[i] > f->len - f->at)
            return fail(f, "cut off inside a record");
        r->bytes = f->data + f->at;
        f->at += r->args[i];
    }
    return true;
}

bool trace_next(struct trace_file *f, struct trace_record *r)
{
    size_t from = f->at;
    uint64_t key, dt;

    if (f->ended || f->error[0])
        return false;
    if (f->at == f->len)
        return fail(f, "cut off: the end is missing");
    if (f->data[f->at] == 0)
        return end_take(f);
    memset(r, 0, sizeof(*r));
    if (!varint(f, &key) || !varint(f, &dt))
        return false;
    if (key / TRACE_CPUS >= TRACE_EVENTS_MAX || !f->events[key / TRACE_CPUS].name[0])
        return fail(f, "a record is of an event that the head does not have");
    r->id = (unsigned)(key / TRACE_CPUS);
    r->cpu = (unsigned)(key % TRACE_CPUS);
    r->type = &f->events[r->id];
    if (!args_take(f, r))
        return false;
    f->time_ns += dt;
    r->time_ns = f->time_ns;
    r->number = f->count++;
    f->hash = trace_hash(f->hash, f->data + from, f->at - from);
    return true;
}
