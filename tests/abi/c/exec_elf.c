/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that are cut, bent or hostile; scripts; arguments at their limits; set-user-id. */
#define _GNU_SOURCE
#include <elf.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"
#include "isa.h"

#define PAGE 4096
#define BASE 0x10000000ul

extern char **environ;

/* A small program: header, up to 8 program headers, code at 0x400 of the file. */
struct image {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[8];
    char rest[PAGE - sizeof(Elf64_Ehdr) - 8 * sizeof(Elf64_Phdr)];
};

static struct image image;
static size_t image_size;

static void image_make(void)
{
    memset(&image, 0, sizeof(image));
    memcpy(image.eh.e_ident, ELFMAG, SELFMAG);
    image.eh.e_ident[EI_CLASS] = ELFCLASS64;
    image.eh.e_ident[EI_DATA] = ELFDATA2LSB;
    image.eh.e_ident[EI_VERSION] = EV_CURRENT;
    image.eh.e_type = ET_EXEC;
    image.eh.e_machine = ISA_ELF_MACHINE;
    image.eh.e_version = EV_CURRENT;
    image.eh.e_entry = BASE + 0x400;
    image.eh.e_phoff = sizeof(Elf64_Ehdr);
    image.eh.e_ehsize = sizeof(Elf64_Ehdr);
    image.eh.e_phentsize = sizeof(Elf64_Phdr);
    image.eh.e_phnum = 1;
    image.ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                               .p_flags = PF_R | PF_X,
                               .p_vaddr = BASE,
                               .p_paddr = BASE,
                               .p_filesz = PAGE,
                               .p_memsz = PAGE,
                               .p_align = PAGE};
    memcpy((char *)&image + 0x400, isa_exit_42, sizeof(isa_exit_42));
    image_size = sizeof(image);
}

static void file_make(const char *name, const void *data, size_t size, mode_t mode)
{
    int fd;

    unlink(name);
    fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0700);
    CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
}

enum { KILLED = 0x1000 };

/* What comes of executing it: the exit status, KILLED + signal, or -errno. */
static int run(const char *path, char **argv, char **envp)
{
    int fds[2], error = 0, status;
    pid_t pid;

    CHECK(pipe2(fds, O_CLOEXEC) == 0);
    pid = child_fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        execve(path, argv, envp);
        error = errno;
        _exit(write(fds[1], &error, sizeof(error)) != sizeof(error));
    }
    close(fds[1]);
    if (read(fds[0], &error, sizeof(error)) != sizeof(error))
        error = 0;
    close(fds[0]);
    status = child_wait(pid);
    if (error)
        return -error;
    return WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_plain(const char *path)
{
    return run(path, (char *[]){(char *)path, NULL}, (char *[]){NULL});
}

static int image_run(void)
{
    file_make("prog", &image, image_size, 0755);
    return run_plain("prog");
}

/* The result, with what was expected if it differs. */
static int is(int got, int want)
{
    if (got != want)
        printf("got %d (%s), expected %d\n", got, got < 0 ? strerror(-got) : "", want);
    return got == want;
}

static int killed(int result)
{
    return result == KILLED + SIGSEGV || result == KILLED + SIGKILL ||
           result == KILLED + SIGBUS;
}

static void the_good_one(void)
{
    image_make();
    CHECK(is(image_run(), 42));
    image.eh.e_type = ET_DYN; /* position independent: any base will do */
    image.ph[0].p_vaddr = 0;
    image.eh.e_entry = 0x400;
    CHECK(is(image_run(), 42));
    image_make();
    image.ph[0].p_memsz = 64 << 20; /* zero-filled behind the file */
    image.ph[0].p_flags = PF_R | PF_W | PF_X;
    CHECK(is(image_run(), 42));
    image_make();
    image.eh.e_phnum = 3;
    image.ph[1] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
    image.ph[2] =
        (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = 1ull << 62, .p_filesz = 1ull << 62};
    CHECK(is(image_run(), 42));
}

/* Cut at every length up to past the headers, and at some behind. */
static void truncated(void)
{
    image_make();
    for (image_size = 0; image_size < sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
         image_size += 3) {
        int result = image_run();

        CHECK(is(result,
                 image_size >= sizeof(Elf64_Ehdr) && result == -EIO ? -EIO : -ENOEXEC));
    }
    for (image_size = 120; image_size < 0x400; image_size += 100)
        CHECK(image_run() != 42); /* no code, zeros: it dies of something */
    image_size = 0x400 + sizeof(isa_exit_42);
    CHECK(is(image_run(), 42));
}

