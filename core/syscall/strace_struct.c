/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures that calls read or write, in words. */
#include "syscall/strace_priv.h"

#include "abi/machine.h"
#include "abi/poll.h"
#include "abi/resource.h"
#include "abi/sched-clone.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/stat.h"
#include "abi/time.h"
#include "arch/abi_stat.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/iter.h"
#include "vm/ucopy.h"

typedef unsigned long long ull;

/* Everything of fixed size, read before it is printed. */
union strace_any {
    int32_t i[2];
    uint32_t u32;
    uint64_t u64[2];
    struct abi_stat stat;
    struct abi_statfs statfs;
    struct abi_timespec ts[2];
    struct abi_timeval tv[2];
    struct abi_timezone tz;
    struct abi_itimerval itv;
    struct abi_itimerspec its;
    struct abi_sigaction sa;
    struct abi_siginfo info;
    struct abi_stack ss;
    struct abi_rlimit rlim;
    struct abi_rusage ru;
    struct abi_pollfd pfd;
    struct abi_epoll_event ev;
    struct abi_sysinfo si;
    struct abi_tms tms;
    struct abi_clone_args ca;
    struct abi_sched_param sp;
    struct vm_iovec iov;
};

static const uint16_t sizes[SYS_KIND_COUNT] = {
    [SYS_KIND_INT] = 4,
    [SYS_KIND_U32] = 4,
    [SYS_KIND_ID] = 4,
    [SYS_KIND_U64] = 8,
    [SYS_KIND_OFF] = 8,
    [SYS_KIND_FD_PAIR] = 8,
    [SYS_KIND_STAT] = sizeof(struct abi_stat),
    [SYS_KIND_STATFS] = sizeof(struct abi_statfs),
    [SYS_KIND_TIMESPEC] = sizeof(struct abi_timespec),
    [SYS_KIND_TIMESPEC_PAIR] = 2 * sizeof(struct abi_timespec),
    [SYS_KIND_TIMEVAL] = sizeof(struct abi_timeval),
    [SYS_KIND_TIMEVAL_PAIR] = 2 * sizeof(struct abi_timeval),
    [SYS_KIND_TIMEZONE] = sizeof(struct abi_timezone),
    [SYS_KIND_ITIMERVAL] = sizeof(struct abi_itimerval),
    [SYS_KIND_ITIMERSPEC] = sizeof(struct abi_itimerspec),
    [SYS_KIND_SIGSET] = 8,
    [SYS_KIND_SIGSET_REF] = 16,
    [SYS_KIND_SIGACTION] = ABI_SIGACTION_BYTES,
    [SYS_KIND_SIGINFO] = sizeof(struct abi_siginfo),
    [SYS_KIND_SIGSTACK] = sizeof(struct abi_stack),
    [SYS_KIND_RLIMIT] = sizeof(struct abi_rlimit),
    [SYS_KIND_RUSAGE] = sizeof(struct abi_rusage),
    [SYS_KIND_IOVEC] = sizeof(struct vm_iovec),
    [SYS_KIND_POLLFD] = sizeof(struct abi_pollfd),
    [SYS_KIND_EPOLL_EVENT] = sizeof(struct abi_epoll_event),
    [SYS_KIND_SYSINFO] = sizeof(struct abi_sysinfo),
    [SYS_KIND_TMS] = sizeof(struct abi_tms),
    [SYS_KIND_CLONE_ARGS] = ABI_CLONE_ARGS_V0,
    [SYS_KIND_SCHED_PARAM] = sizeof(struct abi_sched_param),
    [SYS_KIND_WAIT_STATUS] = 4,
};

size_t strace_struct_bytes(unsigned kind)
{
    return kind < SYS_KIND_COUNT ? sizes[kind] : 0;
}

/* ---- parts ---- */

