# SPDX-License-Identifier: BSD-2-Clause
# Programs that attack the native engine: without a kernel (engine/), and on CloudOS (c/).
set(HOSTILE_DIR ${CMAKE_SOURCE_DIR}/tests/hostile)

find_package(cmocka CONFIG)
if(cmocka_FOUND)
    file(GLOB engine_tests CONFIGURE_DEPENDS ${HOSTILE_DIR}/engine/*.c ${HOSTILE_DIR}/engine/*.S)
    add_executable(hostile_engine ${engine_tests} $<TARGET_OBJECTS:hostsim_user>)
    add_dependencies(hostile_engine hostsim_user)
    target_include_directories(hostile_engine PRIVATE ${HOSTILE_DIR}/engine)
    target_link_libraries(hostile_engine PRIVATE hosted_flags cmocka)
    foreach(mode spin no-spin)
        add_test(NAME hostile.engine.${mode} COMMAND hostile_engine --${mode})
        set_tests_properties(hostile.engine.${mode} PROPERTIES LABELS hostile TIMEOUT 400)
    endforeach()
endif()

# Programs that run on CloudOS; they know the engine's address map.
add_library(hostile_attack OBJECT ${HOSTILE_DIR}/c/attack.c ${HOSTILE_DIR}/c/enter.S)
target_include_directories(hostile_attack PUBLIC ${CMAKE_SOURCE_DIR} ${ABI_DIR}/c)
target_compile_options(hostile_attack PUBLIC -O1 -Wall -Wextra -fno-sanitize=all -D_GNU_SOURCE)
file(GLOB hostile_sources CONFIGURE_DEPENDS ${HOSTILE_DIR}/c/*.c)
list(REMOVE_ITEM hostile_sources ${HOSTILE_DIR}/c/attack.c)
foreach(source ${hostile_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(hostile_${name} ${source})
    target_link_options(hostile_${name} PRIVATE -static -fno-sanitize=all)
    target_link_libraries(hostile_${name} PRIVATE hostile_attack Threads::Threads)
    set_target_properties(hostile_${name} PROPERTIES OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/hostile)
endforeach()

set(HOSTILE_ROOT ${CMAKE_BINARY_DIR}/roots/hostile)
add_test(NAME hostile.root COMMAND ${ABI_DIR}/make_root ${HOSTILE_ROOT} --busybox ${BUSYBOX}
    --file ${CMAKE_BINARY_DIR}/hostile:/t)
set_tests_properties(hostile.root PROPERTIES FIXTURES_SETUP hostile_root)
foreach(source ${hostile_sources})
    get_filename_component(name ${source} NAME_WE)
    foreach(cpus 1 4)
        add_test(NAME hostile.${name}.cpus${cpus}
            COMMAND ${HOSTILE_DIR}/run_one --cloudos $<TARGET_FILE:cloudos>
                --root ${HOSTILE_ROOT} --cpus ${cpus} --timeout 180 -- /t/${name})
        set_tests_properties(hostile.${name}.cpus${cpus} PROPERTIES LABELS hostile
            FIXTURES_REQUIRED hostile_root)
    endforeach()
endforeach()

# Those that know nothing of the native engine's own memory, on the exact one.
foreach(name calls slots storm)
    add_test(NAME hostile.sim.${name}
        COMMAND ${HOSTILE_DIR}/run_one --cloudos $<TARGET_FILE:cloudos>
            --root ${HOSTILE_ROOT} --cpus 2 --timeout 180 --engine sim -- /t/${name})
    set_tests_properties(hostile.sim.${name} PROPERTIES LABELS "hostile;sim"
        FIXTURES_REQUIRED hostile_root)
endforeach()
