/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags of mount(2), umount2(2) and statfs(2).
 *
 * Owner:   abi; from the manual pages.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_MOUNT_H
#define CLOUDOS_ABI_MOUNT_H

#define MS_RDONLY      0x1u
#define MS_NOSUID      0x2u
#define MS_NODEV       0x4u
#define MS_NOEXEC      0x8u
#define MS_SYNCHRONOUS 0x10u
#define MS_REMOUNT     0x20u
#define MS_MANDLOCK    0x40u
#define MS_DIRSYNC     0x80u
#define MS_NOSYMFOLLOW 0x100u
#define MS_NOATIME     0x400u
#define MS_NODIRATIME  0x800u
#define MS_BIND        0x1000u
#define MS_MOVE        0x2000u
#define MS_REC         0x4000u
#define MS_SILENT      0x8000u
#define MS_UNBINDABLE  0x20000u
#define MS_PRIVATE     0x40000u
#define MS_SLAVE       0x80000u
#define MS_SHARED      0x100000u
#define MS_RELATIME    0x200000u
#define MS_STRICTATIME 0x1000000u
#define MS_LAZYTIME    0x2000000u

#define MNT_FORCE       1
#define MNT_DETACH      2
#define MNT_EXPIRE      4
#define UMOUNT_NOFOLLOW 8

#define ST_RDONLY   0x1u
#define ST_NOSUID   0x2u
#define ST_NODEV    0x4u
#define ST_NOEXEC   0x8u
#define ST_VALID    0x20u
#define ST_NOATIME  0x400u
#define ST_RELATIME 0x1000u

#endif /* CLOUDOS_ABI_MOUNT_H */
