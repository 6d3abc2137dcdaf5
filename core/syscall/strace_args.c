/* SPDX-License-Identifier: BSD-2-Clause */
/* One argument of a call in words, by its type in table.def. */
#include "syscall/strace_priv.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "syscall/handlers.h"
#include "vm/ucopy.h"

void strace_put_addr(struct strbuf *sb, uint64_t va)
{
    if (va)
        strbuf_printf(sb, "0x%llx", (unsigned long long)va);
    else
        strbuf_puts(sb, "NULL");
}

static void put_escaped(struct strbuf *sb, uint8_t c, uint8_t next)
{
    static const char letters[] = "abtnvfr"; /* 7..13 */
    bool digit_follows = next >= '0' && next <= '9';

    if (c == '"' || c == '\\')
        strbuf_printf(sb, "\\%c", c);
    else if (c >= 0x20 && c < 0x7f)
        strbuf_putc(sb, (char)c);
    else if (c >= 9 && c <= 13)
        strbuf_printf(sb, "\\%c", letters[c - 7]);
    else
        strbuf_printf(sb, digit_follows ? "\\%03o" : "\\%o", c);
}

static void put_quoted(struct strbuf *sb, const uint8_t *s, size_t n)
{
    strbuf_putc(sb, '"');
    for (size_t i = 0; i < n; i++)
        put_escaped(sb, s[i], i + 1 < n ? s[i + 1] : 0);
    strbuf_putc(sb, '"');
}

void strace_put_bytes(struct strbuf *sb, uint64_t va, uint64_t n)
{
    uint8_t buf[STRACE_STRING_MAX];
    size_t show = (size_t)MIN(n, (uint64_t)sizeof(buf));

    if (!va || copy_from_user_partial(buf, va, show) != show) {
        strace_put_addr(sb, va);
        return;
    }
    put_quoted(sb, buf, show);
    if (n > show)
        strbuf_puts(sb, "...");
}

void strace_put_cstring(struct strbuf *sb, uint64_t va)
{
    uint8_t buf[STRACE_STRING_MAX + 1];
    size_t got = va ? copy_from_user_partial(buf, va, sizeof(buf)) : 0;
    size_t len = got ? strnlen((const char *)buf, got) : 0;

    if (got == 0 || (len == got && got < sizeof(buf))) {
        strace_put_addr(sb, va);
        return;
    }
    put_quoted(sb, buf, MIN(len, (size_t)STRACE_STRING_MAX));
    if (len > STRACE_STRING_MAX)
        strbuf_puts(sb, "...");
}

/* A path is shown whole; a long one goes piece by piece through a small buffer. */
static void put_path(struct strbuf *sb, uint64_t va)
{
    uint8_t buf[64];
    bool first = true;

    for (;;) {
        size_t got = va ? copy_from_user_partial(buf, va, sizeof(buf)) : 0;
        size_t len = got ? strnlen((const char *)buf, got) : 0;

        if (got == 0) {
            if (first)
                strace_put_addr(sb, va);
            else
                strbuf_puts(sb, "\"...");
            return;
        }
        if (first)
            strbuf_putc(sb, '"');
        first = false;
        for (size_t i = 0; i < len; i++)
            put_escaped(sb, buf[i], i + 1 < len ? buf[i + 1] : 0);
        if (len < got || sb->truncated) {
            strbuf_putc(sb, '"');
            return;
        }
        va += got;
    }
}

static void put_mmap_flags(struct strbuf *sb, uint64_t v)
{
    strace_put_flags(sb, SYS_SET_MMAP, v);
}

/* The lowest byte is the signal that the parent gets. */
static void put_clone_flags(struct strbuf *sb, uint64_t v)
{
    uint64_t flags = v & ~UINT64_C(0xff);

    if (flags || !(v & 0xff))
        strace_put_flags(sb, SYS_SET_CLONE, flags);
    if (v & 0xff) {
        strbuf_puts(sb, flags ? "|" : "");
        strace_put_signal(sb, v & 0xff);
    }
}

/* The type is a number, the rest are bits. */
static void put_socket_type(struct strbuf *sb, uint64_t v)
{
    strace_put_enum(sb, SYS_SET_SOCK, v & 0xf);
    if (v & ~UINT64_C(0xf)) {
        strbuf_putc(sb, '|');
        strace_put_flags(sb, SYS_SET_SOCK, v & ~UINT64_C(0xf));
    }
}

static void put_flags(struct strbuf *sb, unsigned set, uint64_t v)
{
    switch (set) {
    case SYS_SET_OPEN:
        strace_put_open_flags(sb, v);
        break;
    case SYS_SET_MMAP:
        put_mmap_flags(sb, v);
        break;
    case SYS_SET_CLONE:
        put_clone_flags(sb, v);
        break;
    case SYS_SET_SOCK:
        put_socket_type(sb, v);
        break;
    default:
        strace_put_flags(sb, set, v);
        break;
    }
}

static void put_futex_op(struct strbuf *sb, uint64_t v)
{
    strace_put_enum(sb, SYS_SET_FUTEX, v & 0x7f);
    if (v & 0x80)
        strbuf_puts(sb, "_PRIVATE");
    if (v & 0x100)
        strbuf_puts(sb, "|FUTEX_CLOCK_REALTIME");
}

static uint64_t length_of(const struct strace_call *c, const struct syscall_arg *arg)
{
    if (arg->len == SYS_LEN_RESULT)
        return c->result > 0 ? (uint64_t)c->result : 0;
    return arg->len < 6 ? c->a[arg->len] : 1;
}