static void put_timespec(struct strbuf *sb, const struct abi_timespec *ts)
{
    if (ts->nsec == UTIME_NOW)
        strbuf_puts(sb, "UTIME_NOW");
    else if (ts->nsec == UTIME_OMIT)
        strbuf_puts(sb, "UTIME_OMIT");
    else
        strbuf_printf(sb, "{tv_sec=%lld, tv_nsec=%lld}", (long long)ts->sec,
                      (long long)ts->nsec);
}

static void put_timeval(struct strbuf *sb, const struct abi_timeval *tv)
{
    strbuf_printf(sb, "{tv_sec=%lld, tv_usec=%lld}", (long long)tv->sec,
                  (long long)tv->usec);
}

void strace_put_mode(struct strbuf *sb, uint32_t mode)
{
    static const char *const types[16] = {
        [1] = "S_IFIFO", [2] = "S_IFCHR",  [4] = "S_IFDIR",   [6] = "S_IFBLK",
        [8] = "S_IFREG", [10] = "S_IFLNK", [12] = "S_IFSOCK",
    };
    const char *type = types[mode >> 12 & 15];

    if (type)
        strbuf_printf(sb, "%s|0%03o", type, mode & ABI_MODE_BITS);
    else
        strbuf_printf(sb, "0%03o", mode);
}

static void put_stat(struct strbuf *sb, const struct abi_stat *st)
{
    strbuf_puts(sb, "{st_mode=");
    strace_put_mode(sb, st->st_mode);
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        strbuf_printf(sb, ", st_rdev=makedev(0x%x, 0x%x)", abi_dev_major(st->st_rdev),
                      abi_dev_minor(st->st_rdev));
    else
        strbuf_printf(sb, ", st_size=%lld", (long long)st->st_size);
    strbuf_puts(sb, ", ...}");
}

static void put_limit(struct strbuf *sb, uint64_t v)
{
    if (v == ABI_RLIM_INFINITY)
        strbuf_puts(sb, "RLIM64_INFINITY");
    else if (v > 1024 && v % 1024 == 0)
        strbuf_printf(sb, "%llu*1024", (ull)v / 1024);
    else
        strbuf_printf(sb, "%llu", (ull)v);
}

static void put_sigaction(struct strbuf *sb, const struct abi_sigaction *sa)
{
    strbuf_puts(sb, "{sa_handler=");
    if (sa->handler == ABI_SIG_DFL)
        strbuf_puts(sb, "SIG_DFL");
    else if (sa->handler == ABI_SIG_IGN)
        strbuf_puts(sb, "SIG_IGN");
    else
        strace_put_addr(sb, sa->handler);
    strbuf_puts(sb, ", sa_mask=");
    strace_put_sigset(sb, sa->mask);
    strbuf_puts(sb, ", sa_flags=");
    strace_put_flags(sb, SYS_SET_SIGACTION, sa->flags);
    if (sa->flags & ABI_SA_RESTORER) {
        strbuf_puts(sb, ", sa_restorer=");
        strace_put_addr(sb, sa->restorer);
    }
    strbuf_putc(sb, '}');
}

/* wait(2)'s macros. */
static void put_wait_status(struct strbuf *sb, uint32_t status)
{
    strbuf_putc(sb, '[');
    if (status == 0xffff) {
        strbuf_puts(sb, "{WIFCONTINUED(s)}");
    } else if ((status & 0xff) == 0x7f) {
        strbuf_puts(sb, "{WIFSTOPPED(s) && WSTOPSIG(s) == ");
        strace_put_signal(sb, status >> 8 & 0xff);
        strbuf_putc(sb, '}');
    } else if (status & 0x7f) {
        strbuf_puts(sb, "{WIFSIGNALED(s) && WTERMSIG(s) == ");
        strace_put_signal(sb, status & 0x7f);
        strbuf_puts(sb, status & 0x80 ? " && WCOREDUMP(s)}" : "}");
    } else {
        strbuf_printf(sb, "{WIFEXITED(s) && WEXITSTATUS(s) == %u}", status >> 8 & 0xff);
    }
    strbuf_putc(sb, ']');
}

