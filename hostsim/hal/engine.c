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

bool engine_choose(const char *name)
{
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        if (strcmp(engines[i].name, name) == 0) {
            engine = &engines[i];
            return true;
        }
    }
    return false;
}
