/*
 * The stack under test, between two worlds that cannot include each other's
 * headers: net/ (stack.c, sockets.c) and libc (calls.c, adapter.c). One stack
 * a process. Everything under the adapter's lock; nothing blocks. Results as
 * -errno. A socket address is the first 8 bytes of a struct sockaddr_in and
 * an iovec list is libc's: both worlds have the same layout.
 */
#pragma once

#include "lib/types.h"

struct socket;
struct epoll;

/* Addresses in network order. */
struct stack_config {
	u32 local, netmask, gateway;
};

/* ---- stack.c: the device, the packets, the clock ---- */

void stack_create(const struct stack_config *config);
/* Every socket must have been closed; a leak ends the process. */
void stack_destroy(void);

u64 stack_now_us(void);
/* Runs every timer that is due until then, each at its time. */
void stack_advance_us(u64 us);
/* When something will happen by itself; UINT64_MAX: never. */
u64 stack_next_timer_us(void);

/* Every connection looks for its way again. */
void stack_forget_routes(void);

void stack_rx(const void *packet, size_t len);
/* The oldest packet sent and not yet fetched; false: none. */
bool stack_tx(void *packet, size_t *len, u64 *sent_us);

/* ---- sockets.c ---- */

int stack_socket(int type, int protocol, struct socket **out);
int stack_bind(struct socket *sock, const void *addr);
int stack_listen(struct socket *sock, int backlog);
int stack_accept(struct socket *sock, struct socket **out, void *peer);
int stack_connect(struct socket *sock, const void *addr);
/* -EAGAIN while the handshake goes on. */
int stack_connected(struct socket *sock);
ssize_t stack_recv(struct socket *sock, void *iov, u32 iovlen, u32 flags);
ssize_t stack_send(struct socket *sock, void *iov, u32 iovlen, u32 flags);
int stack_shutdown(struct socket *sock, int how);
void stack_close(struct socket *sock);
u32 stack_poll(struct socket *sock);
int stack_getsockopt(struct socket *sock, int level, int name, void *value,
		     u32 *len);
int stack_setsockopt(struct socket *sock, int level, int name,
		     const void *value, u32 len);
/* SIOCINQ and SIOCOUTQ: bytes not yet read, bytes not yet acknowledged. */
int stack_inq(struct socket *sock);
int stack_outq(struct socket *sock);

struct epoll *stack_epoll_create(void);
void stack_epoll_close(struct epoll *ep);
int stack_epoll_ctl(struct epoll *ep, int op, struct socket *sock, u32 events,
		    u64 data);
/* One event; 0: none. */
int stack_epoll_wait(struct epoll *ep, u32 *events, u64 *data);

/* ---- sysctl.c ---- */

/* The numbers of /proc/sys/net/ipv4/NAME; how many were there. */
int sysctl_read(const char *name, u64 *values, int max);
