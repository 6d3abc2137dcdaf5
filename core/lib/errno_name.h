/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of error numbers, for --strace and the log.
 *
 * Owner:   lib.
 * Context: any.
 * Locking: none.
 * Errors:  an unknown number has the name "E?".
 */
#ifndef CLOUDOS_LIB_ERRNO_NAME_H
#define CLOUDOS_LIB_ERRNO_NAME_H

/* `err` with either sign: 2 and -2 are "ENOENT". */
const char *errno_name(int err);

#endif /* CLOUDOS_LIB_ERRNO_NAME_H */
