# SPDX-License-Identifier: BSD-2-Clause
# arch/aarch64 on the host: its own headers come before those of the host's instruction set.
file(GLOB arch_aarch64_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/arch/aarch64/*.c)
add_executable(unit_arch_aarch64 arch_aarch64/aarch64_test.c ${arch_aarch64_sources})
target_include_directories(unit_arch_aarch64 BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/arch/aarch64)
target_link_libraries(unit_arch_aarch64 PRIVATE hosted_flags cmocka)
add_test(NAME unit.arch.aarch64 COMMAND unit_arch_aarch64)
set_tests_properties(unit.arch.aarch64 PROPERTIES LABELS unit TIMEOUT 120)
