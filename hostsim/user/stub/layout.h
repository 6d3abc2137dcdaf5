/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the native engine and its stub program share: where things lie in a stub process, and
 * the layout of the control page (kernel to stub, read-only there) and of the slots (shared,
 * one for each guest thread).
 *
 * Owner:   hostsim/user.
 * Context: both sides; also included by assembly.
 * Locking: every word names its only writer.  Whatever a stub can write is hostile input.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_STUB_LAYOUT_H
#define CLOUDOS_HOSTSIM_USER_STUB_LAYOUT_H

/* Descriptors that the zygote gets and every stub inherits. */
#define STUB_FD_ARENA      3 /* physical memory */
#define STUB_FD_SLOTS      4
#define STUB_FD_CONTROL    5 /* opened read-only: cannot be mapped writable */
#define STUB_FD_DONE       6 /* the same file, opened write-only: cannot be mapped at all */
#define STUB_FD_TRAMPOLINE 7 /* opened read-only */
#define STUB_FD_IMAGE      8 /* the stub program; closed when the zygote is up */

/* Address map of a stub.  Everything from STUB_FLOOR up belongs to the engine; trampolines
 * recognise an engine GS base by its upper 32 bits, so the floor is 4 GiB aligned. */
#define STUB_FLOOR     0x7fff00000000
#define STUB_CEILING   0x7ffffffff000
#define STUB_TEXT      0x7ffff0000000
#define STUB_TEXT_SIZE 0x1000
#define STUB_CONTROL   0x7ffff0010000
#define STUB_SLOTS     0x7ffff0020000
#define STUB_SLOTS_MAX 4096 /* guest threads in one space */

/* Engine-owned low memory: pointer cells, then trampolines, for patched call sites.  A cell's
 * address has 0x06, an invalid opcode, as its third byte. */
#define STUB_LOW             0x60000
#define STUB_LOW_SIZE        0x10000
#define STUB_CELLS           0x60000
#define STUB_CELLS_MAX       1024 /* cell 0 points to the fast entry */
#define STUB_TRAMPOLINES     0x62000
#define STUB_TRAMPOLINE_SIZE 48
#define STUB_LOW_USED        0xe000

/* Control page. */
#define CONTROL_SEQ         0x00 /* kernel: number of the newest order; futex of the mapper */
#define CONTROL_COUNT       0x04 /* kernel: entries in the order */
#define CONTROL_RELEASE     0x08 /* kernel: slot to resume afterwards, or 0 */
#define CONTROL_SPIN        0x10 /* kernel: how long guest tasks spin for their turn */
#define CONTROL_MAPPER_SPIN 0x14 /* kernel: how long the mapper spins for an order */
#define CONTROL_KERNEL_PID  0x18
#define CONTROL_YIELD       0x1c /* kernel: how often they then give their core away */
#define CONTROL_DONE        0x40 /* mapper, through STUB_FD_DONE: newest finished order */
#define CONTROL_WAITING     0x44 /* kernel: sleeps on CONTROL_DONE */
#define CONTROL_DONE_OFFSET 0x48 /* kernel: file offset of CONTROL_DONE */
#define CONTROL_ENTRIES     0x80
#define CONTROL_ENTRY_SIZE  64
#define CONTROL_ENTRIES_MAX 62
#define CONTROL_PAGE        4096

#define ENTRY_NR   0
#define ENTRY_ARGS 8
#define ENTRY_KIND 56

#define ENTRY_CALL    0 /* make the system call */
#define ENTRY_TASK    1 /* clone; the child becomes a guest task */
#define ENTRY_STUB    2 /* clone; the child becomes the mapper of a new stub */
#define ENTRY_PUT_PID 3 /* store the process id at the address in the first argument */

#define DONE_FAILED 0x80000000 /* or-ed with the errno */

/* The only two ways to clone that the mapper's filter knows.
 * PARENT, SIGCHLD: a stub is a child of the kernel process, not of the zygote. */
