/* SPDX-License-Identifier: BSD-2-Clause */
/* Red-black trees against a sorted array, with the invariants checked after every change.
 */
#include "lib/rbtree.h"

#include <stdlib.h>

#include "hal_fake.h"
#include "lib/random.h"

#define NODES_MAX 600

struct item {
    struct rb_node rb;
    uint64_t key;
    uint64_t size;    /* what the augmented tree sums up */
    uint64_t sum;     /* of the subtree */
    uint64_t largest; /* key of the subtree */
};

static struct item *item_of(struct rb_node *node)
{
    return node != NULL ? rb_entry(node, struct item, rb) : NULL;
}

static void item_update(struct rb_node *node)
{
    struct item *it = item_of(node);

    it->sum = it->size;
    it->largest = it->key;
    for (unsigned side = 0; side < 2; side++) {
        struct item *child = item_of(node->child[side]);

        if (child != NULL) {
            it->sum += child->sum;
            it->largest = MAX(it->largest, child->largest);
        }
    }
}

static bool item_insert(struct rb_root *root, struct item *it)
{
    struct rb_node **link = &root->node, *parent = NULL;
    bool leftmost = true;

    while (*link != NULL) {
        parent = *link;
        if (it->key < item_of(parent)->key) {
            link = &parent->left;
        } else {
            link = &parent->right;
            leftmost = false;
        }
    }
    rb_insert(root, &it->rb, parent, link);
    return leftmost;
}

/* The values of every subtree, computed the slow way. */
static uint64_t check_sums(struct rb_node *node)
{
    struct item *it = item_of(node);
    uint64_t sum;

    if (node == NULL)
        return 0;
    sum = it->size + check_sums(node->left) + check_sums(node->right);
    assert_int_equal(it->sum, sum);
    return sum;
}

/* The tree holds exactly the items of `present`, in order, both ways. */
static void check_tree(const struct rb_root *root, struct item *items,
                       const bool *present)
{
    struct item *it;
    uint64_t last = 0, count = 0, want = 0, back = 0;

    assert_true(rb_valid(root));
    rb_for_each_entry (it, root, rb) {
        assert_true(it->key >= last);
        assert_true(present[it - items]);
        last = it->key;
        count++;
    }
    for (struct rb_node *n = rb_last(root); n != NULL; n = rb_prev(n))
        back++;
    for (unsigned i = 0; i < NODES_MAX; i++)
        want += present[i];
    assert_int_equal(count, want);
    assert_int_equal(back, want);
}

static void churn(struct rb_root *root, uint64_t seed, uint64_t key_bound)
{
    static struct item items[NODES_MAX];
    static bool present[NODES_MAX];
    struct prng prng;

    prng_seed(&prng, seed);
    memset(present, 0, sizeof(present));
    for (unsigned step = 0; step < 6000; step++) {
        unsigned i = (unsigned)prng_below(&prng, NODES_MAX);
        /* long phases of growing and of shrinking */
        bool grow = prng_below(&prng, 100) < (step / 1500 % 2 == 0 ? 80 : 20);

        if (grow && !present[i]) {
            items[i].key = prng_below(&prng, key_bound);
            items[i].size = prng_below(&prng, 1000);
            item_insert(root, &items[i]);
            present[i] = true;
        } else if (!grow && present[i]) {
            rb_erase(root, &items[i].rb);
            present[i] = false;
            assert_false(rb_linked(&items[i].rb));
        }
        if (step % 7 == 0 || step < 200)
            check_tree(root, items, present);
        if (root->update != NULL && step % 7 == 0)
            check_sums(root->node);
    }
    for (unsigned i = 0; i < NODES_MAX; i++) {
        if (present[i])
            rb_erase(root, &items[i].rb);
        present[i] = false;
        assert_true(rb_valid(root));
    }
    assert_true(rb_empty(root));
}

static void rb_random_changes_keep_order_and_balance(void **state UNUSED)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct rb_root root = RB_ROOT;

        churn(&root, seed, UINT64_MAX);
    }
}

static void rb_equal_keys_are_kept(void **state UNUSED)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct rb_root root = RB_ROOT;

        churn(&root, seed, 5);
    }
}

