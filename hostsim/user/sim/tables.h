/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All tables of instructions.
 *
 * Owner:   hostsim/user/sim; each table lies at the end of the file with its handlers.
 * Context: any.
 * Locking: none; constant.
 * Errors:  none.
 */
#ifndef CLOUDOS_HOSTSIM_USER_SIM_TABLES_H
#define CLOUDOS_HOSTSIM_USER_SIM_TABLES_H

#include "hostsim/user/sim/row.h"

#define SIM_TABLES(X)                                                                    \
    X(alu)                                                                               \
    X(mov)                                                                               \
    X(cond)                                                                              \
    X(shift)                                                                             \
    X(muldiv)                                                                            \
    X(bit)                                                                               \
    X(atomic)                                                                            \
    X(stack)                                                                             \
    X(branch)                                                                            \
    X(string)                                                                            \
    X(misc)                                                                              \
    X(sse_move)                                                                          \
    X(sse_int)                                                                           \
    X(sse_float)                                                                         \
    X(sse_convert)                                                                       \
    X(mmx)                                                                               \
    X(mmx_move)                                                                          \
    X(x87)                                                                               \
    X(fp_state)

#define SIM_TABLE_DECLARE(name) extern const struct sim_table sim_table_##name;
SIM_TABLES(SIM_TABLE_DECLARE)

#endif /* CLOUDOS_HOSTSIM_USER_SIM_TABLES_H */
