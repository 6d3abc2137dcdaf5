# SPDX-License-Identifier: BSD-2-Clause
# How everything that runs in the kernel of this machine is compiled.
# Unwind tables go to the debugger, not into the image.
set(METAL_FLAGS -mcmodel=kernel -mno-red-zone -fcf-protection=none -fno-asynchronous-unwind-tables)
