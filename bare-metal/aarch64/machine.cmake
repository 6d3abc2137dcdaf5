# SPDX-License-Identifier: BSD-2-Clause
# How everything that runs in the kernel of this machine is compiled: addresses relative to pc, so
# that the first tables can be made before the MMU is on.
set(METAL_FLAGS -mcmodel=small -fno-pic)
