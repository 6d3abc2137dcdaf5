/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine as a whole: names, memory and load, entropy, power. */
#include "syscall/handlers.h"
#include "syscall/syscall.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/machine.h"
#include "abi/signal.h"
#include "abi/user.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "proc/task.h"
#include "proc/uts.h"
#include "proc/version.h"
#include "sched/sched.h"
#include "tty/tty.h"
#include "vm/ucopy.h"

int64_t sys_uname(struct task *t, const uint64_t a[6])
{
    struct abi_utsname u;

    (void)t;
    memset(&u, 0, sizeof(u));
    strlcpy(u.sysname, KERNEL_SYSNAME, sizeof(u.sysname));
    strlcpy(u.release, KERNEL_RELEASE, sizeof(u.release));
    strlcpy(u.version, KERNEL_VERSION, sizeof(u.version));
    strlcpy(u.machine, ARCH_UTS_MACHINE, sizeof(u.machine));
    uts_get_hostname(u.nodename, sizeof(u.nodename));
    uts_get_domainname(u.domainname, sizeof(u.domainname));
    return copy_to_user(a[0], &u, sizeof(u));
}

static int64_t set_name(struct task *t, const uint64_t a[6],
                        int (*set)(const char *, size_t))
{
    char name[UTS_NAME_MAX];
    int32_t len = (int32_t)a[1];

    if (!cred_capable(t->cred, CAP_SYS_ADMIN))
        return -EPERM;
    if (len < 0 || len > UTS_NAME_MAX)
        return -EINVAL;
    if (copy_from_user(name, a[0], (size_t)len))
        return -EFAULT;
    return set(name, (size_t)len);
}

int64_t sys_sethostname(struct task *t, const uint64_t a[6])
{
    return set_name(t, a, uts_set_hostname);
}

int64_t sys_setdomainname(struct task *t, const uint64_t a[6])
{
    return set_name(t, a, uts_set_domainname);
}

#define LOAD_SHIFT_UP 5 /* from 11 to 16 fraction bits */

int64_t sys_sysinfo(struct task *t, const uint64_t a[6])
{
    struct abi_sysinfo info;
    struct frame_stats frames;
    uint32_t loads[3];

    (void)t;
    memset(&info, 0, sizeof(info));
    info.uptime = (int64_t)(hal_time_ns() / UINT64_C(1000000000));
    sched_loadavg(loads);
    for (unsigned i = 0; i < 3; i++)
        info.loads[i] = (uint64_t)loads[i] << LOAD_SHIFT_UP;
    frame_stats(&frames);
    info.totalram = frames.total * HAL_PAGE_SIZE;
    info.freeram = frames.free * HAL_PAGE_SIZE;
    info.procs = (uint16_t)MIN(process_count(), (uint32_t)UINT16_MAX);
    info.mem_unit = 1;
    return copy_to_user(a[0], &info, sizeof(info));
}

/* Entropy is there from the first moment: nothing ever blocks. */
int64_t sys_getrandom(struct task *t, const uint64_t a[6])
{
    uint32_t flags = (uint32_t)a[2];
    uint64_t len = MIN(a[1], (uint64_t)INT32_MAX), done = 0;
    uint8_t buf[256];

    (void)t;
    if (flags & ~(ABI_GRND_NONBLOCK | ABI_GRND_RANDOM | ABI_GRND_INSECURE))
        return -EINVAL;
    if ((flags & ABI_GRND_RANDOM) && (flags & ABI_GRND_INSECURE))
        return -EINVAL;
    while (done < len) {
        size_t n = (size_t)MIN(len - done, (uint64_t)sizeof(buf));

        hal_entropy(buf, n);
        if (copy_to_user(a[0] + done, buf, n))
            return done ? (int64_t)done : -EFAULT;
        done += n;
        if (thread_interrupted() && done < len)
            break;
    }
    return (int64_t)done;
}

static bool reboot_magic(uint32_t magic, uint32_t magic2)
{
    return magic == ABI_REBOOT_MAGIC1 &&
           (magic2 == ABI_REBOOT_MAGIC2 || magic2 == ABI_REBOOT_MAGIC2A ||
            magic2 == ABI_REBOOT_MAGIC2B || magic2 == ABI_REBOOT_MAGIC2C);
}

static void (*power_off_hook)(void); /* written at boot only */

void syscall_set_power_off_hook(void (*fn)(void))
{
    power_off_hook = fn;
}

int64_t sys_reboot(struct task *t, const uint64_t a[6])
{
    if (!cred_capable(t->cred, CAP_SYS_BOOT))
        return -EPERM;
    if (!reboot_magic((uint32_t)a[0], (uint32_t)a[1]))
        return -EINVAL;
    switch ((uint32_t)a[2]) {
    case ABI_REBOOT_RESTART:
    case ABI_REBOOT_RESTART2:
        console_drain();
        hal_halt(HAL_HALT_RESET, 0);
    case ABI_REBOOT_HALT:
    case ABI_REBOOT_POWER_OFF:
        if (power_off_hook)
            power_off_hook();
        console_drain();
        hal_halt(HAL_HALT_POWEROFF, 0);
    case ABI_REBOOT_CAD_ON:
    case ABI_REBOOT_CAD_OFF:
        return 0; /* no keyboard of ours has these keys: they do nothing either way */
    default:
        return -EINVAL;
    }
}

int64_t sys_vhangup(struct task *t, const uint64_t a[6])
{
    (void)a;
    if (!cred_capable(t->cred, CAP_SYS_TTY_CONFIG))
        return -EPERM;
    tty_vhangup_current();
    return 0;
}
