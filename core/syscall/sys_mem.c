/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: mmap(2), mprotect(2), mremap(2), brk(2), madvise(2), mlock(2), membarrier(2), ... */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/mman.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/pidfd.h"
#include "proc/task.h"
#include "sched/sched.h"
#include "syscall/handlers.h"
#include "vfs/file.h"
#include "vm/iter.h"
#include "vm/ucopy.h"

#define MEM_CHUNK PAGE_SIZE /* bytes moved, and mincore entries made, at a time */

/* The caller's space, with limits as they are now. */
static struct vm_space *mem_space(struct task *t)
{
    struct vm_space *s = t->space;

    s->limit_as = task_rlimit(t, RLIMIT_AS);
    s->limit_data = task_rlimit(t, RLIMIT_DATA);
    s->limit_stack = task_rlimit(t, RLIMIT_STACK);
    s->limit_memlock =
        cred_capable(t->cred, CAP_IPC_LOCK) ? UINT64_MAX : task_rlimit(t, RLIMIT_MEMLOCK);
    return s;
}

/* ---- mappings ---- */

static int mem_check_flags(uint32_t flags)
{
    const uint32_t known = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN |
                           MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE |
                           MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB |
                           MAP_FIXED_NOREPLACE;

    if (flags & MAP_HUGETLB)
        return -ENOMEM; /* the pool of huge pages is empty */
    if ((flags & MAP_TYPE) == MAP_SHARED_VALIDATE && (flags & ~known))
        return -EOPNOTSUPP;
    return 0;
}

int64_t sys_mmap(struct task *t, const uint64_t a[6])
{
    struct vm_map_args m = {.addr = a[0],
                            .len = a[1],
                            .prot = (uint32_t)a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC),
                            .flags = (uint32_t)a[3],
                            .offset = a[5]};
    struct file *f = NULL;
    uint64_t at = 0;
    int err = IS_ALIGNED(m.offset, PAGE_SIZE) ? mem_check_flags(m.flags) : -EINVAL;

    if (err)
        return err;
    if (m.flags & MAP_ANONYMOUS) {
        m.offset = 0;
    } else {
        f = fd_lookup(t->fds, (int)a[4]);
        if (!f)
            return -EBADF;
        err = m.len ? file_map_args(f, &m) : -EINVAL;
    }
    if (!err)
        err = vm_map(mem_space(t), &m, &at);
    if (f)
        file_put(f);
    return err ? err : (int64_t)at;
}

int64_t sys_munmap(struct task *t, const uint64_t a[6])
{
    return vm_unmap(t->space, a[0], a[1]);
}

int64_t sys_mprotect(struct task *t, const uint64_t a[6])
{
    const uint32_t grows = ABI_PROT_GROWSDOWN | ABI_PROT_GROWSUP;

    if ((uint32_t)a[2] & grows)
        return -EINVAL;
    return vm_protect(mem_space(t), a[0], a[1], (uint32_t)a[2]);
}

int64_t sys_mremap(struct task *t, const uint64_t a[6])
{
    uint64_t at = 0;
    int err;

    if (a[3] > UINT32_MAX)
        return -EINVAL;
    err = vm_remap(mem_space(t), a[0], a[1], a[2], (uint32_t)a[3], a[4], &at);
    return err ? err : (int64_t)at;
}

int64_t sys_brk(struct task *t, const uint64_t a[6])
{
    return (int64_t)vm_brk(mem_space(t), a[0]);
}

/* ---- advice ---- */

int64_t sys_madvise(struct task *t, const uint64_t a[6])
{
    return vm_advise(t->space, a[0], a[1], (int)a[2]);
}

int64_t sys_process_madvise(struct task *t, const uint64_t a[6])
{
    struct vm_iter it;
    void *vec = NULL;
    int64_t done = 0;
    int advice = (int)a[3];
    struct process *p = NULL;
    int err;

    if (a[4] || a[2] > VM_IOV_MAX)
        return -EINVAL;
    if (advice != MADV_COLD && advice != MADV_PAGEOUT && advice != MADV_WILLNEED)
        return -EINVAL;
    err = pidfd_lookup(t, (int)a[0], &p, NULL);
    if (err)
        return err;
    if (p != t->process && !cred_capable(t->cred, CAP_SYS_NICE))
        err = -EPERM;
    process_put(p);
    if (!err)
        err = vm_iter_import(&it, a[1], (uint32_t)a[2], &vec);
    if (err)
        return err;
    /* These advices promise nothing, and nothing is paged out here: all of it is done. */
    done = (int64_t)it.left;
    kfree(vec);
    return done;
}

