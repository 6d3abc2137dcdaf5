/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of gdb's remote serial protocol over one TCP connection ("Debugging with GDB",
 * appendix E).
 *
 * Owner:   hostsim/debug.
 * Context: one host thread.
 * Locking: none.
 * Errors:  what gdb sends is data from outside: packets that are damaged or too long are asked for
 *          again or answered with an error.
 */
#ifndef CLOUDOS_HOSTSIM_DEBUG_RSP_H
#define CLOUDOS_HOSTSIM_DEBUG_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSP_PACKET_BYTES 4096u

/* Listen on a port of the loopback interface: 0 or -errno. */
int rsp_listen(uint16_t port);
/* Wait for somebody to connect: 0 or -errno. */
int rsp_accept(void);
bool rsp_connected(void);
void rsp_close(void);

/* The next packet, without its frame, as text: its length, or -1 when the connection is gone.
 * An interrupt (Ctrl-C) is the packet "\003". */
int rsp_receive(char buf[RSP_PACKET_BYTES]);
/* Has gdb sent an interrupt, or gone away?  Does not wait; whatever came is used up. */
bool rsp_interrupted(void);
void rsp_send(const char *text);
/* gdb and we have agreed to leave acknowledgements out. */
void rsp_no_ack(void);

void rsp_hex_put(char *to, const void *data, size_t len); /* ends with NUL */
/* `len` bytes from 2 * len digits; false: these are no digits. */
bool rsp_hex_get(const char *from, void *data, size_t len);

#endif /* CLOUDOS_HOSTSIM_DEBUG_RSP_H */
