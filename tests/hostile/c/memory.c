/* SPDX-License-Identifier: BSD-2-Clause */
/* Wild loads and stores over the whole address space, and mappings where they must not be. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "attack.h"

#define AREAS_MAX 64

static struct area {
    uint64_t start, end;
    bool read, write, grows;
} areas[AREAS_MAX];
static unsigned area_count;

static void areas_learn(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[256];

    area_count = 0;
    CHECK(f != NULL);
    while (f && area_count < AREAS_MAX && fgets(line, sizeof(line), f)) {
        struct area *a = &areas[area_count];
        unsigned long start, end;
        char rights[8];

        if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) != 3)
            continue;
        *a = (struct area){start, end, rights[0] == 'r', rights[1] == 'w',
                           strstr(line, "[stack]") != NULL};
        area_count++;
    }
    if (f)
        fclose(f);
    CHECK(area_count > 3);
}

/* NULL: nothing there; `*skip`: too near to a stack that would grow. */
static const struct area *area_of(uint64_t va, bool *skip)
{
    *skip = false;
    for (unsigned i = 0; i < area_count; i++) {
        if (va >= areas[i].start && va < areas[i].end)
            return &areas[i];
        if (areas[i].grows && va < areas[i].start && va >= areas[i].start - (64u << 20))
            *skip = true;
    }
    return NULL;
}

static bool is_slot(uint64_t va)
{
    return va >= STUB_SLOTS && va < STUB_SLOTS + (uint64_t)STUB_SLOTS_MAX * SLOT_SIZE;
}

static bool is_engine(uint64_t va)
{
    return (va >= STUB_FLOOR && va < UINT64_C(1) << 47) ||
           (va >= STUB_LOW && va < STUB_LOW + STUB_LOW_SIZE);
}

/* Exactly what the program has mapped can be read and written.  The engine's own text and
 * control page may be seen, but its slots are the only things that may be written. */
static void try(uint64_t va)
{
    bool skip;
    const struct area *a = area_of(va, &skip);
    uint8_t value;
    int load, store;

    if (skip)
        return;
    load = attack_load(va, &value);
    store = attack_store(va);
    if (!is_engine(va))
        CHECK((load == 0) == (a && a->read));
    if (is_engine(va) && !is_slot(va))
        CHECK(store != 0);
    if (!is_engine(va))
        CHECK((store == 0) == (a && a->write));
    CHECK(load == 0 || load == SIGSEGV || (load == SIGBUS && va >> 47));
    CHECK(store == 0 || store == SIGSEGV || (store == SIGBUS && va >> 47));
    if (check_failures)
        printf("     at %#lx: load %d, store %d\n", (unsigned long)va, load, store);
}

static void ready(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    attack_arm();
    areas_learn();
}

static void edges(unsigned i)
{
    const uint64_t bit = UINT64_C(1) << (i % 64);

    ready();
    for (int64_t d = -4096; d <= 4096; d += 2048) {
        try(bit + (uint64_t)d);
        try(~bit + (uint64_t)d);
    }
}

static void engine_pages(unsigned i)
{
    static const uint64_t bases[] = {STUB_LOW - 0x4000,  STUB_FLOOR - 0x8000,
                                     STUB_TEXT - 0x8000, STUB_CONTROL - 0x4000,
                                     STUB_SLOTS,         STUB_CEILING - 0x8000,
                                     0x7fffffff0000,     0xffffffffff600000,
                                     0xffffffff80000000, 0xffff800000000000};

    ready();
    for (uint64_t page = 0; page < 32; page++)
        try(bases[i] + page * 4096 + 8 * page);
}

static void random_addresses(unsigned i)
{
    uint64_t seed = i;

    ready();
    for (unsigned n = 0; n < 200; n++)
        try(attack_random(&seed) >> (16 + attack_random(&seed) % 24));
}

/* ---- mappings ---- */

static const uint64_t places[] = {STUB_LOW,
                                  STUB_CELLS,
                                  STUB_TRAMPOLINES,
                                  STUB_FLOOR,
                                  STUB_TEXT,
                                  STUB_CONTROL,
                                  STUB_SLOTS,
                                  STUB_SLOTS + SLOT_SIZE,
                                  STUB_CEILING - 4096,
                                  STUB_FLOOR - 4096, /* two pages: reaches in */
                                  0x7fffffffe000,
                                  UINT64_C(1) << 47,
                                  0xffffffffff600000,
                                  0xfffffffffffff000};

static void *fixed(uint64_t va, size_t len, int flags)
{
    return mmap((void *)va, len, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void refused(void *result)
{
    CHECK(result == MAP_FAILED);
    CHECK(errno == EINVAL || errno == ENOMEM || errno == EPERM);
}

static void mapping_over_the_engine(unsigned i)
{
    const uint64_t va = places[i],
                   at = va < STUB_FLOOR && va > STUB_LOW + STUB_LOW_SIZE ? va + 4096 : va;
    void *own = fixed(0, 8192, 0), *hint;
    uint8_t byte;
    int ends[2];

    ready();
    refused(fixed(va, 8192, MAP_FIXED));
    refused(fixed(va, 8192, MAP_FIXED_NOREPLACE));
    refused(fixed(va, 8192, MAP_FIXED | MAP_GROWSDOWN));
    refused(fixed(va - 65536 * 4, UINT64_C(1) << 47, MAP_FIXED));
    refused(mremap(own, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)va));
    CHECK(mprotect((void *)va, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) == -1);
    CHECK(madvise((void *)va, 8192, MADV_DONTNEED) == -1);
    CHECK(pipe(ends) == 0 && write(ends[1], "data", 4) == 4);
    CHECK(read(ends[0], (void *)at, 4) == -1 && errno == EFAULT);
    CHECK(write(ends[1], (void *)at, 4) == -1 && errno == EFAULT);
    close(ends[0]);
    close(ends[1]);
    CHECK(munmap((void *)va, 8192) == 0 || errno == EINVAL);
    hint = fixed(va, 8192, 0);
    CHECK(hint == MAP_FAILED || !is_engine((uint64_t)hint));
    CHECK(attack_load(STUB_TEXT, &byte) == 0); /* it is all still there */
    CHECK(attack_load(STUB_CONTROL, &byte) == 0);
    CHECK(attack_store(STUB_SLOTS) == 0);
}

static void shm_over_the_engine(unsigned i)
{
    int id = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600);

    if (id < 0)
        return;
    CHECK(shmat(id, (void *)places[i], 0) == (void *)-1);
    CHECK(shmat(id, (void *)places[i], SHM_REMAP) == (void *)-1);
    shmctl(id, IPC_RMID, NULL);
}

int main(void)
{
    attack_begin();
    attack_series("edges", 64, edges, ATTACK_ENDS);
    attack_series("engine pages", 10, engine_pages, ATTACK_ENDS);
    attack_series("random addresses", 40, random_addresses, ATTACK_ENDS);
    attack_series("mapping over the engine", sizeof(places) / sizeof(places[0]),
                  mapping_over_the_engine, ATTACK_ENDS);
    attack_series("shm over the engine", sizeof(places) / sizeof(places[0]),
                  shm_over_the_engine, ATTACK_ENDS);
    return attack_end("memory");
}
