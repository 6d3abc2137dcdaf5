/* SPDX-License-Identifier: BSD-2-Clause */
/* What user_session debugs: a sum, a crash if it is asked for, an exit status. */
#include <stdio.h>

volatile int counter;

__attribute__((noinline)) int add(int n)
{
    counter += n;
    return counter;
}

int main(int argc, char **argv)
{
    (void)argv;
    for (int i = 0; i < 5; i++)
        add(i);
    if (argc > 1)
        __asm__ volatile("ud2");
    printf("sum %d\n", counter);
    return 7;
}
