/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting call sites, and the trampolines of those that are worth one. */
#include "hostsim/user/patch.h"

#include <stdlib.h>
#include <string.h>

#include "hostsim/hal/machine.h"
#include "hostsim/hal/mmu.h"
#include "hostsim/user/shared.h"

#define PATCH_LEN       7
#define PATCH_SYSCALL   5 /* of the syscall instruction in the site */
#define PATCH_THRESHOLD 16
#define PATCH_ASKS_MAX  4 /* each time after four times as many traps */
#define PATCH_SITES     4096
#define PATCH_SITES_MAX 3072 /* keeps the table's chains short */

struct patch_site {
    uint64_t va; /* 0: free */
    uint32_t nr;
    uint32_t traps;
    uint16_t cell; /* 0: none yet */
    uint8_t asks;
};

struct patch_set {
    struct patch_set *next; /* while nobody uses it */
    pthread_mutex_t lock;
    unsigned refs, id;
    unsigned cells, site_count;
    struct patch_site sites[PATCH_SITES]; /* open addressing by va */
    struct patch_site by_cell[STUB_CELLS_MAX];
};

static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;
static struct patch_set *sets_free; /* by next; each keeps its id */
static unsigned sets_made;

static struct patch_set *set_alloc(void)
{
    struct patch_set *set;

    pthread_mutex_lock(&sets_lock);
    set = sets_free;
    if (set != NULL) {
        sets_free = set->next;
    } else if (sets_made < NATIVE_PATCHES_MAX) {
        set = calloc(1, sizeof(*set));
        if (set != NULL) {
            set->id = sets_made++;
            pthread_mutex_init(&set->lock, NULL);
        }
    }
    pthread_mutex_unlock(&sets_lock);
    return set;
}

struct patch_set *patch_create(void)
{
    struct patch_set *set = set_alloc();
    uint64_t entry = STUB_TEXT + shared_stub_export(EXPORT_FAST_ENTRY);

    if (set == NULL)
        return NULL;
    set->refs = 1;
    set->cells = 1;
    memcpy(shared_low(set->id), &entry, sizeof(entry));
    return set;
}

struct patch_set *patch_share(struct patch_set *set)
{
    if (set != NULL)
        __atomic_add_fetch(&set->refs, 1, __ATOMIC_RELAXED);
    return set;
}

