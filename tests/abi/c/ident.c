/* SPDX-License-Identifier: BSD-2-Clause */
/* Users and groups of a process, and what changing them does to its capabilities. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* The same calls for users and for groups. */
struct kind {
    const char *name;
    int (*set)(unsigned);
    int (*set_re)(unsigned, unsigned);
    int (*set_res)(unsigned, unsigned, unsigned);
    int (*set_fs)(unsigned);
    int (*get)(unsigned *, unsigned *, unsigned *);
};

static const struct kind users = {"users",   setuid,   setreuid,
                                  setresuid, setfsuid, getresuid};
static const struct kind groups = {"groups",  setgid,   setregid,
                                   setresgid, setfsgid, getresgid};

static int are(const struct kind *k, unsigned real, unsigned effective, unsigned saved)
{
    unsigned r, e, s;

    return k->get(&r, &e, &s) == 0 && r == real && e == effective && s == saved;
}

/* What setfs*id() says is the one before. */
static unsigned fs(const struct kind *k)
{
    return (unsigned)k->set_fs(-1u);
}

/* The set of that name in /proc/self/status. */
static unsigned long long caps(const char *name)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[128];
    unsigned long long v = ~0ull;

    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, name, strlen(name)) == 0)
            v = strtoull(line + strlen(name) + 1, NULL, 16);
    if (f)
        fclose(f);
    return v;
}

/* In a child that is root, since there is no way back from some of it. */
static void with(void (*fn)(const struct kind *k), const struct kind *k)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        int before = check_failures;

        fn(k);
        fflush(stdout);
        _exit(check_failures != before);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void root_sets_all_three(const struct kind *k)
{
    CHECK(k->set(5) == 0);
    CHECK(are(k, 5, 5, 5) && fs(k) == 5);
}

static void one_may_take_what_is_ones_own(const struct kind *k)
{
    CHECK(k->set_res(5, 6, 7) == 0);
    CHECK(are(k, 5, 6, 7) && fs(k) == 6);
    if (k == &groups)
        CHECK(setuid(9) == 0); /* no right to more than that */
    CHECK(k->set(7) == 0);
    CHECK(are(k, 5, 7, 7) && fs(k) == 7);
    CHECK(k->set(5) == 0);
    CHECK(are(k, 5, 5, 7));
    CHECK_ERRNO(k->set(6), EPERM);
    CHECK_ERRNO(k->set(-1u), EINVAL);
    CHECK_ERRNO(k->set_res(8, -1u, -1u), EPERM);
    CHECK(k->set_res(7, -1u, 5) == 0);
    CHECK(are(k, 7, 5, 5));
    CHECK_ERRNO(k->set_re(-1u, 6), EPERM);
    CHECK(are(k, 7, 5, 5) && fs(k) == 5);
}

static void the_saved_one_follows_setre(const struct kind *k)
{
    CHECK(k->set_re(-1u, 6) == 0);
    CHECK(are(k, 0, 6, 6));
    CHECK(k->set_re(-1u, 0) == 0); /* the real one: saved stays */
    CHECK(are(k, 0, 0, 6));
    CHECK(k->set_re(5, -1u) == 0);
    CHECK(are(k, 5, 0, 0) && fs(k) == 0);
}

static void the_one_for_files_can_differ(const struct kind *k)
{
    CHECK(k->set_fs(5) == 0);
    CHECK(fs(k) == 5 && are(k, 0, 0, 0));
    CHECK(k->set_fs(6) == 5 && fs(k) == 6);
    CHECK(k->set_res(-1u, 7, -1u) == 0);
    CHECK(fs(k) == 7);
    if (k == &groups)
        CHECK(setuid(9) == 0);
    CHECK(k->set_fs(8) == 7 && fs(k) == 7); /* not one's own */
    CHECK(k->set_fs(0) == 7 && fs(k) == 0);
}

static void capabilities_follow_users(const struct kind *k)
{
    unsigned long long all = caps("CapPrm:"), files;

    CHECK(all != 0 && caps("CapEff:") == all);
    CHECK(k->set_fs(5) == 0);
    files = all & ~caps("CapEff:");
    CHECK(files != 0 && (files & 1)); /* CAP_CHOWN and others of files */
    CHECK(k->set_fs(0) == 5 && caps("CapEff:") == all);
    CHECK(k->set_res(-1u, 5, -1u) == 0);
    CHECK(caps("CapEff:") == 0 && caps("CapPrm:") == all);
    CHECK(k->set_res(-1u, 0, -1u) == 0);
    CHECK(caps("CapEff:") == all);
    CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0);
    CHECK(k->set_res(5, 5, 5) == 0);
    CHECK(caps("CapEff:") == 0 && caps("CapPrm:") == all);
    CHECK_ERRNO(k->set(0), EPERM);
}

static void nobody_may_look_into_what_was_another(const struct kind *k)
{
    CHECK(prctl(PR_GET_DUMPABLE) == 1);
    CHECK(k->set_res(-1u, 5, -1u) == 0);
    CHECK(prctl(PR_GET_DUMPABLE) != 1);
}

int main(void)
{
    static const struct kind *const kinds[] = {&users, &groups};

    for (int i = 0; i < 2; i++) {
        with(root_sets_all_three, kinds[i]);
        with(one_may_take_what_is_ones_own, kinds[i]);
        with(the_saved_one_follows_setre, kinds[i]);
        with(the_one_for_files_can_differ, kinds[i]);
        with(nobody_may_look_into_what_was_another, kinds[i]);
    }
    with(capabilities_follow_users, &users);
    return check_done("ident");
}
