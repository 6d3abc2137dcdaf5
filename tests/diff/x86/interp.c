/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's side: the same pages, in a few frames of RAM that a flat table translates to. */
#include "diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostsim/user/sim/code.h"

#define SPACE_TAG 1
#define STEPS_MAX 100000
#define FSW_TOP   0x3800u

#define VECTOR_PF 14

static struct {
    struct sim_core *core;
    struct sim_cpu cpu;
} interp;

static uint8_t ram[DIFF_CODE_BYTES + DIFF_DATA_BYTES + DIFF_RO_BYTES]
    __attribute__((aligned(DIFF_PAGE)));

static uint8_t *const code = ram, *const data = ram + DIFF_CODE_BYTES,
                      *const ro = ram + DIFF_CODE_BYTES + DIFF_DATA_BYTES;

static bool within(uint64_t va, uint64_t from, uint64_t len)
{
    return va >= from && va < from + len;
}

static bool interp_translate(void *arg, uint64_t va, enum hal_access access,
                             uint8_t **host, uint8_t *ready)
{
    (void)arg;
    if (within(va, DIFF_CODE_VA, DIFF_CODE_BYTES)) {
        *host = code + (va - DIFF_CODE_VA);
        *ready = HAL_READ | HAL_WRITE | HAL_EXEC;
    } else if (within(va, DIFF_DATA_VA, DIFF_DATA_BYTES)) {
        *host = data + (va - DIFF_DATA_VA);
        *ready = HAL_READ | HAL_WRITE;
    } else if (within(va, DIFF_RO_VA, DIFF_RO_BYTES)) {
        *host = ro + (va - DIFF_RO_VA);
        *ready = HAL_READ;
    } else {
        return false;
    }
    return *ready & access;
}

static uint64_t interp_time(void)
{
    return 0;
}

void interp_start(void)
{
    const struct sim_mmu mmu = {.translate = interp_translate,
                                .time_ns = interp_time,
                                .ram = ram,
                                .ram_bytes = sizeof(ram),
                                .user_max = UINT64_C(0x7ffffffff000)};
    const char *clash = "";

    memset(code, 0xcc, DIFF_CODE_BYTES);
    memset(ro, 0x5a, DIFF_RO_BYTES);
    if (sim_rows_index(&clash) && sim_frames_init(sizeof(ram)) == 0)
        interp.core = sim_core_create(&mmu);
    if (!interp.core) {
        fprintf(stderr, "sim_diff: the engine does not start (%s)\n", clash);
        exit(2);
    }
    sim_core_load(interp.core, SPACE_TAG);
}

void interp_stop(void)
{
    sim_core_destroy(interp.core);
}

static void state_load(const struct diff_case *c, struct sim_cpu *cpu)
{
    const struct diff_state *in = &c->in;

    sim_cpu_reset(cpu);
    memcpy(cpu->r, in->gpr, sizeof(in->gpr));
    cpu->r[SIM_GS] = c->gs_base;
    cpu->rip = in->rip;
    sim_cpu_set_flags(cpu, in->rflags);
    cpu->mxcsr = in->fx.mxcsr;
    memcpy(cpu->xmm, in->fx.xmm, sizeof(cpu->xmm));
    cpu->x87.fcw = in->fx.fcw;
    cpu->x87.fsw = in->fx.fsw & (uint16_t)~FSW_TOP;
    cpu->x87.top = in->fx.fsw >> 11 & 7;
    cpu->x87.valid = in->fx.ftw;
    for (unsigned n = 0; n < 8; n++)
        memcpy(&cpu->x87.r[(cpu->x87.top + n) & 7], in->fx.st[n], 10);
}

static void state_store(const struct sim_cpu *cpu, struct diff_state *out)
{
    memcpy(out->gpr, cpu->r, sizeof(out->gpr));
    out->rip = cpu->rip;
    out->rflags = sim_cpu_flags(cpu);
    out->fx.mxcsr = cpu->mxcsr;
    memcpy(out->fx.xmm, cpu->xmm, sizeof(cpu->xmm));
    out->fx.fcw = cpu->x87.fcw;
    out->fx.fsw = (uint16_t)(cpu->x87.fsw | cpu->x87.top << 11);
    out->fx.ftw = cpu->x87.valid;
    for (unsigned n = 0; n < 8; n++)
        memcpy(out->fx.st[n], &cpu->x87.r[(cpu->x87.top + n) & 7], 10);
}

static uint32_t exception_vector(enum hal_exception e)
{
    switch (e) {
    case HAL_EXC_ILLEGAL:
        return 6;
    case HAL_EXC_DIVIDE:
        return 0;
    case HAL_EXC_FPU:
        return 16;
    case HAL_EXC_BREAKPOINT:
        return 3;
    case HAL_EXC_STEP:
        return 1;
    case HAL_EXC_ALIGN:
        return 17;
    case HAL_EXC_PROTECTION:
        return 13;
    }
    return 255;
}

static void outcome_of(const struct sim_cpu *cpu, enum sim_stop stop,
                       struct diff_outcome *out)
{
    out->vector = 254;
    out->err = 0;
    out->addr = 0;
    if (stop == SIM_STOP_FAULT) {
        out->vector = VECTOR_PF;
        out->addr = cpu->fault_va;
        out->err = 4 | (cpu->fault_access == HAL_WRITE ? 2 : 0) |
                   (cpu->fault_access == HAL_EXEC ? 16 : 0);
    } else if (stop == SIM_STOP_EXCEPTION) {
        out->vector = exception_vector(cpu->exception);
        out->err = cpu->exception == HAL_EXC_FPU ? cpu->fpe_code : 0;
    }
}

void interp_run(const struct diff_case *c, struct diff_outcome *out)
{
    enum sim_stop stop;

    memcpy(code + c->code_at, c->code, c->code_bytes);
    memcpy(data, c->data, DIFF_DATA_BYTES);
    sim_core_flush(interp.core, SPACE_TAG, DIFF_CODE_VA, DIFF_CODE_BYTES);
    if (c->number % 256 == 0) /* many blocks of one page are slow to search */
        sim_code_forget_all(interp.core);
    if (c->number % 16 == 0) /* else translations of data stay */
        sim_core_flush(interp.core, SPACE_TAG, 0, UINT64_MAX);
    state_load(c, &interp.cpu);
    stop = sim_run(interp.core, &interp.cpu, STEPS_MAX);
    state_store(&interp.cpu, &out->state);
    outcome_of(&interp.cpu, stop, out);
    memcpy(out->data, data, DIFF_DATA_BYTES);
    memset(code + c->code_at, 0xcc, c->code_bytes);
}
