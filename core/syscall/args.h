/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vocabulary of table.def: what an argument of a call is, which way it goes and how
 * long it is.
 *
 * An includer of table.def defines SYSCALL(name, nr_x86_64, nr_generic, result, args), REFUSED
 * with the same arguments and MISSING(name, nr_x86_64, nr_generic), and gets each call once;
 * NOTE(name, text) follows some of them.  `args` is ARGS(...), a list of initializers of struct
 * syscall_arg.
 *
 * Owner:   syscall/table.def's readers: dispatch, --strace, the fuzzer's grammar.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_SYSCALL_ARGS_H
#define CLOUDOS_SYSCALL_ARGS_H

#include "lib/base.h"

enum syscall_type {
    SYS_ARG_INT,  /* signed 32 bits */
    SYS_ARG_UINT, /* unsigned 32 bits */
    SYS_ARG_LONG, /* signed 64 bits */
    SYS_ARG_SIZE, /* unsigned 64 bits */
    SYS_ARG_OFF,  /* file offset */
    SYS_ARG_HEX,
    SYS_ARG_ADDR, /* user address that the call does not read or write itself */
    SYS_ARG_FD,
    SYS_ARG_DIRFD, /* AT_FDCWD has a name */
    SYS_ARG_PID,
    SYS_ARG_ID,   /* uid or gid; -1 is "leave" */
    SYS_ARG_MODE, /* octal */
    SYS_ARG_DEV,
    SYS_ARG_SIGNO,
    SYS_ARG_ENUM,    /* one of `set` */
    SYS_ARG_FLAGS,   /* bits of `set` */
    SYS_ARG_PATH,    /* NUL-terminated, read */
    SYS_ARG_CSTR,    /* the same, not a path */
    SYS_ARG_IN_BUF,  /* bytes read; length in argument `len` */
    SYS_ARG_OUT_BUF, /* bytes written; length in argument `len` or SYS_LEN_RESULT */
    SYS_ARG_IN,      /* `kind` read; `len`: argument with the number of elements */
    SYS_ARG_OUT,     /* `kind` written */
    SYS_ARG_INOUT,
    SYS_ARG_IOCTL, /* third argument of ioctl: by command */
    SYS_ARG_FCNTL, /* third argument of fcntl: by command */
    SYS_ARG_NONE,  /* of a result: the call does not return */
};

/* Named values: SYS_ARG_ENUM and SYS_ARG_FLAGS. */
enum syscall_set {
    SYS_SET_NONE,
    SYS_SET_OPEN,
    SYS_SET_NEWFD, /* O_CLOEXEC, O_NONBLOCK: without an access mode */
    SYS_SET_AT,
    SYS_SET_ACCESS,
    SYS_SET_PROT,
    SYS_SET_MMAP,
    SYS_SET_MREMAP,
    SYS_SET_MSYNC,
    SYS_SET_MADVISE,
    SYS_SET_MLOCKALL,
    SYS_SET_CLONE,
    SYS_SET_WAIT,
    SYS_SET_WAITID,
    SYS_SET_EPOLL_CTL,
    SYS_SET_EPOLL_EVENTS,
    SYS_SET_POLL_EVENTS,
    SYS_SET_EVENTFD,
    SYS_SET_TIMERFD,
    SYS_SET_TIMER_SET,
    SYS_SET_WHENCE,
    SYS_SET_CLOCK,
    SYS_SET_ITIMER,
    SYS_SET_RESOURCE,
    SYS_SET_RUSAGE,
    SYS_SET_PRIO,
    SYS_SET_FCNTL,
    SYS_SET_FD_FLAGS,
    SYS_SET_IOCTL,
    SYS_SET_FLOCK,
    SYS_SET_LOCK_TYPE,
    SYS_SET_SCHED,
    SYS_SET_PRCTL,
    SYS_SET_ARCH_PRCTL,
    SYS_SET_SIGMASK_HOW,
    SYS_SET_SIGACTION,
    SYS_SET_SIGSTACK,
    SYS_SET_FUTEX,
    SYS_SET_GETRANDOM,
    SYS_SET_MEMFD,
    SYS_SET_RENAME,
    SYS_SET_MOUNT,
    SYS_SET_UMOUNT,
    SYS_SET_AF,
    SYS_SET_SOCK,
    SYS_SET_SHUT,
    SYS_SET_MSG,
    SYS_SET_INOTIFY,
    SYS_SET_INOTIFY_INIT,
    SYS_SET_FALLOCATE,
    SYS_SET_STATX,
    SYS_SET_SYSLOG,
    SYS_SET_REBOOT,
    SYS_SET_CLOSE_RANGE,
    SYS_SET_SPLICE,
    SYS_SET_FADVISE,
    SYS_SET_XATTR,
    SYS_SET_RW,
    SYS_SET_PIDFD,
    SYS_SET_MEMBARRIER,
    SYS_SET_RESOLVE,
    SYS_SET_COUNT
};

