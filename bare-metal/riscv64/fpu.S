/* SPDX-License-Identifier: BSD-2-Clause */
/* The floating-point registers to memory and back; the only code of the kernel that names them. */
.option arch, +d
.text

.macro ALL op
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \op f\n, 8 * \n(a0)
.endr
.endm

/* void fpu_store(struct sigframe_fpu *to) */
.globl fpu_store
.type fpu_store, @function
fpu_store:
    ALL fsd
    frcsr   t0
    sw      t0, 256(a0)
    ret
.size fpu_store, . - fpu_store

/* void fpu_load(const struct sigframe_fpu *from) */
.globl fpu_load
.type fpu_load, @function
fpu_load:
    ALL fld
    lw      t0, 256(a0)
    fscsr   t0
    ret
.size fpu_load, . - fpu_load
