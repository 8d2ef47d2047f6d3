/*
 * Selective acknowledgments that we receive (RFC 2018 section 5, RFC 6675):
 * each block marks the segments of the retransmission queue that it holds.
 * One longer than a segment is cut, at full segments' edges only, so that a
 * peer's odd blocks do not make dust of it (CVE-2019-11478).
 *
 *	snd_una	     start	   end		    snd_nxt
 *	   |- ? -|----|///SACKED///|-- lost, or late --|
 *
 * What the last ACK has told already is not walked again, and a walk goes on
 * from where the last one was.
 */
#include "lib/string.h"
#include "net/tcp/tcp_output.h"

/* The first block of what arrived twice: RFC 2883 section 4.3's two cases. */
static bool tcp_is_dsack(u32 ack, const struct tcp_sack_block *blocks,
			 u32 count)
{
	if (seq_lt(blocks[0].start, ack))
		return true;
	return count > 1 && seq_geq(blocks[0].start, blocks[1].start) &&
	       seq_leq(blocks[0].end, blocks[1].end);
}

/* Only data that we have sent, and within the largest window, counts. */
static void tcp_dsack_rcv(struct tcp_sock *tp, struct tcp_acked *acked,
			  const struct tcp_sack_block *dsack)
{
	struct tcp_loss *loss = &tp->loss;

	if (!seq_lt(dsack->start, dsack->end) ||
	    seq_gt(dsack->end, tp->snd_nxt) ||
	    seq_lt(dsack->start, tp->snd_una - tp->max_window)) {
		NET_INC(tp->sk.net, TCPEXT_TCPSACKDiscard);
		return;
	}
	tp->dsacks_in++;
	if (seq_lt(dsack->start, acked->seg->ack))
		NET_INC(tp->sk.net, TCPEXT_TCPDSACKRecv);
	else
		NET_INC(tp->sk.net, TCPEXT_TCPDSACKOfoRecv);
	if (loss->tlp_out && loss->tlp_retrans && dsack->end == loss->tlp_high)
		acked->dsack_tlp = true;
	else
		tcp_rack_dsack(tp);
	tcp_undo_dsack(tp, dsack);
}

/* One at SND.UNA would contradict the ACK; one below is from an old ACK. */
static bool tcp_sack_valid(struct tcp_sock *tp, const struct tcp_sack_block *b)
{
	if (seq_gt(b->start, tp->snd_una) && seq_lt(b->start, b->end) &&
	    seq_leq(b->end, tp->snd_nxt))
		return true;
	if (seq_gt(b->end, tp->snd_nxt) || !seq_lt(b->start, b->end))
		NET_INC(tp->sk.net, TCPEXT_TCPSACKDiscard);
	return false;
}

/* Pieces cost memory: no more of them than twice what may be queued. */
static bool tcp_sack_fragment(struct tcp_sock *tp, struct sk_buff *skb, u32 len)
{
	if (tcp_wmem_used(tp) > 2 * tp->sk.sndbuf) {
		NET_INC(tp->sk.net, TCPEXT_TCPWqueueTooBig);
		return false;
	}
	return tcp_fragment(tp, &tp->rtx_queue, skb, len);
}

/*
 * Whether the block holds all of skb, of which the other part is cut off: a
 * segment that it holds in part only counts as not held.
 */
static bool tcp_sack_holds(struct tcp_sock *tp, const struct tcp_sack_block *b,
			   struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = tcp_cb(skb);
	bool front = seq_leq(b->start, cb->seq);
	u32 len;

	if (front && seq_geq(b->end, cb->end_seq))
		return true;
	if (skb->len <= tp->mss)
		return false;
	if (front)
		len = (b->end - cb->seq) / tp->mss * tp->mss;
	else
		len = (b->start - cb->seq + tp->mss - 1) / tp->mss * tp->mss;
	if (!len || len >= skb->len)
		return false;
	if (!front &&
	    seq_lt(b->end, seq_min(cb->seq + len + tp->mss, cb->end_seq)))
		return false;
	return tcp_sack_fragment(tp, skb, len) && front;
}

/* Whence it is not far to seq: where the last walk was, or one of the ends. */
static struct sk_buff *tcp_sack_begin(struct tcp_sock *tp, u32 seq)
{
	struct sk_buff *skb = tcp_hint_skb(tp, &tp->loss.sack_hint);
	u32 behind = seq - tp->snd_una, ahead = tp->snd_nxt - seq;
	u32 at = skb ? tcp_cb(skb)->seq : tp->snd_una;
	u32 way = seq_lt(seq, at) ? at - seq : seq - at;

