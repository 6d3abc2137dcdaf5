/* SPDX-License-Identifier: BSD-2-Clause */
/* newc cpio writer: cpio(5), "New ASCII Format". */
#include "hostsim/tools/cpio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define HEADER_BYTES 110
#define READ_ONCE    (1u << 20)

/* A file with several names that has been written once. */
struct cpio_link {
    dev_t dev;
    ino_t ino;
    uint32_t archive_ino;
};

static int complain(const char *path, int err)
{
    fprintf(stderr, "cloudos: %s: %s\n", path, strerror(err));
    return -err;
}

static int reserve(struct cpio *c, size_t more)
{
    size_t capacity = c->capacity ? c->capacity : 1u << 20;
    uint8_t *data;

    if (c->capacity - c->len >= more)
        return 0;
    while (capacity - c->len < more)
        capacity *= 2;
    data = realloc(c->data, capacity);
    if (!data)
        return complain("archive", ENOMEM);
    c->data = data;
    c->capacity = capacity;
    return 0;
}

static int append(struct cpio *c, const void *bytes, size_t len)
{
    int err = reserve(c, len);

    if (err)
        return err;
    memcpy(c->data + c->len, bytes, len);
    c->len += len;
    return 0;
}

static int pad(struct cpio *c)
{
    return append(c, "\0\0\0", -c->len & 3);
}

static int header(struct cpio *c, const struct stat *st, uint32_t ino, uint32_t size,
                  const char *name)
{
    char text[HEADER_BYTES + 1];
    bool plain = c->zero_times;
    int err;

    snprintf(text, sizeof(text),
             "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ino,
             st->st_mode, plain ? 0 : st->st_uid, plain ? 0 : st->st_gid,
             (unsigned)st->st_nlink, plain ? 0 : (unsigned)st->st_mtime, size, 0u, 0u,
             major(st->st_rdev), minor(st->st_rdev), (unsigned)strlen(name) + 1, 0u);
    err = append(c, text, HEADER_BYTES);
    if (!err)
        err = append(c, name, strlen(name) + 1);
    return err ? err : pad(c);
}

/* The number this file was archived under before, or 0; remembers it if it was not. */
static int link_seen(struct cpio *c, const struct stat *st, uint32_t ino, uint32_t *seen)
{
    *seen = 0;
    if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
        return 0;
    for (size_t i = 0; i < c->link_count; i++) {
        if (c->links[i].dev == st->st_dev && c->links[i].ino == st->st_ino) {
            *seen = c->links[i].archive_ino;
            return 0;
        }
    }
    if (c->link_count == c->link_capacity) {
        size_t capacity = c->link_capacity ? c->link_capacity * 2 : 64;
        struct cpio_link *links = realloc(c->links, capacity * sizeof(*links));

        if (!links)
            return complain("archive", ENOMEM);
        c->links = links;
        c->link_capacity = capacity;
    }
    c->links[c->link_count++] = (struct cpio_link){st->st_dev, st->st_ino, ino};
    return 0;
}

/* Exactly st_size bytes of a regular file; a file that shrinks meanwhile is an error. */
static int add_contents(struct cpio *c, int dir_fd, const char *base, const char *path,
                        size_t size)
{
    int fd = openat(dir_fd, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int err = fd < 0 ? complain(path, errno) : reserve(c, size + 3);

    while (!err && size) {
        ssize_t n = read(fd, c->data + c->len, size < READ_ONCE ? size : READ_ONCE);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err = complain(path, n < 0 ? errno : EIO);
            break;
        }
        c->len += (size_t)n;
        size -= (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    return err ? err : pad(c);
}

static int add_symlink(struct cpio *c, int dir_fd, const char *base, const char *path,
                       struct stat *st, uint32_t ino, const char *name)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(dir_fd, base, target, sizeof(target));
    int err;

    if (len < 0)
        return complain(path, errno);
    err = header(c, st, ino, (uint32_t)len, name);
    if (!err)
        err = append(c, target, (size_t)len);
    return err ? err : pad(c);
}

static int add_directory(struct cpio *c, int dir_fd, const char *base, char *path,
                         size_t root_len);

/* One name: `path` is the whole path on the host, from `root_len` on the name in the archive. */
static int add_entry(struct cpio *c, int dir_fd, const char *base, char *path,
                     size_t root_len)
{
    const char *name = path[root_len] ? path + root_len + 1 : ".";
    uint32_t ino = ++c->next_ino, seen;
    struct stat st;
    int err;

    if (fstatat(dir_fd, base, &st, AT_SYMLINK_NOFOLLOW))
        return complain(path, errno);
    if (S_ISSOCK(st.st_mode))
        return 0;
    err = link_seen(c, &st, ino, &seen);
    if (err)
        return err;
    if (seen)
        return header(c, &st, seen, 0, name);
    if (S_ISLNK(st.st_mode))
        return add_symlink(c, dir_fd, base, path, &st, ino, name);
    if (S_ISREG(st.st_mode)) {
        if (st.st_size > UINT32_MAX)
            return complain(path, EFBIG);
        err = header(c, &st, ino, (uint32_t)st.st_size, name);
        return err ? err : add_contents(c, dir_fd, base, path, (size_t)st.st_size);
    }
    err = header(c, &st, ino, 0, name);
    if (!err && S_ISDIR(st.st_mode))
        err = add_directory(c, dir_fd, base, path, root_len);
    return err;
}

static int visible(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_directory(struct cpio *c, int dir_fd, const char *base, char *path,
                         size_t root_len)
{
    struct dirent **names;
    size_t len = strlen(path);
    int fd = openat(dir_fd, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count, err = 0;

    if (fd < 0)
        return complain(path, errno);
    count = scandirat(fd, ".", &names, visible, by_bytes);
    if (count < 0)
        err = complain(path, errno);
    for (int i = 0; i < count; i++) {
        if (!err && len + 1 + strlen(names[i]->d_name) >= PATH_MAX)
            err = complain(path, ENAMETOOLONG);
        if (!err) {
            path[len] = '/';
            strcpy(path + len + 1, names[i]->d_name);
            err = add_entry(c, fd, names[i]->d_name, path, root_len);
            path[len] = '\0';
        }
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    close(fd);
    return err;
}

int cpio_add_tree(struct cpio *c, const char *dir)
{
    char path[PATH_MAX];
    size_t len = strlen(dir);
    struct stat st;

    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (len == 0 || len >= sizeof(path) - 1)
        return complain(dir, len ? ENAMETOOLONG : ENOENT);
    memcpy(path, dir, len);
    path[len] = '\0';
    if (stat(path, &st))
        return complain(path, errno);
    if (!S_ISDIR(st.st_mode))
        return complain(path, ENOTDIR);
    if (strcmp(path, "/") == 0)
        return complain(path, EINVAL); /* would pack /proc and /sys of the host */
    return add_directory(c, AT_FDCWD, path, path, len);
}

int cpio_finish(struct cpio *c)
{
    const struct stat none = {.st_nlink = 1};
    int err = header(c, &none, 0, 0, "TRAILER!!!");

    while (!err && c->len % 512)
        err = append(c, "", 1);
    return err;
}

void cpio_free(struct cpio *c)
{
    free(c->data);
    free(c->links);
    *c = (struct cpio){0};
}
