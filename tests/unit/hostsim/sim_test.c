/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exact engine on a few pages of its own: budgets, faults, stale translations, code that
 * changes, several cores.  What single instructions compute is compared with the processor in
 * tests/diff.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hostsim/user/sim/code.h"
#include "hostsim/user/sim/row.h"

#define PAGES     16u
#define CODE      0x400000ull
#define DATA      0x600000ull
#define STACK_TOP (DATA + 2 * HAL_PAGE_SIZE)
#define TAG       7u
#define MANY      1000000u

/* Page numbers of RAM, as laid out by map_all(). */
enum { CODE_0, CODE_1, DATA_0, DATA_1, SPARE };

struct mapping {
    uint64_t va;
    unsigned page, rights;
};

static _Alignas(4096) uint8_t ram[PAGES * HAL_PAGE_SIZE];
static struct mapping map[PAGES];
static struct sim_core *core;
static struct sim_cpu cpu;

static void map_page(uint64_t va, unsigned page, unsigned rights)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (map[i].va == va || map[i].va == 0) {
            map[i] = (struct mapping){.va = va, .page = page, .rights = rights};
            return;
        }
    }
    fail_msg("too many mappings");
}

static bool translate(void *arg, uint64_t va, enum hal_access access, uint8_t **host,
                      uint8_t *ready)
{
    (void)arg;
    for (unsigned i = 0; i < PAGES; i++) {
        if (map[i].va != va || !(map[i].rights & access))
            continue;
        *host = ram + map[i].page * HAL_PAGE_SIZE;
        *ready = (uint8_t)map[i].rights;
        return true;
    }
    return false;
}

static uint64_t no_time(void)
{
    return 12345;
}

static struct sim_core *core_new(void)
{
    const struct sim_mmu mmu = {
        .translate = translate,
        .time_ns = no_time,
        .ram = ram,
        .ram_bytes = sizeof(ram),
        .user_max = 0x7ffffffff000,
    };
    struct sim_core *c = sim_core_create(&mmu);

    assert_non_null(c);
    sim_core_load(c, TAG);
    return c;
}

static int setup(void **unused)
{
    (void)unused;
    memset(map, 0, sizeof(map));
    memset(ram, 0, sizeof(ram));
    map_page(CODE, CODE_0, HAL_READ | HAL_WRITE | HAL_EXEC);
    map_page(CODE + HAL_PAGE_SIZE, CODE_1, HAL_READ | HAL_WRITE | HAL_EXEC);
    map_page(DATA, DATA_0, HAL_READ | HAL_WRITE);
    map_page(DATA + HAL_PAGE_SIZE, DATA_1, HAL_READ | HAL_WRITE);
    core = core_new();
    sim_cpu_reset(&cpu);
    cpu.rip = CODE;
    cpu.r[SIM_RSP] = STACK_TOP;
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    sim_core_destroy(core);
    return 0;
}

static uint8_t *at(unsigned page, unsigned offset)
{
    return ram + page * HAL_PAGE_SIZE + offset;
}

#define PUT(page, offset, ...)                                                           \
    memcpy(at(page, offset), (const uint8_t[]){__VA_ARGS__},                             \
           sizeof((const uint8_t[]){__VA_ARGS__}))

static void expect_syscall(uint64_t rip)
{
    assert_int_equal(sim_run(core, &cpu, MANY), SIM_STOP_SYSCALL);
    assert_int_equal(cpu.rip, rip);
}

static void expect_fault(uint64_t va, enum hal_access access, uint64_t rip)
{
    assert_int_equal(sim_run(core, &cpu, MANY), SIM_STOP_FAULT);
    assert_int_equal(cpu.fault_va, va);
    assert_int_equal(cpu.fault_access, access);
    assert_int_equal(cpu.rip, rip);
}

static void expect_exception(enum hal_exception what, uint64_t rip)
{
    assert_int_equal(sim_run(core, &cpu, MANY), SIM_STOP_EXCEPTION);
    assert_int_equal(cpu.exception, what);
    assert_int_equal(cpu.rip, rip);
}

/* ---- counting ---- */

/* mov ecx, 1000; 1: add eax, ecx; dec ecx; jnz 1b; syscall: 3002 instructions. */
static void put_loop(void)
{
    PUT(CODE_0, 0, 0xb9, 0xe8, 3, 0, 0, 1, 0xc8, 0xff, 0xc9, 0x75, 0xfa, 0x0f, 5);
}

