/* SPDX-License-Identifier: BSD-2-Clause */
/* What has to be the same, and how a difference is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops.h"

#define VECTOR_BP 3
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_XM 19

/* Where the block ends if nothing goes wrong. */
static bool case_ended_well(const struct diff_case *c, const struct diff_outcome *o)
{
    return o->vector == VECTOR_BP &&
           o->state.rip == DIFF_CODE_VA + c->code_at + c->code_bytes + 1;
}

static bool is_memory_fault(uint32_t vector)
{
    return vector == VECTOR_PF || vector == VECTOR_GP || vector == VECTOR_SS;
}

/* The engine's callers do not tell #SS from #GP, nor #XM from #MF. */
static uint32_t vector_fold(uint32_t vector)
{
    return vector == VECTOR_SS ? VECTOR_GP : vector == VECTOR_XM ? VECTOR_MF : vector;
}

/* Both operands of CMPS may fault, and processors differ in which one does first. */
static bool faults_alike(const struct diff_case *c, const struct diff_outcome *a,
                         const struct diff_outcome *b)
{
    bool has_cmps = false;

    for (unsigned i = 0; i < c->insns; i++)
        has_cmps |= (c->ops[i]->code & ~1) == 0xa6 && c->ops[i]->map == 0;
    return has_cmps && a->state.rip == b->state.rip && is_memory_fault(a->vector) &&
           is_memory_fault(b->vector);
}

static const char *compare_trap(const struct diff_case *c, const struct diff_outcome *a,
                                const struct diff_outcome *b)
{
    if (faults_alike(c, a, b))
        return NULL;
    if (vector_fold(a->vector) != vector_fold(b->vector))
        return "exception";
    if (a->state.rip != b->state.rip)
        return "rip";
    if (vector_fold(a->vector) == VECTOR_MF && a->err != b->err)
        return "si_code";
    if (a->vector != VECTOR_PF)
        return NULL;
    /* it is an image's own business which byte of it is touched first */
    if (a->addr != b->addr && !(c->image_va != 0 && a->addr - b->addr + 512 < 1024))
        return "fault address";
    /* the host's kernel says "present" of all addresses that are its own */
    if ((a->err ^ b->err) & 0x12)
        return "page fault error code";
    return NULL;
}

static const char *compare_fpu(const struct diff_fx *a, const struct diff_fx *b)
{
    if (a->fcw != b->fcw)
        return "fcw";
    if (a->fsw != b->fsw)
        return "fsw";
    if (a->ftw != b->ftw)
        return "tag word";
    for (unsigned i = 0; i < 8; i++)
        if (memcmp(a->st[i], b->st[i], 10) != 0)
            return "st";
    if (a->mxcsr != b->mxcsr)
        return "mxcsr";
    return memcmp(a->xmm, b->xmm, sizeof(a->xmm)) ? "xmm" : NULL;
}

/* Memory is the same, but for what an image of the FPU leaves open. */
static bool same_memory(const struct diff_case *c, const uint8_t *a, const uint8_t *b)
{
    if (memcmp(a, b, DIFF_DATA_BYTES) == 0)
        return true;
    for (uint64_t i = 0; i < DIFF_DATA_BYTES; i++) {
        uint64_t in_image = DIFF_DATA_VA + i - c->image_va;

        if (a[i] != b[i] && (c->image_va == 0 || in_image > 63 ||
                             !(c->image_unspecified >> in_image & 1)))
            return false;
    }
    return true;
}

const char *diff_compare(const struct diff_case *c, const struct diff_outcome *native,
                         const struct diff_outcome *interp)
{
    const struct diff_state *a = &native->state, *b = &interp->state;
    const char *what = compare_trap(c, native, interp);
    uint64_t undefined =
        case_ended_well(c, native) ? c->undefined : c->undefined_on_fault;

    if (what)
        return what;
    if (memcmp(a->gpr, b->gpr, sizeof(a->gpr)) != 0)
        return "registers";
    /* RF is what the exception itself stores */
    if ((a->rflags ^ b->rflags) & ~undefined & ~UINT64_C(0x10000))
        return "flags";
    what = compare_fpu(&a->fx, &b->fx);
    if (what)
        return what;
    return same_memory(c, native->data, interp->data) ? NULL : "memory";
}

/* ---- report ---- */

