/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: what the machine reads; signals that reach the process. */
#include "hostsim/hal/console.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "hal/hal.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/world/input.h"
#include "hostsim/world/world.h"

#define INPUT_BYTES  16384u /* power of two */
#define ROWS_UNKNOWN 24
#define COLS_UNKNOWN 80
#define ESCAPE_KEY   1 /* Ctrl-A */

/* Bytes in, not yet taken by the core.  Positions count for ever and wrap at 32 bits. */
static struct {
    pthread_mutex_t lock;
    uint32_t in, out;
    bool eof, reader_waits;
    uint8_t data[INPUT_BYTES];
} input = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int signal_fd, room_fd;
/* For console_wait(): under input.lock, but for a look at the flag. */
static pthread_cond_t news_cond;
static _Atomic bool news;

/* Tell the machine that there is something to take. */
static void announce(void)
{
    if (!world->exact) {
        machine_irq_raise(HAL_IRQ_CONSOLE);
        return;
    }
    pthread_mutex_lock(&input.lock);
    news = true;
    pthread_cond_signal(&news_cond);
    pthread_mutex_unlock(&input.lock);
}

static uint32_t input_room(void)
{
    uint32_t room;

    pthread_mutex_lock(&input.lock);
    room = INPUT_BYTES - (input.in - input.out);
    input.reader_waits = room == 0;
    pthread_mutex_unlock(&input.lock);
    return room;
}

static void input_add(const uint8_t *buf, unsigned len)
{
    pthread_mutex_lock(&input.lock);
    for (unsigned i = 0; i < len; i++)
        input.data[input.in++ % INPUT_BYTES] = buf[i];
    pthread_mutex_unlock(&input.lock);
    announce();
}

static void input_end(void)
{
    pthread_mutex_lock(&input.lock);
    input.eof = true;
    pthread_mutex_unlock(&input.lock);
    announce();
}

unsigned console_filter_escape(unsigned char *buf, unsigned len, bool *armed,
                               bool *escaped)
{
    unsigned out = 0;

    for (unsigned i = 0; i < len; i++) {
        if (!*armed && buf[i] == ESCAPE_KEY) {
            *armed = true;
            continue;
        }
        *escaped |= *armed && buf[i] == 'x';
        *armed = false;
        /* Ctrl-A twice is one; with any other key it means nothing. */
        buf[out++] = buf[i];
    }
    return out;
}

/* Read once; false after the last byte. */
static bool input_read(uint32_t room)
{
    static bool armed;
    uint8_t buf[4096];
    ssize_t got = read(STDIN_FILENO, buf, room < sizeof(buf) ? room : sizeof(buf));
    bool escaped = false;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    if (terminal_is_raw())
        got = console_filter_escape(buf, (unsigned)got, &armed, &escaped);
    if (escaped) {
        terminal_restore();
        fprintf(stderr, "\ncloudos: ended from the keyboard\n");
        halt_now(MACHINE_STATUS_ESCAPE);
    }
    if (got > 0)
        input_add(buf, (unsigned)got);
    return true;
}

static void signal_take(void)
{
    struct signalfd_siginfo info;

    if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
        return;
    switch (info.ssi_signo) {
    case SIGWINCH:
        announce();
        break;
    case SIGTSTP:
        terminal_restore();
        raise(SIGSTOP);
        terminal_take_again();
        break;
    case SIGCONT:
        terminal_take_again();
        break;
    default:
        halt_by_signal((int)info.ssi_signo);
    }
}

static void *console_thread(void *arg)
{
    enum { SIGNALS, ROOM, INPUT, COUNT };
    struct pollfd fds[COUNT] = {
        [SIGNALS] = {.fd = signal_fd, .events = POLLIN},
        [ROOM] = {.fd = room_fd, .events = POLLIN},
        [INPUT] = {.events = POLLIN},
    };
    bool open = arg != NULL;

    for (;;) {
        uint32_t room = input_room();
        uint64_t count;

        fds[INPUT].fd = open && room ? STDIN_FILENO : -1;
        if (poll(fds, COUNT, -1) < 0)
            continue;
        if (fds[SIGNALS].revents)
            signal_take();
        if (fds[ROOM].revents && read(room_fd, &count, sizeof(count)) < 0)
            continue;
        if (fds[INPUT].revents && !input_read(room)) {
            open = false;
            input_end();
        }
    }
    return NULL;
}

static void signals_of_console(sigset_t *set)
{
    static const int signals[] = {SIGINT,  SIGTERM,  SIGHUP, SIGQUIT,
                                  SIGTSTP, SIGWINCH, SIGCONT};

    sigemptyset(set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(set, signals[i]);
}

void console_block_signals(void)
{
    sigset_t set;

    signals_of_console(&set);
    sigaddset(&set, SIGTTOU); /* give the terminal back also from the background */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void news_init(void)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&news_cond, &attr);
    pthread_condattr_destroy(&attr);
}

void console_start(bool reads)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t set;
    int err;

    news_init();
    signals_of_console(&set);
    signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    room_fd = eventfd(0, EFD_CLOEXEC);
    if (signal_fd < 0 || room_fd < 0)
        machine_die("no descriptors for the console: %s", strerror(errno));
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    err = pthread_create(&thread, &attr, console_thread, reads ? &input : NULL);
    pthread_attr_destroy(&attr);
    if (err)
        machine_die("no host thread for the console: %s", strerror(err));
}

/* ---- taking ---- */

int console_take(void *buf, size_t len)
{
    uint8_t *to = buf;
    uint32_t n = 0;
    bool eof, wake;

    pthread_mutex_lock(&input.lock);
    news = false;
    while (n < len && input.out != input.in)
        to[n++] = input.data[input.out++ % INPUT_BYTES];
    eof = input.eof && n == 0 && len > 0;
    wake = input.reader_waits && n > 0;
    if (wake)
        input.reader_waits = false;
    pthread_mutex_unlock(&input.lock);
    if (wake && write(room_fd, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        machine_die("the console's reader is gone: %s", strerror(errno));
    return eof ? HAL_CONSOLE_EOF : (int)n;
}

bool console_has_input(void)
{
    return atomic_load_explicit(&news, memory_order_relaxed);
}

static uint64_t monotonic_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t console_wait(uint64_t ns)
{
    uint64_t from = monotonic_ns(), until = ns > HAL_NEVER - from ? HAL_NEVER : from + ns;
    const struct timespec at = {.tv_sec = (time_t)(until / 1000000000u),
                                .tv_nsec = (long)(until % 1000000000u)};
    int err = 0;

    pthread_mutex_lock(&input.lock);
    while (!news && err != ETIMEDOUT) {
        if (until == HAL_NEVER)
            err = pthread_cond_wait(&news_cond, &input.lock);
        else
            err = pthread_cond_timedwait(&news_cond, &input.lock, &at);
    }
    pthread_mutex_unlock(&input.lock);
    return monotonic_ns() - from;
}

/* ---- hal.h ---- */

int hal_console_read(void *buf, size_t len)
{
    return world->exact ? input_take(buf, len) : console_take(buf, len);
}

void hal_console_size(uint16_t *rows, uint16_t *cols)
{
    struct winsize size = {0};

    if (world->exact) {
        input_size(rows, cols);
        return;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
        size = (struct winsize){0};
    *rows = size.ws_row ? size.ws_row : ROWS_UNKNOWN;
    *cols = size.ws_col ? size.ws_col : COLS_UNKNOWN;
}
