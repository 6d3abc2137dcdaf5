/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/{maps,smaps_rollup,mem}: the address space. */
#include "proc/procfs/procfs_priv.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/slab.h"

struct maps_writer {
    struct strbuf *sb;
    struct vfs_context ctx; /* names are shown from the reader's root */
    struct vm_space *space;
    char *path;
    uint64_t private_pages, shared_pages;
};

static const char *area_label(const struct vm_area *a, const struct vm_space *s)
{
    if (a->flags & VM_HEAP)
        return "[heap]";
    if (a->flags & VM_STACK || (s->stack_start >= a->start && s->stack_start < a->end))
        return "[stack]";
    if (s->sigpage && s->sigpage == a->start)
        return "[sigpage]";
    return "";
}

static void maps_file(struct maps_writer *w, const struct vm_area *a, size_t width)
{
    struct file *f = a->file;

    strbuf_printf(w->sb, "%*s", (int)(width < 73 ? 73 - width : 1), "");
    if (f && vfs_path_text(&w->ctx, &f->path, w->path, VFS_PATH_MAX) > 0)
        strbuf_puts(w->sb, w->path);
    else if (*area_label(a, w->space))
        strbuf_puts(w->sb, area_label(a, w->space));
    else
        strbuf_puts(w->sb, "/dev/zero (deleted)");
}

static int maps_line(const struct vm_area *a, void *arg)
{
    struct maps_writer *w = arg;
    struct file *f = a->file;
    size_t before = w->sb->len;
    uint64_t dev = f ? f->inode->super->dev : 0;

    strbuf_printf(w->sb, "%08llx-%08llx %c%c%c%c %08llx %02llx:%02llx %llu",
                  (unsigned long long)a->start, (unsigned long long)a->end,
                  a->flags & VM_READ ? 'r' : '-', a->flags & VM_WRITE ? 'w' : '-',
                  a->flags & VM_EXEC ? 'x' : '-', a->flags & VM_SHARED ? 's' : 'p',
                  (unsigned long long)(a->object ? a->offset : 0),
                  (unsigned long long)(dev >> 8), (unsigned long long)(dev & 0xff),
                  (unsigned long long)(f ? f->inode->ino : 0));
    if (f || a->object || *area_label(a, w->space))
        maps_file(w, a, w->sb->len - before);
    strbuf_putc(w->sb, '\n');
    return w->sb->truncated;
}

int procfs_show_maps(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct maps_writer w = {.sb = sb};
    int err = procfs_may_access(ref);

    if (err)
        return err;
    w.space = procfs_ref_space(ref);
    if (!w.space)
        return 0;
    w.path = kmalloc(VFS_PATH_MAX);
    if (!w.path) {
        vm_space_put(w.space);
        return -ENOMEM;
    }
    task_fs_get(task_current(), &w.ctx);
    (void)vm_space_each(w.space, maps_line, &w);
    task_fs_put(&w.ctx);
    kfree(w.path);
    vm_space_put(w.space);
    return 0;
}

int procfs_show_smaps_rollup(const struct procfs_ref *ref, struct strbuf *sb)
{
    struct vm_space *space;
    int err = procfs_may_access(ref);
    uint64_t anon, file;

    if (err)
        return err;
    space = procfs_ref_space(ref);
    if (!space)
        return 0;
    anon = atomic_load_relaxed(&space->rss_anon) * (PAGE_SIZE / 1024);
    file = atomic_load_relaxed(&space->rss_file) * (PAGE_SIZE / 1024);
    strbuf_printf(sb, "%08llx-%08llx ---p 00000000 00:00 0 %20s[rollup]\n",
                  (unsigned long long)space->user_min,
                  (unsigned long long)space->user_max, "");
    strbuf_printf(sb, "Rss:            %8llu kB\nAnonymous:      %8llu kB\n",
                  (unsigned long long)(anon + file), (unsigned long long)anon);
    vm_space_put(space);
    return 0;
}

#define MEM_CHUNK 4096u

static struct vm_space *mem_space(struct file *f)
{
    struct procfs_ref *ref = f->inode->priv;

    return procfs_ref_space(ref);
}

static int mem_open(struct inode *inode, struct file *f)
{
    (void)f;
    return procfs_may_access(inode->priv);
}

static int64_t mem_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct vm_space *s = mem_space(f);
    void *page = kmalloc(MEM_CHUNK);
    int64_t done = 0, n = 0;

    if (!s || !page)
        goto out;
    while (to->left) {
        size_t want = MIN(to->left, MEM_CHUNK - (*pos & (MEM_CHUNK - 1)));

        n = vm_space_read(s, *pos, page, want);
        if (n <= 0)
            break;
        n = vm_iter_put(to, page, (size_t)n);
        if (n <= 0)
            break;
        *pos += (uint64_t)n;
        done += n;
    }
out:
    kfree(page);
    if (s)
        vm_space_put(s);
    return done ? done : n < 0 ? -EIO : 0;
}

static int64_t mem_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct vm_space *s = mem_space(f);
    void *page = kmalloc(MEM_CHUNK);
    int64_t done = 0, n = 0;

    if (!s || !page)
        goto out;
    while (from->left) {
        size_t want = MIN(from->left, MEM_CHUNK - (*pos & (MEM_CHUNK - 1)));

        n = vm_iter_take(from, page, want);
        if (n <= 0)
            break;
        n = vm_space_write(s, *pos, page, (size_t)n, true);
        if (n <= 0)
            break;
        *pos += (uint64_t)n;
        done += n;
    }
out:
    kfree(page);
    if (s)
        vm_space_put(s);
    return done ? done : n < 0 ? -EIO : 0;
}

const struct file_ops procfs_mem_ops = {
    .open = mem_open,
    .read = mem_read,
    .write = mem_write,
};
