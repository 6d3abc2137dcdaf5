/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of --strace.
 *
 * Text is made first, with no lock held, because it may take page faults; then it is written
 * with the lock held, together with what the interleaving of tasks asks for.
 */
#include "syscall/strace.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/futex.h"
#include "abi/mman.h"
#include "abi/poll.h"
#include "abi/sched-clone.h"
#include "hal/hal.h"
#include "lib/errno_name.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "proc/trap.h"
#include "syscall/handlers.h"
#include "syscall/path_args.h"
#include "syscall/strace_filter.h"
#include "syscall/strace_priv.h"
#include "trace/log.h"
#include "vm/ucopy.h"

#define LINE_BYTES    4608u /* a path of PATH_MAX and the rest of a line */
#define RESULT_COLUMN 39u

/* In task.strace_state. */
#define TASK_KNOWN  1u /* it has been seen: counted in state.tasks */
#define TASK_TRACED 2u /* it is the process that was asked for, or comes from it */
#define TASK_TRYING 4u /* traced while it tries to become that program */

bool strace_on;

/* The line that has not ended yet. */
static struct {
    struct spinlock lock;
    int32_t open_tid; /* whose it is; 0: none */
    uint32_t column;
    uint32_t tasks;   /* that have been seen and live */
    uint64_t line_ns; /* when the last line began; 0: there was none */
} state = {.lock = SPINLOCK_INIT("syscall.strace")};

static const struct proc_trace trace = {
    .signal = strace_signal, .exit = strace_exit, .clone = strace_clone};

/* Constant after boot. */
static struct strace_config config;
static struct strace_filter filter;
static int32_t of_pid; /* config.of as a number; 0: it is a name */

int syscall_strace_enable(const struct strace_config *c)
{
    static const char *const stamps[] = {"t", "tt", "ttt", "r"};
    const char *bad;
    size_t bad_len;
    uint64_t pid;
    bool known = !c->stamp;

    if (strace_filter_parse(c->calls ? c->calls : "all", &filter, &bad, &bad_len)) {
        log_emerg("syscall", "strace: there is no call '%.*s'", (int)bad_len, bad);
        return -EINVAL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(stamps) && !known; i++)
        known = str_eq(stamps[i], c->stamp);
    if (!known) {
        log_emerg("syscall", "strace: there is no time stamp '%s'", c->stamp);
        return -EINVAL;
    }
    config = *c;
    if (c->of && !str_to_u64(c->of, strlen(c->of), 10, &pid) && pid <= PROC_PID_MAX)
        of_pid = (int32_t)pid;
    strace_on = true;
    proc_set_trace(&trace);
    syscall_watch();
    return 0;
}

/* ---- whose calls ---- */

/* The kernel keeps no more of a program's name than this. */
static bool is_name(const char *program)
{
    return strncmp(program, config.of, sizeof(((struct process *)0)->comm) - 1) == 0;
}

static bool is_traced(struct task *t)
{
    if (!config.of || t->strace_state & TASK_TRACED)
        return true;
    if (of_pid ? t->process->pid != of_pid : !is_name(t->process->comm))
        return false;
    t->strace_state |= TASK_TRACED;
    return true;
}

/* Does it try to become the program that was asked for?  Then that is where its trace begins. */
static bool is_trying(struct task *t, const struct syscall_desc *d, const uint64_t a[6])
{
    const char *slash;
    char *path;

    if (of_pid || !d || d->fn != sys_execve || user_string_get(a[0], &path))
        return false;
    slash = strrchr(path, '/');
    if (is_name(slash ? slash + 1 : path))
        t->strace_state |= TASK_TRACED | TASK_TRYING;
    kfree(path);
    return t->strace_state & TASK_TRYING;
}

bool strace_wants(struct task *t, const struct syscall_desc *d, uint64_t nr,
                  const uint64_t a[6])
{
    return (is_traced(t) || is_trying(t, d, a)) && strace_filter_has(&filter, nr);
}

void strace_clone(struct task *t, struct task *child)
{
    child->strace_state = t->strace_state & TASK_TRACED;
}

/* ---- output; state.lock is held ---- */

static void emit(const char *s, size_t len)
{
    (void)hal_console_write(HAL_STREAM_STRACE, s, len);
    state.column += (uint32_t)len;
}