void patch_release(struct patch_set *set)
{
    if (set == NULL || __atomic_sub_fetch(&set->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (set->cells > 1)
        shared_low_clear(set->id);
    if (set->site_count != 0)
        memset(set->sites, 0, sizeof(set->sites));
    set->site_count = 0;
    pthread_mutex_lock(&sets_lock);
    set->next = sets_free;
    sets_free = set;
    pthread_mutex_unlock(&sets_lock);
}

uint64_t patch_low_offset(const struct patch_set *set)
{
    return shared_low_offset(set->id);
}

bool patch_in_use(const struct patch_set *set)
{
    return set != NULL && __atomic_load_n(&set->cells, __ATOMIC_RELAXED) > 1;
}

/* The bytes at `va`, if they lie in one page that the tables map for execution. */
static bool site_bytes(const struct native_space *space, uint64_t va, uint8_t *bytes)
{
    struct mmu_leaf leaf;

    if (va < NATIVE_USER_MIN || va >= NATIVE_USER_MAX ||
        va % NATIVE_PAGE > NATIVE_PAGE - PATCH_LEN ||
        !mmu_peek(space->root_pa, va, &leaf) || !(leaf.allowed & HAL_EXEC))
        return false;
    memcpy(bytes, arena_virt(leaf.pa), PATCH_LEN);
    return true;
}

/* The site's entry; a free one if it is unknown and there is room, else NULL. */
static struct patch_site *site_find(struct patch_set *set, uint64_t va)
{
    unsigned i = (unsigned)((va * 0x9e3779b97f4a7c15ull) >> 52) % PATCH_SITES;

    while (set->sites[i].va != 0 && set->sites[i].va != va)
        i = (i + 1) % PATCH_SITES;
    if (set->sites[i].va == 0 && set->site_count == PATCH_SITES_MAX)
        return NULL;
    return &set->sites[i];
}

static uint32_t cell_address(unsigned cell)
{
    return (uint32_t)(STUB_CELLS + 8 * cell);
}

static void site_jump(const struct patch_site *site, uint8_t bytes[PATCH_LEN])
{
    const uint32_t target = cell_address(site->cell);

    bytes[0] = 0xff; /* jmp *disp32 */
    bytes[1] = 0x24;
    bytes[2] = 0x25;
    memcpy(bytes + 3, &target, sizeof(target));
}

static void site_trampoline(const struct patch_set *set, const struct patch_site *site)
{
    static const uint8_t gs_look[] = {
        0xf3, 0x48, 0x0f, 0xae, 0xc9, /* rdgsbase %rcx */
        0x48, 0x0f, 0xc9,             /* bswap %rcx */
        0x67, 0x8d, 0x89, 0x00, 0x00,
        0x81, 0x00,       /* lea 0x810000(%ecx),%ecx: 0 if 0x7fff.. */
        0x67, 0xe3, 0x04, /* jecxz fast */
        0x0f, 0x05,       /* syscall: traps */
        0x0f, 0x0b,       /* ud2 */
    };
    const uint64_t at = STUB_TRAMPOLINES + (uint64_t)site->cell * STUB_TRAMPOLINE_SIZE;
    const uint64_t ret = site->va + PATCH_LEN;
    const uint32_t fast = cell_address(0);
    uint8_t *p = shared_low(set->id) + (at - STUB_LOW);

    *p++ = 0xb8; /* mov $nr,%eax */
    memcpy(p, &site->nr, sizeof(site->nr));
    p += sizeof(site->nr);
    memcpy(p, gs_look, sizeof(gs_look));
    p += sizeof(gs_look);
    *p++ = 0x48; /* fast: mov $ret,%rcx */
    *p++ = 0xb9;
    memcpy(p, &ret, sizeof(ret));
    p += sizeof(ret);
    *p++ = 0xff; /* jmp *cell 0 */
    *p++ = 0x24;
    *p++ = 0x25;
    memcpy(p, &fast, sizeof(fast));
    memcpy(shared_low(set->id) + (cell_address(site->cell) - STUB_LOW), &at, sizeof(at));
}

/* Is it time to ask for this site, and is there a cell for it? */
static bool site_is_due(struct patch_set *set, struct patch_site *site)
{
    if (++site->traps < (uint32_t)PATCH_THRESHOLD << (2 * site->asks) ||
        site->asks == PATCH_ASKS_MAX)
        return false;
    if (site->cell == 0) {
        if (set->cells == STUB_CELLS_MAX)
            return false;
        site->cell = (uint16_t)set->cells;
        set->by_cell[site->cell] = *site;
        site_trampoline(set, site);
        __atomic_store_n(&set->cells, set->cells + 1, __ATOMIC_RELEASE);
    }
    site->asks++;
    return true;
}

void patch_count(const struct native_space *space, uint64_t pc, struct hal_trap *trap)
{
    struct patch_set *set = space->patches;
    struct patch_site *site;
    uint8_t bytes[PATCH_LEN];
    uint32_t nr;

    if (set == NULL || !site_bytes(space, pc - PATCH_LEN, bytes) || bytes[0] != 0xb8 ||
        bytes[PATCH_SYSCALL] != 0x0f || bytes[PATCH_SYSCALL + 1] != 0x05)
        return;
    memcpy(&nr, bytes + 1, sizeof(nr));
    pthread_mutex_lock(&set->lock);
    site = site_find(set, pc - PATCH_LEN);
    if (site != NULL) {
        if (site->va == 0)
            set->site_count++;
        if (site->va == 0 || site->nr != nr) /* new, or other code lies there now */
            *site = (struct patch_site){.va = pc - PATCH_LEN, .nr = nr};
        if (site_is_due(set, site)) {
            trap->patch_va = site->va;
            trap->patch_len = PATCH_LEN;
            site_jump(site, trap->patch);
        }
    }
    pthread_mutex_unlock(&set->lock);
}

bool patch_is_old_syscall(const struct native_space *space, uint64_t pc)
{
    struct patch_set *set = space->patches;
    uint64_t va = pc - PATCH_SYSCALL;
    uint8_t bytes[PATCH_LEN], jump[PATCH_LEN];
    struct patch_site *site;
    bool is = false;

    if (!patch_in_use(set) || !site_bytes(space, va, bytes) || bytes[0] != 0xff)
        return false;
    pthread_mutex_lock(&set->lock);
    site = site_find(set, va);
    if (site != NULL && site->va == va && site->cell != 0) {
        site_jump(site, jump);
        is = memcmp(bytes, jump, PATCH_LEN) == 0;
    }
    pthread_mutex_unlock(&set->lock);
    return is;
}

bool patch_trampoline(const struct patch_set *set, uint64_t pc, uint32_t *nr,
                      uint64_t *ret)
{
    uint64_t cell;

    if (!patch_in_use(set) || pc < STUB_TRAMPOLINES ||
        pc >= STUB_TRAMPOLINES + STUB_CELLS_MAX * STUB_TRAMPOLINE_SIZE)
        return false;
    cell = (pc - STUB_TRAMPOLINES) / STUB_TRAMPOLINE_SIZE;
    if (cell == 0 || cell >= __atomic_load_n(&set->cells, __ATOMIC_ACQUIRE))
        return false;
    *nr = set->by_cell[cell].nr;
    *ret = set->by_cell[cell].va + PATCH_LEN;
    return true;
}
