# SPDX-License-Identifier: BSD-2-Clause
# Debuggers on the machine, in batch mode.
find_program(GDB gdb)
if(GDB AND NOT CLOUDOS_SANITIZE)
    add_test(NAME debug.kernel_session COMMAND ${CMAKE_SOURCE_DIR}/tests/debug/kernel_session ${GDB}
        $<TARGET_FILE:cloudos> ${CMAKE_BINARY_DIR}/roots/busybox ${CMAKE_SOURCE_DIR}/scripts/gdb/cloudos.py)
    set_tests_properties(debug.kernel_session PROPERTIES LABELS debug FIXTURES_REQUIRED busybox_root)
endif()
find_program(VALGRIND valgrind)
if(VALGRIND AND NOT CLOUDOS_SANITIZE)
    set(MEMCHECK ${CMAKE_SOURCE_DIR}/tests/debug/memcheck ${VALGRIND} $<TARGET_FILE:cloudos>
        ${CMAKE_BINARY_DIR}/roots/seeded)
    add_test(NAME debug.valgrind.threads COMMAND ${MEMCHECK} threads)
    add_test(NAME debug.valgrind.seeded COMMAND ${MEMCHECK} seeded)
    add_test(NAME debug.valgrind.race COMMAND ${MEMCHECK} seeded /t/race)
    add_test(NAME debug.valgrind.loops COMMAND ${MEMCHECK} seeded /bin/loops.sh)
    foreach(name threads seeded race loops)
        set_tests_properties(debug.valgrind.${name} PROPERTIES LABELS debug
            FIXTURES_REQUIRED seeded_root TIMEOUT 60)
    endforeach()
endif()
if(GDB AND NOT CLOUDOS_SANITIZE)
    set(DEBUG_ROOT ${CMAKE_BINARY_DIR}/roots/debug)
    add_executable(debug_target ${CMAKE_SOURCE_DIR}/tests/debug/target.c)
    target_compile_options(debug_target PRIVATE -O1 -g -Wall -Wextra -fno-omit-frame-pointer)
    target_link_options(debug_target PRIVATE -static)
    set_target_properties(debug_target PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/debug)
    add_test(NAME debug.root COMMAND ${CMAKE_SOURCE_DIR}/tests/abi/make_root ${DEBUG_ROOT}
        --busybox ${BUSYBOX} --file ${CMAKE_BINARY_DIR}/debug/debug_target:/bin/target)
    set_tests_properties(debug.root PROPERTIES LABELS debug FIXTURES_SETUP debug_root)
    add_test(NAME debug.user_session COMMAND ${CMAKE_SOURCE_DIR}/tests/debug/user_session ${GDB}
        $<TARGET_FILE:cloudos> ${DEBUG_ROOT} ${CMAKE_BINARY_DIR}/debug/debug_target
        ${CMAKE_BINARY_DIR}/roots/seeded ${CMAKE_BINARY_DIR}/seeded/race)
    set_tests_properties(debug.user_session PROPERTIES LABELS debug
        FIXTURES_REQUIRED "debug_root;seeded_root")
endif()
