/* SPDX-License-Identifier: BSD-2-Clause */
/* cloudos mkinitrd: pack a directory into an initramfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/tools/commands.h"
#include "hostsim/tools/cpio.h"

static bool zero_times;

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Under a temporary name first, so that a half-written archive is never mistaken for one. */
static int write_file(const char *path, const struct cpio *c)
{
    char temporary[4096];
    int fd, err;

    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, c->data, c->len);
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    err = write_all(fd, c->data, c->len);
    if (close(fd) && !err)
        err = -errno;
    if (!err && rename(temporary, path))
        err = -errno;
    if (err)
        unlink(temporary);
    return err;
}

static int mkinitrd(const struct command *self, int argc, char **argv)
{
    struct cpio archive = {0};
    int first = options_parse(self, argc, argv);
    int err;

    if (argc - first != 2) {
        fprintf(stderr, "cloudos mkinitrd: expected a directory and a file to write\n"
                        "Try 'cloudos mkinitrd --help'.\n");
        return OPTIONS_EXIT_USAGE;
    }
    archive.zero_times = zero_times;
    err = cpio_add_tree(&archive, argv[first]);
    if (!err)
        err = cpio_finish(&archive);
    if (!err) {
        err = write_file(argv[first + 1], &archive);
        if (err)
            fprintf(stderr, "cloudos mkinitrd: %s: %s\n", argv[first + 1],
                    strerror(-err));
    }
    cpio_free(&archive);
    return err ? 1 : 0;
}

static const struct option options[] = {
    {"reproducible", NULL,
     "times 0 and owner root, so that equal trees give equal archives", OPTION_FLAG,
     &zero_times, 0, 0, NULL},
    {0},
};

const struct command command_mkinitrd = {
    .name = "mkinitrd",
    .arguments = "DIR FILE",
    .summary =
        "pack a directory into a newc cpio archive ('-' writes to standard output)",
    .options = options,
    .run = mkinitrd,
};
