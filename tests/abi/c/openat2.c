/* SPDX-License-Identifier: BSD-2-Clause */
/* openat2(2): arguments, RESOLVE_* and trees that change under the walk; membarrier(2). */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "child.h"

#define RACE_SECONDS 1.5

static int open2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags, .resolve = resolve};

    return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static ino_t inode_of(int fd)
{
    struct stat st = {0};

    CHECK(fstat(fd, &st) == 0);
    return st.st_ino;
}

/* top/jail/in/deep and top/out */
static int make_trees(void)
{
    CHECK(mkdir("jail", 0755) == 0 && mkdir("jail/in", 0755) == 0);
    CHECK(mkdir("jail/in/deep", 0755) == 0 && mkdir("out", 0755) == 0);
    CHECK(symlink("/in", "jail/absolute") == 0 && symlink("../out", "jail/leaves") == 0);
    return open("jail", O_PATH | O_DIRECTORY);
}

static void arguments(void)
{
    struct {
        struct open_how how;
        uint64_t more;
    } big = {.how = {.flags = O_RDONLY}};
    struct open_how how = {.flags = O_RDONLY};

    CHECK(syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof(big)) >= 0);
    big.more = 1;
    CHECK_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof(big)), E2BIG);
    CHECK_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how) - 1), EINVAL);
    how.mode = 0600; /* without O_CREAT */
    CHECK_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how)), EINVAL);
    CHECK_ERRNO(open2(AT_FDCWD, ".", 1ull << 40, 0), EINVAL);
    CHECK_ERRNO(open2(AT_FDCWD, ".", O_RDONLY, 1ull << 40), EINVAL);
    CHECK_ERRNO(open2(AT_FDCWD, ".", 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
}

static void scopes(void)
{
    int jail = make_trees();

    CHECK(open2(jail, "in/deep/../..", O_PATH, RESOLVE_BENEATH) >= 0);
    CHECK_ERRNO(open2(jail, "in/deep/../../..", O_PATH, RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(open2(jail, "/in", O_PATH, RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(open2(jail, "absolute", O_PATH, RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(open2(jail, "leaves", O_PATH, RESOLVE_BENEATH), EXDEV);
    CHECK(inode_of(open2(jail, "in/../../../..", O_PATH, RESOLVE_IN_ROOT)) ==
          inode_of(jail));
    CHECK(inode_of(open2(jail, "absolute/deep", O_PATH, RESOLVE_IN_ROOT)) ==
          inode_of(open("jail/in/deep", O_PATH)));
    CHECK_ERRNO(open2(jail, "leaves", O_PATH, RESOLVE_IN_ROOT), ENOENT);
    CHECK_ERRNO(open2(jail, "absolute", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS),
                ELOOP);
    CHECK_ERRNO(
        open2(AT_FDCWD, "/proc/self/cwd", O_PATH | O_DIRECTORY, RESOLVE_NO_MAGICLINKS),
        ELOOP);
    CHECK_ERRNO(open2(AT_FDCWD, "/proc/self", O_PATH, RESOLVE_NO_XDEV), EXDEV);
}

/* A directory is carried out of the tree while somebody walks up from it. */
static void escape(void)
{
    int jail = make_trees();
    ino_t good = inode_of(jail);
    double end = seconds_now() + RACE_SECONDS;
    unsigned escapes = 0, hits = 0;
    pid_t pid = child_fork();

    while (pid == 0) {
        rename("jail/in/deep", "out/deep");
        rename("out/deep", "jail/in/deep");
    }
    for (unsigned i = 0; seconds_now() < end; i++) {
        int fd = open2(jail, "in/deep/../..", O_PATH,
                       i & 1 ? RESOLVE_IN_ROOT : RESOLVE_BENEATH);

        if (fd < 0) {
            CHECK(errno == EAGAIN || errno == ENOENT || errno == EXDEV);
            continue;
        }
        hits++;
        escapes += inode_of(fd) != good;
        close(fd);
    }
    kill(pid, SIGKILL);
    child_wait(pid);
    CHECK(escapes == 0);
    CHECK(hits > 0);
}

static void barriers(void)
{
    int can = (int)syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

    CHECK((can & MEMBARRIER_CMD_GLOBAL) && (can & MEMBARRIER_CMD_PRIVATE_EXPEDITED));
    CHECK_ERRNO(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0);
    CHECK_ERRNO(syscall(SYS_membarrier, 1 << 20, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 77, 0), EINVAL);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(arguments);
    CASE(scopes);
    CASE(escape);
    CASE(barriers);
    return check_done("openat2");
}
