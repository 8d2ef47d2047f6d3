/*
 * The text of a segment and its FIN: RFC 9293 section 3.10.7.4, seventh and
 * eighth steps. Text in order goes to the receive queue as it lies in its
 * buffer; text ahead of a gap goes to tcp_ofo.c.
 *
 *	copied_seq        rcv_nxt                  rcv_nxt + window
 *	    |-- unread -----|-------- acceptable ---------|
 */
#include "lib/string.h"
#include "net/tcp/tcp_sock.h"

#define TCP_COALESCE_MAX 512 /* copying more costs more than it saves */

static void tcp_keep_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	skb_queue_tail(&tp->sk.receive_queue, skb);
}

/*
 * Many small segments would hold a whole buffer each: a short one is copied
 * behind the last while that has room.
 */
static bool tcp_coalesce(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct sk_buff *last = skb_peek_tail(&tp->sk.receive_queue);
	u32 len = skb->len;

	if (likely(!last) || len > TCP_COALESCE_MAX || skb_cloned(last) ||
	    skb_tailroom(last) < len ||
	    tcp_cb(last)->end_seq != tcp_cb(skb)->seq)
		return false;
	skb_copy_bits(skb, 0, skb_put(last, len), len);
	tcp_cb(last)->end_seq += len;
	NET_INC(tp->sk.net, TCPEXT_TCPRcvCoalesce);
	tp->sk.rmem_alloc -= skb->truesize;
	tcp_mem_charge(tp, -(s64)skb->truesize);
	consume_skb(skb);
	return true;
}

void tcp_queue_text(struct tcp_sock *tp, struct sk_buff *skb)
{
	if (!tcp_coalesce(tp, skb))
		tcp_keep_skb(tp, skb);
}

/* Room for one more buffer; early segments give way to one in order. */
static bool tcp_rmem_ok(struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 limit = 2 * tp->sk.rcvbuf;

	if (likely(tp->sk.rmem_alloc + skb->truesize <= limit &&
		   tp->table->memory + skb->truesize <= tp->table->memory_max))
		return true;
	if (!tp->sk.rmem_alloc) /* one for each, or hoarders shut out all */
		return true;
	if (skb_queue_empty(&tp->ofo_queue))
		return false;
	NET_INC(tp->sk.net, TCPEXT_OfoPruned);
	tcp_ofo_purge(tp);
	return !tp->sk.rmem_alloc ||
	       (tp->sk.rmem_alloc + skb->truesize <= limit &&
		tp->table->memory + skb->truesize <= tp->table->memory_max);
}

/* What lies left of RCV.NXT goes; false: that is all of it. */
static noinline bool tcp_trim_old(struct tcp_sock *tp, struct tcp_seg *seg)
{
	u32 old = MIN(tp->rcv_nxt - seg->seq, seg->len);

	tcp_sack_dup(tp, seg->seq, seq_min(seg->end_seq, tp->rcv_nxt));
	if (seq_leq(seg->end_seq, tp->rcv_nxt))
		return false;
	skb_pull(seg->skb, old);
	seg->seq += old;
	seg->len -= old;
	return true;
}

/* Cuts what lies left of RCV.NXT and right of the window. */
static enum drop_reason tcp_trim_to_window(struct tcp_sock *tp,
					   struct tcp_seg *seg)
{
	u32 wnd = tcp_rcv_wnd(tp);
	u32 text_end = seg->seq + seg->len;

	if (unlikely(seq_lt(seg->seq, tp->rcv_nxt)) && !tcp_trim_old(tp, seg))
		return DROP_TCP_DUPLICATE;
	if (unlikely(seq_gt(text_end, tp->rcv_nxt + wnd))) {
		u32 over = text_end - (tp->rcv_nxt + wnd);

		if (over >= seg->len)
			return DROP_TCP_ZERO_WINDOW;
		seg->len -= over;
		seg->end_seq = seg->seq + seg->len;
		seg->flags &= (u8)~TCP_FIN;
		skb_trim(seg->skb, seg->len);
	}
	return DROP_NONE;
}

/*
 * RFC 1122 section 4.2.3.2: an ACK for every second full segment; else it waits
 * for an answer to ride on. At the start of a bulk transfer, and after segments
 * or ACKs were lost, the sender's window may be so small that it would wait for
 * the one that waits, so each is acknowledged at once. Who has opened the
 * connection asks more than he answers: there it does not wait at the start.
 */
static void tcp_schedule_ack(struct tcp_sock *tp, u32 len)
{
	u32 full = MIN(TCP_MSS_DEFAULT, tp->mss_peer); /* at least, in bulk */

	tp->unacked_bytes += len;
	if (len > tp->rcv_mss)
		tp->rcv_mss = len;
	if (tp->ack_pending == TCP_ACK_NOW)
		return;
	tp->ack_pending = TCP_ACK_DELAYED;
	if (tp->unacked_bytes >= 2 * MIN(tp->rcv_mss, tp->mss_peer) &&
	    len >= full)
		tp->ack_pending = TCP_ACK_NOW;
	if (tp->quick_acks && (len >= full || tp->opener)) {
		tp->quick_acks--;
		tp->ack_pending = TCP_ACK_NOW;
	}
}

/* The first bytes to arrive win: what is held already is not taken again. */
static noinline void tcp_cut_to_ofo(struct tcp_sock *tp, struct tcp_seg *seg)
{
	const struct tcp_skb_cb *first = tcp_cb(skb_peek(&tp->ofo_queue));
	u32 held = first->seq;

	if (seq_leq(seg->end_seq, held))
		return;
	tcp_sack_dup(tp, held, seq_min(first->end_seq, seg->end_seq));
	seg->flags &= (u8)~TCP_FIN;
	seg->len = held - seg->seq;
	seg->end_seq = held;
	skb_trim(seg->skb, seg->len);
}

