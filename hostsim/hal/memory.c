/* SPDX-License-Identifier: BSD-2-Clause */
/* Services about memory: what checkers should know of it, and entropy to fill it with. */
#include "hal/hal.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "hostsim/hal/checker.h"
#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu_tlb.h"
#include "hostsim/hal/valgrind.h"
#include "hostsim/world/seeded.h"
#include "hostsim/world/world.h"

#if CHECKER_ASAN
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(addr, len)   ((void)0)
#define __asan_unpoison_memory_region(addr, len) ((void)0)
#endif

void hal_mem_mark(const void *addr, size_t len, enum hal_mem state)
{
    switch (state) {
    case HAL_MEM_FREE:
        if (len >= HAL_PAGE_SIZE)
            mmu_frames_freed((uint64_t)(uintptr_t)addr - hal_direct_map_offset(), len);
        __asan_poison_memory_region(addr, len);
        VALGRIND_MAKE_MEM_NOACCESS(addr, len);
        break;
    case HAL_MEM_UNDEFINED:
        __asan_unpoison_memory_region(addr, len);
        VALGRIND_MAKE_MEM_UNDEFINED(addr, len);
        break;
    case HAL_MEM_DEFINED:
        __asan_unpoison_memory_region(addr, len);
        VALGRIND_MAKE_MEM_DEFINED(addr, len);
        break;
    case HAL_MEM_BLOCK:
        __asan_unpoison_memory_region(addr, len);
        VALGRIND_MALLOCLIKE_BLOCK(addr, len, 0, 0);
        break;
    case HAL_MEM_BLOCK_FREE:
        __asan_poison_memory_region(addr, len);
        VALGRIND_FREELIKE_BLOCK(addr, 0);
        break;
    }
}

void hal_entropy(void *buf, size_t len)
{
    uint8_t *at = buf;

    if (world->exact) {
        seeded_entropy(buf, len);
        return;
    }
    while (len) {
        ssize_t got = getrandom(at, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            machine_die("no entropy from the host: %s", strerror(errno));
        at += got;
        len -= (size_t)got;
    }
}