static void a_run_counts_every_instruction(void **unused)
{
    (void)unused;
    put_loop();
    expect_syscall(CODE + 13);
    assert_int_equal(cpu.retired, 3002);
    assert_int_equal(cpu.r[SIM_RAX], 500500);
    assert_int_equal(cpu.r[SIM_RCX], CODE + 13);
}

static void a_budget_ends_after_exactly_as_many_instructions(void **unused)
{
    (void)unused;
    put_loop();
    for (uint64_t done = 0, piece = 1; done < 3001;
         done += piece, piece = piece % 7 + 1) {
        if (piece > 3001 - done)
            piece = 3001 - done;
        assert_int_equal(sim_run(core, &cpu, piece), SIM_STOP_BUDGET);
        assert_int_equal(cpu.retired, done + piece);
    }
    assert_int_equal(cpu.rip, CODE + 11);
    assert_int_equal(cpu.r[SIM_RAX], 500500);
    assert_int_equal(sim_run(core, &cpu, 1), SIM_STOP_SYSCALL);
}

static void an_instruction_that_faults_does_not_count(void **unused)
{
    (void)unused;
    /* inc eax; mov [0], eax */
    PUT(CODE_0, 0, 0xff, 0xc0, 0x89, 4, 0x25, 0, 0, 0, 0);
    expect_fault(0, HAL_WRITE, CODE + 2);
    assert_int_equal(cpu.retired, 1);
    assert_int_equal(cpu.r[SIM_RAX], 1);
}

static void attention_ends_a_run_at_a_block(void **unused)
{
    (void)unused;
    PUT(CODE_0, 0, 0xeb, 0xfe); /* 1: jmp 1b */
    sim_core_attention(core);
    assert_int_equal(sim_run(core, &cpu, MANY), SIM_STOP_ATTENTION);
    assert_int_equal(sim_run(core, &cpu, MANY), SIM_STOP_BUDGET);
    assert_int_equal(cpu.retired, MANY);
}

/* ---- faults ---- */

static void a_store_across_pages_writes_all_or_nothing(void **unused)
{
    (void)unused;
    /* mov [rdi], rax */
    PUT(CODE_0, 0, 0x48, 0x89, 7, 0x0f, 5);
    map_page(DATA + HAL_PAGE_SIZE, DATA_1, HAL_READ);
    cpu.r[SIM_RAX] = UINT64_MAX;
    cpu.r[SIM_RDI] = DATA + HAL_PAGE_SIZE - 3;
    expect_fault(DATA + HAL_PAGE_SIZE, HAL_WRITE, CODE);
    assert_int_equal(*at(DATA_0, HAL_PAGE_SIZE - 3), 0);
    map_page(DATA + HAL_PAGE_SIZE, DATA_1, HAL_READ | HAL_WRITE);
    expect_syscall(CODE + 5);
    assert_int_equal(*at(DATA_0, HAL_PAGE_SIZE - 1), 0xff);
    assert_int_equal(*at(DATA_1, 4), 0xff);
    assert_int_equal(*at(DATA_1, 5), 0);
}

static void a_read_modify_write_asks_for_the_right_to_write(void **unused)
{
    (void)unused;
    /* lock add [rdi], eax */
    PUT(CODE_0, 0, 0xf0, 1, 7);
    map_page(DATA, DATA_0, HAL_READ);
    cpu.r[SIM_RDI] = DATA;
    expect_fault(DATA, HAL_WRITE, CODE);
}

static void a_repeated_copy_stops_where_it_faults(void **unused)
{
    (void)unused;
    /* rep movsb */
    PUT(CODE_0, 0, 0xf3, 0xa4, 0x0f, 5);
    map_page(DATA + HAL_PAGE_SIZE, DATA_1, 0);
    memset(at(DATA_0, 0), 'x', 16);
    cpu.r[SIM_RSI] = DATA;
    cpu.r[SIM_RDI] = DATA + HAL_PAGE_SIZE - 6;
    cpu.r[SIM_RCX] = 16;
    expect_fault(DATA + HAL_PAGE_SIZE, HAL_WRITE, CODE);
    assert_int_equal(cpu.r[SIM_RCX], 10);
    assert_int_equal(cpu.r[SIM_RSI], DATA + 6);
    assert_int_equal(cpu.r[SIM_RDI], DATA + HAL_PAGE_SIZE);
    assert_int_equal(cpu.retired, 0);
    map_page(DATA + HAL_PAGE_SIZE, DATA_1, HAL_READ | HAL_WRITE);
    expect_syscall(CODE + 4);
    assert_int_equal(cpu.retired, 2);
    assert_memory_equal(at(DATA_1, 0), "xxxxxxxxxx\0", 11);
}

