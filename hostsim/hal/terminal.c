/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's terminal, taken and given back. */
#include "hostsim/hal/terminal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static struct termios before, raw;
static bool have_terminal;
static atomic_bool is_raw;

/* Started in the background, this stops the process (SIGTTOU) until it is in front. */
void terminal_take(void)
{
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before))
        return;
    raw = before;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    have_terminal = true;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0)
        atomic_store(&is_raw, true);
    atexit(terminal_restore);
}

void terminal_take_again(void)
{
    /* Continued in the background the terminal is somebody else's. */
    if (have_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0)
        atomic_store(&is_raw, true);
}

void terminal_restore(void)
{
    if (atomic_exchange(&is_raw, false))
        tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

bool terminal_is_raw(void)
{
    return atomic_load_explicit(&is_raw, memory_order_relaxed);
}
