/* SPDX-License-Identifier: BSD-2-Clause */
/* EEVDF over an augmented red-black tree: pick, enqueue and dequeue in O(log n). */
#include "sched/fair.h"

/* An entity may keep at most this many slices of lag over a sleep, in either direction. */
#define FAIR_LAG_SLICES 2

static bool before(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) < 0;
}

static struct fair_entity *entity_of(struct rb_node *node)
{
    return rb_entry(node, struct fair_entity, node);
}

uint32_t fair_weight_of_nice(int nice)
{
    uint64_t num = FAIR_WEIGHT_NICE0;
    uint64_t den = 1;
    int steps = nice < 0 ? -nice : nice;

    kassert(nice >= FAIR_NICE_MIN && nice <= FAIR_NICE_MAX);
    /* 1024 * (5/4)^-nice: 1024 * 5^20 is below 2^57, so nothing overflows. */
    for (int i = 0; i < steps; i++) {
        num *= nice < 0 ? 5 : 4;
        den *= nice < 0 ? 4 : 5;
    }
    return (uint32_t)((num + den / 2) / den);
}

/* Real ns to virtual ns of an entity, rounded down. */
static uint64_t to_virtual(uint64_t ns, uint32_t weight)
{
    return ns * FAIR_WEIGHT_NICE0 / weight;
}

static void update_min_deadline(struct rb_node *node)
{
    struct fair_entity *e = entity_of(node);
    uint64_t min = e->deadline;

    for (int side = 0; side < 2; side++) {
        struct rb_node *child = node->child[side];

        if (child && before(entity_of(child)->min_deadline, min))
            min = entity_of(child)->min_deadline;
    }
    e->min_deadline = min;
}

void fair_queue_init(struct fair_queue *q)
{
    *q = (struct fair_queue){.tree = RB_ROOT_AUGMENTED(update_min_deadline)};
}

void fair_entity_init(struct fair_entity *e, uint32_t weight, uint64_t slice_ns)
{
    *e = (struct fair_entity){.weight = weight, .slice_ns = slice_ns};
    rb_clear(&e->node);
}

/* V - origin, rounded down. */
static int64_t average(const struct fair_queue *q)
{
    int64_t sum = q->weighted;
    int64_t weight = (int64_t)q->weight;

    if (weight == 0)
        return 0;
    if (sum < 0)
        sum -= weight - 1;
    return sum / weight;
}

uint64_t fair_virtual_time(const struct fair_queue *q)
{
    return q->origin + (uint64_t)average(q);
}

/* Let the origin follow V, so that the weighted sum stays small. */
static void rebase(struct fair_queue *q)
{
    int64_t shift = average(q);

    q->origin += (uint64_t)shift;
    q->weighted -= shift * (int64_t)q->weight;
}

static void sums_add(struct fair_queue *q, const struct fair_entity *e)
{
    q->weighted += (int64_t)(e->vruntime - q->origin) * (int64_t)e->weight;
    q->weight += e->weight;
    q->count++;
}

static void sums_remove(struct fair_queue *q, const struct fair_entity *e)
{
    kassert(q->count > 0 && q->weight >= e->weight);
    q->weighted -= (int64_t)(e->vruntime - q->origin) * (int64_t)e->weight;
    q->weight -= e->weight;
    q->count--;
}

/* v <= V, without the division: (v - origin) * W <= sum. */
static bool eligible(const struct fair_queue *q, uint64_t vruntime)
{
    return (int64_t)(vruntime - q->origin) * (int64_t)q->weight <= q->weighted;
}

int64_t fair_lag(const struct fair_queue *q, const struct fair_entity *e)
{
    return (int64_t)(fair_virtual_time(q) - e->vruntime);
}

static void tree_insert(struct fair_queue *q, struct fair_entity *e)
{
    struct rb_node **link = &q->tree.node;
    struct rb_node *parent = NULL;

    while (*link) {
        parent = *link;
        link = before(e->vruntime, entity_of(parent)->vruntime) ? &parent->left
                                                                : &parent->right;
    }
    e->min_deadline = e->deadline;
    rb_insert(&q->tree, &e->node, parent, link);
}

/* Place `e` so that once it has joined, V - v is the lag it has: joining moves V by its own
 * share, so the offset is stretched by (W + w) / W (section 4 of the paper). */
static void place(struct fair_queue *q, struct fair_entity *e)
{
    int64_t lag = e->lag;

    if (q->weight != 0)
        lag = lag * (int64_t)(q->weight + e->weight) / (int64_t)q->weight;
    else
        lag = 0;
    e->vruntime = fair_virtual_time(q) - (uint64_t)lag;
    e->deadline = e->vruntime + to_virtual(e->slice_ns, e->weight);
}

void fair_enqueue(struct fair_queue *q, struct fair_entity *e)
{
    kassert(!e->queued);
    place(q, e);
    sums_add(q, e);
    tree_insert(q, e);
    e->queued = true;
    rebase(q);
}

static int64_t bounded_lag(const struct fair_entity *e, int64_t lag)
{
    int64_t limit = (int64_t)to_virtual(FAIR_LAG_SLICES * e->slice_ns, e->weight);

    return CLAMP(lag, -limit, limit);
}

