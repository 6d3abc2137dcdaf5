/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the engine's tests.
 *
 * Owner:   tests/hostile.
 * Context: cmocka.
 * Locking: none.
 * Errors:  cmocka's.
 */
#ifndef CLOUDOS_TESTS_HOSTILE_TEST_H
#define CLOUDOS_TESTS_HOSTILE_TEST_H

int test_behaviour(void); /* test.c: programs that mean well */
int test_attacks_before_engine(void);
int test_attacks(void); /* test_attacks.c: programs that do not */
int test_ends(void);    /* test_ends.c: stubs that die or will not */

#endif /* CLOUDOS_TESTS_HOSTILE_TEST_H */
