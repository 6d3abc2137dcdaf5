/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/kmsg: one record of the log for each read, and lines written into it. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "trace/log.h"
#include "vfs/file_priv.h"
#include "vfs/path.h"

#define KMSG_RDEV_MAJOR 1
#define KMSG_RDEV_MINOR 11
#define PREFIX_MAX      80

/* f->pos, under pos_lock, is the number of the next record. */
static int kmsg_open(struct inode *inode, struct file *f)
{
    (void)inode;
    f->pos = log_first_seq();
    return 0;
}

/* "level,seq,usec,-;text\n" */
static int64_t put_record(struct vm_iter *to, const struct log_record *r,
                          const char *text)
{
    char line[PREFIX_MAX + LOG_TEXT_MAX];
    int len = ksnprintf(line, sizeof(line), "%u,%llu,%llu,-;%s\n", (unsigned)r->level,
                        (unsigned long long)r->seq,
                        (unsigned long long)(r->time_ns / 1000), text);

    if ((uint64_t)len > to->left)
        return -EINVAL;
    return vm_iter_put(to, line, (size_t)len);
}

static int64_t kmsg_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    char text[LOG_TEXT_MAX];
    struct log_record r;
    uint64_t seq;
    int64_t n = -EAGAIN; /* nobody wakes a reader of the log, so it never waits */

    (void)pos;
    mutex_lock(&f->pos_lock);
    seq = f->pos;
    if (log_read(&seq, &r, text, sizeof(text))) {
        n = r.lost ? -EPIPE : put_record(to, &r, text);
        if (n > 0)
            f->pos = seq;
        else if (r.lost)
            f->pos = r.seq;
    }
    mutex_unlock(&f->pos_lock);
    return n;
}

/* "<6>text": syslog's level, else "info". */
static int64_t kmsg_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    char text[LOG_TEXT_MAX];
    size_t len = (size_t)MIN(from->left, (uint64_t)sizeof(text) - 1);
    int64_t total = (int64_t)from->left, n = vm_iter_take(from, text, len);
    unsigned level = LOG_LEVEL_INFO;
    const char *start = text;

    (void)f;
    (void)pos;
    if (n <= 0)
        return n;
    text[n] = '\0';
    if (text[n - 1] == '\n')
        text[n - 1] = '\0';
    if (text[0] == '<' && text[1] >= '0' && text[1] <= '7' && text[2] == '>') {
        level = (unsigned)(text[1] - '0');
        start = text + 3;
    }
    log_emit(level, "user", "%s", start);
    from->left = 0;
    return total;
}

static int64_t kmsg_seek(struct file *f, int64_t off, int whence)
{
    if (off != 0)
        return -ESPIPE;
    mutex_lock(&f->pos_lock);
    f->pos = whence == SEEK_END ? log_next_seq() : log_first_seq();
    mutex_unlock(&f->pos_lock);
    return 0;
}

static uint32_t kmsg_poll(struct file *f, struct poll_table *pt)
{
    (void)pt;
    return (f->pos < log_next_seq() ? EPOLLIN | EPOLLRDNORM : 0) | EPOLLOUT | EPOLLWRNORM;
}

static const struct file_extra_ops kmsg_extra = {.seek = kmsg_seek};
static const struct file_ops kmsg_ops = {
    .open = kmsg_open,
    .read = kmsg_read,
    .write = kmsg_write,
    .poll = kmsg_poll,
    .extra = &kmsg_extra,
};

void dev_kmsg_init(void)
{
    int err = dev_register("kmsg", abi_dev_make(KMSG_RDEV_MAJOR, KMSG_RDEV_MINOR), 0600,
                           &kmsg_ops, NULL);

    kassert(!err);
}
