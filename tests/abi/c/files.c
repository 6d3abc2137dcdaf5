/* SPDX-License-Identifier: BSD-2-Clause */
/* Regular files: opening, positions, vectors, sizes, holes, copies in the kernel, a full disk. */
#define _GNU_SOURCE
#include <limits.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "child.h"

#define PAGE 4096

/* Values that the compiler shall not see through. */
static void *volatile nowhere = (void *)16;
static volatile int minus_one = -1;

/* A new file with this text, closed. */
static void make(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static off_t size_of(const char *name)
{
    struct stat st;

    return stat(name, &st) ? -1 : st.st_size;
}

static int open_new(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0);
    return fd;
}

static void open_existence(void)
{
    int fd;

    CHECK_ERRNO(open("a", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("", O_RDONLY | O_CREAT, 0600), ENOENT);
    make("a", "text");
    CHECK_ERRNO(open("a", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_ERRNO(open("a/b", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a/b", O_CREAT | O_RDWR, 0600), ENOTDIR);
    CHECK_ERRNO(open("a/", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a/.", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("new/", O_CREAT | O_RDWR, 0600), EISDIR);
    CHECK_ERRNO(open("none/new", O_CREAT | O_RDWR, 0600), ENOENT);
    CHECK(mkdir("d", 0755) == 0);
    CHECK_ERRNO(open("d", O_WRONLY), EISDIR);
    CHECK_ERRNO(open("d", O_RDWR), EISDIR);
    CHECK_ERRNO(open("d", O_RDONLY | O_CREAT, 0600), EISDIR);
    CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_ERRNO(open("d", O_RDONLY | O_TRUNC), EISDIR);
    CHECK_ERRNO(openat(-1, "a", O_RDONLY), EBADF);
    CHECK((fd = open("a", O_RDONLY)) >= 0);
    CHECK_ERRNO(openat(fd, "a", O_RDONLY), ENOTDIR);
    close(fd);
    char absolute[PATH_MAX];
    CHECK(getcwd(absolute, sizeof(absolute) - 2) && strcat(absolute, "/a"));
    CHECK((fd = openat(-1, absolute, O_RDONLY)) >=
          0); /* the descriptor does not matter */
    close(fd);
    CHECK((fd = open("d", O_RDONLY | O_DIRECTORY)) >= 0);
    CHECK_ERRNO(read(fd, absolute, 10), EISDIR);
    CHECK_ERRNO(write(fd, absolute, 10), EBADF);
    CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
    close(fd);
}

static void open_links(void)
{
    char buf[16];
    int fd;

    make("a", "text");
    CHECK(symlink("a", "link") == 0 && symlink("later", "dangling") == 0);
    CHECK_ERRNO(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_ERRNO(open("dangling", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_ERRNO(open("link", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), ENOTDIR);
    CHECK((fd = open("dangling", O_CREAT | O_RDWR, 0600)) >= 0);
    close(fd);
    CHECK(size_of("later") == 0);
    CHECK((fd = open("link", O_PATH | O_NOFOLLOW)) >= 0);
    CHECK(readlinkat(fd, "", buf, sizeof(buf)) == 1 && buf[0] == 'a');
    CHECK_ERRNO(read(fd, buf, 1), EBADF);
    CHECK_ERRNO(fchmod(fd, 0600), EBADF);
    CHECK_ERRNO(ioctl(fd, FIONREAD, buf), EBADF);
    CHECK((fcntl(fd, F_GETFL) & O_PATH) != 0);
    close(fd);
}

static void open_modes(void)
{
    char c;
    int fd;

    make("a", "text");
    fd = open("a", O_RDONLY);
    CHECK_ERRNO(write(fd, "x", 1), EBADF);
    CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
    close(fd);
    fd = open("a", O_WRONLY);
    CHECK_ERRNO(read(fd, &c, 1), EBADF);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY);
    close(fd);
    fd = open("a", O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC);
    CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC)) ==
          (O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC));
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK)) == O_RDWR);
    close(fd);
    fd = open("a", 3); /* neither reading nor writing, for ioctl() */
    CHECK(fd >= 0);
    CHECK_ERRNO(read(fd, &c, 1), EBADF);
    CHECK_ERRNO(write(fd, &c, 1), EBADF);
    close(fd);
    close(open("a", O_RDONLY | O_TRUNC));
    CHECK(size_of("a") == 0);
}

static void open_umask_and_tmpfile(void)
{
    struct stat st;
    char path[64];
    int fd;

    umask(027);
    fd = open("m", O_CREAT | O_RDWR, 0777);
    CHECK(fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0750);
    close(fd);
    CHECK(umask(0) == 027);
    fd = open("readonly", O_CREAT | O_RDWR, 0444); /* the mode is for the next open */
    CHECK(write(fd, "x", 1) == 1);
    close(fd);
    fd = open(".", O_TMPFILE | O_RDWR, 0600);
    CHECK(fd >= 0 && write(fd, "hidden", 6) == 6);
    CHECK((fcntl(fd, F_GETFL) & (O_TMPFILE | O_ACCMODE)) == (O_TMPFILE | O_RDWR));
    CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0);
    CHECK(size_of("named") == 6);
    close(fd);
    CHECK_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    CHECK_ERRNO(open("named", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
}

/* Whole records of several processes, none lost, none mixed. */
static void append_from_many(void)
{
    enum { WRITERS = 4, RECORDS = 300, SIZE = 97 };
    char record[SIZE];
    int fd = open_new("log"), count[WRITERS] = {0};

    close(fd);
    for (int w = 0; w < WRITERS; w++)
        if (child_fork() == 0) {
            fd = open("log", O_WRONLY | O_APPEND);
            memset(record, 'a' + w, SIZE);
            for (int i = 0; i < RECORDS; i++)
                if (write(fd, record, SIZE) != SIZE)
                    _exit(1);
            _exit(0);
        }
    for (int w = 0; w < WRITERS; w++)
        CHECK(child_wait(-1) == 0);
    CHECK(size_of("log") == WRITERS * RECORDS * SIZE);
    fd = open("log", O_RDONLY);
    while (read(fd, record, SIZE) == SIZE) {
        for (int i = 1; i < SIZE; i++)
            if (record[i] != record[0]) {
                CHECK(!"a record is mixed");
                return;
            }
        if (record[0] >= 'a' && record[0] < 'a' + WRITERS)
            count[record[0] - 'a']++;
    }
    for (int w = 0; w < WRITERS; w++)
        CHECK(count[w] == RECORDS);
    fd = open("log", O_RDWR | O_APPEND);
    CHECK(pwrite(fd, "end", 3, 0) == 3); /* Linux: O_APPEND beats the offset */
    CHECK(size_of("log") == WRITERS * RECORDS * SIZE + 3);
    close(fd);
}

/* One offset shared by parent and children; writes through it do not overlap. */
static void shared_offset(void)
{
    int fd = open_new("f"), again;
    char c = 0;

    CHECK(write(fd, "abcdef", 6) == 6);
    CHECK(lseek(fd, 1, SEEK_SET) == 1);
    again = dup(fd);
    CHECK(read(again, &c, 1) == 1 && c == 'b' && lseek(fd, 0, SEEK_CUR) == 2);
    if (child_fork() == 0)
        _exit(read(fd, &c, 1) != 1 || c != 'c');
    CHECK(child_wait(-1) == 0 && lseek(fd, 0, SEEK_CUR) == 3);
    CHECK(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    for (int w = 0; w < 4; w++)
        if (child_fork() == 0) {
            for (int i = 0; i < 250; i++)
                if (write(fd, "0123456789", 10) != 10)
                    _exit(1);
            _exit(0);
        }
    for (int w = 0; w < 4; w++)
        CHECK(child_wait(-1) == 0);
    CHECK(size_of("f") == 10000 && lseek(fd, 0, SEEK_CUR) == 10000);
}

static void positions(void)
{
    int fd = open_new("f"), fds[2];
    char buf[32];

    CHECK(write(fd, "0123456789", 10) == 10);
    CHECK(lseek(fd, -3, SEEK_END) == 7 && read(fd, buf, 32) == 3 && buf[0] == '7');
    CHECK(read(fd, buf, 32) == 0);
    CHECK_ERRNO(lseek(fd, -11, SEEK_END), EINVAL);
    CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERRNO(lseek(fd, 0, 77), EINVAL);
    CHECK(lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(pread(fd, buf, 4, 3) == 4 && memcmp(buf, "3456", 4) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(pread(fd, buf, 4, 100) == 0);
    CHECK_ERRNO(pread(fd, buf, 4, -1), EINVAL);
    CHECK_ERRNO(pwrite(fd, buf, 4, -1), EINVAL);
    CHECK(lseek(fd, 20, SEEK_SET) == 20 && size_of("f") == 10);
    CHECK(write(fd, "x", 1) == 1 && size_of("f") == 21);
    CHECK(pread(fd, buf, 11, 10) == 11 && memcmp(buf, "\0\0\0\0\0\0\0\0\0\0x", 11) == 0);
    CHECK(lseek(fd, INT64_MAX, SEEK_SET) == INT64_MAX || errno == EINVAL);
    CHECK(pwrite(fd, "x", 1, INT64_MAX) == -1 && (errno == EINVAL || errno == EFBIG));
    CHECK(lseek(fd, INT64_MAX, SEEK_END) == -1 &&
          (errno == EINVAL || errno == EOVERFLOW));
    CHECK(pipe(fds) == 0);
    CHECK_ERRNO(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
    CHECK_ERRNO(pread(fds[0], buf, 1, 0), ESPIPE);
    CHECK_ERRNO(pwrite(fds[1], buf, 1, 0), ESPIPE);
}

static void holes(void)
{
    int fd = open_new("sparse");
    off_t data, hole, at = 1 << 20;
    struct stat st;
    char c = 1;

    CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(fd, 0, SEEK_HOLE), ENXIO);
    CHECK(pwrite(fd, "data", 4, at) == 4 && ftruncate(fd, 2 * at) == 0);
    data = lseek(fd, 0, SEEK_DATA);
    CHECK(data > 0 && data <= at);
    CHECK(lseek(fd, at + 1, SEEK_DATA) == at + 1);
    CHECK(lseek(fd, 0, SEEK_HOLE) == 0);
    hole = lseek(fd, at, SEEK_HOLE);
    CHECK(hole >= at + 4 && hole < 2 * at);
    CHECK_ERRNO(lseek(fd, at + (at >> 1), SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(fd, 2 * at, SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(fd, 2 * at, SEEK_HOLE), ENXIO);
    CHECK_ERRNO(lseek(fd, -1, SEEK_DATA), ENXIO);
    CHECK(fstat(fd, &st) == 0 && st.st_size == 2 * at && st.st_blocks < 1024);
    CHECK(pread(fd, &c, 1, 12345) == 1 && c == 0);
    CHECK(pwrite(fd, "far", 3, 1ll << 40) == 3 && size_of("sparse") == (1ll << 40) + 3);
    CHECK(pread(fd, &c, 1, (1ll << 40) - 1) == 1 && c == 0);
}

static void vectors(void)
{
    int fd = open_new("v");
    char a[4], b[6];
    struct iovec out[3] = {{"ab", 2}, {NULL, 0}, {"cdefgh", 6}};
    struct iovec in[2] = {{a, sizeof(a)}, {b, sizeof(b)}};
    struct iovec *many = calloc(IOV_MAX + 1, sizeof(*many));

    CHECK(writev(fd, out, 3) == 8);
    CHECK(preadv(fd, in, 2, 1) == 7 && memcmp(a, "bcde", 4) == 0 &&
          memcmp(b, "fgh", 3) == 0);
    CHECK(readv(fd, in, 0) == 0);
    CHECK_ERRNO(readv(fd, in, minus_one), EINVAL);
    CHECK_ERRNO(readv(fd, many, IOV_MAX + 1), EINVAL);
    CHECK(readv(fd, many, IOV_MAX) == 0);
    for (int i = 0; i < IOV_MAX; i++)
        many[i] = (struct iovec){"z", 1};
    CHECK(pwritev(fd, many, IOV_MAX, 0) == IOV_MAX && size_of("v") == IOV_MAX);
    out[0].iov_len = SIZE_MAX;
    CHECK_ERRNO(writev(fd, out, 3), EINVAL);
    CHECK_ERRNO(readv(fd, nowhere, 2), EFAULT);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    CHECK(preadv2(fd, in, 2, -1, 0) == 10 && lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(pwritev2(fd, &(struct iovec){"end", 3}, 1, 0, RWF_APPEND) == 3);
    CHECK(size_of("v") == IOV_MAX + 3);
    CHECK_ERRNO(preadv2(fd, in, 2, 0, 0x40000000), EOPNOTSUPP);
}

static void sizes(void)
{
    int fd = open_new("f");
    char buf[8192];

    memset(buf, 'x', sizeof(buf));
    CHECK(write(fd, buf, 6000) == 6000);
    CHECK(truncate("f", 100) == 0 && ftruncate(fd, 6000) == 0);
    CHECK(pread(fd, buf, 6000, 0) == 6000 && buf[99] == 'x' && buf[100] == 0 &&
          buf[5999] == 0);
    CHECK(truncate("f", 5000) == 0 && size_of("f") == 5000);
    CHECK_ERRNO(truncate("f", -1), EINVAL);
    CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
    CHECK_ERRNO(ftruncate(-1, 0), EBADF);
    CHECK_ERRNO(truncate("none", 0), ENOENT);
    CHECK_ERRNO(truncate(".", 0), EISDIR);
    CHECK(ftruncate(fd, 1ll << 40) == 0 && size_of("f") == 1ll << 40);
    CHECK(pread(fd, buf, 10, (1ll << 40) - 5) == 5);
    CHECK(ftruncate(fd, 0) == 0 && size_of("f") == 0);
}

static volatile sig_atomic_t signals;

static void on_signal(int signo)
{
    (void)signo;
    signals++;
}

static void size_limit(void)
{
    struct rlimit limit = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY};
    int fd = open_new("f");
    char buf[2000] = {0};

    signal(SIGXFSZ, on_signal);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(write(fd, buf, 2000) == 1000); /* up to the limit, silently */
    CHECK(signals == 0);
    CHECK_ERRNO(write(fd, buf, 1), EFBIG);
    CHECK(signals == 1 && size_of("f") == 1000);
    CHECK_ERRNO(ftruncate(fd, 1001), EFBIG);
    CHECK(signals == 2);
    CHECK(ftruncate(fd, 500) == 0);
    if (child_fork() == 0) {
        signal(SIGXFSZ, SIG_DFL);
        _exit(pwrite(fd, buf, 1, 5000) != 12345);
    }
    int status = child_wait(-1);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
}

static void allocation(void)
{
    int fd = open_new("f"), readonly, fds[2];
    struct stat before, after;
    char page[PAGE];

    CHECK(fallocate(fd, 0, 0, 10 * PAGE) == 0 && size_of("f") == 10 * PAGE);
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20 * PAGE) == 0 &&
          size_of("f") == 10 * PAGE);
    CHECK(fallocate(fd, 0, 0, PAGE) == 0 && size_of("f") == 10 * PAGE);
    memset(page, 'y', PAGE);
    for (int i = 0; i < 10; i++)
        CHECK(pwrite(fd, page, PAGE, i * PAGE) == PAGE);
    fstat(fd, &before);
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE / 2, 4 * PAGE) ==
          0);
    fstat(fd, &after);
    CHECK(after.st_size == before.st_size && after.st_blocks < before.st_blocks);
    CHECK(pread(fd, page, PAGE, 0) == PAGE && page[PAGE / 2 - 1] == 'y' &&
          page[PAGE / 2] == 0);
    CHECK(pread(fd, page, PAGE, 4 * PAGE) == PAGE && page[PAGE / 2 - 1] == 0 &&
          page[PAGE / 2] == 'y');
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, PAGE), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(fd, 0x4000, 0, PAGE), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
    CHECK_ERRNO(fallocate(fd, 0, -1, PAGE), EINVAL);
    CHECK_ERRNO(fallocate(fd, 0, INT64_MAX, PAGE), EFBIG);
    readonly = open("f", O_RDONLY);
    CHECK_ERRNO(fallocate(readonly, 0, 0, PAGE), EBADF);
    CHECK(pipe(fds) == 0);
    CHECK_ERRNO(fallocate(fds[1], 0, 0, PAGE), ESPIPE);
}

static void copy_range(void)
{
    int in = open_new("in"), out = open_new("out"), append, fds[2];
    loff_t from = 2, to = 3;
    char buf[16] = {0};

    CHECK(write(in, "0123456789", 10) == 10 && lseek(in, 0, SEEK_SET) == 0);
    CHECK(copy_file_range(in, NULL, out, NULL, 4, 0) == 4);
    CHECK(lseek(in, 0, SEEK_CUR) == 4 && lseek(out, 0, SEEK_CUR) == 4);
    CHECK(copy_file_range(in, &from, out, &to, 100, 0) == 8 && from == 10 && to == 11);
    CHECK(lseek(in, 0, SEEK_CUR) == 4);
    CHECK(pread(out, buf, 16, 0) == 11 && memcmp(buf, "01223456789", 11) == 0);
    CHECK(copy_file_range(in, &from, out, NULL, 100, 0) == 0); /* at the end */
    CHECK_ERRNO(copy_file_range(in, NULL, out, NULL, 4, 1), EINVAL);
    from = 0;
    to = 2;
    CHECK_ERRNO(copy_file_range(in, &from, in, &to, 4, 0), EINVAL); /* overlaps itself */
    append = open("out", O_WRONLY | O_APPEND);
    CHECK_ERRNO(copy_file_range(in, NULL, append, NULL, 4, 0), EBADF);
    CHECK_ERRNO(copy_file_range(append, NULL, out, NULL, 4, 0), EBADF);
    CHECK(pipe(fds) == 0);
    CHECK_ERRNO(copy_file_range(in, NULL, fds[1], NULL, 4, 0), EINVAL);
    CHECK_ERRNO(copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 4, 0), EISDIR);
}

static void send_and_splice(void)
{
    int in = open_new("in"), out = open_new("out"), fds[2];
    off_t at = 5;
    char buf[16] = {0};

    CHECK(write(in, "0123456789", 10) == 10 && lseek(in, 0, SEEK_SET) == 0);
    CHECK(sendfile(out, in, NULL, 3) == 3 && lseek(in, 0, SEEK_CUR) == 3);
    CHECK(sendfile(out, in, &at, 100) == 5 && at == 10 && lseek(in, 0, SEEK_CUR) == 3);
    CHECK(pread(out, buf, 16, 0) == 8 && memcmp(buf, "01256789", 8) == 0);
    CHECK(pipe(fds) == 0);
    CHECK(sendfile(fds[1], in, NULL, 4) == 4 && read(fds[0], buf, 16) == 4);
    CHECK(memcmp(buf, "3456", 4) == 0);
    CHECK_ERRNO(sendfile(out, 99, NULL, 1), EBADF);
    loff_t from = 1;
    CHECK(splice(in, &from, fds[1], NULL, 5, 0) == 5 && from == 6);
    CHECK(tee(fds[0], fds[1], 5, SPLICE_F_NONBLOCK) < 0 &&
          errno == EINVAL); /* onto itself */
    int second[2];
    CHECK(pipe(second) == 0 && tee(fds[0], second[1], 5, 0) == 5);
    CHECK(read(second[0], buf, 16) == 5 && memcmp(buf, "12345", 5) == 0);
    CHECK(lseek(out, 0, SEEK_SET) == 0 && splice(fds[0], NULL, out, NULL, 16, 0) == 5);
    CHECK(pread(out, buf, 16, 0) == 8 && memcmp(buf, "12345789", 8) == 0);
    CHECK_ERRNO(splice(in, NULL, out, NULL, 5, 0), EINVAL); /* no pipe */
    CHECK_ERRNO(tee(fds[0], second[1], 5, 16), EINVAL);
    CHECK_ERRNO(tee(-1, -1, 0, 16), EINVAL);
    CHECK(tee(-1, -1, 0, 0) == 0);
    CHECK_ERRNO(vmsplice(-1, NULL, 0, 16), EINVAL);
    CHECK_ERRNO(splice(-1, NULL, -1, NULL, 5, 16), EINVAL);
    CHECK_ERRNO(splice(fds[0], NULL, out, NULL, 5, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(splice(fds[0], &from, out, NULL, 5, 0), ESPIPE);
}

static sigjmp_buf jump;

static void on_fault(int signo)
{
    siglongjmp(jump, signo);
}

/* All that fits, then ENOSPC; what is removed can be used again. */
static void full_disk(void)
{
    static char block[10000];
    struct statfs fs;
    ssize_t n, total = 0;
    int fd;

    CHECK(mkdir("m", 0755) == 0);
    CHECK(mount("none", "m", "tmpfs", 0, "size=1m,nr_inodes=20") == 0);
    CHECK(statfs("m", &fs) == 0 && fs.f_blocks * (unsigned long)fs.f_bsize == 1 << 20);
    fd = open_new("m/f");
    while ((n = write(fd, block, sizeof(block))) > 0)
        total += n;
    CHECK(n == -1 && errno == ENOSPC);
    CHECK(total <= 1 << 20 && total > (1 << 20) - 64 * 1024 && size_of("m/f") == total);
    CHECK(statfs("m", &fs) == 0 && fs.f_bavail == 0);
    CHECK(ftruncate(fd, 1 << 21) == 0); /* a hole costs nothing... */
    char *p = mmap(NULL, 1 << 21, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED && p[100] == 0);
    signal(SIGBUS, on_fault);
    if (sigsetjmp(jump, 1) == 0) {
        p[(1 << 21) - 1] = 1; /* ...until it is filled */
        CHECK(!"no SIGBUS");
    }
    munmap(p, 1 << 21);
    CHECK_ERRNO(umount("m"), EBUSY);
    close(fd);
    CHECK(unlink("m/f") == 0);
    CHECK(statfs("m", &fs) == 0 && fs.f_bavail == fs.f_blocks);
    for (int i = 0; i < 30; i++) {
        char name[16];

        snprintf(name, sizeof(name), "m/%d", i);
        fd = open(name, O_CREAT | O_RDWR, 0644);
        if (fd < 0)
            break;
        close(fd);
    }
    CHECK(fd == -1 && errno == ENOSPC);
    CHECK_ERRNO(mkdir("m/d", 0755), ENOSPC);
    CHECK_ERRNO(symlink("x", "m/s"), ENOSPC);
    CHECK_ERRNO(link("m/0", "n"), EXDEV);
    CHECK_ERRNO(rename("m/0", "n"), EXDEV);
    CHECK_ERRNO(rmdir("m"), EBUSY);
    CHECK(umount("m") == 0 && rmdir("m") == 0);
    CHECK_ERRNO(mount("none", "/", "nosuchfs", 0, NULL), ENODEV);
}

/* A page with nothing mapped behind it. */
static char *page_at_edge(void)
{
    char *p =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    munmap(p + PAGE, PAGE);
    return p;
}

static void bad_pointers(void)
{
    char *p = page_at_edge(), *bad = nowhere;
    struct stat st;
    int fd = open_new("f"), first, second;
    ssize_t n;

    CHECK_ERRNO(open(bad, O_RDONLY), EFAULT);
    CHECK_ERRNO(syscall(SYS_openat, AT_FDCWD, 0xffff800000000000ul, O_RDONLY), EFAULT);
    memset(p, '/', PAGE);
    CHECK_ERRNO(syscall(SYS_openat, AT_FDCWD, p + PAGE - 10, O_RDONLY),
                EFAULT); /* no end before the edge */
    memcpy(p + PAGE - 2, "f", 2);
    CHECK(stat(p + PAGE - 2, &st) == 0);
    CHECK_ERRNO(syscall(SYS_newfstatat, AT_FDCWD, "f", p + PAGE - 10, 0), EFAULT);
    memset(p, 'q', PAGE);
    n = write(fd, p + PAGE - 50, 100);
    CHECK(n == 50 || (n == -1 && errno == EFAULT));
    CHECK(size_of("f") == (n == 50 ? 50 : 0)); /* what it says is what it did */
    CHECK_ERRNO(pwrite(fd, bad, 10, 0), EFAULT);
    CHECK(pwrite(fd, p, PAGE, 0) == PAGE);
    n = pread(fd, p + PAGE - 50, 100, 0);
    CHECK(n == 50 || (n == -1 && errno == EFAULT));
    CHECK_ERRNO(pread(fd, bad, 10, 0), EFAULT);
    CHECK(pread(fd, bad, 10, PAGE) == 0); /* at the end nothing is copied */
    first = dup(fd);
    CHECK_ERRNO(syscall(SYS_pipe2, bad, 0), EFAULT);
    second = dup(fd);
    CHECK(second == first + 1); /* no descriptor was lost */
    CHECK_ERRNO(syscall(SYS_getcwd, bad, 100), EFAULT);
    CHECK_ERRNO(syscall(SYS_getcwd, p, 2), ERANGE);
    CHECK_ERRNO(syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", bad, 100), EFAULT);
    CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, bad, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_utimensat, AT_FDCWD, "f", bad, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_getdents64, open(".", O_RDONLY), bad, 100), EFAULT);
}

/* A read-only mapping as the buffer of read(). */
static void read_into_readonly(void)
{
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open_new("f");

    CHECK(write(fd, "text", 4) == 4);
    CHECK_ERRNO(pread(fd, p, 4, 0), EFAULT);
    CHECK(p[0] == 0);
}

int main(int argc, char **argv)
{
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(open_existence);
    CASE(open_links);
    CASE(open_modes);
    CASE(open_umask_and_tmpfile);
    CASE(append_from_many);
    CASE(shared_offset);
    CASE(positions);
    CASE(holes);
    CASE(vectors);
    CASE(sizes);
    CASE(size_limit);
    CASE(allocation);
    CASE(copy_range);
    CASE(send_and_splice);
    CASE(full_disk);
    CASE(bad_pointers);
    CASE(read_into_readonly);
    return check_done("files");
}
