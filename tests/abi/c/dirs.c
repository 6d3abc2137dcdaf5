/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories: reading large ones while they change, seeking, depth, removal, cwd, chroot. */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"

#define MANY 5000

static void make(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);

    CHECK(fd >= 0);
    close(fd);
}

static void make_many(const char *dir)
{
    char name[64];

    CHECK(mkdir(dir, 0755) == 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "%s/entry-%d", dir, i);
        make(name);
    }
}

/* The number in an entry's name, or -1. */
static int number_of(const char *name)
{
    int n = -1;

    return sscanf(name, "entry-%d", &n) == 1 && n >= 0 && n < MANY ? n : -1;
}

static void large(void)
{
    static unsigned char seen[MANY];
    struct dirent *e;
    int others = 0, twice = 0, types = 0;
    struct stat st;

    make_many("d");
    DIR *d = opendir("d");
    CHECK(d != NULL);
    while ((e = readdir(d))) {
        int n = number_of(e->d_name);

        if (n < 0)
            others++;
        else
            twice += seen[n]++;
        types += n >= 0 && e->d_type == DT_REG;
        if (n == 77)
            CHECK(fstatat(dirfd(d), e->d_name, &st, 0) == 0 && st.st_ino == e->d_ino);
    }
    CHECK(others == 2 && twice == 0 && types == MANY);
    for (int i = 0; i < MANY; i++)
        if (!seen[i]) {
            CHECK(!"an entry was missed");
            break;
        }
    rewinddir(d);
    make("d/fresh");
    int count = 0;
    while ((e = readdir(d)))
        count++;
    CHECK(count == MANY + 3);
    closedir(d);
}

/* rm -r: each entry is removed as soon as it is read; none may be left. */
static void removed_while_read(void)
{
    struct dirent *e;

    make_many("d");
    DIR *d = opendir("d");
    while ((e = readdir(d)))
        if (number_of(e->d_name) >= 0)
            CHECK(unlinkat(dirfd(d), e->d_name, 0) == 0);
    closedir(d);
    CHECK(rmdir("d") == 0);
    /* what stays throughout is seen once, whatever comes and goes */
    CHECK(mkdir("e", 0755) == 0);
    char name[64];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "e/entry-%d", i);
        make(name);
    }
    int seen[500] = {0}, step = 0;
    d = opendir("e");
    while ((e = readdir(d))) {
        int n = number_of(e->d_name);

        if (n >= 0 && n < 500)
            seen[n]++;
        snprintf(name, sizeof(name), "e/new-%d", step % 700);
        if (step++ < 700)
            close(open(name, O_CREAT | O_WRONLY, 0644));
        snprintf(name, sizeof(name), "e/entry-%d",
                 2 * (step % 250)); /* the even ones go */
        unlink(name);
    }
    for (int i = 1; i < 500; i += 2)
        if (seen[i] != 1) {
            CHECK(!"an entry that stayed was not seen exactly once");
            break;
        }
    closedir(d);
}

static void seeking(void)
{
    long at[103];
    char names[103][32];
    struct dirent *e;
    int n = 0;

    CHECK(mkdir("d", 0755) == 0);
    for (int i = 0; i < 100; i++) {
        snprintf(names[0], sizeof(names[0]), "d/entry-%d", i);
        make(names[0]);
    }
    DIR *d = opendir("d");
    for (;;) {
        at[n] = telldir(d);
        e = readdir(d);
        if (!e || n == 102)
            break;
        snprintf(names[n++], sizeof(names[0]), "%.31s", e->d_name);
    }
    CHECK(n == 102);
    for (int i = n - 1; i >= 0; i -= 7) {
        seekdir(d, at[i]);
        e = readdir(d);
        CHECK(e && strcmp(e->d_name, names[i]) == 0);
    }
    seekdir(d, at[n]);
    CHECK(readdir(d) == NULL);
    closedir(d);
}

