# SPDX-License-Identifier: BSD-2-Clause
# How everything that runs in the kernel of this machine is compiled.
# Unwind tables go to the debugger, not into the image.
# The image runs where kaslr.c puts it: docs/adr/0024-kaslr.md.
set(CLOUDOS_CODE_MODEL -fpie)
set(METAL_LINK_FLAGS -Wl,-pie -Wl,--no-dynamic-linker -Wl,-z,text
    -Wl,-z,pack-relative-relocs)
set(METAL_FLAGS -mno-red-zone -fcf-protection=none -fno-asynchronous-unwind-tables)