/* Elements of `kind`, as far as they can be read. */
static void put_array(const struct strace_call *c, const struct syscall_arg *arg,
                      uint64_t va)
{
    uint64_t count = length_of(c, arg);
    size_t size = strace_struct_bytes(arg->of);

    strbuf_putc(c->sb, '[');
    for (uint64_t i = 0; i < count; i++) {
        strbuf_puts(c->sb, i ? ", " : "");
        if (i == STRACE_ARRAY_MAX) {
            strbuf_puts(c->sb, "...");
            break;
        }
        if (!strace_put_struct(c->sb, arg->of, va + i * size)) {
            strbuf_puts(c->sb, "... /* unreadable */");
            break;
        }
    }
    strbuf_putc(c->sb, ']');
}

/* Descriptors are counted in bits, CPUs in bytes. */
static uint64_t bits_of(const struct strace_call *c, const struct syscall_arg *arg)
{
    uint64_t n = length_of(c, arg);

    return MIN(n, (uint64_t)4096) * (arg->of == SYS_KIND_CPUSET ? 8 : 1);
}

static void put_pointer(const struct strace_call *c, const struct syscall_arg *arg,
                        uint64_t va)
{
    bool failed = c->after && c->result < 0;
    bool sleep = c->desc->fn == sys_nanosleep || c->desc->fn == sys_clock_nanosleep;

    bool waiting = arg->of == SYS_KIND_WAIT_STATUS && c->after && c->result == 0;

    /* What is left of a sleep is told only when it was cut short. */
    if (!va || waiting || (arg->type == SYS_ARG_OUT && failed != sleep))
        strace_put_addr(c->sb, va);
    else if (arg->of == SYS_KIND_FD_SET || arg->of == SYS_KIND_CPUSET)
        strace_put_bits(c->sb, va, bits_of(c, arg));
    else if (arg->of == SYS_KIND_DIRENTS)
        strace_put_dirents(c->sb, va, length_of(c, arg));
    else if (arg->len != SYS_LEN_NONE && strace_struct_bytes(arg->of))
        put_array(c, arg, va);
    else if (!strace_put_struct(c->sb, arg->of, va))
        strace_put_addr(c->sb, va);
}

static void put_number(struct strbuf *sb, const struct syscall_arg *arg, uint64_t v)
{
    switch (arg->type) {
    case SYS_ARG_INT:
    case SYS_ARG_FD:
    case SYS_ARG_PID:
        strbuf_printf(sb, "%d", (int32_t)v);
        break;
    case SYS_ARG_DIRFD:
        if ((int32_t)v == AT_FDCWD)
            strbuf_puts(sb, "AT_FDCWD");
        else
            strbuf_printf(sb, "%d", (int32_t)v);
        break;
    case SYS_ARG_UINT:
        strbuf_printf(sb, "%u", (uint32_t)v);
        break;
    case SYS_ARG_ID:
        if ((uint32_t)v == UINT32_MAX)
            strbuf_puts(sb, "-1");
        else
            strbuf_printf(sb, "%u", (uint32_t)v);
        break;
    case SYS_ARG_LONG:
    case SYS_ARG_OFF:
        strbuf_printf(sb, "%lld", (long long)v);
        break;
    case SYS_ARG_SIZE:
        strbuf_printf(sb, "%llu", (unsigned long long)v);
        break;
    case SYS_ARG_DEV:
        strbuf_printf(sb, "makedev(0x%x, 0x%x)", abi_dev_major(v), abi_dev_minor(v));
        break;
    default:
        strbuf_printf(sb, v ? "0x%llx" : "%llu", (unsigned long long)v);
        break;
    }
}

void strace_put_arg(const struct strace_call *c, unsigned i)
{
    const struct syscall_arg *arg = &c->desc->args[i];
    struct strbuf *sb = c->sb;
    uint64_t v = c->a[i];

    switch (arg->type) {
    case SYS_ARG_ADDR:
        strace_put_addr(sb, v);
        break;
    case SYS_ARG_MODE:
        if ((uint32_t)v & ~ABI_MODE_BITS)
            strace_put_mode(sb, (uint32_t)v);
        else
            strbuf_printf(sb, "%#03o", (uint32_t)v);
        break;
    case SYS_ARG_SIGNO:
        strace_put_signal(sb, (uint32_t)v);
        break;
    case SYS_ARG_ENUM:
        if (arg->of == SYS_SET_FUTEX)
            put_futex_op(sb, v);
        else
            strace_put_enum(sb, arg->of, (uint32_t)v);
        break;
    case SYS_ARG_FLAGS:
        put_flags(sb, arg->of, arg->of == SYS_SET_CLONE ? v : (uint32_t)v);
        break;
    case SYS_ARG_PATH:
        put_path(sb, v);
        break;
    case SYS_ARG_CSTR:
        strace_put_cstring(sb, v);
        break;
    case SYS_ARG_IN_BUF:
        strace_put_bytes(sb, v, length_of(c, arg));
        break;
    case SYS_ARG_OUT_BUF:
        if (c->result < 0)
            strace_put_addr(sb, v);
        else
            strace_put_bytes(sb, v, length_of(c, arg));
        break;
    case SYS_ARG_IN:
    case SYS_ARG_OUT:
    case SYS_ARG_INOUT:
        put_pointer(c, arg, v);
        break;
    case SYS_ARG_IOCTL:
        if (!strace_put_ioctl(c, v))
            strace_put_addr(sb, v);
        break;
    case SYS_ARG_FCNTL:
        if (!strace_put_fcntl(c, v))
            strbuf_printf(sb, "%lld", (long long)(int32_t)v);
        break;
    default:
        put_number(sb, arg, v);
        break;
    }
}
