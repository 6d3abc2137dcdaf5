/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel copies from and to a program: every length and alignment around the sizes at
 * which a machine changes its way of copying, whole and up to memory that is not there.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define PAGE    4096u
#define LEN_MAX (PAGE - 16)

static uint8_t pattern[LEN_MAX];
static uint8_t *edge; /* two pages below it, nothing from here on */
static int fd;

static const unsigned lengths[] = {
    1,  2,  3,  7,   8,   9,   15,  16,   17,   24,   31,   32,   33,   40,     47,
    63, 64, 65, 100, 255, 256, 257, 1000, 1023, 1024, 1025, 1032, 2001, LEN_MAX};

static bool all(const uint8_t *at, uint8_t byte, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i] != byte)
            return false;
    return true;
}

static void whole(size_t len, unsigned align)
{
    uint8_t *at = edge - 2 * PAGE + 8 + align;

    memset(edge - 2 * PAGE, 0xee, 2 * PAGE);
    CHECK(pwrite(fd, pattern, len, 0) == (ssize_t)len);
    CHECK(pread(fd, at, len, 0) == (ssize_t)len);
    CHECK(memcmp(at, pattern, len) == 0);
    CHECK(all(at - 8, 0xee, 8) && all(at + len, 0xee, 8));
    /* From there back into the file, one byte further. */
    CHECK(pwrite(fd, at, len, 1) == (ssize_t)len);
    CHECK(pread(fd, edge - len, len, 1) == (ssize_t)len);
    CHECK(memcmp(edge - len, pattern, len) == 0);
}

/* Only `good` bytes of the buffer are there: what the result says has been done, and no more. */
static void cut_short(size_t len, size_t good)
{
    uint8_t *at = edge - good, back[LEN_MAX];
    ssize_t n;

    memset(edge - 2 * PAGE, 0xee, 2 * PAGE);
    CHECK(pwrite(fd, pattern, len, 0) == (ssize_t)len);
    n = pread(fd, at, len, 0);
    CHECK(n == -1 ? errno == EFAULT : n > 0 && (size_t)n <= good);
    CHECK(n <= 0 || memcmp(at, pattern, (size_t)n) == 0);
    CHECK(all(at - 8, 0xee, 8));
    memcpy(at, pattern, good);
    memset(back, 0x55, len);
    CHECK(pwrite(fd, back, len, 0) == (ssize_t)len);
    n = pwrite(fd, at, len, 0);
    CHECK(n == -1 ? errno == EFAULT : n > 0 && (size_t)n <= good);
    CHECK(pread(fd, back, len, 0) == (ssize_t)len);
    CHECK(n <= 0 || memcmp(back, pattern, (size_t)n) == 0);
    CHECK(n < 0 || all(back + n, 0x55, len - (size_t)n));
}

int main(void)
{
    uint8_t *p =
        mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED && munmap(p + 2 * PAGE, PAGE) == 0);
    edge = p + 2 * PAGE;
    fd = memfd_create("copies", 0);
    CHECK(fd >= 0);
    for (size_t i = 0; i < LEN_MAX; i++)
        pattern[i] = (uint8_t)(i * 7 + (i >> 8) + 1);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (unsigned align = 0; align < 8; align++)
            whole(lengths[i], align);
        for (size_t j = 0; j < i; j++)
            cut_short(lengths[i], lengths[j]);
    }
    return check_done("copies");
}