/* In order: queued by reference, the gap behind it perhaps closed. */
static void tcp_take_in_order(struct tcp_sock *tp, struct tcp_seg *seg)
{
	struct sk_buff *skb = seg->skb;
	struct tcp_skb_cb *cb = tcp_cb(skb);

	cb->seq = seg->seq;
	cb->end_seq = seg->seq + seg->len;
	cb->flags = seg->flags;
	tp->sk.rmem_alloc += skb->truesize;
	tcp_mem_charge(tp, skb->truesize);
	tp->rcv_nxt = cb->end_seq;
	tp->bytes_received += seg->len;
	tp->data_segs_in++;
	tcp_schedule_ack(tp, seg->len);
	if (unlikely(seq_geq(tp->rcv_nxt, tp->rcv_rtt_seq)))
		tcp_rcv_rtt_measure(tp, seg);
	seg->skb = NULL;
	tcp_queue_text(tp, skb);
}

static bool tcp_may_receive(const struct tcp_sock *tp)
{
	return tp->sk.state == TCP_ESTABLISHED ||
	       tp->sk.state == TCP_FIN_WAIT1 || tp->sk.state == TCP_FIN_WAIT2;
}

static enum drop_reason
tcp_refuse_text(struct tcp_sock *tp, struct tcp_seg *seg, enum drop_reason why)
{
	seg->flags &= (u8)~TCP_FIN;
	tp->ack_pending = TCP_ACK_NOW;
	return why;
}

/*
 * The program is gone: nobody will read it, and a RST says so (RFC 1122
 * section 4.2.2.13, RFC 2525 section 2.17). But a RST also lets the peer throw
 * away what we have sent. Text from before our FIN was seen is no answer to
 * it: until the peer has everything (RFC 9112 section 9.6), that is taken and
 * forgotten; not when our FIN had to be repeated twice, for then it does not
 * cross it. An orphan's own limits bound the time.
 */
static enum drop_reason tcp_data_after_close(struct tcp_sock *tp,
					     struct tcp_seg *seg)
{
	if (tp->sk.state != TCP_FIN_WAIT1 || tp->retransmits > 1) {
		NET_INC(tp->sk.net, TCPEXT_TCPAbortOnData);
		tcp_send_reset(seg);
		tcp_done(tp);
		return DROP_TCP_CLOSED;
	}
	tcp_ofo_purge(tp);
	if (seg->seq != tp->rcv_nxt)
		return tcp_refuse_text(tp, seg, DROP_TCP_CLOSED);
	tp->rcv_nxt = tp->copied_seq = seg->seq + seg->len;
	tp->ack_pending = TCP_ACK_NOW;
	return DROP_TCP_CLOSED;
}

enum drop_reason tcp_take_text(struct tcp_sock *tp, struct tcp_seg *seg)
{
	enum drop_reason why;

	if (seg->end_seq == seg->seq)
		return DROP_NONE;
	if (unlikely(!tcp_may_receive(tp)))
		return tcp_refuse_text(tp, seg, DROP_TCP_DUPLICATE);
	why = tcp_trim_to_window(tp, seg);
	if (unlikely(why))
		return tcp_refuse_text(tp, seg, why);
	if (unlikely(tp->orphan && seg->len))
		return tcp_data_after_close(tp, seg);
	if (unlikely(seg->seq != tp->rcv_nxt))
		return tcp_ofo_add(tp, seg);
	if (unlikely(!skb_queue_empty(&tp->ofo_queue)))
		tcp_cut_to_ofo(tp, seg);
	if (likely(seg->len)) {
		if (unlikely(!tcp_rmem_ok(tp, seg->skb))) {
			NET_INC(tp->sk.net, TCPEXT_TCPRcvQDrop);
			return tcp_refuse_text(tp, seg, DROP_TCP_RCVBUF);
		}
		tcp_take_in_order(tp, seg);
	}
	if (unlikely(!skb_queue_empty(&tp->ofo_queue)) &&
	    !(seg->flags & TCP_FIN)) {
		tp->ack_pending = TCP_ACK_NOW; /* RFC 5681 section 4.2 */
		tp->quick_acks = TCP_QUICKACKS;
		if (tcp_ofo_drain(tp))
			seg->flags |= TCP_FIN;
	}
	sock_wake(&tp->sk, EPOLLIN);
	return DROP_NONE;
}

/* Eighth: the peer has no more to say. */
void tcp_check_fin(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	if (likely(!(seg->flags & TCP_FIN)) || tp->fin_rcvd ||
	    !tcp_may_receive(tp))
		return;
	tp->rcv_nxt++;
	tp->fin_rcvd = true;
	tp->sk.shutdown |= RCV_SHUTDOWN;
	tcp_ofo_purge(tp);
	sock_wake(&tp->sk, EPOLLIN | EPOLLRDHUP);
	switch (tp->sk.state) {
	case TCP_ESTABLISHED:
		tcp_set_state(tp, TCP_CLOSE_WAIT);
		/* A server that has answered: let its FIN carry the ACK. */
		if (tp->ack_pending != TCP_ACK_NOW)
			tp->ack_pending = tp->write_seq == tp->iss + 1
						  ? TCP_ACK_NOW
						  : TCP_ACK_DELAYED;
		return;
	case TCP_FIN_WAIT1: /* our FIN is not acknowledged yet */
		tcp_set_state(tp, TCP_CLOSING);
		tp->ack_pending = TCP_ACK_NOW;
		return;
	default:
		tcp_send_ack(tp);
		tcp_time_wait(tp);
	}
}
