# SPDX-License-Identifier: BSD-2-Clause
# For the images that are tested: undefined behaviour is an instruction that traps, and so a panic
# that names the place; a frame that is written over is noticed when its function returns.
option(CLOUDOS_METAL_CHECKS "UBSan traps and the stack protector" OFF)
if(CLOUDOS_METAL_CHECKS)
    list(APPEND METAL_FLAGS -fsanitize=undefined -fsanitize-undefined-trap-on-error
        -fstack-protector-strong -mstack-protector-guard=global)
endif()
