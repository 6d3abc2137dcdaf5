/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct stat in the generic layout, as riscv64 and aarch64 programs know it, and how it is filled.
 * Included by arch/<isa>/arch/abi_stat.h where that is the layout.
 *
 * Owner:   abi.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_STAT_GENERIC_H
#define CLOUDOS_ABI_STAT_GENERIC_H

#include <stdint.h>

#include "abi/stat.h"

struct abi_stat {
    uint64_t st_dev;
    uint64_t st_ino;
    uint32_t st_mode;
    uint32_t st_nlink;
    uint32_t st_uid;
    uint32_t st_gid;
    uint64_t st_rdev;
    uint64_t pad1;
    int64_t st_size;
    int32_t st_blksize;
    int32_t pad2;
    int64_t st_blocks;
    uint64_t st_atime_sec, st_atime_nsec;
    uint64_t st_mtime_sec, st_mtime_nsec;
    uint64_t st_ctime_sec, st_ctime_nsec;
    uint32_t reserved[2];
};

_Static_assert(sizeof(struct abi_stat) == 128, "struct stat of the generic layout");

static inline void abi_stat_fill(struct abi_stat *out, const struct abi_kstat *k)
{
    *out = (struct abi_stat){
        .st_dev = k->dev,
        .st_ino = k->ino,
        .st_mode = k->mode,
        .st_nlink = (uint32_t)k->nlink,
        .st_uid = k->uid,
        .st_gid = k->gid,
        .st_rdev = k->rdev,
        .st_size = (int64_t)k->size,
        .st_blksize = (int32_t)k->blksize,
        .st_blocks = (int64_t)k->blocks,
        .st_atime_sec = (uint64_t)k->atime.tv_sec,
        .st_atime_nsec = (uint64_t)k->atime.tv_nsec,
        .st_mtime_sec = (uint64_t)k->mtime.tv_sec,
        .st_mtime_nsec = (uint64_t)k->mtime.tv_nsec,
        .st_ctime_sec = (uint64_t)k->ctime.tv_sec,
        .st_ctime_nsec = (uint64_t)k->ctime.tv_nsec,
    };
}

#endif /* CLOUDOS_ABI_STAT_GENERIC_H */
