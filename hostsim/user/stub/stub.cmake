# SPDX-License-Identifier: BSD-2-Clause
# The stub: one assembly unit, linked by its own script, embedded in hostsim_user.
set(stub_dir ${CMAKE_CURRENT_LIST_DIR})
set(stub_elf ${CMAKE_CURRENT_BINARY_DIR}/cloudos-stub)
file(GLOB stub_sources CONFIGURE_DEPENDS ${stub_dir}/*.S ${stub_dir}/*.h)

add_custom_command(
    OUTPUT ${stub_elf}
    COMMAND ${CMAKE_ASM_COMPILER} -c -o ${stub_elf}.o ${stub_dir}/stub.S
    COMMAND ${CMAKE_LINKER} -static -nostdlib -z max-page-size=4096 -T ${stub_dir}/stub.ld
            -o ${stub_elf} ${stub_elf}.o
    DEPENDS ${stub_sources} ${stub_dir}/stub.ld
    COMMENT "Building the stub of the native engine"
    VERBATIM)
add_custom_target(cloudos_stub DEPENDS ${stub_elf})
add_dependencies(hostsim_user cloudos_stub)

# Seen from the directory of the target that compiles it: hostsim.
set_source_files_properties(${stub_dir}/../stub_blob.S PROPERTIES
    COMPILE_DEFINITIONS "STUB_FILE=\"${stub_elf}\""
    OBJECT_DEPENDS ${stub_elf})
