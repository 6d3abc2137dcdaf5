# SPDX-License-Identifier: BSD-2-Clause
# Boot loaders take the bytes as they lie in memory, with the header of a Linux Image in front.
set(KERNEL_IMAGE ${CMAKE_BINARY_DIR}/cloudos-${CLOUDOS_ARCH}.image)
add_custom_command(TARGET kernel POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:kernel> ${KERNEL_IMAGE})
# The MMU is off while the first tables are made, and memory then wants aligned accesses.
set_source_files_properties(${machine}/paging.c PROPERTIES COMPILE_OPTIONS -mstrict-align)
