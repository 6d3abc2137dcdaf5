/* SPDX-License-Identifier: BSD-2-Clause */
#include "hal_fake.h"

#include "bare-metal/common/relocate.h"

#define LINKED UINT64_C(0xffffffff80100000)
#define RUNS   UINT64_C(0xffffe12345678000)
#define WORDS  160u

static uint64_t image[WORDS];

static void run(const uint64_t *table, size_t count)
{
    for (unsigned i = 0; i < WORDS; i++)
        image[i] = LINKED + i;
    relocate(table, table + count, LINKED, (uint64_t)(uintptr_t)image, RUNS);
}

static bool moved(unsigned i)
{
    assert_true(image[i] == LINKED + i || image[i] == RUNS + i);
    return image[i] == RUNS + i;
}

static void a_place_moves_one_word(void **state UNUSED)
{
    const uint64_t table[] = {LINKED + 8 * 3, LINKED + 8 * 100};

    run(table, 2);
    for (unsigned i = 0; i < WORDS; i++)
        assert_int_equal(moved(i), i == 3 || i == 100);
}

static void bits_move_the_words_behind(void **state UNUSED)
{
    /* Words 3; 4 and 66 (bits 1 and 63); 67 and 69 by the second word of bits. */
    const uint64_t table[] = {LINKED + 8 * 3, UINT64_C(1) << 63 | 3, 2 | 8 | 1};

    run(table, 3);
    for (unsigned i = 0; i < WORDS; i++)
        assert_int_equal(moved(i), i == 3 || i == 4 || i == 66 || i == 67 || i == 69);
}

static void an_empty_table_moves_nothing(void **state UNUSED)
{
    run(NULL, 0);
    for (unsigned i = 0; i < WORDS; i++)
        assert_false(moved(i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_moves_one_word),
        cmocka_unit_test(bits_move_the_words_behind),
        cmocka_unit_test(an_empty_table_moves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
