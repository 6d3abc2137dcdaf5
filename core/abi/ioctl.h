/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl(2) requests that any file may get; those of terminals are in abi/termios.h.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_IOCTL_H
#define CLOUDOS_ABI_IOCTL_H

#ifndef FIONREAD
#define FIONREAD 0x541bu
#endif
#ifndef FIONBIO
#define FIONBIO 0x5421u
#endif
#ifndef FIONCLEX
#define FIONCLEX 0x5450u
#endif
#ifndef FIOCLEX
#define FIOCLEX 0x5451u
#endif
#ifndef FIOASYNC
#define FIOASYNC 0x5452u
#endif
#ifndef FIOQSIZE
#define FIOQSIZE 0x5460u
#endif

#endif /* CLOUDOS_ABI_IOCTL_H */
