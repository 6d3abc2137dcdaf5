/* SPDX-License-Identifier: BSD-2-Clause */
#include "init/leak_sites.h"

#include "hal/hal.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "trace/log.h"

#define LEAK_SITES_MAX 1024u

/* One place that allocates from one cache (NULL: frames). */
struct leak_site {
    const char *cache;
    const void *site;
    uint32_t before, after;
    uint64_t newest; /* an object of the second count */
};

static struct leak_site *sites;
static unsigned site_count;
static bool counting_after;

static struct leak_site *site_find(const char *cache, const void *site)
{
    for (unsigned i = 0; i < site_count; i++) {
        if (sites[i].site == site && sites[i].cache == cache)
            return &sites[i];
    }
    if (site_count == LEAK_SITES_MAX)
        return NULL;
    sites[site_count] = (struct leak_site){.cache = cache, .site = site};
    return &sites[site_count++];
}

static void site_note(const char *cache, const void *site, uint64_t object)
{
    struct leak_site *s = site_find(cache, site);

    if (!s)
        return;
    if (!counting_after) {
        s->before++;
        return;
    }
    s->after++;
    s->newest = object;
}

static void note_object(const char *cache, const void *obj, const void *site,
                        void *arg UNUSED)
{
    site_note(cache, site, (uintptr_t)obj);
}

static void note_frame(uint64_t pa, const void *site, void *arg UNUSED)
{
    site_note(NULL, site, pa);
}

static void count(void)
{
    slab_each_live(note_object, NULL);
    frame_each_kernel(note_frame, NULL);
}

void leak_sites_baseline(void)
{
    sites = kcalloc(LEAK_SITES_MAX, sizeof(*sites));
    if (sites)
        count();
}

void leak_sites_count(void)
{
    counting_after = true;
    if (sites)
        count();
}

void leak_sites_log(const char *cache)
{
    for (unsigned i = 0; i < site_count; i++) {
        const struct leak_site *s = &sites[i];

        if (s->cache == cache && s->after > s->before)
            log_notice("init", "leaks:   %u more allocated by %pS, such as %#llx",
                       s->after - s->before, (void *)(uintptr_t)s->site,
                       (unsigned long long)s->newest);
    }
}
