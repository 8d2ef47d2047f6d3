/*
 * The programs' interface: sockets as in POSIX, with handles in place of
 * numbers and errors as -errno. Task context. A blocking call sleeps on the
 * socket's wait queue; with nonblock set (or MSG_DONTWAIT) it returns
 * -EAGAIN instead. A call that finds its socket closed by another task after
 * a sleep returns -EBADF.
 */
#pragma once

#include "lib/errno.h"
#include "net/core/protocol.h"
#include "net/core/sock.h"

#define SOMAXCONN 4096
#define IOV_MAX	  64

struct socket {
	struct sock *sk;
	bool nonblock;
	bool listening;
};

/*
 * family AF_INET; type SOCK_STREAM, SOCK_DGRAM or SOCK_RAW (of ICMP);
 * protocol 0 or its number.
 */
int sock_create(struct net *net, int family, int type, int protocol,
		struct socket **out) must_check;
int sock_bind(struct socket *sock, const struct sockaddr_in *addr) must_check;
int sock_listen(struct socket *sock, int backlog) must_check;
int sock_accept(struct socket *sock, struct socket **out,
		struct sockaddr_in *peer) must_check;
int sock_connect(struct socket *sock,
		 const struct sockaddr_in *addr) must_check;
ssize_t sock_send(struct socket *sock, const void *buf, size_t len, u32 flags);
ssize_t sock_recv(struct socket *sock, void *buf, size_t len, u32 flags);
ssize_t sock_sendto(struct socket *sock, const void *buf, size_t len, u32 flags,
		    const struct sockaddr_in *to);
ssize_t sock_recvfrom(struct socket *sock, void *buf, size_t len, u32 flags,
		      struct sockaddr_in *from);
ssize_t sock_sendmsg(struct socket *sock, struct msghdr *msg);
ssize_t sock_recvmsg(struct socket *sock, struct msghdr *msg);
int sock_shutdown(struct socket *sock, int how);

/* Frees the handle; the connection ends in its own time. */
void sock_close(struct socket *sock);

int sock_setsockopt(struct socket *sock, int level, int name, const void *value,
		    u32 len);
int sock_getsockopt(struct socket *sock, int level, int name, void *value,
		    u32 *len);
int sock_getname(struct socket *sock, struct sockaddr_in *local,
		 struct sockaddr_in *peer);
/* sockatmark(3), SIOCATMARK: 1 at the urgent mark, 0, or -ENOTTY. */
int sock_at_mark(struct socket *sock);
/*
 * Ends a sleep on it, or else its next call, with -err, or with the error that
 * it has already. Any task, softirq.
 */
void sock_interrupt(struct socket *sock, int err);
/* EPOLLx that hold now. */
u32 sock_poll(struct socket *sock);

/*
 * Between these two, the frames of many sends share one write of the device's
 * tail register. For a short batch that does not sleep.
 */
void sock_batch_begin(struct net *net);
void sock_batch_end(struct net *net);

/* A program refused to echo to a port that would answer: UDP_ECHO_LOOP. */
void sock_count_echo_loop(struct net *net);
