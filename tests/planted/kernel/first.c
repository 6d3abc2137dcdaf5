/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of core/init/first.c: run the bug that the command line names. */
#include "init/first.h"

#include "hal/hal.h"
#include "init/leak.h"
#include "lib/string.h"
#include "tests/planted/kernel/planted.h"
#include "trace/log.h"
#include "tty/tty.h"

static const struct {
    const char *name;
    void (*plant)(void);
} bugs[] = {
    {"use-after-free", plant_use_after_free},
    {"red-zone", plant_red_zone},
    {"double-free", plant_double_free},
    {"wrong-cache", plant_wrong_cache},
    {"uninitialised-read", plant_uninitialised},
    {"lock-order", plant_lock_order},
    {"sleep-in-spinlock", plant_sleep_in_spinlock},
    {"lost-wake-up", plant_lost_wakeup},
    {"stack-overflow", plant_stack_overflow},
    {"missing-tlb-flush", plant_missing_flush},
    {"missing-tlb-flush-user", plant_missing_flush_user},
    {"user-pointer", plant_user_pointer},
    {"leaked-page", plant_leaked_page},
    {"leaked-reference", plant_leaked_reference},
    {"panic-everywhere", plant_panic_everywhere},
    {"panic-while-busy", plant_panic_while_busy},
    {"panic-on-broken-lists", plant_panic_on_broken_lists},
};

static _Noreturn void power_off(int status)
{
    console_drain();
    hal_halt(HAL_HALT_POWEROFF, status);
}

_Noreturn void first_run(const struct cmdline *c)
{
    const char *name = c->argv ? c->argv[0] : "";

    for (unsigned i = 0; i < ARRAY_SIZE(bugs); i++) {
        if (!str_eq(bugs[i].name, name))
            continue;
        log_info("init", "planting %s", name);
        leak_baseline();
        bugs[i].plant();
        log_set_console_level(LOG_LEVEL_NOTICE);
        leak_report();
        power_off(0);
    }
    log_emerg("init", "there is no bug '%s'", name);
    power_off(FIRST_STATUS_USAGE);
}
