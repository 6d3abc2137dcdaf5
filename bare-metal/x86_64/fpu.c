/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XSAVE images in standard format (Intel SDM 1 13.4), or the 512 bytes of FXSAVE where that is all
 * there is.  In a signal frame size and components stand in bytes that are left to software, and
 * a second magic number follows the image.
 */
#include "bare-metal/x86_64/fpu.h"

#include "abi/errno.h"
#include "bare-metal/x86_64/cpu.h"
#include "bare-metal/x86_64/insn.h"
#include "lib/base.h"
#include "lib/string.h"
#include "mm/slab.h"

#define MAGIC1       0x46505853u
#define MAGIC2       0x46505845u
#define LEGACY_BYTES 512u
#define FCW_START    0x37f
#define MXCSR_START  0x1f80
#define MXCSR_MASK   0xffbfu /* where the processor does not say */
#define X87_SSE      UINT64_C(3)
#define COMPONENTS   UINT64_C(0xe7) /* x87, SSE, AVX, AVX-512 */
#define NOWHERE      UINT32_MAX

struct fpu_image {
    uint16_t fcw, fsw, ftw, fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[464 - 32];
    uint32_t magic1, extended_size;
    uint64_t xfeatures;
    uint32_t xstate_size;
    uint32_t pad[7];
    uint64_t xstate_bv, xcomp_bv;
    uint64_t header_rest[6];
};

_Static_assert(sizeof(struct fpu_image) == LEGACY_BYTES + 64, "Intel SDM 1 13.4");
_Static_assert(offsetof(struct fpu_image, magic1) == 464, "signal frame");

struct fpu {
    uint32_t last_cpu; /* whose registers hold it, if it is that CPU's `fpu`, too */
    uint8_t image[] ALIGNED(64);
};

static uint64_t mask;
static uint32_t image_bytes = LEGACY_BYTES, mxcsr_mask = MXCSR_MASK;
static struct kmem_cache *cache; /* made by the first program */
static struct fpu_image scratch ALIGNED(64);

static struct fpu_image *image_of(struct fpu *f)
{
    return (struct fpu_image *)f->image;
}

static void save(struct fpu *f)
{
    if (mask)
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(f->image), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
                         : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(f->image) : "memory");
}

static void restore(struct fpu *f)
{
    if (mask)
        __asm__ volatile("xrstor64 (%0)"
                         :
                         : "r"(f->image), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
                         : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(f->image) : "memory");
}

void fpu_cpu_setup(void)
{
    if (cpu_features.xsave) {
        struct cpuid d = insn_cpuid(13, 0);
        uint64_t all = ((uint64_t)d.d << 32 | d.a) & COMPONENTS;

        /* AVX-512 is three components that come together: Intel SDM 1 13.3. */
        if ((all & 0xe4) != 0xe4)
            all &= 7;
        __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)all), "d"(0));
        if (hal_cpu_id() == 0) {
            mask = all;
            image_bytes = insn_cpuid(13, 0).b;
        }
    }
    __asm__ volatile("fninit");
    if (hal_cpu_id() == 0) {
        __asm__ volatile("fxsave64 (%0)" : : "r"(&scratch) : "memory");
        if (scratch.mxcsr_mask)
            mxcsr_mask = scratch.mxcsr_mask;
    }
}

static void initial(struct fpu *f)
{
    struct fpu_image *im = image_of(f);

    memset(im, 0, image_bytes);
    im->fcw = FCW_START;
    im->mxcsr = MXCSR_START;
    im->mxcsr_mask = mxcsr_mask;
    if (mask)
        im->xstate_bv = X87_SSE;
}

/* Bring the image in memory up to date, if it is this CPU's. */
static void sync(struct fpu *f)
{
    struct cpu *cpu = cpu_self();

    if (cpu->fpu == f && cpu->fpu_newer) {
        save(f);
        cpu->fpu_newer = false;
    }
}

struct fpu *fpu_new(struct fpu *from)
{
    struct fpu *f;
    bool unmasked;

    if (!cache)
        cache = kmem_cache_create("fpu", sizeof(struct fpu) + image_bytes, 64);
    f = cache ? kmem_cache_alloc(cache) : NULL;
    if (!f)
        return NULL;
    f->last_cpu = NOWHERE;
    if (!from) {
        initial(f);
        return f;
    }
    unmasked = hal_irq_save();
    sync(from);
    memcpy(f->image, from->image, image_bytes);
    hal_irq_restore(unmasked);
    return f;
}

