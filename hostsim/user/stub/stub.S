/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stub program, in one unit and one section, so that the distance between any two labels
 * is known when it is assembled: it runs at STUB_TEXT but is executed from elsewhere.
 */
#include "boot.S"
#include "mapper.S"
#include "guest.S"
#include "filter.S"

/* An error here means that the stub outgrew STUB_TEXT_SIZE. */
    .org STUB_TEXT_SIZE, 0xcc

    .section .note.GNU-stack, "", @progbits
