# SPDX-License-Identifier: BSD-2-Clause
# What this instruction set's compiler is told for all of our C code, and for the kernel's core.
set(CLOUDOS_ARCH_FLAGS -mno-omit-leaf-frame-pointer)
set(CLOUDOS_ARCH_CORE_FLAGS -mgeneral-regs-only)
