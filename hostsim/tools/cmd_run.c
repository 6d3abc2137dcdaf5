/* SPDX-License-Identifier: BSD-2-Clause */
/* cloudos run: build the machine that the options describe and start it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostsim/hal/config.h"
#include "hostsim/hal/engine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/tools/commands.h"
#include "hostsim/tools/cpio.h"
#include "hostsim/tools/watch.h"

#define CMDLINE_MAX         (256u * 1024)
#define SEED_DEFAULT        1
#define SEEDED_CPUS_DEFAULT 2 /* a seeded run does not depend on the host */

static uint64_t cpus;
static uint64_t mem_bytes = MACHINE_MEM_DEFAULT;
static const char *engine_name;
static const char *mmu = "x86_64";
static const char *initrd;
static const char *root;
static const char *append;
static uint64_t log_level = 4;
static struct watch watch;
static bool quiet, report, seeded;
static const char *mode;
static uint64_t seed = UINT64_MAX; /* not given */
static uint64_t gdb_pid, gdb_port = 1234;
static const char *trace;
static const char *replay;

static const struct option options[] = {
    {"cpus", "N", "virtual CPUs (default: half of the host's, at least 1, at most 8)",
     OPTION_NUMBER, &cpus, 1, HAL_CPUS_MAX, NULL},
    {"mem", "SIZE", "RAM, such as 64M or 2G (default 512M)", OPTION_SIZE, &mem_bytes,
     MACHINE_MEM_MIN, MACHINE_MEM_MAX, NULL},
    {"engine", "ENGINE",
     "what runs user code: native, the host's CPU (default), or sim, which counts its "
     "instructions (default with --mode seeded)",
     OPTION_CHOICE, &engine_name, 0, 0, "native|sim"},
    {"mode", "MODE",
     "threads (a host thread for each CPU, real time; default) or seeded (virtual time, a "
     "seed decides)",
     OPTION_CHOICE, &mode, 0, 0, "threads|seeded"},
    {"seed", "N", "for --mode seeded (default 1): the same seed, the same run",
     OPTION_NUMBER, &seed, 0, UINT64_MAX - 1, NULL},
    {"trace", "FILE", "write a record of the run, for 'cloudos trace'", OPTION_TEXT,
     &trace, 0, 0, NULL},
    {"replay", "FILE", "take what was typed from the trace of such a run", OPTION_TEXT,
     &replay, 0, 0, NULL},
    {"gdb-user", "PID",
     "let gdb debug this process of a seeded machine; the program given is 2",
     OPTION_NUMBER, &gdb_pid, 1, 4194304, NULL},
    {"gdb-port", "PORT", "where gdb finds it (default 1234, of the loopback interface)",
     OPTION_NUMBER, &gdb_port, 1, 65535, NULL},
    {"mmu", "FORMAT", "page tables: x86_64 (default), aarch64, sv48 or sv39",
     OPTION_CHOICE, &mmu, 0, 0, "x86_64|aarch64|sv48|sv39"},
    {"initrd", "FILE", "initramfs, a newc cpio archive", OPTION_TEXT, &initrd, 0, 0,
     NULL},
    {"root", "DIR", "pack this directory into the initramfs", OPTION_TEXT, &root, 0, 0,
     NULL},
    {"append", "TEXT", "more kernel command line", OPTION_TEXT, &append, 0, 0, NULL},
    {"strace", "CALLS",
     "print system calls on standard error: all, or those that CALLS names as the option -e "
     "of strace(1) does: open,close  !brk,mmap  %file,%process",
     OPTION_MAYBE, &watch.calls, 0, 0, NULL},
    {"strace-of", "WHO",
     "only of this process (a number or a program's name) and its children", OPTION_TEXT,
     &watch.of, 0, 0, NULL},
    {"strace-stamp", "FORMAT",
     "begin lines with the time, as strace's -t (of day), -tt (with microseconds), -ttt "
     "(seconds since 1970), -r (since the line before)",
     OPTION_CHOICE, &watch.stamp, 0, 0, "t|tt|ttt|r"},
    {"strace-times", NULL, "print the time spent in each call, as strace's -T",
     OPTION_FLAG, &watch.times, 0, 0, NULL},
    {"strace-output", "FILE", "print calls into FILE", OPTION_TEXT, &watch.strace_output,
     0, 0, NULL},
    {"stats", "FORMAT",
     "at the end: calls by count and time, faults, switches, interrupts, TLB flushes, memory; "
     "text (default) or json",
     OPTION_MAYBE, &watch.stats, 0, 0, "text|json"},
    {"stats-output", "FILE", "print them into FILE", OPTION_TEXT, &watch.stats_output, 0,
     0, NULL},
    {"profile", "FILE",
     "write where the time went, in the kernel and in programs, as folded stacks for a "
     "flame graph",
     OPTION_TEXT, &watch.profile, 0, 0, NULL},
    {"profile-rate", "HZ",
     "look so many times in a second of each CPU (default 997; with --mode seeded 10007)",
     OPTION_NUMBER, &watch.profile_hz, 1, 100000, NULL},
    {"log", "LEVEL", "kernel messages up to this level, 0 to 7 (default 4)",
     OPTION_NUMBER, &log_level, 0, 7, NULL},
    {"quiet", NULL, "no kernel messages", OPTION_FLAG, &quiet, 0, 0, NULL},
    {"report", NULL, "at the end: calls that programs missed, and memory", OPTION_FLAG,
     &report, 0, 0, NULL},
    {0},
};

