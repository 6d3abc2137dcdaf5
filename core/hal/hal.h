/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boundary between the portable core and the machine it runs on.
 *
 * It describes hardware, never an operating system.  hostsim/ implements it as a Linux
 * process, bare-metal/ on real machines.  Adding a call takes an ADR.
 *
 * Owner:   core/hal owns the contract; each home owns one implementation.
 * Context: any, with interrupts masked or not, unless a call says otherwise.
 * Locking: calls about "this CPU" need the caller to stay on it: interrupts masked or
 *          preemption off.
 * Errors:  0 or -errno; most calls cannot fail.
 */
#ifndef CLOUDOS_HAL_HAL_H
#define CLOUDOS_HAL_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/user_regs.h"
#include "lib/attr.h"

#define HAL_CPUS_MAX   64
#define HAL_PAGE_SHIFT 12
#define HAL_PAGE_SIZE  4096u
#define HAL_RAM_MAX    16
#define HAL_NEVER      UINT64_MAX

/* ---- machine ---- */

struct hal_range {
    uint64_t base; /* physical address, page-aligned */
    uint64_t len;  /* bytes */
};

enum hal_mmu { HAL_MMU_X86_64, HAL_MMU_AARCH64, HAL_MMU_SV48, HAL_MMU_SV39 };

/* What the firmware, the boot loader or the command line said.  Constant after start. */
struct hal_bootinfo {
    struct hal_range
        ram[HAL_RAM_MAX]; /* usable; holds neither the kernel image nor initrd */
    unsigned ram_count;
    struct hal_range image; /* the kernel's own writable image */
    struct hal_range
        initrd; /* len 0 when there is none; the core may reuse it after unpacking */
    unsigned cpu_count;  /* 1..HAL_CPUS_MAX; CPUs are numbered from 0, 0 boots */
    enum hal_mmu mmu;    /* page-table format the MMU walks */
    uint64_t seed;       /* of a seeded machine, else 0 */
    bool points;         /* locks call hal_point() */
    bool trace;          /* tracepoints call hal_trace() */
    bool console_in_tty; /* somebody types: line editing and echo make sense */
    bool console_out_tty;
    bool tlb_broadcast;          /* hal_tlb_flush() reaches every CPU */
    uint64_t user_min, user_max; /* user programs may have [user_min, user_max) */
    uint32_t kstack_bytes; /* kernel stack size this home needs; power of two of pages */
    uint64_t hwcap[2]; /* AT_HWCAP, AT_HWCAP2: what programs may use beside ARCH_HWCAP */
    const char *cmdline;
};

const struct hal_bootinfo *hal_bootinfo(void);

enum hal_halt { HAL_HALT_POWEROFF, HAL_HALT_RESET, HAL_HALT_PANIC };

/* Stop the machine; `status` (0..255) reaches whoever started it. */
_Noreturn void hal_halt(enum hal_halt why, int status);

/* Fill `buf` from the machine's entropy source (in a seeded machine, from the seed). */
void hal_entropy(void *buf, size_t len);

/* Event `id` (the index of a tracepoint) has happened on this CPU: for the machine's record. */
void hal_trace(unsigned id, uint64_t a, uint64_t b, uint64_t c);

/* Tell a memory checker about kernel memory: HAL_MEM_FREE may not be touched,
 * HAL_MEM_UNDEFINED may be written but not read first, HAL_MEM_DEFINED is ordinary.
 * HAL_MEM_BLOCK is undefined and a block of the heap, lost when nothing points to it any more,
 * until HAL_MEM_BLOCK_FREE for its first byte, which leaves it as HAL_MEM_FREE does. */
enum hal_mem {
    HAL_MEM_FREE,
    HAL_MEM_UNDEFINED,
    HAL_MEM_DEFINED,
    HAL_MEM_BLOCK,
    HAL_MEM_BLOCK_FREE,
};
void hal_mem_mark(const void *addr, size_t len, enum hal_mem state);

/* ---- console: a byte stream each way, and a size ---- */

#define HAL_CONSOLE_EOF (-1)

/* What programs write, the kernel's log, the lines of --strace, the figures of --stats. */
enum hal_stream {
    HAL_STREAM_OUT,
    HAL_STREAM_ERR,
    HAL_STREAM_LOG,
    HAL_STREAM_STRACE,
    HAL_STREAM_STATS
};
#define HAL_STREAM_COUNT 5

/* Write all of `buf`; a home with one wire sends every stream there.  0 or -EPIPE. */
int hal_console_write(enum hal_stream stream, const void *buf, size_t len);
/* Take up to `len` bytes that have arrived: count, 0 if none, HAL_CONSOLE_EOF after the last.
 * HAL_IRQ_CONSOLE is raised when there is something to take, and on a change of size. */
