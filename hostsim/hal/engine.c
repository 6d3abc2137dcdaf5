/* SPDX-License-Identifier: BSD-2-Clause */
/* The engines, by name, and the calls of hal.h that the chosen one serves. */
#include "hostsim/hal/engine.h"

#include <string.h>

#include "hostsim/debug/user.h"
#include "hostsim/hal/probe.h"
#include "hostsim/user/native.h"
#include "hostsim/user/sim/engine.h"

static const struct engine_ops *const engines[] = {&engine_native, &engine_sim};

const struct engine_ops *engine = &engine_native;
const struct machine_probe *probe;

static const struct engine_ops *engine_find(const char *name)
{
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    }
    return NULL;
}

bool engine_choose(const char *name)
{
    const struct engine_ops *found = engine_find(name);

    if (found)
        engine = found;
    return found != NULL;
}

bool engine_is_exact(const char *name)
{
    const struct engine_ops *found = engine_find(name);

    return found && found->exact;
}

/* ---- hal.h ---- */

int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space)
{
    return engine->user->space_create(root_pa, parent, space);
}

void hal_space_destroy(uint64_t space)
{
    engine->user->space_destroy(space);
}

int hal_user_init(struct hal_user *u, uint64_t space, struct hal_user *from)
{
    return engine->user->init(u, space, from);
}

void hal_user_fini(struct hal_user *u)
{
    engine->user->fini(u);
}

void hal_user_run(struct hal_user *u, struct hal_trap *trap)
{
    if (unlikely(debug_on))
        debug_user_run(u, trap);
    else if (unlikely(probe != NULL))
        probe->user_run(u, trap);
    else
        engine->user->run(u, trap);
}

size_t hal_user_fpu_bytes(void)
{
    return engine->user->fpu_bytes();
}

void hal_user_fpu_get(struct hal_user *u, void *buf)
{
    engine->user->fpu_get(u, buf);
}

int hal_user_fpu_set(struct hal_user *u, const void *buf)
{
    return engine->user->fpu_set(u, buf);
}
