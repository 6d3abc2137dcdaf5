/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the tables of /proc are written: entries with a function that makes their text.
 *
 * Owner:   proc/procfs; the tables are constant.
 * Context: thread context, may sleep.
 * Locking: a show function takes references to what it describes; a process that has gone
 *          meanwhile gives -ESRCH.
 * Errors:  0 or -errno.
 */
#ifndef CLOUDOS_PROC_PROCFS_PROCFS_PRIV_H
#define CLOUDOS_PROC_PROCFS_PROCFS_PRIV_H

#include "lib/strbuf.h"
#include "proc/task.h"

#define PROCFS_TEXT_MAX (1u << 20)
#define PROCFS_HZ       100u /* USER_HZ: what /proc counts CPU time in */

/* What an inode of /proc is about; fields that do not apply are 0 (fd: -1). */
struct procfs_ref {
    int32_t pid, tid;
    int32_t fd;
    uint64_t start_ns; /* of the process: its number may be another's by now */
};

/* Children whose names are numbers. */
enum procfs_numbers { PROCFS_NONE, PROCFS_PROCESSES, PROCFS_TASKS, PROCFS_FDS };

struct procfs_dir;

struct procfs_entry {
    const char *name;
    uint32_t mode; /* type and permissions */
    int (*show)(const struct procfs_ref *ref,
                struct strbuf *sb); /* text, or a link's target */
    int (*store)(const struct procfs_ref *ref, char *text, size_t len);
    int (*follow)(const struct procfs_ref *ref, struct vfs_path *out); /* magic links */
    const struct file_ops *fops; /* files that are not text */
    const struct procfs_dir *dir;
};

struct procfs_dir {
    const struct procfs_entry *entries;
    unsigned count;
    enum procfs_numbers numbers;
    const struct procfs_entry *number; /* the entry that each numbered child is made of */
};

extern const struct procfs_dir procfs_root;
extern const struct procfs_entry procfs_process; /* /proc/PID */
extern const struct procfs_dir procfs_sys;       /* /proc/sys */
extern const struct procfs_entry procfs_fd, procfs_fdinfo;
extern const struct file_ops procfs_mem_ops;

/* The process or task of `ref`, with a reference, or NULL. */
struct process *procfs_ref_process(const struct procfs_ref *ref);
struct task *procfs_ref_task(const struct procfs_ref *ref);
/* Its address space, with a reference: NULL for kernel processes and zombies. */
/* Descriptors of the task, with a reference; NULL when it has exited. */
struct fd_table *procfs_ref_fds(const struct procfs_ref *ref);
struct vm_space *procfs_ref_space(const struct procfs_ref *ref);
/* The calling task may look into the memory and files of the process of `ref`. */
MUST_CHECK int procfs_may_access(const struct procfs_ref *ref);

int procfs_show_maps(const struct procfs_ref *ref, struct strbuf *sb);
int procfs_show_smaps_rollup(const struct procfs_ref *ref, struct strbuf *sb);
int procfs_show_stat(const struct procfs_ref *ref, struct strbuf *sb);
int procfs_show_status(const struct procfs_ref *ref, struct strbuf *sb);
int procfs_show_statm(const struct procfs_ref *ref, struct strbuf *sb);
int procfs_show_schedstat(const struct procfs_ref *ref, struct strbuf *sb);
int procfs_show_limits(const struct procfs_ref *ref, struct strbuf *sb);

/* Nanoseconds as clock ticks of PROCFS_HZ. */
static inline uint64_t procfs_ticks(uint64_t ns)
{
    return ns / (1000000000u / PROCFS_HZ);
}

#endif /* CLOUDOS_PROC_PROCFS_PROCFS_PRIV_H */
