/* SPDX-License-Identifier: BSD-2-Clause */
/* What AT_HWCAP and AT_HWCAP2 promise can be executed. */
#define _GNU_SOURCE
#include <elf.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "child.h"

struct feature {
    const char *name;
    unsigned long in; /* AT_HWCAP or AT_HWCAP2 */
    unsigned bit;
    void (*use)(void);
};

#if defined(__aarch64__)

#define USE(function, instruction)                                                       \
    static void function(void)                                                           \
    {                                                                                    \
        static uint64_t word[2];                                                         \
                                                                                         \
        __asm__ volatile(".arch armv8.6-a+aes+sha3+sm4+fp16+fp16fml+rng+ssbs\n\t"        \
                         "mov x0, %0\n\tmov x1, #1\n\t" instruction                      \
                         :                                                               \
                         : "r"(word)                                                     \
                         : "x0", "x1", "x2", "v0", "v1", "v2", "cc", "memory");          \
    }

USE(use_fp, "fadd d0, d1, d2")
USE(use_asimd, "add v0.16b, v1.16b, v2.16b")
USE(use_aes, "aese v0.16b, v1.16b")
USE(use_pmull, "pmull v0.1q, v1.1d, v2.1d")
USE(use_sha1, "sha1h s0, s1")
USE(use_sha2, "sha256h q0, q1, v2.4s")
USE(use_crc32, "crc32b w2, w1, w1")
USE(use_atomics, "ldadd x1, x2, [x0]")
USE(use_fphp, "fadd h0, h1, h2")
USE(use_asimdhp, "fadd v0.8h, v1.8h, v2.8h")
USE(use_asimdrdm, "sqrdmlah v0.4s, v1.4s, v2.4s")
USE(use_jscvt, "fjcvtzs w2, d0")
USE(use_fcma, "fcadd v0.4s, v1.4s, v2.4s, #90")
USE(use_lrcpc, "ldapr x2, [x0]")
USE(use_dcpop, "dc cvap, x0")
USE(use_sha3, "eor3 v0.16b, v0.16b, v1.16b, v2.16b")
USE(use_sm3, "sm3partw1 v0.4s, v1.4s, v2.4s")
USE(use_sm4, "sm4e v0.4s, v1.4s")
USE(use_asimddp, "udot v0.4s, v1.16b, v2.16b")
USE(use_sha512, "sha512h q0, q1, v2.2d")
USE(use_asimdfhm, "fmlal v0.4s, v1.4h, v2.4h")
USE(use_dit, "msr dit, #1")
USE(use_uscat, "add x2, x0, #2\n\tldar w2, [x2]")
USE(use_ilrcpc, "ldapur x2, [x0, #8]")
USE(use_flagm, "cfinv")
USE(use_ssbs, "msr ssbs, #1")
USE(use_sb, "sb")
USE(use_dcpodp, "dc cvadp, x0")
USE(use_flagm2, "axflag")
USE(use_frint, "frint32z d0, d1")
USE(use_i8mm, "usdot v0.4s, v1.16b, v2.16b")
USE(use_bf16, "bfdot v0.4s, v1.8h, v2.8h")
USE(use_dgh, "hint #6")
USE(use_rng, "mrs x2, rndr")

static const struct feature features[] = {
    {"fp", AT_HWCAP, 0, use_fp},
    {"asimd", AT_HWCAP, 1, use_asimd},
    {"aes", AT_HWCAP, 3, use_aes},
    {"pmull", AT_HWCAP, 4, use_pmull},
    {"sha1", AT_HWCAP, 5, use_sha1},
    {"sha2", AT_HWCAP, 6, use_sha2},
    {"crc32", AT_HWCAP, 7, use_crc32},
    {"atomics", AT_HWCAP, 8, use_atomics},
    {"fphp", AT_HWCAP, 9, use_fphp},
    {"asimdhp", AT_HWCAP, 10, use_asimdhp},
    {"asimdrdm", AT_HWCAP, 12, use_asimdrdm},
    {"jscvt", AT_HWCAP, 13, use_jscvt},
    {"fcma", AT_HWCAP, 14, use_fcma},
    {"lrcpc", AT_HWCAP, 15, use_lrcpc},
    {"dcpop", AT_HWCAP, 16, use_dcpop},
    {"sha3", AT_HWCAP, 17, use_sha3},
    {"sm3", AT_HWCAP, 18, use_sm3},
    {"sm4", AT_HWCAP, 19, use_sm4},
    {"asimddp", AT_HWCAP, 20, use_asimddp},
    {"sha512", AT_HWCAP, 21, use_sha512},
    {"asimdfhm", AT_HWCAP, 23, use_asimdfhm},
    {"dit", AT_HWCAP, 24, use_dit},
    {"uscat", AT_HWCAP, 25, use_uscat},
    {"ilrcpc", AT_HWCAP, 26, use_ilrcpc},
    {"flagm", AT_HWCAP, 27, use_flagm},
    {"ssbs", AT_HWCAP, 28, use_ssbs},
    {"sb", AT_HWCAP, 29, use_sb},
    {"dcpodp", AT_HWCAP2, 0, use_dcpodp},
    {"flagm2", AT_HWCAP2, 7, use_flagm2},
    {"frint", AT_HWCAP2, 8, use_frint},
    {"i8mm", AT_HWCAP2, 13, use_i8mm},
    {"bf16", AT_HWCAP2, 14, use_bf16},
    {"dgh", AT_HWCAP2, 15, use_dgh},
    {"rng", AT_HWCAP2, 16, use_rng},
};

#elif defined(__x86_64__)

static void use_fxsr(void)
{
    static unsigned char area[512] __attribute__((aligned(16)));

    __asm__ volatile("fxsave %0" : "=m"(area));
}

static void use_sse2(void)
{
    __asm__ volatile("paddq %%xmm0, %%xmm1" : : : "xmm1");
}

static const struct feature features[] = {
    {"fxsr", AT_HWCAP, 24, use_fxsr},
    {"sse2", AT_HWCAP, 26, use_sse2},
};

#else

static void use_multiply(void)
{
    __asm__ volatile("mul t0, t0, t0" : : : "t0");
}

static const struct feature features[] = {
    {"m", AT_HWCAP, 'm' - 'a', use_multiply},
};

#endif

/* From the kernel itself: C libraries may answer something else. */
static unsigned long promised(unsigned long type)
{
    char **end = environ;
    unsigned long *pair;

    while (*end)
        end++;
    for (pair = (unsigned long *)(end + 1); pair[0] != AT_NULL; pair += 2) {
        if (pair[0] == type)
            return pair[1];
    }
    return 0;
}

int main(void)
{
    unsigned long known[2] = {0, 0};

    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        const struct feature *f = &features[i];

        if (!(promised(f->in) >> f->bit & 1))
            continue;
        known[f->in == AT_HWCAP2] |= 1ul << f->bit;
        pid_t pid = child_fork();
        if (pid == 0) {
            f->use();
            _exit(0);
        }
        int status = child_wait(pid);
        CHECK(status == 0);
        if (status != 0)
            printf("%s: status %#x\n", f->name, status);
    }
#if defined(__aarch64__)
    /* Nothing is promised that was not tried. */
    CHECK(promised(AT_HWCAP) == known[0] && promised(AT_HWCAP2) == known[1]);
    printf("hwcap %#lx, hwcap2 %#lx\n", known[0], known[1]);
#endif
    CHECK(known[0] != 0);
    return check_done("hwcap");
}
