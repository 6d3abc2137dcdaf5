# SPDX-License-Identifier: BSD-2-Clause
# Benchmark programs: ordinary static Linux programs, built for the host's instruction set.
find_package(Threads REQUIRED)
add_executable(micro ${CMAKE_SOURCE_DIR}/bench/micro/micro.c)
target_compile_options(micro PRIVATE -O2 -Wall -Wextra -fno-sanitize=all)
target_link_options(micro PRIVATE -static -fno-sanitize=all)
target_link_libraries(micro PRIVATE Threads::Threads)

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
