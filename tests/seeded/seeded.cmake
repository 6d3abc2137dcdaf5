# SPDX-License-Identifier: BSD-2-Clause
# The seeded world with real programs: same seed, same bytes.
set(SEEDED_ROOT ${CMAKE_BINARY_DIR}/roots/seeded)
set(SEEDED_DIR ${CMAKE_SOURCE_DIR}/tests/seeded)
add_executable(seeded_race ${SEEDED_DIR}/race.c)
target_compile_options(seeded_race PRIVATE -O1 -Wall -Wextra -fno-sanitize=all)
target_link_options(seeded_race PRIVATE -static -fno-sanitize=all)
target_link_libraries(seeded_race PRIVATE Threads::Threads)
set_target_properties(seeded_race PROPERTIES OUTPUT_NAME race RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/seeded)

add_test(NAME seeded.root COMMAND ${CMAKE_SOURCE_DIR}/tests/abi/make_root ${SEEDED_ROOT} --busybox ${BUSYBOX}
    --file ${CMAKE_BINARY_DIR}/seeded:/t --file ${CMAKE_BINARY_DIR}/abi/cow_threads:/t/cow_threads
    --file ${SEEDED_DIR}/loops.sh:/bin/loops.sh --file ${CMAKE_SOURCE_DIR}/tests/abi/sh/exhaust.sh:/bin/exhaust.sh)
set_tests_properties(seeded.root PROPERTIES FIXTURES_SETUP seeded_root LABELS seeded)

# seeded_test(name labels words-of-many_seeds...)
function(seeded_test name labels)
    add_test(NAME seeded.${name} COMMAND ${SEEDED_DIR}/many_seeds --cloudos $<TARGET_FILE:cloudos>
        --root ${SEEDED_ROOT} ${ARGN})
    set_tests_properties(seeded.${name} PROPERTIES LABELS "${labels}" FIXTURES_REQUIRED seeded_root TIMEOUT 600)
endfunction()

seeded_test(threads seeded --count 100 --distinct 100 -- /t/race)
seeded_test(cow seeded --first 3000 --count 30 --cpus 4 --prints "0 failed" -- /t/cow_threads 20)
seeded_test(exhaust seeded --first 1 --count 1 --cpus 2 --mem 64M
    --prints "memory is back" -- /bin/sh /bin/exhaust.sh)
seeded_test(shell seeded --first 1000 --count 15 --distinct 15 --prints done -- /bin/loops.sh)
add_test(NAME seeded.terminal COMMAND ${SEEDED_DIR}/terminal $<TARGET_FILE:cloudos> ${SEEDED_ROOT})
set_tests_properties(seeded.terminal PROPERTIES LABELS seeded FIXTURES_REQUIRED seeded_root TIMEOUT 120)
seeded_test(pipeline seeded --first 2000 --count 3 --cpus 2,4 --prints 300
    -- /bin/sh -c "seq 1 300 | sort -n | tail -1")
seeded_test(long_run "seeded;long" --first 5000 --count 1000 --distinct 1000 -- /t/race)
