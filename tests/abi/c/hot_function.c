/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that spends its time in a known place; tests/abi/profile looks whether it is seen
 * there.  Alone it checks that its two ways of adding up agree. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES __attribute__((noinline, noclone, optimize("no-omit-frame-pointer")))

static volatile uint64_t sink;

FRAMES static uint64_t hot_inner(uint64_t n)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < n; i++) {
        sum += i;
        sink = sum;
    }
    return sum;
}

FRAMES static uint64_t hot_outer(uint64_t n)
{
    uint64_t sum = hot_inner(n);

    sink = sum;
    return sum;
}

FRAMES static uint64_t cold(uint64_t n)
{
    return n * (n - 1) / 2;
}

/* Time in the kernel: clearing memory, looking up names. */
FRAMES static int names(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        if (access("/dev/../dev/../dev/null", R_OK) != 0)
            return 1;
    }
    return 0;
}

FRAMES static int zeros(unsigned rounds)
{
    static char buf[1 << 20];
    int fd = open("/dev/zero", O_RDONLY);

    for (unsigned i = 0; i < rounds; i++) {
        if (read(fd, buf, sizeof(buf)) != (ssize_t)sizeof(buf))
            return 1;
    }
    return close(fd) != 0;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000;

    if (argc > 1 && strcmp(argv[1], "names") == 0)
        return names((unsigned)n);
    if (argc > 1 && strcmp(argv[1], "zeros") == 0)
        return zeros((unsigned)n);
    if (hot_outer(n) != cold(n)) {
        printf("sums differ\n");
        return 1;
    }
    return 0;
}
