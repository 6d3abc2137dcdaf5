/* SPDX-License-Identifier: BSD-2-Clause */
/* Entropy: what the boot loader has put into the device tree, and RNDR where there is one. */
#include "bare-metal/aarch64/cpu.h"
#include "bare-metal/aarch64/insn.h"
#include "bare-metal/aarch64/machine.h"
#include "bare-metal/common/entropy.h"

#define TRIES 16

/* FEAT_RNG; it sets Z when it has nothing to give. */
static bool rndr(uint64_t *v)
{
    bool ok;

    __asm__ volatile("mrs %0, S3_3_C2_C4_0\n\tcset %w1, ne"
                     : "=r"(*v), "=r"(ok)
                     :
                     : "cc");
    return ok;
}

void entropy_init(const struct fdt *f)
{
    uint32_t chosen = fdt_find(f, "/chosen"), len;
    const uint8_t *seed =
        chosen == FDT_NONE ? NULL : fdt_prop(f, chosen, "rng-seed", &len);
    uint64_t ticks = insn_read_sysreg(cntvct_el0);

    if (seed)
        entropy_add(seed, len);
    entropy_add(&ticks, sizeof(ticks));
}

void hal_entropy(void *buf, size_t len)
{
    uint64_t v = insn_read_sysreg(cntvct_el0);

    entropy_add(&v, sizeof(v));
    for (unsigned i = 0; i < TRIES && cpu_features.rng; i++) {
        if (rndr(&v)) {
            entropy_add(&v, sizeof(v));
            break;
        }
    }
    entropy_fill(buf, len);
}
