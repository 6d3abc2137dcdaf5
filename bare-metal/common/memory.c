/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four functions that compilers call, eight bytes at a time where both sides allow it.
 * Weak: a machine that knows better has its own.
 */
#include <stddef.h>
#include <stdint.h>

#define WEAK __attribute__((weak))

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

typedef uint64_t __attribute__((may_alias)) word;

#define WORDS 4 /* in one turn of a loop */

/* Words need the same alignment on both sides where the machine does not do unaligned ones. */
static int words_fit(const void *a, const void *b)
{
    return (((uintptr_t)a ^ (uintptr_t)b) & 7) == 0;
}

static void copy_up(uint8_t *to, const uint8_t *from, size_t n)
{
    if (words_fit(to, from)) {
        for (; n > 0 && ((uintptr_t)to & 7); n--)
            *to++ = *from++;
        for (; n >= WORDS * 8; n -= WORDS * 8, to += WORDS * 8, from += WORDS * 8) {
            word a = ((const word *)from)[0], b = ((const word *)from)[1];
            word c = ((const word *)from)[2], d = ((const word *)from)[3];

            ((word *)to)[0] = a;
            ((word *)to)[1] = b;
            ((word *)to)[2] = c;
            ((word *)to)[3] = d;
        }
        for (; n >= 8; n -= 8, to += 8, from += 8)
            *(word *)to = *(const word *)from;
    }
    while (n-- > 0)
        *to++ = *from++;
}

WEAK void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    copy_up(dst, src, n);
    return dst;
}

WEAK void *memmove(void *dst, const void *src, size_t n)
{
    uint8_t *to = dst;
    const uint8_t *from = src;

    if ((uintptr_t)to - (uintptr_t)from >= n) {
        copy_up(to, from, n);
        return dst;
    }
    while (n-- > 0)
        to[n] = from[n];
    return dst;
}

WEAK void *memset(void *dst, int c, size_t n)
{
    uint64_t pattern = UINT64_C(0x0101010101010101) * (uint8_t)c;
    uint8_t *to = dst;

    for (; n > 0 && ((uintptr_t)to & 7); n--)
        *to++ = (uint8_t)c;
    for (; n >= WORDS * 8; n -= WORDS * 8, to += WORDS * 8) {
        ((word *)to)[0] = pattern;
        ((word *)to)[1] = pattern;
        ((word *)to)[2] = pattern;
        ((word *)to)[3] = pattern;
    }
    for (; n >= 8; n -= 8, to += 8)
        *(word *)to = pattern;
    while (n-- > 0)
        *to++ = (uint8_t)c;
    return dst;
}

WEAK int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;

    for (size_t i = 0; i < n; i++) {
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}
