/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/riscv64/end.h"

#include "bare-metal/common/entropy.h"
#include "bare-metal/common/machine.h"
#include "bare-metal/riscv64/map.h"
#include "bare-metal/riscv64/sbi.h"

/* The SiFive test finisher: one word, what and, above it, the status. */
#define FINISH_FAIL  0x3333u
#define FINISH_PASS  0x5555u
#define FINISH_RESET 0x7777u
#define STATUS_SHIFT 16

#define PANIC_STATUS 255 /* of a panic that names none */

static volatile uint32_t *finisher;

void machine_end_find(const struct fdt *f)
{
    uint32_t node = fdt_find_compatible(f, 0, "sifive,test1");
    uint64_t base, len;

    if (node != FDT_NONE && fdt_reg(f, node, 0, &base, &len) && len >= 4)
        finisher = map_device(base, len);
}

static void finish(enum hal_halt why, int status)
{
    if (!finisher)
        return;
    if (why == HAL_HALT_RESET)
        *finisher = FINISH_RESET;
    else if (status == 0)
        *finisher = FINISH_PASS;
    else
        *finisher = FINISH_FAIL | (uint32_t)status << STATUS_SHIFT;
}

void machine_end(enum hal_halt why, int status)
{
    if (why == HAL_HALT_PANIC && status == 0)
        status = PANIC_STATUS;
    finish(why, status);
    sbi_reset(why == HAL_HALT_RESET ? SBI_SRST_COLD_REBOOT : SBI_SRST_SHUTDOWN,
              status != 0);
    (void)sbi_call(SBI_EXT_LEGACY_SHUTDOWN, 0, 0, 0, 0);
    for (;;)
        __asm__ volatile("wfi");
}

void hal_entropy(void *buf, size_t len)
{
    entropy_fill(buf, len);
}
