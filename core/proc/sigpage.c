/* SPDX-License-Identifier: BSD-2-Clause */
/* One page of shared memory with the instruction set's code, mapped by every exec. */
#include "proc/sigpage.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "abi/user.h"
#include "mm/frame.h"
#include "vm/iter.h"
#include "vm/pagecache.h"
#include "vm/space.h"

static struct vm_object *sigpage; /* NULL: programs bring their own code */

int sigpage_init(void)
{
    size_t len;
    const void *code = arch_sigreturn_code(&len);
    struct vm_object *o;
    struct vm_iter from;
    int err;

    if (len == 0)
        return 0;
    kassert(!sigpage && len <= PAGE_SIZE);
    err = vm_shared_create(PAGE_SIZE, &o);
    if (err)
        return err;
    vm_iter_kernel(&from, (void *)(uintptr_t)code, len);
    if (vm_object_write(o, 0, &from) != (int64_t)len) {
        vm_shared_put(o);
        return -ENOMEM;
    }
    sigpage = o;
    return 0;
}

int sigpage_map(struct vm_space *s)
{
    struct vm_map_args a = {
        .len = PAGE_SIZE,
        .prot = PROT_READ | PROT_EXEC,
        .flags = MAP_PRIVATE,
        .max_prot = VM_MAYREAD | VM_MAYEXEC,
        .object = sigpage,
    };

    return sigpage ? vm_map(s, &a, &s->sigpage) : 0;
}
