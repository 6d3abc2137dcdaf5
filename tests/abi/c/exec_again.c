/* SPDX-License-Identifier: BSD-2-Clause */
/* A call site that is hot in one image must not be changed in the next image of the same file:
 * many children of one process exec the same program, which execs once more. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define CHILDREN 300 /* engines patch call sites after 16, 64, 256 calls */

static void exec_self(const char *word)
{
    char *argv[] = {"exec_again", (char *)word, NULL};

    execv("/proc/self/exe", argv);
    _exit(1);
}

int main(int argc, char **argv)
{
    int status, bad = 0;

    if (argc > 1 && strcmp(argv[1], "first") == 0)
        exec_self("second");
    if (argc > 1)
        _exit(42);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();

        if (pid == 0)
            exec_self("first");
        if (waitpid(pid, &status, 0) != pid || status != 42 << 8)
            printf("child %d: status %#x\n", i, (unsigned)status), bad++;
    }
    CHECK(bad == 0);
    return check_done("exec_again");
}
