/* SPDX-License-Identifier: BSD-2-Clause */
#include "bare-metal/common/boot.h"

#include "bare-metal/common/console.h"
#include "bare-metal/common/machine.h"
#include "lib/format.h"
#include "lib/string.h"

#define CMDLINE_BYTES 8192u

static struct hal_bootinfo info;
static uint64_t direct_map __attribute__((used)); /* for debuggers, which call nothing */
static char cmdline[CMDLINE_BYTES];
static bool console_is_stream;

const struct hal_bootinfo *hal_bootinfo(void)
{
    return &info;
}

/* ---- saying something before there is a log ---- */

static void line_write(const char *fmt, va_list ap)
{
    char line[256];

    kvsnprintf(line, sizeof(line), fmt, ap);
    metal_console_write_text("cloudos: ");
    metal_console_write_text(line);
    metal_console_write_text("\n");
}

void boot_note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line_write(fmt, ap);
    va_end(ap);
}

void boot_die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line_write(fmt, ap);
    va_end(ap);
    machine_end(HAL_HALT_POWEROFF, BOOT_STATUS_MACHINE);
}

/* ---- command line ---- */

static const char *word_end(const char *text)
{
    while (*text && *text != ' ')
        text++;
    return text;
}

static bool word_is(const char *word, size_t len, const char *what)
{
    return len == strlen(what) && memcmp(word, what, len) == 0;
}

/* True if the word [word, word + len) was the machine's own. */
static bool word_take(const char *word, size_t len)
{
    if (word_is(word, len, "console=begin"))
        metal_console_write_text(CONSOLE_BEGIN);
    else if (word_is(word, len, "console=tty"))
        console_is_stream = false;
    else if (word_is(word, len, "console=stream"))
        console_is_stream = true;
    else
        return word_is(word, len, "nokaslr") || word_is(word, len, "kaslr");
    return true;
}

bool boot_cmdline_has(const char *text, const char *word)
{
    while (text && *text) {
        const char *end = word_end(text);

        if (word_is(text, (size_t)(end - text), "--"))
            return false;
        if (word_is(text, (size_t)(end - text), word))
            return true;
        text = *end ? end + 1 : end;
    }
    return false;
}

void boot_cmdline_set(const char *text)
{
    size_t out = 0;

    if (!text)
        text = "";
    if (strlen(text) >= CMDLINE_BYTES)
        boot_die("the command line is longer than %u bytes", CMDLINE_BYTES - 1);
    while (*text) {
        const char *end = word_end(text);

        if (word_is(text, (size_t)(end - text), "--"))
            break;
        if (!word_take(text, (size_t)(end - text))) {
            memcpy(cmdline + out, text, (size_t)(end - text));
            out += (size_t)(end - text);
            cmdline[out++] = ' ';
        }
        text = *end ? end + 1 : end;
    }
    strlcpy(cmdline + out, text, CMDLINE_BYTES - out);
}

/* ---- memory ---- */

static bool ram_has(const struct memmap *m, const struct hal_range *r)
{
    for (unsigned i = 0; i < m->count; i++) {
        const struct hal_range *ram = &m->range[i];

        if (r->base >= ram->base && r->len <= ram->len &&
            r->base - ram->base <= ram->len - r->len)
            return true;
    }
    return false;
}

void boot_claim(struct boot *b)
{
    if (!ram_has(&b->ram, &b->image))
        boot_die("the memory map does not have the kernel itself at %#llx",
                 (unsigned long long)b->image.base);
    memmap_remove(&b->ram, b->image.base, b->image.len);
    if (b->initrd.len == 0)
        return;
    if (b->initrd.base % HAL_PAGE_SIZE != 0 || !ram_has(&b->ram, &b->initrd))
        boot_die("the initramfs (%#llx, %llu bytes) does not lie in free memory",
                 (unsigned long long)b->initrd.base, (unsigned long long)b->initrd.len);
    memmap_remove(&b->ram, b->initrd.base, b->initrd.len);
}

/* The largest ranges, largest first. */
static void ram_publish(const struct memmap *m)
{
    for (unsigned i = 0; i < m->count; i++) {
        unsigned at = 0;

        while (at < info.ram_count && info.ram[at].len >= m->range[i].len)
            at++;
        if (at == HAL_RAM_MAX)
            continue;
        if (info.ram_count < HAL_RAM_MAX)
            info.ram_count++;
        for (unsigned j = info.ram_count - 1; j > at; j--)
            info.ram[j] = info.ram[j - 1];
        info.ram[at] = m->range[i];
    }
}

void boot_info_set(const struct boot *b)
{
    uint64_t bytes = memmap_bytes(&b->ram);
    uint64_t need = BOOT_RAM_MIN + b->initrd.len;

    if (bytes < need)
        boot_die(
            "%llu KiB of free memory are too little: with an initramfs of %llu KiB the "
            "machine needs %llu KiB more",
            (unsigned long long)(bytes >> 10), (unsigned long long)(b->initrd.len >> 10),
            (unsigned long long)((need - bytes) >> 10) + 1);
    info = (struct hal_bootinfo){
        .image = b->image,
        .initrd = b->initrd,
        .cpu_count = CLAMP(b->cpu_count, 1u, (unsigned)HAL_CPUS_MAX),
        .mmu = b->mmu,
        .tlb_broadcast = b->tlb_broadcast,
        .console_in_tty = !console_is_stream,
        .console_out_tty = !console_is_stream,
        .user_min = b->user_min,
        .user_max = b->user_max,
        .kstack_bytes = b->kstack_bytes,
        .hwcap = {b->hwcap[0], b->hwcap[1]},
        .cmdline = cmdline,
    };
    direct_map = hal_direct_map_offset();
    ram_publish(&b->ram);
    metal_console_set_stream(console_is_stream);
}
