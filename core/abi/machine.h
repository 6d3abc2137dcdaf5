/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls about the machine as a whole: uname(2), sysinfo(2), getrandom(2), syslog(2),
 * reboot(2).
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_MACHINE_H
#define CLOUDOS_ABI_MACHINE_H

#include <stdint.h>

struct abi_utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

struct abi_sysinfo {
    int64_t uptime;    /* seconds */
    uint64_t loads[3]; /* 16 fraction bits */
    uint64_t totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    uint16_t procs, pad;
    uint64_t totalhigh, freehigh;
    uint32_t mem_unit;
    uint8_t pad2[4];
};
_Static_assert(sizeof(struct abi_sysinfo) == 112, "struct sysinfo");

#define ABI_GRND_NONBLOCK 1u
#define ABI_GRND_RANDOM   2u
#define ABI_GRND_INSECURE 4u

#define ABI_REBOOT_MAGIC1    0xfee1deadu
#define ABI_REBOOT_MAGIC2    672274793u
#define ABI_REBOOT_MAGIC2A   85072278u
#define ABI_REBOOT_MAGIC2B   369367448u
#define ABI_REBOOT_MAGIC2C   537993216u
#define ABI_REBOOT_RESTART   0x01234567u
#define ABI_REBOOT_RESTART2  0xa1b2c3d4u
#define ABI_REBOOT_HALT      0xcdef0123u
#define ABI_REBOOT_POWER_OFF 0x4321fedcu
#define ABI_REBOOT_CAD_ON    0x89abcdefu
#define ABI_REBOOT_CAD_OFF   0x00000000u

/* syslog(2) actions. */
#define ABI_SYSLOG_CLOSE         0
#define ABI_SYSLOG_OPEN          1
#define ABI_SYSLOG_READ          2
#define ABI_SYSLOG_READ_ALL      3
#define ABI_SYSLOG_READ_CLEAR    4
#define ABI_SYSLOG_CLEAR         5
#define ABI_SYSLOG_CONSOLE_OFF   6
#define ABI_SYSLOG_CONSOLE_ON    7
#define ABI_SYSLOG_CONSOLE_LEVEL 8
#define ABI_SYSLOG_SIZE_UNREAD   9
#define ABI_SYSLOG_SIZE_BUFFER   10

#endif /* CLOUDOS_ABI_MACHINE_H */
