/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first stack of a program, from high to low: eight zero bytes, the program's path, the
 * strings of environment and arguments, platform name and random bytes, auxv, envp, argv, argc.
 * It is put together in kernel memory and copied in one go.
 */
#include "proc/exec_priv.h"

#include "abi/auxv.h"
#include "abi/errno.h"
#include "abi/mman.h"
#include "abi/user.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"

#define STACK_SPARE    (128u << 10) /* mapped below what is there at the start */
#define STACK_WARM     (8u << 10)   /* ... and what of it is there from the start */
#define STACK_ALIGN    16u
#define TOP_ZEROS      8u
#define RANDOM_BYTES   16u
#define PLATFORM_BYTES 16u
#define CLOCK_TICKS    100u
#define AUXV_PAIRS     20u

/* The image: where it will be and what is where in it. */
struct stack_image {
    uint8_t *buf; /* of address `sp` */
    uint64_t sp, platform, random, strings, path;
    size_t len;
    uint32_t argc, envc;
};

static uint64_t *word_at(struct stack_image *s, uint64_t va)
{
    return (uint64_t *)(void *)(s->buf + (va - s->sp));
}

static void plan(struct exec *x, struct stack_image *s)
{
    const struct exec_args *a = &x->args;
    uint64_t words;

    s->argc = a->argc + a->prefix_count;
    s->envc = a->envc;
    s->path = x->stack_top - TOP_ZEROS - (strlen(x->path) + 1);
    s->strings = s->path - a->prefix_len - (a->len - a->skip);
    s->platform = ALIGN_DOWN(s->strings, STACK_ALIGN) - PLATFORM_BYTES;
    s->random = s->platform - RANDOM_BYTES;
    words = 1 + (uint64_t)s->argc + 1 + s->envc + 1 + 2 * (uint64_t)AUXV_PAIRS;
    s->sp = ALIGN_DOWN(s->random - words * sizeof(uint64_t), STACK_ALIGN);
    s->len = (size_t)(x->stack_top - s->sp);
}

/* `count` pointers to consecutive strings; returns where the string after the last is. */
static uint64_t fill_pointers(struct stack_image *s, uint64_t **at, uint32_t count,
                              uint64_t va)
{
    for (uint32_t i = 0; i < count; i++) {
        *(*at)++ = va;
        va += strlen((char *)s->buf + (va - s->sp)) + 1;
    }
    *(*at)++ = 0;
    return va;
}

static void fill_auxv(struct exec *x, struct stack_image *s, uint64_t *at)
{
    const struct elf_image *e = &x->image;
    const uint64_t *hwcap = hal_bootinfo()->hwcap;
    const uint64_t pairs[AUXV_PAIRS][2] = {
        {AT_HWCAP, ARCH_HWCAP | hwcap[0]},
        {AT_PAGESZ, PAGE_SIZE},
        {AT_CLKTCK, CLOCK_TICKS},
        {AT_PHDR, e->phdr_va ? e->phdr_va + e->bias : 0},
        {AT_PHENT, sizeof(struct abi_elf64_phdr)},
        {AT_PHNUM, e->phnum},
        {AT_BASE, x->has_interp ? x->interp.bias : 0},
        {AT_FLAGS, 0},
        {AT_ENTRY, e->entry + e->bias},
        {AT_UID, x->cred->uid},
        {AT_EUID, x->cred->euid},
        {AT_GID, x->cred->gid},
        {AT_EGID, x->cred->egid},
        {AT_SECURE, x->secure},
        {AT_RANDOM, s->random},
        {AT_HWCAP2, ARCH_HWCAP2 | hwcap[1]},
        {AT_EXECFN, s->path},
        {AT_PLATFORM, s->platform},
        {AT_MINSIGSTKSZ, arch_sigframe_bytes(hal_user_fpu_bytes())},
        {AT_NULL, 0},
    };

    memcpy(at, pairs, sizeof(pairs));
}

static void fill(struct exec *x, struct stack_image *s)
{
    const struct exec_args *a = &x->args;
    uint8_t *strings = s->buf + (s->strings - s->sp);
    uint64_t *at = word_at(s, s->sp), env;

    memcpy(s->buf + (s->path - s->sp), x->path, strlen(x->path) + 1);
    if (a->prefix_len)
        memcpy(strings, a->prefix, a->prefix_len);
    memcpy(strings + a->prefix_len, a->buf + a->skip, a->len - a->skip);
    memcpy(s->buf + (s->platform - s->sp), ARCH_PLATFORM, sizeof(ARCH_PLATFORM));
    hal_entropy(s->buf + (s->random - s->sp), RANDOM_BYTES);
    *at++ = s->argc;
    env = fill_pointers(s, &at, s->argc, s->strings);
    fill_pointers(s, &at, s->envc, env);
    fill_auxv(x, s, at);
    x->space->arg_start = s->strings;
    x->space->arg_end = x->space->env_start = env;
    x->space->env_end = s->path;
}

static int map_stack(struct exec *x, size_t len)
{
    uint64_t size = ALIGN_UP(len + STACK_SPARE, PAGE_SIZE), at;
    struct vm_map_args a = {
        .addr = x->stack_top - size,
        .len = size,
        .prot = PROT_READ | PROT_WRITE | (x->image.exec_stack ? PROT_EXEC : 0),
        .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
        .extra = VM_STACK | VM_GROWSDOWN,
    };

    if (len > task_rlimit(x->task, RLIMIT_STACK))
        return -E2BIG;
    return vm_map(x->space, &a, &at);
}

/* What the program will push first: cheaper than its faults. */
static void populate_below(struct exec *x, uint64_t sp)
{
    uint64_t end = ALIGN_DOWN(sp, PAGE_SIZE);
    int err = vm_populate(x->space, end - STACK_WARM, STACK_WARM, HAL_WRITE);

    (void)err; /* without memory it will fault */
}

int exec_stack(struct exec *x)
{
    struct stack_image s = {0};
    int err;

    _Static_assert(sizeof(ARCH_PLATFORM) <= PLATFORM_BYTES,
                   "room for the platform's name");
    plan(x, &s);
    err = map_stack(x, s.len);
    if (err)
        return err;
    s.buf = kzalloc(s.len);
    if (!s.buf)
        return -ENOMEM;
    fill(x, &s);
    if (vm_space_write(x->space, s.sp, s.buf, s.len, true) != (int64_t)s.len)
        err = -ENOMEM;
    kfree(s.buf);
    if (!err)
        populate_below(x, s.sp);
    x->sp = s.sp;
    x->space->stack_start = s.sp;
    return err;
}