static void rb_augmented_values_follow_every_change(void **state UNUSED)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct rb_root root = RB_ROOT_AUGMENTED(item_update);

        churn(&root, seed, 100000);
    }
}

/* Every tree that n ascending or descending insertions make, emptied from every node
 * first. */
static void rb_small_trees_survive_any_first_erasure(void **state UNUSED)
{
    static struct item items[40];

    for (unsigned n = 1; n <= ARRAY_SIZE(items); n++) {
        for (unsigned victim = 0; victim < 2 * n; victim++) {
            struct rb_root root = RB_ROOT_AUGMENTED(item_update);

            for (unsigned i = 0; i < n; i++) {
                items[i] = (struct item){.key = victim < n ? i : n - i, .size = i};
                item_insert(&root, &items[i]);
                assert_true(rb_valid(&root));
            }
            rb_erase(&root, &items[victim % n].rb);
            assert_true(rb_valid(&root));
            check_sums(root.node);
        }
    }
}

static void rb_update_reaches_the_root(void **state UNUSED)
{
    static struct item items[100];
    struct rb_root root = RB_ROOT_AUGMENTED(item_update);

    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        items[i] = (struct item){.key = i, .size = 1};
        item_insert(&root, &items[i]);
    }
    items[73].size = 1000;
    rb_update(&root, &items[73].rb);
    assert_int_equal(item_of(root.node)->sum, 1099);
    check_sums(root.node);
}

static void rb_replace_takes_the_place(void **state UNUSED)
{
    static struct item items[50];
    struct item other = {.size = 500};
    struct rb_root root = RB_ROOT_AUGMENTED(item_update);

    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        items[i] = (struct item){.key = i, .size = 1};
        item_insert(&root, &items[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        other.key = items[i].key;
        rb_replace(&root, &items[i].rb, &other.rb);
        assert_true(rb_valid(&root));
        assert_false(rb_linked(&items[i].rb));
        assert_int_equal(item_of(root.node)->sum, 549);
        rb_replace(&root, &other.rb, &items[i].rb);
        check_sums(root.node);
    }
}

static void rb_cached_knows_its_leftmost(void **state UNUSED)
{
    static struct item items[300];
    struct rb_root_cached root = RB_ROOT_CACHED;
    struct prng prng;

    prng_seed(&prng, 7);
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct rb_node **link = &root.root.node, *parent = NULL;
        bool leftmost = true;

        items[i].key = prng_below(&prng, 1000);
        while (*link != NULL) {
            bool less = items[i].key < item_of(*link)->key;

            parent = *link;
            link = less ? &parent->left : &parent->right;
            leftmost = leftmost && less;
        }
        rb_insert_cached(&root, &items[i].rb, parent, link, leftmost);
        assert_ptr_equal(rb_first_cached(&root), rb_first(&root.root));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        rb_erase_cached(&root, &items[i].rb);
        assert_ptr_equal(rb_first_cached(&root), rb_first(&root.root));
    }
    assert_null(rb_first_cached(&root));
}

static void rb_valid_sees_damage(void **state UNUSED)
{
    static struct item items[20];
    struct rb_root root = RB_ROOT;

    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        items[i].key = i;
        item_insert(&root, &items[i]);
    }
    rb_first(&root)->parent_color ^= 1; /* a leaf changes colour */
    assert_false(rb_valid(&root));
}

static void rb_erase_of_an_unlinked_node_panics(void **state UNUSED)
{
    struct rb_root root = RB_ROOT;
    struct item it;

    rb_clear(&it.rb);
    expect_panic("rb_linked", rb_erase(&root, &it.rb));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rb_random_changes_keep_order_and_balance),
        cmocka_unit_test(rb_equal_keys_are_kept),
        cmocka_unit_test(rb_augmented_values_follow_every_change),
        cmocka_unit_test(rb_small_trees_survive_any_first_erasure),
        cmocka_unit_test(rb_update_reaches_the_root),
        cmocka_unit_test(rb_replace_takes_the_place),
        cmocka_unit_test(rb_cached_knows_its_leftmost),
        cmocka_unit_test(rb_valid_sees_damage),
        cmocka_unit_test(rb_erase_of_an_unlinked_node_panics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
