/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's console as devices.
 *
 * Where somebody types and looks (both ways are terminals) it is a terminal, /dev/console and
 * /dev/tty1, fed by a kernel thread.  Else it is byte streams without termios, so that a
 * program in a pipeline of the outer world sees a pipeline: /dev/hostin, /dev/hostout and
 * /dev/hosterr, with /dev/console for both directions.  When only one side is a terminal the
 * outer world edits lines and echoes itself, and the streams are right as well.
 *
 * Input is taken from the machine only when there is room for it, so whoever types or pipes
 * into the machine feels the back-pressure.
 *
 * Locking: the terminal's own; the input stream's buffer under stream_lock (mutex).
 */
#include "tty/tty_priv.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "mm/slab.h"

#define STREAM_BYTES 4096u

enum { STREAM_MINOR_IN = 240, STREAM_MINOR_OUT, STREAM_MINOR_ERR };

static struct tty *console; /* NULL: byte streams; constant after console_init() */
static struct wait_queue input_wait = WAIT_QUEUE_INIT(input_wait);
static uint32_t input_interrupts; /* atomic; counts HAL_IRQ_CONSOLE */

void console_irq(void)
{
    atomic_inc(&input_interrupts);
    wait_wake(&input_wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
}

/* ---- as a terminal ---- */

static size_t console_room(struct tty *t, bool echo)
{
    (void)t, (void)echo;
    return TTY_CHUNK_BYTES;
}

static void console_write(struct tty *t, const uint8_t *buf, size_t len)
{
    (void)t;
    /* When nobody listens any more the bytes are lost, as on any cut line. */
    (void)hal_console_write(HAL_STREAM_OUT, buf, len);
}

static void console_nothing(struct tty *t)
{
    (void)t;
}

static size_t console_queued(struct tty *t)
{
    (void)t;
    return 0;
}

static void console_unthrottle(struct tty *t)
{
    (void)t;
    wait_wake(&input_wait, UINT32_MAX, EPOLLIN | EPOLLRDNORM);
}

static const struct tty_driver console_driver = {
    .room = console_room,
    .write = console_write,
    .flush_output = console_nothing,
    .queued = console_queued,
    .unthrottle = console_unthrottle,
};

static void update_size(struct tty *t)
{
    struct abi_winsize w;

    mutex_lock(&t->lock);
    w = t->winsize;
    hal_console_size(&w.ws_row, &w.ws_col);
    tty_resize_locked(t, &w);
    mutex_unlock(&t->lock);
}

static void feed(struct tty *t, const uint8_t *buf, size_t len)
{
    size_t done = 0;

    for (;;) {
        mutex_lock(&t->lock);
        done += ldisc_receive(t, buf + done, len - done);
        mutex_unlock(&t->lock);
        if (done == len)
            return;
        wait_event_idle(&input_wait, ldisc_has_room(t));
    }
}

/* The keyboard: runs as long as the kernel does. */
static void input_thread(void *arg)
{
    struct tty *t = arg;
    uint8_t buf[256];

    for (;;) {
        uint32_t seen = atomic_load(&input_interrupts);
        int n;

        update_size(t);
        n = hal_console_read(buf, sizeof(buf));
        if (n > 0) {
            feed(t, buf, (size_t)n);
            continue;
        }
        if (n == HAL_CONSOLE_EOF) {
            tty_hangup(t);
            thread_exit();
        }
        wait_event_idle(&input_wait, atomic_load(&input_interrupts) != seen);
    }
}

/* ---- as streams ---- */

static struct mutex stream_lock;
static struct {
    uint8_t buf[STREAM_BYTES];
    size_t start, end; /* atomic */
    bool eof;          /* atomic */
} stream;

static bool stream_ready(void)
{
    return atomic_load_relaxed(&stream.start) != atomic_load_relaxed(&stream.end) ||
           atomic_load_relaxed(&stream.eof);
}

/* Take what has arrived if there is nothing left from before. */
static void stream_fill_locked(void)
{
    int n;

    if (stream_ready())
        return;
    n = hal_console_read(stream.buf, sizeof(stream.buf));
    if (n == HAL_CONSOLE_EOF)
        atomic_store(&stream.eof, true);
    atomic_store(&stream.start, 0u);
    atomic_store(&stream.end, n > 0 ? (size_t)n : 0u);
}

static int64_t stream_take(struct vm_iter *to)
{
    int64_t n = 0;

    mutex_lock(&stream_lock);
    stream_fill_locked();
    if (stream.start != stream.end) {
        n = vm_iter_put(to, stream.buf + stream.start, stream.end - stream.start);
        if (n > 0)
            atomic_store(&stream.start, stream.start + (size_t)n);
    } else if (!stream.eof) {
        n = -EAGAIN;
    }
    mutex_unlock(&stream_lock);
    return n;
}

static int64_t stream_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    (void)pos;
    if (to->left == 0)
        return 0;
    for (;;) {
        uint32_t seen = atomic_load(&input_interrupts);
        int64_t n = stream_take(to);
        int err;

        if (n != -EAGAIN || (atomic_load_relaxed(&f->flags) & O_NONBLOCK))
            return n;
        err = wait_event(&input_wait, atomic_load(&input_interrupts) != seen);
        if (err)
            return err;
    }
}

