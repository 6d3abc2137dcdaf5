/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: rename, link, symlinks, lengths, permissions, ownership, times, extended attributes. */
#define _GNU_SOURCE
#include <grp.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "child.h"

#define USER 1000

static void make(const char *name, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name));
    CHECK(fchmod(fd, mode) == 0);
    close(fd);
}

static struct stat stat_of(const char *name)
{
    struct stat st = {0};

    CHECK(lstat(name, &st) == 0);
    return st;
}

static int exists(const char *name)
{
    struct stat st;

    return lstat(name, &st) == 0;
}

static int renameat2_here(const char *from, const char *to, unsigned flags)
{
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void rename_files(void)
{
    ino_t ino;

    make("a", 0644);
    make("b", 0644);
    ino = stat_of("a").st_ino;
    CHECK(rename("a", "c") == 0 && !exists("a") && stat_of("c").st_ino == ino);
    CHECK(rename("c", "b") == 0 && !exists("c") && stat_of("b").st_ino == ino);
    CHECK(rename("b", "b") == 0 && exists("b"));
    CHECK(link("b", "hard") == 0 && rename("b", "hard") == 0 && exists("b") &&
          exists("hard"));
    CHECK_ERRNO(rename("none", "b"), ENOENT);
    CHECK_ERRNO(rename("b", "none/x"), ENOENT);
    CHECK_ERRNO(rename("b", "hard/x"), ENOTDIR);
    CHECK_ERRNO(rename("b", "new/"), ENOTDIR);
    CHECK_ERRNO(rename("b/", "new"), ENOTDIR);
    CHECK_ERRNO(rename("", "new"), ENOENT);
    CHECK_ERRNO(rename("b", ""), ENOENT);
    CHECK(symlink("nowhere", "sym") == 0 && rename("sym", "sym2") == 0);
    CHECK(S_ISLNK(stat_of("sym2").st_mode));
    CHECK(rename("b", "sym2") == 0 && S_ISREG(stat_of("sym2").st_mode) &&
          !exists("nowhere"));
}

static void rename_directories(void)
{
    int fd;

    CHECK(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0 && mkdir("full", 0755) == 0);
    make("f", 0644);
    make("full/x", 0644);
    CHECK_ERRNO(rename("d", "f"), ENOTDIR);
    CHECK_ERRNO(rename("f", "d"), EISDIR);
    CHECK_ERRNO(rename("d", "full"), ENOTEMPTY);
    CHECK_ERRNO(rename("d", "d/sub"), EINVAL);
    CHECK_ERRNO(rename("full", "full/sub"), EINVAL);
    CHECK(mkdir("d/sub", 0755) == 0 && mkdir("d/sub/deep", 0755) == 0);
    CHECK_ERRNO(rename("d", "d/sub/deep/x"), EINVAL);
    CHECK_ERRNO(rename("d/sub/deep", "d/sub"), ENOTEMPTY);
    CHECK_ERRNO(rename(".", "x"), EBUSY);
    CHECK_ERRNO(rename("d/..", "x"), EBUSY);
    CHECK_ERRNO(rename("e", "d/.."), EBUSY);
    CHECK(rename("full", "e") == 0 && exists("e/x") && !exists("full"));
    CHECK(rename("e/", "new/") == 0 && exists("new/x"));
    /* links of the parents, and the way up */
    CHECK(stat_of("d").st_nlink == 3 && stat_of("new").st_nlink == 2);
    CHECK((fd = open("d/sub", O_RDONLY | O_DIRECTORY)) >= 0);
    CHECK(rename("d/sub", "new/sub") == 0);
    CHECK(stat_of("d").st_nlink == 2 && stat_of("new").st_nlink == 3);
    struct stat up;
    CHECK(fstatat(fd, "..", &up, 0) == 0 && up.st_ino == stat_of("new").st_ino);
    CHECK(fstatat(fd, "deep", &up, 0) == 0);
    CHECK(chdir("new/sub") == 0 && rename("../../new", "../../newer") == 0);
    char cwd[PATH_MAX];
    CHECK(getcwd(cwd, sizeof(cwd)) && strstr(cwd, "/newer/sub"));
}

static void rename_flags(void)
{
    ino_t a, d;

    make("a", 0644);
    make("b", 0644);
    CHECK(mkdir("d", 0755) == 0);
    make("d/inside", 0644);
    CHECK_ERRNO(renameat2_here("a", "b", RENAME_NOREPLACE), EEXIST);
    CHECK(renameat2_here("a", "c", RENAME_NOREPLACE) == 0 && !exists("a"));
    a = stat_of("c").st_ino;
    d = stat_of("d").st_ino;
    CHECK(renameat2_here("c", "d", RENAME_EXCHANGE) == 0);
    CHECK(stat_of("c").st_ino == d && stat_of("d").st_ino == a && exists("c/inside"));
    CHECK_ERRNO(renameat2_here("c", "none", RENAME_EXCHANGE), ENOENT);
    CHECK_ERRNO(renameat2_here("c", "c/inside", RENAME_EXCHANGE), EINVAL);
    CHECK_ERRNO(renameat2_here("c", "d", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
    CHECK_ERRNO(renameat2_here("c", "d", 0x100), EINVAL);
    CHECK_ERRNO(rename("d", "/proc/d"), EXDEV);
}

/* Two processes that rename and one that looks: there is always exactly one of the names. */
static void rename_is_atomic(void)
{
    pid_t pid;

    make("target", 0644);
    pid = child_fork();
    if (pid == 0) {
        for (;;) {
            make("fresh", 0644);
            if (rename("fresh", "target"))
                _exit(1);
        }
    }
    for (int i = 0; i < 3000; i++)
        if (!exists("target")) {
            CHECK(!"the target was gone");
            break;
        }
    kill(pid, SIGKILL);
    CHECK(WTERMSIG(child_wait(pid)) == SIGKILL);
}

static void links(void)
{
    char path[64], buf[8];
    struct stat st;
    int fd;

    make("a", 0644);
    CHECK(mkdir("d", 0755) == 0 && symlink("a", "s") == 0);
    CHECK(link("a", "b") == 0 && stat_of("a").st_nlink == 2);
    CHECK_ERRNO(link("a", "b"), EEXIST);
    CHECK_ERRNO(link("d", "e"), EPERM);
    CHECK_ERRNO(link("none", "e"), ENOENT);
    CHECK_ERRNO(link("a", "new/"), ENOENT);
    CHECK(link("s", "s2") == 0 && S_ISLNK(stat_of("s2").st_mode));
    CHECK(linkat(AT_FDCWD, "s", AT_FDCWD, "c", AT_SYMLINK_FOLLOW) == 0);
    CHECK(S_ISREG(stat_of("c").st_mode) && stat_of("a").st_nlink == 3);
    CHECK_ERRNO(linkat(AT_FDCWD, "a", AT_FDCWD, "x", 0x8000), EINVAL);
    CHECK_ERRNO(unlink("d"), EISDIR);
    CHECK_ERRNO(rmdir("a"), ENOTDIR);
    CHECK_ERRNO(rmdir("s"), ENOTDIR);
    CHECK_ERRNO(rmdir("d/."), EINVAL);
    CHECK_ERRNO(rmdir("d/.."), ENOTEMPTY);
    CHECK_ERRNO(unlink("none"), ENOENT);
    CHECK_ERRNO(unlink("a/"), ENOTDIR);
    CHECK_ERRNO(unlink("d/"), EISDIR);
    CHECK_ERRNO(unlinkat(AT_FDCWD, "a", AT_REMOVEDIR), ENOTDIR);
    CHECK_ERRNO(unlinkat(AT_FDCWD, "a", 0x40), EINVAL);
    CHECK(unlinkat(AT_FDCWD, "d/", AT_REMOVEDIR) == 0);
    fd = open("a", O_RDWR);
    CHECK(unlink("a") == 0 && unlink("b") == 0 && unlink("c") == 0);
    CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0);
    CHECK(read(fd, buf, sizeof(buf)) == 1 && buf[0] == 'a' && write(fd, "more", 4) == 4);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK_ERRNO(linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW), ENOENT);
    CHECK((fd = open(path, O_RDONLY)) >= 0 && read(fd, buf, sizeof(buf)) == 5);
    CHECK(readlink(path, buf, 3) == 3);
}

static void symlinks(void)
{
    char name[16], target[16], buf[PATH_MAX + 1];

    CHECK(symlink("b", "a") == 0 && symlink("a", "b") == 0 &&
          symlink("self", "self") == 0);
    CHECK_ERRNO(open("a", O_RDONLY), ELOOP);
    CHECK_ERRNO(open("self/x", O_RDONLY), ELOOP);
    CHECK_ERRNO(chdir("a"), ELOOP);
    make("0", 0644);
    for (int i = 1; i <= 41; i++) { /* 40 may be followed */
        snprintf(name, sizeof(name), "%d", i);
        snprintf(target, sizeof(target), "%d", i - 1);
        CHECK(symlink(target, name) == 0);
    }
    CHECK(access("40", R_OK) == 0);
    CHECK_ERRNO(access("41", R_OK), ELOOP);
    CHECK_ERRNO(symlink("", "empty"), ENOENT);
    CHECK_ERRNO(symlink("x", "0"), EEXIST);
    CHECK_ERRNO(symlink("x", "new/"), ENOENT);
    memset(buf, 'x', sizeof(buf));
    buf[PATH_MAX] = '\0';
    CHECK_ERRNO(symlink(buf, "long"), ENAMETOOLONG);
    buf[PATH_MAX - 1] = '\0';
    CHECK(symlink(buf, "long") == 0 && stat_of("long").st_size == PATH_MAX - 1);
    CHECK(readlink("long", buf, 100) == 100 &&
          readlink("long", buf, sizeof(buf)) == PATH_MAX - 1);
    CHECK_ERRNO(open("long", O_RDONLY), ENAMETOOLONG);
    CHECK_ERRNO(readlink("long", buf, 0), EINVAL);
    CHECK_ERRNO(readlink("0", buf, 10), EINVAL);
    CHECK_ERRNO(readlink("none", buf, 10), ENOENT);
    CHECK((stat_of("a").st_mode & 0777) == 0777 && stat_of("a").st_size == 1);
    CHECK(symlink("later", "dangling") == 0);
    CHECK_ERRNO(mkdir("dangling", 0755), EEXIST);
    CHECK_ERRNO(chdir("dangling/"), ENOENT);
    CHECK(mkdir("d", 0755) == 0 && symlink("d", "tod") == 0);
    CHECK(access("tod/", X_OK) == 0);
    CHECK_ERRNO(rmdir("tod/"), ENOTDIR);
    CHECK_ERRNO(unlink("tod/"), ENOTDIR);
    CHECK(mkdir("tod/in", 0755) == 0 && exists("d/in") && unlink("tod") == 0 &&
          exists("d"));
    CHECK(symlink("../d/./in/../in", "d/rel") == 0 && access("d/rel/.", X_OK) == 0);
}

static void lengths(void)
{
    static char path[2 * PATH_MAX];
    char name[300];

    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    CHECK_ERRNO(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    CHECK_ERRNO(mkdir(name, 0700), ENAMETOOLONG);
    CHECK_ERRNO(access(name, F_OK), ENAMETOOLONG);
    CHECK_ERRNO(symlink("x", name), ENAMETOOLONG);
    name[255] = '\0';
    make(name, 0600);
    CHECK(unlink(name) == 0);
    make("f", 0600);
    for (int i = 0; i < PATH_MAX - 2; i += 2)
        memcpy(path + i, "./", 2);
    strcpy(path + PATH_MAX - 2, "f"); /* 4095 and the NUL */
    CHECK(strlen(path) == PATH_MAX - 1 && access(path, F_OK) == 0);
    memmove(path + 1, path, PATH_MAX);
    path[0] = '.';
    path[1] = '/';
    CHECK_ERRNO(access(path, F_OK), ENAMETOOLONG);
    CHECK(access("././//./f", F_OK) == 0 && access("..///../../../tmp", F_OK) == 0);
}

static void become_user(void)
{
    gid_t group = 50;

    CHECK(setgroups(1, &group) == 0 && setgid(USER) == 0 && setuid(USER) == 0);
}

static void as_user_files(void)
{
    int fd;

    become_user();
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK_ERRNO(open("readable", O_RDWR), EACCES);
    CHECK_ERRNO(open("readable", O_RDONLY | O_TRUNC), EACCES);
    CHECK((fd = open("readable", O_RDONLY)) >= 0);
    CHECK_ERRNO(fchmod(fd, 0666), EPERM);
    CHECK_ERRNO(fchown(fd, USER, USER), EPERM);
    CHECK_ERRNO(open("readable", O_RDONLY | O_NOATIME), EPERM);
    CHECK_ERRNO(open("mine-not", O_RDONLY),
                EACCES); /* the owner's bits count, not the rest */
    CHECK((fd = open("bygroup", O_RDONLY)) >= 0); /* a supplementary group */
    CHECK_ERRNO(open("bygroup", O_WRONLY), EACCES);
    CHECK_ERRNO(truncate("readable", 0), EACCES);
    CHECK_ERRNO(execl("readable", "readable", NULL), EACCES);
    CHECK_ERRNO(access("secret", R_OK), EACCES);
    CHECK(access("readable", R_OK) == 0 && access("secret", F_OK) == 0);
    CHECK_ERRNO(access("readable", X_OK), EACCES);
    CHECK_ERRNO(mknod("dev", S_IFCHR | 0600, makedev(1, 3)), EACCES);
    CHECK_ERRNO(open("new", O_CREAT | O_RDWR, 0600), EACCES);
    CHECK_ERRNO(unlink("readable"), EACCES);
    CHECK_ERRNO(rename("readable", "other"), EACCES);
    CHECK_ERRNO(mkdir("dir", 0755), EACCES);
    CHECK_ERRNO(utimensat(AT_FDCWD, "readable", NULL, 0), EACCES);
    struct timespec t[2] = {{1, 0}, {2, 0}};
    CHECK_ERRNO(utimensat(AT_FDCWD, "readable", t, 0), EPERM);
    CHECK(utimensat(AT_FDCWD, "writable", NULL, 0) == 0);
    CHECK_ERRNO(utimensat(AT_FDCWD, "writable", t, 0), EPERM);
    CHECK_ERRNO(chroot("."), EPERM);
}

static void permissions_of_files(void)
{
    CHECK(chmod(".", 0755) == 0);
    make("secret", 0600);
    make("readable", 0644);
    make("writable", 0666);
    make("mine-not", 0077);
    make("bygroup", 0640);
    CHECK(chown("mine-not", USER, USER) == 0 && chown("bygroup", 0, 50) == 0);
    child_check(as_user_files);
    CHECK(access("secret", R_OK | W_OK) == 0);
    CHECK_ERRNO(access("readable", X_OK), EACCES); /* root too needs one x bit */
}

static void as_user_dirs(void)
{
    int fd;

    become_user();
    CHECK_ERRNO(access("closed/f", F_OK), EACCES);
    CHECK_ERRNO(open("closed", O_RDONLY), EACCES);
    CHECK_ERRNO(chdir("closed"), EACCES);
    CHECK(access("pass/f", R_OK) == 0);
    CHECK_ERRNO(open("pass", O_RDONLY), EACCES);
    CHECK((fd = open("look", O_RDONLY)) >= 0);
    char buf[512];
    CHECK(syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
    CHECK_ERRNO(access("look/f", F_OK), EACCES);
    CHECK_ERRNO(fchdir(fd), EACCES);
    CHECK((fd = open("sticky/mine", O_CREAT | O_RDWR, 0644)) >= 0);
    CHECK(fchmod(fd, 04711) == 0 && stat_of("sticky/mine").st_uid == USER);
    CHECK_ERRNO(fchown(fd, 0, (gid_t)-1), EPERM);
    CHECK_ERRNO(fchown(fd, (uid_t)-1, 0), EPERM);
    CHECK(fchown(fd, (uid_t)-1, 50) == 0); /* to a group of one's own; drops set-uid */
    CHECK((stat_of("sticky/mine").st_mode & 07777) == 0711);
    CHECK_ERRNO(unlink("sticky/roots"), EPERM);
    CHECK_ERRNO(rename("sticky/roots", "sticky/x"), EPERM);
    CHECK_ERRNO(rename("sticky/mine", "sticky/roots"), EPERM);
    CHECK_ERRNO(rmdir("sticky/rootdir"), EPERM);
    CHECK(unlink("sticky/mine") == 0);
    CHECK_ERRNO(mknod("sticky/dev", S_IFCHR | 0600, makedev(1, 3)), EPERM);
    CHECK(mkfifo("sticky/fifo", 0600) == 0);
    CHECK_ERRNO(rename("owned", "closed/owned"), EACCES);
}

static void permissions_of_directories(void)
{
    CHECK(chmod(".", 0755) == 0);
    CHECK(mkdir("closed", 0700) == 0 && mkdir("pass", 0711) == 0 &&
          mkdir("look", 0744) == 0);
    CHECK(mkdir("sticky", 0777) == 0 && chmod("sticky", 01777) == 0);
    make("closed/f", 0644);
    make("pass/f", 0644);
    make("look/f", 0644);
    make("sticky/roots", 0666);
    CHECK(mkdir("sticky/rootdir", 0777) == 0 && mkdir("owned", 0755) == 0);
    CHECK(chown("owned", USER, USER) == 0);
    child_check(as_user_dirs);
}

static void as_user_setgid(void)
{
    become_user();
    make("plain", 02755); /* the file got group 60, which is not one of ours */
    CHECK((stat_of("plain").st_mode & 07777) == 0755);
    int fd = open("suid", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1); /* a write takes the power away */
    CHECK((stat_of("suid").st_mode & 07777) == 0777);
}

static void set_id_bits(void)
{
    CHECK(chown(".", USER, 60) == 0 && chmod(".", 02755) == 0);
    make("f", 0644);
    CHECK(mkdir("d", 0755) == 0);
    CHECK(stat_of("f").st_gid == 60 && stat_of("d").st_gid == 60);
    CHECK((stat_of("d").st_mode & 07777) == 02755 &&
          (stat_of("f").st_mode & S_ISGID) == 0);
    make("suid", 06777);
    child_check(as_user_setgid);
    CHECK(chmod("suid", 06755) == 0 && chown("suid", 0, 0) == 0);
    CHECK((stat_of("suid").st_mode & 07777) == 0755);
    CHECK(chmod("f", 07777) == 0 && (stat_of("f").st_mode & 07777) == 07777);
    CHECK(chown("f", (uid_t)-1, (gid_t)-1) == 0 && lchown("f", 5, 6) == 0);
    CHECK(stat_of("f").st_uid == 5 && stat_of("f").st_gid == 6);
    CHECK(symlink("f", "s") == 0 && lchown("s", 7, 8) == 0 && stat_of("s").st_uid == 7);
    CHECK(chown("s", 9, 10) == 0 && stat_of("f").st_uid == 9 && stat_of("s").st_uid == 7);
}

static void times(void)
{
    struct timespec t[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
    struct stat st, later;
    int fd;

    make("f", 0644);
    st = stat_of("f");
    CHECK(st.st_ctime > 1500000000 && st.st_mtime == st.st_ctime);
    usleep(20000);
    CHECK(utimensat(AT_FDCWD, "f", t, 0) == 0);
    later = stat_of("f");
    CHECK(later.st_atim.tv_sec == 1000000000 && later.st_atim.tv_nsec == 123456789);
    CHECK(later.st_mtim.tv_sec == 1100000000 && later.st_mtim.tv_nsec == 987654321);
    CHECK(later.st_ctim.tv_sec > st.st_ctim.tv_sec ||
          later.st_ctim.tv_nsec > st.st_ctim.tv_nsec);
    t[0].tv_nsec = UTIME_OMIT;
    t[1].tv_nsec = UTIME_NOW;
    CHECK(utimensat(AT_FDCWD, "f", t, 0) == 0);
    CHECK(stat_of("f").st_atime == 1000000000 && stat_of("f").st_mtime > 1500000000);
    t[0].tv_nsec = 1000000000;
    CHECK_ERRNO(utimensat(AT_FDCWD, "f", t, 0), EINVAL);
    CHECK_ERRNO(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
    CHECK(symlink("f", "s") == 0);
    t[0] = t[1] = (struct timespec){5, 0};
    CHECK(utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW) == 0);
    CHECK(stat_of("s").st_mtime == 5 && stat_of("f").st_mtime > 1500000000);
    fd = open("f", O_RDWR);
    CHECK(futimens(fd, t) == 0 && stat_of("f").st_mtime == 5);
    CHECK(write(fd, "x", 1) == 1 && stat_of("f").st_mtime > 1500000000);
    CHECK(futimens(fd, t) == 0 && ftruncate(fd, 0) == 0 && stat_of("f").st_mtime > 5);
    CHECK(mkdir("d", 0755) == 0 && utimensat(AT_FDCWD, "d", t, 0) == 0);
    make("d/new", 0644);
    CHECK(stat_of("d").st_mtime > 5);
    CHECK(utimensat(AT_FDCWD, "d", t, 0) == 0 && unlink("d/new") == 0);
    CHECK(stat_of("d").st_mtime > 5);
}

static void statx_call(void)
{
    struct statx x;
    struct stat st;

    make("f", 0640);
    CHECK(symlink("f", "s") == 0);
    st = stat_of("f");
    CHECK(statx(AT_FDCWD, "s", 0, STATX_BASIC_STATS, &x) == 0);
    CHECK((x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    CHECK(x.stx_ino == st.st_ino && x.stx_size == 1 && x.stx_mode == (S_IFREG | 0640));
    CHECK(x.stx_nlink == 1 && x.stx_uid == 0 && x.stx_mtime.tv_sec == st.st_mtime);
    CHECK(makedev(x.stx_dev_major, x.stx_dev_minor) == st.st_dev);
    CHECK(statx(AT_FDCWD, "s", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x) == 0 &&
          S_ISLNK(x.stx_mode));
    int fd = open("f", O_RDONLY);
    CHECK(statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &x) == 0 && x.stx_ino == st.st_ino);
    CHECK_ERRNO(statx(fd, "", 0, STATX_ALL, &x), ENOENT);
    CHECK_ERRNO(statx(AT_FDCWD, "f", 0, STATX__RESERVED, &x), EINVAL);
    CHECK_ERRNO(
        statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_ALL, &x),
        EINVAL);
    CHECK_ERRNO(statx(AT_FDCWD, "f", 0x80000, STATX_ALL, &x), EINVAL);
    CHECK_ERRNO(fstatat(fd, "", &st, 0), ENOENT);
    CHECK(fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && st.st_ino == x.stx_ino);
    CHECK(mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0);
    CHECK(stat_of("null").st_rdev == makedev(1, 3) && S_ISCHR(stat_of("null").st_mode));
    CHECK(open("null", O_RDWR) >= 0);
    CHECK(mknod("odd", S_IFCHR | 0666, makedev(200, 77)) == 0);
    CHECK_ERRNO(open("odd", O_RDONLY), ENXIO);
    CHECK_ERRNO(mknod("dir", S_IFDIR | 0755, 0), EPERM);
    CHECK_ERRNO(mknod("x", 0170000, 0), EINVAL);
    CHECK(mknod("plain", 0644, 0) == 0 && S_ISREG(stat_of("plain").st_mode));
}

static void extended_attributes(void)
{
    static char buf[65537];

    make("f", 0644);
    if (setxattr("f", "user.a", "one", 3, 0) < 0 && errno == EOPNOTSUPP)
        return; /* tmpfs of Linux below 6.6 */
    CHECK(getxattr("f", "user.a", buf, sizeof(buf)) == 3 && memcmp(buf, "one", 3) == 0);
    CHECK(getxattr("f", "user.a", NULL, 0) == 3);
    CHECK_ERRNO(getxattr("f", "user.a", buf, 2), ERANGE);
    CHECK_ERRNO(getxattr("f", "user.none", buf, 2), ENODATA);
    CHECK_ERRNO(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
    CHECK_ERRNO(setxattr("f", "user.b", "x", 1, XATTR_REPLACE), ENODATA);
    CHECK(setxattr("f", "user.a", "", 0, XATTR_REPLACE) == 0 &&
          getxattr("f", "user.a", buf, 9) == 0);
    CHECK(setxattr("f", "user.bb", "two", 3, XATTR_CREATE) == 0);
    CHECK(listxattr("f", buf, sizeof(buf)) == 15);
    CHECK_ERRNO(listxattr("f", buf, 3), ERANGE);
    CHECK(removexattr("f", "user.a") == 0);
    CHECK_ERRNO(removexattr("f", "user.a"), ENODATA);
    CHECK_ERRNO(setxattr("f", "noprefix", "x", 1, 0), EOPNOTSUPP);
    CHECK_ERRNO(setxattr("f", "", "x", 1, 0), ERANGE);
    CHECK_ERRNO(setxattr("f", "user.big", buf, sizeof(buf), 0), E2BIG);
    CHECK_ERRNO(setxattr("f", "user.a", "x", 1, 8), EINVAL);
    for (int i = 0, len = 100; i < 4096; i++) { /* until it is full */
        char name[16];

        snprintf(name, sizeof(name), "user.n%d", i);
        if (setxattr("f", name, buf, (size_t)len, 0) == 0)
            continue;
        if (len == 0)
            break;
        len = 0;
    }
    CHECK(setxattr("f", "user.n0", buf, 90, XATTR_REPLACE) == 0);
    CHECK(symlink("f", "s") == 0);
    CHECK_ERRNO(lsetxattr("s", "user.a", "x", 1, 0), EPERM);
}

#define NR_FCHMODAT2 452 /* newer than the headers */

static long chmod_at(int dir, const char *path, mode_t mode, int flags)
{
    return syscall(NR_FCHMODAT2, dir, path, mode, flags);
}

static void chmod_with_flags(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600), path = open("f", O_PATH);

    CHECK(symlink("f", "l") == 0);
    CHECK(chmod_at(AT_FDCWD, "l", 0640, 0) == 0 && stat_of("f").st_mode == 0100640);
    CHECK(chmod_at(path, "", 0604, AT_EMPTY_PATH) == 0 &&
          stat_of("f").st_mode == 0100604);
    CHECK_ERRNO(chmod_at(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
    CHECK(chmod_at(AT_FDCWD, "f", 0600, AT_SYMLINK_NOFOLLOW) == 0);
    CHECK_ERRNO(chmod_at(AT_FDCWD, "f", 0600, 1), EINVAL);
    CHECK_ERRNO(chmod_at(AT_FDCWD, "none", 0600, 0), ENOENT);
    close(fd);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(chmod_with_flags);
    CASE(rename_files);
    CASE(rename_directories);
    CASE(rename_flags);
    CASE(rename_is_atomic);
    CASE(links);
    CASE(symlinks);
    CASE(lengths);
    CASE(permissions_of_files);
    CASE(permissions_of_directories);
    CASE(set_id_bits);
    CASE(times);
    CASE(statx_call);
    CASE(extended_attributes);
    return check_done("names");
}
