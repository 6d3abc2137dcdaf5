/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of calls by name and class.
 *
 * What takes a path or a descriptor is known from the table; the other classes are what strace(1)
 * says they are, as far as the table has the calls.
 */
#include "syscall/strace_filter.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "syscall/args.h"

struct call_class {
    const char *name;
    bool (*has)(const struct syscall_desc *d); /* NULL: `calls` says it */
    const char *calls;                         /* with a space after each */
};

static bool takes(const struct syscall_desc *d, uint8_t type)
{
    for (unsigned i = 0; i < d->arg_count; i++) {
        if (d->args[i].type == type)
            return true;
    }
    return false;
}

static bool is_file(const struct syscall_desc *d)
{
    return takes(d, SYS_ARG_PATH) || str_eq(d->name, "getcwd");
}

static bool is_desc(const struct syscall_desc *d)
{
    return takes(d, SYS_ARG_FD) || takes(d, SYS_ARG_DIRFD) || d->result == SYS_ARG_FD;
}

static const struct call_class classes[] = {
    {"%file", is_file, NULL},
    {"%desc", is_desc, NULL},
    {"%process", NULL,
     "clone clone3 fork vfork execve execveat exit exit_group wait4 waitid kill tkill "
     "tgkill pidfd_open pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo unshare "},
    {"%network", NULL,
     "socket socketpair bind listen accept accept4 connect getsockname getpeername sendto "
     "recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown setsockopt getsockopt "},
    {"%signal", NULL,
     "kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending "
     "rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo rt_sigsuspend sigaltstack pause "
     "signalfd signalfd4 pidfd_send_signal "},
    {"%ipc", NULL,
     "shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv "
     "msgctl "},
    {"%memory", NULL,
     "mmap munmap mprotect mremap brk madvise process_madvise msync mincore mlock mlock2 "
     "munlock mlockall munlockall "},
    {"%creds", NULL,
     "getuid geteuid getgid getegid setuid setgid setreuid setregid setresuid setresgid "
     "getresuid getresgid setfsuid setfsgid getgroups setgroups capget capset prctl "},
    {"%clock", NULL,
     "time gettimeofday settimeofday adjtimex clock_adjtime clock_gettime clock_settime "
     "clock_getres "},
    {"%stat", NULL, "stat lstat fstat newfstatat statx "},
};

const char *strace_filter_class(unsigned i)
{
    return i < ARRAY_SIZE(classes) ? classes[i].name : NULL;
}

static bool word_is(const char *name, const char *word, size_t len)
{
    return strlen(name) == len && strncmp(name, word, len) == 0;
}

/* Is `word` one of those in `list`, each of which a space follows? */
static bool list_has(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; *at; at = strchr(at, ' ') + 1) {
        if (strncmp(at, word, len) == 0 && at[len] == ' ')
            return true;
    }
    return false;
}

static void set(struct strace_filter *f, uint64_t slot)
{
    f->bits[slot / 64] |= UINT64_C(1) << slot % 64;
}

static bool add_class(struct strace_filter *f, const char *word, size_t len)
{
    const struct call_class *c = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(classes) && !c; i++) {
        if (word_is(classes[i].name, word, len))
            c = &classes[i];
    }
    if (!c && word_is("%net", word, len))
        return add_class(f, "%network", 8);
    for (uint64_t nr = 0; c && nr < SYSCALL_NR_MAX; nr++) {
        const struct syscall_desc *d = syscall_describe(nr);

        if (d && (c->has ? c->has(d) : list_has(c->calls, d->name)))
            set(f, nr);
    }
    return c != NULL;
}

static bool add_call(struct strace_filter *f, const char *word, size_t len)
{
    for (uint64_t nr = 0; nr < SYSCALL_NR_MAX; nr++) {
        const struct syscall_desc *d = syscall_describe(nr);

        if (d && word_is(d->name, word, len)) {
            set(f, nr);
            return true;
        }
    }
    return false;
}

static bool add_word(struct strace_filter *f, const char *word, size_t len)
{
    if (word_is("none", word, len))
        return true;
    if (word_is("all", word, len)) {
        memset(f->bits, 0xff, sizeof(f->bits));
        return true;
    }
    if (len && *word == '%')
        return add_class(f, word, len);
    if (len > 1 && *word == '?') {
        (void)add_call(f, word + 1, len - 1);
        return true;
    }
    return add_call(f, word, len);
}

int strace_filter_parse(const char *expr, struct strace_filter *out, const char **bad,
                        size_t *bad_len)
{
    bool all_but;

    memset(out, 0, sizeof(*out));
    if (strncmp(expr, "trace=", 6) == 0)
        expr += 6;
    all_but = *expr == '!';
    expr += all_but;
    for (;;) {
        const char *end = strchr(expr, ',');
        size_t len = end ? (size_t)(end - expr) : strlen(expr);

        if (!add_word(out, expr, len)) {
            *bad = expr;
            *bad_len = len;
            return -EINVAL;
        }
        if (!end)
            break;
        expr = end + 1;
    }
    for (size_t i = 0; all_but && i < ARRAY_SIZE(out->bits); i++)
        out->bits[i] = ~out->bits[i];
    return 0;
}