struct field {
    const char *name;
    size_t offset, size;
    uint64_t value;
    int want; /* the result, or 1 for "whatever, but neither 42 nor trouble for others" */
};

#define EH(member)                                                                       \
#member, offsetof(Elf64_Ehdr, member), sizeof(((Elf64_Ehdr *)0)->member)
#define PH(member)                                                                       \
#member, sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, member),                          \
        sizeof(((Elf64_Phdr *)0)->member)
#define IDENT(index) #index, index, 1

static void fields_run(const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &fields[i];
        int result;

        image_make();
        memcpy((char *)&image + f->offset, &f->value, f->size);
        result = image_run();
        if (f->want == 1 ? result == 42 : result != f->want) {
            printf("%s = 0x%lx: got %d (%s)\n", f->name, f->value, result,
                   result < 0 ? strerror(-result) : "");
            CHECK(!"the result of a bent field");
        }
    }
}

static void header_fields(void)
{
    static const struct field fields[] = {
        {IDENT(0), 0x7e, -ENOEXEC},
        {IDENT(3), 'f', -ENOEXEC},
        {EH(e_type), ET_REL, -ENOEXEC},
        {EH(e_type), ET_CORE, -ENOEXEC},
        {EH(e_type), 0xffff, -ENOEXEC},
        {EH(e_machine), EM_SPARCV9, -ENOEXEC},
        {EH(e_machine), 0, -ENOEXEC},
        {EH(e_phentsize), 0, -ENOEXEC},
        {EH(e_phentsize), sizeof(Elf64_Phdr) - 1, -ENOEXEC},
        {EH(e_phentsize), 0xffff, -ENOEXEC},
        {EH(e_phnum), 0, -ENOEXEC},
        {EH(e_phnum), 0xffff, -ENOEXEC},
        {EH(e_phnum), 1000, -ENOEXEC},
        {EH(e_entry), 0, KILLED + SIGSEGV},
        {EH(e_entry), BASE - PAGE, KILLED + SIGSEGV},
        {EH(e_entry), 0xffffffffff600000, 1},
        {EH(e_entry), 0xffff800000000000, 1},
        {EH(e_entry), 0x8000000000000000, 1},
        {EH(e_entry), UINT64_MAX, 1},
        {EH(e_phoff), 0, 1},
        {EH(e_phoff), PAGE - 10, 1},
        {EH(e_phoff), PAGE * 10, 1},
        {EH(e_phoff), INT64_MAX, 1},
        {EH(e_phoff), UINT64_MAX, 1},
        {EH(e_phoff), UINT64_MAX - 20, 1},
    };

    fields_run(fields, sizeof(fields) / sizeof(fields[0]));
}

static void segment_fields(void)
{
    static const struct field fields[] = {
        {PH(p_type), PT_NULL, 1},
        {PH(p_type), PT_INTERP, 1},
        {PH(p_type), PT_DYNAMIC, 1},
        {PH(p_flags), 0, KILLED + SIGSEGV},
        {PH(p_flags), PF_R, KILLED + SIGSEGV},
        {PH(p_offset), 1, 1},
        {PH(p_offset), PAGE, 1},
        {PH(p_offset), 1ull << 40, 1},
        {PH(p_offset), INT64_MAX & ~0xfffull, 1},
        {PH(p_offset), UINT64_MAX & ~0xfffull, 1},
        {PH(p_vaddr), 0x7ffffffff000, 1},
        {PH(p_vaddr), 0x800000000000, 1},
        {PH(p_vaddr), 0xffff800000000000, 1},
        {PH(p_vaddr), UINT64_MAX & ~0xfffull, 1},
        {PH(p_vaddr), BASE + 1, 1},
        {PH(p_filesz), UINT64_MAX, 1},
        {PH(p_filesz), INT64_MAX, 1},
        {PH(p_filesz), 1ull << 47, 1},
        {PH(p_filesz), PAGE + 1, 1}, /* larger than memsz */
        {PH(p_memsz), UINT64_MAX, 1},
        {PH(p_memsz), INT64_MAX, 1},
        {PH(p_memsz), 1ull << 48, 1},
        {PH(p_memsz), 0, 1},
    };

    fields_run(fields, sizeof(fields) / sizeof(fields[0]));
    image_make(); /* nothing in the file, all in memory: zeros */
    image.ph[0].p_filesz = 0;
    CHECK(image_run() != 42);
}

