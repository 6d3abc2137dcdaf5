/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File status: modes, device numbers, stat, statx, statfs, directory entries.
 * struct stat itself differs by instruction set: arch/abi_stat.h makes it from abi_kstat.
 *
 * Owner:   abi; from inode(7), stat(2), statx(2), statfs(2), getdents(2).
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_STAT_H
#define CLOUDOS_ABI_STAT_H

#include <stdbool.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <sys/stat.h>
#else
#define S_IFMT   0170000
#define S_IFSOCK 0140000
#define S_IFLNK  0120000
#define S_IFREG  0100000
#define S_IFBLK  0060000
#define S_IFDIR  0040000
#define S_IFCHR  0020000
#define S_IFIFO  0010000
#define S_ISUID  0004000
#define S_ISGID  0002000
#define S_ISVTX  0001000
#define S_IRWXU  0000700
#define S_IRUSR  0000400
#define S_IWUSR  0000200
#define S_IXUSR  0000100
#define S_IRWXG  0000070
#define S_IRGRP  0000040
#define S_IWGRP  0000020
#define S_IXGRP  0000010
#define S_IRWXO  0000007
#define S_IROTH  0000004
#define S_IWOTH  0000002
#define S_IXOTH  0000001

#define S_ISSOCK(m) (((m)&S_IFMT) == S_IFSOCK)
#define S_ISLNK(m)  (((m)&S_IFMT) == S_IFLNK)
#define S_ISREG(m)  (((m)&S_IFMT) == S_IFREG)
#define S_ISBLK(m)  (((m)&S_IFMT) == S_IFBLK)
#define S_ISDIR(m)  (((m)&S_IFMT) == S_IFDIR)
#define S_ISCHR(m)  (((m)&S_IFMT) == S_IFCHR)
#define S_ISFIFO(m) (((m)&S_IFMT) == S_IFIFO)

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

#define UTIME_NOW  ((1l << 30) - 1l)
#define UTIME_OMIT ((1l << 30) - 2l)
#endif

#define ABI_MODE_BITS 07777u

/* Types of directory entries. */
#define ABI_DT_OF(mode) (((mode)&0170000u) >> 12)

/* Device numbers: 12 bits of major, 20 of minor, as stat(2) shows them. */
static inline uint64_t abi_dev_make(uint32_t major, uint32_t minor)
{
    return (minor & 0xffu) | ((uint64_t)(major & 0xfffu) << 8) |
           ((uint64_t)(minor & 0xfff00u) << 12);
}

static inline uint32_t abi_dev_major(uint64_t dev)
{
    return (uint32_t)(dev >> 8) & 0xfffu;
}

static inline uint32_t abi_dev_minor(uint64_t dev)
{
    return (uint32_t)(dev & 0xffu) | ((uint32_t)(dev >> 12) & 0xfff00u);
}

struct abi_kstat_time {
    int64_t tv_sec;
    uint32_t tv_nsec;
};

/* What any of the stat calls can tell, before it takes the form of one of them. */
struct abi_kstat {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid, gid;
    uint64_t rdev;
    uint64_t size;
    uint32_t blksize;
    uint64_t blocks; /* of 512 bytes */
    struct abi_kstat_time atime, mtime, ctime, btime;
    uint64_t mount_id;   /* statx only */
    bool mount_root;     /* statx only: root of a mount */
    uint64_t attributes; /* STATX_ATTR_* */
};

/* ---- statx(2) ---- */

struct abi_statx_timestamp {
    int64_t tv_sec;
    uint32_t tv_nsec;
    int32_t reserved;
};

struct abi_statx {
    uint32_t stx_mask;
    uint32_t stx_blksize;
    uint64_t stx_attributes;
    uint32_t stx_nlink;
    uint32_t stx_uid;
    uint32_t stx_gid;
    uint16_t stx_mode;
    uint16_t pad0;
    uint64_t stx_ino;
    uint64_t stx_size;
    uint64_t stx_blocks;
    uint64_t stx_attributes_mask;
    struct abi_statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
    uint32_t stx_rdev_major, stx_rdev_minor;
    uint32_t stx_dev_major, stx_dev_minor;
    uint64_t stx_mnt_id;
    uint32_t stx_dio_mem_align, stx_dio_offset_align;
    uint64_t spare[12];
};

_Static_assert(sizeof(struct abi_statx) == 256, "struct statx");

#define ABI_STATX_BASIC_STATS     0x7ffu
#define ABI_STATX_BTIME           0x800u
#define ABI_STATX_MNT_ID          0x1000u
#define ABI_STATX_RESERVED        0x80000000u
#define ABI_STATX_ATTR_MOUNT_ROOT 0x2000u

/* ---- statfs(2), the layout of 64-bit instruction sets ---- */

struct abi_statfs {
    uint64_t f_type;
    uint64_t f_bsize;
    uint64_t f_blocks, f_bfree, f_bavail;
    uint64_t f_files, f_ffree;
    int32_t f_fsid[2];
    uint64_t f_namelen;
    uint64_t f_frsize;
    uint64_t f_flags;
    uint64_t f_spare[4];
};

_Static_assert(sizeof(struct abi_statfs) == 120, "struct statfs");

#define ABI_MAGIC_TMPFS     0x01021994u
#define ABI_MAGIC_PROC      0x9fa0u
#define ABI_MAGIC_SYSFS     0x62656572u
#define ABI_MAGIC_DEVPTS    0x1cd1u
#define ABI_MAGIC_PIPEFS    0x50495045u
#define ABI_MAGIC_SOCKFS    0x534f434bu
#define ABI_MAGIC_ANONINODE 0x09041934u

#endif /* CLOUDOS_ABI_STAT_H */
