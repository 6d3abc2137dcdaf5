/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fake engine was told.
 *
 * Owner:   tests/unit/hostsim.
 * Context: any.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_UNIT_HOSTSIM_FAKE_ENGINE_H
#define CLOUDOS_UNIT_HOSTSIM_FAKE_ENGINE_H

struct fake_engine_counts {
    unsigned inits, finis, kicks, flushes;
};

extern struct fake_engine_counts fake_engine_counts;

#endif /* CLOUDOS_UNIT_HOSTSIM_FAKE_ENGINE_H */