/* Every byte of the headers, flipped. */
static void header_bytes(void)
{
    int survived = 0;

    for (size_t at = 0; at < sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr); at++)
        for (int bit = 0; bit < 8; bit += 7) {
            image_make();
            ((char *)&image)[at] ^= (char)(1 << bit);
            survived += image_run() == 42;
        }
    CHECK(survived > 20 &&
          survived < 200); /* padding, flags and addresses nobody reads */
}

static void several_segments(void)
{
    image_make();
    image.eh.e_phnum = 2;
    image.ph[1] = image.ph[0];
    CHECK(is(image_run(), 42)); /* twice the same: one over the other */
    image.ph[1].p_vaddr = BASE + PAGE / 2;
    CHECK(image_run() != 0); /* whatever that is */
    image_make();
    image.eh.e_phnum = 2;
    image.ph[1] = image.ph[0];
    image.ph[1].p_vaddr = 0x700000000000;
    image.ph[1].p_memsz = 1ull << 48;
    CHECK(image_run() != 42);
    image_make();
    image.eh.e_phnum = 8;
    for (int i = 1; i < 8; i++) {
        image.ph[i] = image.ph[0];
        image.ph[i].p_vaddr = BASE + (uint64_t)i * 0x100000000;
    }
    CHECK(is(image_run(), 42));
    for (int i = 0; i < 8; i++)
        image.ph[i].p_vaddr = BASE - (uint64_t)i * PAGE; /* downwards */
    CHECK(image_run() != 0);
}

/* Bytes behind .data up to the page's end are zero, whatever the file has there. */
static void bss_is_zero(void)
{
    image_make();
    memcpy((char *)&image + 0x400, isa_exit_byte, sizeof(isa_exit_byte));
    ((char *)&image)[0x500] = 77;
    CHECK(is(image_run(), 77));
    image.ph[0].p_filesz = 0x500;
    image.ph[0].p_memsz = 0x600;
    image.ph[0].p_flags = PF_R | PF_W | PF_X;
    CHECK(is(image_run(), 0));
}

static int interp_run(const char *path, size_t size)
{
    memcpy((char *)&image + 0x800, path, size < 0x700 ? size : 0x700);
    image.eh.e_phnum = 2;
    image.ph[1] = image.ph[0];
    image.ph[0] = (Elf64_Phdr){
        .p_type = PT_INTERP, .p_offset = 0x800, .p_filesz = size, .p_memsz = size};
    return image_run();
}

static void interpreters(void)
{
    static char cwd[PATH_MAX], path[PATH_MAX + 32], longest[PATH_MAX + 10];

    CHECK(getcwd(cwd, sizeof(cwd)) == cwd);
    image_make();
    CHECK(is(interp_run("/no/such/loader", 16), -ENOENT));
    image_make();
    CHECK(is(interp_run("/lib/x", 6), -ENOEXEC)); /* no NUL */
    image_make();
    CHECK(is(interp_run("", 1), -ENOEXEC));
    image_make();
    CHECK(is(interp_run("", 0), -ENOEXEC));
    memset(longest, 'x', sizeof(longest));
    image_make();
    CHECK(is(interp_run(longest, PATH_MAX + 1), -ENOEXEC));
    image_make();
    snprintf(path, sizeof(path), "%s/garbage", cwd);
    file_make("garbage",
              "this is not a loader at all, but it is long enough for a header......", 70,
              0755);
    int result = interp_run(path, strlen(path) + 1);
    CHECK(result == -ELIBBAD || result == -ENOEXEC || killed(result));
    image_make();
    file_make("short", "x", 1, 0755);
    snprintf(path, sizeof(path), "%s/short", cwd);
    result = interp_run(path, strlen(path) + 1);
    CHECK(result == -EIO || result == -ELIBBAD || result == -ENOEXEC);
    image_make();
    CHECK(is(interp_run(cwd, strlen(cwd) + 1), -EACCES)); /* a directory */
    image_make();
    file_make("noexec", "x", 1, 0644);
    snprintf(path, sizeof(path), "%s/noexec", cwd);
    CHECK(is(interp_run(path, strlen(path) + 1), -EACCES));
    image_make(); /* itself as its loader */
    image.eh.e_type = ET_DYN;
    image.ph[0].p_vaddr = 0;
    image.eh.e_entry = 0x400;
    snprintf(path, sizeof(path), "%s/prog", cwd);
    result = interp_run(path, strlen(path) + 1);
    CHECK(result == 42 || result == -ELIBBAD || killed(result));
    image_make();
    image.eh.e_phnum = 2;
    image.ph[1] = image.ph[0];
    image.ph[0] =
        (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 1ull << 62, .p_filesz = 20};
    result = image_run();
    CHECK(result == -EIO || result == -EINVAL || result == -ENOEXEC);
}