#define STUB_CLONE_STUB 0x00008011
/* VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID */
#define STUB_CLONE_TASK 0x00150f00

/* Slot.  The first cache line is what every hand-over moves, both ways; the registers are
 * written by the guest and usually only read by the kernel, so they move one way. */
#define SLOT_SIZE          0x4000
#define SLOT_TURN          0x000 /* all: whose turn; futex of guest and kernel */
#define SLOT_KIND          0x004 /* guest: why it hands over: signal number or KIND_* */
#define SLOT_COMMAND       0x008 /* kernel: how to resume */
#define SLOT_FRAME_OFFSET  0x00c /* guest: of the signal frame in the slot */
#define SLOT_RESULT        0x010 /* kernel: rax of a resume by registers */
#define SLOT_FS            0x018 /* guest: bases at the hand-over */
#define SLOT_GS            0x020
#define SLOT_GUEST_SLEEPS  0x040 /* guest */
#define SLOT_KICKED        0x044 /* guest sets, kernel clears before a resume */
#define SLOT_KERNEL_SLEEPS 0x080 /* kernel */
#define SLOT_SET_FS        0x088 /* kernel */
#define SLOT_SET_GS        0x090 /* kernel */
#define SLOT_XSAVE_MASK    0x098 /* kernel: components to save, or to load from a frame */
#define SLOT_TID           0x0c8 /* host, at clone */
#define SLOT_PID           0x0cc /* mapper, before guest code runs */
#define SLOT_REGS          0x100 /* both: struct user_regs */
#define SLOT_STACK         0x1c0 /* kernel, once: argument of sigaltstack */
#define SLOT_FRAME         0x400 /* kernel: signal frame to resume by */
#define SLOT_XSAVE         0x800 /* kernel and guest: XSAVE area of that frame */
#define SLOT_XSAVE_MAX     0x1000
#define SLOT_ALTSTACK      0x1800
#define SLOT_ALTSTACK_SIZE (SLOT_SIZE - SLOT_ALTSTACK)

#define TURN_KERNEL 0
#define TURN_GUEST  1
#define TURN_PARK   2 /* still the kernel's, and it will take a while: sleep now */
#define TURN_ORDER  3 /* the mapper's: wake it and let it have this core */

/* Why a guest hands over, where it is not a host signal number (1..64). */
#define KIND_NONE   0
#define KIND_CALL   100 /* patched call site; registers are in the slot */
#define KIND_KICKED 101 /* kicked before it left the stub; nothing ran since the resume */
#define KIND_FPU    102 /* answer to COMMAND_SAVE_FPU */

/* How to resume, with flags. */
#define COMMAND_RETURN   0 /* from the signal frame that the hand-over left */
#define COMMAND_FRAME    1 /* from the kernel's frame at SLOT_FRAME */
#define COMMAND_REGS     2 /* registers from the slot, all other state is live */
#define COMMAND_SAVE_FPU 3 /* save it at SLOT_XSAVE and hand over again */
#define COMMAND_VECTOR                                                                   \
    4 /* registers from the slot, vector state from the hand-over's frame */
#define COMMAND_MASK 7
#define COMMAND_FS   8  /* load SLOT_SET_FS first */
#define COMMAND_GS   16 /* load SLOT_SET_GS first */

#define STUB_SIG_KICK 10 /* SIGUSR1 */

/* Facts about the stub's text, at its start. */
#define EXPORT_MAGIC      0
#define EXPORT_FAST_ENTRY 8  /* offset of the fast path's entry in the text */
#define EXPORT_REST       16 /* offset behind the call in which a guest task sleeps */
#define STUB_MAGIC        0x42555453534f4c43

#define STUB_IMAGE_OFFSET 0x1000 /* of the text in the stub's ELF file */

#endif /* CLOUDOS_HOSTSIM_USER_STUB_LAYOUT_H */
