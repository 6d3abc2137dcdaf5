/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fake machine with the rooms up to vfs, a root filesystem, and short forms of its calls.
 *
 * Owner:   tests/unit/vfs.
 * Context: the test is the boot thread.
 * Locking: none.
 * Errors:  results are those of the call; helpers without one fail the test.
 */
#ifndef CLOUDOS_UNIT_VFS_MACHINE_H
#define CLOUDOS_UNIT_VFS_MACHINE_H

#include "hal_fake.h"

#include <errno.h>

#include "sched/sched.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/mount.h"
#include "vfs/path.h"

#include "abi/fcntl.h"

#define MS UINT64_C(1000000)

extern struct vfs_context root_ctx; /* root's; cwd is "/" */

/* Once per program (cmocka group setup). */
int machine_start(void **state);
/* A context like root_ctx for another user. */
struct vfs_context user_ctx(struct cred *c, uint32_t uid, uint32_t gid);

int open_at(const char *path, uint32_t flags, struct file **out);
void make_file(const char *path, const char *text);
void make_dir(const char *path);
void make_link(const char *path, const char *target);
bool exists(const char *path);
uint64_t ino_of(const char *path);
uint32_t nlink_of(const char *path);
/* The whole file; static buffer. */
const char *text_of(const char *path);
int64_t put(struct file *f, const void *buf, size_t len);
int64_t get(struct file *f, void *buf, size_t len);
/* Remove everything below "/" except /dev. */
void clean(void);

struct thread *machine_spawn(const char *name, void (*body)(void *), void *arg);
void machine_join(struct thread *t);
void machine_settle(void);
/* Objects alive in the named slab cache. */
uint64_t slab_active(const char *cache);

#endif /* CLOUDOS_UNIT_VFS_MACHINE_H */
