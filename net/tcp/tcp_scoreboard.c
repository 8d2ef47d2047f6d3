/*
 * The scoreboard (RFC 6675 section 2): marks on the segments of the
 * retransmission queue, and their sums, which tcp_in_flight() is made of.
 *
 *	   -- sent --> 0 -- SACKed --------------------> SACKED
 *		       |				   ^
 *		       lost -> LOST -- sent again -> LOST|RETRANS
 *				 ^---- that too is lost ----|
 */
#include "net/tcp/tcp_output.h"

void tcp_loss_init(struct tcp_sock *tp)
{
	struct tcp_loss *loss = &tp->loss;

	list_init(&loss->resent);
	loss->reordering = TCP_REORDERING;
	loss->rack.reo_steps = 1;
}

void tcp_scoreboard_reset(struct tcp_sock *tp)
{
	struct tcp_loss *loss = &tp->loss;

	loss->rack_hint.skb = loss->rtx_hint.skb = NULL;
	loss->seen_count = 0;
	loss->sack_high = tp->snd_una;
	loss->rack.valid = false;
}

struct sk_buff *tcp_hint_skb(struct tcp_sock *tp, const struct tcp_hint *hint)
{
	if (hint->skb && seq_geq(hint->seq, tp->snd_una))
		return hint->skb;
	return skb_peek(&tp->rtx_queue);
}

void tcp_hint_set(struct tcp_hint *hint, struct sk_buff *skb)
{
	hint->skb = skb;
	hint->seq = tcp_cb(skb)->seq;
}

void tcp_forget_front(struct tcp_sock *tp, const struct tcp_skb_cb *cb,
		      u32 bytes)
{
	if (cb->sacked & TCPCB_SACKED)
		tp->sacked_bytes -= bytes;
	if (cb->sacked & TCPCB_LOST)
		tp->lost_bytes -= bytes;
	if (cb->sacked & TCPCB_RETRANS)
		tp->retrans_bytes -= bytes;
}

void tcp_forget_marks(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);

	tcp_forget_front(tp, cb, tcp_skb_space(skb));
	if (cb->sacked & TCPCB_SACKED)
		tp->loss.sacked_skbs--;
	if (cb->sacked & TCPCB_RETRANS)
		list_del(&cb->resent);
	cb->sacked = 0;
}

void tcp_note_arrival(struct tcp_sock *tp, struct tcp_acked *acked,
		      const struct tcp_skb_cb *cb)
{
	if (!cb->retrans) {
		if (!acked->rtt_ok || seq_gt(cb->tx_us, acked->tx_us))
			acked->tx_us = cb->tx_us;
		acked->rtt_ok = true;
		if (seq_leq(cb->end_seq, tp->recover))
			acked->original = true;
		if (seq_lt(cb->seq, acked->late))
			acked->late = cb->seq;
	}
	if (tp->sack_ok)
		tcp_rack_arrival(tp, acked, cb);
}

void tcp_mark_sacked(struct tcp_sock *tp, struct sk_buff *skb,
		     struct tcp_acked *acked)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);
	u32 space = tcp_skb_space(skb);

	tcp_forget_marks(tp, skb);
	cb->sacked = TCPCB_SACKED;
	tp->sacked_bytes += space;
	tp->loss.sacked_skbs++;
	tp->loss.sack_high = seq_max(tp->loss.sack_high, cb->end_seq);
	acked->sacked += space;
	acked->delivered += space;
	tcp_note_arrival(tp, acked, cb);
}

/* The retransmission's walk begins no later than here. */
static void tcp_rewind_rtx(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_hint *hint = &tp->loss.rtx_hint;

	if (hint->skb && seq_lt(tcp_cb(skb)->seq, hint->seq))
		tcp_hint_set(hint, skb);
}

void tcp_mark_lost(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);

	if (cb->sacked & TCPCB_RETRANS) {
		cb->sacked &= (u8)~TCPCB_RETRANS;
		list_del(&cb->resent);
		tp->retrans_bytes -= tcp_skb_space(skb);
		NET_INC(tp->sk.net, TCPEXT_TCPLostRetransmit);
	} else if (!(cb->sacked & TCPCB_LOST)) {
		cb->sacked |= TCPCB_LOST;
		tp->lost_bytes += tcp_skb_space(skb);
	}
	tcp_rewind_rtx(tp, skb);
}

/*
 * RFC 2018 section 8: what was SACKED and is not acknowledged though it
 * comes next has been thrown away, and with it perhaps all the rest.
 */
static bool tcp_peer_reneges(const struct tcp_sock *tp)
{
	const struct sk_buff *first = skb_peek(&tp->rtx_queue);

	return first && tcp_cb(first)->sacked & TCPCB_SACKED;
}

void tcp_mark_all_lost(struct tcp_sock *tp)
{
	bool reneges = tcp_peer_reneges(tp);
	struct sk_buff *skb;

	if (reneges) {
		NET_INC(tp->sk.net, TCPEXT_TCPSACKReneging);
		tp->loss.seen_count = 0;
		tp->loss.frto = false; /* SACKs may tell old things again */
	}
	tp->loss.rtx_hint.skb = tp->loss.rack_hint.skb = NULL;
	skb_queue_walk (&tp->rtx_queue, skb) {
		if (tcp_cb(skb)->sacked & TCPCB_SACKED && !reneges)
			continue;
		tcp_forget_marks(tp, skb);
		tcp_mark_lost(tp, skb);
	}
}

void tcp_mark_resent(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);

	if (cb->retrans < UINT8_MAX)
		cb->retrans++;
	if (!(cb->sacked & TCPCB_LOST))
		return;
	if (cb->sacked & TCPCB_RETRANS)
		list_del(&cb->resent);
	else
		tp->retrans_bytes += tcp_skb_space(skb);
	cb->sacked |= TCPCB_RETRANS;
	list_add_tail(&cb->resent, &tp->loss.resent);
}

void tcp_unmark_lost(struct tcp_sock *tp)
{
	struct sk_buff *skb;

	skb_queue_walk (&tp->rtx_queue, skb)
		if (tcp_cb(skb)->sacked & TCPCB_LOST)
			tcp_forget_marks(tp, skb);
	tp->loss.rtx_hint.skb = tp->loss.rack_hint.skb = NULL;
}

bool tcp_sacked_enough(const struct tcp_sock *tp)
{
	u32 segs = tp->loss.reordering;

	return tp->loss.sacked_skbs >= segs ||
	       tp->sacked_bytes > (segs - 1) * tp->mss;
}

void tcp_note_reordering(struct tcp_sock *tp, u32 seq, u32 high)
{
	u32 segs = (high - seq + tp->mss - 1) / tp->mss;

	if (!seq_lt(seq, high))
		return;
	tp->loss.reordering =
		MAX(tp->loss.reordering, MIN(segs, TCP_REORDERING_MAX));
	tp->loss.reord_seen++;
	NET_INC(tp->sk.net, TCPEXT_TCPSACKReorder);
}
