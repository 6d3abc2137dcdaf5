# SPDX-License-Identifier: BSD-2-Clause
# arch/riscv64 on the host: its own headers come before those of the host's instruction set.
file(GLOB arch_riscv64_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/arch/riscv64/*.c)
add_executable(unit_arch_riscv64 arch_riscv64/riscv64_test.c ${arch_riscv64_sources})
target_include_directories(unit_arch_riscv64 BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/arch/riscv64)
target_link_libraries(unit_arch_riscv64 PRIVATE hosted_flags cmocka)
add_test(NAME unit.arch.riscv64 COMMAND unit_arch_riscv64)
set_tests_properties(unit.arch.riscv64 PROPERTIES LABELS unit TIMEOUT 120)
