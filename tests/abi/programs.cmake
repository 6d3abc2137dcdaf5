# SPDX-License-Identifier: BSD-2-Clause
# Static programs, built as a user would build them.
find_package(Threads REQUIRED)
file(GLOB abi_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/c/*.c)
foreach(source ${abi_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(abi_${name} ${source})
    target_compile_options(abi_${name} PRIVATE -O1 -Wall -Wextra -Wno-maybe-uninitialized
        -fno-sanitize=all)
    target_link_options(abi_${name} PRIVATE -static -fno-sanitize=all)
    target_link_libraries(abi_${name} PRIVATE Threads::Threads m)
    set_target_properties(abi_${name} PROPERTIES OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/abi)
endforeach()
