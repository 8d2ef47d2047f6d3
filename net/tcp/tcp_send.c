/*
 * sendmsg: bytes into write_queue, in sk_buffs that tcp_output.c sends as
 * they are. Small pieces are copied behind the last unsent ones; of a long
 * piece all full segments go into a block, to be cut by GSO, and what is left
 * is a small piece. Long pieces of static content are only pointed at:
 *
 *	| copied: linear part |				one segment
 *	| block: copied segments | static ... |		one sk_buff, GSO
 *	| copied: linear part | static | static ... |	the same
 *
 * Behind a frag nothing can be copied, so a new sk_buff begins there.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/tcp_sock.h"

#define TCP_STATIC_MIN	   256	/* shorter is cheaper to copy than to frag */
#define TCP_SMALL_HEAD	   230	/* what surely fits the small kind of head */
#define TCP_SMALL_HEAD_MAX 256	/* more never does */
#define TCP_COPY_ROOM	   1460 /* of an sk_buff, though the mss be longer */
#define TCP_BLOCK_SEGS	   2u	/* fewer are not worth a block */

/* One piece of the program's message. */
struct tcp_piece {
	const u8 *base;
	size_t len;
	bool frag;  /* static, and worth a frag */
	bool small; /* nothing follows: a small head will do */
};

static int tcp_check_send(struct tcp_sock *tp, u32 flags)
{
	struct sock *sk = &tp->sk;

	/* Nobody should begin to use it (RFC 9293 section 3.8.5). */
	if (unlikely(flags & MSG_OOB))
		return -EOPNOTSUPP;

	if (unlikely(sk->err))
		return sock_error(sk);
	if (unlikely(sk->shutdown & SEND_SHUTDOWN))
		return -EPIPE;
	if (likely(sk->state == TCP_ESTABLISHED || sk->state == TCP_CLOSE_WAIT))
		return 0;
	if (sk->state == TCP_SYN_SENT || sk->state == TCP_SYN_RECV)
		return -EAGAIN;
	return -ENOTCONN;
}

/* Until the last segment reaches TCP_NOTSENT_LOWAT. */
static cold u32 tcp_lowat_room(const struct tcp_sock *tp)
{
	if (tcp_unsent_is_enough(tp))
		return 0;
	return tp->notsent_lowat - tcp_unsent(tp) + tp->mss - 1;
}

/* What the send buffer has room for. */
static inline u32 tcp_send_room(struct tcp_sock *tp)
{
	u32 used = tcp_wmem_used(tp), room = 0;

	if (unlikely(tcp_under_pressure(tp))) {
		NET_INC(tp->sk.net, TCPEXT_TCPMemoryPressures);
		return used ? 0 : tp->mss;
	}
	if (likely(used < tp->sk.sndbuf))
		room = tp->sk.sndbuf - used;
	if (unlikely(tp->notsent_lowat))
		room = MIN(room, tcp_lowat_room(tp));
	return room;
}

static inline void tcp_queue_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	*tcp_cb(skb) = (struct tcp_skb_cb){
		.seq = tp->write_seq,
		.end_seq = tp->write_seq,
		.charge = skb->truesize,
		.flags = TCP_ACK,
	};
	tcp_mem_charge(tp, skb->truesize);
	skb_queue_tail(&tp->write_queue, skb);
}

static struct sk_buff *tcp_new_skb(struct tcp_sock *tp, u32 size)
{
	struct sk_buff *skb = alloc_skb(tp->sk.net, size);

	if (likely(skb))
		tcp_queue_skb(tp, skb);
	return skb;
}

/* The last unsent one, when its bytes are nobody else's. */
static struct sk_buff *tcp_open_skb(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek_tail(&tp->write_queue);

	return skb && !skb_cloned(skb) ? skb : NULL;
}

static void tcp_queued(struct tcp_sock *tp, struct sk_buff *skb, u32 len)
{
	tcp_cb(skb)->end_seq += len;
	tp->write_seq += len;
}

/*
 * A small head that turns out to be too small: what is in it moves to one of
 * a full segment (SHLD-28). NULL: it is full for good, or there is no memory.
 */