static void put_siginfo_code(struct strbuf *sb, const struct abi_siginfo *si)
{
    static const char *const child[] = {"",
                                        "CLD_EXITED",
                                        "CLD_KILLED",
                                        "CLD_DUMPED",
                                        "CLD_TRAPPED",
                                        "CLD_STOPPED",
                                        "CLD_CONTINUED"};

    if (si->signo == SIGCHLD && si->code > 0 && si->code <= CLD_CONTINUED)
        strbuf_puts(sb, child[si->code]);
    else if (si->signo == SIGSEGV && (si->code == SEGV_MAPERR || si->code == SEGV_ACCERR))
        strbuf_puts(sb, si->code == SEGV_MAPERR ? "SEGV_MAPERR" : "SEGV_ACCERR");
    else if (si->code == SI_USER)
        strbuf_puts(sb, "SI_USER");
    else if (si->code == SI_KERNEL)
        strbuf_puts(sb, "SI_KERNEL");
    else if (si->code == SI_TKILL)
        strbuf_puts(sb, "SI_TKILL");
    else if (si->code == SI_QUEUE)
        strbuf_puts(sb, "SI_QUEUE");
    else if (si->code == SI_TIMER)
        strbuf_puts(sb, "SI_TIMER");
    else
        strbuf_printf(sb, "%d", si->code);
}

void strace_put_siginfo(struct strbuf *sb, const void *info)
{
    const struct abi_siginfo *si = info;

    strbuf_puts(sb, "{si_signo=");
    strace_put_signal(sb, (uint32_t)si->signo);
    strbuf_puts(sb, ", si_code=");
    put_siginfo_code(sb, si);
    if (si->signo == SIGCHLD && si->code > 0) {
        strbuf_printf(sb, ", si_pid=%d, si_uid=%u, si_status=", si->child.pid,
                      si->child.uid);
        if (si->code == CLD_EXITED)
            strbuf_printf(sb, "%d", si->child.status);
        else
            strace_put_signal(sb, (uint32_t)si->child.status);
        strbuf_printf(sb, ", si_utime=%lld, si_stime=%lld", (long long)si->child.utime,
                      (long long)si->child.stime);
    } else if (si->code == SI_TIMER) {
        strbuf_printf(sb, ", si_timerid=%d, si_overrun=%d", si->timer.id,
                      si->timer.overrun);
    } else if (si->code <= 0) {
        strbuf_printf(sb, ", si_pid=%d, si_uid=%u", si->rt.pid, si->rt.uid);
    } else if (si->code < SI_KERNEL) {
        strbuf_puts(sb, ", si_addr=");
        strace_put_addr(sb, si->fault.addr);
    }
    strbuf_putc(sb, '}');
}

static void put_pollfd(struct strbuf *sb, const struct abi_pollfd *p)
{
    strbuf_printf(sb, "{fd=%d, events=", p->fd);
    strace_put_flags(sb, SYS_SET_POLL_EVENTS, (uint16_t)p->events);
    strbuf_putc(sb, '}');
}

static void put_epoll_event(struct strbuf *sb, const struct abi_epoll_event *ev)
{
    strbuf_puts(sb, "{events=");
    strace_put_flags(sb, SYS_SET_EPOLL_EVENTS, ev->events);
    strbuf_printf(sb, ", data=0x%llx}", (ull)ev->data);
}

static void put_clone_args(struct strbuf *sb, const struct abi_clone_args *ca)
{
    strbuf_puts(sb, "{flags=");
    strace_put_flags(sb, SYS_SET_CLONE, ca->flags);
    strbuf_puts(sb, ", exit_signal=");
    strace_put_signal(sb, ca->exit_signal);
    strbuf_puts(sb, ", stack=");
    strace_put_addr(sb, ca->stack);
    strbuf_printf(sb, ", stack_size=0x%llx", (ull)ca->stack_size);
    if (ca->flags & ABI_CLONE_SETTLS)
        strbuf_printf(sb, ", tls=0x%llx", (ull)ca->tls);
    strbuf_putc(sb, '}');
}