static void rejected(void)
{
    int fd;

    CHECK_ERRNO(execve("none", (char *[]){NULL}, environ), ENOENT);
    CHECK_ERRNO(execve("", (char *[]){"x", NULL}, environ), ENOENT);
    CHECK_ERRNO(execve(".", (char *[]){"x", NULL}, environ), EACCES);
    image_make();
    file_make("prog", &image, image_size, 0644);
    CHECK(is(run_plain("prog"), -EACCES));
    CHECK(is(run_plain("prog/x"), -ENOTDIR));
    file_make("prog", &image, image_size, 0755);
    fd = open("prog", O_RDWR);
    CHECK(is(run_plain("prog"), -ETXTBSY)); /* open for writing */
    close(fd);
    CHECK(is(run_plain("prog"), 42));
    file_make("empty", "", 0, 0755);
    CHECK(is(run_plain("empty"), -ENOEXEC));
    CHECK(mkfifo("fifo", 0755) == 0 && is(run_plain("fifo"), -EACCES));
    CHECK(symlink("loop", "loop") == 0 && is(run_plain("loop"), -ELOOP));
    CHECK(symlink("prog", "link") == 0 && is(run_plain("link"), 42));
    CHECK_ERRNO(syscall(SYS_execve, "prog", 16, environ), EFAULT);
    CHECK_ERRNO(syscall(SYS_execve, "prog", (char *[]){(char *)16, NULL}, environ),
                EFAULT);
    fd = open("prog", O_RDONLY | O_CLOEXEC);
    pid_t pid = child_fork();
    if (pid == 0) {
        syscall(SYS_execveat, fd, "", (char *[]){"x", NULL}, environ, AT_EMPTY_PATH);
        _exit(1);
    }
    CHECK(WEXITSTATUS(child_wait(pid)) == 42);
}

/* A running program cannot be written to. */
static void busy_text(void)
{
    int fds[2];
    char c;
    pid_t pid;

    image_make();
    memcpy((char *)&image + 0x400, isa_pause, sizeof(isa_pause));
    file_make("prog", &image, image_size, 0755);
    CHECK(pipe2(fds, O_CLOEXEC) == 0);
    pid = child_fork();
    if (pid == 0) {
        execl("prog", "prog", NULL);
        _exit(1);
    }
    close(fds[1]);
    CHECK(read(fds[0], &c, 1) == 0); /* closed by the exec */
    CHECK_ERRNO(open("prog", O_WRONLY), ETXTBSY);
    CHECK_ERRNO(truncate("prog", 0), ETXTBSY);
    CHECK_ERRNO(open("prog", O_RDONLY | O_TRUNC), ETXTBSY);
    CHECK(link("prog", "later") == 0 && unlink("prog") == 0);
    kill(pid, SIGKILL);
    CHECK(WTERMSIG(child_wait(pid)) == SIGKILL);
    int fd = open("later", O_WRONLY); /* nobody runs it any more */
    CHECK(fd >= 0 && is(run_plain("later"), -ETXTBSY));
    void *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(p == MAP_FAILED); /* not readable; nor does the failure hold on to it */
    CHECK(close(fd) == 0 && chmod("later", 0755) == 0);
    memcpy((char *)&image + 0x400, isa_exit_42, sizeof(isa_exit_42));
    file_make("prog", &image, image_size, 0755);
    fd = open("prog", O_RDWR);
    p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(close(fd) == 0 && is(run_plain("prog"), -ETXTBSY)); /* the mapping may write */
    CHECK(munmap(p, PAGE) == 0 && is(run_plain("prog"), 42));
    CHECK(truncate("prog", 10) == 0);
}

