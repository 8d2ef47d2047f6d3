/*
 * recvmsg and poll: the program's side of the receive queue (RFC 9293
 * section 3.10.3). Each sk_buff there holds text from its cb's seq on; what
 * lies before COPIED_SEQ has been read.
 */
#include "lib/errno.h"
#include "net/tcp/tcp_sock.h"

static void tcp_eat_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	skb_unlink(&tp->sk.receive_queue, skb);
	tp->sk.rmem_alloc -= skb->truesize;
	tcp_mem_charge(tp, -(s64)skb->truesize);
	consume_skb(skb);
}

/* Copies what is not read yet, eating what is read out; bytes. */
static u32 tcp_copy_out(struct tcp_sock *tp, struct msghdr *msg, u32 room)
{
	u32 seq = tp->copied_seq, done = 0;
	struct sk_buff *skb, *next;

	skb_queue_walk_safe (&tp->sk.receive_queue, skb, next) {
		u32 offset = seq - tcp_cb(skb)->seq;
		u32 len = MIN(skb->len - offset, room - done);

		skb_copy_to_iov(skb, offset, len, msg, done);
		done += len;
		seq += len;
		if (offset + len < skb->len)
			break;
		tcp_eat_skb(tp, skb);
		if (done == room)
			break;
	}
	tp->copied_seq = seq;
	return done;
}

/* The same, and all stays. */
static u32 tcp_copy_peek(struct tcp_sock *tp, struct msghdr *msg, u32 room)
{
	u32 seq = tp->copied_seq, done = 0;
	const struct sk_buff *skb;

	skb_queue_walk (&tp->sk.receive_queue, skb) {
		u32 offset = seq - tcp_cb(skb)->seq;
		u32 len = MIN(skb->len - offset, room - done);

		skb_copy_to_iov(skb, offset, len, msg, done);
		done += len;
		seq += len;
		if (done == room)
			break;
	}
	return done;
}

/* Nothing to read: why, in Linux's order. */
static noinline ssize_t tcp_no_data(struct sock *sk)
{
	if (sk->err)
		return sock_error(sk);
	if (sk->shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->state == TCP_CLOSE || sk->state == TCP_LISTEN)
		return -ENOTCONN;
	return -EAGAIN;
}

/*
 * Reading ends before the mark, and the next begins there (as with Linux's
 * SO_OOBINLINE): so a program can look for it between any two.
 */
void tcp_note_mark(struct tcp_sock *tp)
{
	s32 before = (s32)(tp->rcv_up - 1 - tp->copied_seq);

	tp->urg_seen = before >= 0;
	tp->read_max = before > 0 ? (u32)before : INT32_MAX;
}

bool tcp_at_mark(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;

	return tp->urg_seen && tp->rcv_up - 1 == tp->copied_seq;
}

/* With MSG_PEEK or MSG_OOB: urgent text is in line, there is no other. */
static noinline ssize_t tcp_recv_other(struct tcp_sock *tp, struct msghdr *msg,
				       u32 room)
{
	if (msg->flags & MSG_OOB)
		return -EINVAL;
	return tcp_copy_peek(tp, msg, room);
}

static noinline ssize_t tcp_recv_text(struct tcp_sock *tp, struct msghdr *msg)
{
	u32 room = (u32)MIN(iov_length(msg), (size_t)tp->read_max), done;

	if (unlikely(!room))
		return 0;
	if (unlikely(msg->flags & (MSG_PEEK | MSG_OOB)))
		return tcp_recv_other(tp, msg, room);
	done = tcp_copy_out(tp, msg, room);
	if (unlikely(tp->urg_seen))
		tcp_note_mark(tp);
	if (unlikely(tp->sk.state == TCP_CLOSE))
		return done;
	if (unlikely(seq_geq(tp->copied_seq, tp->rcv_space_seq)))
		tcp_rcv_space_adjust(tp);
	tcp_read_some(tp, done);
	return done;
}

/* Who reads until there is no more comes here once in vain. */
ssize_t tcp_recvmsg(struct sock *sk, struct msghdr *msg)
{
	if (skb_queue_empty(&sk->receive_queue))
		return tcp_no_data(sk);
	return tcp_recv_text(tcp_sk(sk), msg);
}

static u32 tcp_poll_read(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	u32 events = 0;

	if (unlikely(tp->urg_seen))
		events |= EPOLLPRI;

	if (!skb_queue_empty(&sk->receive_queue))
		events |= EPOLLIN;
	if (sk->shutdown & RCV_SHUTDOWN)
		events |= EPOLLIN | EPOLLRDHUP;
	return events;
}

/*
 * As Linux: after shutdown for writing a write fails, that is, at once; and
 * only who was told that there is no room is told that there is some.
 */
static u32 tcp_poll_write(struct tcp_sock *tp)
{
	if (tp->sk.shutdown & SEND_SHUTDOWN || likely(tcp_writable(tp)))
		return EPOLLOUT;
	tp->want_room = true;
	return 0;
}

u32 tcp_poll(struct sock *sk)
{
	const u32 both = RCV_SHUTDOWN | SEND_SHUTDOWN;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 events = sk->err ? EPOLLERR : 0;

	switch (sk->state) {
	case TCP_LISTEN:
		if (!list_empty(&tp->accept_queue))
			events |= EPOLLIN;
		return events;
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return events;
	}
	if (sk->state == TCP_CLOSE || sk->shutdown == both)
		events |= EPOLLHUP;
	return events | tcp_poll_read(sk) | tcp_poll_write(tp);
}