static void report_code(const struct diff_case *c)
{
    char name[] = "/tmp/sim_diff.XXXXXX", command[256];
    int fd;

    printf("  at %#x:", DIFF_CODE_VA + c->code_at);
    for (unsigned i = 0; i < c->code_bytes; i++)
        printf(" %02x", c->code[i]);
    printf("\n  meant:");
    for (unsigned i = 0; i < c->insns; i++)
        printf(" %s", c->ops[i]->name);
    printf("\n");
    fflush(stdout);
    fd = mkstemp(name);
    if (fd < 0)
        return;
    if (write(fd, c->code, c->code_bytes) == (ssize_t)c->code_bytes) {
        snprintf(command, sizeof(command),
                 "objdump -D -b binary -m i386:x86-64 --adjust-vma=%#x %s 2>/dev/null |"
                 " grep -E '^ +[0-9a-f]+:'",
                 DIFF_CODE_VA + c->code_at, name);
        if (system(command) != 0)
            printf("  (no disassembly)\n");
    }
    close(fd);
    unlink(name);
}

static void report_row(const char *name, const void *in, const void *a, const void *b,
                       size_t len)
{
    const void *const sides[] = {in, a, b};

    printf("%c %-8s", memcmp(a, b, len) ? '!' : ' ', name);
    for (unsigned s = 0; s < 3; s++) {
        const uint8_t *bytes = sides[s];

        if (s == 1 && memcmp(in, a, len) == 0 && memcmp(in, b, len) == 0) {
            printf("  (unchanged)");
            break;
        }
        printf("  ");
        for (size_t i = len; i-- > 0;)
            printf("%02x", bytes[i]);
    }
    printf("\n");
}

#define ROW(name, field)                                                                 \
    report_row(name, &c->in.field, &native->state.field, &interp->state.field,           \
               sizeof(c->in.field))

static void report_state(const struct diff_case *c, const struct diff_outcome *native,
                         const struct diff_outcome *interp)
{
    char name[16];

    printf("  %-8s  before, native, interpreter (most significant byte first)\n", "");
    ROW("rip", rip);
    ROW("rflags", rflags);
    for (unsigned i = 0; i < 16; i++) {
        static const char *const names[] = {"rax", "rcx", "rdx", "rbx",
                                            "rsp", "rbp", "rsi", "rdi"};

        if (i < 8)
            snprintf(name, sizeof(name), "%s", names[i]);
        else
            snprintf(name, sizeof(name), "r%u", i);
        ROW(name, gpr[i]);
    }
    ROW("fcw", fx.fcw);
    ROW("fsw", fx.fsw);
    ROW("ftw", fx.ftw);
    ROW("mxcsr", fx.mxcsr);
    for (unsigned i = 0; i < 8; i++) {
        snprintf(name, sizeof(name), "st%u", i);
        report_row(name, c->in.fx.st[i], native->state.fx.st[i], interp->state.fx.st[i],
                   10);
    }
    for (unsigned i = 0; i < 16; i++) {
        snprintf(name, sizeof(name), "xmm%u", i);
        ROW(name, fx.xmm[i]);
    }
}

static void report_memory(const struct diff_case *c, const struct diff_outcome *native,
                          const struct diff_outcome *interp)
{
    char name[24];
    unsigned shown = 0;

    for (unsigned i = 0; i < DIFF_DATA_BYTES && shown < 40; i += 8) {
        if (memcmp(c->data + i, native->data + i, 8) == 0 &&
            memcmp(c->data + i, interp->data + i, 8) == 0)
            continue;
        snprintf(name, sizeof(name), "%x", DIFF_DATA_VA + i);
        report_row(name, c->data + i, native->data + i, interp->data + i, 8);
        shown++;
    }
}

void diff_report(const struct diff_case *c, const struct diff_outcome *native,
                 const struct diff_outcome *interp, const char *what, const char *repeat)
{
    printf("case %llu: %s%s\n", (unsigned long long)c->number,
           what ? "different: " : "the same", what ? what : "");
    report_code(c);
    printf("  native:      exception %u, error %#x, address %#llx\n", native->vector,
           native->err, (unsigned long long)native->addr);
    printf("  interpreter: exception %u, error %#x, address %#llx\n", interp->vector,
           interp->err, (unsigned long long)interp->addr);
    report_state(c, native, interp);
    report_memory(c, native, interp);
    printf("repeat: sim_diff %s --case %llu\n\n", repeat, (unsigned long long)c->number);
}
