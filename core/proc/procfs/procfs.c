/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc as a filesystem: inodes made on demand from constant tables.
 *
 * Names of processes, threads and descriptors come and go by themselves, so the name cache
 * never keeps them (super.no_dcache): each walk looks up again and each inode names what it
 * is about by number, not by pointer.  An inode whose process is gone gives ESRCH or ENOENT.
 *
 * A text file makes its text when it is opened or rewound and serves reads from that copy,
 * so one reader sees one moment.
 */
#include "proc/procfs/procfs.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "mm/frame.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/files.h"
#include "proc/procfs/procfs_priv.h"

#define INO_ROOT 1

struct procfs_inode {
    struct inode inode;
    struct procfs_ref ref; /* inode.priv points here */
    const struct procfs_entry *entry;
};

static struct kmem_cache *inode_cache;

static struct procfs_inode *procfs_of(struct inode *inode)
{
    return container_of(inode, struct procfs_inode, inode);
}

/* ---- references ---- */

struct process *procfs_ref_process(const struct procfs_ref *ref)
{
    struct process *p = process_find(ref->pid);

    if (!p || p->start_ns == ref->start_ns)
        return p;
    process_put(p);
    return NULL;
}

struct task *procfs_ref_task(const struct procfs_ref *ref)
{
    struct process *p;
    struct task *t;

    if (ref->tid) {
        t = task_find(ref->tid);
        if (!t || t->process->start_ns == ref->start_ns)
            return t;
        task_put(t);
        return NULL;
    }
    p = procfs_ref_process(ref);
    if (!p)
        return NULL;
    t = task_next(p, 0);
    process_put(p);
    return t;
}

struct fd_table *procfs_ref_fds(const struct procfs_ref *ref)
{
    struct task *t = procfs_ref_task(ref);
    struct fd_table *fds = t ? task_fds_get(t) : NULL;

    if (t)
        task_put(t);
    return fds;
}

struct vm_space *procfs_ref_space(const struct procfs_ref *ref)
{
    struct process *p = procfs_ref_process(ref);
    struct vm_space *s = p ? process_space_get(p) : NULL;

    if (p)
        process_put(p);
    return s;
}

int procfs_may_access(const struct procfs_ref *ref)
{
    struct task *me = task_current(), *t;
    struct cred *other;
    bool same;

    if (!me)
        return -EACCES;
    if (me->process->pid == ref->pid || cred_capable(me->cred, CAP_SYS_PTRACE))
        return 0;
    t = procfs_ref_task(ref);
    if (!t)
        return -ENOENT;
    other = task_cred_get(t);
    same = me->cred->fsuid == other->uid && me->cred->fsuid == other->euid &&
           me->cred->fsuid == other->suid && t->process->dumpable;
    cred_put(other);
    task_put(t);
    return same ? 0 : -EACCES;
}

/* ---- text files ---- */

struct procfs_text {
    struct mutex lock;
    char *buf; /* NULL: not made yet */
    size_t len;
};

/* Make the text, in a buffer that grows until it fits. */
static int text_make(struct procfs_inode *pi, struct procfs_text *t)
{
    for (size_t size = PAGE_SIZE; size <= PROCFS_TEXT_MAX; size *= 4) {
        struct strbuf sb;
        char *buf = kmalloc(size);
        int err;

        if (!buf)
            return -ENOMEM;
        strbuf_init(&sb, buf, size);
        err = pi->entry->show(&pi->ref, &sb);
        if (err || (sb.truncated && size * 4 <= PROCFS_TEXT_MAX)) {
            kfree(buf);
            if (err)
                return err;
            continue;
        }
        kfree(t->buf);
        t->buf = buf;
        t->len = sb.len;
        return 0;
    }
    return -ENOMEM;
}