	if (way <= behind && way <= ahead)
		return skb;
	return behind < ahead ? skb_peek(&tp->rtx_queue)
			      : skb_peek_tail(&tp->rtx_queue);
}

/*
 * The segment that holds seq, which is sent and not acknowledged, or as far on
 * the way to it as one walk goes.
 */
static struct sk_buff *tcp_sack_seek(struct tcp_sock *tp, u32 seq,
				     struct tcp_acked *acked)
{
	struct sk_buff *skb = tcp_sack_begin(tp, seq);

	while (skb && seq_geq(seq, tcp_cb(skb)->end_seq) &&
	       acked->steps < TCP_SACK_STEPS) {
		skb = skb_queue_next(&tp->rtx_queue, skb);
		acked->steps++;
	}
	while (skb && seq_lt(seq, tcp_cb(skb)->seq) &&
	       acked->steps < TCP_SACK_STEPS) {
		skb = skb == skb_peek(&tp->rtx_queue) ? NULL : skb->prev;
		acked->steps++;
	}
	return skb;
}

/* Marks from `from` up to `to`, or to where the rest is the next ACK's. */
static u32 tcp_sack_walk(struct tcp_sock *tp, const struct tcp_sack_block *b,
			 u32 from, u32 to, struct tcp_acked *acked)
{
	struct sk_buff *skb = tcp_sack_seek(tp, from, acked);
	u32 done = from;

	for (; skb; acked->steps++) {
		if (acked->steps >= TCP_SACK_STEPS) {
			tcp_hint_set(&tp->loss.sack_hint, skb);
			return done;
		}
		if (seq_geq(tcp_cb(skb)->seq, to))
			break;
		tcp_hint_set(&tp->loss.sack_hint, skb);
		if (!(tcp_cb(skb)->sacked & TCPCB_SACKED) &&
		    tcp_sack_holds(tp, b, skb))
			tcp_mark_sacked(tp, skb, acked);
		done = tcp_cb(skb)->end_seq;
		skb = skb_queue_next(&tp->rtx_queue, skb);
	}
	return to;
}

/*
 * Only what the block has beyond one of the last ACK's is new. That one may
 * have ended inside a segment, which is whole now. Returns to where it is
 * marked.
 */
static u32 tcp_sack_take(struct tcp_sock *tp, const struct tcp_sack_block *b,
			 struct tcp_acked *acked)
{
	u32 done;

	for (u32 i = 0; i < tp->loss.seen_count; i++) {
		const struct tcp_sack_block *old = &tp->loss.seen[i];
		u32 joint = old->start + 1;

		if (seq_lt(old->start, b->start) || seq_gt(old->end, b->end))
			continue;
		if (old->start != b->start) {
			done = tcp_sack_walk(tp, b, b->start, joint, acked);
			if (done != joint)
				return done;
		}
		if (old->end == b->end)
			return b->end;
		return tcp_sack_walk(tp, b, old->end - 1, b->end, acked);
	}
	return tcp_sack_walk(tp, b, b->start, b->end, acked);
}

void tcp_sack_rcv(struct tcp_sock *tp, struct tcp_acked *acked)
{
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS];
	const struct tcp_seg *seg = acked->seg;
	u32 count = tcp_read_sack(seg->th, seg->opt.sack, blocks);
	u32 first = 0, kept = 0;

	if (tp->ca_state == TCP_CA_OPEN) {
		tcp_scoreboard_reset(tp);
		acked->high = acked->late = tp->loss.sack_high;
	}
	if (tcp_is_dsack(seg->ack, blocks, count)) {
		tcp_dsack_rcv(tp, acked, &blocks[0]);
		first = 1;
	}
	for (u32 i = first; i < count; i++) {
		if (!tcp_sack_valid(tp, &blocks[i]))
			continue;
		blocks[i].end = tcp_sack_take(tp, &blocks[i], acked);
		if (blocks[i].end != blocks[i].start)
			blocks[kept++] = blocks[i];
	}
	memcpy(tp->loss.seen, blocks, kept * sizeof(blocks[0]));
	tp->loss.seen_count = kept;
}
