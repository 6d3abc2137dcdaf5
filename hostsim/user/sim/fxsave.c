/* SPDX-License-Identifier: BSD-2-Clause */
/* Images of the floating-point state. */
#include "hostsim/user/sim/fxsave.h"

#include <string.h>

#define MAGIC1     0x46505853u
#define MAGIC2     0x46505845u
#define COMPONENTS 3ull /* x87 and SSE */
#define TOP_SHIFT  11
#define TOP_MASK   0x3800u
#define FCW_BITS   0x1f3fu
#define FCW_ALWAYS 0x40u

struct fx_image {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t st[8][16]; /* from ST(0) on */
    union sim_xmm xmm[16];
    uint8_t unused[48];
    uint32_t magic1, extended_size;
    uint64_t xfeatures;
    uint32_t xstate_size, pad[7];
    uint64_t xstate_bv, xcomp_bv, header_rest[6];
};

_Static_assert(sizeof(struct fx_image) == SIM_FXSAVE_BYTES + SIM_XSAVE_HEADER,
               "SDM 1 13.4");

/* FXSAVE leaves the last 48 bytes to software. */
#define FXSAVE_WRITES offsetof(struct fx_image, magic1)

static void image_get(const struct sim_cpu *cpu, struct fx_image *im)
{
    const struct sim_x87 *f = &cpu->x87;

    memset(im, 0, sizeof(*im));
    im->fcw = f->fcw;
    im->fsw = (uint16_t)((f->fsw & ~TOP_MASK) | f->top << TOP_SHIFT);
    im->ftw = f->valid;
    im->fop = f->fop;
    im->fip = f->fip;
    im->fdp = f->fdp;
    im->mxcsr = cpu->mxcsr;
    im->mxcsr_mask = SIM_MXCSR_MASK;
    for (unsigned n = 0; n < 8; n++)
        memcpy(im->st[n], f->r[(f->top + n) & 7].raw, 10);
    memcpy(im->xmm, cpu->xmm, sizeof(im->xmm));
}

static bool image_set(struct sim_cpu *cpu, const struct fx_image *im)
{
    struct sim_x87 *f = &cpu->x87;

    if (im->mxcsr & ~SIM_MXCSR_MASK)
        return false;
    f->fcw = (im->fcw & FCW_BITS) | FCW_ALWAYS;
    f->fsw = im->fsw & (uint16_t)~TOP_MASK;
    f->top = im->fsw >> TOP_SHIFT & 7;
    f->valid = im->ftw;
    f->fop = im->fop & 0x7ff;
    f->fip = im->fip;
    f->fdp = im->fdp;
    cpu->mxcsr = im->mxcsr;
    for (unsigned n = 0; n < 8; n++) {
        union sim_st *st = &f->r[(f->top + n) & 7];

        memset(st, 0, sizeof(*st));
        memcpy(st->raw, im->st[n], 10);
    }
    memcpy(cpu->xmm, im->xmm, sizeof(cpu->xmm));
    return true;
}

void sim_fxsave(const struct sim_cpu *cpu, void *image)
{
    struct fx_image im;

    image_get(cpu, &im);
    memcpy(image, &im, FXSAVE_WRITES);
}

bool sim_fxrstor(struct sim_cpu *cpu, const void *image)
{
    struct fx_image im;

    memcpy(&im, image, SIM_FXSAVE_BYTES);
    return image_set(cpu, &im);
}

void sim_xsave_get(const struct sim_cpu *cpu, void *image)
{
    const uint32_t magic2 = MAGIC2;
    struct fx_image im;

    image_get(cpu, &im);
    im.magic1 = MAGIC1;
    im.extended_size = SIM_XSAVE_BYTES;
    im.xfeatures = COMPONENTS;
    im.xstate_size = sizeof(im);
    im.xstate_bv = COMPONENTS;
    memcpy(image, &im, sizeof(im));
    memcpy((uint8_t *)image + sizeof(im), &magic2, sizeof(magic2));
}

/* A component that the header leaves out takes its initial state. */
static void components_drop(struct fx_image *im)
{
    if (!(im->xstate_bv & 1)) {
        im->fcw = 0x37f;
        im->fsw = im->ftw = 0;
        im->fop = 0;
        im->fip = im->fdp = 0;
        memset(im->st, 0, sizeof(im->st));
    }
    if (!(im->xstate_bv & 2))
        memset(im->xmm, 0, sizeof(im->xmm));
}

/* An image without its magic numbers is the FXSAVE part only, as Linux takes it. */
bool sim_xsave_set(struct sim_cpu *cpu, const void *image)
{
    struct fx_image im;
    uint32_t magic2;

    memcpy(&im, image, sizeof(im));
    memcpy(&magic2, (const uint8_t *)image + sizeof(im), sizeof(magic2));
    if (im.magic1 == MAGIC1 && im.xstate_size == sizeof(im) &&
        im.extended_size == SIM_XSAVE_BYTES && magic2 == MAGIC2) {
        if (im.xstate_bv & ~COMPONENTS || im.xcomp_bv != 0)
            return false;
        for (unsigned n = 0; n < 6; n++) {
            if (im.header_rest[n])
                return false;
        }
        components_drop(&im);
    }
    return image_set(cpu, &im);
}