static void put_rusage(struct strbuf *sb, const struct abi_rusage *ru)
{
    strbuf_printf(
        sb,
        "{ru_utime={tv_sec=%lld, tv_usec=%lld}, ru_stime={tv_sec=%lld, tv_usec=%lld}, "
        "...}",
        (long long)ru->utime_sec, (long long)ru->utime_usec, (long long)ru->stime_sec,
        (long long)ru->stime_usec);
}

/* ---- by kind ---- */

static void put_times(struct strbuf *sb, unsigned kind, const union strace_any *u)
{
    switch (kind) {
    case SYS_KIND_TIMESPEC:
        put_timespec(sb, &u->ts[0]);
        break;
    case SYS_KIND_TIMEVAL:
        put_timeval(sb, &u->tv[0]);
        break;
    case SYS_KIND_TIMESPEC_PAIR:
        strbuf_putc(sb, '[');
        put_timespec(sb, &u->ts[0]);
        strbuf_puts(sb, ", ");
        put_timespec(sb, &u->ts[1]);
        strbuf_putc(sb, ']');
        break;
    case SYS_KIND_TIMEVAL_PAIR:
        strbuf_putc(sb, '[');
        put_timeval(sb, &u->tv[0]);
        strbuf_puts(sb, ", ");
        put_timeval(sb, &u->tv[1]);
        strbuf_putc(sb, ']');
        break;
    case SYS_KIND_ITIMERVAL:
        strbuf_puts(sb, "{it_interval=");
        put_timeval(sb, &u->itv.interval);
        strbuf_puts(sb, ", it_value=");
        put_timeval(sb, &u->itv.value);
        strbuf_putc(sb, '}');
        break;
    case SYS_KIND_ITIMERSPEC:
        strbuf_puts(sb, "{it_interval=");
        put_timespec(sb, &u->its.interval);
        strbuf_puts(sb, ", it_value=");
        put_timespec(sb, &u->its.value);
        strbuf_putc(sb, '}');
        break;
    default: /* SYS_KIND_TIMEZONE */
        strbuf_printf(sb, "{tz_minuteswest=%d, tz_dsttime=%d}", u->tz.minutes_west,
                      u->tz.dst_time);
        break;
    }
}

static void put_signals(struct strbuf *sb, unsigned kind, const union strace_any *u)
{
    switch (kind) {
    case SYS_KIND_SIGSET:
        strace_put_sigset(sb, u->u64[0]);
        break;
    case SYS_KIND_SIGSET_REF:
        strbuf_printf(sb, "{sigmask=0x%llx, sigsetsize=%llu}", (ull)u->u64[0],
                      (ull)u->u64[1]);
        break;
    case SYS_KIND_SIGACTION:
        put_sigaction(sb, &u->sa);
        break;
    case SYS_KIND_SIGINFO:
        strace_put_siginfo(sb, &u->info);
        break;
    case SYS_KIND_SIGSTACK:
        strbuf_puts(sb, "{ss_sp=");
        strace_put_addr(sb, u->ss.sp);
        strbuf_puts(sb, ", ss_flags=");
        strace_put_flags(sb, SYS_SET_SIGSTACK, (uint32_t)u->ss.flags);
        strbuf_printf(sb, ", ss_size=%llu}", (ull)u->ss.size);
        break;
    default: /* SYS_KIND_WAIT_STATUS */
        put_wait_status(sb, u->u32);
        break;
    }
}