int64_t sys_msync(struct task *t, const uint64_t a[6])
{
    return vm_sync(t->space, a[0], a[1], (int)a[2]);
}

int64_t sys_mincore(struct task *t, const uint64_t a[6])
{
    uint64_t va = a[0], out = a[2];
    uint64_t left = DIV_ROUND_UP(a[1], PAGE_SIZE);
    uint8_t *vec;
    int err = 0;

    if (!IS_ALIGNED(va, PAGE_SIZE))
        return -EINVAL;
    if (a[1] > t->space->user_max)
        return -ENOMEM;
    vec = kmalloc(MEM_CHUNK);
    if (!vec)
        return -ENOMEM;
    while (left && !err) {
        uint64_t n = MIN(left, MEM_CHUNK);

        err = vm_mincore(t->space, va, n * PAGE_SIZE, vec);
        if (!err)
            err = copy_to_user(out, vec, n);
        va += n * PAGE_SIZE;
        out += n;
        left -= n;
    }
    kfree(vec);
    return err;
}

/* ---- locks: EPERM when the limit is 0, ENOMEM beyond it ---- */

static int mem_may_lock(struct vm_space *s)
{
    return s->limit_memlock ? 0 : -EPERM;
}

int64_t sys_mlock(struct task *t, const uint64_t a[6])
{
    struct vm_space *s = mem_space(t);
    int err = mem_may_lock(s);

    return err ? err : vm_lock_range(s, a[0], a[1], true);
}

int64_t sys_mlock2(struct task *t, const uint64_t a[6])
{
    if (a[2] & ~(uint64_t)MLOCK_ONFAULT)
        return -EINVAL;
    return sys_mlock(t, a); /* bringing pages in early is allowed */
}

int64_t sys_munlock(struct task *t, const uint64_t a[6])
{
    return vm_lock_range(t->space, a[0], a[1], false);
}

int64_t sys_mlockall(struct task *t, const uint64_t a[6])
{
    const uint64_t known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
    struct vm_space *s = mem_space(t);
    int err = mem_may_lock(s);

    if (!a[0] || (a[0] & ~known) || a[0] == MCL_ONFAULT)
        return -EINVAL;
    if (!err && (a[0] & MCL_CURRENT))
        err = vm_lock_all(s, true);
    if (!err)
        s->lock_future = a[0] & MCL_FUTURE;
    return err;
}

int64_t sys_munlockall(struct task *t, const uint64_t a[6] UNUSED)
{
    t->space->lock_future = false;
    return vm_lock_all(t->space, false);
}

/* ---- membarrier: an interrupt is a full barrier on the CPU that takes it ---- */

static void mem_barrier(void *arg UNUSED)
{
    atomic_fence();
}

static void mem_barrier_cpus(uint64_t mask)
{
    struct cpumask cpus = {.bits = mask};

    atomic_fence();
    if (cpus.bits)
        sched_call_cpus(cpus, mem_barrier, NULL);
    atomic_fence();
}

int64_t sys_membarrier(struct task *t, const uint64_t a[6])
{
    const int64_t all = ABI_MEMBARRIER_GLOBAL | ABI_MEMBARRIER_GLOBAL_EXPEDITED |
                        ABI_MEMBARRIER_REGISTER_GLOBAL_EXPEDITED |
                        ABI_MEMBARRIER_PRIVATE_EXPEDITED |
                        ABI_MEMBARRIER_REGISTER_PRIVATE_EXPEDITED;

    if (a[1])
        return -EINVAL;
    switch ((int)a[0]) {
    case ABI_MEMBARRIER_QUERY:
        return all;
    case ABI_MEMBARRIER_GLOBAL:
    case ABI_MEMBARRIER_GLOBAL_EXPEDITED:
        mem_barrier_cpus(sched_cpus().bits);
        return 0;
    case ABI_MEMBARRIER_PRIVATE_EXPEDITED:
        if (!atomic_load(&t->space->barrier_private))
            return -EPERM;
        mem_barrier_cpus(atomic_load(&t->space->cpus_loaded));
        return 0;
    case ABI_MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
        atomic_store(&t->space->barrier_private, true);
        return 0;
    case ABI_MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
        return 0; /* every process is ready for it */
    default:
        return -EINVAL;
    }
}

