/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets, before there is a network: no address family is known, so none can be made, and
 * what is not a socket says so.  As a kernel that was built without any family.
 */
#include "syscall/handlers.h"

#include "abi/errno.h"
#include "proc/task.h"

int64_t sys_socket(struct task *t, const uint64_t a[6])
{
    (void)t, (void)a;
    return -EAFNOSUPPORT;
}

int64_t sys_socketpair(struct task *t, const uint64_t a[6])
{
    (void)t, (void)a;
    return -EAFNOSUPPORT;
}

static int64_t not_a_socket(struct task *t, const uint64_t a[6])
{
    struct file *f = fd_lookup(t->fds, (int32_t)a[0]);

    if (!f)
        return -EBADF;
    file_put(f);
    return -ENOTSOCK;
}

#define NOT_A_SOCKET(name)                                                               \
    int64_t sys_##name(struct task *t, const uint64_t a[6])                              \
    {                                                                                    \
        return not_a_socket(t, a);                                                       \
    }

NOT_A_SOCKET(accept)
NOT_A_SOCKET(accept4)
NOT_A_SOCKET(bind)
NOT_A_SOCKET(connect)
NOT_A_SOCKET(getpeername)
NOT_A_SOCKET(getsockname)
NOT_A_SOCKET(getsockopt)
NOT_A_SOCKET(listen)
NOT_A_SOCKET(recvfrom)
NOT_A_SOCKET(recvmsg)
NOT_A_SOCKET(sendmsg)
NOT_A_SOCKET(sendto)
NOT_A_SOCKET(setsockopt)
NOT_A_SOCKET(shutdown)
