/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for frames, equal lines added up. */
#include "hostsim/profile/folded.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostsim/profile/archive.h"
#include "hostsim/profile/elf.h"

#define IMAGES_MAX 1024u

struct line {
    char *text;
    uint64_t count;
};

struct image {
    char path[TABLE_NAME_MAX];
    struct elf elf;
};

static const uint8_t *archive;
static size_t archive_len;
static struct image images[IMAGES_MAX];
static size_t image_count;
static struct line *lines;
static size_t line_count, line_room;
static bool no_memory;

void folded_archive_set(const void *data, size_t len)
{
    archive = data;
    archive_len = len;
}

/* ---- names ---- */

static const struct elf *image_open(const char *path)
{
    struct image *im;
    const uint8_t *file;
    size_t len = 0;

    for (size_t i = 0; i < image_count; i++) {
        if (strcmp(images[i].path, path) == 0)
            return &images[i].elf;
    }
    if (image_count == IMAGES_MAX)
        return NULL;
    im = &images[image_count++];
    snprintf(im->path, sizeof(im->path), "%s", path);
    file = archive ? archive_find(archive, archive_len, path, &len) : NULL;
    elf_open(&im->elf, file, file ? len : 0);
    return &im->elf;
}

/* The kernel is in the file that the host runs. */
static const struct elf *kernel_open(void)
{
    static struct elf elf;
    struct stat st;
    int fd;

    if (elf.file)
        return &elf;
    fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        void *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (file != MAP_FAILED)
            elf_open(&elf, file, (size_t)st.st_size);
    }
    if (fd >= 0)
        close(fd);
    return &elf;
}

/* What separates frames and counts may not be in a name. */
static void put_name(FILE *to, const char *name)
{
    for (; *name; name++)
        fputc(*name == ';' || *name == ' ' || *name == '\n' ? '_' : *name, to);
}

static void put_user(FILE *to, const struct table *t, uint64_t word)
{
    const char *path = t->names[word >> FRAME_IMAGE_SHIFT & FRAME_IMAGE_MASK];
    const struct elf *elf = *path == '/' ? image_open(path) : NULL;
    uint64_t offset = word & FRAME_OFFSET_MASK;
    uint64_t address = elf ? elf_address_of(elf, offset) : offset;
    const char *name = elf ? elf_function_at(elf, address) : NULL;
    const char *slash = strrchr(path, '/');

    if (name) {
        put_name(to, name);
    } else if (!*path) {
        fputs("[unknown]", to);
    } else if (*path == '[') {
        put_name(to, path);
    } else {
        fputc('[', to);
        put_name(to, slash ? slash + 1 : path);
        fprintf(to, "+0x%llx]", (unsigned long long)address);
    }
}

/* NULL: not ours, but of the host's libraries. */
static const char *kernel_name(uint64_t pc)
{
    return elf_function_at(kernel_open(), pc);
}

static bool is_one_of(const char *const *names, const char *name)
{
    for (; name && *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

/* Innermost in the seeded world: how the look came about.  Time passes at points, and most of
 * them are in the functions of spinlocks, which is not where it was spent. */
static bool is_point(uint64_t word)
{
    static const char *const names[] = {
        "seeded_point",    "seeded_look",      "hal_point",     "deliver",
        "hal_irq_restore", "seeded_cpu_relax", "hal_cpu_relax", NULL};
    const char *name;

    if (word & (FRAME_USER | FRAME_NAME))
        return false;
    name = kernel_name(word);
    return name && (strncmp(name, "spin_", 5) == 0 || is_one_of(names, name));
}

/* Outermost: below what the core knows of. */
static bool is_bottom(uint64_t word)
{
    static const char *const names[] = {"context_start", "context_enter", NULL};

    return !(word & (FRAME_USER | FRAME_NAME)) && is_one_of(names, kernel_name(word));
}

static void put_kernel(FILE *to, uint64_t pc)
{
    const char *name = kernel_name(pc);
    Dl_info info;

    if (name) {
        put_name(to, name);
    } else if (dladdr((void *)(uintptr_t)pc, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');

        fputc('[', to);
        put_name(to, slash ? slash + 1 : info.dli_fname);
        fputc(']', to);
    } else {
        fputs("[host]", to);
    }
    fputs("_[k]", to);
}

static void put_frame(FILE *to, const struct table *t, uint64_t word)
{
    fputc(';', to);
    if (word & FRAME_USER)
        put_user(to, t, word);
    else if (word & FRAME_NAME)
        put_name(to, t->names[word & ~FRAME_NAME]);
    else
        put_kernel(to, word);
}

/* ---- lines ---- */

static void line_add(char *text, uint64_t count)
{
    if (line_count == line_room) {
        size_t room = line_room ? 2 * line_room : 1024;
        struct line *more = realloc(lines, room * sizeof(*more));

        no_memory |= more == NULL;
        if (!more) {
            free(text);
            return;
        }
        lines = more;
        line_room = room;
    }
    lines[line_count++] = (struct line){text, count};
}

static void stack_print(FILE *to, const struct table *t, const struct table_stack *s,
                        bool points)
{
    const uint64_t *words = t->words + s->first;
    uint32_t innermost = 1;

    while (points && innermost < s->len && is_point(words[innermost]))
        innermost++;
    put_name(to, t->names[words[0] & ~FRAME_NAME]);
    for (uint32_t i = s->len; i-- > innermost;) {
        if (!is_bottom(words[i]))
            put_frame(to, t, words[i]);
    }
}

void folded_add(const struct table *t, bool points)
{
    const struct table_stack *s;
    size_t at = 0;

    while ((s = table_next(t, &at)) != NULL) {
        char *text = NULL;
        size_t len;
        FILE *to = open_memstream(&text, &len);

        if (to)
            stack_print(to, t, s, points);
        if (!to || fclose(to) || !text)
            no_memory = true;
        else
            line_add(text, s->count);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

int folded_write(int fd)
{
    FILE *to = fdopen(fd, "w");

    if (!to)
        return -errno;
    if (line_count)
        qsort(lines, line_count, sizeof(*lines), by_text);
    for (size_t i = 0; i < line_count; i++) {
        uint64_t count = lines[i].count;

        while (i + 1 < line_count && strcmp(lines[i].text, lines[i + 1].text) == 0)
            count += lines[++i].count;
        fprintf(to, "%s %llu\n", lines[i].text, (unsigned long long)count);
    }
    if (fclose(to))
        return -errno;
    return no_memory ? -ENOMEM : 0;
}