static void small_buffers(void)
{
    char buf[64];
    long n;
    int fd, total = 0;

    CHECK(mkdir("d", 0755) == 0);
    make("d/a");
    make("d/a-name-that-is-too-long-for-the-buffer-below-by-some-characters");
    fd = open("d", O_RDONLY);
    CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, 8), EINVAL);
    CHECK(syscall(SYS_getdents64, fd, buf, 24) == 24); /* one entry at a time */
    while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
        total++;
    CHECK((n == -1 && errno == EINVAL) || n == 0);
    CHECK_ERRNO(syscall(SYS_getdents64, 0x7fffffff, buf, 64), EBADF);
    CHECK_ERRNO(syscall(SYS_getdents64, open("d/a", O_RDONLY), buf, 64), ENOTDIR);
    CHECK(rename("d/a", "x") == 0);
    fd = open("d", O_RDONLY);
    CHECK_ERRNO(syscall(SYS_getdents64, fd, 16, 4096), EFAULT);
    CHECK(syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0); /* it starts where it was */
}

/* 200 levels: down, up, look from the bottom, take away. */
static void deep(void)
{
    enum { LEVELS = 200 };
    char cwd[PATH_MAX];
    struct stat top, st;

    CHECK(stat(".", &top) == 0);
    for (int i = 0; i < LEVELS; i++)
        CHECK(mkdir("level", 0755) == 0 && chdir("level") == 0);
    CHECK(getcwd(cwd, sizeof(cwd)) && strlen(cwd) > LEVELS * 6);
    CHECK(stat(cwd, &st) == 0);
    make("leaf");
    for (int i = 0; i < LEVELS; i++)
        CHECK(chdir("..") == 0);
    CHECK(stat(".", &st) == 0 && st.st_ino == top.st_ino);
    CHECK_ERRNO(rmdir("level"), ENOTEMPTY);
    CHECK(rename("level", "renamed") == 0);
    CHECK(chdir(strcat(strcpy(cwd, "renamed"), "/level/level")) == 0);
    for (int i = 3; i < LEVELS; i++)
        CHECK(chdir("level") == 0);
    CHECK(unlink("leaf") == 0);
    for (int i = 1; i < LEVELS; i++)
        CHECK(chdir("..") == 0 && rmdir("level") == 0);
    CHECK(chdir("..") == 0 && rmdir("renamed") == 0);
}

/* Deeper than PATH_MAX can say: relative steps still work, getcwd says what it cannot. */
static void beyond_path_max(void)
{
    char name[201], cwd[PATH_MAX];
    int levels = 0;

    memset(name, 'n', 200);
    name[200] = '\0';
    for (; levels < 30; levels++)
        CHECK(mkdir(name, 0755) == 0 && chdir(name) == 0);
    CHECK_ERRNO(syscall(SYS_getcwd, cwd, sizeof(cwd)), ENAMETOOLONG);
    make("leaf");
    CHECK(unlink("leaf") == 0);
    for (; levels > 0; levels--)
        CHECK(chdir("..") == 0 && rmdir(name) == 0);
    CHECK(getcwd(cwd, sizeof(cwd)) == cwd);
}

static void removed_cwd(void)
{
    char cwd[PATH_MAX];
    struct stat st;
    int fd;

    CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 && chdir("d/e") == 0);
    CHECK(rmdir("../e") == 0);
    CHECK_ERRNO(syscall(SYS_getcwd, cwd, sizeof(cwd)), ENOENT);
    CHECK_ERRNO(open("new", O_CREAT | O_RDWR, 0600), ENOENT);
    CHECK_ERRNO(mkdir("new", 0755), ENOENT);
    CHECK(stat(".", &st) == 0 && st.st_nlink == 0);
    CHECK((fd = open(".", O_RDONLY)) >= 0);
    CHECK_ERRNO(syscall(SYS_getdents64, fd, cwd, sizeof(cwd)), ENOENT);
    CHECK(chdir("..") == 0 && getcwd(cwd, sizeof(cwd)) && strstr(cwd, "/d"));
    CHECK(rmdir("../d") == 0);
    CHECK_ERRNO(rename("../x", "y"), ENOENT);
    ssize_t n = readlink("/proc/self/cwd", cwd, sizeof(cwd) - 1);
    cwd[n > 0 ? n : 0] = '\0';
    CHECK(n > 10 && strcmp(cwd + n - 10, " (deleted)") == 0);
}

