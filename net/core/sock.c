/*
 * What all kinds of socket share: references, wake-ups, buffer charges, and
 * copies between packets and a program's iovec list.
 */
#include "lib/string.h"
#include "kernel/log.h"
#include "net/core/sock.h"

void sock_init(struct sock *sk, struct net *net, const struct proto *proto)
{
	*sk = (struct sock){
		.net = net,
		.proto = proto,
		.refcnt = 1,
		.type = proto->type,
		.protocol = proto->protocol,
		.rcvbuf = SOCK_BUF_DEFAULT,
		.sndbuf = SOCK_BUF_DEFAULT,
		.rcvtimeo_ms = WAIT_FOREVER,
		.sndtimeo_ms = WAIT_FOREVER,
	};
	skb_queue_head_init(&sk->receive_queue);
	wait_queue_init(&sk->wait);
	list_init(&sk->watches);
	net->sock_live++;
}

void sock_free(struct sock *sk)
{
	struct net *net = sk->net;

	ASSERT(list_empty(&sk->watches));
	skb_queue_purge(&sk->receive_queue, DROP_NONE);
	sk->rmem_alloc = 0;
	sk->proto->destroy(sk);
	net->sock_live--;
}

/* A watch may take itself off the list while it is told. */
static noinline void sock_notify(struct sock *sk, u32 events)
{
	struct sock_watch *watch, *tmp;

	list_for_each_entry_safe (watch, tmp, &sk->watches, node)
		watch->notify(watch, events);
}

static inline void wake_and_notify(struct sock *sk, u32 events)
{
	wake_up(&sk->wait);
	if (!list_empty(&sk->watches))
		sock_notify(sk, events);
}

void sock_wake(struct sock *sk, u32 events)
{
	wake_and_notify(sk, events);
}

int sock_error(struct sock *sk)
{
	int err = sk->err;

	sk->err = 0;
	return -err;
}

void sock_set_error(struct sock *sk, int err)
{
	sk->err = err;
	sock_wake(sk, EPOLLERR);
}

/*
 * One sk_buff may go over the limit, as in Linux: a buffer smaller than one
 * datagram still receives.
 */
bool sock_queue_rcv(struct sock *sk, struct sk_buff *skb)
{
	if (unlikely(sk->rmem_alloc >= sk->rcvbuf))
		return false;
	sk->rmem_alloc += skb->truesize;
	skb_queue_tail(&sk->receive_queue, skb);
	wake_and_notify(sk, EPOLLIN);
	return true;
}

/* Writers are woken once half of the buffer is free, not for each packet. */
void sock_wfree(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;
	u32 before = sk->wmem_alloc, after = before - skb->truesize;

	sk->wmem_alloc = after;
	if (unlikely(before > sk->sndbuf / 2 && after <= sk->sndbuf / 2))
		sock_wake(sk, EPOLLOUT);
	sock_put(sk);
}

void sock_edemux(struct sk_buff *skb)
{
	sock_put(skb->sk);
}

/* One contiguous piece of an iovec list. */
struct iov_piece {
	u8 *base;
	size_t len;
};

/* The piece at byte `skip`, at most `max` long; len 0 past the end. */
static struct iov_piece iov_at(const struct msghdr *msg, size_t skip,
			       size_t max)
{
	for (u32 i = 0; i < msg->iovlen; i++) {
		const struct iovec *iov = &msg->iov[i];

		if (skip < iov->len)
			return (struct iov_piece){
				(u8 *)iov->base + skip,
				MIN(iov->len - skip, max),
			};
		skip -= iov->len;
	}
	return (struct iov_piece){NULL, 0};
}

size_t iov_copy_to(const struct msghdr *msg, size_t skip, const void *from,
		   size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct iov_piece p = iov_at(msg, skip + done, len - done);

		if (!p.len)
			break;
		memcpy(p.base, (const u8 *)from + done, p.len);
		done += p.len;
	}
	return done;
}

size_t iov_copy_from(const struct msghdr *msg, size_t skip, void *to,
		     size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct iov_piece p = iov_at(msg, skip + done, len - done);

		if (!p.len)
			break;
		memcpy((u8 *)to + done, p.base, p.len);
		done += p.len;
	}
	return done;
}

size_t iov_length_of_many(const struct msghdr *msg)
{
	size_t len = 0;

	for (u32 i = 0; i < msg->iovlen; i++)
		len += msg->iov[i].len;
	return len;
}

/* Any list of pieces, any skb. */
static noinline size_t skb_copy_to_pieces(const struct sk_buff *skb, u32 offset,
					  u32 len, const struct msghdr *msg,
					  size_t skip)
{
	size_t done = 0;

	while (done < len) {
		struct iov_piece p = iov_at(msg, skip + done, len - done);

		if (!p.len)
			break;
		skb_copy_bits(skb, offset + (u32)done, p.base, (u32)p.len);
		done += p.len;
	}
	return done;
}

size_t skb_copy_to_iov(const struct sk_buff *skb, u32 offset, u32 len,
		       const struct msghdr *msg, size_t skip)
{
	const struct iovec *iov = msg->iov;

	if (unlikely(msg->iovlen != 1 || skb->data_len || skip > iov->len ||
		     len > iov->len - skip))
		return skb_copy_to_pieces(skb, offset, len, msg, skip);
	memcpy((u8 *)iov->base + skip, skb->data + offset, len);
	return len;
}
