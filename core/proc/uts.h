/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of this machine: sethostname(2), setdomainname(2).
 *
 * Owner:   proc.
 * Context: any.
 * Locking: inside.
 * Errors:  -EINVAL for names longer than UTS_NAME_MAX.
 */
#ifndef CLOUDOS_PROC_UTS_H
#define CLOUDOS_PROC_UTS_H

#include "lib/base.h"

#define UTS_NAME_MAX 64 /* without the terminator */

void uts_get_hostname(char *buf, size_t size);
void uts_get_domainname(char *buf, size_t size);
MUST_CHECK int uts_set_hostname(const char *name, size_t len);
MUST_CHECK int uts_set_domainname(const char *name, size_t len);

#endif /* CLOUDOS_PROC_UTS_H */
