/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"

#include "abi/errno.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "vfs/epoll.h"
#include "vfs/path.h"
#include "vm/space.h"

#define TEST_O_RDWR     02u
#define TEST_O_NONBLOCK 04000u

/* ---- user memory: addresses are the test's own pointers; the first page is unmapped ---- */

size_t hal_user_read(void *dst, uint64_t src, size_t len)
{
    if (src < HAL_PAGE_SIZE)
        return 0;
    memcpy(dst, (const void *)(uintptr_t)src, len);
    return len;
}

size_t hal_user_write(uint64_t dst, const void *src, size_t len)
{
    if (dst < HAL_PAGE_SIZE)
        return 0;
    memcpy((void *)(uintptr_t)dst, src, len);
    return len;
}

/* ---- job control ---- */

struct job_record job_last;
struct tty_caller job_caller;
bool job_ignores, job_orphaned;
struct tty *job_session_tty;

static void caller(struct tty_caller *out)
{
    *out = job_caller;
    out->tty = job_session_tty;
}

static struct tty *session_tty(void)
{
    if (job_session_tty)
        tty_get(job_session_tty);
    return job_session_tty;
}

static int session_set_tty(int32_t sid, struct tty *tty)
{
    struct tty *old = job_session_tty;

    (void)sid;
    if (tty)
        tty_get(tty);
    job_session_tty = tty;
    if (old)
        tty_put(old);
    return 0;
}

static int signal_pgrp(int32_t pgid, int signo)
{
    job_last.signo = signo;
    job_last.pgid = pgid;
    job_last.count++;
    return 0;
}

static int signal_leader(int32_t sid, int signo)
{
    return signal_pgrp(-sid, signo);
}

static bool pgrp_orphaned(int32_t pgid)
{
    (void)pgid;
    return job_orphaned;
}

static int pgrp_in_session(int32_t pgid, int32_t sid)
{
    (void)sid;
    return pgid < 1000 ? 0 : pgid < 2000 ? -EPERM : -ESRCH;
}

static bool signal_is_ignored(int signo)
{
    (void)signo;
    return job_ignores;
}

static const struct tty_job_ops ops = {
    .caller = caller,
    .session_tty = session_tty,
    .session_set_tty = session_set_tty,
    .signal_pgrp = signal_pgrp,
    .signal_leader = signal_leader,
    .pgrp_orphaned = pgrp_orphaned,
    .pgrp_in_session = pgrp_in_session,
    .signal_ignored = signal_is_ignored,
};

void job_reset(void)
{
    memset(&job_last, 0, sizeof(job_last));
    job_caller = (struct tty_caller){.pid = 10, .pgid = 10, .sid = 10, .leader = true};
    job_ignores = job_orphaned = false;
}

/* ---- files ---- */

int fixture_boot(void **state)
{
    static struct vm_space space;

    (void)state;
    hal_fake_reset(true);
    frame_init();
    slab_init();
    sched_init();
    vm_init();
    vfs_init();
    epoll_init();
    space.user_min = HAL_PAGE_SIZE;
    space.user_max = UINT64_MAX;
    refcount_init(&space.refs, 1000);
    vm_thread_set_space(&space);
    tty_job_register(&ops);
    job_reset();
    return 0;
}

struct file *pair_open_slave(struct pair *p)
{
    struct file *f;

    assert_int_equal(file_anonymous(&tty_file_ops, "pts", 0600,
                                    TEST_O_RDWR | TEST_O_NONBLOCK, NULL, &f),
                     0);
    atomic_store(&p->pty->slave_gone, false);
    tty_get(p->tty);
    assert_int_equal(tty_open_file(p->tty, f), 0);
    return f;
}

void pair_open(struct pair *p)
{
    job_reset();
    assert_int_equal(pty_create(&p->pty), 0);
    p->tty = p->pty->slave;
    assert_int_equal(file_anonymous(&pty_master_ops, "ptmx", 0600,
                                    TEST_O_RDWR | TEST_O_NONBLOCK, p->pty, &p->master),
                     0);
    p->slave = pair_open_slave(p);
}

void pair_close(struct pair *p)
{
    if (p->slave)
        file_put(p->slave);
    if (p->master)
        file_put(p->master);
    if (job_session_tty)
        session_set_tty(0, NULL);
}

int64_t put_bytes(struct file *f, const void *data, size_t len)
{
    struct vm_iter it;
    uint64_t pos = 0;

    vm_iter_kernel(&it, (void *)(uintptr_t)data, len);
    return file_write(f, &it, &pos);
}

int64_t get_bytes(struct file *f, void *data, size_t len)
{
    struct vm_iter it;
    uint64_t pos = 0;

    vm_iter_kernel(&it, data, len);
    return file_read(f, &it, &pos);
}

void expect_bytes(struct file *f, const char *text)
{
    char buf[8192];
    size_t got = 0;
    int64_t n;

    while ((n = get_bytes(f, buf + got, sizeof(buf) - 1 - got)) > 0)
        got += (size_t)n;
    buf[got] = 0;
    assert_string_equal(buf, text);
}

void expect_read(struct file *f, const char *text)
{
    char buf[1025];
    int64_t n = get_bytes(f, buf, sizeof(buf) - 1);

    if (!text) {
        assert_int_equal(n, -EAGAIN);
        return;
    }
    assert_true(n >= 0);
    buf[n] = 0;
    assert_string_equal(buf, text);
}