static void an_instruction_is_fetched_from_two_pages(void **unused)
{
    (void)unused;
    cpu.rip = CODE + HAL_PAGE_SIZE - 2;
    PUT(CODE_0, HAL_PAGE_SIZE - 2, 0xb8, 0x44); /* mov eax, 0x11223344 */
    PUT(CODE_1, 0, 0x33, 0x22, 0x11, 0x0f, 5);
    map_page(CODE + HAL_PAGE_SIZE, CODE_1, HAL_READ | HAL_WRITE);
    expect_fault(CODE + HAL_PAGE_SIZE, HAL_EXEC, CODE + HAL_PAGE_SIZE - 2);
    map_page(CODE + HAL_PAGE_SIZE, CODE_1, HAL_READ | HAL_WRITE | HAL_EXEC);
    expect_syscall(CODE + HAL_PAGE_SIZE + 5);
    assert_int_equal(cpu.r[SIM_RAX], 0x11223344);
    /* A write to the second page is seen as well. */
    cpu.rip = CODE + 16;
    PUT(CODE_0, 16, 0xc6, 7, 0x99, 0xe9, 0xe6, 0x0f, 0, 0); /* mov byte [rdi]; jmp */
    cpu.r[SIM_RDI] = CODE + HAL_PAGE_SIZE + 2;
    PUT(CODE_0, 19, 0xe9, 0xe6, 0x0f, 0, 0);
    expect_syscall(CODE + HAL_PAGE_SIZE + 5);
    assert_int_equal(cpu.r[SIM_RAX], 0x99223344);
}

static void what_is_no_instruction_is_refused(void **unused)
{
    (void)unused;
    PUT(CODE_0, 0, 0x90, 0x0f, 0x0b);
    expect_exception(HAL_EXC_ILLEGAL, CODE + 1);
    assert_int_equal(cpu.retired, 1);
    cpu.rip = CODE + 64; /* lock nop */
    PUT(CODE_0, 64, 0xf0, 0x90);
    expect_exception(HAL_EXC_ILLEGAL, CODE + 64);
    cpu.rip = CODE + 128; /* 15 bytes is the limit */
    memset(at(CODE_0, 128), 0x66, 15);
    PUT(CODE_0, 143, 0x90);
    expect_exception(HAL_EXC_PROTECTION, CODE + 128);
    cpu.rip = CODE + 192; /* hlt */
    PUT(CODE_0, 192, 0xf4);
    expect_exception(HAL_EXC_PROTECTION, CODE + 192);
}

static void addresses_in_no_half_are_protection_faults(void **unused)
{
    (void)unused;
    /* mov rax, [rdi] */
    PUT(CODE_0, 0, 0x48, 0x8b, 7);
    cpu.r[SIM_RDI] = 1ull << 60;
    expect_exception(HAL_EXC_PROTECTION, CODE);
}

/* ---- stepping ---- */

static void the_trap_flag_stops_after_each_instruction(void **unused)
{
    (void)unused;
    put_loop();
    sim_cpu_set_flags(&cpu, SIM_TF);
    expect_exception(HAL_EXC_STEP, CODE + 5);
    expect_exception(HAL_EXC_STEP, CODE + 7);
    assert_int_equal(cpu.r[SIM_RAX], 1000);
    assert_int_equal(cpu.retired, 2);
}

static void a_jump_into_an_instruction_decodes_it_anew(void **unused)
{
    (void)unused;
    /* mov eax, 0x050fc031; the immediate is xor eax, eax; syscall */
    PUT(CODE_0, 0, 0xb8, 0x31, 0xc0, 0x0f, 5, 0x0f, 5);
    expect_syscall(CODE + 7);
    assert_int_equal(cpu.r[SIM_RAX], 0x050fc031);
    cpu.rip = CODE + 1;
    expect_syscall(CODE + 5);
    assert_int_equal(cpu.r[SIM_RAX], 0);
}

/* ---- translations ---- */

static void a_translation_stays_until_it_is_flushed(void **unused)
{
    (void)unused;
    /* mov eax, [rdi]; syscall */
    PUT(CODE_0, 0, 0x8b, 7, 0x0f, 5);
    *at(DATA_0, 0) = 1;
    *at(SPARE, 0) = 2;
    cpu.r[SIM_RDI] = DATA;
    for (unsigned round = 0; round < 3; round++) {
        cpu.rip = CODE;
        expect_syscall(CODE + 4);
        assert_int_equal(cpu.r[SIM_RAX], round < 2 ? 1 : 2);
        map_page(DATA, SPARE, HAL_READ);
        if (round == 1)
            sim_core_flush(core, TAG, DATA, HAL_PAGE_SIZE);
    }
}

