# SPDX-License-Identifier: BSD-2-Clause
# What this instruction set's compiler is told for all of our C code, and for the kernel's core: no
# floating-point registers there, and atomic operations in line, as every ARMv8.0 has them.
set(CLOUDOS_ARCH_FLAGS)
set(CLOUDOS_ARCH_CORE_FLAGS -march=armv8-a -mgeneral-regs-only -mno-outline-atomics)
