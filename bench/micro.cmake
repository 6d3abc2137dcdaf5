# SPDX-License-Identifier: BSD-2-Clause
# The micro benchmark: an ordinary static Linux program, for the instruction set of this home.
find_package(Threads REQUIRED)
add_executable(micro ${CMAKE_SOURCE_DIR}/bench/micro/micro.c)
target_compile_options(micro PRIVATE -O2 -Wall -Wextra -fno-sanitize=all)
target_link_options(micro PRIVATE -static -fno-sanitize=all)
target_link_libraries(micro PRIVATE Threads::Threads)
