/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of hal.h, without a machine that offers a choice of engines. */
#include "hostsim/user/native.h"

int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    return native_space_create(root_pa, parent, space);
}

void hal_space_destroy(uint64_t space)
{
    native_space_destroy(space);
}

int hal_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    return native_user_init(u, space, from);
}

void hal_user_fini(struct hal_user *u)
{
    native_user_fini(u);
}

void hal_user_run(struct hal_user *u, struct hal_trap *trap)
{
    native_user_run(u, trap);
}

size_t hal_user_fpu_bytes(void)
{
    return native_fpu_bytes();
}

void hal_user_fpu_get(struct hal_user *u, void *buf)
{
    native_fpu_get(u, buf);
}

int hal_user_fpu_set(struct hal_user *u, const void *buf)
{
    return native_fpu_set(u, buf);
}
