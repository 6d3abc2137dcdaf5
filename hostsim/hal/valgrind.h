/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Valgrind's client requests, or nothing where its headers are not installed.  They cost a few
 * instructions when the program does not run under valgrind.
 *
 * Owner:   hostsim/hal.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_HAL_VALGRIND_H
#define CLOUDOS_HOSTSIM_HAL_VALGRIND_H

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>
#else
#define VALGRIND_MALLOCLIKE_BLOCK(addr, len, red, zeroed) ((void)(addr), (void)(len))
#define VALGRIND_FREELIKE_BLOCK(addr, red)                ((void)(addr))
#define VALGRIND_STACK_REGISTER(start, end)               ((void)(start), (void)(end), 0u)
#define VALGRIND_STACK_DEREGISTER(id)                     ((void)(id))
#define VALGRIND_MAKE_MEM_NOACCESS(addr, len)             ((void)(addr), (void)(len))
#define VALGRIND_MAKE_MEM_UNDEFINED(addr, len)            ((void)(addr), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(addr, len)              ((void)(addr), (void)(len))
#endif

#endif /* CLOUDOS_HOSTSIM_HAL_VALGRIND_H */
