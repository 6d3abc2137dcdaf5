/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting the zygote and cloning stubs from it. */
#include "hostsim/user/zygote.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostsim/user/mapper.h"
#include "hostsim/user/shared.h"

static pthread_mutex_t zygote_lock = PTHREAD_MUTEX_INITIALIZER;
static struct stub_mapper zygote;

/* Neither ^C nor a hang-up of our terminal is meant for guests, nor is a core dump of use. */
static void zygote_child(void)
{
    const struct rlimit none = {0, 0};

    setsid();
    setrlimit(RLIMIT_CORE, &none);
    shared_exec_stub();
    _exit(126);
}

int zygote_start(void)
{
    mapper_init(&zygote, 0);
    zygote.pid = fork();
    if (zygote.pid < 0)
        return -errno;
    if (zygote.pid == 0)
        zygote_child();
    return mapper_commit(&zygote); /* answered when it is up */
}

void zygote_stop(void)
{
    mapper_kill(&zygote);
}

int zygote_clone(unsigned id)
{
    const uint64_t args[6] = {STUB_CLONE_STUB, 0, 0, 0, 0, shared_control_offset(id)};
    int err;

    pthread_mutex_lock(&zygote_lock);
    mapper_add(&zygote, ENTRY_STUB, SYS_clone, args);
    err = mapper_commit(&zygote);
    pthread_mutex_unlock(&zygote_lock);
    return err;
}
