# SPDX-License-Identifier: BSD-2-Clause
# The pure parts of bare-metal/common, fed what no machine should say.
foreach(name acpi memmap relocate rtc_cmos)
    add_executable(unit_metal_${name} metal/${name}_test.c
        ${CMAKE_SOURCE_DIR}/bare-metal/common/${name}.c $<TARGET_OBJECTS:hal_fake>)
    target_include_directories(unit_metal_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(unit_metal_${name} PRIVATE hosted_flags core_image cmocka)
    add_test(NAME unit.metal.${name} COMMAND unit_metal_${name})
    set_tests_properties(unit.metal.${name} PROPERTIES LABELS unit)
endforeach()