static int text_open(struct inode *inode, struct file *f)
{
    struct procfs_text *t;
    struct procfs_inode *pi = procfs_of(inode);

    if ((f->flags & O_ACCMODE) != O_RDONLY && !pi->entry->store)
        return -EACCES;
    t = kzalloc(sizeof(*t));
    if (!t)
        return -ENOMEM;
    mutex_init(&t->lock, "procfs_text");
    f->priv = t;
    return 0;
}

static void text_release(struct file *f)
{
    struct procfs_text *t = f->priv;

    if (!t)
        return;
    kfree(t->buf);
    kfree(t);
}

static int64_t text_read(struct file *f, struct vm_iter *to, uint64_t *pos)
{
    struct procfs_text *t = f->priv;
    int64_t n = 0;
    int err = 0;

    mutex_lock(&t->lock);
    if (!t->buf || *pos == 0)
        err = text_make(procfs_of(f->inode), t);
    if (!err && *pos < t->len)
        n = vm_iter_put(to, t->buf + *pos, MIN(to->left, t->len - *pos));
    mutex_unlock(&t->lock);
    if (err)
        return err;
    if (n > 0)
        *pos += (uint64_t)n;
    return n;
}

#define STORE_MAX 256

static int64_t text_write(struct file *f, struct vm_iter *from, uint64_t *pos)
{
    struct procfs_inode *pi = procfs_of(f->inode);
    char text[STORE_MAX];
    size_t len = from->left;
    int64_t n;
    int err;

    if (!pi->entry->store)
        return -EINVAL;
    if (len >= sizeof(text))
        return -EINVAL;
    n = vm_iter_take(from, text, len);
    if (n < 0)
        return n;
    text[n] = '\0';
    if (n && text[n - 1] == '\n')
        text[n - 1] = '\0';
    err = pi->entry->store(&pi->ref, text, strlen(text));
    if (err)
        return err;
    *pos += (uint64_t)n;
    return n;
}

static const struct file_ops text_ops = {
    .open = text_open,
    .release = text_release,
    .read = text_read,
    .write = text_write,
};

/* ---- links ---- */

static int64_t link_read(struct inode *inode, char *buf, size_t size)
{
    struct procfs_inode *pi = procfs_of(inode);
    struct strbuf sb;
    int err;

    strbuf_init(&sb, buf, size);
    err = pi->entry->show(&pi->ref, &sb);
    return err ? err : (int64_t)sb.len;
}

static int link_follow(struct inode *inode, struct vfs_path *out)
{
    struct procfs_inode *pi = procfs_of(inode);

    return pi->entry->follow(&pi->ref, out);
}

/* ---- directories ---- */

static const struct inode_ops dir_inode_ops;
static const struct inode_ops file_inode_ops;
static const struct inode_ops text_link_ops = {.read_link = link_read};
static const struct inode_ops magic_link_ops = {.read_link = link_read,
                                                .follow = link_follow};
static const struct file_ops dir_ops;

/* Who owns the files of a process: its effective ids. */
static void inode_set_owner(struct procfs_inode *pi)
{
    struct task *t;
    struct cred *c;

    if (!pi->ref.pid)
        return;
    t = procfs_ref_task(&pi->ref);
    if (!t)
        return;
    c = task_cred_get(t);
    pi->inode.uid = c->euid;
    pi->inode.gid = c->egid;
    cred_put(c);
    task_put(t);
}

/* Numbers are stable for one name: the entry's address, mixed with what it is about. */
static uint64_t entry_ino(const struct procfs_entry *e, const struct procfs_ref *ref)
{
    uint64_t ino = (uint64_t)(uintptr_t)e;

    ino = ino * 31 + (uint64_t)ref->pid;
    ino = ino * 31 + (uint64_t)ref->tid;
    ino = ino * 31 + (uint64_t)(ref->fd + 1);
    return (ino & 0x7fffffffff) + INO_ROOT + 1;
}

