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
