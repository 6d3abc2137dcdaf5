/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few instructions that tests of signals need, on each instruction set.
 *
 * Owner:   tests/abi.
 * Context: the test's process.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_TESTS_ABI_ISA_H
#define CLOUDOS_TESTS_ABI_ISA_H

#include <elf.h>
#include <signal.h>
#include <stdint.h>

/* isa_call_with_vector(): a call with 16 bytes of `in` in registers that go to `out` afterwards;
 * isa_clobber_vector() destroys those.  Machine code for programs made at run time: exit(42),
 * exit with the byte at 0x10000500, wait for ever, return 42, return 43. */

#define ISA_UNUSED __attribute__((unused))

#if defined(__x86_64__)

#define ISA_ELF_MACHINE       EM_X86_64
#define ISA_ILLEGAL           "ud2"
#define ISA_ILLEGAL_CODE      ILL_ILLOPN
#define ISA_BREAKPOINT        "int3"
#define ISA_PRIVILEGED        "hlt"
#define ISA_PRIVILEGED_SIGNAL SIGSEGV
#define ISA_DIVIDE_TRAPS      1

static const unsigned char ISA_UNUSED isa_exit_42[] = {0xbf, 42, 0, 0, 0,    0xb8,
                                                       60,   0,  0, 0, 0x0f, 0x05};
static const unsigned char ISA_UNUSED isa_exit_byte[] = {
    0x0f, 0xb6, 0x3c, 0x25, 0x00, 0x05, 0x00, 0x10, 0xb8, 60, 0, 0, 0, 0x0f, 0x05};
static const unsigned char ISA_UNUSED isa_pause[] = {0xb8, 34, 0, 0, 0, 0x0f, 0x05};
static const unsigned char ISA_UNUSED isa_return_42[] = {0xb8, 42, 0, 0, 0, 0xc3};
static const unsigned char ISA_UNUSED isa_return_43[] = {0xb8, 43, 0, 0, 0, 0xc3};

static inline void isa_divide_by_zero(void)
{
    __asm__ volatile(
        "xor %%edx, %%edx\n\tmov $1, %%eax\n\txor %%ecx, %%ecx\n\tdiv %%ecx" ::
            : "eax", "ecx", "edx");
}

static inline void isa_clobber_vector(void)
{
    __asm__ volatile("xorps %%xmm7, %%xmm7\n\tfninit" ::: "xmm7");
}

static inline long isa_call_with_vector(long nr, long a, long b, const double *in,
                                        double *out)
{
    long result;

    __asm__ volatile("movupd (%[in]), %%xmm7\n\t"
                     "syscall\n\t"
                     "movupd %%xmm7, (%[out])"
                     : "=a"(result)
                     : [in] "r"(in), [out] "r"(out), "a"(nr), "D"(a), "S"(b)
                     : "rcx", "r11", "xmm7", "memory");
    return result;
}

#elif defined(__aarch64__)

#define ISA_ELF_MACHINE       EM_AARCH64
#define ISA_ILLEGAL           "udf #0"
#define ISA_ILLEGAL_CODE      ILL_ILLOPC
#define ISA_BREAKPOINT        "brk #0"
#define ISA_PRIVILEGED        "msr ttbr0_el1, xzr"
#define ISA_PRIVILEGED_SIGNAL SIGILL
#define ISA_DIVIDE_TRAPS      0

static const uint32_t ISA_UNUSED isa_exit_42[] = {0xd2800540, 0xd2800ba8, 0xd4000001};
static const uint32_t ISA_UNUSED isa_exit_byte[] = {0xd2a20001, 0x39540020, 0xd2800ba8,
                                                    0xd4000001};
static const uint32_t ISA_UNUSED isa_pause[] = {
    0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001}; /* ppoll() */
static const uint32_t ISA_UNUSED isa_return_42[] = {0x52800540, 0xd65f03c0};
static const uint32_t ISA_UNUSED isa_return_43[] = {0x52800560, 0xd65f03c0};

static inline void isa_divide_by_zero(void)
{
}

static inline void isa_clobber_vector(void)
{
    __asm__ volatile("movi v7.2d, #0\n\tmsr fpsr, xzr" ::: "v7");
}

static inline long isa_call_with_vector(long nr, long a, long b, const double *in,
                                        double *out)
{
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;

    __asm__ volatile("ldr q7, [%[in]]\n\tsvc #0\n\tstr q7, [%[out]]"
                     : "+r"(x0)
                     : [in] "r"(in), [out] "r"(out), "r"(x8), "r"(x1)
                     : "v7", "memory");
    return x0;
}

#elif defined(__riscv)

#define ISA_ELF_MACHINE       EM_RISCV
#define ISA_ILLEGAL           "unimp"
#define ISA_ILLEGAL_CODE      ILL_ILLOPC
#define ISA_BREAKPOINT        "ebreak"
#define ISA_PRIVILEGED        "sret"
#define ISA_PRIVILEGED_SIGNAL SIGILL
#define ISA_DIVIDE_TRAPS      0

static const uint32_t ISA_UNUSED isa_exit_42[] = {0x02a00513, 0x05d00893, 0x00000073};
static const uint32_t ISA_UNUSED isa_exit_byte[] = {0x10000537, 0x50054503, 0x05d00893,
                                                    0x00000073};
static const uint32_t ISA_UNUSED isa_pause[] = {
    0x00000513, 0x00000593, 0x00000613, 0x00000693, 0x04900893, 0x00000073}; /* ppoll() */
static const uint32_t ISA_UNUSED isa_return_42[] = {0x02a00513, 0x00008067};
static const uint32_t ISA_UNUSED isa_return_43[] = {0x02b00513, 0x00008067};

static inline void isa_divide_by_zero(void)
{
}

static inline void isa_clobber_vector(void)
{
    __asm__ volatile("fmv.d.x ft7, zero\n\tfmv.d.x ft8, zero" ::: "ft7", "ft8");
}

static inline long isa_call_with_vector(long nr, long a, long b, const double *in,
                                        double *out)
{
    register long a7 __asm__("a7") = nr;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;

    __asm__ volatile("fld ft7, (%[in])\n\tfld ft8, 8(%[in])\n\tecall\n\t"
                     "fsd ft7, (%[out])\n\tfsd ft8, 8(%[out])"
                     : "+r"(a0)
                     : [in] "r"(in), [out] "r"(out), "r"(a7), "r"(a1)
                     : "ft7", "ft8", "memory");
    return a0;
}

#endif

#endif /* CLOUDOS_TESTS_ABI_ISA_H */