static void put_stamp(void)
{
    uint64_t now_ns = config.stamp[0] == 'r' ? hal_time_ns() : hal_wall_ns();
    uint64_t s = now_ns / 1000000000, us = now_ns / 1000 % 1000000;
    uint64_t day_s = s % 86400;
    char text[40];
    int len;

    if (config.stamp[0] == 'r') {
        uint64_t since_us = state.line_ns ? (now_ns - state.line_ns) / 1000 : 0;

        len = ksnprintf(text, sizeof(text), "%6lu.%06lu ", since_us / 1000000,
                        since_us % 1000000);
        state.line_ns = now_ns;
    } else if (str_eq(config.stamp, "ttt")) {
        len = ksnprintf(text, sizeof(text), "%lu.%06lu ", s, us);
    } else {
        len = ksnprintf(text, sizeof(text), "%02lu:%02lu:%02lu", day_s / 3600,
                        day_s / 60 % 60, day_s % 60);
        len += ksnprintf(text + len, sizeof(text) - (size_t)len,
                         str_eq(config.stamp, "tt") ? ".%06lu " : " ", us);
    }
    emit(text, (size_t)len);
}

/* Begin a line of `tid`; another task's open line ends here for now. */
static void begin_line(int32_t tid)
{
    char prefix[24];

    if (state.open_tid)
        emit(" <unfinished ...>\n", 18);
    state.open_tid = 0;
    state.column = 0;
    if (state.tasks > 1)
        emit(prefix, (size_t)ksnprintf(prefix, sizeof(prefix), "[pid %5d] ", tid));
    if (config.stamp)
        put_stamp();
}

/* Go on with the line of `tid`, or begin a new one that says what it continues. */
static void resume_line(int32_t tid, const char *name)
{
    if (state.open_tid == tid)
        return;
    begin_line(tid);
    emit("<... ", 5);
    emit(name, strlen(name));
    emit(" resumed>", 9);
}

static void pad_to_result(void)
{
    static const char spaces[] = "                                        ";

    if (state.column < RESULT_COLUMN)
        emit(spaces, RESULT_COLUMN - state.column);
}

static void end_line(const char *result, size_t len)
{
    pad_to_result();
    emit(result, len);
    state.open_tid = 0;
}

/* ---- text ---- */

struct line {
    struct strbuf sb;
    char *text;
};

static bool line_start(struct line *l)
{
    l->text = kmalloc(LINE_BYTES);
    if (l->text)
        strbuf_init(&l->sb, l->text, LINE_BYTES);
    return l->text != NULL;
}

/* Commands that take no third argument. */
static bool fcntl_has_arg(uint64_t cmd)
{
    switch ((uint32_t)cmd) {
    case F_GETFD:
    case F_GETFL:
    case F_GETOWN:
    case F_GETSIG:
    case F_GETLEASE:
    case F_GETPIPE_SZ:
    case F_GET_SEALS:
        return false;
    default:
        return true;
    }
}

/* Behind the stack come the addresses that the flags ask for; the thread pointer is last. */
static unsigned clone_arg_count(uint64_t flags)
{
    if (flags & ABI_CLONE_SETTLS)
        return 5;
    if (flags & (ABI_CLONE_CHILD_SETTID | ABI_CLONE_CHILD_CLEARTID))
        return 4;
    return flags & (ABI_CLONE_PARENT_SETTID | ABI_CLONE_PIDFD) ? 3 : 2;
}

/* Arguments that mean something in this call. */
static unsigned arg_count(const struct syscall_desc *d, const uint64_t a[6])
{
    if (d->fn == sys_open || d->fn == sys_openat) {
        uint64_t flags = a[d->fn == sys_open ? 1 : 2];
        bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;

        return d->arg_count - (creates ? 0 : 1);
    }
    if (d->fn == sys_fcntl && !fcntl_has_arg(a[1]))
        return 2;
    if (d->fn == sys_futex) {
        unsigned op = a[1] & 0x7f;

        if (op == ABI_FUTEX_WAKE)
            return 3;
        return op == ABI_FUTEX_WAIT ? 4 : 6;
    }
    if (d->fn == sys_mremap && !(a[3] & MREMAP_FIXED))
        return 4;
    if (d->fn == sys_clone)
        return clone_arg_count(a[0]);
    return d->arg_count;
}

