/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector state: the XSAVE image that the host puts into signal frames,
 * standard format (Intel SDM 1 13.4), with the size and the component mask announced in the
 * software-reserved bytes of the legacy area and a second magic number behind it.
 */
#include "hostsim/user/frame.h"

#include <errno.h>
#include <string.h>

#define FPU_MAGIC1     0x46505853u
#define FPU_MAGIC2     0x46505845u
#define FPU_LEGACY     512u
#define FPU_HEADER     64u
#define FPU_FCW        0x37f
#define FPU_MXCSR      0x1f80u
#define FPU_MXCSR_MASK 0xffbfu /* where the processor does not say */
#define FPU_X87_SSE    3ull

/* The parts of the image that have a name. */
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

_Static_assert(sizeof(struct fpu_image) == FPU_LEGACY + FPU_HEADER, "Intel SDM 1 13.4");
_Static_assert(offsetof(struct fpu_image, magic1) == 464, "host ABI");

static struct {
    uint64_t mask;
    uint32_t xstate_size, mxcsr_mask;
} fpu;

size_t fpu_bytes(void)
{
    return fpu.xstate_size + sizeof(uint32_t);
}

uint64_t fpu_mask(void)
{
    return fpu.mask;
}

int fpu_calibrate(struct native_slot *slot)
{
    struct host_frame frame;
    struct user_regs regs;
    const struct fpu_image *image;
    uint64_t at;

    if (!frame_read_signal(slot, &frame, &regs))
        return -ENODEV;
    at = frame.fpstate - slot->va;
    if (at % 64 != 0 || at < SLOT_ALTSTACK || at > SLOT_SIZE - sizeof(*image))
        return -ENODEV;
    image = (const struct fpu_image *)((uint8_t *)slot->mem + at);
    if (image->magic1 != FPU_MAGIC1 || image->xstate_size < sizeof(*image) ||
        image->xstate_size + sizeof(uint32_t) > SLOT_XSAVE_MAX ||
        at + image->xstate_size + sizeof(uint32_t) > SLOT_SIZE)
        return -ENODEV;
    fpu.mask = image->xfeatures;
    fpu.xstate_size = image->xstate_size;
    fpu.mxcsr_mask = image->mxcsr_mask != 0 ? image->mxcsr_mask : FPU_MXCSR_MASK;
    return 0;
}

static void fpu_announce(uint8_t *image)
{
    struct fpu_image *im = (struct fpu_image *)image;
    const uint32_t magic2 = FPU_MAGIC2;

    im->magic1 = FPU_MAGIC1;
    im->extended_size = (uint32_t)fpu_bytes();
    im->xfeatures = fpu.mask;
    im->xstate_size = fpu.xstate_size;
    memset(im->pad, 0, sizeof(im->pad));
    memcpy(image + fpu.xstate_size, &magic2, sizeof(magic2));
}

void fpu_initial(uint8_t *image)
{
    struct fpu_image *im = (struct fpu_image *)image;

    memset(image, 0, fpu_bytes());
    im->fcw = FPU_FCW;
    im->mxcsr = FPU_MXCSR;
    im->mxcsr_mask = fpu.mxcsr_mask;
    fpu_announce(image);
}

/* As the host does: an image without its magic numbers is the legacy part only. */
static bool fpu_is_extended(const uint8_t *image)
{
    const struct fpu_image *im = (const struct fpu_image *)image;
    uint32_t magic2;

    memcpy(&magic2, image + fpu.xstate_size, sizeof(magic2));
    return im->magic1 == FPU_MAGIC1 && im->xstate_size == fpu.xstate_size &&
           im->extended_size == fpu_bytes() && magic2 == FPU_MAGIC2;
}

int fpu_check(uint8_t *image)
{
    struct fpu_image *im = (struct fpu_image *)image;

    if (im->mxcsr & ~fpu.mxcsr_mask)
        return -EINVAL;
    if (!fpu_is_extended(image)) {
        memset(image + FPU_LEGACY, 0, fpu_bytes() - FPU_LEGACY);
        im->xstate_bv = FPU_X87_SSE;
    }
    if (im->xstate_bv & ~fpu.mask || im->xcomp_bv != 0)
        return -EINVAL;
    for (unsigned i = 0; i < 6; i++)
        if (im->header_rest[i] != 0)
            return -EINVAL;
    im->mxcsr_mask = fpu.mxcsr_mask;
    fpu_announce(image);
    return 0;
}

void fpu_read(struct native_slot *slot, uint8_t *image)
{
    const uint8_t *mem = (const uint8_t *)slot->mem;
    struct fpu_image *im = (struct fpu_image *)image;
    uint64_t at = SLOT_XSAVE;

    if (slot->stop == SLOT_STOP_FRAME) {
        const struct host_frame *f =
            (const struct host_frame *)(mem + slot->frame_offset);

        at = __atomic_load_n(&f->fpstate, __ATOMIC_RELAXED) - slot->va;
    }
    if (at % 64 != 0 || at > SLOT_SIZE - fpu_bytes()) {
        fpu_initial(image);
        return;
    }
    memcpy(image, mem + at, fpu_bytes());
    if (slot->stop == SLOT_STOP_REGS) { /* XSAVE leaves the rest of its header alone */
        im->xcomp_bv = 0;
        memset(im->header_rest, 0, sizeof(im->header_rest));
        im->mxcsr_mask = fpu.mxcsr_mask;
        fpu_announce(image);
    }
    if (fpu_check(image) != 0)
        fpu_initial(image);
}