void fair_dequeue(struct fair_queue *q, struct fair_entity *e)
{
    kassert(e->queued);
    e->lag = bounded_lag(e, fair_lag(q, e));
    if (q->curr == e)
        q->curr = NULL;
    else
        rb_erase(&q->tree, &e->node);
    sums_remove(q, e);
    e->queued = false;
    rebase(q);
}

/* Of the eligible entities in the tree, that with the earliest deadline.  The eligible ones
 * are a prefix of the tree's order: walking down, each eligible node brings its whole left
 * subtree; the best such subtree is searched in a second descent. */
static struct fair_entity *tree_pick(const struct fair_queue *q)
{
    struct fair_entity *best = NULL;
    struct rb_node *best_subtree = NULL;
    uint64_t best_min = 0;

    for (struct rb_node *node = q->tree.node; node;) {
        struct fair_entity *e = entity_of(node);

        if (!eligible(q, e->vruntime)) {
            node = node->left;
            continue;
        }
        if (!best || before(e->deadline, best->deadline))
            best = e;
        if (node->left &&
            (!best_subtree || before(entity_of(node->left)->min_deadline, best_min))) {
            best_subtree = node->left;
            best_min = entity_of(best_subtree)->min_deadline;
        }
        node = node->right;
    }
    if (!best_subtree || !before(best_min, best->deadline))
        return best;
    for (struct rb_node *node = best_subtree;;) {
        if (entity_of(node)->deadline == best_min)
            return entity_of(node);
        if (node->left && entity_of(node->left)->min_deadline == best_min)
            node = node->left;
        else
            node = node->right;
        kassert(node != NULL);
    }
}

struct fair_entity *fair_pick(struct fair_queue *q)
{
    struct fair_entity *best = tree_pick(q);
    struct fair_entity *curr = q->curr;

    if (curr && (!best || (eligible(q, curr->vruntime) &&
                           !before(best->deadline, curr->deadline))))
        return curr;
    if (!best && q->tree.node)
        best = entity_of(rb_first(&q->tree)); /* only rounding can get here */
    return best;
}

void fair_set_current(struct fair_queue *q, struct fair_entity *e)
{
    if (q->curr == e)
        return;
    if (q->curr)
        tree_insert(q, q->curr);
    q->curr = e;
    if (e) {
        kassert(e->queued);
        rb_erase(&q->tree, &e->node);
    }
}

bool fair_account(struct fair_queue *q, uint64_t ran_ns)
{
    struct fair_entity *e = q->curr;
    uint64_t dv;

    if (!e)
        return false;
    dv = to_virtual(ran_ns, e->weight);
    e->vruntime += dv;
    q->weighted += (int64_t)dv * (int64_t)e->weight;
    rebase(q);
    if (before(e->vruntime, e->deadline))
        return false;
    e->deadline = e->vruntime + to_virtual(e->slice_ns, e->weight);
    return true;
}

uint64_t fair_slice_left_ns(const struct fair_queue *q)
{
    const struct fair_entity *e = q->curr;

    if (!e || !before(e->vruntime, e->deadline))
        return 0;
    /* One more ns than the division says, so that the slice is over at that time. */
    return (e->deadline - e->vruntime) * e->weight / FAIR_WEIGHT_NICE0 + 1;
}

bool fair_preempts(struct fair_queue *q, struct fair_entity *e)
{
    struct fair_entity *curr = q->curr;

    if (!curr)
        return true;
    if (!eligible(q, e->vruntime))
        return false;
    return !eligible(q, curr->vruntime) || before(e->deadline, curr->deadline);
}

void fair_set_weight(struct fair_queue *q, struct fair_entity *e, uint32_t weight)
{
    bool queued = e->queued;
    bool running = q->curr == e;

    kassert(weight > 0);
    if (queued)
        fair_dequeue(q, e);
    e->lag = e->lag * (int64_t)e->weight / (int64_t)weight;
    e->weight = weight;
    e->lag = bounded_lag(e, e->lag);
    if (!queued)
        return;
    fair_enqueue(q, e);
    if (running)
        fair_set_current(q, e);
}

void fair_yield(struct fair_queue *q)
{
    struct fair_entity *e = q->curr;
    uint64_t dv;

    /* One that is not eligible waits anyway; taking more from it would starve it. */
    if (!e || q->count == 1 || !eligible(q, e->vruntime) ||
        !before(e->vruntime, e->deadline))
        return;
    dv = e->deadline - e->vruntime;
    e->vruntime += dv;
    e->deadline += to_virtual(e->slice_ns, e->weight);
    q->weighted += (int64_t)dv * (int64_t)e->weight;
    rebase(q);
}

struct fair_entity *fair_last(struct fair_queue *q)
{
    struct rb_node *node = rb_last(&q->tree);

    return node ? entity_of(node) : NULL;
}

struct fair_entity *fair_prev(struct fair_entity *e)
{
    struct rb_node *node = rb_prev(&e->node);

    return node ? entity_of(node) : NULL;
}