static struct sk_buff *tcp_grow_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct sk_buff *large;

	if (skb->data_len || skb->len > TCP_SMALL_HEAD_MAX)
		return NULL;
	large = alloc_skb(tp->sk.net, tp->mss);
	if (unlikely(!large))
		return NULL;
	memcpy(skb_put(large, skb->len), skb->data, skb->len);
	*tcp_cb(large) = *tcp_cb(skb);
	tcp_cb(large)->charge = large->truesize;
	tcp_mem_charge(tp, large->truesize);
	skb_queue_after(&tp->write_queue, skb, large);
	skb_unlink(&tp->write_queue, skb);
	tcp_free_sent(tp, skb);
	return large;
}

/* An sk_buff with room for the front of the piece; NULL: no memory. */
static struct sk_buff *tcp_copy_skb(struct tcp_sock *tp,
				    const struct tcp_piece *piece)
{
	struct sk_buff *skb = tcp_open_skb(tp), *large;
	u32 room;

	if (skb && skb->len < tp->mss) {
		if (skb_tailroom(skb))
			return skb;
		large = tcp_grow_skb(tp, skb);
		if (large)
			return large;
	}
	if (!skb && piece->small && piece->len <= TCP_SMALL_HEAD)
		return tcp_new_skb(tp, (u32)piece->len);
	room = (u32)MAX(piece->len, (size_t)TCP_COPY_ROOM);
	return tcp_new_skb(tp, MIN(room, tp->mss));
}

/* Copies from the front of the piece; bytes done, 0: no memory. */
static u32 tcp_add_copy(struct tcp_sock *tp, const struct tcp_piece *piece)
{
	struct sk_buff *skb = tcp_copy_skb(tp, piece);
	u32 room, len;

	if (unlikely(!skb))
		return 0;
	room = MIN(skb_tailroom(skb), tp->mss - skb->len);
	len = (u32)MIN(piece->len, (size_t)room);
	memcpy(skb_put(skb, len), piece->base, len);
	tcp_queued(tp, skb, len);
	return len;
}

/* Of `len` bytes the full segments of one block; 0: too few. */
static u32 tcp_block_len(const struct tcp_sock *tp, size_t len)
{
	u32 most = (u32)MIN(len, (size_t)SKB_BLOCK_MAX) / tp->mss;

	/* It ends where tcp_push_halves pushes, if not before. */
	most = MIN(most, tp->max_window / 2 / tp->mss + 2);
	return most < TCP_BLOCK_SEGS ? 0 : most * tp->mss;
}

/* The full segments at the front of a long piece; 0: they go one by one. */
static noinline u32 tcp_add_block(struct tcp_sock *tp,
				  const struct tcp_piece *piece)
{
	struct sk_buff *skb = tcp_open_skb(tp);
	u32 len = tcp_block_len(tp, piece->len);

	/* One that is not full comes first. */
	if (!len || (skb && !skb->data_len && skb->len < tp->mss))
		return 0;
	skb = alloc_skb_with_block(tp->sk.net, len);
	if (unlikely(!skb))
		return 0;
	memcpy(skb_shinfo(skb)->block->bytes, piece->base, len);
	tcp_queue_skb(tp, skb);
	tcp_queued(tp, skb, len);
	return len;
}

/* Copied either way; bytes done, 0: no memory. */
static inline u32 tcp_add_text(struct tcp_sock *tp,
			       const struct tcp_piece *piece)
{
	u32 len = 0;

	if (unlikely(piece->len >= TCP_BLOCK_SEGS * tp->mss))
		len = tcp_add_block(tp, piece);
	return len ? len : tcp_add_copy(tp, piece);
}

/* Static content, by reference. */
static u32 tcp_add_static(struct tcp_sock *tp, const struct tcp_piece *piece)
{
	struct sk_buff *skb = tcp_open_skb(tp);
	u32 len;

	if (skb && skb->len < TCP_GSO_MAX) {
		len = (u32)MIN(piece->len, (size_t)TCP_GSO_MAX - skb->len);
		if (likely(skb_add_frag(skb, piece->base, len)))
			goto added;
	}
	skb = tcp_new_skb(tp, 0);
	if (unlikely(!skb))
		return 0;
	len = (u32)MIN(piece->len, (size_t)TCP_GSO_MAX);
	if (unlikely(!skb_add_frag(skb, piece->base, len)))
		return 0;
added:
	tcp_queued(tp, skb, len);
	return len;
}

