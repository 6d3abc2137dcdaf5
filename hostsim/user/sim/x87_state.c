/* SPDX-License-Identifier: BSD-2-Clause */
/* The x87's state between memory, the host's registers and the images that programs see. */
#include "hostsim/user/sim/x87.h"

#include <string.h>

#include "hostsim/user/sim/fp.h"

#define TAG_VALID   0u
#define TAG_ZERO    1u
#define TAG_SPECIAL 2u
#define TAG_EMPTY   3u
#define HIGH_ONES   0xffff0000u /* of fields that are 16 bits wide */

static unsigned tag_of(const union sim_st *r)
{
    unsigned exp = r->sign_exp & 0x7fff;

    if (exp == 0 && r->mant == 0)
        return TAG_ZERO;
    return exp == 0 || exp == 0x7fff || !(r->mant >> 63) ? TAG_SPECIAL : TAG_VALID;
}

uint16_t sim_x87_tags(const struct sim_x87 *x)
{
    unsigned tags = 0;

    for (unsigned n = 0; n < 8; n++)
        tags |= (x->valid >> n & 1 ? tag_of(&x->r[n]) : TAG_EMPTY) << (2 * n);
    return (uint16_t)tags;
}

static uint8_t valid_of(unsigned tags)
{
    unsigned valid = 0;

    for (unsigned n = 0; n < 8; n++)
        valid |= ((tags >> (2 * n) & 3) != TAG_EMPTY) << n;
    return (uint8_t)valid;
}

void sim_x87_reset(struct sim_x87 *x)
{
    x->fcw = X87_FCW_RESET;
    x->fsw = 0;
    x->top = 0;
    x->valid = 0;
    x->fop = 0;
    x->fip = x->fdp = 0;
}

unsigned sim_x87_env_store(const struct sim_x87 *x, bool is_16, void *out)
{
    uint16_t fsw = (uint16_t)(x->fsw | x->top << 11), tags = sim_x87_tags(x);
    const struct x87_env e = {
        .fcw = x->fcw | HIGH_ONES,
        .fsw = fsw | HIGH_ONES,
        .ftw = tags | HIGH_ONES,
        .fip = (uint32_t)x->fip,
        .fcs_fop = (uint32_t)x->fop << 16,
        .fdp = (uint32_t)x->fdp,
        .fds = HIGH_ONES,
    };
    const uint16_t e_16[7] = {x->fcw,           fsw, tags, (uint16_t)x->fip, 0,
                              (uint16_t)x->fdp, 0};

    memcpy(out, is_16 ? (const void *)e_16 : &e, is_16 ? sizeof(e_16) : sizeof(e));
    return is_16 ? sizeof(e_16) : sizeof(e);
}

static void env_take(struct sim_x87 *x, unsigned fcw, unsigned fsw, unsigned tags)
{
    x->fcw = (uint16_t)((fcw & X87_FCW_VALID) | X87_FCW_ONE);
    x->fsw = (uint16_t)(fsw & ~X87_FSW_TOP);
    x->top = fsw >> 11 & 7;
    x->valid = valid_of(tags);
    sim_x87_summarise(x);
}

unsigned sim_x87_env_load(struct sim_x87 *x, bool is_16, const void *in)
{
    struct x87_env e;
    uint16_t e_16[7];

    if (is_16) {
        memcpy(e_16, in, sizeof(e_16));
        env_take(x, e_16[0], e_16[1], e_16[2]);
        x->fip = e_16[3];
        x->fdp = e_16[5];
        return sizeof(e_16);
    }
    memcpy(&e, in, sizeof(e));
    env_take(x, e.fcw & 0xffff, e.fsw & 0xffff, e.ftw & 0xffff);
    x->fip = e.fip;
    x->fop = e.fcs_fop >> 16 & 0x7ff;
    x->fdp = e.fdp;
    return sizeof(e);
}

void sim_x87_park_slow(struct sim_cpu *cpu)
{
    struct sim_x87 *x = &cpu->x87;
    struct x87_image image;

    asm volatile("fnsave %0" : "=m"(image));
    env_take(x, image.env.fcw & 0xffff, image.env.fsw & 0xffff, image.env.ftw & 0xffff);
    for (unsigned n = 0; n < 8; n++)
        memcpy(&x->r[(x->top + n) & 7], image.st[n], 10);
    cpu->x87_live = false;
}

bool sim_x87_pending(struct sim_cpu *cpu)
{
    cpu->stop = SIM_STOP_EXCEPTION;
    cpu->exception = HAL_EXC_FPU;
    cpu->fpe_code = sim_fp_code(cpu->x87.fsw & ~cpu->x87.fcw & X87_FSW_FLAGS);
    return false;
}
