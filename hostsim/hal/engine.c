/* SPDX-License-Identifier: BSD-2-Clause */
/* The engines, by name. */
#include "hostsim/hal/engine.h"

#include <string.h>

#include "hostsim/user/native.h"

static const struct engine_ops engines[] = {
    {
        .name = "native",
        .init = native_init,
        .fini = native_fini,
        .kick = native_kick,
        .flush = native_flush,
        .user_min = NATIVE_USER_MIN,
        .user_max = NATIVE_USER_MAX,
    },
};

const struct engine_ops *engine = &engines[0];

static const struct engine_ops *engine_find(const char *name)
{
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        if (strcmp(engines[i].name, name) == 0)
            return &engines[i];
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
