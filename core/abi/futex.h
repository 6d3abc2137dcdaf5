/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes as a Linux program sees them (futex(2), set_robust_list(2)).
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_FUTEX_H
#define CLOUDOS_ABI_FUTEX_H

#include <stdint.h>

#define ABI_FUTEX_WAIT            0
#define ABI_FUTEX_WAKE            1
#define ABI_FUTEX_REQUEUE         3
#define ABI_FUTEX_CMP_REQUEUE     4
#define ABI_FUTEX_WAKE_OP         5
#define ABI_FUTEX_LOCK_PI         6
#define ABI_FUTEX_UNLOCK_PI       7
#define ABI_FUTEX_TRYLOCK_PI      8
#define ABI_FUTEX_WAIT_BITSET     9
#define ABI_FUTEX_WAKE_BITSET     10
#define ABI_FUTEX_WAIT_REQUEUE_PI 11
#define ABI_FUTEX_CMP_REQUEUE_PI  12
#define ABI_FUTEX_LOCK_PI2        13
#define ABI_FUTEX_PRIVATE         128u
#define ABI_FUTEX_CLOCK_REALTIME  256u

#define ABI_FUTEX_BITSET_ALL 0xffffffffu

/* A robust or priority-inheriting futex word. */
#define ABI_FUTEX_WAITERS    0x80000000u
#define ABI_FUTEX_OWNER_DIED 0x40000000u
#define ABI_FUTEX_TID_MASK   0x3fffffffu

/* FUTEX_WAKE_OP: op << 28 | cmp << 24 | oparg << 12 | cmparg. */
#define ABI_FUTEX_OP_SET       0
#define ABI_FUTEX_OP_ADD       1
#define ABI_FUTEX_OP_OR        2
#define ABI_FUTEX_OP_ANDN      3
#define ABI_FUTEX_OP_XOR       4
#define ABI_FUTEX_OP_ARG_SHIFT 8
#define ABI_FUTEX_OP_CMP_EQ    0
#define ABI_FUTEX_OP_CMP_NE    1
#define ABI_FUTEX_OP_CMP_LT    2
#define ABI_FUTEX_OP_CMP_LE    3
#define ABI_FUTEX_OP_CMP_GT    4
#define ABI_FUTEX_OP_CMP_GE    5

/* futex_waitv(2) */
#define ABI_FUTEX_WAITV_MAX 128
#define ABI_FUTEX2_U32      2u
#define ABI_FUTEX2_PRIVATE  128u

struct abi_futex_waitv {
    uint64_t val, uaddr;
    uint32_t flags; /* ABI_FUTEX2_* */
    uint32_t reserved;
};
_Static_assert(sizeof(struct abi_futex_waitv) == 24, "struct futex_waitv");

#define ABI_ROBUST_LIST_MAX 2048 /* entries that are followed */

struct abi_robust_list_head {
    uint64_t list;        /* first entry; its bit 0: a priority-inheriting futex */
    int64_t futex_offset; /* from an entry to its futex word */
    uint64_t list_op_pending;
};
_Static_assert(sizeof(struct abi_robust_list_head) == 24, "struct robust_list_head");

#endif /* CLOUDOS_ABI_FUTEX_H */