static void code_stays_until_it_is_flushed(void **unused)
{
    (void)unused;
    PUT(CODE_0, 0, 0xb0, 1, 0x0f, 5); /* mov al, 1; syscall */
    PUT(SPARE, 0, 0xb0, 2, 0x0f, 5);
    expect_syscall(CODE + 4);
    map_page(CODE, SPARE, HAL_READ | HAL_EXEC);
    cpu.rip = CODE;
    expect_syscall(CODE + 4);
    assert_int_equal(cpu.r[SIM_RAX] & 0xff, 1);
    sim_core_flush(core, TAG, 0, UINT64_MAX);
    cpu.rip = CODE;
    expect_syscall(CODE + 4);
    assert_int_equal(cpu.r[SIM_RAX] & 0xff, 2);
    map_page(CODE, SPARE, HAL_READ);
    sim_core_flush(core, TAG, CODE, HAL_PAGE_SIZE);
    cpu.rip = CODE;
    expect_fault(CODE, HAL_EXEC, CODE);
}

static void spaces_do_not_see_each_others_translations(void **unused)
{
    (void)unused;
    PUT(CODE_0, 0, 0xb0, 1, 0x0f, 5);
    PUT(SPARE, 0, 0xb0, 2, 0x0f, 5);
    expect_syscall(CODE + 4);
    map_page(CODE, SPARE, HAL_READ | HAL_EXEC);
    for (unsigned tag = TAG + 1; tag < TAG + 20; tag++) {
        sim_core_load(core, tag);
        cpu.rip = CODE;
        expect_syscall(CODE + 4);
        assert_int_equal(cpu.r[SIM_RAX] & 0xff, 2);
    }
}

/* ---- code that changes ---- */

static void a_write_to_the_next_instruction_is_obeyed(void **unused)
{
    (void)unused;
    /* mov byte [rip + 1], 7; mov al, 1; syscall */
    PUT(CODE_0, 0, 0xc6, 5, 1, 0, 0, 0, 7, 0xb0, 1, 0x0f, 5);
    expect_syscall(CODE + 11);
    assert_int_equal(cpu.r[SIM_RAX] & 0xff, 7);
    assert_int_equal(cpu.retired, 3);
}

static void a_loop_that_rewrites_itself_counts_right(void **unused)
{
    (void)unused;
    /* mov ecx, 100; 1: inc byte [rip + 1]; mov al, 0; dec ecx; jnz 1b; syscall */
    PUT(CODE_0, 0, 0xb9, 100, 0, 0, 0, 0xfe, 5, 1, 0, 0, 0, 0xb0, 0, 0xff, 0xc9, 0x75,
        0xf4, 0x0f, 5);
    expect_syscall(CODE + 19);
    assert_int_equal(cpu.r[SIM_RAX] & 0xff, 100);
    assert_int_equal(cpu.retired, 402);
}

static void writes_beside_old_code_become_fast_again(void **unused)
{
    (void)unused;
    /* 1: mov [rdi], ecx; dec ecx; jnz 1b; syscall */
    PUT(CODE_0, 0, 0x89, 0x0f, 0xff, 0xc9, 0x75, 0xfa, 0x0f, 5);
    PUT(CODE_1, 0, 0xe9, 0xfb, 0xef, 0xff, 0xff); /* jmp CODE */
    cpu.r[SIM_RCX] = 100;
    cpu.r[SIM_RDI] = CODE + HAL_PAGE_SIZE + 0x800;
    cpu.rip = CODE + HAL_PAGE_SIZE;
    expect_syscall(CODE + 8);
    assert_false(sim_code_holds(core, CODE_1 * HAL_PAGE_SIZE));
    assert_int_equal(cpu.retired, 1 + 300 + 1);
}

/* The other core has had a fast way to write to the page since before it held code. */
static void another_cores_write_reaches_decoded_code(void **unused)
{
    struct sim_core *other = core_new();
    struct sim_cpu writer;

    (void)unused;
    /* mov [rdi], al; syscall */
    PUT(CODE_1, 0, 0x88, 7, 0x0f, 5);
    PUT(CODE_0, 0, 0xb0, 1, 0x0f, 5);
    for (unsigned round = 1; round <= 3; round++) {
        sim_cpu_reset(&writer);
        writer.rip = CODE + HAL_PAGE_SIZE;
        writer.r[SIM_RDI] = CODE + 1;
        writer.r[SIM_RAX] = round;
        assert_int_equal(sim_run(other, &writer, MANY), SIM_STOP_SYSCALL);
        cpu.rip = CODE;
        expect_syscall(CODE + 4);
        assert_int_equal(cpu.r[SIM_RAX] & 0xff, round);
    }
    sim_core_destroy(other);
}