/* ---- another process's memory ---- */

/* As ptrace(2) decides "access mode" checks: all of the target's ids are the caller's. */
static bool mem_may_access(const struct task *t, struct task *target)
{
    const struct cred *c = t->cred;
    struct cred *o;
    bool ok;

    if (target->process == t->process || cred_capable(c, CAP_SYS_PTRACE))
        return true;
    o = task_cred_get(target);
    ok = c->uid == o->euid && c->uid == o->suid && c->uid == o->uid &&
         c->gid == o->egid && c->gid == o->sgid && c->gid == o->gid &&
         atomic_load(&target->process->dumpable);
    cred_put(o);
    return ok;
}

/* The space of the task `pid`, with a reference. */
static int mem_target(struct task *t, int32_t pid, struct vm_space **out)
{
    struct task *target = task_find(pid);
    int err = 0;

    if (!target)
        return -ESRCH;
    if (!mem_may_access(t, target))
        err = -EPERM;
    *out = err ? NULL : process_space_get(target->process);
    task_put(target);
    return err ? err : *out ? 0 : -ESRCH;
}

/* Move one remote segment: bytes, fewer at a fault on either side. */
static uint64_t mem_move(struct vm_space *s, uint64_t va, uint64_t len,
                         struct vm_iter *local, bool write, void *buf)
{
    uint64_t done = 0;

    while (done < len && local->left) {
        uint64_t want = MIN(MIN(len - done, local->left), MEM_CHUNK);
        int64_t n = write ? vm_iter_take(local, buf, want)
                          : vm_space_read(s, va + done, buf, want);
        int64_t m;

        if (n <= 0)
            break;
        m = write ? vm_space_write(s, va + done, buf, (size_t)n, false)
                  : vm_iter_put(local, buf, (size_t)n);
        if (m > 0)
            done += (uint64_t)m;
        if (m != (int64_t)want)
            break;
    }
    return done;
}

static int64_t mem_transfer(struct task *t, const uint64_t a[6], bool write)
{
    void *local_vec = NULL, *remote_vec = NULL, *buf = NULL;
    struct vm_iter local, remote;
    struct vm_space *s = NULL;
    uint64_t total = 0;
    bool short_move = false;
    int64_t err;

    if (a[5] || a[2] > VM_IOV_MAX || a[4] > VM_IOV_MAX)
        return -EINVAL;
    err = vm_iter_import(&local, a[1], (uint32_t)a[2], &local_vec);
    if (!err)
        err = vm_iter_import(&remote, a[3], (uint32_t)a[4], &remote_vec);
    if (!err && local.left && remote.left)
        err = mem_target(t, (int32_t)a[0], &s);
    if (!err && s) {
        buf = kmalloc(MEM_CHUNK);
        err = buf ? 0 : -ENOMEM;
    }
    for (uint32_t i = 0; buf && i < remote.count && local.left && !short_move; i++) {
        uint64_t want = MIN(remote.vec[i].len, local.left);
        uint64_t n = mem_move(s, remote.vec[i].base, want, &local, write, buf);

        total += n;
        short_move = n < want;
    }
    if (short_move && total == 0)
        err = -EFAULT;
    kfree(buf);
    if (s)
        vm_space_put(s);
    kfree(remote_vec);
    kfree(local_vec);
    return err ? err : (int64_t)total;
}

int64_t sys_process_vm_readv(struct task *t, const uint64_t a[6])
{
    return mem_transfer(t, a, false);
}

int64_t sys_process_vm_writev(struct task *t, const uint64_t a[6])
{
    return mem_transfer(t, a, true);
}
