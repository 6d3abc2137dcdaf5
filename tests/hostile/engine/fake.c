/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's fake machine; its page tables have the x86-64 format. */
#include "fake.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/user/native.h"

#define PTE_P  1ull
#define PTE_W  2ull
#define PTE_U  4ull
#define PTE_A  32ull
#define PTE_D  64ull
#define PTE_NX (1ull << 63)
#define PTE_PA 0x000ffffffffff000ull

static int ram_fd;
static uint8_t *ram;
static uint64_t ram_used = HAL_PAGE_SIZE;
static pthread_mutex_t ram_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t free_pages[FAKE_RAM / HAL_PAGE_SIZE];
static unsigned free_count;
static bool spin_allowed;
static __thread unsigned this_cpu;
static uint32_t pending[HAL_CPUS_MAX];
static uint64_t deadline[HAL_CPUS_MAX];

void fake_init(bool may_spin)
{
    cpu_set_t set;

    sched_getaffinity(0, sizeof(set), &set);
    spin_allowed = may_spin && CPU_COUNT(&set) >= 2;
    ram_fd = memfd_create("ram", MFD_CLOEXEC);
    if (ram_fd < 0 || ftruncate(ram_fd, FAKE_RAM) != 0)
        machine_die("no RAM");
    ram = mmap(NULL, FAKE_RAM, PROT_READ | PROT_WRITE, MAP_SHARED, ram_fd, 0);
    if (ram == MAP_FAILED)
        machine_die("no RAM");
    for (unsigned i = 0; i < HAL_CPUS_MAX; i++)
        deadline[i] = HAL_NEVER;
    if (native_init() != 0)
        exit(1);
}

void fake_be_cpu(unsigned cpu)
{
    this_cpu = cpu;
}

uint64_t fake_page(void)
{
    uint64_t pa;

    pthread_mutex_lock(&ram_lock);
    if (free_count != 0)
        pa = free_pages[--free_count];
    else if (ram_used < FAKE_RAM)
        pa = ram_used, ram_used += HAL_PAGE_SIZE;
    else
        machine_die("RAM is full");
    pthread_mutex_unlock(&ram_lock);
    memset(ram + pa, 0, HAL_PAGE_SIZE);
    return pa;
}

static void page_free(uint64_t pa)
{
    pthread_mutex_lock(&ram_lock);
    free_pages[free_count++] = pa;
    pthread_mutex_unlock(&ram_lock);
}

static void table_free(uint64_t pa, int level)
{
    const uint64_t *table = (const uint64_t *)(ram + pa);

    for (unsigned i = 0; i < 512; i++) {
        if (!(table[i] & PTE_P))
            continue;
        if (level > 1)
            table_free(table[i] & PTE_PA, level - 1);
        else
            page_free(table[i] & PTE_PA);
    }
    page_free(pa);
}

void fake_reuse(uint64_t root)
{
    table_free(root, 4);
}

uint8_t *fake_virt(uint64_t pa)
{
    return ram + pa;
}

uint64_t fake_root(void)
{
    return fake_page();
}

static uint64_t *pte_of(uint64_t root, uint64_t va, bool make)
{
    uint64_t *table = (uint64_t *)(ram + root);

    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *e = &table[(va >> shift) % 512];
        if (!(*e & PTE_P)) {
            if (!make)
                return NULL;
            *e = fake_page() | PTE_P | PTE_W | PTE_U;
        }
        table = (uint64_t *)(ram + (*e & PTE_PA));
    }
    return &table[(va >> 12) % 512];
}

void fake_map(uint64_t root, uint64_t va, uint64_t pa, unsigned rights, bool clean)
{
    *pte_of(root, va, true) = rights == 0
                                  ? 0
                                  : pa | PTE_P | PTE_U | (clean ? 0 : PTE_A | PTE_D) |
                                        (rights & HAL_WRITE ? PTE_W : 0) |
                                        (rights & HAL_EXEC ? 0 : PTE_NX);
}

bool fake_is_dirty(uint64_t root, uint64_t va)
{
    return (*pte_of(root, va, true) & PTE_D) != 0;
}

/* ---- what the engine asks ---- */

static void leaf_of(uint64_t pte, uint64_t va, struct mmu_leaf *out)
{
    out->pa = (pte & PTE_PA) | (va % HAL_PAGE_SIZE);
    out->pte_pa = 0;
    out->shift = 12;
    out->allowed = (uint8_t)(HAL_READ | (pte & PTE_W ? HAL_WRITE : 0) |
                             (pte & PTE_NX ? 0 : HAL_EXEC));
    out->ready = pte & PTE_A ? out->allowed & (uint8_t)(pte & PTE_D ? 7 : ~HAL_WRITE) : 0;
}

bool mmu_peek(uint64_t root_pa, uint64_t va, struct mmu_leaf *out)
{
    const uint64_t *pte = pte_of(root_pa, va, false);

    if (pte == NULL || !(*pte & PTE_P))
        return false;
    leaf_of(*pte, va, out);
    return true;
}

bool mmu_walk(uint64_t root_pa, uint64_t va, enum hal_access access, struct mmu_leaf *out)
{
    uint64_t *pte = pte_of(root_pa, va, false);

    if (pte == NULL || !(*pte & PTE_P))
        return false;
    leaf_of(*pte, va, out);
    if (!(out->allowed & access))
        return false;
    *pte |= PTE_A | (access == HAL_WRITE ? PTE_D : 0);
    leaf_of(*pte, va, out);
    return true;
}

void mmu_space_bind(uint64_t space, uint64_t root_pa)
{
    (void)space;
    (void)root_pa;
}

void mmu_space_unbind(uint64_t space)
{
    (void)space;
}

int arena_fd(void)
{
    return ram_fd;
}

void *arena_virt(uint64_t pa)
{
    return ram + pa;
}

const struct hal_bootinfo *hal_bootinfo(void)
{
    static const struct hal_bootinfo info = {.cpu_count = 1};
    static const struct hal_bootinfo many = {.cpu_count = 4};

    return spin_allowed ? &info : &many;
}

uint64_t hal_time_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

unsigned machine_cpu(void)
{
    return this_cpu;
}

bool machine_irq_pending(void)
{
    return __atomic_load_n(&pending[this_cpu], __ATOMIC_ACQUIRE) != 0 ||
           (deadline[this_cpu] != HAL_NEVER && hal_time_ns() >= deadline[this_cpu]);
}

uint64_t machine_deadline_ns(void)
{
    return deadline[this_cpu];
}

bool machine_yield_allowed(void)
{
    return true;
}

bool machine_spin_allowed(void)
{
    return spin_allowed;
}

void fake_irq(unsigned cpu)
{
    __atomic_store_n(&pending[cpu], 1, __ATOMIC_SEQ_CST);
    native_kick(cpu);
}

void fake_irq_ack(void)
{
    __atomic_store_n(&pending[this_cpu], 0, __ATOMIC_SEQ_CST);
    deadline[this_cpu] = HAL_NEVER;
}

void fake_timer(uint64_t deadline_ns)
{
    deadline[this_cpu] = deadline_ns;
}

void machine_check(const char *what, uint64_t addr)
{
    fprintf(stderr, "machine check: %s at %#lx\n", what, (unsigned long)addr);
    abort();
}

void machine_die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}
