# SPDX-License-Identifier: BSD-2-Clause
# Real Linux programs on the hosted kernel, with 1 and 4 CPUs.
find_program(BUSYBOX busybox PATHS /bin /usr/bin REQUIRED)
set(ABI_DIR ${CMAKE_SOURCE_DIR}/tests/abi)
set(ABI_ROOT ${CMAKE_BINARY_DIR}/roots/busybox)
set(SCRIPTS_ROOT ${CMAKE_BINARY_DIR}/roots/scripts) # small: some scripts have little memory
set(DEBIAN_ROOT ${CMAKE_BINARY_DIR}/roots/debian)

include(${ABI_DIR}/programs.cmake)

add_test(NAME abi.root.busybox COMMAND ${ABI_DIR}/make_root ${ABI_ROOT} --busybox ${BUSYBOX}
    --file ${ABI_DIR}/sh:/t --file ${CMAKE_BINARY_DIR}/abi:/t)
add_test(NAME abi.root.scripts COMMAND ${ABI_DIR}/make_root ${SCRIPTS_ROOT} --busybox ${BUSYBOX}
    --file ${ABI_DIR}/sh:/t)
add_test(NAME abi.root.debian COMMAND ${ABI_DIR}/make_root ${DEBIAN_ROOT}
    --package bash --package coreutils --package grep --package sqlite3 --package python3
    --package lua5.4 --package perl-base --busybox ${BUSYBOX} --file ${ABI_DIR}/debian:/t)
set_tests_properties(abi.root.busybox PROPERTIES FIXTURES_SETUP busybox_root)
set_tests_properties(abi.root.scripts PROPERTIES FIXTURES_SETUP scripts_root)
set_tests_properties(abi.root.debian PROPERTIES FIXTURES_SETUP debian_root)

# abi_test(name root-fixture root timeout words-of-run_one...): with 1 and 4 CPUs, and on the exact
# engine with 2.
function(abi_test name fixture root timeout)
    if(CLOUDOS_SANITIZE)
        math(EXPR timeout "4 * ${timeout}")
    endif()
    math(EXPR sim_timeout "2 * ${timeout}")
    add_test(NAME abi.sim.${name}
        COMMAND ${ABI_DIR}/run_one --cloudos $<TARGET_FILE:cloudos> --root ${root} --cpus 2
            --option=--engine --option=sim --timeout ${sim_timeout} ${ARGN})
    set_tests_properties(abi.sim.${name} PROPERTIES LABELS "abi;sim"
        FIXTURES_REQUIRED ${fixture})
    foreach(cpus 1 4)
        add_test(NAME abi.${name}.cpus${cpus}
            COMMAND ${ABI_DIR}/run_one --cloudos $<TARGET_FILE:cloudos> --root ${root}
                --cpus ${cpus} --timeout ${timeout} ${ARGN})
        set_tests_properties(abi.${name}.cpus${cpus} PROPERTIES LABELS abi
            FIXTURES_REQUIRED ${fixture})
    endforeach()
endfunction()

file(GLOB scripts CONFIGURE_DEPENDS ${ABI_DIR}/sh/*.sh)
foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    set(options)
    file(STRINGS ${script} header LIMIT_COUNT 5 REGEX "^# mem: ")
    if(header)
        string(REGEX REPLACE "^# mem: " "" mem ${header})
        set(options --option=--mem --option=${mem})
    endif()
    abi_test(sh.${name} scripts_root ${SCRIPTS_ROOT} 120 ${options} --expect ${ABI_DIR}/sh/${name}.out
        -- /bin/sh /t/${name}.sh)
endforeach()
foreach(source ${abi_sources})
    get_filename_component(name ${source} NAME_WE)
    abi_test(c.${name} busybox_root ${ABI_ROOT} 120 -- /t/${name})
endforeach()
abi_test(debian.programs debian_root ${DEBIAN_ROOT} 120 --option=--mem --option=1G
    --expect ${ABI_DIR}/debian/programs.out -- /bin/bash /t/programs.sh)

if(TARGET abi_musl)
    set(MUSL_ROOT ${CMAKE_BINARY_DIR}/roots/musl)
    add_test(NAME abi.root.musl COMMAND ${ABI_DIR}/make_root ${MUSL_ROOT} --package musl
        --busybox ${BUSYBOX} --file ${CMAKE_BINARY_DIR}/abi_musl:/t)
    set_tests_properties(abi.root.musl PROPERTIES FIXTURES_SETUP musl_root)
    foreach(name ${abi_musl_programs})
        foreach(link static dynamic)
            abi_test(musl.${name}.${link} musl_root ${MUSL_ROOT} 120 -- /t/${name}_${link})
        endforeach()
    endforeach()
endif()

# The issue's own lines.
abi_test(exit_status busybox_root ${ABI_ROOT} 20 --status 7 --expect ${ABI_DIR}/stdin.out
    --stdin ${ABI_DIR}/stdin.txt -- /bin/sh)
add_test(NAME abi.sv48 COMMAND ${ABI_DIR}/run_one --cloudos $<TARGET_FILE:cloudos>
    --root ${ABI_ROOT} --cpus 2 --option=--mmu --option=sv48 -- /t/memory)
add_test(NAME abi.sv39 COMMAND ${ABI_DIR}/run_one --cloudos $<TARGET_FILE:cloudos>
    --root ${ABI_ROOT} --cpus 2 --option=--mmu --option=sv39 -- /t/memory)
add_test(NAME abi.aarch64_tables COMMAND ${ABI_DIR}/run_one --cloudos $<TARGET_FILE:cloudos>
    --root ${ABI_ROOT} --cpus 2 --option=--mmu --option=aarch64 -- /t/memory)
set_tests_properties(abi.sv48 abi.sv39 abi.aarch64_tables PROPERTIES LABELS abi
    FIXTURES_REQUIRED busybox_root)
foreach(cpus 1 4)
    add_test(NAME abi.interactive.cpus${cpus} COMMAND ${ABI_DIR}/interactive
        $<TARGET_FILE:cloudos> ${ABI_ROOT} ${cpus})
    set_tests_properties(abi.interactive.cpus${cpus} PROPERTIES LABELS abi
        FIXTURES_REQUIRED busybox_root)
endforeach()
add_test(NAME abi.unprivileged COMMAND ${ABI_DIR}/unprivileged $<TARGET_FILE:cloudos> ${ABI_ROOT})
set_tests_properties(abi.unprivileged PROPERTIES LABELS abi FIXTURES_REQUIRED busybox_root)
add_test(NAME abi.command_line COMMAND ${ABI_DIR}/command_line $<TARGET_FILE:cloudos> ${ABI_ROOT})
set_tests_properties(abi.command_line PROPERTIES LABELS abi FIXTURES_REQUIRED busybox_root)
foreach(watch strace_options stats profile)
    add_test(NAME abi.${watch} COMMAND ${ABI_DIR}/${watch} $<TARGET_FILE:cloudos> ${ABI_ROOT})
    set_tests_properties(abi.${watch} PROPERTIES LABELS abi FIXTURES_REQUIRED busybox_root)
endforeach()
add_test(NAME abi.leaks COMMAND ${ABI_DIR}/leaks $<TARGET_FILE:cloudos> ${ABI_ROOT})
set_tests_properties(abi.leaks PROPERTIES LABELS abi TIMEOUT 420
    FIXTURES_REQUIRED busybox_root)
