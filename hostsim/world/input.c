/* SPDX-License-Identifier: BSD-2-Clause */
/* Input of a seeded machine. */
#include "hostsim/world/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hal/hal.h"
#include "hostsim/hal/console.h"
#include "hostsim/hal/halt.h"
#include "hostsim/hal/machine.h"
#include "hostsim/world/trace_head.h"
#include "hostsim/world/trace_read.h"
#include "hostsim/world/trace_write.h"

#define ROWS        24
#define COLS        80
#define INPUT_MAX   (256u << 20)
#define PATIENCE_MS 1000
#define LIVE_CHUNK  1024u

enum source { SOURCE_ALL_THERE, SOURCE_LIVE, SOURCE_REPLAY };

static struct {
    enum source source;
    bool tty, eof;
    uint16_t rows, cols;
    uint8_t *data; /* arrived, not yet taken: [out, in) */
    size_t in, out, room;
    struct trace_file file; /* of a replay, and its next input */
    struct trace_record next;
    bool have_next;
} input;

static uint8_t *input_room(size_t len)
{
    if (input.room - input.in < len) {
        input.room = (input.room + len) * 2;
        input.data = realloc(input.data, input.room);
        if (!input.data)
            machine_die("no host memory for the input");
    }
    return input.data + input.in;
}

/* `len` bytes have come; none: the end. */
static void arrive(uint64_t points, const void *bytes, size_t len)
{
    if (len)
        memcpy(input_room(len), bytes, len);
    input.in += len;
    input.eof |= len == 0;
    trace_event_input(points, bytes, len);
    machine_irq_raise(HAL_IRQ_CONSOLE);
}

/* ---- a pipe or a file ---- */

static void read_all(void)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    ssize_t n;

    if (poll(&ready, 1, PATIENCE_MS) == 0)
        fprintf(stderr,
                "cloudos: a seeded machine reads its whole input first: waiting for "
                "the end of standard input\n");
    do {
        uint8_t buf[TRACE_BYTES_MAX];

        n = read(STDIN_FILENO, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (input.in > INPUT_MAX)
            machine_die("more than %u MiB of input for a seeded machine",
                        INPUT_MAX >> 20);
        arrive(0, buf, n > 0 ? (size_t)n : 0);
    } while (n > 0);
}

/* ---- a recording ---- */

static _Noreturn void refuse(const char *what)
{
    fprintf(stderr, "cloudos: cannot replay %s: %s\n", input.file.path, what);
    exit(MACHINE_STATUS_REQUEST);
}

static void next_find(void)
{
    while ((input.have_next = trace_next(&input.file, &input.next))) {
        if (input.next.id == TRACE_EVENT_INPUT)
            return;
    }
    if (input.file.error[0])
        refuse(input.file.error);
}

/* The line of the head in which the two runs differ first. */
static void compare_heads(char *mine)
{
    char *rest, value[4096], text[4300];

    for (char *line = strtok_r(mine, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *space = strchr(line, ' ');

        *space = '\0';
        if (!trace_head_get(&input.file, line, value, sizeof(value)))
            strcpy(value, "(nothing)");
        if (strncmp(value, space + 1, sizeof(value) - 1) == 0)
            continue;
        snprintf(text, sizeof(text), "it is of another run: %s %s, not %s", line, value,
                 space + 1);
        refuse(text);
    }
}

static void replay_open(const struct machine_config *config)
{
    char *mine = trace_head_identity(config);
    char console[64], kind[16] = "";
    unsigned rows, cols;

    if (!trace_open(&input.file, config->replay))
        refuse(input.file.error);
    compare_heads(mine);
    free(mine);
    if (!trace_head_get(&input.file, "console", console, sizeof(console)) ||
        sscanf(console, "%15s %u %u", kind, &rows, &cols) != 3)
        refuse("it does not say what its console was");
    input.tty = strcmp(kind, "terminal") == 0;
    input.rows = (uint16_t)rows;
    input.cols = (uint16_t)cols;
    next_find();
}

static void replay_poll(uint64_t points)
{
    while (input.have_next && input.next.args[0] == points) {
        arrive(points, input.next.bytes, input.next.args[1]);
        next_find();
    }
}

/* ---- a terminal ---- */

static void live_open(const struct machine_config *config)
{
    struct winsize size = {0};

    input.source = SOURCE_LIVE;
    input.tty = true;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
        input.rows = size.ws_row;
        input.cols = size.ws_col;
    }
    if (config->quiet)
        return;
    if (config->trace)
        fprintf(stderr, "cloudos: what you type is recorded; --replay %s repeats it\n",
                config->trace);
    else
        fprintf(stderr,
                "cloudos: without --trace FILE what you type is not recorded, and "
                "this run cannot be repeated\n");
}

static void live_poll(uint64_t points)
{
    uint8_t buf[LIVE_CHUNK];
    int n;

    if (!console_has_input())
        return;
    n = console_take(buf, sizeof(buf));
    if (n > 0 || (n == HAL_CONSOLE_EOF && !input.eof))
        arrive(points, buf, n > 0 ? (size_t)n : 0);
}

/* ---- for all ---- */

void input_init(const struct machine_config *config)
{
    memset(&input, 0, sizeof(input));
    input.rows = ROWS;
    input.cols = COLS;
    if (config->replay) {
        input.source = SOURCE_REPLAY;
        replay_open(config);
    } else if (isatty(STDIN_FILENO)) {
        live_open(config);
    }
}

void input_start(void)
{
    if (input.source == SOURCE_ALL_THERE)
        read_all();
    else
        input_poll(0);
}

void input_describe(FILE *to)
{
    fprintf(to, "console %s %u %u\n", input.tty ? "terminal" : "pipe", input.rows,
            input.cols);
}

bool input_is_tty(void)
{
    return input.tty;
}

bool input_is_live(void)
{
    return input.source == SOURCE_LIVE;
}

int input_take(void *buf, size_t len)
{
    size_t n = input.in - input.out < len ? input.in - input.out : len;

    if (n)
        memcpy(buf, input.data + input.out, n);
    input.out += n;
    if (input.out == input.in)
        input.in = input.out = 0;
    return n == 0 && len && input.eof ? HAL_CONSOLE_EOF : (int)n;
}

void input_size(uint16_t *rows, uint16_t *cols)
{
    *rows = input.rows;
    *cols = input.cols;
}

void input_poll(uint64_t points)
{
    if (input.source == SOURCE_LIVE)
        live_poll(points);
    else if (input.source == SOURCE_REPLAY)
        replay_poll(points);
}

uint64_t input_wait(uint64_t points, uint64_t now_ns, uint64_t deadline_ns)
{
    uint64_t waited;

    if (input.source == SOURCE_REPLAY && input.have_next &&
        input.next.args[0] == points + 1)
        return input.next.time_ns;
    if (input.source != SOURCE_LIVE || (input.eof && deadline_ns == HAL_NEVER))
        return deadline_ns;
    if (deadline_ns <= now_ns)
        return now_ns;
    waited = console_wait(deadline_ns == HAL_NEVER ? HAL_NEVER : deadline_ns - now_ns);
    return waited < deadline_ns - now_ns ? now_ns + waited : deadline_ns;
}
