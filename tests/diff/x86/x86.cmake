# SPDX-License-Identifier: BSD-2-Clause
# The exact engine against the processor.  Only this instruction set can run its own code.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND NOT CLOUDOS_SANITIZE)
    set(here ${CMAKE_CURRENT_SOURCE_DIR}/diff/x86)
    file(GLOB sources CONFIGURE_DEPENDS ${here}/*.c ${here}/*.S)
    # The engine without what ties it to the machine.
    set(engine "$<TARGET_OBJECTS:hostsim_sim>")
    set(engine "$<FILTER:${engine},EXCLUDE,/sim/(engine|thread|unknown)>")
    add_executable(sim_diff ${sources} ${engine})
    target_link_libraries(sim_diff PRIVATE hosted_flags)
    # Cases jump and reach to low addresses now and then: nothing of the program is there.
    target_link_options(sim_diff PRIVATE -Wl,-Ttext-segment=0x6e123000)

    function(sim_diff_test name cases)
        add_test(NAME diff.x86.${name} COMMAND sim_diff --cases ${cases} ${ARGN})
        set_tests_properties(diff.x86.${name} PROPERTIES LABELS unit TIMEOUT 300)
    endfunction()
    sim_diff_test(integer 100000 --group integer)
    sim_diff_test(sse 50000 --group sse)
    sim_diff_test(x87 50000 --group x87)
    # A difference must be seen.
    sim_diff_test(canary 2000 --group sse --canary)
    set_tests_properties(diff.x86.canary PROPERTIES WILL_FAIL TRUE)
endif()
