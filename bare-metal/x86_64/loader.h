/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader left: PVH start info (Xen, hvm_start_info) or Multiboot2 information.
 *
 * Owner:   bare-metal/x86_64.
 * Context: boot, on the tables of boot.S: physical memory below 4 GiB can be read.  Called first
 *          before the image is where it will run.
 * Locking: none.
 * Errors:  what the description has wrong, in words.
 */
#ifndef CLOUDOS_BARE_METAL_X86_64_LOADER_H
#define CLOUDOS_BARE_METAL_X86_64_LOADER_H

#include "bare-metal/common/boot.h"

/* Fills in ram, initrd and cmdline; *rsdp_pa is 0 if the loader does not say.  NULL, or what is
 * wrong. */
MUST_CHECK const char *loader_read(uint32_t kind, uint32_t info_pa, struct boot *b,
                                   uint64_t *rsdp_pa);
/* Physical memory as boot.S maps it; NULL beyond. */
const void *loader_map(uint64_t pa, uint64_t len);

#endif /* CLOUDOS_BARE_METAL_X86_64_LOADER_H */
