/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syslog(2): the kernel log as text, for dmesg and klogd.
 *
 * Locking: log_state.lock (spinlock) covers where the one consuming reader is and from where on
 * readers see the log.
 */
#include "syscall/handlers.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/machine.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "trace/log.h"
#include "vm/ucopy.h"

#define LINE_MAX       (LOG_TEXT_MAX + 40)
#define POLL_PERIOD_NS UINT64_C(200000000)

static struct {
    struct spinlock lock;
    uint64_t read_seq;  /* of SYSLOG_READ */
    uint64_t clear_seq; /* older ones were cleared */
} log_state = {.lock = SPINLOCK_INIT("syscall.syslog")};

/* "<6>[    1.234567] text\n"; 0 when there is no further record. */
static size_t next_line(uint64_t *seq, char *line, char *text)
{
    struct log_record r;
    int n;

    if (!log_read(seq, &r, text, LOG_TEXT_MAX))
        return 0;
    n = ksnprintf(line, LINE_MAX, "<%u>[%5llu.%06llu] %s\n", r.level,
                  (unsigned long long)(r.time_ns / 1000000000),
                  (unsigned long long)(r.time_ns % 1000000000 / 1000), text);
    return MIN((size_t)n, (size_t)LINE_MAX - 1);
}

static uint64_t seq_get(const uint64_t *which)
{
    uint64_t seq;

    spin_lock(&log_state.lock);
    seq = *which;
    spin_unlock(&log_state.lock);
    return MAX(seq, log_first_seq());
}

static void seq_set(uint64_t *which, uint64_t seq)
{
    spin_lock(&log_state.lock);
    *which = seq;
    spin_unlock(&log_state.lock);
}

static uint64_t bytes_from(uint64_t seq, char *line, char *text)
{
    uint64_t total = 0;
    size_t n;

    while ((n = next_line(&seq, line, text)) != 0)
        total += n;
    return total;
}

/* Lines from *seq on that fit; *seq moves behind them. */
static int64_t copy_lines(uint64_t *seq, uint64_t va, uint64_t len, char *line,
                          char *text)
{
    uint64_t done = 0;

    for (;;) {
        uint64_t next = *seq;
        size_t n = next_line(&next, line, text);

        if (n == 0 || n > len - done)
            return (int64_t)done;
        if (copy_to_user(va + done, line, n))
            return -EFAULT;
        done += n;
        *seq = next;
    }
}

/* The newest lines that fit. */
static int64_t read_all(uint64_t va, uint64_t len, char *line, char *text)
{
    uint64_t seq = seq_get(&log_state.clear_seq);
    uint64_t total = bytes_from(seq, line, text);

    while (total > len) {
        size_t n = next_line(&seq, line, text);

        if (n == 0)
            break;
        total -= MIN(total, (uint64_t)n);
    }
    return copy_lines(&seq, va, len, line, text);
}

/* klogd: the next lines, waiting for one.  The log has no wait queue, since it may be written
 * from anywhere: look again a few times a second. */
static int64_t read_next(uint64_t va, uint64_t len, char *line, char *text)
{
    uint64_t seq = seq_get(&log_state.read_seq);
    int64_t n;

    while (log_next_seq() <= seq) {
        int err = thread_sleep(POLL_PERIOD_NS, NULL);

        if (err)
            return -ERESTARTSYS;
    }
    n = copy_lines(&seq, va, len, line, text);
    if (n > 0)
        seq_set(&log_state.read_seq, seq);
    return n;
}

static int64_t read_action(int type, uint64_t va, int32_t len)
{
    char *line, *text;
    int64_t n = -ENOMEM;

    if (type != ABI_SYSLOG_SIZE_UNREAD && (!va || len < 0))
        return -EINVAL;
    line = kmalloc(LINE_MAX);
    text = kmalloc(LOG_TEXT_MAX);
    if (line && text) {
        if (type == ABI_SYSLOG_READ)
            n = read_next(va, (uint64_t)len, line, text);
        else if (type == ABI_SYSLOG_SIZE_UNREAD)
            n = (int64_t)bytes_from(seq_get(&log_state.read_seq), line, text);
        else
            n = read_all(va, (uint64_t)len, line, text);
    }
    kfree(line);
    kfree(text);
    return n;
}

static int64_t console_level(int32_t level)
{
    if (level < 1 || level > 8)
        return -EINVAL;
    log_set_console_level((enum log_level)MIN(level - 1, (int)LOG_LEVEL_DEBUG));
    return 0;
}

int64_t sys_syslog(struct task *t, const uint64_t a[6])
{
    int type = (int32_t)a[0];
    int64_t n;

    if (type != ABI_SYSLOG_READ_ALL && type != ABI_SYSLOG_SIZE_BUFFER &&
        !cred_capable(t->cred, CAP_SYSLOG) && !cred_capable(t->cred, CAP_SYS_ADMIN))
        return -EPERM;
    switch (type) {
    case ABI_SYSLOG_CLOSE:
    case ABI_SYSLOG_OPEN:
        return 0;
    case ABI_SYSLOG_READ:
    case ABI_SYSLOG_READ_ALL:
    case ABI_SYSLOG_SIZE_UNREAD:
        return read_action(type, a[1], (int32_t)a[2]);
    case ABI_SYSLOG_READ_CLEAR:
        n = read_action(type, a[1], (int32_t)a[2]);
        if (n >= 0)
            seq_set(&log_state.clear_seq, log_next_seq());
        return n;
    case ABI_SYSLOG_CLEAR:
        seq_set(&log_state.clear_seq, log_next_seq());
        return 0;
    case ABI_SYSLOG_CONSOLE_OFF:
        return console_level(1);
    case ABI_SYSLOG_CONSOLE_ON:
        return console_level(LOG_LEVEL_WARN + 1);
    case ABI_SYSLOG_CONSOLE_LEVEL:
        return console_level((int32_t)a[2]);
    case ABI_SYSLOG_SIZE_BUFFER:
        return LOG_RING_BYTES;
    default:
        return -EINVAL;
    }
}
