# SPDX-License-Identifier: BSD-2-Clause
# What this instruction set's compiler is told for all of our C code, and for the kernel's core: no
# floating-point instructions there.
set(CLOUDOS_ARCH_FLAGS)
set(CLOUDOS_ARCH_CORE_FLAGS -march=rv64imac_zicsr_zifencei -mabi=lp64)
