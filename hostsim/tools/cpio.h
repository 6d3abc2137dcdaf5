/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory as a newc cpio archive, the initramfs format.
 *
 * Owner:   the caller; cpio_free() gives the memory back.
 * Context: the main thread.
 * Locking: none.
 * Errors:  -errno after a message on standard error that names the file.
 *
 * Names are sorted and inode numbers counted from 1, so the same tree gives the same bytes.
 */
#ifndef CLOUDOS_HOSTSIM_TOOLS_CPIO_H
#define CLOUDOS_HOSTSIM_TOOLS_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpio {
    uint8_t *data;
    size_t len, capacity;
    uint32_t next_ino;
    bool zero_times; /* all times 0, all owners root: archives that can be compared */
    struct cpio_link *links;
    size_t link_count, link_capacity;
};

/* Append everything below `dir` (the directory itself is "."). */
int cpio_add_tree(struct cpio *c, const char *dir);
/* End the archive. */
int cpio_finish(struct cpio *c);
void cpio_free(struct cpio *c);

#endif /* CLOUDOS_HOSTSIM_TOOLS_CPIO_H */
