/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory files shared with the stubs.  Sizes are address space: memory follows use. */
#include "hostsim/user/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostsim/hal/machine.h"

#define FD_PARK 64 /* above every STUB_FD_* while they are put in place */

extern const uint8_t native_stub_begin[], native_stub_end[];

struct shared_file {
    int fd;
    uint8_t *view;
    size_t len;
};

static struct shared_file control, slots, low;
static int image_fd = -1, control_read_fd = -1, control_done_fd = -1, low_read_fd = -1;

static int file_create(struct shared_file *file, const char *name, size_t len)
{
    file->len = len;
    file->fd = memfd_create(name, MFD_CLOEXEC);
    if (file->fd < 0 || ftruncate(file->fd, (off_t)len) != 0)
        return -errno;
    file->view =
        mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file->fd, 0);
    return file->view == MAP_FAILED ? -errno : 0;
}

/* The same file with fewer rights: what a descriptor cannot do, no mapping of it can. */
static int file_reopen(const struct shared_file *file, int flags)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
    return open(path, flags | O_CLOEXEC);
}

static int image_create(void)
{
    size_t len = (size_t)(native_stub_end - native_stub_begin);

#ifdef MFD_EXEC
    image_fd = memfd_create("cloudos-stub", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
#endif
    if (image_fd < 0)
        image_fd = memfd_create("cloudos-stub", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (image_fd < 0)
        return -errno;
    if (write(image_fd, native_stub_begin, len) != (ssize_t)len)
        return -EIO;
    if (fcntl(image_fd, F_ADD_SEALS,
              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        return -errno;
    return 0;
}

int shared_init(void)
{
    int err = image_create();

    if (err == 0)
        err = file_create(&control, "cloudos-control", NATIVE_STUBS_MAX * NATIVE_PAGE);
    if (err == 0)
        err = file_create(&slots, "cloudos-slots", (size_t)NATIVE_SLOTS_MAX * SLOT_SIZE);
    if (err == 0)
        err =
            file_create(&low, "cloudos-low", (size_t)NATIVE_PATCHES_MAX * STUB_LOW_SIZE);
    if (err != 0)
        return err;
    control_read_fd = file_reopen(&control, O_RDONLY);
    control_done_fd = file_reopen(&control, O_WRONLY);
    low_read_fd = file_reopen(&low, O_RDONLY);
    if (control_read_fd < 0 || control_done_fd < 0 || low_read_fd < 0)
        return -errno;
    return 0;
}

struct stub_control *shared_control(unsigned stub)
{
    return (struct stub_control *)(control.view + shared_control_offset(stub));
}

uint64_t shared_control_offset(unsigned stub)
{
    return stub * NATIVE_PAGE;
}

struct stub_slot *shared_slot(unsigned slot)
{
    return (struct stub_slot *)(slots.view + shared_slot_offset(slot));
}

uint64_t shared_slot_offset(unsigned slot)
{
    return (uint64_t)slot * SLOT_SIZE;
}

uint8_t *shared_low(unsigned set)
{
    return low.view + shared_low_offset(set);
}

uint64_t shared_low_offset(unsigned set)
{
    return (uint64_t)set * STUB_LOW_SIZE;
}

static void file_clear(const struct shared_file *file, uint64_t offset, uint64_t len)
{
    if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                  (off_t)len) != 0)
        memset(file->view + offset, 0, len);
}

void shared_control_clear(unsigned stub)
{
    file_clear(&control, shared_control_offset(stub), NATIVE_PAGE);
}

void shared_slot_clear(unsigned slot)
{
    file_clear(&slots, shared_slot_offset(slot), SLOT_SIZE);
}

void shared_low_clear(unsigned set)
{
    file_clear(&low, shared_low_offset(set), STUB_LOW_SIZE);
}

void shared_exec_stub(void)
{
    static char name[] = "cloudos-stub";
    char *const argv[] = {name, NULL}, *const envp[] = {NULL};
    const int from[] = {arena_fd(),      slots.fd,    control_read_fd,
                        control_done_fd, low_read_fd, image_fd};
    const int count = sizeof(from) / sizeof(from[0]);

    /* Twice, so that no target is a source that is still needed. */
    for (int i = 0; i < count; i++)
        if (dup2(from[i], FD_PARK + i) < 0)
            return;
    for (int i = 0; i < count; i++)
        if (dup2(FD_PARK + i, STUB_FD_ARENA + i) < 0)
            return;
    for (int fd = 0; fd < STUB_FD_ARENA; fd++)
        close(fd);
    if (syscall(SYS_close_range, STUB_FD_IMAGE + 1, ~0u, 0) != 0)
        for (int fd = STUB_FD_IMAGE + 1; fd < 65536; fd++)
            close(fd);
    fexecve(STUB_FD_IMAGE, argv, envp);
}

uint64_t shared_stub_export(unsigned offset)
{
    uint64_t value;

    memcpy(&value, native_stub_begin + STUB_IMAGE_OFFSET + offset, sizeof(value));
    return value;
}