struct text {
    char *buf;
    size_t len;
};

static void text_add(struct text *t, const char *s)
{
    size_t len = strlen(s);

    if (t->len + len >= CMDLINE_MAX) {
        fprintf(stderr,
                "cloudos run: the program and its arguments are longer than %u bytes\n",
                CMDLINE_MAX);
        exit(OPTIONS_EXIT_USAGE);
    }
    memcpy(t->buf + t->len, s, len + 1);
    t->len += len;
}

/* One word in quotes, as docs/design/cmdline.md says. */
static void text_add_quoted(struct text *t, const char *word)
{
    char one[3] = {0};

    text_add(t, " \"");
    for (; *word; word++) {
        one[0] = *word;
        one[1] = '\0';
        if (*word == '"' || *word == '\\') {
            one[0] = '\\';
            one[1] = *word;
        }
        text_add(t, one);
    }
    text_add(t, "\"");
}

static void word_add(void *arg, const char *word)
{
    text_add_quoted(arg, word);
}

/* An environment variable that makes sense inside: the terminal's type, for programs that draw.
 * A seeded machine does not go by the host's environment. */
static void text_add_term(struct text *t)
{
    const char *term = getenv("TERM");
    char word[128];

    if (seeded || !term || !*term || !isatty(STDIN_FILENO))
        return;
    snprintf(word, sizeof(word), "TERM=%s", term);
    text_add_quoted(t, word);
}

static const char *cmdline_make(int argc, char **argv)
{
    struct text t = {.buf = calloc(1, CMDLINE_MAX)};
    char level[32];

    if (!t.buf) {
        fprintf(stderr, "cloudos run: %s\n", strerror(ENOMEM));
        exit(1);
    }
    snprintf(level, sizeof(level), "loglevel=%llu", (unsigned long long)log_level);
    text_add(&t, quiet ? "quiet" : level);
    watch_words(&watch, word_add, &t);
    if (report)
        text_add(&t, " report");
    text_add_term(&t);
    if (append) {
        text_add(&t, " ");
        text_add(&t, append);
    }
    if (argc)
        text_add(&t, " --");
    for (int i = 0; i < argc; i++)
        text_add_quoted(&t, argv[i]);
    return t.buf;
}

static _Noreturn void cannot_read(const char *what, const char *path, int err)
{
    fprintf(stderr, "cloudos run: %s %s: %s\n", what, path, strerror(err));
    exit(OPTIONS_EXIT_USAGE);
}

static void initrd_map(struct machine_config *config, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *data;

    if (fd < 0 || fstat(fd, &st))
        cannot_read("initrd", path, errno);
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        cannot_read("initrd", path, st.st_size ? EINVAL : ENODATA);
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        cannot_read("initrd", path, errno);
    close(fd);
    config->initrd = data;
    config->initrd_len = (size_t)st.st_size;
}

static void root_pack(struct machine_config *config, const char *path)
{
    struct cpio archive = {0};

    if (cpio_add_tree(&archive, path) || cpio_finish(&archive)) {
        fprintf(stderr, "cloudos run: cannot pack the root directory %s\n", path);
        exit(OPTIONS_EXIT_USAGE);
    }
    config->initrd = archive.data;
    config->initrd_len = archive.len;
}

