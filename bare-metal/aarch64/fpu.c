/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/aarch64/fpu.h"

#include "abi/errno.h"
#include "arch/sigframe.h"
#include "bare-metal/aarch64/trap.h"
#include "lib/base.h"
#include "lib/string.h"
#include "mm/slab.h"

#define NOWHERE UINT32_MAX

struct fpu {
    uint32_t last_cpu; /* whose registers hold it, if it is that CPU's `fpu`, too */
    uint32_t pad;
    uint32_t fpsr, fpcr; /* from here on as fpu_save() writes it */
    uint64_t v[64];
};

_Static_assert(sizeof(struct fpu) - offsetof(struct fpu, fpsr) ==
                   sizeof(struct sigframe_fpsimd) - sizeof(struct sigframe_record),
               "the frame has the same state");

#define STATE_BYTES (sizeof(struct fpu) - offsetof(struct fpu, fpsr))

/* Bring the state in memory up to date, if it is this CPU's.  Interrupts masked. */
static void sync(struct fpu *f)
{
    struct cpu *cpu = cpu_self();

    if (cpu->fpu == f && cpu->fpu_newer) {
        fpu_save(&f->fpsr);
        cpu->fpu_newer = false;
    }
}

/* This CPU's registers do not hold it any more. */
static void forget(struct fpu *f)
{
    struct cpu *cpu = cpu_self();

    if (cpu->fpu == f) {
        cpu->fpu = NULL;
        cpu->fpu_newer = false;
    }
    f->last_cpu = NOWHERE;
}

struct fpu *fpu_new(struct fpu *from)
{
    struct fpu *f = kzalloc(sizeof(*f));
    bool unmasked;

    if (!f)
        return NULL;
    if (from) {
        unmasked = hal_irq_save();
        sync(from);
        memcpy(f, from, sizeof(*f));
        hal_irq_restore(unmasked);
    }
    f->last_cpu = NOWHERE;
    return f;
}

void fpu_free(struct fpu *f)
{
    bool unmasked = hal_irq_save();

    forget(f);
    hal_irq_restore(unmasked);
    kfree(f);
}

/* Another CPU may still name a state that was freed and made anew at the same address:
 * `last_cpu` tells them apart. */
void fpu_load(struct cpu *cpu, struct fpu *f)
{
    if (cpu->fpu != f || f->last_cpu != cpu->id) {
        kassert(!cpu->fpu_newer);
        fpu_restore(&f->fpsr);
        cpu->fpu = f;
        f->last_cpu = cpu->id;
    }
    cpu->fpu_newer = true;
}

void fpu_leave(struct cpu *cpu)
{
    if (!cpu->fpu_newer)
        return;
    fpu_save(&cpu->fpu->fpsr);
    cpu->fpu_newer = false;
}

/* ---- signal frames ---- */

size_t hal_user_fpu_bytes(void)
{
    return sizeof(struct sigframe_fpsimd);
}

void fpu_get(struct fpu *f, void *buf)
{
    struct sigframe_fpsimd *out = buf;
    bool unmasked = hal_irq_save();

    sync(f);
    memcpy(&out->fpsr, &f->fpsr, STATE_BYTES);
    hal_irq_restore(unmasked);
    out->head = (struct sigframe_record){SIGFRAME_FPSIMD_MAGIC, sizeof(*out)};
}

/* Every value is a state: bits of fpsr and fpcr that do not exist are ignored. */
int fpu_set(struct fpu *f, const void *buf)
{
    const struct sigframe_fpsimd *in = buf;
    bool unmasked;

    if (in->head.magic != SIGFRAME_FPSIMD_MAGIC || in->head.size != sizeof(*in))
        return -EINVAL;
    unmasked = hal_irq_save();
    forget(f);
    memcpy(&f->fpsr, &in->fpsr, STATE_BYTES);
    hal_irq_restore(unmasked);
    return 0;
}