static bool known_only_after(const struct strace_call *c, unsigned i)
{
    uint8_t type = c->desc->args[i].type;

    return type == SYS_ARG_OUT || type == SYS_ARG_OUT_BUF ||
           (type == SYS_ARG_IOCTL && c->desc->fn == sys_ioctl);
}

/* Arguments from `from` on; before the call only up to the first that it will fill in. */
static unsigned put_args(const struct strace_call *c, unsigned from, unsigned count)
{
    unsigned i;

    for (i = from; i < count; i++) {
        if (!c->after && known_only_after(c, i))
            break;
        strace_put_arg(c, i);
        if (i + 1 < count)
            strbuf_puts(c->sb, ", ");
    }
    return i;
}

/* Where put_args() stopped before the call. */
static unsigned args_before(const struct strace_call *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (known_only_after(c, i))
            return i;
    }
    return count;
}

static const char *restart_text(int64_t result)
{
    switch (-result) {
    case ERESTARTSYS:
        return "ERESTARTSYS (To be restarted if SA_RESTART is set)";
    case ERESTARTNOINTR:
        return "ERESTARTNOINTR (To be restarted)";
    case ERESTARTNOHAND:
        return "ERESTARTNOHAND (To be restarted if no handler)";
    case ERESTART_RESTARTBLOCK:
        return "ERESTART_RESTARTBLOCK (Interrupted by signal)";
    default:
        return NULL;
    }
}

/* The entries of a poll that have something to say. */
static void put_poll_ready(struct strbuf *sb, const uint64_t a[6])
{
    const char *separator = " ([";
    struct abi_pollfd p;

    for (uint64_t i = 0; i < MIN(a[1], (uint64_t)1024); i++) {
        if (copy_from_user(&p, a[0] + i * sizeof(p), sizeof(p)))
            break;
        if (!p.revents)
            continue;
        strbuf_printf(sb, "%s{fd=%d, revents=", separator, p.fd);
        strace_put_flags(sb, SYS_SET_POLL_EVENTS, (uint16_t)p.revents);
        strbuf_putc(sb, '}');
        separator = ", ";
    }
    strbuf_puts(sb, "])");
}

static void put_select_ready(struct strbuf *sb, const uint64_t a[6])
{
    static const char *const names[3] = {"in ", "out ", "except "};
    const char *separator = " (";

    for (unsigned k = 0; k < 3; k++) {
        if (!a[k + 1])
            continue;
        strbuf_printf(sb, "%s%s", separator, names[k]);
        strace_put_bits(sb, a[k + 1], MIN(a[0], (uint64_t)1024));
        separator = ", ";
    }
    strbuf_putc(sb, ')');
}

static void put_result(struct strbuf *sb, const struct syscall_desc *d,
                       const uint64_t a[6], int64_t result)
{
    bool is_poll = d && (d->fn == sys_poll || d->fn == sys_ppoll);
    bool is_select = d && (d->fn == sys_select || d->fn == sys_pselect6);

    if (result < 0 && restart_text(result)) {
        strbuf_printf(sb, " = ? %s", restart_text(result));
        return;
    }
    if (result < 0 && result >= -4095) {
        int err = (int)-result;

        strbuf_printf(sb, " = -1 %s (%s)", errno_name(err), strace_error_text(err));
        return;
    }
    if (d && (d->result == SYS_ARG_ADDR || d->result == SYS_ARG_HEX))
        strbuf_printf(sb, " = 0x%llx", (unsigned long long)result);
    else if (d && d->result == SYS_ARG_MODE)
        strbuf_printf(sb, " = 0%llo", (unsigned long long)result);
    else
        strbuf_printf(sb, " = %lld", (long long)result);
    if (d && d->result == SYS_ARG_SIGNO) {
        strbuf_puts(sb, " (");
        strace_put_signal(sb, (uint64_t)result);
        strbuf_putc(sb, ')');
    }
    if ((is_poll || is_select) && result == 0)
        strbuf_puts(sb, " (Timeout)");
    else if (is_poll)
        put_poll_ready(sb, a);
    else if (is_select)
        put_select_ready(sb, a);
}

/* ---- hooks ---- */

static void name_of(const struct syscall_desc *d, uint64_t nr, char *buf, size_t size)
{
    if (d)
        strlcpy(buf, d->name, size);
    else
        ksnprintf(buf, size, "syscall_0x%llx", (unsigned long long)nr);
}