static int inode_make(struct super *s, const struct procfs_entry *e,
                      const struct procfs_ref *ref, struct inode **out)
{
    struct procfs_inode *pi = kmem_cache_zalloc(inode_cache);

    if (!pi)
        return -ENOMEM;
    pi->ref = *ref;
    pi->entry = e;
    inode_init(&pi->inode, s, e->mode);
    pi->inode.priv = &pi->ref;
    pi->inode.ino = entry_ino(e, ref);
    pi->inode.nlink = S_ISDIR(e->mode) ? 2 : 1;
    inode_set_owner(pi);
    if (S_ISDIR(e->mode)) {
        pi->inode.ops = &dir_inode_ops;
        pi->inode.fops = &dir_ops;
    } else if (S_ISLNK(e->mode)) {
        pi->inode.ops = e->follow ? &magic_link_ops : &text_link_ops;
    } else {
        pi->inode.ops = &file_inode_ops;
        pi->inode.fops = e->fops ? e->fops : &text_ops;
    }
    *out = &pi->inode;
    return 0;
}

/* Does the numbered child exist?  Fills *child. */
static bool number_exists(const struct procfs_dir *d, const struct procfs_ref *ref,
                          int32_t n, struct procfs_ref *child)
{
    struct process *p;
    struct task *t;
    struct fd_table *fds;
    bool found = false;

    *child = *ref;
    switch (d->numbers) {
    case PROCFS_PROCESSES:
        p = process_find(n);
        if (!p)
            return false;
        child->pid = n;
        child->start_ns = p->start_ns;
        process_put(p);
        return true;
    case PROCFS_TASKS:
        t = task_find(n);
        child->tid = n;
        found = t && t->process->pid == ref->pid;
        if (t)
            task_put(t);
        return found;
    case PROCFS_FDS:
        fds = procfs_ref_fds(ref);
        child->fd = n;
        if (fds) {
            found = fd_next(fds, n) == n;
            fd_table_put(fds);
        }
        return found;
    case PROCFS_NONE:
        break;
    }
    return false;
}

/* The directory is not one of a process that has gone. */
static bool dir_is_alive(const struct procfs_inode *pi)
{
    struct process *p;

    if (!pi->ref.pid)
        return true;
    p = procfs_ref_process(&pi->ref);
    if (p)
        process_put(p);
    return p != NULL;
}

static int dir_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    struct procfs_inode *pi = procfs_of(dir);
    const struct procfs_dir *d = pi->entry->dir;
    struct procfs_ref child;
    uint64_t n;

    if (!dir_is_alive(pi))
        return -ENOENT;
    for (unsigned i = 0; i < d->count; i++) {
        const struct procfs_entry *e = &d->entries[i];

        if (strlen(e->name) == len && memcmp(e->name, name, len) == 0)
            return inode_make(dir->super, e, &pi->ref, out);
    }
    if (d->numbers == PROCFS_NONE || (len > 1 && name[0] == '0') ||
        str_to_u64(name, len, 10, &n) || n > INT32_MAX)
        return -ENOENT;
    if (!number_exists(d, &pi->ref, (int32_t)n, &child))
        return -ENOENT;
    return inode_make(dir->super, d->number, &child, out);
}

/* The first number >= n, or -1. */
static int32_t number_next(const struct procfs_dir *d, const struct procfs_ref *ref,
                           int32_t n)
{
    struct process *p = NULL;
    struct task *t;
    struct fd_table *fds;
    int32_t found = -1;

    switch (d->numbers) {
    case PROCFS_PROCESSES:
        p = process_next(n);
        found = p ? p->pid : -1;
        break;
    case PROCFS_TASKS:
        p = procfs_ref_process(ref);
        t = p ? task_next(p, n) : NULL;
        if (t) {
            found = t->tid;
            task_put(t);
        }
        break;
    case PROCFS_FDS:
        fds = procfs_ref_fds(ref);
        if (fds) {
            found = fd_next(fds, n);
            fd_table_put(fds);
        }
        break;
    case PROCFS_NONE:
        break;
    }
    if (p)
        process_put(p);
    return found;
}