static int64_t stream_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    enum hal_stream where =
        f->inode->rdev == TTY_RDEV(4, STREAM_MINOR_ERR) ? HAL_STREAM_ERR : HAL_STREAM_OUT;
    size_t size = MIN(from->left, (uint64_t)STREAM_BYTES);
    uint8_t small[256];
    uint8_t *buf = size > sizeof(small) ? kmalloc(size) : small;
    int64_t written = 0;

    (void)pos;
    if (!buf)
        return -ENOMEM;
    while (from->left > 0) {
        int64_t n = vm_iter_take(from, buf, MIN(from->left, (uint64_t)size));
        int err = n > 0 ? hal_console_write(where, buf, (size_t)n) : (int)n;

        if (n <= 0 || err) {
            written = written ? written : err;
            break;
        }
        written += n;
    }
    if (buf != small)
        kfree(buf);
    return written;
}

static uint32_t stream_poll(struct file *f, struct poll_table *pt)
{
    uint32_t mode = atomic_load_relaxed(&f->flags) & O_ACCMODE;
    uint32_t events = 0;

    if (mode != O_RDONLY)
        events |= EPOLLOUT | EPOLLWRNORM;
    if (mode != O_WRONLY) {
        poll_wait(pt, &input_wait);
        mutex_lock(&stream_lock);
        stream_fill_locked();
        if (stream_ready())
            events |= EPOLLIN | EPOLLRDNORM;
        mutex_unlock(&stream_lock);
    }
    return events;
}

static const struct file_ops stream_ops = {
    .read = stream_read,
    .write = stream_write,
    .poll = stream_poll,
};

/* ---- boot ---- */

static void must_register(const char *name, unsigned major, unsigned minor, uint32_t mode,
                          const struct file_ops *ops, void *priv)
{
    int err = dev_register(name, TTY_RDEV(major, minor), mode, ops, priv);

    kassert(err == 0);
}

static void start_terminal(void)
{
    struct thread_params params = {.name = "console", .entry = input_thread};
    struct thread *thread;
    int err = tty_create("tty1", TTY_RDEV(4, 1), &console_driver, NULL, &console);

    kassert(err == 0);
    must_register("tty1", 4, 1, 0620, &tty_file_ops, console);
    must_register("console", 5, 1, 0600, &tty_file_ops, console);
    hal_console_size(&console->winsize.ws_row, &console->winsize.ws_col);
    params.arg = console;
    err = thread_create(&params, &thread);
    kassert(err == 0);
    thread_start(thread);
    thread_put(thread);
}

static void start_streams(void)
{
    must_register("console", 5, 1, 0600, &stream_ops, NULL);
    must_register("hostin", 4, STREAM_MINOR_IN, 0666, &stream_ops, NULL);
    must_register("hostout", 4, STREAM_MINOR_OUT, 0666, &stream_ops, NULL);
    must_register("hosterr", 4, STREAM_MINOR_ERR, 0666, &stream_ops, NULL);
}

void console_init(void)
{
    const struct hal_bootinfo *info = hal_bootinfo();

    mutex_init(&stream_lock, "tty.console_stream");
    if (info->console_in_tty && info->console_out_tty)
        start_terminal();
    else
        start_streams();
    hal_irq_enable_line(HAL_IRQ_CONSOLE);
}

struct tty *console_tty(void)
{
    if (console)
        tty_get(console);
    return console;
}

void console_drain(void)
{
    if (!console)
        return;
    mutex_lock(&console->out_lock);
    mutex_unlock(&console->out_lock);
}

int console_stdio(const struct vfs_context *ctx, struct file *out[3], bool *controlling)
{
    static const char *const streams[3] = {"/dev/hostin", "/dev/hostout", "/dev/hosterr"};
    static const uint32_t modes[3] = {O_RDONLY, O_WRONLY, O_WRONLY};
    int err = 0;

    *controlling = console != NULL;
    for (int i = 0; i < 3 && !err; i++) {
        const char *path = console ? "/dev/console" : streams[i];

        out[i] = NULL;
        err = vfs_open(ctx, NULL, path, (console ? O_RDWR : modes[i]) | O_NOCTTY, 0, 0,
                       &out[i]);
        if (!err)
            continue;
        while (i-- > 0)
            file_put(out[i]);
        break;
    }
    return err;
}