static void put_numbers(struct strbuf *sb, unsigned kind, const union strace_any *u)
{
    switch (kind) {
    case SYS_KIND_INT:
        strbuf_printf(sb, "[%d]", u->i[0]);
        break;
    case SYS_KIND_U32:
    case SYS_KIND_ID:
        strbuf_printf(sb, "[%u]", u->u32);
        break;
    case SYS_KIND_FD_PAIR:
        strbuf_printf(sb, "[%d, %d]", u->i[0], u->i[1]);
        break;
    case SYS_KIND_SCHED_PARAM:
        strbuf_printf(sb, "[%d]", u->sp.priority);
        break;
    default: /* SYS_KIND_U64, SYS_KIND_OFF */
        strbuf_printf(sb, "[%lld]", (long long)u->u64[0]);
        break;
    }
}

static void put_rest(struct strbuf *sb, unsigned kind, const union strace_any *u)
{
    switch (kind) {
    case SYS_KIND_STAT:
        put_stat(sb, &u->stat);
        break;
    case SYS_KIND_STATFS:
        strbuf_printf(sb,
                      "{f_type=0x%llx, f_bsize=%llu, f_blocks=%llu, f_bfree=%llu, ...}",
                      (ull)u->statfs.f_type, (ull)u->statfs.f_bsize,
                      (ull)u->statfs.f_blocks, (ull)u->statfs.f_bfree);
        break;
    case SYS_KIND_RLIMIT:
        strbuf_puts(sb, "{rlim_cur=");
        put_limit(sb, u->rlim.cur);
        strbuf_puts(sb, ", rlim_max=");
        put_limit(sb, u->rlim.max);
        strbuf_putc(sb, '}');
        break;
    case SYS_KIND_RUSAGE:
        put_rusage(sb, &u->ru);
        break;
    case SYS_KIND_IOVEC:
        strbuf_puts(sb, "{iov_base=");
        strace_put_bytes(sb, u->iov.base, u->iov.len);
        strbuf_printf(sb, ", iov_len=%llu}", (ull)u->iov.len);
        break;
    case SYS_KIND_POLLFD:
        put_pollfd(sb, &u->pfd);
        break;
    case SYS_KIND_EPOLL_EVENT:
        put_epoll_event(sb, &u->ev);
        break;
    case SYS_KIND_SYSINFO:
        strbuf_printf(sb, "{uptime=%lld, totalram=%llu, freeram=%llu, procs=%u, ...}",
                      (long long)u->si.uptime, (ull)u->si.totalram, (ull)u->si.freeram,
                      u->si.procs);
        break;
    case SYS_KIND_TMS:
        strbuf_printf(
            sb, "{tms_utime=%lld, tms_stime=%lld, tms_cutime=%lld, tms_cstime=%lld}",
            (long long)u->tms.utime, (long long)u->tms.stime, (long long)u->tms.cutime,
            (long long)u->tms.cstime);
        break;
    default: /* SYS_KIND_CLONE_ARGS */
        put_clone_args(sb, &u->ca);
        break;
    }
}

static bool put_fixed(struct strbuf *sb, unsigned kind, uint64_t va)
{
    union strace_any u;

    if (copy_from_user(&u, va, sizes[kind]))
        return false;
    switch (kind) {
    case SYS_KIND_TIMESPEC:
    case SYS_KIND_TIMESPEC_PAIR:
    case SYS_KIND_TIMEVAL:
    case SYS_KIND_TIMEVAL_PAIR:
    case SYS_KIND_ITIMERVAL:
    case SYS_KIND_ITIMERSPEC:
    case SYS_KIND_TIMEZONE:
        put_times(sb, kind, &u);
        break;
    case SYS_KIND_SIGSET:
    case SYS_KIND_SIGSET_REF:
    case SYS_KIND_SIGACTION:
    case SYS_KIND_SIGINFO:
    case SYS_KIND_SIGSTACK:
    case SYS_KIND_WAIT_STATUS:
        put_signals(sb, kind, &u);
        break;
    case SYS_KIND_INT:
    case SYS_KIND_U32:
    case SYS_KIND_ID:
    case SYS_KIND_U64:
    case SYS_KIND_OFF:
    case SYS_KIND_FD_PAIR:
    case SYS_KIND_SCHED_PARAM:
        put_numbers(sb, kind, &u);
        break;
    default:
        put_rest(sb, kind, &u);
        break;
    }
    return true;
}