/* As much of the piece as there is room for; bytes done. */
static size_t tcp_send_piece(struct tcp_sock *tp, struct tcp_piece *piece)
{
	size_t done = 0;

	while (piece->len) {
		u32 room = tcp_send_room(tp), now;
		size_t left = piece->len;

		if (unlikely(!room)) {
			tp->want_room = true;
			break;
		}
		piece->len = MIN(left, (size_t)room);
		now = piece->frag ? tcp_add_static(tp, piece)
				  : tcp_add_text(tp, piece);
		if (unlikely(!now))
			break;
		piece->base += now;
		piece->len = left - now;
		done += now;
	}
	return done;
}

static size_t tcp_send_iov(struct tcp_sock *tp, const struct msghdr *msg)
{
	size_t done = 0;

	for (u32 i = 0; i < msg->iovlen; i++) {
		const struct iovec *iov = &msg->iov[i];
		struct tcp_piece piece = {
			.base = iov->base,
			.len = iov->len,
			.frag = msg->flags & MSG_STATIC &&
				iov->len > TCP_STATIC_MIN,
			.small =
				i + 1 == msg->iovlen || msg->flags & MSG_STATIC,
		};
		size_t now = tcp_send_piece(tp, &piece);

		done += now;
		if (now < iov->len)
			break;
	}
	return done;
}

/*
 * A receiver may keep text back until a PSH or until its buffer is full (RFC
 * 9293 section 3.9.1.1): of a write longer than half of its largest window a
 * segment in each such half has one, so that it need not come to that.
 */
static cold void tcp_push_halves(struct tcp_sock *tp, u32 len)
{
	u32 pushed = tp->write_seq - len;
	struct sk_buff *skb;

	for (skb = skb_peek(&tp->write_queue); skb;
	     skb = skb_queue_next(&tp->write_queue, skb)) {
		if (seq_leq(tcp_cb(skb)->end_seq - tp->mss,
			    pushed + tp->max_window / 2))
			continue;
		tcp_cb(skb)->flags |= TCP_PSH;
		pushed = tcp_cb(skb)->end_seq;
	}
}

/* RFC 9293 section 3.9.1.2: PSH where the program ended its write. */
static void tcp_sent(struct tcp_sock *tp, u32 len, u32 flags)
{
	if (unlikely(len > tp->max_window / 2))
		tcp_push_halves(tp, len);
	tp->more = flags & MSG_MORE;
	if (!tp->more && !skb_queue_empty(&tp->write_queue))
		tcp_cb(skb_peek_tail(&tp->write_queue))->flags |= TCP_PSH;
	if (!tp->more || tp->write_seq - tp->snd_nxt >= tp->mss)
		tcp_push(tp);
	else if (!tp->xmit_deadline_ms)
		tcp_probe_start(tp); /* held back, but not for ever */
}

/*
 * The room comes with an acknowledgment: what a cork holds back has to go
 * now, or there would be none.
 */
static ssize_t tcp_nothing_sent(struct tcp_sock *tp, const struct msghdr *msg)
{
	if (!iov_length(msg))
		return 0;
	/* Room, and yet nothing taken: there was no memory for it. */
	if (tcp_send_room(tp))
		return -ENOBUFS;
	if (tp->more) {
		tp->more = false;
		tcp_push(tp);
	}
	return -EAGAIN;
}

ssize_t tcp_sendmsg(struct sock *sk, struct msghdr *msg)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err = tcp_check_send(tp, msg->flags);
	size_t done;

	if (unlikely(err))
		return err;
	done = tcp_send_iov(tp, msg);
	if (unlikely(!done))
		return tcp_nothing_sent(tp, msg);
	tcp_sent(tp, (u32)done, msg->flags);
	return (ssize_t)done;
}
