/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminal settings and ioctls: termios(3), ioctl_tty(2); the layout that x86-64, AArch64 and
 * RISC-V share.  For kernel code: its names are also those of a C library's <termios.h>.
 *
 * Owner:   abi.
 * Context: compile time.
 * Locking: none.
 * Errors:  none.
 */
#ifndef CLOUDOS_ABI_TERMIOS_H
#define CLOUDOS_ABI_TERMIOS_H

#include <stdint.h>

#define ABI_NCCS  19
#define ABI_N_TTY 0 /* the line discipline's number */

struct abi_termios {
    uint32_t c_iflag, c_oflag, c_cflag, c_lflag;
    uint8_t c_line;
    uint8_t c_cc[ABI_NCCS];
};
_Static_assert(sizeof(struct abi_termios) == 36, "the kernel's struct termios");

struct abi_termios2 {
    struct abi_termios t;
    uint32_t c_ispeed, c_ospeed;
};

/* struct termio of System V, for TCGETA. */
struct abi_termio {
    uint16_t c_iflag, c_oflag, c_cflag, c_lflag;
    uint8_t c_line;
    uint8_t c_cc[8];
};

struct abi_winsize {
    uint16_t ws_row, ws_col, ws_xpixel, ws_ypixel;
};

/* c_cc */
#define VINTR    0
#define VQUIT    1
#define VERASE   2
#define VKILL    3
#define VEOF     4
#define VTIME    5
#define VMIN     6
#define VSWTC    7
#define VSTART   8
#define VSTOP    9
#define VSUSP    10
#define VEOL     11
#define VREPRINT 12
#define VDISCARD 13
#define VWERASE  14
#define VLNEXT   15
#define VEOL2    16

/* c_iflag */
#define IGNBRK  0x0001u
#define BRKINT  0x0002u
#define IGNPAR  0x0004u
#define PARMRK  0x0008u
#define INPCK   0x0010u
#define ISTRIP  0x0020u
#define INLCR   0x0040u
#define IGNCR   0x0080u
#define ICRNL   0x0100u
#define IUCLC   0x0200u
#define IXON    0x0400u
#define IXANY   0x0800u
#define IXOFF   0x1000u
#define IMAXBEL 0x2000u
#define IUTF8   0x4000u

/* c_oflag */
#define OPOST  0x0001u
#define OLCUC  0x0002u
#define ONLCR  0x0004u
#define OCRNL  0x0008u
#define ONOCR  0x0010u
#define ONLRET 0x0020u
#define TABDLY 0x1800u
#define XTABS  0x1800u

/* c_cflag */
#define CBAUD  0x0000100fu
#define B38400 0x0000000fu
#define BOTHER 0x00001000u
#define CSIZE  0x00000030u
#define CS8    0x00000030u
#define CREAD  0x00000080u
#define PARENB 0x00000100u
#define HUPCL  0x00000400u
#define CLOCAL 0x00000800u

/* c_lflag */
#define ISIG    0x00001u
#define ICANON  0x00002u
#define ECHO    0x00008u
#define ECHOE   0x00010u
#define ECHOK   0x00020u
#define ECHONL  0x00040u
#define NOFLSH  0x00080u
#define TOSTOP  0x00100u
#define ECHOCTL 0x00200u
#define ECHOPRT 0x00400u
#define ECHOKE  0x00800u
#define IEXTEN  0x08000u
#define EXTPROC 0x10000u

/* Requests; FIONREAD is in abi/ioctl.h and is the same as TIOCINQ. */
#define TCGETS         0x5401u
#define TCSETS         0x5402u
#define TCSETSW        0x5403u
#define TCSETSF        0x5404u
#define TCGETA         0x5405u
#define TCSETA         0x5406u
#define TCSETAW        0x5407u
#define TCSETAF        0x5408u
#define TCSBRK         0x5409u
#define TCXONC         0x540au
#define TCFLSH         0x540bu
#define TIOCEXCL       0x540cu
#define TIOCNXCL       0x540du
#define TIOCSCTTY      0x540eu
#define TIOCGPGRP      0x540fu
#define TIOCSPGRP      0x5410u
#define TIOCOUTQ       0x5411u
#define TIOCSTI        0x5412u
#define TIOCGWINSZ     0x5413u
#define TIOCSWINSZ     0x5414u
#define TIOCPKT        0x5420u
#define TIOCNOTTY      0x5422u
#define TIOCSETD       0x5423u
#define TIOCGETD       0x5424u
#define TCSBRKP        0x5425u
#define TIOCSBRK       0x5427u
#define TIOCCBRK       0x5428u
#define TIOCGSID       0x5429u
#define TCGETS2        0x802c542au
#define TCSETS2        0x402c542bu
#define TCSETSW2       0x402c542cu
#define TCSETSF2       0x402c542du
#define TIOCGPTN       0x80045430u
#define TIOCSPTLCK     0x40045431u
#define TIOCGDEV       0x80045432u
#define TIOCSIG        0x40045436u
#define TIOCVHANGUP    0x5437u
#define TIOCGPKT       0x80045438u
#define TIOCGPTLCK     0x80045439u
#define TIOCGEXCL      0x80045440u
#define TIOCGPTPEER    0x5441u
#define TIOCGLCKTRMIOS 0x5456u
#define TIOCSLCKTRMIOS 0x5457u

#define TIOCPKT_DATA       0x00
#define TIOCPKT_FLUSHREAD  0x01
#define TIOCPKT_FLUSHWRITE 0x02
#define TIOCPKT_STOP       0x04
#define TIOCPKT_START      0x08
#define TIOCPKT_NOSTOP     0x10
#define TIOCPKT_DOSTOP     0x20
#define TIOCPKT_IOCTL      0x40

#define TCOOFF    0
#define TCOON     1
#define TCIOFF    2
#define TCION     3
#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2

#endif /* CLOUDOS_ABI_TERMIOS_H */
