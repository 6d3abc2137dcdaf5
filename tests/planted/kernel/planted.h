/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bugs, each a function that behaves as buggy kernel code does.
 *
 * Owner:   tests/planted.
 * Context: the boot thread, every CPU started.
 * Locking: wrong, where that is the bug.
 * Errors:  each either ends in a report or returns; what it leaves behind is reported after it.
 */
#ifndef CLOUDOS_TESTS_PLANTED_PLANTED_H
#define CLOUDOS_TESTS_PLANTED_PLANTED_H

/* heap.c */
void plant_use_after_free(void);
void plant_red_zone(void);
void plant_double_free(void);
void plant_wrong_cache(void);
void plant_uninitialised(void);

/* locks.c */
void plant_lock_order(void);
void plant_sleep_in_spinlock(void);
void plant_lost_wakeup(void);
void plant_stack_overflow(void);

/* memory.c */
void plant_missing_flush(void);
void plant_missing_flush_user(void);
void plant_user_pointer(void);
void plant_leaked_page(void);
void plant_leaked_reference(void);

/* panics.c: not bugs to be found, but bad moments to report one */
void plant_panic_everywhere(void);
void plant_panic_while_busy(void);
void plant_panic_on_broken_lists(void);

#endif /* CLOUDOS_TESTS_PLANTED_PLANTED_H */