void strace_enter(struct task *t, const struct syscall_desc *d, uint64_t nr,
                  const uint64_t a[6])
{
    struct line l;
    struct strace_call c = {.desc = d, .a = a, .sb = &l.sb};
    char name[32];
    bool unmasked;

    if (!line_start(&l))
        return;
    name_of(d, nr, name, sizeof(name));
    strbuf_printf(&l.sb, "%s(", name);
    if (d && d->fn)
        put_args(&c, 0, arg_count(d, a));
    else
        strbuf_printf(&l.sb, "0x%llx, 0x%llx, 0x%llx", (unsigned long long)a[0],
                      (unsigned long long)a[1], (unsigned long long)a[2]);
    unmasked = spin_lock_irqsave(&state.lock);
    if (!(t->strace_state & TASK_KNOWN))
        state.tasks++;
    t->strace_state |= TASK_KNOWN;
    begin_line(t->tid);
    emit(l.text, l.sb.len);
    state.open_tid = t->tid;
    if (d && d->result == SYS_ARG_NONE) {
        emit(")", 1);
        end_line(" = ?\n", 5);
    }
    spin_unlock_irqrestore(&state.lock, unmasked);
    kfree(l.text);
}

void strace_leave(struct task *t, const struct syscall_desc *d, uint64_t nr,
                  const uint64_t a[6], int64_t result, uint64_t spent_ns)
{
    struct line l;
    struct strace_call c = {
        .desc = d, .a = a, .result = result, .after = true, .sb = &l.sb};
    char name[32];
    size_t args_len;
    bool unmasked;

    if (!line_start(&l))
        return;
    name_of(d, nr, name, sizeof(name));
    if (d && d->fn) {
        unsigned count = arg_count(d, a);

        put_args(&c, args_before(&c, count), count);
    }
    strbuf_putc(&l.sb, ')');
    args_len = l.sb.len;
    put_result(&l.sb, d, a, result);
    if (config.times)
        strbuf_printf(&l.sb, " <%lu.%06lu>", spent_ns / 1000000000,
                      spent_ns / 1000 % 1000000);
    strbuf_putc(&l.sb, '\n');
    unmasked = spin_lock_irqsave(&state.lock);
    resume_line(t->tid, name);
    emit(l.text, args_len);
    end_line(l.text + args_len, l.sb.len - args_len);
    spin_unlock_irqrestore(&state.lock, unmasked);
    kfree(l.text);
    if (t->strace_state & TASK_TRYING)
        t->strace_state &= ~(TASK_TRYING | (result < 0 ? TASK_TRACED : 0));
}

/* A whole line of its own. */
static void print_line(struct task *t, const struct line *l)
{
    bool unmasked = spin_lock_irqsave(&state.lock);

    begin_line(t->tid);
    emit(l->text, l->sb.len);
    spin_unlock_irqrestore(&state.lock, unmasked);
}

void strace_signal(struct task *t, int signo, const struct abi_siginfo *info)
{
    struct line l;

    if (!is_traced(t) || !line_start(&l))
        return;
    strbuf_puts(&l.sb, "--- ");
    strace_put_signal(&l.sb, (uint32_t)signo);
    strbuf_putc(&l.sb, ' ');
    strace_put_siginfo(&l.sb, info);
    strbuf_puts(&l.sb, " ---\n");
    print_line(t, &l);
    kfree(l.text);
}

void strace_exit(struct task *t, int status)
{
    struct line l;
    bool unmasked;

    if (!is_traced(t) || !line_start(&l))
        return;
    if (status & 0x7f) {
        strbuf_puts(&l.sb, "+++ killed by ");
        strace_put_signal(&l.sb, (uint32_t)status & 0x7f);
        strbuf_puts(&l.sb, status & 0x80 ? " (core dumped) +++\n" : " +++\n");
    } else {
        strbuf_printf(&l.sb, "+++ exited with %d +++\n", status >> 8 & 0xff);
    }
    print_line(t, &l);
    unmasked = spin_lock_irqsave(&state.lock);
    if (t->strace_state & TASK_KNOWN)
        state.tasks--;
    t->strace_state &= ~TASK_KNOWN;
    spin_unlock_irqrestore(&state.lock, unmasked);
    kfree(l.text);
}