/* Positions: 0 ".", 1 "..", 2.. the entries, then 2 + count + number. */
static int dir_readdir(struct file *f, struct dir_emit *emit, uint64_t *pos)
{
    struct procfs_inode *pi = procfs_of(f->inode);
    const struct procfs_dir *d = pi->entry->dir;
    uint64_t first_number = 2 + d->count;

    for (; *pos < 2; ++*pos) {
        if (!emit->entry(emit, "..", 1 + *pos, f->inode->ino, *pos + 1, DT_DIR))
            return 0;
    }
    for (; *pos < first_number; ++*pos) {
        const struct procfs_entry *e = &d->entries[*pos - 2];

        if (!emit->entry(emit, e->name, strlen(e->name), entry_ino(e, &pi->ref), *pos + 1,
                         (e->mode & S_IFMT) >> 12))
            return 0;
    }
    while (d->numbers != PROCFS_NONE && *pos - first_number <= INT32_MAX) {
        int32_t n = number_next(d, &pi->ref, (int32_t)(*pos - first_number));
        struct procfs_ref child;
        char name[12];
        struct strbuf sb;

        if (n < 0)
            break;
        strbuf_init(&sb, name, sizeof(name));
        strbuf_printf(&sb, "%d", n);
        *pos = first_number + (uint64_t)n;
        if (number_exists(d, &pi->ref, n, &child) &&
            !emit->entry(emit, name, sb.len, entry_ino(d->number, &child), *pos + 1,
                         (d->number->mode & S_IFMT) >> 12))
            return 0;
        ++*pos;
    }
    return 0;
}

static const struct inode_dir_ops dir_name_ops = {.lookup = dir_lookup};
static const struct inode_ops dir_inode_ops = {.dir = &dir_name_ops};
static const struct inode_ops file_inode_ops = {0};
static const struct file_ops dir_ops = {.readdir = dir_readdir};

/* ---- the filesystem ---- */

static void procfs_inode_free(struct inode *inode)
{
    kmem_cache_free(inode_cache, procfs_of(inode));
}

#define PROC_SUPER_MAGIC 0x9fa0 /* statfs(2) */

static int procfs_statfs(struct super *s, struct abi_statfs *out)
{
    (void)s;
    *out = (struct abi_statfs){
        .f_type = PROC_SUPER_MAGIC,
        .f_bsize = PAGE_SIZE,
        .f_frsize = PAGE_SIZE,
        .f_namelen = VFS_NAME_MAX,
    };
    return 0;
}

static const struct super_ops procfs_super_ops = {
    .inode_free = procfs_inode_free,
    .statfs = procfs_statfs,
};

static const struct procfs_entry root_entry = {.mode = S_IFDIR | 0555,
                                               .dir = &procfs_root};

static int procfs_mount(const char *source, uint32_t flags, const char *data,
                        struct super **out)
{
    const struct procfs_ref none = {.fd = -1};
    struct super *s;
    int err;

    (void)source;
    (void)data;
    err = super_create(&procfs_super_ops, "proc", flags, &s);
    if (err)
        return err;
    s->no_dcache = true;
    err = inode_make(s, &root_entry, &none, &s->root);
    if (err) {
        super_put(s);
        return err;
    }
    s->root->ino = INO_ROOT;
    *out = s;
    return 0;
}

static struct fs_type procfs_type = {
    .name = "proc", .nodev = true, .mount = procfs_mount};

int procfs_process_of(struct file *f, struct process **out)
{
    if (f->ops != &dir_ops || procfs_of(f->inode)->entry != &procfs_process)
        return -EBADF;
    *out = procfs_ref_process(&procfs_of(f->inode)->ref);
    return *out ? 0 : -ESRCH;
}

void procfs_init(void)
{
    inode_cache = kmem_cache_create("procfs_inode", sizeof(struct procfs_inode), 0);
    kassert(inode_cache);
    fs_type_register(&procfs_type);
}
