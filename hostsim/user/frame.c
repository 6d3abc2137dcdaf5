/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving registers between a struct user_regs and a guest task. */
#include "hostsim/user/frame.h"

#include <string.h>

#define FRAME_GREGS     18          /* r8 ... rflags */
#define FLAGS_FROM_USER 0x254dd5ull /* CF PF AF ZF SF TF DF OF RF NT AC ID */
#define FLAGS_NT        0x4000ull
#define FLAGS_TF        0x100ull
#define FLAGS_ALWAYS    0x202ull
#define SELECTOR_CS     0x33
#define SELECTOR_SS     0x2b
#define UC_FLAGS        7 /* FP_XSTATE | SIGCONTEXT_SS | STRICT_RESTORE_SS */
#define BASE_MAX        (1ull << 47)

_Static_assert(sizeof(struct host_frame) == 8 + 40 + 256 + 8 + 128, "host ABI");
_Static_assert(offsetof(struct host_frame, gregs) == 48, "host ABI");
_Static_assert(offsetof(struct host_frame, cr2) == 48 + 18 * 8 + 4 * 8, "host ABI");
_Static_assert(offsetof(struct user_regs, rflags) == (FRAME_GREGS - 1) * 8, "one order");
_Static_assert(SLOT_FRAME + sizeof(struct host_frame) <= SLOT_XSAVE, "layout");

static uint64_t flags_clean(uint64_t flags)
{
    return (flags & FLAGS_FROM_USER & ~FLAGS_NT) | FLAGS_ALWAYS;
}

/* Remember the bases that the task has; a GS base of the engine reads as none. */
static void bases_read(struct native_slot *slot, struct user_regs *regs)
{
    slot->fs = __atomic_load_n(&slot->mem->fs, __ATOMIC_RELAXED);
    slot->gs = __atomic_load_n(&slot->mem->gs, __ATOMIC_RELAXED);
    regs->fs_base = slot->fs;
    regs->gs_base = slot->gs >= STUB_FLOOR && slot->gs < BASE_MAX ? 0 : slot->gs;
    regs->orig_rax = UINT64_MAX;
}

void frame_read_regs(struct native_slot *slot, struct user_regs *regs)
{
    memcpy(regs, &slot->mem->regs, FRAME_GREGS * sizeof(uint64_t));
    regs->rflags = flags_clean(regs->rflags);
    bases_read(slot, regs);
    slot->seen = *regs;
    slot->stop = SLOT_STOP_REGS;
}

bool frame_read_signal(struct native_slot *slot, struct host_frame *out,
                       struct user_regs *regs)
{
    uint32_t offset = __atomic_load_n(&slot->mem->frame_offset, __ATOMIC_RELAXED);

    if (offset < SLOT_ALTSTACK || offset > SLOT_SIZE - sizeof(*out) || offset % 8 != 0)
        return false;
    memcpy(out, (uint8_t *)slot->mem + offset, sizeof(*out));
    memcpy(regs, out->gregs, sizeof(out->gregs));
    regs->rflags = flags_clean(regs->rflags);
    bases_read(slot, regs);
    slot->stop = SLOT_STOP_FRAME;
    slot->frame_offset = offset;
    return true;
}

/* Fill in what rt_sigreturn takes.  `fpstate` 0 means the initial vector state. */
static void frame_fill(struct native_slot *slot, struct host_frame *f,
                       const struct user_regs *regs)
{
    memcpy(f->gregs, regs, sizeof(f->gregs));
    f->gregs[FRAME_GREGS - 1] = flags_clean(regs->rflags);
    f->cs = SELECTOR_CS;
    f->gs = 0;
    f->fs = 0;
    f->ss = SELECTOR_SS;
    f->sigmask = 0;
    f->uc_flags = UC_FLAGS;
    f->uc_link = 0;
    f->stack_base = slot->va + SLOT_ALTSTACK;
    f->stack_flags = 0;
    f->stack_size = SLOT_ALTSTACK_SIZE;
}

/* slot->fs and slot->gs stay as they are until the task reports: it may never get this far. */
static uint32_t bases_write(struct native_slot *slot, const struct user_regs *regs)
{
    uint64_t gs =
        regs->gs_base == 0 || regs->gs_base >= STUB_FLOOR ? slot->va : regs->gs_base;
    uint32_t command = 0;

    if (regs->fs_base != slot->fs && regs->fs_base < BASE_MAX) {
        slot->mem->set_fs = regs->fs_base;
        command |= COMMAND_FS;
    }
    if (gs != slot->gs) {
        slot->mem->set_gs = gs;
        command |= COMMAND_GS;
    }
    return command;
}

/* Only rax changes in most calls, and that has a place of its own: leave the lines of the
 * other registers where they are. */
static void regs_write(struct native_slot *slot, const struct user_regs *regs)
{
    struct user_regs want = *regs;

    want.rflags = flags_clean(want.rflags);
    want.rax = slot->seen.rax;
    slot->mem->result = regs->rax;
    if (memcmp(&want, &slot->seen, FRAME_GREGS * sizeof(uint64_t)) == 0)
        return;
    memcpy(&slot->mem->regs, &want, FRAME_GREGS * sizeof(uint64_t));
    slot->seen = want;
}

bool frame_fits_registers(const struct user_regs *regs)
{
    return regs->gs_base == 0 && !(regs->rflags & FLAGS_TF);
}

void frame_write(struct native_slot *slot, const struct user_regs *regs, bool by_frame,
                 const uint8_t *fpu)
{
    uint8_t *mem = (uint8_t *)slot->mem;
    uint32_t command = bases_write(slot, regs);

    if (by_frame) {
        struct host_frame *f = (struct host_frame *)(mem + SLOT_FRAME);

        memset(f, 0, sizeof(*f));
        frame_fill(slot, f, regs);
        if (fpu != NULL) {
            memcpy(mem + SLOT_XSAVE, fpu, fpu_bytes());
            f->fpstate = slot->va + SLOT_XSAVE;
        }
        command |= COMMAND_FRAME;
    } else if (slot->stop == SLOT_STOP_FRAME && !slot->masked &&
               frame_fits_registers(regs)) {
        slot->mem->xsave_mask = fpu_mask();
        regs_write(slot, regs);
        command |= COMMAND_VECTOR;
    } else if (slot->stop == SLOT_STOP_FRAME) {
        frame_fill(slot, (struct host_frame *)(mem + slot->frame_offset), regs);
        command |= COMMAND_RETURN;
    } else {
        regs_write(slot, regs);
        command |= COMMAND_REGS;
    }
    slot->mem->command = command;
    slot->by_return = (command & COMMAND_MASK) == COMMAND_RETURN;
    slot->mem->kind = KIND_NONE;
    if (slot->mem->kicked != 0)
        slot->mem->kicked = 0;
}
