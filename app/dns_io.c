/*
 * Asking a server. Each query has a random id and a random port of its own,
 * on a connected socket, which takes datagrams from that server only
 * (RFC 5452 section 9.2); a truncated answer is asked for again by TCP
 * (RFC 7766 section 5).
 */
#include "app/dns_io.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "lib/errno.h"
#include "net/socket/epoll.h"

#define PORT_MIN   1024
#define PORT_COUNT (65536 - PORT_MIN)
#define PORT_TRIES 8
#define LOOK_MS	   100 /* how often query->stop is asked */
#define TCP_PREFIX 2   /* RFC 1035 section 4.2.2: the length */

/* RFC 5452 section 9.2: from the whole range, not from a part of it. */
static int bind_random(struct socket *sock)
{
	int err = -EADDRINUSE;

	for (u32 i = 0; i < PORT_TRIES && err == -EADDRINUSE; i++) {
		u16 port = (u16)(PORT_MIN + random_below(PORT_COUNT));
		struct sockaddr_in any = {AF_INET, htons(port), INADDR_ANY};

		err = sock_bind(sock, &any);
	}
	return err;
}

static bool is_stopped(const struct dns_query *query)
{
	return query->stop && query->stop->wanted(query->stop->arg);
}

/* The next wait: to the end, or until it is time to ask query->stop. */
static int set_wait(const struct dns_query *query, struct socket *sock,
		    int option, u64 end_ms)
{
	u64 now = clock_ms(), wait;

	if (is_stopped(query))
		return -EINTR;
	if (now >= end_ms)
		return -ETIMEDOUT;
	wait = end_ms - now;
	if (query->stop)
		wait = MIN(wait, (u64)LOOK_MS);
	return sock_setsockopt(sock, SOL_SOCKET, option, &wait, sizeof(wait));
}

/* TCP's handshake has outlived the first wait. */
static int wait_connected(const struct dns_query *query, struct socket *sock,
			  u64 end_ms)
{
	int err = ETIMEDOUT;
	u32 len = sizeof(err);

	while (!(sock_poll(sock) & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
		err = set_wait(query, sock, SO_SNDTIMEO, end_ms);
		if (err)
			return err;
		task_sleep_ms(LOOK_MS);
	}
	(void)sock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

static int open_socket(const struct dns_query *query, be32 server, int type,
		       struct socket **out)
{
	const struct sockaddr_in to = {AF_INET, BE16(DNS_PORT), server};
	u64 end_ms = clock_ms() + query->timeout_ms;
	int err = sock_create(query->net, AF_INET, type, 0, out);

	if (err) {
		*out = NULL;
		return err;
	}
	if (type == SOCK_DGRAM)
		err = bind_random(*out);
	if (!err)
		err = set_wait(query, *out, SO_SNDTIMEO, end_ms);
	if (!err)
		err = sock_connect(*out, &to);
	if (err == -EINPROGRESS)
		err = wait_connected(query, *out, end_ms);
	return err;
}

/* Bytes of a stream or a datagram; 0: the stream's end. */
static ssize_t recv_within(const struct dns_query *query, struct socket *sock,
			   u8 *buf, size_t size, u64 end_ms)
{
	for (;;) {
		ssize_t n = set_wait(query, sock, SO_RCVTIMEO, end_ms);

		if (!n)
			n = sock_recv(sock, buf, size, 0);
		task_yield(); /* under a flood others have their turn */
		if (n != -EAGAIN)
			return n;
	}
}

/* Until the answer or the end of the time: others are passed over. */
static int ask_udp(const struct dns_query *query, struct socket *sock,
		   struct dns_answer *out)
{
	u64 end_ms = clock_ms() + query->timeout_ms;
	u16 id = (u16)random_u32();
	size_t len = dns_build(query->buf, id, query->name);
	ssize_t n = sock_send(sock, query->buf, len, 0);
	int err = n < 0 ? (int)n : -EAGAIN;

	while (err == -EAGAIN) {
		n = recv_within(query, sock, query->buf, DNS_MSG_MAX, end_ms);
		err = n < 0 ? (int)n
			    : dns_parse(query->buf, (size_t)n, id, query->name,
					out);
	}
	return err;
}

static int recv_whole(const struct dns_query *query, struct socket *sock,
		      size_t len, u64 end_ms)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = recv_within(query, sock, query->buf + at, len - at,
					end_ms);

		if (n <= 0)
			return n ? (int)n : -EIO;
		at += (size_t)n;
	}
	return 0;
}

static int ask_tcp(const struct dns_query *query, struct socket *sock,
		   struct dns_answer *out)
{
	u64 end_ms = clock_ms() + query->timeout_ms;
	u16 id = (u16)random_u32();
	u8 *buf = query->buf;
	size_t len = dns_build(buf + TCP_PREFIX, id, query->name);
	int err;

	put_be16(buf, (u16)len);
	len += TCP_PREFIX;
	if (sock_send(sock, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -EIO;
	err = recv_whole(query, sock, TCP_PREFIX, end_ms);
	if (err)
		return err;
	len = get_be16(buf);
	if (len > DNS_MSG_MAX)
		return -EMSGSIZE;
	err = recv_whole(query, sock, len, end_ms);
	if (!err)
		err = dns_parse(buf, len, id, query->name, out);
	/* Whoever sends another answer on this connection is broken. */
	return err == -EAGAIN ? -EBADMSG : err;
}

static int ask_by(const struct dns_query *query, be32 server, int type,
		  struct dns_answer *out)
{
	struct socket *sock;
	int err = open_socket(query, server, type, &sock);

	if (!err)
		err = type == SOCK_DGRAM ? ask_udp(query, sock, out)
					 : ask_tcp(query, sock, out);
	if (sock)
		sock_close(sock);
	return err;
}

int dns_ask(const struct dns_query *query, be32 server, struct dns_answer *out)
{
	int err = ask_by(query, server, SOCK_DGRAM, out);

	if (err == -EMSGSIZE)
		err = ask_by(query, server, SOCK_STREAM, out);
	return err;
}