int hal_console_read(void *buf, size_t len);
void hal_console_size(uint16_t *rows, uint16_t *cols);

/* ---- time ---- */

uint64_t hal_time_ns(void); /* monotonic, from 0 at start */
uint64_t hal_wall_ns(void); /* since 1970-01-01 UTC */
uint64_t hal_cycles(void);  /* a free-running counter, for statistics */
/* Arrange for core_on_timer() on this CPU once hal_time_ns() >= deadline_ns; replaces the
 * earlier deadline; HAL_NEVER disarms. */
void hal_timer_set(uint64_t deadline_ns);

/* ---- CPUs ---- */

unsigned hal_cpu_id(void);
/* Start CPU `cpu`; it arrives in core_cpu_main() with interrupts masked. */
int hal_cpu_start(unsigned cpu);
/* Sleep until an interrupt is pending.  Interrupts are masked on entry and on return, so
 * nothing is lost between the last look at the run queue and the sleep. */
void hal_cpu_wait(void);
void hal_cpu_relax(
    void); /* in every spin loop; on a simulated machine it lets others run */
/* Before a lock is taken and after it is released: where CPUs overtake each other.  A machine
 * with bootinfo.points runs others here, and lets interrupts arrive if they are unmasked. */
void hal_point(void);
/* Make core_on_ipi() run on `cpu` soon, also when it runs user code. */
void hal_ipi_send(unsigned cpu);

/* The kernel stack whose kstack_bytes lie in the frames at `pa`: where to use it.  A home that can
 * puts memory below it that faults.  NULL: no memory for that.  hal_stack_unmap() says where the
 * frames are; they may then be used for something else. */
void *hal_stack_map(uint64_t pa);
uint64_t hal_stack_unmap(void *stack);

/* A kernel execution context, switched cooperatively.  Lives in kernel memory. */
struct hal_context {
    uint64_t sp;
    uint64_t tag; /* the home's own: names the context to tools that follow stacks */
};

/* The first switch to `ctx` calls entry(arg) on the stack [stack, stack + len) with interrupts
 * masked; entry never returns. */
void hal_context_init(struct hal_context *ctx, void *stack, size_t len,
                      void (*entry)(void *), void *arg);
/* Save into `from`, continue `to`.  Interrupts are masked. */
void hal_context_switch(struct hal_context *from, struct hal_context *to);
/* `ctx` will not run again (called from another context); its stack may be reused. */
void hal_context_fini(struct hal_context *ctx);

/* ---- interrupts, of this CPU ---- */

enum hal_irq { HAL_IRQ_CONSOLE = 1, HAL_IRQ_MAX = 64 };

bool hal_irq_save(void); /* mask; true if they were unmasked */
void hal_irq_restore(
    bool unmasked); /* pending ones arrive inside this call when it unmasks */
bool hal_irq_masked(void);
void hal_irq_enable_line(unsigned irq); /* deliver `irq` to CPU 0 as core_on_irq() */

/* ---- memory and address spaces ---- */

/* All RAM is mapped at one offset: virtual = physical + hal_direct_map_offset(). */
uint64_t hal_direct_map_offset(void);

/* A page-table root that user code will run on.  `parent` is the space this one is a copy of
 * (0: none); the home may carry over what it keeps about a space. */
MUST_CHECK int hal_space_create(uint64_t root_pa, uint64_t parent, uint64_t *space);
/* No CPU has it loaded, no hal_user refers to it. */
void hal_space_destroy(uint64_t space);
/* Make `space` current on this CPU; 0: none, user addresses fault. */
void hal_space_load(uint64_t space);
/* Forget translations of [va, va + len) of `space` on this CPU (len UINT64_MAX: all), with
 * bootinfo.tlb_broadcast on all of them. */
void hal_tlb_flush(uint64_t space, uint64_t va, uint64_t len);
/* User code will execute from the frame at `pa`: what has been written to it is what every CPU's
 * instruction fetches see, once it has entered user mode after this. */
void hal_exec_sync(uint64_t pa);

enum hal_access { HAL_READ = 1, HAL_WRITE = 2, HAL_EXEC = 4 };

/* Copy between kernel memory and the user memory of the loaded space, with user rights.
 * Returns the bytes copied; less than `len` means the next byte faulted. */
size_t hal_user_read(void *dst, uint64_t src, size_t len);
size_t hal_user_write(uint64_t dst, const void *src, size_t len);
/* Atomic compare and exchange of an aligned user word.  0 with *old set, or -EFAULT. */
MUST_CHECK int hal_user_cmpxchg32(uint64_t va, uint32_t expected, uint32_t desired,
                                  uint32_t *old);

