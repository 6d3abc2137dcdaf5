/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop that runs blocks, and the ends of handlers that do not go on. */
#include "hostsim/user/sim/branch.h"
#include "hostsim/user/sim/flags.h"
#include "hostsim/user/sim/fp.h"

#include <string.h>

void sim_cpu_reset(struct sim_cpu *cpu)
{
    memset(cpu, 0, sizeof(*cpu));
    cpu->mxcsr = 0x1f80;
    cpu->selector[1] = SIM_CS64;
    cpu->selector[2] = SIM_DS;
    cpu->x87.fcw = 0x37f;
}

uint64_t sim_insn_rip(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return cpu->block->va + i->at;
}

uint64_t sim_insn_end(const struct sim_cpu *cpu, const struct sim_insn *i)
{
    return cpu->block->va + i->at + i->len;
}

const struct sim_insn *sim_fault(struct sim_cpu *cpu, const struct sim_insn *i)
{
    cpu->rip = sim_insn_rip(cpu, i);
    cpu->left += cpu->block->count - i->nth;
    return NULL;
}

const struct sim_insn *sim_raise(struct sim_cpu *cpu, const struct sim_insn *i,
                                 enum hal_exception what)
{
    cpu->stop = SIM_STOP_EXCEPTION;
    cpu->exception = what;
    return sim_fault(cpu, i);
}

const struct sim_insn *sim_raise_fpe(struct sim_cpu *cpu, const struct sim_insn *i,
                                     uint32_t code)
{
    cpu->fpe_code = code;
    return sim_raise(cpu, i, HAL_EXC_FPU);
}

const struct sim_insn *sim_after(struct sim_cpu *cpu, const struct sim_insn *i,
                                 enum sim_stop why)
{
    cpu->stop = why;
    cpu->rip = sim_insn_end(cpu, i);
    cpu->left += cpu->block->count - i->nth - 1;
    return NULL;
}

static void block_run(struct sim_cpu *cpu, const struct sim_block *b)
{
    const struct sim_insn *i = b->insns;

    cpu->left -= b->count;
    cpu->block = b;
    do {
        i = i->op(cpu, i);
    } while (i);
}

/* One instruction by itself: it may write to code, or is followed by a trap. */
static void run_alone(struct sim_core *core, struct sim_cpu *cpu)
{
    bool trap = cpu->control & SIM_TF;
    int64_t left = cpu->left;
    struct sim_block *b = sim_code_alone(core, cpu, 1);

    if (!b)
        return;
    cpu->alone = true;
    cpu->epoch = SIM_NO_EPOCH;
    block_run(cpu, b);
    cpu->alone = false;
    core->wanted = NULL;
    if (trap && cpu->stop == SIM_STOP_NONE && cpu->left < left) {
        cpu->stop = SIM_STOP_EXCEPTION;
        cpu->exception = HAL_EXC_STEP;
    }
}

/* The block at cpu->rip: where a run begins it is mostly one that was found before. */
static struct sim_block *block_at(struct sim_core *core, struct sim_cpu *cpu)
{
    struct sim_jump *j = sim_jump_at(core, cpu->rip);

    if (core->wanted || j->va != cpu->rip || j->epoch != core->ctx->epoch)
        return sim_code_find(core, cpu);
    cpu->epoch = j->epoch;
    return j->to;
}

static void run_some(struct sim_core *core, struct sim_cpu *cpu)
{
    struct sim_block *b;

    if (unlikely(cpu->control & SIM_TF)) {
        run_alone(core, cpu);
        return;
    }
    b = block_at(core, cpu);
    if (b && unlikely(cpu->left < b->count)) {
        b = sim_code_alone(core, cpu, (unsigned)cpu->left);
        cpu->epoch = SIM_NO_EPOCH;
    }
    if (b)
        block_run(cpu, b);
    if (cpu->stop == SIM_STOP_REDO) {
        cpu->stop = SIM_STOP_NONE;
        run_alone(core, cpu);
    }
}

/* True: somebody wants the run to end. */
static bool attend(struct sim_core *core)
{
    if (likely(!atomic_load_explicit(&core->attention, memory_order_relaxed)))
        return false;
    atomic_store(&core->attention, false);
    sim_frames_read_mail(core);
    return atomic_exchange(&core->kicked, false);
}

enum sim_stop sim_run(struct sim_core *core, struct sim_cpu *cpu, uint64_t budget)
{
    cpu->core = core;
    cpu->left = (int64_t)budget;
    cpu->stop = SIM_STOP_NONE;
    core->wanted = NULL;
    sim_fp_enter(cpu);
    while (cpu->stop == SIM_STOP_NONE) {
        if (cpu->left == 0) {
            cpu->stop = SIM_STOP_BUDGET;
        } else if (attend(core)) {
            cpu->stop = SIM_STOP_ATTENTION;
        } else {
            cpu->tlb = cpu->control & SIM_AC ? &core->blind.tlb : &core->ctx->tlb;
            run_some(core, cpu);
        }
    }
    sim_fp_leave(cpu);
    cpu->retired += budget - (uint64_t)cpu->left;
    return cpu->stop;
}
