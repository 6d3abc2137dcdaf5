# SPDX-License-Identifier: BSD-2-Clause
# Debuggers on the machine, in batch mode.
find_program(GDB gdb)
if(GDB AND NOT CLOUDOS_SANITIZE)
    add_test(NAME debug.kernel_session COMMAND ${CMAKE_SOURCE_DIR}/tests/debug/kernel_session ${GDB}
        $<TARGET_FILE:cloudos> ${CMAKE_BINARY_DIR}/roots/busybox ${CMAKE_SOURCE_DIR}/scripts/gdb/cloudos.py)
    set_tests_properties(debug.kernel_session PROPERTIES LABELS debug FIXTURES_REQUIRED busybox_root)
endif()