/* Beside the program: what ./cloudos builds from busybox. */
static void initrd_default(struct machine_config *config)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 32);
    char *slash;

    path[len > 0 ? len : 0] = '\0';
    slash = strrchr(path, '/');
    if (slash)
        strcpy(slash + 1, "initramfs.cpio");
    if (!slash || access(path, R_OK)) {
        fprintf(stderr,
                "cloudos run: no initramfs at %s: use --root DIR or --initrd FILE, or "
                "start with ./cloudos run, which makes one\n",
                path);
        exit(OPTIONS_EXIT_USAGE);
    }
    initrd_map(config, path);
}

static unsigned default_cpus(void)
{
    cpu_set_t set;
    unsigned n;

    if (sched_getaffinity(0, sizeof(set), &set))
        return 1;
    n = (unsigned)CPU_COUNT(&set) / 2;
    return n < 1 ? 1 : n > 8 ? 8 : n;
}

static enum hal_mmu mmu_by_name(const char *name)
{
    enum hal_mmu format = HAL_MMU_X86_64;

    /* The words have been checked: what is none of the others is the last one. */
    while (format != HAL_MMU_SV39 && strcmp(name, mmu_name(format)) != 0)
        format++;
    return format;
}

/* What does not go together, after the options have been read. */
static bool mode_settle(void)
{
    bool wanted = seed != UINT64_MAX || replay || gdb_pid;

    if (mode && strcmp(mode, "threads") == 0 && wanted) {
        fprintf(stderr, "cloudos run: --mode threads does not go by a seed: --seed, "
                        "--replay and --gdb-user need --mode seeded\n");
        return false;
    }
    if (!mode)
        mode = wanted ? "seeded" : "threads";
    seeded = strcmp(mode, "seeded") == 0;
    if (!engine_name)
        engine_name = seeded ? "sim" : "native";
    if (seeded && !engine_is_exact(engine_name)) {
        fprintf(stderr,
                "cloudos run: --mode seeded needs an engine that counts instructions; %s "
                "does not: use --engine sim\n",
                engine_name);
        return false;
    }
    if (watch.profile && gdb_pid) {
        fprintf(stderr, "cloudos run: --profile and --gdb-user exclude each other\n");
        return false;
    }
    if (seed == UINT64_MAX)
        seed = SEED_DEFAULT;
    if (cpus == 0)
        cpus = seeded ? SEEDED_CPUS_DEFAULT : default_cpus();
    return true;
}

static int run(const struct command *self, int argc, char **argv)
{
    int first = options_parse(self, argc, argv);
    static struct machine_config config;

    if (!mode_settle() || !watch_settle(&watch, seeded))
        return OPTIONS_EXIT_USAGE;

    if (initrd && root) {
        fprintf(stderr, "cloudos run: --initrd and --root exclude each other\n");
        return OPTIONS_EXIT_USAGE;
    }
    config = (struct machine_config){
        .cpus = (unsigned)cpus,
        .mem_bytes = mem_bytes & ~(uint64_t)(HAL_PAGE_SIZE - 1),
        .mmu = mmu_by_name(mmu),
        .engine = engine_name,
        .seeded = seeded,
        .seed = seed,
        .trace = trace,
        .replay = replay,
        .gdb_pid = (unsigned)gdb_pid,
        .gdb_port = (uint16_t)gdb_port,
        .quiet = quiet,
        .cmdline = cmdline_make(argc - first, argv + first),
    };
    if (!watch_open(&watch, &config))
        return OPTIONS_EXIT_USAGE;
    if (initrd)
        initrd_map(&config, initrd);
    else if (root)
        root_pack(&config, root);
    else
        initrd_default(&config);
    machine_run(&config);
}

const struct command command_run = {
    .name = "run",
    .arguments = "[-- PROG [ARG...]]",
    .summary = "boot the kernel as a process and run a program on it (default: a shell)",
    .details =
        "The exit status is the program's; 128 + N if signal N ended it.  On a terminal,\n"
        "Ctrl-A x ends the machine and Ctrl-A Ctrl-A sends a Ctrl-A.\n",
    .options = options,
    .run = run,
};
