/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses that may trap in the kernel: trap.c then continues at the label that belongs to them. */
.text

/* bool csr_probe_stimecmp(void): is there that register? */
.globl csr_probe_stimecmp
.type csr_probe_stimecmp, @function
csr_probe_stimecmp:
    li      t0, -1
.globl csr_probe_begin
csr_probe_begin:
    csrw    0x14d, t0
.globl csr_probe_end
csr_probe_end:
    li      a0, 1
    ret
.globl csr_probe_fault
csr_probe_fault:
    li      a0, 0
    ret
.size csr_probe_stimecmp, . - csr_probe_stimecmp

/* bool load_if_mapped(const uint64_t *at, uint64_t *out): kernel memory that may not be there. */
.globl load_if_mapped
.type load_if_mapped, @function
load_if_mapped:
.globl load_if_mapped_begin
load_if_mapped_begin:
    ld      t0, 0(a0)
.globl load_if_mapped_end
load_if_mapped_end:
    sd      t0, 0(a1)
    li      a0, 1
    ret
.globl load_if_mapped_fault
load_if_mapped_fault:
    li      a0, 0
    ret
.size load_if_mapped, . - load_if_mapped
