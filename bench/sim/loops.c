/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loops of a known number of instructions, without a C library, so that every engine runs the
 * same few instructions: loops [million], prints `name instructions nanoseconds` lines.
 */
#include <stdint.h>

#define SYS_WRITE         1
#define SYS_GETPPID       110
#define SYS_EXIT          60
#define SYS_CLOCK_GETTIME 228
#define CLOCK_MONOTONIC   1
#define NULL_CALLS        200000
#define COPY_WORDS        4096

_Noreturn void start_c(long *sp);

static long call3(long nr, long a, long b, long c)
{
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return ret;
}

static uint64_t now_ns(void)
{
    int64_t ts[2];

    call3(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (long)ts, 0);
    return (uint64_t)ts[0] * 1000000000u + (uint64_t)ts[1];
}

/* Five instructions a round: an add, a multiplication by shift, a mask, a count, a branch. */
static uint64_t integer_loop(uint64_t rounds)
{
    uint64_t a = 1, b = 3;

    __asm__ volatile("1: add %1, %0\n\t"
                     "   xor %0, %1\n\t"
                     "   lea 7(%1,%0,2), %1\n\t"
                     "   sub $1, %2\n\t"
                     "   jnz 1b"
                     : "+r"(a), "+r"(b), "+r"(rounds)
                     :
                     : "cc");
    return a;
}

static uint64_t from[COPY_WORDS], to[COPY_WORDS];

/* Five instructions a word of eight bytes. */
static void copy_loop(void)
{
    const uint64_t *src = from;
    uint64_t *dst = to, n = COPY_WORDS, v;

    __asm__ volatile("1: mov (%0), %3\n\t"
                     "   mov %3, (%1)\n\t"
                     "   add $8, %0\n\t"
                     "   add $8, %1\n\t"
                     "   dec %2\n\t"
                     "   jnz 1b"
                     : "+r"(src), "+r"(dst), "+r"(n), "=&r"(v)
                     :
                     : "cc", "memory");
}

static char *put_number(char *at, uint64_t v)
{
    char digits[24];
    int n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    *at++ = ' ';
    while (n)
        *at++ = digits[--n];
    return at;
}

static void report(const char *name, uint64_t count, uint64_t start)
{
    uint64_t ns = now_ns() - start;
    char line[96], *at = line;

    while (*name)
        *at++ = *name++;
    at = put_number(at, count);
    at = put_number(at, ns);
    *at++ = '\n';
    call3(SYS_WRITE, 1, (long)line, at - line);
}

static uint64_t number(const char *s)
{
    uint64_t v = 0;

    while (*s >= '0' && *s <= '9')
        v = v * 10 + (uint64_t)(*s++ - '0');
    return v;
}

_Noreturn void start_c(long *sp)
{
    uint64_t million = sp[0] > 1 ? number((const char *)sp[2]) : 100;
    uint64_t rounds = million * 1000000 / 5, words = million * 1000000 / 6, start;

    start = now_ns();
    integer_loop(rounds);
    report("integer", rounds * 5, start);
    copy_loop();
    start = now_ns();
    for (uint64_t done = 0; done < words; done += COPY_WORDS)
        copy_loop();
    report("copy", words * 6, start);
    start = now_ns();
    for (int i = 0; i < NULL_CALLS; i++)
        call3(SYS_GETPPID, 0, 0, 0);
    report("call", NULL_CALLS, start);
    call3(SYS_EXIT, 0, 0, 0);
    __builtin_unreachable();
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start_c\n");