static void making_and_removing(void)
{
    struct stat st;

    umask(022);
    CHECK(mkdir("d", 0777) == 0 && stat("d", &st) == 0 && (st.st_mode & 07777) == 0755);
    CHECK(st.st_nlink == 2);
    CHECK_ERRNO(mkdir("d", 0777), EEXIST);
    CHECK_ERRNO(mkdir("d/", 0777), EEXIST);
    CHECK_ERRNO(mkdir(".", 0777), EEXIST);
    CHECK_ERRNO(mkdir("/", 0777), EEXIST);
    CHECK_ERRNO(mkdir("none/d", 0777), ENOENT);
    CHECK_ERRNO(mkdir("", 0777), ENOENT);
    CHECK(mkdir("slash///", 0777) == 0 && rmdir("slash//") == 0);
    make("d/f");
    CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
    CHECK_ERRNO(rmdir("none"), ENOENT);
    CHECK_ERRNO(rmdir("/"), EBUSY);
    CHECK_ERRNO(mkdir("d/f/x", 0777), ENOTDIR);
    int fd = open("d", O_RDONLY | O_DIRECTORY);
    CHECK(unlinkat(fd, "f", 0) == 0 && mkdirat(fd, "sub", 0700) == 0 &&
          stat("d", &st) == 0);
    CHECK(st.st_nlink == 3 && unlinkat(fd, "sub", AT_REMOVEDIR) == 0);
    CHECK(fchdir(fd) == 0 && chdir("..") == 0 && rmdir("d") == 0);
    CHECK_ERRNO(mkdirat(fd, "x", 0700), ENOENT);
    CHECK_ERRNO(fchdir(open("/dev/null", O_RDONLY)), ENOTDIR);
    CHECK_ERRNO(chdir("/dev/null"), ENOTDIR);
}

/* Four processes make and remove the same names. */
static void contention(void)
{
    CHECK(mkdir("d", 0755) == 0);
    for (int p = 0; p < 4; p++)
        if (child_fork() == 0) {
            char name[32], other[32];

            for (int i = 0; i < 400; i++) {
                snprintf(name, sizeof(name), "d/%d", i % 7);
                snprintf(other, sizeof(other), "d/%d", (i + p) % 7);
                if (mkdir(name, 0755) && errno != EEXIST)
                    _exit(1);
                if (rename(name, other) && errno != ENOENT && errno != ENOTEMPTY &&
                    errno != EEXIST)
                    _exit(2);
                if (rmdir(other) && errno != ENOENT && errno != ENOTEMPTY)
                    _exit(3);
            }
            _exit(0);
        }
    for (int p = 0; p < 4; p++)
        CHECK(child_wait(-1) == 0);
    char name[32];
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof(name), "d/%d", i);
        rmdir(name);
    }
    struct stat st;
    CHECK(stat("d", &st) == 0 && st.st_nlink == 2 && rmdir("d") == 0);
}

static void in_chroot(void)
{
    struct stat root, st;
    char cwd[PATH_MAX];

    CHECK(stat("jail", &root) == 0);
    CHECK(chroot("jail") == 0);
    CHECK(syscall(SYS_getcwd, cwd, sizeof(cwd)) > 0 &&
          strncmp(cwd, "(unreachable)", 13) == 0);
    CHECK(chdir("/") == 0 && stat("..", &st) == 0 && st.st_ino == root.st_ino);
    CHECK(stat("../../../..", &st) == 0 && st.st_ino == root.st_ino);
    CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0);
    CHECK(stat("/inside/f", &st) == 0);
    CHECK(stat("/absolute", &st) == 0); /* its link starts at this root */
    CHECK_ERRNO(stat("/escape", &st), ENOENT);
    CHECK_ERRNO(stat("/tmp", &st), ENOENT);
    CHECK_ERRNO(chroot("/inside/f"), ENOTDIR);
    CHECK_ERRNO(chroot("/none"), ENOENT);
}