/* ---- user mode ---- */

/* One thread's user side.  The core may change `regs` while the thread is not running. */
struct hal_user {
    struct user_regs regs;
    uint64_t space;
    uint64_t engine; /* the home's own: a number, never a pointer */
};

enum hal_trap_kind {
    HAL_TRAP_SYSCALL,   /* regs hold number and arguments; pc is after the instruction */
    HAL_TRAP_FAULT,     /* addr, access: the page tables do not allow it */
    HAL_TRAP_EXCEPTION, /* exception, addr */
    HAL_TRAP_INTERRUPT, /* interrupts have been taken; look at need_resched and signals */
    HAL_TRAP_LOST, /* the thread's user state is gone (it attacked its engine): kill it */
};

enum hal_exception {
    HAL_EXC_ILLEGAL,
    HAL_EXC_DIVIDE,
    HAL_EXC_FPU,
    HAL_EXC_BREAKPOINT,
    HAL_EXC_STEP,
    HAL_EXC_ALIGN,
    HAL_EXC_PROTECTION, /* privileged instruction, non-canonical address */
};

struct hal_trap {
    enum hal_trap_kind kind;
    enum hal_access access;
    enum hal_exception exception;
    uint32_t code; /* FPU: the FPE_* code for si_code */
    uint64_t addr;
    /* The engine asks the core to write these bytes over user text in a private copy of the
     * page, as a debugger does with a breakpoint; patch_len 0: nothing.  They fit the space
     * that trapped and no other, so a call that changes the space (execve) drops them. */
    uint64_t patch_va;
    uint8_t patch_len;
    uint8_t patch[15];
};

/* Prepare `u` (zeroed registers) to run in `space`; `from`, if not NULL, is a thread of any
 * space whose floating-point state is copied. */
MUST_CHECK int hal_user_init(struct hal_user *u, uint64_t space, struct hal_user *from);
void hal_user_fini(struct hal_user *u);
/* Run user code until something needs the core.  Called with interrupts masked and the space
 * loaded; returns with them masked.  An interrupt of this CPU ends it with
 * HAL_TRAP_INTERRUPT; the caller unmasks to take it. */
void hal_user_run(struct hal_user *u, struct hal_trap *trap);
/* Floating-point and vector state as the ABI's signal frame wants it: at most
 * hal_user_fpu_bytes() bytes.  Setting it back checks it: -EINVAL. */
size_t hal_user_fpu_bytes(void);
void hal_user_fpu_get(struct hal_user *u, void *buf);
MUST_CHECK int hal_user_fpu_set(struct hal_user *u, const void *buf);

/* ---- what a panic tells: ADR 12.  Callable on a broken kernel: they take no lock of the core,
 * allocate nothing and check what they follow.  A home that cannot tell answers 0. ---- */

struct hal_register {
    char name[8];
    uint64_t value;
};

/* The registers of this CPU, as the fault that it told the core of found them, else as they are
 * in the caller: how many of `max`. */
size_t hal_registers(struct hal_register *out, size_t max);
/* Code addresses, innermost first, how many of `max`: of what CPU `cpu` runs now (of this CPU,
 * from its fault or from the caller on), and of a context that does not run.  Each but the
 * first is a return address. */
size_t hal_backtrace_cpu(unsigned cpu, uint64_t *pc, size_t max);
size_t hal_backtrace_context(const struct hal_context *ctx, uint64_t *pc, size_t max);
/* What code `pc` belongs to, as "function+0x1f core/lib/file.c:12" or without the line: bytes
 * written, the terminator not counted.  `after_call`: pc is a return address. */
size_t hal_symbol(uint64_t pc, bool after_call, char *buf, size_t len);

/* ---- up: what the core gives to the machine ---- */

_Noreturn void core_main(void);     /* CPU 0, interrupts masked, on the boot stack */
_Noreturn void core_cpu_main(void); /* every other CPU, the same */
void core_on_irq(unsigned irq);     /* interrupts masked */
void core_on_timer(void);
void core_on_ipi(void);
/* After the handlers above, where the interrupted code was interruptible: may switch. */
void core_irq_exit(void);

struct hal_fault {
    uint64_t pc, addr, fp;
    const char *what;
};
/* The kernel itself faulted, or the machine sees that it can do nothing any more (pc 0).  May
 * come again on the same CPU, out of the report of the fault before. */
_Noreturn void core_on_kernel_fault(const struct hal_fault *fault);

#endif /* CLOUDOS_HAL_HAL_H */
