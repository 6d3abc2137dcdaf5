/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames.  A return address that is not in executable memory ends a user stack: programs without
 * frame pointers have anything in that register.
 */
#include "hostsim/profile/stack.h"

#include <stdio.h>
#include <string.h>

#include "hostsim/hal/arena.h"
#include "hostsim/profile/look.h"
#include "proc/task.h"
#include "sched/thread.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vm/space.h"

#define KERNEL_FRAMES 60u
#define TREE_STEPS    64u /* of a balanced tree of at most VM_AREAS_MAX */
#define PATH_STEPS    16u
#define NAME_BYTES    64u        /* of one component that are looked at */
#define FRAME_BYTES   (1u << 20) /* a larger one is none */

/* The program that the kernel is part of, from the linker. */
extern const char __executable_start[], etext[];

static void push(struct stack *s, uint64_t word)
{
    if (s->len < TABLE_FRAMES_MAX)
        s->words[s->len++] = word;
}

static bool thread_of(const struct stack *s, struct thread *out)
{
    const struct thread *t = thread_on_cpu(s->cpu);

    if (!t)
        return false;
    look_known(out, t, sizeof(*out));
    return true;
}

void stack_begin(struct stack *s)
{
    const struct process *p;
    struct thread t;
    char name[17] = "";

    s->len = 0;
    if (!thread_of(s, &t)) {
        strcpy(name, "boot");
    } else if (!t.owner || !look(&p, &((struct task *)t.owner)->process, sizeof(p)) ||
               !look(name, p->comm, sizeof(p->comm))) {
        memcpy(name, t.name, sizeof(t.name));
    }
    push(s, FRAME_NAME | table_name(s->table, *name ? name : "?"));
}

void stack_word(struct stack *s, const char *word)
{
    push(s, FRAME_NAME | table_name(s->table, word));
}

/* ---- kernel ---- */

static bool is_our_code(uint64_t pc)
{
    return pc > (uint64_t)(uintptr_t)__executable_start &&
           pc <= (uint64_t)(uintptr_t)etext;
}

void stack_kernel(struct stack *s, uint64_t pc, uint64_t fp)
{
    uint64_t frame[2];

    if (pc)
        push(s, pc);
    for (unsigned i = 0; i < KERNEL_FRAMES; i++) {
        if (fp % 8 || !look(frame, (const void *)(uintptr_t)fp, sizeof(frame)))
            break;
        if (!is_our_code(frame[1]))
            break; /* a function of the host's libraries used the register for something else */
        push(s, frame[1] - 1); /* the call, not what comes after it */
        if (frame[0] <= fp || frame[0] - fp > FRAME_BYTES)
            break;
        fp = frame[0];
    }
}

/* ---- user ---- */

static bool area_find(const struct vm_space *space, uint64_t pc, struct vm_area *out)
{
    const struct rb_node *node;

    if (!look(&node, &space->areas.node, sizeof(node)))
        return false;
    for (unsigned i = 0; node && i < TREE_STEPS; i++) {
        const struct vm_area *a = rb_entry(node, struct vm_area, node);

        if (!look(out, a, sizeof(*out)))
            return false;
        if (pc >= out->start && pc < out->end)
            return true;
        node = pc < out->start ? out->node.left : out->node.right;
    }
    return false;
}

/* The path of a file, written from its end. */
static void path_of(const struct file *file, char path[TABLE_NAME_MAX])
{
    const struct dentry *at;
    char name[NAME_BYTES];
    size_t left = TABLE_NAME_MAX - 1;
    struct dentry d;

    path[left] = '\0';
    if (!look(&at, &file->path.dentry, sizeof(at)))
        at = NULL;
    for (unsigned i = 0; at && i < PATH_STEPS && look(&d, at, sizeof(d)); i++) {
        size_t n = d.name_len < NAME_BYTES ? d.name_len : NAME_BYTES;

        if (d.parent == at || n + 1 > left || !look(name, d.name, n))
            break;
        left -= n;
        memcpy(path + left, name, n);
        path[--left] = '/';
        at = d.parent;
    }
    memmove(path, path + left, TABLE_NAME_MAX - left);
}

/* False: `pc` cannot be executed. */
static bool push_user(struct stack *s, const struct vm_space *space, uint64_t pc)
{
    char path[TABLE_NAME_MAX];
    struct vm_area a;
    uint32_t image;

    if (!area_find(space, pc, &a) || !(a.flags & VM_EXEC))
        return false;
    if (a.file)
        path_of(a.file, path);
    else
        strcpy(path, "[anon]");
    image = table_name(s->table, path);
    push(s, FRAME_USER | (uint64_t)image << FRAME_IMAGE_SHIFT |
                ((a.file ? pc - a.start + a.offset : pc) & FRAME_OFFSET_MASK));
    return true;
}

void stack_user(struct stack *s, uint64_t root_pa)
{
    struct user_regs regs;
    struct thread t;
    uint64_t fp, next, pc;

    if (!thread_of(s, &t) || !t.owner || !t.space ||
        !look(&regs, &((struct task *)t.owner)->user.regs, sizeof(regs)))
        return;
    if (!push_user(s, t.space, regs.rip))
        push(s, FRAME_USER); /* somewhere that the kernel does not know */
    for (fp = regs.rbp; s->len < TABLE_FRAMES_MAX; fp = next) {
        if (!look_user(root_pa, fp, &next) ||
            !look_user(root_pa, fp + sizeof(next), &pc) || pc == 0)
            break;
        if (!push_user(s, t.space, pc - 1) || next <= fp || next - fp > FRAME_BYTES)
            break;
    }
}