void fpu_free(struct fpu *f)
{
    kmem_cache_free(cache, f);
}

void fpu_load(struct cpu *cpu, struct fpu *f)
{
    if (cpu->fpu != f || f->last_cpu != cpu->id) {
        kassert(!cpu->fpu_newer);
        restore(f);
        cpu->fpu = f;
        f->last_cpu = cpu->id;
    }
    cpu->fpu_newer = true;
}

void fpu_leave(struct cpu *cpu)
{
    if (!cpu->fpu_newer)
        return;
    save(cpu->fpu);
    cpu->fpu_newer = false;
}

uint32_t fpu_exception_code(unsigned vector)
{
    /* From bit 0: invalid, denormal, divide, overflow, underflow, inexact. */
    static const uint8_t codes[] = {7 /* FLTINV */,
                                    5 /* FLTUND */,
                                    3 /* FLTDIV */,
                                    4 /* FLTOVF */,
                                    5,
                                    6 /* FLTRES */};
    uint32_t pending;

    if (vector == 16) {
        uint16_t status, control;

        __asm__ volatile("fnstsw %0" : "=m"(status));
        __asm__ volatile("fnstcw %0" : "=m"(control));
        pending = status & ~(uint32_t)control & 0x3f;
    } else {
        uint32_t mxcsr;

        __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
        pending = mxcsr & ~(mxcsr >> 7) & 0x3f;
    }
    return pending ? codes[__builtin_ctz(pending)] : 0;
}

/* ---- signal frames ---- */

size_t hal_user_fpu_bytes(void)
{
    return mask ? image_bytes + sizeof(uint32_t) : LEGACY_BYTES;
}

static void announce(uint8_t *buf)
{
    struct fpu_image *im = (struct fpu_image *)buf;
    const uint32_t magic2 = MAGIC2;

    if (!mask)
        return;
    im->magic1 = MAGIC1;
    im->extended_size = (uint32_t)hal_user_fpu_bytes();
    im->xfeatures = mask;
    im->xstate_size = image_bytes;
    memset(im->pad, 0, sizeof(im->pad));
    memcpy(buf + image_bytes, &magic2, sizeof(magic2));
}

void fpu_get(struct fpu *f, void *buf)
{
    bool unmasked = hal_irq_save();

    sync(f);
    memcpy(buf, f->image, image_bytes);
    hal_irq_restore(unmasked);
    announce(buf);
}

static bool is_extended(const uint8_t *buf)
{
    const struct fpu_image *im = (const struct fpu_image *)buf;
    uint32_t magic2;

    memcpy(&magic2, buf + image_bytes, sizeof(magic2));
    return im->magic1 == MAGIC1 && im->xstate_size == image_bytes &&
           im->extended_size == hal_user_fpu_bytes() && magic2 == MAGIC2;
}

/* What XRSTOR would fault on: Intel SDM 1 13.8.1. */
static int header_check(const struct fpu_image *im)
{
    if ((im->xstate_bv & ~mask) || im->xcomp_bv != 0)
        return -EINVAL;
    for (unsigned i = 0; i < ARRAY_SIZE(im->header_rest); i++) {
        if (im->header_rest[i] != 0)
            return -EINVAL;
    }
    return 0;
}

int fpu_set(struct fpu *f, const void *buf)
{
    const struct fpu_image *from = buf;
    struct fpu_image *im = image_of(f);
    bool extended = mask && is_extended(buf), unmasked;
    struct cpu *cpu;

    if ((from->mxcsr & ~mxcsr_mask) || (extended && header_check(from)))
        return -EINVAL;
    unmasked = hal_irq_save();
    cpu = cpu_self();
    if (cpu->fpu == f) {
        cpu->fpu = NULL;
        cpu->fpu_newer = false;
    }
    f->last_cpu = NOWHERE;
    memcpy(im, from, extended ? image_bytes : LEGACY_BYTES);
    if (mask && !extended) {
        memset(f->image + LEGACY_BYTES, 0, image_bytes - LEGACY_BYTES);
        im->xstate_bv = X87_SSE;
    }
    hal_irq_restore(unmasked);
    return 0;
}
