# SPDX-License-Identifier: BSD-2-Clause
# Static programs, built as a user would build them.
find_package(Threads REQUIRED)
file(GLOB abi_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/c/*.c)
foreach(source ${abi_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(abi_${name} ${source})
    target_compile_options(abi_${name} PRIVATE -O1 -Wall -Wextra $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
        -fno-sanitize=all)
    target_link_options(abi_${name} PRIVATE -static -fno-sanitize=all)
    # All of them together are in the memory of each machine that is tested; one is profiled.
    if(NOT name STREQUAL hot_function)
        target_link_options(abi_${name} PRIVATE -s)
    endif()
    target_link_libraries(abi_${name} PRIVATE Threads::Threads m)
    set_target_properties(abi_${name} PROPERTIES OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/abi)
endforeach()

# Some of them once more against musl, static and dynamic; the rest tests what only glibc has.
find_program(MUSL_GCC musl-gcc)
set(abi_musl_programs locks pipes process shm signals threads tty)
if(MUSL_GCC AND CLOUDOS_HOME STREQUAL hosted AND NOT CLOUDOS_SANITIZE)
    foreach(name ${abi_musl_programs})
        foreach(link static dynamic)
            set(flags -O1 -pthread)
            if(link STREQUAL static)
                list(APPEND flags -static)
            endif()
            set(program ${CMAKE_BINARY_DIR}/abi_musl/${name}_${link})
            add_custom_command(OUTPUT ${program}
                COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/abi_musl
                COMMAND ${MUSL_GCC} ${flags} -I${CMAKE_SOURCE_DIR} -o ${program}
                    ${CMAKE_CURRENT_LIST_DIR}/c/${name}.c
                DEPENDS ${CMAKE_CURRENT_LIST_DIR}/c/${name}.c ${CMAKE_CURRENT_LIST_DIR}/c/child.h
                    ${CMAKE_CURRENT_LIST_DIR}/c/check.h)
            list(APPEND abi_musl ${program})
        endforeach()
    endforeach()
    add_custom_target(abi_musl ALL DEPENDS ${abi_musl})
endif()