/* A memfd may be executed while it is open, and written to while it runs. */
static void memory_program(void)
{
    int fd = memfd_create("prog", MFD_CLOEXEC);
    pid_t pid;

    image_make();
    CHECK(write(fd, &image, image_size) == (ssize_t)image_size);
    pid = child_fork();
    if (pid == 0) {
        fexecve(fd, (char *[]){"x", NULL}, environ);
        _exit(1);
    }
    CHECK(WEXITSTATUS(child_wait(pid)) == 42);
    CHECK(ftruncate(fd, 0) == 0);
}

static int script_run(const char *text)
{
    file_make("script", text, strlen(text), 0755);
    return run("script", (char *[]){"name", "arg", NULL}, environ);
}

static void scripts(void)
{
    static char text[1024];

    CHECK(is(script_run("#!/bin/sh\nexit 3\n"), 3));
    CHECK(is(script_run("#! \t /bin/sh \t \nexit 3\n"), 3));
    CHECK(is(script_run("#!/bin/sh -e\nfalse\nexit 3\n"), 1));
    CHECK(is(script_run("#!/bin/sh\n[ \"$0\" = script ] && [ \"$1\" = arg ] && exit 9\n"),
             9));
    CHECK(is(script_run("#!/bin/sh"), 0)); /* no end of line, no commands */
    CHECK(is(script_run("#!/no/such/interpreter\n"), -ENOENT));
    int nameless = script_run("#!");
    CHECK(nameless == -ENOEXEC || nameless == -EACCES); /* as the version has it */
    CHECK(is(script_run("#!\n"), -ENOEXEC));
    CHECK(is(script_run("#!   \n/bin/sh\n"), -ENOEXEC));
    CHECK(is(script_run("#!script\n"), -ELOOP)); /* its own interpreter */
    CHECK(is(script_run("#!/tmp\n"), -EACCES));
    CHECK(is(script_run("#\n"), -ENOEXEC));
    memset(text, 'x', 600);
    memcpy(text, "#!/bin/sh", 9);
    CHECK(is(script_run(text),
             -ENOEXEC)); /* the name does not end in the first 256 bytes */
    memset(text, ' ', 600);
    memcpy(text, "#!/bin/sh", 9);
    strcpy(text + 600, "\nexit 5\n");
    int result = script_run(text);
    CHECK(result == 5 || result == -ENOEXEC);
    file_make("level1", "#!script\n", 9, 0755);
    file_make("script", "#!/bin/sh\nexit 6\n", 17, 0755);
    CHECK(is(run_plain("level1"), 6)); /* a script whose interpreter is a script */
}

static void arguments(void)
{
    enum { LONG = 131072 };
    char *text = malloc(LONG + 1), **many = calloc(40000, sizeof(char *));
    struct rlimit limit;

    image_make();
    file_make("prog", &image, image_size, 0755);
    memset(text, 'a', LONG);
    text[LONG - 1] = '\0'; /* 32 pages with its NUL: the longest */
    CHECK(is(run("prog", (char *[]){"prog", text, NULL}, environ), 42));
    text[LONG - 1] = 'a';
    text[LONG] = '\0';
    CHECK(is(run("prog", (char *[]){"prog", text, NULL}, environ), -E2BIG));
    CHECK(is(run("prog", (char *[]){"prog", NULL}, (char *[]){text, NULL}), -E2BIG));
    for (int i = 0; i < 39999; i++)
        many[i] = "argument";
    CHECK(is(run("prog", many, environ), 42));
    text[LONG / 2] = '\0';
    for (int i = 0; i < 39999; i++)
        many[i] = text;
    CHECK(is(run("prog", many, environ), -E2BIG)); /* a quarter of the stack's limit */
    CHECK(is(run("prog", NULL, environ), 42));
    CHECK(is(run("prog", (char *[]){NULL}, NULL), 42));
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
    limit.rlim_cur = 1 << 20;
    CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
    for (int i = 0; i < 5; i++)
        many[i] = text;
    many[5] = NULL;
    CHECK(is(run("prog", many, environ), -E2BIG)); /* 5 * 64 KiB against 256 KiB */
    many[3] = NULL;
    CHECK(is(run("prog", many, environ), 42));
}

