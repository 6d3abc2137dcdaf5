/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/null, zero, full, random, urandom. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "abi/poll.h"
#include "hal/hal.h"
#include "lib/string.h"
#include "vfs/file_priv.h"
#include "vfs/path.h"
#include "vm/pagecache.h"
#include "vm/space.h"

#define MEM_MAJOR 1

static int64_t null_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    (void)f;
    (void)to;
    (void)pos;
    return 0;
}

/* As if it had been written. */
static int64_t null_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    int64_t n = (int64_t)from->left;

    (void)f;
    (void)pos;
    from->left = 0;
    return n;
}

static int64_t zero_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    (void)f;
    (void)pos;
    return vm_iter_zero(to, to->left);
}

static int64_t full_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    (void)f;
    (void)from;
    (void)pos;
    return -ENOSPC;
}

static int64_t random_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    uint8_t buf[256];
    int64_t done = 0;

    (void)f;
    (void)pos;
    while (to->left) {
        size_t len = (size_t)MIN(to->left, (uint64_t)sizeof(buf));
        int64_t n;

        hal_entropy(buf, len);
        n = vm_iter_put(to, buf, len);
        if (n <= 0)
            return done ? done : n;
        done += n;
        if (thread_interrupted())
            break;
    }
    memset(buf, 0, sizeof(buf));
    return done;
}

/* These devices take a position without having one. */
static int64_t mem_seek(struct file *f, int64_t off, int whence)
{
    (void)f;
    (void)off;
    return whence > SEEK_END ? -EINVAL : 0;
}

/* Private memory of nobody's; a shared mapping is a new piece of shared memory. */
static int zero_mmap(struct file *f, struct vm_map_args *a)
{
    (void)f;
    a->file = NULL;
    a->object = NULL;
    a->offset = 0;
    a->flags |= MAP_ANONYMOUS;
    return 0;
}

static const struct file_extra_ops mem_extra = {.seek = mem_seek};
static const struct file_extra_ops zero_extra = {.seek = mem_seek, .mmap = zero_mmap};

static const struct file_ops null_ops = {
    .read = null_read, .write = null_write, .extra = &mem_extra};
static const struct file_ops zero_ops = {
    .read = zero_read, .write = null_write, .extra = &zero_extra};
static const struct file_ops full_ops = {
    .read = zero_read, .write = full_write, .extra = &mem_extra};
/* What is written is not mixed in: the machine's source needs no help. */
static const struct file_ops random_ops = {
    .read = random_read, .write = null_write, .extra = &mem_extra};

void dev_mem_init(void)
{
    static const struct {
        const char *name;
        uint32_t minor;
        const struct file_ops *ops;
    } nodes[] = {
        {"null", 3, &null_ops},     {"zero", 5, &zero_ops},      {"full", 7, &full_ops},
        {"random", 8, &random_ops}, {"urandom", 9, &random_ops},
    };

    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        int err = dev_register(nodes[i].name, abi_dev_make(MEM_MAJOR, nodes[i].minor),
                               0666, nodes[i].ops, NULL);

        kassert(!err);
    }
}
