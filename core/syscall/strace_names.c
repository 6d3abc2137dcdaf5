/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of flags, commands and signals, in the order in which they are printed. */
#include "syscall/strace_priv.h"

#include "abi/fcntl.h"
#include "abi/signal.h"

struct strace_name {
    uint64_t value;
    const char *name;
};

struct strace_set {
    const struct strace_name *names;
    size_t count;
};

static const struct strace_name names_open[] = {
    {1, "O_WRONLY"},
    {2, "O_RDWR"},
    {0x40, "O_CREAT"},
    {0x80, "O_EXCL"},
    {0x100, "O_NOCTTY"},
    {0x200, "O_TRUNC"},
    {0x400, "O_APPEND"},
    {0x800, "O_NONBLOCK"},
    {0x101000, "O_SYNC"},
    {0x1000, "O_DSYNC"},
    {0x2000, "O_ASYNC"},
    {O_DIRECT, "O_DIRECT"},
    {O_LARGEFILE, "O_LARGEFILE"},
    {O_TMPFILE, "O_TMPFILE"},
    {O_DIRECTORY, "O_DIRECTORY"},
    {O_NOFOLLOW, "O_NOFOLLOW"},
    {0x40000, "O_NOATIME"},
    {0x80000, "O_CLOEXEC"},
    {0x200000, "O_PATH"},
};
static const struct strace_name names_at[] = {
    {0x100, "AT_SYMLINK_NOFOLLOW"}, {0x200, "AT_REMOVEDIR"},
    {0x400, "AT_SYMLINK_FOLLOW"},   {0x800, "AT_NO_AUTOMOUNT"},
    {0x1000, "AT_EMPTY_PATH"},      {0x2000, "AT_STATX_FORCE_SYNC"},
    {0x4000, "AT_STATX_DONT_SYNC"}, {0x8000, "AT_RECURSIVE"},
};
static const struct strace_name names_access[] = {
    {0, "F_OK"},
    {4, "R_OK"},
    {2, "W_OK"},
    {1, "X_OK"},
};
static const struct strace_name names_prot[] = {
    {0, "PROT_NONE"},
    {1, "PROT_READ"},
    {2, "PROT_WRITE"},
    {4, "PROT_EXEC"},
    {0x1000000, "PROT_GROWSDOWN"},
    {0x2000000, "PROT_GROWSUP"},
};
static const struct strace_name names_mmap[] = {
    {3, "MAP_SHARED_VALIDATE"},
    {1, "MAP_SHARED"},
    {2, "MAP_PRIVATE"},
    {0x10, "MAP_FIXED"},
    {0x20, "MAP_ANONYMOUS"},
    {0x40, "MAP_32BIT"},
    {0x100, "MAP_GROWSDOWN"},
    {0x800, "MAP_DENYWRITE"},
    {0x1000, "MAP_EXECUTABLE"},
    {0x2000, "MAP_LOCKED"},
    {0x4000, "MAP_NORESERVE"},
    {0x8000, "MAP_POPULATE"},
    {0x10000, "MAP_NONBLOCK"},
    {0x20000, "MAP_STACK"},
    {0x40000, "MAP_HUGETLB"},
    {0x80000, "MAP_SYNC"},
    {0x100000, "MAP_FIXED_NOREPLACE"},
};
static const struct strace_name names_mremap[] = {
    {1, "MREMAP_MAYMOVE"},
    {2, "MREMAP_FIXED"},
    {4, "MREMAP_DONTUNMAP"},
};
static const struct strace_name names_msync[] = {
    {1, "MS_ASYNC"},
    {2, "MS_INVALIDATE"},
    {4, "MS_SYNC"},
};
static const struct strace_name names_madvise[] = {
    {0, "MADV_NORMAL"},        {1, "MADV_RANDOM"},        {2, "MADV_SEQUENTIAL"},
    {3, "MADV_WILLNEED"},      {4, "MADV_DONTNEED"},      {8, "MADV_FREE"},
    {9, "MADV_REMOVE"},        {0xa, "MADV_DONTFORK"},    {0xb, "MADV_DOFORK"},
    {0xc, "MADV_MERGEABLE"},   {0xd, "MADV_UNMERGEABLE"}, {0xe, "MADV_HUGEPAGE"},
    {0xf, "MADV_NOHUGEPAGE"},  {0x10, "MADV_DONTDUMP"},   {0x11, "MADV_DODUMP"},
    {0x12, "MADV_WIPEONFORK"}, {0x13, "MADV_KEEPONFORK"}, {0x14, "MADV_COLD"},
    {0x15, "MADV_PAGEOUT"},
};
static const struct strace_name names_mlockall[] = {
    {1, "MCL_CURRENT"},
    {2, "MCL_FUTURE"},
    {4, "MCL_ONFAULT"},
};
static const struct strace_name names_clone[] = {
    {0x100, "CLONE_VM"},
    {0x200, "CLONE_FS"},
    {0x400, "CLONE_FILES"},
    {0x800, "CLONE_SIGHAND"},
    {0x1000, "CLONE_PIDFD"},
    {0x2000, "CLONE_PTRACE"},
    {0x4000, "CLONE_VFORK"},
    {0x8000, "CLONE_PARENT"},
    {0x10000, "CLONE_THREAD"},
    {0x20000, "CLONE_NEWNS"},
    {0x40000, "CLONE_SYSVSEM"},
    {0x80000, "CLONE_SETTLS"},
    {0x100000, "CLONE_PARENT_SETTID"},
    {0x200000, "CLONE_CHILD_CLEARTID"},
    {0x400000, "CLONE_DETACHED"},
    {0x800000, "CLONE_UNTRACED"},
    {0x1000000, "CLONE_CHILD_SETTID"},
    {0x2000000, "CLONE_NEWCGROUP"},
    {0x4000000, "CLONE_NEWUTS"},
    {0x8000000, "CLONE_NEWIPC"},
    {0x10000000, "CLONE_NEWUSER"},
    {0x20000000, "CLONE_NEWPID"},
    {0x40000000, "CLONE_NEWNET"},
    {0x80000000, "CLONE_IO"},
    {0x100000000, "CLONE_CLEAR_SIGHAND"},
    {0x200000000, "CLONE_INTO_CGROUP"},
};
static const struct strace_name names_wait[] = {
    {1, "WNOHANG"},         {2, "WSTOPPED"},          {4, "WEXITED"},
    {8, "WCONTINUED"},      {0x1000000, "WNOWAIT"},   {0x20000000, "__WNOTHREAD"},
    {0x40000000, "__WALL"}, {0x80000000, "__WCLONE"},
};
static const struct strace_name names_waitid[] = {
    {0, "P_ALL"},
    {1, "P_PID"},
    {2, "P_PGID"},
    {3, "P_PIDFD"},
};
static const struct strace_name names_epoll_ctl[] = {
    {1, "EPOLL_CTL_ADD"},
    {2, "EPOLL_CTL_DEL"},
    {3, "EPOLL_CTL_MOD"},
};
static const struct strace_name names_epoll_events[] = {
    {1, "EPOLLIN"},
    {2, "EPOLLPRI"},
    {4, "EPOLLOUT"},
    {8, "EPOLLERR"},
    {0x10, "EPOLLHUP"},
    {0x40, "EPOLLRDNORM"},
    {0x80, "EPOLLRDBAND"},
    {0x100, "EPOLLWRNORM"},
    {0x200, "EPOLLWRBAND"},
    {0x400, "EPOLLMSG"},
    {0x2000, "EPOLLRDHUP"},
    {0x10000000, "EPOLLEXCLUSIVE"},
    {0x20000000, "EPOLLWAKEUP"},
    {0x40000000, "EPOLLONESHOT"},
    {0x80000000, "EPOLLET"},
};
static const struct strace_name names_poll_events[] = {
    {1, "POLLIN"},         {2, "POLLPRI"},       {4, "POLLOUT"},
    {8, "POLLERR"},        {0x10, "POLLHUP"},    {0x20, "POLLNVAL"},
    {0x40, "POLLRDNORM"},  {0x80, "POLLRDBAND"}, {0x100, "POLLWRNORM"},
    {0x200, "POLLWRBAND"}, {0x400, "POLLMSG"},   {0x2000, "POLLRDHUP"},
};
static const struct strace_name names_eventfd[] = {
    {1, "EFD_SEMAPHORE"},
    {0x800, "EFD_NONBLOCK"},
    {0x80000, "EFD_CLOEXEC"},
};
static const struct strace_name names_timerfd[] = {
    {1, "TFD_TIMER_ABSTIME"},
    {2, "TFD_TIMER_CANCEL_ON_SET"},
};
static const struct strace_name names_timer_set[] = {
    {1, "TIMER_ABSTIME"},
};
static const struct strace_name names_whence[] = {
    {0, "SEEK_SET"}, {1, "SEEK_CUR"}, {2, "SEEK_END"}, {3, "SEEK_DATA"}, {4, "SEEK_HOLE"},
};
static const struct strace_name names_clock[] = {
    {0, "CLOCK_REALTIME"},
    {1, "CLOCK_MONOTONIC"},
    {2, "CLOCK_PROCESS_CPUTIME_ID"},
    {3, "CLOCK_THREAD_CPUTIME_ID"},
    {4, "CLOCK_MONOTONIC_RAW"},
    {5, "CLOCK_REALTIME_COARSE"},
    {6, "CLOCK_MONOTONIC_COARSE"},
    {7, "CLOCK_BOOTTIME"},
    {8, "CLOCK_REALTIME_ALARM"},
    {9, "CLOCK_BOOTTIME_ALARM"},
    {0xb, "CLOCK_TAI"},
};
static const struct strace_name names_itimer[] = {
    {0, "ITIMER_REAL"},
    {1, "ITIMER_VIRTUAL"},
    {2, "ITIMER_PROF"},
};
static const struct strace_name names_resource[] = {
    {0, "RLIMIT_CPU"},        {1, "RLIMIT_FSIZE"},   {2, "RLIMIT_DATA"},
    {3, "RLIMIT_STACK"},      {4, "RLIMIT_CORE"},    {5, "RLIMIT_RSS"},
    {6, "RLIMIT_NPROC"},      {7, "RLIMIT_NOFILE"},  {8, "RLIMIT_MEMLOCK"},
    {9, "RLIMIT_AS"},         {0xa, "RLIMIT_LOCKS"}, {0xb, "RLIMIT_SIGPENDING"},
    {0xc, "RLIMIT_MSGQUEUE"}, {0xd, "RLIMIT_NICE"},  {0xe, "RLIMIT_RTPRIO"},
    {0xf, "RLIMIT_RTTIME"},
};
static const struct strace_name names_rusage[] = {
    {0, "RUSAGE_SELF"},
    {0xffffffff, "RUSAGE_CHILDREN"},
    {1, "RUSAGE_THREAD"},
};
static const struct strace_name names_prio[] = {
    {0, "PRIO_PROCESS"},
    {1, "PRIO_PGRP"},
    {2, "PRIO_USER"},
};
static const struct strace_name names_fcntl[] = {
    {0, "F_DUPFD"},          {1, "F_GETFD"},          {2, "F_SETFD"},
    {3, "F_GETFL"},          {4, "F_SETFL"},          {5, "F_GETLK"},
    {6, "F_SETLK"},          {7, "F_SETLKW"},         {8, "F_SETOWN"},
    {9, "F_GETOWN"},         {0xa, "F_SETSIG"},       {0xb, "F_GETSIG"},
    {0xf, "F_SETOWN_EX"},    {0x10, "F_GETOWN_EX"},   {0x24, "F_OFD_GETLK"},
    {0x25, "F_OFD_SETLK"},   {0x26, "F_OFD_SETLKW"},  {0x400, "F_SETLEASE"},
    {0x401, "F_GETLEASE"},   {0x402, "F_NOTIFY"},     {0x406, "F_DUPFD_CLOEXEC"},
    {0x407, "F_SETPIPE_SZ"}, {0x408, "F_GETPIPE_SZ"}, {0x409, "F_ADD_SEALS"},
    {0x40a, "F_GET_SEALS"},
};
static const struct strace_name names_fd_flags[] = {
    {1, "FD_CLOEXEC"},
};
static const struct strace_name names_ioctl[] = {
    {0x5401, "TCGETS"},
    {0x5402, "TCSETS"},
    {0x5403, "TCSETSW"},
    {0x5404, "TCSETSF"},
    {0x5405, "TCGETA"},
    {0x5406, "TCSETA"},
    {0x5407, "TCSETAW"},
    {0x5408, "TCSETAF"},
    {0x5409, "TCSBRK"},
    {0x540a, "TCXONC"},
    {0x540b, "TCFLSH"},
    {0x540c, "TIOCEXCL"},
    {0x540d, "TIOCNXCL"},
    {0x540e, "TIOCSCTTY"},
    {0x540f, "TIOCGPGRP"},
    {0x5410, "TIOCSPGRP"},
    {0x5411, "TIOCOUTQ"},
    {0x5412, "TIOCSTI"},
    {0x5413, "TIOCGWINSZ"},
    {0x5414, "TIOCSWINSZ"},
    {0x541b, "FIONREAD"},
    {0x5420, "TIOCPKT"},
    {0x5421, "FIONBIO"},
    {0x5422, "TIOCNOTTY"},
    {0x5423, "TIOCSETD"},
    {0x5424, "TIOCGETD"},
    {0x5425, "TCSBRKP"},
    {0x5427, "TIOCSBRK"},
    {0x5428, "TIOCCBRK"},
    {0x5429, "TIOCGSID"},
    {0x802c542a, "TCGETS2"},
    {0x402c542b, "TCSETS2"},
    {0x402c542c, "TCSETSW2"},
    {0x402c542d, "TCSETSF2"},
    {0x80045430, "TIOCGPTN"},
    {0x40045431, "TIOCSPTLCK"},
    {0x80045432, "TIOCGDEV"},
    {0x40045436, "TIOCSIG"},
    {0x5437, "TIOCVHANGUP"},
    {0x80045438, "TIOCGPKT"},
    {0x80045439, "TIOCGPTLCK"},
    {0x80045440, "TIOCGEXCL"},
    {0x5441, "TIOCGPTPEER"},
    {0x5450, "FIONCLEX"},
    {0x5451, "FIOCLEX"},
    {0x5452, "FIOASYNC"},
    {0x5456, "TIOCGLCKTRMIOS"},
    {0x5457, "TIOCSLCKTRMIOS"},
    {0x5460, "FIOQSIZE"},
    {0x40049409, "FICLONE"},
    {0x80081272, "BLKGETSIZE64"},
    {0x80086601, "FS_IOC_GETFLAGS"},
    {0x40086602, "FS_IOC_SETFLAGS"},
};
static const struct strace_name names_flock[] = {
    {1, "LOCK_SH"},
    {2, "LOCK_EX"},
    {4, "LOCK_NB"},
    {8, "LOCK_UN"},
};
static const struct strace_name names_lock_type[] = {
    {0, "F_RDLCK"},
    {1, "F_WRLCK"},
    {2, "F_UNLCK"},
};
static const struct strace_name names_sched[] = {
    {0, "SCHED_OTHER"}, {1, "SCHED_FIFO"}, {2, "SCHED_RR"},
    {3, "SCHED_BATCH"}, {5, "SCHED_IDLE"}, {6, "SCHED_DEADLINE"},
};
static const struct strace_name names_prctl[] = {
    {1, "PR_SET_PDEATHSIG"},
    {2, "PR_GET_PDEATHSIG"},
    {3, "PR_GET_DUMPABLE"},
    {4, "PR_SET_DUMPABLE"},
    {7, "PR_GET_KEEPCAPS"},
    {8, "PR_SET_KEEPCAPS"},
    {0xf, "PR_SET_NAME"},
    {0x10, "PR_GET_NAME"},
    {0x15, "PR_GET_SECCOMP"},
    {0x16, "PR_SET_SECCOMP"},
    {0x17, "PR_CAPBSET_READ"},
    {0x18, "PR_CAPBSET_DROP"},
    {0x19, "PR_GET_TSC"},
    {0x1a, "PR_SET_TSC"},
    {0x1b, "PR_GET_SECUREBITS"},
    {0x1c, "PR_SET_SECUREBITS"},
    {0x1d, "PR_SET_TIMERSLACK"},
    {0x1e, "PR_GET_TIMERSLACK"},
    {0x23, "PR_SET_MM"},
    {0x24, "PR_SET_CHILD_SUBREAPER"},
    {0x25, "PR_GET_CHILD_SUBREAPER"},
    {0x26, "PR_SET_NO_NEW_PRIVS"},
    {0x27, "PR_GET_NO_NEW_PRIVS"},
    {0x28, "PR_GET_TID_ADDRESS"},
    {0x29, "PR_SET_THP_DISABLE"},
    {0x2a, "PR_GET_THP_DISABLE"},
    {0x2f, "PR_CAP_AMBIENT"},
    {0x59616d61, "PR_SET_PTRACER"},
    {0x53564d41, "PR_SET_VMA"},
};
static const struct strace_name names_arch_prctl[] = {
    {0x1001, "ARCH_SET_GS"},
    {0x1002, "ARCH_SET_FS"},
    {0x1003, "ARCH_GET_FS"},
    {0x1004, "ARCH_GET_GS"},
};
static const struct strace_name names_sigmask_how[] = {
    {0, "SIG_BLOCK"},
    {1, "SIG_UNBLOCK"},
    {2, "SIG_SETMASK"},
};
static const struct strace_name names_sigaction[] = {
    {1, "SA_NOCLDSTOP"},        {2, "SA_NOCLDWAIT"},          {4, "SA_SIGINFO"},
    {0x4000000, "SA_RESTORER"}, {0x8000000, "SA_ONSTACK"},    {0x10000000, "SA_RESTART"},
    {0x40000000, "SA_NODEFER"}, {0x80000000, "SA_RESETHAND"},
};
static const struct strace_name names_sigstack[] = {
    {1, "SS_ONSTACK"},
    {2, "SS_DISABLE"},
    {0x80000000, "SS_AUTODISARM"},
};
static const struct strace_name names_futex[] = {
    {0, "FUTEX_WAIT"},
    {1, "FUTEX_WAKE"},
    {2, "FUTEX_FD"},
    {3, "FUTEX_REQUEUE"},
    {4, "FUTEX_CMP_REQUEUE"},
    {5, "FUTEX_WAKE_OP"},
    {6, "FUTEX_LOCK_PI"},
    {7, "FUTEX_UNLOCK_PI"},
    {8, "FUTEX_TRYLOCK_PI"},
    {9, "FUTEX_WAIT_BITSET"},
    {0xa, "FUTEX_WAKE_BITSET"},
    {0xb, "FUTEX_WAIT_REQUEUE_PI"},
    {0xc, "FUTEX_CMP_REQUEUE_PI"},
    {0xd, "FUTEX_LOCK_PI2"},
};
static const struct strace_name names_getrandom[] = {
    {1, "GRND_NONBLOCK"},
    {2, "GRND_RANDOM"},
    {4, "GRND_INSECURE"},
};
static const struct strace_name names_memfd[] = {
    {1, "MFD_CLOEXEC"},
    {2, "MFD_ALLOW_SEALING"},
    {4, "MFD_HUGETLB"},
};
static const struct strace_name names_rename[] = {
    {1, "RENAME_NOREPLACE"},
    {2, "RENAME_EXCHANGE"},
    {4, "RENAME_WHITEOUT"},
};
static const struct strace_name names_mount[] = {
    {1, "MS_RDONLY"},           {2, "MS_NOSUID"},          {4, "MS_NODEV"},
    {8, "MS_NOEXEC"},           {0x10, "MS_SYNCHRONOUS"},  {0x20, "MS_REMOUNT"},
    {0x40, "MS_MANDLOCK"},      {0x80, "MS_DIRSYNC"},      {0x400, "MS_NOATIME"},
    {0x800, "MS_NODIRATIME"},   {0x1000, "MS_BIND"},       {0x2000, "MS_MOVE"},
    {0x4000, "MS_REC"},         {0x8000, "MS_SILENT"},     {0x10000, "MS_POSIXACL"},
    {0x20000, "MS_UNBINDABLE"}, {0x40000, "MS_PRIVATE"},   {0x80000, "MS_SLAVE"},
    {0x100000, "MS_SHARED"},    {0x200000, "MS_RELATIME"}, {0x1000000, "MS_STRICTATIME"},
};
static const struct strace_name names_umount[] = {
    {1, "MNT_FORCE"},
    {2, "MNT_DETACH"},
    {4, "MNT_EXPIRE"},
    {8, "UMOUNT_NOFOLLOW"},
};
static const struct strace_name names_af[] = {
    {0, "AF_UNSPEC"},  {1, "AF_UNIX"},       {2, "AF_INET"},
    {0xa, "AF_INET6"}, {0x10, "AF_NETLINK"}, {0x11, "AF_PACKET"},
};
static const struct strace_name names_sock[] = {
    {1, "SOCK_STREAM"},    {2, "SOCK_DGRAM"},         {3, "SOCK_RAW"},
    {5, "SOCK_SEQPACKET"}, {0x80000, "SOCK_CLOEXEC"}, {0x800, "SOCK_NONBLOCK"},
};
static const struct strace_name names_shut[] = {
    {0, "SHUT_RD"},
    {1, "SHUT_WR"},
    {2, "SHUT_RDWR"},
};
static const struct strace_name names_msg[] = {
    {1, "MSG_OOB"},           {2, "MSG_PEEK"},        {4, "MSG_DONTROUTE"},
    {8, "MSG_CTRUNC"},        {0x20, "MSG_TRUNC"},    {0x40, "MSG_DONTWAIT"},
    {0x80, "MSG_EOR"},        {0x100, "MSG_WAITALL"}, {0x800, "MSG_CONFIRM"},
    {0x4000, "MSG_NOSIGNAL"}, {0x8000, "MSG_MORE"},   {0x40000000, "MSG_CMSG_CLOEXEC"},
};
static const struct strace_name names_inotify[] = {
    {1, "IN_ACCESS"},
    {2, "IN_MODIFY"},
    {4, "IN_ATTRIB"},
    {8, "IN_CLOSE_WRITE"},
    {0x10, "IN_CLOSE_NOWRITE"},
    {0x20, "IN_OPEN"},
    {0x40, "IN_MOVED_FROM"},
    {0x80, "IN_MOVED_TO"},
    {0x100, "IN_CREATE"},
    {0x200, "IN_DELETE"},
    {0x400, "IN_DELETE_SELF"},
    {0x800, "IN_MOVE_SELF"},
    {0x1000000, "IN_ONLYDIR"},
    {0x2000000, "IN_DONT_FOLLOW"},
    {0x4000000, "IN_EXCL_UNLINK"},
    {0x20000000, "IN_MASK_ADD"},
    {0x40000000, "IN_ISDIR"},
    {0x80000000, "IN_ONESHOT"},
};
static const struct strace_name names_inotify_init[] = {
    {0x800, "IN_NONBLOCK"},
    {0x80000, "IN_CLOEXEC"},
};
static const struct strace_name names_fallocate[] = {
    {1, "FALLOC_FL_KEEP_SIZE"},       {2, "FALLOC_FL_PUNCH_HOLE"},
    {8, "FALLOC_FL_COLLAPSE_RANGE"},  {0x10, "FALLOC_FL_ZERO_RANGE"},
    {0x20, "FALLOC_FL_INSERT_RANGE"}, {0x40, "FALLOC_FL_UNSHARE_RANGE"},
};
static const struct strace_name names_statx[] = {
    {0xfff, "STATX_ALL"},    {0x7ff, "STATX_BASIC_STATS"}, {1, "STATX_TYPE"},
    {2, "STATX_MODE"},       {4, "STATX_NLINK"},           {8, "STATX_UID"},
    {0x10, "STATX_GID"},     {0x20, "STATX_ATIME"},        {0x40, "STATX_MTIME"},
    {0x80, "STATX_CTIME"},   {0x100, "STATX_INO"},         {0x200, "STATX_SIZE"},
    {0x400, "STATX_BLOCKS"}, {0x800, "STATX_BTIME"},       {0x1000, "STATX_MNT_ID"},
};
static const struct strace_name names_syslog[] = {
    {0, "SYSLOG_ACTION_CLOSE"},         {1, "SYSLOG_ACTION_OPEN"},
    {2, "SYSLOG_ACTION_READ"},          {3, "SYSLOG_ACTION_READ_ALL"},
    {4, "SYSLOG_ACTION_READ_CLEAR"},    {5, "SYSLOG_ACTION_CLEAR"},
    {6, "SYSLOG_ACTION_CONSOLE_OFF"},   {7, "SYSLOG_ACTION_CONSOLE_ON"},
    {8, "SYSLOG_ACTION_CONSOLE_LEVEL"}, {9, "SYSLOG_ACTION_SIZE_UNREAD"},
    {0xa, "SYSLOG_ACTION_SIZE_BUFFER"},
};
static const struct strace_name names_reboot[] = {
    {0x1234567, "LINUX_REBOOT_CMD_RESTART"},    {0xcdef0123, "LINUX_REBOOT_CMD_HALT"},
    {0x89abcdef, "LINUX_REBOOT_CMD_CAD_ON"},    {0, "LINUX_REBOOT_CMD_CAD_OFF"},
    {0x4321fedc, "LINUX_REBOOT_CMD_POWER_OFF"}, {0xa1b2c3d4, "LINUX_REBOOT_CMD_RESTART2"},
};
static const struct strace_name names_close_range[] = {
    {2, "CLOSE_RANGE_UNSHARE"},
    {4, "CLOSE_RANGE_CLOEXEC"},
};
static const struct strace_name names_splice[] = {
    {1, "SPLICE_F_MOVE"},
    {2, "SPLICE_F_NONBLOCK"},
    {4, "SPLICE_F_MORE"},
    {8, "SPLICE_F_GIFT"},
};
static const struct strace_name names_fadvise[] = {
    {0, "POSIX_FADV_NORMAL"},   {1, "POSIX_FADV_RANDOM"},   {2, "POSIX_FADV_SEQUENTIAL"},
    {3, "POSIX_FADV_WILLNEED"}, {4, "POSIX_FADV_DONTNEED"}, {5, "POSIX_FADV_NOREUSE"},
};
static const struct strace_name names_xattr[] = {
    {1, "XATTR_CREATE"},
    {2, "XATTR_REPLACE"},
};
static const struct strace_name names_rw[] = {
    {1, "RWF_HIPRI"},  {2, "RWF_DSYNC"},     {4, "RWF_SYNC"},
    {8, "RWF_NOWAIT"}, {0x10, "RWF_APPEND"},
};
static const struct strace_name names_pidfd[] = {
    {0x800, "PIDFD_NONBLOCK"},
};
static const struct strace_name names_membarrier[] = {
    {0, "MEMBARRIER_CMD_QUERY"},
    {1, "MEMBARRIER_CMD_GLOBAL"},
    {2, "MEMBARRIER_CMD_GLOBAL_EXPEDITED"},
    {4, "MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED"},
    {8, "MEMBARRIER_CMD_PRIVATE_EXPEDITED"},
    {0x10, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED"},
    {0x20, "MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE"},
    {0x40, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE"},
};
static const struct strace_name names_resolve[] = {
    {1, "RESOLVE_NO_XDEV"}, {2, "RESOLVE_NO_MAGICLINKS"}, {4, "RESOLVE_NO_SYMLINKS"},
    {8, "RESOLVE_BENEATH"}, {0x10, "RESOLVE_IN_ROOT"},    {0x20, "RESOLVE_CACHED"},
};

#define SET(name, table) [SYS_SET_##name] = {table, ARRAY_SIZE(table)}
static const struct strace_set sets[SYS_SET_COUNT] = {
    SET(OPEN, names_open),
    SET(NEWFD, names_open),
    SET(AT, names_at),
    SET(ACCESS, names_access),
    SET(PROT, names_prot),
    SET(MMAP, names_mmap),
    SET(MREMAP, names_mremap),
    SET(MSYNC, names_msync),
    SET(MADVISE, names_madvise),
    SET(MLOCKALL, names_mlockall),
    SET(CLONE, names_clone),
    SET(WAIT, names_wait),
    SET(WAITID, names_waitid),
    SET(EPOLL_CTL, names_epoll_ctl),
    SET(EPOLL_EVENTS, names_epoll_events),
    SET(POLL_EVENTS, names_poll_events),
    SET(EVENTFD, names_eventfd),
    SET(TIMERFD, names_timerfd),
    SET(TIMER_SET, names_timer_set),
    SET(WHENCE, names_whence),
    SET(CLOCK, names_clock),
    SET(ITIMER, names_itimer),
    SET(RESOURCE, names_resource),
    SET(RUSAGE, names_rusage),
    SET(PRIO, names_prio),
    SET(FCNTL, names_fcntl),
    SET(FD_FLAGS, names_fd_flags),
    SET(IOCTL, names_ioctl),
    SET(FLOCK, names_flock),
    SET(LOCK_TYPE, names_lock_type),
    SET(SCHED, names_sched),
    SET(PRCTL, names_prctl),
    SET(ARCH_PRCTL, names_arch_prctl),
    SET(SIGMASK_HOW, names_sigmask_how),
    SET(SIGACTION, names_sigaction),
    SET(SIGSTACK, names_sigstack),
    SET(FUTEX, names_futex),
    SET(GETRANDOM, names_getrandom),
    SET(MEMFD, names_memfd),
    SET(RENAME, names_rename),
    SET(MOUNT, names_mount),
    SET(UMOUNT, names_umount),
    SET(AF, names_af),
    SET(SOCK, names_sock),
    SET(SHUT, names_shut),
    SET(MSG, names_msg),
    SET(INOTIFY, names_inotify),
    SET(INOTIFY_INIT, names_inotify_init),
    SET(FALLOCATE, names_fallocate),
    SET(STATX, names_statx),
    SET(SYSLOG, names_syslog),
    SET(REBOOT, names_reboot),
    SET(CLOSE_RANGE, names_close_range),
    SET(SPLICE, names_splice),
    SET(FADVISE, names_fadvise),
    SET(XATTR, names_xattr),
    SET(RW, names_rw),
    SET(PIDFD, names_pidfd),
    SET(MEMBARRIER, names_membarrier),
    SET(RESOLVE, names_resolve),
};
#undef SET

static const char *find(unsigned set, uint64_t value)
{
    for (size_t i = 0; i < sets[set].count; i++) {
        if (sets[set].names[i].value == value)
            return sets[set].names[i].name;
    }
    return NULL;
}

void strace_put_enum(struct strbuf *sb, unsigned set, uint64_t value)
{
    const char *name = find(set, value);

    if (name)
        strbuf_puts(sb, name);
    else
        strbuf_printf(sb, "0x%llx /* unknown */", (unsigned long long)value);
}

/* A name may stand for several bits; it is used when all of them are set. */
void strace_put_flags(struct strbuf *sb, unsigned set, uint64_t value)
{
    const char *separator = "";
    const char *zero = value == 0 ? find(set, 0) : NULL;

    if (value == 0) {
        strbuf_puts(sb, zero ? zero : "0");
        return;
    }
    for (size_t i = 0; i < sets[set].count; i++) {
        const struct strace_name *n = &sets[set].names[i];

        if (n->value == 0 || (value & n->value) != n->value)
            continue;
        strbuf_printf(sb, "%s%s", separator, n->name);
        separator = "|";
        value &= ~n->value;
    }
    if (value)
        strbuf_printf(sb, "%s0x%llx", separator, (unsigned long long)value);
}

/* Flags where 0 in some bits has a name too: O_RDONLY. */
void strace_put_open_flags(struct strbuf *sb, uint64_t value)
{
    if ((value & O_ACCMODE) == O_RDONLY)
        strbuf_puts(sb, value ? "O_RDONLY|" : "O_RDONLY");
    if (value)
        strace_put_flags(sb, SYS_SET_OPEN, value);
}

static const char *const signal_names[ABI_SIGRTMIN] = {
    "0",        "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",  "SIGTRAP",   "SIGABRT",
    "SIGBUS",   "SIGFPE",  "SIGKILL",   "SIGUSR1", "SIGSEGV", "SIGUSR2",   "SIGPIPE",
    "SIGALRM",  "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP",   "SIGTSTP",
    "SIGTTIN",  "SIGTTOU", "SIGURG",    "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF",
    "SIGWINCH", "SIGIO",   "SIGPWR",    "SIGSYS",
};

void strace_put_signal(struct strbuf *sb, uint64_t signo)
{
    if (signo < ABI_SIGRTMIN)
        strbuf_puts(sb, signal_names[signo]);
    else if (signo == ABI_SIGRTMIN)
        strbuf_puts(sb, "SIGRTMIN");
    else if (signo <= ABI_SIGNAL_COUNT)
        strbuf_printf(sb, "SIGRT_%u", (unsigned)(signo - ABI_SIGRTMIN));
    else
        strbuf_printf(sb, "%u", (unsigned)signo);
}

/* [INT CHLD], or ~[...] when that is shorter. */
void strace_put_sigset(struct strbuf *sb, uint64_t set)
{
    const char *separator = "";
    unsigned count = 0;
    bool inverted;

    for (uint64_t rest = set; rest; rest &= rest - 1)
        count++;
    inverted = count > ABI_SIGNAL_COUNT / 2;
    if (inverted)
        set = ~set;
    strbuf_puts(sb, inverted ? "~[" : "[");
    for (unsigned signo = 1; signo <= ABI_SIGNAL_COUNT; signo++) {
        if (!(set & ABI_SIGMASK(signo)))
            continue;
        strbuf_puts(sb, separator);
        separator = " ";
        if (signo < ABI_SIGRTMIN)
            strbuf_puts(sb, signal_names[signo] + 3);
        else if (signo == ABI_SIGRTMIN)
            strbuf_puts(sb, "RTMIN");
        else
            strbuf_printf(sb, "RT_%u", signo - ABI_SIGRTMIN);
    }
    strbuf_puts(sb, "]");
}
