/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hosted program with the whole core in it.  It does to its core image what the
 * simulated machine does: puts other memory, with the same contents, under it.
 */
#include "hal_fake.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base.h"
#include "lib/preempt.h"
#include "trace/counter.h"
#include "trace/log.h"

extern char __core_image_start[], __core_image_end[];

static uint64_t hosted_data = 1;
static uint64_t hosted_bss;

static bool in_image(const void *p)
{
    return (const char *)p >= __core_image_start && (const char *)p < __core_image_end;
}

static void image_is_whole_pages(void **state UNUSED)
{
    assert_int_equal((uintptr_t)__core_image_start % HAL_PAGE_SIZE, 0);
    assert_int_equal((uintptr_t)__core_image_end % HAL_PAGE_SIZE, 0);
    assert_true((uintptr_t)__core_image_end > (uintptr_t)__core_image_start);
}

static void image_holds_the_core_and_nothing_hosted(void **state UNUSED)
{
    assert_true(in_image(preempt_cpus));
    assert_true(in_image(counter_cells));
    assert_false(in_image(&hosted_data));
    assert_false(in_image(&hosted_bss));
    assert_false(in_image(stdout));
    assert_false(in_image(&hal_fake_halt_status));
    assert_false(in_image(__start_core_counters)); /* constants */
}

/* AddressSanitizer must not see it: between the variables are red zones. */
static __attribute__((no_sanitize("address"))) void
copy(volatile char *to, const volatile char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

static __attribute__((no_sanitize("address"))) bool same(const volatile char *a,
                                                         const volatile char *b, size_t n)
{
    size_t i = 0;

    while (i < n && a[i] == b[i])
        i++;
    return i == n;
}

static void image_can_be_mapped_over(void **state UNUSED)
{
    size_t len = (size_t)(__core_image_end - __core_image_start);
    uint64_t records = counter_sum(counter_find("trace_log_records"));
    int arena = memfd_create("arena", 0);
    char *view;

    assert_int_equal(ftruncate(arena, (off_t)len), 0);
    view = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, arena, 0);
    assert_ptr_not_equal(view, MAP_FAILED);
    copy(view, __core_image_start, len);
    assert_ptr_equal(mmap(__core_image_start, len, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_FIXED, arena, 0),
                     __core_image_start);
    hosted_data++;
    log_err("image", "written through the new mapping");
    assert_int_equal(counter_sum(counter_find("trace_log_records")), records + 1);
    assert_true(same(view, __core_image_start, len));
    assert_non_null(strstr(hal_fake_console(), "image: written"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_is_whole_pages),
        cmocka_unit_test(image_holds_the_core_and_nothing_hosted),
        cmocka_unit_test(image_can_be_mapped_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
