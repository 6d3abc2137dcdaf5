# SPDX-License-Identifier: BSD-2-Clause
# The instruction sets that are not the host's, on the host: their own headers come before its.
function(arch_test name isa)
    add_executable(unit_arch_${name} arch_generic/assert.c ${ARGN})
    target_include_directories(unit_arch_${name} BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/arch/${isa})
    target_link_libraries(unit_arch_${name} PRIVATE hosted_flags cmocka)
    add_test(NAME unit.arch.${name} COMMAND unit_arch_${name})
    set_tests_properties(unit.arch.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

foreach(isa aarch64 riscv64)
    file(GLOB arch_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/arch/${isa}/*.c)
    arch_test(${isa} ${isa} arch_${isa}/${isa}_test.c ${arch_sources})
    arch_test(${isa}_generic ${isa} arch_generic/generic_test.c ${arch_sources})
endforeach()
