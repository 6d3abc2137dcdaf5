# SPDX-License-Identifier: BSD-2-Clause
# The exact engine's: a program without a C library, and a home for it on Unicorn.
add_executable(loops ${CMAKE_SOURCE_DIR}/bench/sim/loops.c)
target_compile_options(loops PRIVATE -O2 -Wall -Wextra -mgeneral-regs-only -fno-stack-protector
    -fno-pie -fno-sanitize=all)
target_link_options(loops PRIVATE -static -nostdlib -no-pie -fno-sanitize=all)
set_target_properties(loops PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
find_path(UNICORN_INCLUDE unicorn/unicorn.h)
find_library(UNICORN_LIBRARY unicorn)
if(UNICORN_INCLUDE AND UNICORN_LIBRARY)
    add_executable(sim_unicorn ${CMAKE_SOURCE_DIR}/bench/sim/unicorn.c)
    target_compile_options(sim_unicorn PRIVATE -O2 -Wall -Wextra -D_GNU_SOURCE)
    target_link_libraries(sim_unicorn PRIVATE ${UNICORN_LIBRARY})
    set_target_properties(sim_unicorn PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endif()