static int helper_main(char **argv)
{
    uid_t r, e, s;

    if (strcmp(argv[1], "--uid") == 0)
        return getresuid(&r, &e, &s) == 0 && r == 1000 && e == 7 && s == 7 ? 42 : 1;
    if (strcmp(argv[1], "--plain") == 0)
        return getresuid(&r, &e, &s) == 0 && r == 1000 && e == 1000 && s == 1000 ? 42 : 1;
    if (strcmp(argv[1], "--fds") == 0)
        return fcntl(50, F_GETFD) == -1 && fcntl(51, F_GETFD) == 0 ? 42 : 1;
    if (strcmp(argv[1], "--signals") == 0) {
        struct sigaction usr1, usr2;
        sigset_t mask;

        sigaction(SIGUSR1, NULL, &usr1);
        sigaction(SIGUSR2, NULL, &usr2);
        sigprocmask(SIG_SETMASK, NULL, &mask);
        return usr1.sa_handler == SIG_DFL && usr2.sa_handler == SIG_IGN &&
                       sigismember(&mask, SIGHUP) && !sigismember(&mask, SIGINT)
                   ? 42
                   : 1;
    }
    return 2;
}

static void copy_self(const char *to)
{
    char buf[65536];
    int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
    ssize_t n;

    while ((n = read(in, buf, sizeof(buf))) > 0)
        CHECK(write(out, buf, (size_t)n) == n);
    CHECK(n == 0);
    close(in);
    close(out);
}

static int run_as_user(const char *mode, const char *option, int no_new_privs)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        if (no_new_privs)
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (setgid(1000) || setuid(1000))
            _exit(3);
        execl("suid", mode, option, NULL);
        _exit(4);
    }
    return WEXITSTATUS(child_wait(pid));
}

static void set_user_id(void)
{
    CHECK(chmod(".", 0755) == 0);
    copy_self("suid");
    CHECK(chown("suid", 7, 7) == 0 && chmod("suid", 04755) == 0);
    CHECK(is(run_as_user("suid", "--uid", 0), 42));
    CHECK(is(run_as_user("suid", "--plain", 1), 42)); /* no_new_privs */
    CHECK(chmod("suid", 0755) == 0 && is(run_as_user("suid", "--plain", 0), 42));
    CHECK(chmod("suid", 04711) == 0 &&
          is(run_as_user("suid", "--uid", 0), 42)); /* unreadable */
}

static void on_signal(int signo)
{
    (void)signo;
}

static void what_exec_keeps(void)
{
    sigset_t mask;
    int fd = open("/dev/null", O_RDWR);

    CHECK(dup3(fd, 50, O_CLOEXEC) == 50 && dup2(fd, 51) == 51);
    CHECK(is(run("/proc/self/exe", (char *[]){"x", "--fds", NULL}, environ), 42));
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, SIG_IGN);
    sigemptyset(&mask);
    sigaddset(&mask, SIGHUP);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    CHECK(is(run("/proc/self/exe", (char *[]){"x", "--signals", NULL}, environ), 42));
}

/* A failed exec leaves the caller as it was. */
static void failure_is_harmless(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    char *page =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    signal(SIGUSR1, on_signal);
    page[5] = 5;
    image_make();
    image.eh.e_phentsize = 3;
    file_make("bad", &image, image_size, 0755);
    for (int i = 0; i < 50; i++)
        CHECK_ERRNO(execl("bad", "bad", NULL), ENOEXEC);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && page[5] == 5);
    CHECK(raise(SIGUSR1) == 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "--", 2) == 0)
        return helper_main(argv);
    case_only = argc > 1 ? argv[1] : NULL;
    CASE(the_good_one);
    CASE(truncated);
    CASE(header_fields);
    CASE(segment_fields);
    CASE(header_bytes);
    CASE(several_segments);
    CASE(bss_is_zero);
    CASE(interpreters);
    CASE(rejected);
    CASE(busy_text);
    CASE(memory_program);
    CASE(scripts);
    CASE(arguments);
    CASE(set_user_id);
    CASE(what_exec_keeps);
    CASE(failure_is_harmless);
    return check_done("exec_elf");
}