static void *count_up(void *arg)
{
    struct sim_core *own = core_new();
    struct sim_cpu *c = arg;

    if (sim_run(own, c, 10 * MANY) != SIM_STOP_SYSCALL)
        c->r[SIM_RDX] = 1;
    sim_core_destroy(own);
    return NULL;
}

static void locked_instructions_are_atomic_between_cores(void **unused)
{
    enum { ROUNDS = 100000 };
    static struct sim_cpu cpus[2];
    pthread_t threads[2];
    uint64_t sum;

    (void)unused;
    /* 1: lock inc qword [rdi]; dec ecx; jnz 1b; syscall */
    PUT(CODE_0, 0, 0xf0, 0x48, 0xff, 7, 0xff, 0xc9, 0x75, 0xf8, 0x0f, 5);
    for (unsigned i = 0; i < 2; i++) {
        sim_cpu_reset(&cpus[i]);
        cpus[i].rip = CODE;
        cpus[i].r[SIM_RDI] = DATA + 64;
        cpus[i].r[SIM_RCX] = ROUNDS;
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &cpus[i]), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(cpus[i].r[SIM_RDX], 0);
    }
    memcpy(&sum, at(DATA_0, 64), sizeof(sum));
    assert_int_equal(sum, 2 * ROUNDS);
}

/* ---- what programs are told ---- */

static void cpuid_says_the_baseline(void **unused)
{
    (void)unused;
    /* mov eax, 1; cpuid; syscall */
    PUT(CODE_0, 0, 0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0x0f, 5);
    cpu.r[SIM_RDX] = UINT64_MAX;
    expect_syscall(CODE + 9);
    assert_int_equal(cpu.r[SIM_RDX] >> 25 & 3, 3); /* SSE and SSE2 */
    cpu.rip = CODE + 64;
    PUT(CODE_0, 64, 0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0x89, 0xcf, 0x0f, 5);
    expect_syscall(CODE + 64 + 11);
    /* SSE3, SSSE3, FMA, SSE4, MOVBE, POPCNT, AES, XSAVE, AVX, F16C, RDRAND: none */
    assert_int_equal(cpu.r[SIM_RDI] & 0x7ed81a01, 0);
    cpu.rip = CODE + 128;
    PUT(CODE_0, 128, 0x0f, 0xc7, 0xf0); /* rdrand eax */
    expect_exception(HAL_EXC_ILLEGAL, CODE + 128);
    cpu.rip = CODE + 192;
    PUT(CODE_0, 192, 0x0f, 0x31, 0x0f, 5); /* rdtsc */
    expect_syscall(CODE + 196);
    assert_int_equal(cpu.r[SIM_RAX], 12345);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_counts_every_instruction),
        TEST(a_budget_ends_after_exactly_as_many_instructions),
        TEST(an_instruction_that_faults_does_not_count),
        TEST(attention_ends_a_run_at_a_block),
        TEST(a_store_across_pages_writes_all_or_nothing),
        TEST(a_read_modify_write_asks_for_the_right_to_write),
        TEST(a_repeated_copy_stops_where_it_faults),
        TEST(an_instruction_is_fetched_from_two_pages),
        TEST(what_is_no_instruction_is_refused),
        TEST(addresses_in_no_half_are_protection_faults),
        TEST(the_trap_flag_stops_after_each_instruction),
        TEST(a_jump_into_an_instruction_decodes_it_anew),
        TEST(a_translation_stays_until_it_is_flushed),
        TEST(code_stays_until_it_is_flushed),
        TEST(spaces_do_not_see_each_others_translations),
        TEST(a_write_to_the_next_instruction_is_obeyed),
        TEST(a_loop_that_rewrites_itself_counts_right),
        TEST(writes_beside_old_code_become_fast_again),
        TEST(another_cores_write_reaches_decoded_code),
        TEST(locked_instructions_are_atomic_between_cores),
        TEST(cpuid_says_the_baseline),
    };
    const char *clash = "";

    if (!sim_rows_index(&clash)) {
        print_error("two rows for one encoding: %s\n", clash);
        return 1;
    }
    if (sim_frames_init(sizeof(ram)) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
