/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: what the machine writes. */
#include "hal/hal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "hostsim/hal/console.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/terminal.h"
#include "hostsim/world/trace_write.h"
#include "hostsim/world/world.h"

#define LINE_BYTES 512u

/* Where each stream goes; one without a place of its own shares that of its kind. */
static int streams[HAL_STREAM_COUNT];

/* Writers of one stream's descriptor do not mix their bytes.  Recursive, because a fault of the
 * kernel inside a write is reported by writing. */
static pthread_mutex_t locks[HAL_STREAM_COUNT] = {
    PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
    PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
    PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
};

void console_streams_set(const int fds[HAL_STREAM_COUNT])
{
    memcpy(streams, fds, sizeof(streams));
}

static int write_all(int fd, const char *buf, size_t len)
{
    while (len) {
        ssize_t n = write(fd, buf, len);

        if (n >= 0) {
            buf += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return -EPIPE;
        }
    }
    return 0;
}

/* A raw terminal needs a carriage return in front of each line feed; programs send their
 * own, through the core's terminal, the log does not. */
static int write_log_raw(int fd, const char *buf, size_t len)
{
    char line[LINE_BYTES];
    size_t n = 0;
    int err = 0;

    for (size_t i = 0; i < len && !err; i++) {
        if (buf[i] == '\n')
            line[n++] = '\r';
        line[n++] = buf[i];
        if (n >= sizeof(line) - 1 || i + 1 == len) {
            err = write_all(fd, line, n);
            n = 0;
        }
    }
    return err;
}

int hal_console_write(enum hal_stream stream, const void *buf, size_t len)
{
    int usual = stream == HAL_STREAM_OUT ? STDOUT_FILENO : STDERR_FILENO;
    int fd = streams[stream] ? streams[stream] : usual;
    pthread_mutex_t *lock = &locks[streams[stream] ? (int)stream : usual];
    int err;

    trace_event_output(stream, buf, len);
    pthread_mutex_lock(lock);
    if (stream >= HAL_STREAM_LOG && terminal_is_raw() && isatty(fd))
        err = write_log_raw(fd, buf, len);
    else
        err = write_all(fd, buf, len);
    pthread_mutex_unlock(lock);
    /* When the host stops listening is not for the seed to decide, so nobody inside is told. */
    if (err && world->exact)
        halt_by_signal(SIGPIPE);
    return err;
}