/* Structures behind a pointer. */
enum syscall_kind {
    SYS_KIND_NONE,
    SYS_KIND_INT,
    SYS_KIND_U32,
    SYS_KIND_U64,
    SYS_KIND_OFF,
    SYS_KIND_FD_PAIR,
    SYS_KIND_ID,
    SYS_KIND_STAT,
    SYS_KIND_STATX,
    SYS_KIND_STATFS,
    SYS_KIND_TIMESPEC,
    SYS_KIND_TIMESPEC_PAIR,
    SYS_KIND_TIMEVAL,
    SYS_KIND_TIMEVAL_PAIR,
    SYS_KIND_TIMEZONE,
    SYS_KIND_UTIMBUF,
    SYS_KIND_ITIMERVAL,
    SYS_KIND_ITIMERSPEC,
    SYS_KIND_SIGSET,
    SYS_KIND_SIGSET_REF, /* pselect6: pointer and size */
    SYS_KIND_SIGACTION,
    SYS_KIND_SIGINFO,
    SYS_KIND_SIGSTACK,
    SYS_KIND_SIGEVENT,
    SYS_KIND_RLIMIT,
    SYS_KIND_RUSAGE,
    SYS_KIND_IOVEC,
    SYS_KIND_POLLFD,
    SYS_KIND_EPOLL_EVENT,
    SYS_KIND_FD_SET,
    SYS_KIND_UTSNAME,
    SYS_KIND_SYSINFO,
    SYS_KIND_TMS,
    SYS_KIND_SOCKADDR,
    SYS_KIND_MSGHDR,
    SYS_KIND_SCHED_PARAM,
    SYS_KIND_SCHED_ATTR,
    SYS_KIND_CPUSET,
    SYS_KIND_CLONE_ARGS,
    SYS_KIND_WAIT_STATUS,
    SYS_KIND_ARGV,
    SYS_KIND_ENVP,
    SYS_KIND_CAP_HEADER,
    SYS_KIND_CAP_DATA,
    SYS_KIND_DIRENTS,
    SYS_KIND_OPEN_HOW,
    SYS_KIND_TIMEX,
    SYS_KIND_COUNT
};

#define SYS_LEN_NONE   0xff
#define SYS_LEN_RESULT 0xfe

struct syscall_arg {
    const char *name;
    uint8_t type; /* enum syscall_type */
    uint8_t of;   /* enum syscall_set or syscall_kind */
    uint8_t len;  /* index of the argument that holds the length, or SYS_LEN_* */
};

#define SYS_ARG_(n, t, o, l)                                                             \
    {                                                                                    \
        .name = #n, .type = SYS_ARG_##t, .of = (o), .len = (l)                           \
    }
#define SYS_PLAIN_(n, t) SYS_ARG_(n, t, 0, SYS_LEN_NONE)

#define ARGS(...) __VA_ARGS__

#define INT(n)            SYS_PLAIN_(n, INT)
#define UINT(n)           SYS_PLAIN_(n, UINT)
#define LONG(n)           SYS_PLAIN_(n, LONG)
#define SIZE(n)           SYS_PLAIN_(n, SIZE)
#define OFF(n)            SYS_PLAIN_(n, OFF)
#define HEX(n)            SYS_PLAIN_(n, HEX)
#define ADDR(n)           SYS_PLAIN_(n, ADDR)
#define FD(n)             SYS_PLAIN_(n, FD)
#define DIRFD(n)          SYS_PLAIN_(n, DIRFD)
#define PID(n)            SYS_PLAIN_(n, PID)
#define ID(n)             SYS_PLAIN_(n, ID)
#define MODE(n)           SYS_PLAIN_(n, MODE)
#define DEV(n)            SYS_PLAIN_(n, DEV)
#define SIGNO(n)          SYS_PLAIN_(n, SIGNO)
#define ENUM(n, set)      SYS_ARG_(n, ENUM, SYS_SET_##set, SYS_LEN_NONE)
#define FLAGS(n, set)     SYS_ARG_(n, FLAGS, SYS_SET_##set, SYS_LEN_NONE)
#define PATH(n)           SYS_PLAIN_(n, PATH)
#define CSTR(n)           SYS_PLAIN_(n, CSTR)
#define IN_BUF(n, l)      SYS_ARG_(n, IN_BUF, 0, l)
#define OUT_BUF(n, l)     SYS_ARG_(n, OUT_BUF, 0, l)
#define IN(n, kind)       SYS_ARG_(n, IN, SYS_KIND_##kind, SYS_LEN_NONE)
#define OUT(n, kind)      SYS_ARG_(n, OUT, SYS_KIND_##kind, SYS_LEN_NONE)
#define INOUT(n, kind)    SYS_ARG_(n, INOUT, SYS_KIND_##kind, SYS_LEN_NONE)
#define IN_N(n, kind, l)  SYS_ARG_(n, IN, SYS_KIND_##kind, l)
#define OUT_N(n, kind, l) SYS_ARG_(n, OUT, SYS_KIND_##kind, l)
#define IO_N(n, kind, l)  SYS_ARG_(n, INOUT, SYS_KIND_##kind, l)
#define IOCTL(n)          SYS_PLAIN_(n, IOCTL)
#define FCNTL(n)          SYS_PLAIN_(n, FCNTL)
#define RESULT            SYS_LEN_RESULT

#endif /* CLOUDOS_SYSCALL_ARGS_H */
