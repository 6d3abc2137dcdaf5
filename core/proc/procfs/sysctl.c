/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/sys: the settings that programs ask for. */
#include "proc/procfs/procfs_priv.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "abi/capability.h"
#include "lib/spinlock.h"
#include "proc/uts.h"
#include "proc/version.h"

static int show_number(struct strbuf *sb, uint64_t v)
{
    strbuf_printf(sb, "%llu\n", (unsigned long long)v);
    return 0;
}

static int show_text(struct strbuf *sb, const char *text)
{
    strbuf_printf(sb, "%s\n", text);
    return 0;
}

static int show_ostype(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_text(sb, KERNEL_SYSNAME);
}

static int show_osrelease(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_text(sb, KERNEL_RELEASE);
}

static int show_osversion(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_text(sb, KERNEL_VERSION);
}

static int show_hostname(const struct procfs_ref *ref, struct strbuf *sb)
{
    char name[65];

    (void)ref;
    uts_get_hostname(name, sizeof(name));
    return show_text(sb, name);
}

static int store_hostname(const struct procfs_ref *ref, char *text, size_t len)
{
    (void)ref;
    return uts_set_hostname(text, len);
}

static int show_pid_max(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, PROC_PID_MAX);
}

static int show_cap_last_cap(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, CAP_LAST_CAP);
}

static int show_ngroups_max(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, CRED_GROUPS_MAX);
}

static int show_overcommit(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, 0);
}

static int show_max_map_count(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, VM_AREAS_MAX);
}

static int show_mmap_min_addr(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, hal_bootinfo()->user_min);
}

static int show_nr_open(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, FD_TABLE_MAX);
}

static int show_pipe_max_size(const struct procfs_ref *ref, struct strbuf *sb)
{
    (void)ref;
    return show_number(sb, 1048576);
}

static void uuid_print(struct strbuf *sb, uint8_t b[16])
{
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4, RFC 4122 4.4 */
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < 16; i++)
        strbuf_printf(sb, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
    strbuf_putc(sb, '\n');
}

static int show_uuid(const struct procfs_ref *ref, struct strbuf *sb)
{
    uint8_t b[16];

    (void)ref;
    hal_entropy(b, sizeof(b));
    uuid_print(sb, b);
    return 0;
}

static int show_boot_id(const struct procfs_ref *ref, struct strbuf *sb)
{
    static uint8_t id[16];
    static struct spinlock lock = SPINLOCK_INIT("boot-id");
    static bool drawn;
    uint8_t copy[16];

    (void)ref;
    spin_lock(&lock);
    if (!drawn)
        hal_entropy(id, sizeof(id));
    drawn = true;
    memcpy(copy, id, sizeof(copy));
    spin_unlock(&lock);
    uuid_print(sb, copy);
    return 0;
}

#define READ_ONLY(n, f)                                                                  \
    {                                                                                    \
        .name = n, .mode = S_IFREG | 0444, .show = f                                     \
    }

static const struct procfs_entry random_entries[] = {
    READ_ONLY("boot_id", show_boot_id),
    READ_ONLY("uuid", show_uuid),
};
static const struct procfs_dir random_dir = {random_entries, ARRAY_SIZE(random_entries),
                                             PROCFS_NONE, NULL};
static const struct procfs_entry kernel_entries[] = {
    READ_ONLY("cap_last_cap", show_cap_last_cap),
    {.name = "hostname",
     .mode = S_IFREG | 0644,
     .show = show_hostname,
     .store = store_hostname},
    READ_ONLY("ngroups_max", show_ngroups_max),
    READ_ONLY("osrelease", show_osrelease),
    READ_ONLY("ostype", show_ostype),
    READ_ONLY("pid_max", show_pid_max),
    {.name = "random", .mode = S_IFDIR | 0555, .dir = &random_dir},
    READ_ONLY("threads-max", show_pid_max),
    READ_ONLY("version", show_osversion),
};
static const struct procfs_dir kernel_dir = {kernel_entries, ARRAY_SIZE(kernel_entries),
                                             PROCFS_NONE, NULL};
static const struct procfs_entry vm_entries[] = {
    READ_ONLY("max_map_count", show_max_map_count),
    READ_ONLY("mmap_min_addr", show_mmap_min_addr),
    READ_ONLY("overcommit_memory", show_overcommit),
};
static const struct procfs_dir vm_dir = {vm_entries, ARRAY_SIZE(vm_entries), PROCFS_NONE,
                                         NULL};
static const struct procfs_entry fs_entries[] = {
    READ_ONLY("file-max", show_nr_open),
    READ_ONLY("nr_open", show_nr_open),
    READ_ONLY("pipe-max-size", show_pipe_max_size),
};
static const struct procfs_dir fs_dir = {fs_entries, ARRAY_SIZE(fs_entries), PROCFS_NONE,
                                         NULL};
static const struct procfs_entry sys_entries[] = {
    {.name = "fs", .mode = S_IFDIR | 0555, .dir = &fs_dir},
    {.name = "kernel", .mode = S_IFDIR | 0555, .dir = &kernel_dir},
    {.name = "vm", .mode = S_IFDIR | 0555, .dir = &vm_dir},
};
const struct procfs_dir procfs_sys = {sys_entries, ARRAY_SIZE(sys_entries), PROCFS_NONE,
                                      NULL};