static void change_root(void)
{
    CHECK(mkdir("jail", 0755) == 0 && mkdir("jail/inside", 0755) == 0);
    make("jail/inside/f");
    CHECK(symlink("/inside/f", "jail/absolute") == 0);
    CHECK(symlink("../../../../../tmp", "jail/escape") == 0);
    child_check(in_chroot);
}

static void mounts(void)
{
    struct stat before, over, st;

    CHECK(chmod(".", 0755) == 0 && mkdir("m", 0755) == 0 && stat("m", &before) == 0);
    make("m/hidden");
    CHECK(mount("none", "m", "tmpfs", 0, "mode=0711,uid=5") == 0);
    CHECK(stat("m", &over) == 0 && over.st_dev != before.st_dev);
    CHECK((over.st_mode & 07777) == 0711 && over.st_uid == 5);
    CHECK_ERRNO(stat("m/hidden", &st), ENOENT);
    make("m/shown");
    CHECK(stat("m/..", &st) == 0 && st.st_dev == before.st_dev);
    CHECK(mkdir("bound", 0755) == 0 && mount("m", "bound", NULL, MS_BIND, NULL) == 0);
    CHECK(stat("bound/shown", &st) == 0 && st.st_dev == over.st_dev);
    CHECK(mount(NULL, "bound", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
    CHECK_ERRNO(open("bound/new", O_CREAT | O_RDWR, 0600), EROFS);
    CHECK_ERRNO(unlink("bound/shown"), EROFS);
    CHECK_ERRNO(chmod("bound/shown", 0600), EROFS);
    CHECK_ERRNO(access("bound/shown", W_OK), EROFS);
    CHECK(chmod("m/shown", 0600) == 0); /* only that view is read-only */
    CHECK_ERRNO(umount("none"), ENOENT);
    CHECK_ERRNO(umount("m/shown"), EINVAL);
    CHECK(umount("bound") == 0);
    int fd = open("m/shown", O_RDWR);
    CHECK_ERRNO(umount("m"), EBUSY);
    CHECK(umount2("m", MNT_DETACH) == 0 && stat("m/hidden", &st) == 0);
    CHECK(write(fd, "still", 5) == 5);
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    CHECK_ERRNO(mount("none", "m", "tmpfs", 0, NULL), EPERM);
    CHECK_ERRNO(umount("m"), EPERM);
}

/* Names that were looked for in a directory do not keep its inode when it is gone. */
static void remembered_names(void)
{
    CHECK(mkdir("few", 0755) == 0);
    CHECK(mount("none", "few", "tmpfs", 0, "nr_inodes=4") == 0);
    for (int i = 0; i < 20; i++) {
        CHECK(mkdir("few/d", 0755) == 0);
        CHECK_ERRNO(open("few/d/none", O_RDONLY), ENOENT);
        CHECK_ERRNO(open("few/d/none/deeper", O_RDWR | O_CREAT, 0600), ENOENT);
        CHECK(rmdir("few/d") == 0);
    }
    CHECK(umount("few") == 0 && rmdir("few") == 0);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(large);
    CASE(removed_while_read);
    CASE(seeking);
    CASE(small_buffers);
    CASE(deep);
    CASE(beyond_path_max);
    CASE(removed_cwd);
    CASE(making_and_removing);
    CASE(contention);
    CASE(change_root);
    CASE(mounts);
    CASE(remembered_names);
    return check_done("dirs");
}
