/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and stopping the native engine. */
#include "hostsim/user/native.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "hostsim/user/frame.h"
#include "hostsim/user/native_priv.h"
#include "hostsim/user/place.h"
#include "hostsim/user/shared.h"
#include "hostsim/user/slot.h"
#include "hostsim/user/space.h"
#include "hostsim/user/zygote.h"

#define HWCAP2_FSGSBASE_BIT 2

/* One trip through a stub that has nothing mapped: it must come back with a page fault at the
 * address that it was sent to.  The frame tells the format of the vector state. */
static int native_rehearse(void)
{
    struct native_space *space;
    struct native_slot *slot;
    struct user_regs regs = {.rip = NATIVE_USER_MIN};
    int err = pool_take(&space);

    if (err != 0)
        return err;
    err = space_slot_get(space, &slot);
    if (err == 0) {
        frame_write(slot, &regs, true, NULL);
        slot_resume(slot);
        if (slot_wait(space, slot) != SLOT_HANDED_OVER)
            err = -ENODEV;
        else
            err = fpu_calibrate(slot);
    }
    pool_give(space);
    return err;
}

static int native_fail(const char *what, int err)
{
    fprintf(stderr, "cloudos: native engine: %s: %s\n", what, strerror(-err));
    return err;
}

int native_init(void)
{
    int err;

    if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT))
        return native_fail("needs the FSGSBASE instructions (Linux 5.9 or newer)",
                           -ENOTSUP);
    slot_init();
    place_init();
    err = shared_init();
    if (err != 0)
        return native_fail("cannot create shared memory (is /proc mounted?)", err);
    err = zygote_start();
    if (err != 0)
        return native_fail("cannot start the stub program (seccomp, memfd)", err);
    err = pool_start();
    if (err != 0)
        return native_fail("cannot start a thread", err);
    err = native_rehearse();
    if (err != 0)
        return native_fail("user code does not run", err);
    return 0;
}

void native_fini(void)
{
    space_kill_all();
    pool_stop();
    zygote_stop();
}

static const struct engine_user_ops native_user_ops = {
    .space_create = native_space_create,
    .space_destroy = native_space_destroy,
    .init = native_user_init,
    .fini = native_user_fini,
    .run = native_user_run,
    .fpu_bytes = native_fpu_bytes,
    .fpu_get = native_fpu_get,
    .fpu_set = native_fpu_set,
};

const struct engine_ops engine_native = {
    .name = "native",
    .user = &native_user_ops,
    .init = native_init,
    .fini = native_fini,
    .kick = native_kick,
    .flush = native_flush,
    .user_min = NATIVE_USER_MIN,
    .user_max = NATIVE_USER_MAX,
};
