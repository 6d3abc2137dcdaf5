# SPDX-License-Identifier: BSD-2-Clause
# The device-tree reader of bare-metal/common, on the host.
add_executable(unit_fdt fdt/fdt_test.c ${CMAKE_SOURCE_DIR}/bare-metal/common/fdt.c
    $<TARGET_OBJECTS:hal_fake> $<TARGET_OBJECTS:core_lib>)
target_include_directories(unit_fdt PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(unit_fdt PRIVATE hosted_flags cmocka)
add_test(NAME unit.metal.fdt COMMAND unit_fdt)
set_tests_properties(unit.metal.fdt PROPERTIES LABELS unit TIMEOUT ${unit_timeout})
