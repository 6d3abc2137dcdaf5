/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists. */
#include "lib/list.h"

#include "hal_fake.h"

struct item {
    int value;
    struct list_node node;
};

static struct item items[8];
static struct list_node head;

static int setup(void **state UNUSED)
{
    list_init(&head);
    for (int i = 0; i < 8; i++) {
        items[i].value = i;
        list_init(&items[i].node);
    }
    return 0;
}

/* The list reads as the digits of `want`, forwards and backwards. */
static void check(const struct list_node *list, const char *want)
{
    struct item *it;
    size_t n = 0;

    list_for_each_entry (it, list, node)
        assert_int_equal(it->value, want[n++] - '0');
    assert_int_equal(want[n], '\0');
    assert_int_equal(list_count(list), n);
    list_for_each_entry_reverse (it, list, node)
        assert_int_equal(it->value, want[--n] - '0');
    assert_int_equal(n, 0);
}

static void fill(int count)
{
    for (int i = 0; i < count; i++)
        list_add_tail(&items[i].node, &head);
}

static void list_add_is_a_stack_and_add_tail_a_queue(void **state UNUSED)
{
    assert_true(list_empty(&head));
    assert_null(list_first_entry_or_null(&head, struct item, node));
    list_add(&items[2].node, &head);
    list_add(&items[1].node, &head);
    list_add_tail(&items[3].node, &head);
    check(&head, "123");
    assert_int_equal(list_first_entry(&head, struct item, node)->value, 1);
    assert_int_equal(list_last_entry(&head, struct item, node)->value, 3);
    assert_int_equal(list_next_entry(&items[1], node)->value, 2);
    assert_int_equal(list_prev_entry(&items[3], node)->value, 2);
}

static void list_del_leaves_a_node_on_no_list(void **state UNUSED)
{
    fill(4);
    assert_true(list_linked(&items[1].node));
    list_del(&items[1].node);
    assert_false(list_linked(&items[1].node));
    list_del(&items[1].node); /* harmless */
    check(&head, "023");
}

static void list_safe_iteration_survives_deletion(void **state UNUSED)
{
    struct item *it, *tmp;

    fill(8);
    list_for_each_entry_safe (it, tmp, &head, node) {
        if (it->value % 2 == 0)
            list_del(&it->node);
    }
    check(&head, "1357");
}

static void list_move_and_splice(void **state UNUSED)
{
    struct list_node other = LIST_INIT(other);

    fill(4);
    list_move(&items[3].node, &head);
    list_move_tail(&items[0].node, &head);
    check(&head, "3120");
    list_splice_tail(&other, &head); /* empty: nothing changes */
    check(&head, "3120");
    list_add_tail(&items[7].node, &other);
    list_splice_tail(&head, &other);
    check(&other, "73120");
    assert_true(list_empty(&head));
}

static void list_damage_panics(void **state UNUSED)
{
    fill(3);
    items[1].node.next = &items[1].node;
    expect_panic("list.h", list_del(&items[0].node); list_del(&items[1].node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(list_add_is_a_stack_and_add_tail_a_queue, setup),
        cmocka_unit_test_setup(list_del_leaves_a_node_on_no_list, setup),
        cmocka_unit_test_setup(list_safe_iteration_survives_deletion, setup),
        cmocka_unit_test_setup(list_move_and_splice, setup),
        cmocka_unit_test_setup(list_damage_panics, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
