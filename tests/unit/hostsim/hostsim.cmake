# SPDX-License-Identifier: BSD-2-Clause
# The simulated machine with a tiny core and a fake engine on it.
set(here ${CMAKE_CURRENT_SOURCE_DIR}/hostsim)
add_custom_target(unit_hostsim)

function(hostsim_test name)
    add_executable(unit_hostsim_${name} ${here}/${name}_test.c ${ARGN})
    target_link_libraries(unit_hostsim_${name} PRIVATE hosted_flags cmocka)
    add_test(NAME unit.hostsim.${name} COMMAND unit_hostsim_${name})
    set_tests_properties(unit.hostsim.${name} PROPERTIES LABELS unit TIMEOUT ${unit_timeout})
    add_dependencies(unit_hostsim unit_hostsim_${name})
endfunction()

set(machine $<TARGET_OBJECTS:hostsim_hal> $<TARGET_OBJECTS:hostsim_world> $<TARGET_OBJECTS:hostsim_debug>
    ${here}/fake_engine.c)
hostsim_test(machine ${machine} ${here}/fake_core.c)
hostsim_test(mmu ${machine} ${here}/no_core.c)
hostsim_test(tools ${CMAKE_SOURCE_DIR}/hostsim/tools/options.c ${CMAKE_SOURCE_DIR}/hostsim/tools/cpio.c)
hostsim_test(seeded ${machine} ${here}/seeded_core.c $<TARGET_OBJECTS:core_lib> $<TARGET_OBJECTS:core_trace>
    $<TARGET_OBJECTS:core_mm> $<TARGET_OBJECTS:core_sched>)
set(tools ${CMAKE_SOURCE_DIR}/hostsim/tools)
hostsim_test(trace ${tools}/trace_text.c ${tools}/trace_diff.c ${tools}/trace_json.c ${tools}/trace_ctf.c
    ${CMAKE_SOURCE_DIR}/hostsim/world/trace_read.c)
set(sim_alone "$<FILTER:$<TARGET_OBJECTS:hostsim_sim>,EXCLUDE,/sim/(engine|thread|unknown)>")
hostsim_test(sim ${sim_alone})
set(profile ${CMAKE_SOURCE_DIR}/hostsim/profile)
hostsim_test(profile ${profile}/table.c ${profile}/elf.c ${profile}/archive.c ${profile}/folded.c)
