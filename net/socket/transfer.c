/*
 * Send and receive. The common call ends with the first answer of the
 * protocol; what is left of a blocking call (sleeping, the rest of a partial
 * send, MSG_WAITALL) is the loop in transfer_rest.
 */
#include "net/socket/block.h"
#include "net/socket/socket.h"

typedef ssize_t (*transfer_fn)(struct sock *sk, struct msghdr *msg);

static int check_msg(const struct msghdr *msg)
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

/* The first piece of msg behind `done` bytes, which are not all of it. */
static struct iovec msg_rest(const struct msghdr *msg, size_t done)
{
	const struct iovec *iov = msg->iov;

	while (done >= iov->len)
		done -= iov++->len;
	return (struct iovec){(u8 *)iov->base + done, iov->len - done};
}

/* One call: what the protocol is asked, and how long it may take. */
struct transfer {
	transfer_fn fn;
	u64 deadline;
	bool whole; /* a stream: all of the message, or an error */
};

/*
 * The message one piece at a time, `done` bytes of it being done. A datagram
 * moves as a whole or not at all: for it, done is 0.
 */
static ssize_t transfer_rest(struct sock *sk, struct msghdr *msg,
			     const struct transfer *call, ssize_t done)
{
	size_t total = iov_length(msg);
	struct msghdr rest = *msg;
	struct iovec piece;
	ssize_t n = done ? done : -EAGAIN;

	do {
		if (n == -EAGAIN) {
			n = sock_block(sk, call->deadline);
			if (n)
				break;
		}
		if (done) {
			piece = msg_rest(msg, (size_t)done);
			rest.iov = &piece;
			rest.iovlen = 1;
		}
		rest.flags = msg->flags;
		n = call->fn(sk, &rest);
		if (n > 0)
			done += n;
	} while (n == -EAGAIN ||
		 (n > 0 && call->whole && (size_t)done < total));
	msg->flags = rest.flags;
	return done ? done : n;
}

/* The common call is the protocol's first answer. Bottom halves off. */
static inline ssize_t transfer(struct sock *sk, struct msghdr *msg,
			       const struct transfer *call)
{
	u32 asked = msg->flags;
	ssize_t n = call->fn(sk, msg);

	if (!call->deadline || (n != -EAGAIN && (n <= 0 || !call->whole)))
		return n;
	if (n > 0 && (size_t)n == iov_length(msg))
		return n;
	msg->flags = asked;
	sock_hold(sk);
	n = transfer_rest(sk, msg, call, MAX(n, 0));
	sock_put(sk);
	return n;
}

static inline u64 transfer_deadline(const struct socket *sock, u32 flags,
				    u64 timeout_ms)
{
	if (sock->nonblock || flags & MSG_DONTWAIT)
		return 0;
	return sock_deadline(timeout_ms);
}

/* The message has been checked. */
static inline ssize_t do_send(struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	/* A blocking send of a stream ends when all is queued (POSIX). */
	struct transfer call = {
		.fn = sk->proto->sendmsg,
		.deadline =
			transfer_deadline(sock, msg->flags, sk->sndtimeo_ms),
		.whole = sk->type == SOCK_STREAM,
	};
	ssize_t n;

	local_bh_disable();
	n = transfer(sk, msg, &call);
	local_bh_enable();
	return n;
}

static inline ssize_t do_recv(struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	struct transfer call = {
		.fn = sk->proto->recvmsg,
		.deadline =
			transfer_deadline(sock, msg->flags, sk->rcvtimeo_ms),
		/* A look ahead would see the same bytes again. */
		.whole = (msg->flags & (MSG_WAITALL | MSG_PEEK)) ==
				 MSG_WAITALL &&
			 sk->type == SOCK_STREAM,
	};
	ssize_t n;

	local_bh_disable();
	n = transfer(sk, msg, &call);
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

/* What check_msg looks for, of one piece. */
static inline int check_buf(const void *buf, size_t len)
{
	if (unlikely(!buf && len))
		return -EFAULT;
	return unlikely(len > PTRDIFF_MAX) ? -EINVAL : 0;
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
