# SPDX-License-Identifier: BSD-2-Clause
# A kernel whose first program is a bug, and one test for each bug.
set(PLANTED_DIR ${CMAKE_SOURCE_DIR}/tests/planted)

# core.o once more, without the first program.
file(GLOB planted_sources CONFIGURE_DEPENDS ${PLANTED_DIR}/kernel/*.c)
add_library(planted_bugs OBJECT ${planted_sources})
target_link_libraries(planted_bugs PRIVATE core_flags)
# A function that ends in a call should still be on the stack.
target_compile_options(planted_bugs PRIVATE -fno-optimize-sibling-calls)
get_property(planted_rooms GLOBAL PROPERTY CORE_OBJECTS)
list(REMOVE_ITEM planted_rooms $<TARGET_OBJECTS:core_init>)
set(planted_objects ${planted_rooms} $<TARGET_OBJECTS:planted_bugs>
    "$<FILTER:$<TARGET_OBJECTS:core_init>,EXCLUDE,/init/first\\.c>")
set(planted_o ${CMAKE_BINARY_DIR}/planted/planted.o)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/planted/root)
add_custom_command(
    OUTPUT ${planted_o}
    COMMAND ${CMAKE_LINKER} -r -T ${CMAKE_SOURCE_DIR}/core/core.ld -o ${planted_o} ${planted_objects}
    DEPENDS ${planted_objects} ${CMAKE_SOURCE_DIR}/core/core.ld
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Linking planted.o")
# The machine is that of cloudos.
get_target_property(planted_machine cloudos SOURCES)
get_target_property(planted_libraries cloudos LINK_LIBRARIES)
list(REMOVE_ITEM planted_libraries core_image)
add_executable(planted ${planted_o} ${planted_machine})
target_link_libraries(planted PRIVATE ${planted_libraries})
set(planted_ld ${CMAKE_SOURCE_DIR}/hostsim/core_image.ld)
target_link_options(planted PRIVATE -Wl,-T,${planted_ld})
set_target_properties(planted PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/planted
    LINK_DEPENDS ${planted_ld} LINKER_LANGUAGE C)

# planted_test(bug words-of-run...)
function(planted_test bug)
    add_test(NAME planted.${bug} COMMAND ${PLANTED_DIR}/run --planted $<TARGET_FILE:planted>
        --root ${CMAKE_BINARY_DIR}/planted/root ${ARGN} ${bug})
    set_tests_properties(planted.${bug} PROPERTIES LABELS planted TIMEOUT 120)
endfunction()

set(planted_bugs_found wrong-cache lost-wake-up stack-overflow missing-tlb-flush missing-tlb-flush-user
    user-pointer leaked-page
    panic-everywhere panic-while-busy panic-on-broken-lists)
if(CLOUDOS_SLAB_DEBUG)
    list(APPEND planted_bugs_found use-after-free red-zone double-free leaked-reference)
endif()
if(CLOUDOS_LOCKDEP)
    list(APPEND planted_bugs_found lock-order sleep-in-spinlock)
endif()
foreach(bug ${planted_bugs_found})
    planted_test(${bug} --sanitizer=${CLOUDOS_SANITIZE})
endforeach()

if(VALGRIND AND CLOUDOS_SLAB_DEBUG AND NOT CLOUDOS_SANITIZE)
    planted_test(uninitialised-read --valgrind ${VALGRIND})
endif()

# One CPU's worth of core/lib on the fake machine is enough to race on.
find_package(cmocka CONFIG)
if(cmocka_FOUND AND NOT CLOUDOS_SANITIZE)
    file(GLOB race_lib CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/lib/*.c)
    if(NOT CLOUDOS_LOCKDEP)
        list(FILTER race_lib EXCLUDE REGEX "/lockdep[^/]*\\.c$")
    endif()
    add_executable(planted_race ${PLANTED_DIR}/race.c ${CMAKE_SOURCE_DIR}/tests/unit/hal_fake.c ${race_lib})
    target_include_directories(planted_race PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit)
    target_compile_options(planted_race PRIVATE -O1 -fsanitize=thread
        $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
    target_link_options(planted_race PRIVATE -fsanitize=thread)
    target_link_libraries(planted_race PRIVATE hosted_flags cmocka)
    set_target_properties(planted_race PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/planted)
    planted_test(unlocked-access --race $<TARGET_FILE:planted_race>)
endif()