/* ---- of variable size ---- */

static bool put_argv(struct strbuf *sb, uint64_t va)
{
    uint64_t p;

    for (unsigned i = 0;; i++) {
        if (copy_from_user(&p, va + i * sizeof(p), sizeof(p))) {
            if (i == 0)
                return false;
            strbuf_puts(sb, ", ...]");
            return true;
        }
        strbuf_puts(sb, i ? (p ? ", " : "") : "[");
        if (!p || i == STRACE_ARRAY_MAX) {
            strbuf_puts(sb, p ? "...]" : "]");
            return true;
        }
        strace_put_cstring(sb, p);
    }
}

static bool put_envp(struct strbuf *sb, uint64_t va)
{
    uint64_t p = 1;
    unsigned n = 0;

    while (n < 4096 && !copy_from_user(&p, va + n * sizeof(p), sizeof(p)) && p)
        n++;
    if (p)
        return false;
    strbuf_printf(sb, "0x%llx /* %u vars */", (ull)va, n);
    return true;
}

static bool put_utsname(struct strbuf *sb, uint64_t va)
{
    strbuf_puts(sb, "{sysname=");
    strace_put_cstring(sb, va + offsetof(struct abi_utsname, sysname));
    strbuf_puts(sb, ", nodename=");
    strace_put_cstring(sb, va + offsetof(struct abi_utsname, nodename));
    strbuf_puts(sb, ", ...}");
    return true;
}

static bool put_statx(struct strbuf *sb, uint64_t va)
{
    struct abi_statx st;

    if (copy_from_user(&st, va, sizeof(st)))
        return false;
    strbuf_puts(sb, "{stx_mask=");
    strace_put_flags(sb, SYS_SET_STATX, st.stx_mask);
    strbuf_puts(sb, ", stx_mode=");
    strace_put_mode(sb, st.stx_mode);
    strbuf_printf(sb, ", stx_size=%llu, ...}", (ull)st.stx_size);
    return true;
}

void strace_put_bits(struct strbuf *sb, uint64_t va, uint64_t n)
{
    const char *separator = "";
    uint64_t word = 0;

    strbuf_putc(sb, '[');
    for (uint64_t i = 0; i < n; i++) {
        if (i % 64 == 0 && copy_from_user(&word, va + i / 8, sizeof(word)))
            break;
        if (!(word >> (i % 64) & 1))
            continue;
        strbuf_printf(sb, "%s%llu", separator, (ull)i);
        separator = " ";
    }
    strbuf_putc(sb, ']');
}

/* Both forms of an entry begin with inode, offset and length. */
void strace_put_dirents(struct strbuf *sb, uint64_t va, uint64_t bytes)
{
    uint64_t at = 0;
    unsigned count = 0;
    uint16_t len;

    while (at < bytes && !copy_from_user(&len, va + at + 16, sizeof(len)) && len) {
        at += len;
        count++;
    }
    strbuf_printf(sb, "0x%llx /* %u entries */", (ull)va, count);
}

bool strace_put_struct(struct strbuf *sb, unsigned kind, uint64_t va)
{
    if (sizes[kind])
        return put_fixed(sb, kind, va);
    switch (kind) {
    case SYS_KIND_ARGV:
        return put_argv(sb, va);
    case SYS_KIND_ENVP:
        return put_envp(sb, va);
    case SYS_KIND_UTSNAME:
        return put_utsname(sb, va);
    case SYS_KIND_STATX:
        return put_statx(sb, va);
    default:
        return false;
    }
}
