/* SPDX-License-Identifier: BSD-2-Clause */
/* Host and domain name. */
#include "proc/uts.h"

#include "abi/errno.h"
#include "lib/spinlock.h"
#include "lib/string.h"

static struct spinlock uts_lock = SPINLOCK_INIT("uts"); /* covers both names */
static char hostname[UTS_NAME_MAX + 1] = "cloudos";
static char domainname[UTS_NAME_MAX + 1] = "(none)";

static void name_get(const char *name, char *buf, size_t size)
{
    spin_lock(&uts_lock);
    strlcpy(buf, name, size);
    spin_unlock(&uts_lock);
}

static int name_set(char *name, const char *text, size_t len)
{
    if (len > UTS_NAME_MAX)
        return -EINVAL;
    spin_lock(&uts_lock);
    memcpy(name, text, len);
    name[len] = '\0';
    spin_unlock(&uts_lock);
    return 0;
}

void uts_get_hostname(char *buf, size_t size)
{
    name_get(hostname, buf, size);
}

void uts_get_domainname(char *buf, size_t size)
{
    name_get(domainname, buf, size);
}

int uts_set_hostname(const char *name, size_t len)
{
    return name_set(hostname, name, len);
}

int uts_set_domainname(const char *name, size_t len)
{
    return name_set(domainname, name, len);
}
