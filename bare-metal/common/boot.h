/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what firmware or boot loader said to what the core is told.
 *
 * Owner:   the machine's boot code, until boot_info_set(); constant afterwards.
 * Context: boot, one CPU.
 * Locking: none.
 * Errors:  boot_die() says what is wrong and ends the machine with a status.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_BOOT_H
#define CLOUDOS_BARE_METAL_COMMON_BOOT_H

#include "bare-metal/common/memmap.h"

#define BOOT_STATUS_MACHINE 125 /* the machine does not suit, or was described wrongly */
#define BOOT_RAM_MIN        (8u << 20)

struct boot {
    struct memmap ram; /* free RAM: what is in use has been removed */
    struct hal_range image, initrd;
    unsigned cpu_count;
    enum hal_mmu mmu;
    bool tlb_broadcast;
    uint64_t user_min, user_max;
    uint32_t kstack_bytes;
    uint64_t hwcap[2];
    const char *cmdline; /* may be NULL */
};

/* Is `word` one of those before "--"?  `text` may be NULL. */
bool boot_cmdline_has(const char *text, const char *word);
/* Keep a copy of the command line (the boot loader's may be overwritten) and take the words out
 * that are the machine's own, up to "--":
 *   console=tty      somebody types (default);  console=stream: bytes in and out, as a pipe
 *                    (common/console.h says how the input ends)
 *   console=begin    the boot loader has spoken on this line: say where the kernel begins
 *   nokaslr          the kernel lies where it is linked;  kaslr: it does not (default), where the
 *                    machine can do that */
void boot_cmdline_set(const char *text);
/* Removes the image and the initrd from `b->ram`.  Dies if they do not lie in RAM. */
void boot_claim(struct boot *b);
/* Make hal_bootinfo(): the machine is ready for core_main().  Dies if there is too little RAM. */
void boot_info_set(const struct boot *b);

_Noreturn void boot_die(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A line on the console, while there is no log yet. */
void boot_note(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif /* CLOUDOS_BARE_METAL_COMMON_BOOT_H */
