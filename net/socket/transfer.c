/*
 * Send and receive. The common call ends with the first answer of the
 * protocol. A blocking one goes on: transfer_wait sleeps for an answer, and
 * transfer_rest sees to the rest of a partial send or of MSG_WAITALL.
 */
#include "net/socket/block.h"
#include "net/socket/socket.h"

typedef ssize_t (*transfer_fn)(struct sock *sk, struct msghdr *msg);

static inline int check_buf(const void *buf, size_t len)
{
	if (unlikely(!buf && len))
		return -EFAULT;
	return unlikely(len > PTRDIFF_MAX) ? -EINVAL : 0;
}

static int check_pieces(const struct msghdr *msg)
{
	size_t total = 0;

	if (msg->iovlen > IOV_MAX)
		return -EMSGSIZE;
	for (u32 i = 0; i < msg->iovlen; i++) {
		const struct iovec *iov = &msg->iov[i];

		if (!iov->base && iov->len)
			return -EFAULT;
		if (iov->len > PTRDIFF_MAX - total)
			return -EINVAL;
		total += iov->len;
	}
	return 0;
}

static inline int check_msg(const struct msghdr *msg)
{
	if (likely(msg->iovlen == 1))
		return check_buf(msg->iov->base, msg->iov->len);
	return check_pieces(msg);
}

/* The first piece of msg behind `done` bytes, which are not all of it. */
static struct iovec msg_rest(const struct msghdr *msg, size_t done)
{
	const struct iovec *iov = msg->iov;

	while (done >= iov->len)
		done -= iov++->len;
	return (struct iovec){(u8 *)iov->base + done, iov->len - done};
}

/* Sleeps and asks again until the answer is not -EAGAIN. */
static noinline ssize_t transfer_wait(struct sock *sk, struct msghdr *msg,
				      transfer_fn fn, u64 deadline)
{
	ssize_t n;

	sock_hold(sk);
	do {
		n = sock_block(sk, deadline);
		if (n)
			break;
		n = fn(sk, msg);
	} while (n == -EAGAIN);
	sock_put(sk);
	return n;
}

/*
 * The message behind `done` bytes of a stream, one piece at a time. Bytes, or
 * what stopped it is reported by the next call.
 */
static noinline ssize_t transfer_rest(struct sock *sk, struct msghdr *msg,
				      transfer_fn fn, u64 deadline, size_t done)
{
	size_t total = iov_length(msg);
	struct msghdr rest = *msg;
	struct iovec piece;

	rest.iov = &piece;
	rest.iovlen = 1;
	sock_hold(sk);
	while (done < total) {
		ssize_t n;

		piece = msg_rest(msg, done);
		rest.flags = msg->flags;
		n = fn(sk, &rest);
		if (n == -EAGAIN)
			n = transfer_wait(sk, &rest, fn, deadline);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	sock_put(sk);
	return (ssize_t)done;
}

static inline bool may_sleep(const struct socket *sock, u32 flags)
{
	return !sock->nonblock && !(flags & MSG_DONTWAIT);
}

/* The message has been checked. Of a stream, all is queued (POSIX). */
static inline ssize_t do_send(struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	transfer_fn fn = sk->proto->sendmsg;
	ssize_t n;

	local_bh_disable();
	n = fn(sk, msg);
	if (unlikely(n == -EAGAIN) && may_sleep(sock, msg->flags))
		n = transfer_wait(sk, msg, fn, sock_deadline(sk->sndtimeo_ms));
	if (n > 0 && sk->type == SOCK_STREAM &&
	    unlikely((size_t)n < iov_length(msg)) &&
	    may_sleep(sock, msg->flags))
		n = transfer_rest(sk, msg, fn, sock_deadline(sk->sndtimeo_ms),
				  (size_t)n);
	local_bh_enable();
	return n;
}

/* A look ahead would see the same bytes again. */
static inline bool recv_whole(const struct sock *sk, u32 flags)
{
	return unlikely((flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL) &&
	       sk->type == SOCK_STREAM;
}

static inline ssize_t do_recv(struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	transfer_fn fn = sk->proto->recvmsg;
	u32 flags = msg->flags;
	ssize_t n;

	local_bh_disable();
	n = fn(sk, msg);
	if (unlikely(n == -EAGAIN) && may_sleep(sock, flags))
		n = transfer_wait(sk, msg, fn, sock_deadline(sk->rcvtimeo_ms));
	if (n > 0 && recv_whole(sk, flags) && (size_t)n < iov_length(msg) &&
	    may_sleep(sock, flags)) {
		msg->flags = flags;
		n = transfer_rest(sk, msg, fn, sock_deadline(sk->rcvtimeo_ms),
				  (size_t)n);
	}
	local_bh_enable();
	return n;
}

ssize_t sock_sendmsg(struct socket *sock, struct msghdr *msg)
{
	int err = check_msg(msg);

	return err ? err : do_send(sock, msg);
}

ssize_t sock_recvmsg(struct socket *sock, struct msghdr *msg)
{
	int err = check_msg(msg);

	return err ? err : do_recv(sock, msg);
}

ssize_t sock_sendto(struct socket *sock, const void *buf, size_t len, u32 flags,
		    const struct sockaddr_in *to)
{
	struct iovec iov = {(void *)buf, len};
	struct sockaddr_in name;
	struct msghdr msg = {.iov = &iov, .iovlen = 1, .flags = flags};
	int err = check_buf(buf, len);

	if (err)
		return err;
	if (to) {
		if (to->family != AF_INET)
			return -EAFNOSUPPORT;
		name = *to;
		msg.name = &name;
	}
	return do_send(sock, &msg);
}

ssize_t sock_send(struct socket *sock, const void *buf, size_t len, u32 flags)
{
	struct iovec iov = {(void *)buf, len};
	struct msghdr msg = {.iov = &iov, .iovlen = 1, .flags = flags};
	int err = check_buf(buf, len);

	return err ? err : do_send(sock, &msg);
}

ssize_t sock_recvfrom(struct socket *sock, void *buf, size_t len, u32 flags,
		      struct sockaddr_in *from)
{
	struct iovec iov = {buf, len};
	struct msghdr msg = {
		.name = from, .iov = &iov, .iovlen = 1, .flags = flags};
	int err = check_buf(buf, len);

	return err ? err : do_recv(sock, &msg);
}

ssize_t sock_recv(struct socket *sock, void *buf, size_t len, u32 flags)
{
	return sock_recvfrom(sock, buf, len, flags, NULL);
}
