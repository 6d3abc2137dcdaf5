# SPDX-License-Identifier: BSD-2-Clause
# How everything that runs in the kernel of this machine is compiled.
# Unwind tables go to the debugger, not into the image.
set(METAL_FLAGS -mcmodel=kernel -mno-red-zone -fcf-protection=none -fno-asynchronous-unwind-tables)

# For the images that are tested: undefined behaviour is an invalid instruction, and so a panic that
# names the place; a frame that is written over is noticed when its function returns.
option(CLOUDOS_METAL_CHECKS "UBSan traps and the stack protector" OFF)
if(CLOUDOS_METAL_CHECKS)
    list(APPEND METAL_FLAGS -fsanitize=undefined -fsanitize-undefined-trap-on-error
        -fstack-protector-strong -mstack-protector-guard=global)
endif()
