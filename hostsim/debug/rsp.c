/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire between gdb and us. */
#include "hostsim/debug/rsp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERRUPT 3

static int listener = -1, peer = -1;
static bool acknowledge = true;
static const char digits[] = "0123456789abcdef";

int rsp_listen(uint16_t port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -errno;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 1))
        return -errno;
    return 0;
}

int rsp_accept(void)
{
    int one = 1;

    do
        peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (peer < 0 && errno == EINTR);
    if (peer < 0)
        return -errno;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    acknowledge = true;
    return 0;
}

bool rsp_connected(void)
{
    return peer >= 0;
}

void rsp_close(void)
{
    if (peer >= 0)
        close(peer);
    peer = -1;
}

/* -1: gone. */
static int byte_take(void)
{
    uint8_t c;
    ssize_t n;

    do
        n = recv(peer, &c, 1, 0);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        return c;
    rsp_close();
    return -1;
}

static void bytes_put(const char *data, size_t len)
{
    while (len && peer >= 0) {
        ssize_t n = send(peer, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            rsp_close();
            return;
        }
        data += n;
        len -= (size_t)n;
    }
}

/* Behind the '$': the length, -1 if the connection is gone, -2 if the packet is bad. */
static int packet_take(char buf[RSP_PACKET_BYTES])
{
    uint8_t sum = 0, expected;
    char check[2];
    size_t len = 0;
    int c;

    while ((c = byte_take()) >= 0 && c != '#') {
        sum += (uint8_t)c;
        if (len < RSP_PACKET_BYTES)
            buf[len++] = (char)c;
    }
    for (int i = 0; i < 2 && c >= 0; i++)
        check[i] = (char)(c = byte_take());
    if (c < 0)
        return -1;
    if (len == RSP_PACKET_BYTES || !rsp_hex_get(check, &expected, 1) || expected != sum)
        return -2;
    buf[len] = '\0';
    return (int)len;
}

int rsp_receive(char buf[RSP_PACKET_BYTES])
{
    for (;;) {
        int c = byte_take(), len;

        if (c < 0)
            return -1;
        if (c == INTERRUPT) {
            strcpy(buf, "\003");
            return 1;
        }
        if (c != '$') /* '+', '-': TCP has delivered it anyway */
            continue;
        len = packet_take(buf);
        if (acknowledge && len != -1)
            bytes_put(len >= 0 ? "+" : "-", 1);
        if (len != -2)
            return len;
    }
}

bool rsp_interrupted(void)
{
    uint8_t c;
    ssize_t n = peer < 0 ? -1 : recv(peer, &c, 1, MSG_DONTWAIT);

    if (n < 0)
        return false;
    if (n == 0)
        rsp_close();
    return n == 0 || c == INTERRUPT;
}

void rsp_send(const char *text)
{
    char tail[4];
    uint8_t sum = 0;

    for (const char *at = text; *at; at++)
        sum += (uint8_t)*at;
    snprintf(tail, sizeof(tail), "#%02x", sum);
    bytes_put("$", 1);
    bytes_put(text, strlen(text));
    bytes_put(tail, 3);
}

void rsp_no_ack(void)
{
    acknowledge = false;
}

void rsp_hex_put(char *to, const void *data, size_t len)
{
    const uint8_t *at = data;

    for (size_t i = 0; i < len; i++) {
        *to++ = digits[at[i] >> 4];
        *to++ = digits[at[i] & 15];
    }
    *to = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rsp_hex_get(const char *from, void *data, size_t len)
{
    uint8_t *to = data;

    for (size_t i = 0; i < len; i++) {
        int high = digit(from[2 * i]), low = high < 0 ? -1 : digit(from[2 * i + 1]);

        if (low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
