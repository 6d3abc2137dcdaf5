/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for code addresses, from the tables that make_symbols.py has put into the image. */
#include "hal/hal.h"
#include "lib/format.h"

extern const int64_t symbols_base;
extern const uint32_t symbols_count, symbols_at[], symbols_name[];
extern const char symbols_text[];

/* Nothing after the last function says where it ends. */
#define LAST_BYTES 4096u

size_t hal_symbol(uint64_t pc, bool after_call, char *buf, size_t len)
{
    /* A return address may lie behind the end of a function that ends in a call. */
    uint64_t base = (uintptr_t)&symbols_base + (uint64_t)symbols_base;
    uint64_t at = pc - base - (after_call ? 1 : 0);
    uint32_t low = 0, high = symbols_count;

    if (symbols_count == 0 || at > symbols_at[symbols_count - 1] + LAST_BYTES)
        return 0;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (symbols_at[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return (size_t)ksnprintf(buf, len, "%s+%#llx", symbols_text + symbols_name[low],
                             (unsigned long long)(pc - base - symbols_at[low]));
}
