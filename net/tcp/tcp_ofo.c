/*
 * Segments ahead of a gap, sorted by sequence and not overlapping (RFC 9293
 * SHLD-31). The first bytes to arrive win: what comes later for the same
 * range is cut. Bounded by the receive buffer and, for small ones, by count, so
 * that the walk for a place is bounded too (SegmentSmack, CVE-2018-5390).
 */
#include "net/tcp/tcp_sock.h"

static void tcp_ofo_remove(struct tcp_sock *tp, struct sk_buff *skb)
{
	skb_unlink(&tp->ofo_queue, skb);
	tp->ofo_bytes -= skb->len;
}

static void tcp_ofo_uncharge(struct tcp_sock *tp, struct sk_buff *skb)
{
	tp->sk.rmem_alloc -= skb->truesize;
	tcp_mem_charge(tp, -(s64)skb->truesize);
}

void tcp_ofo_purge(struct tcp_sock *tp)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&tp->ofo_queue)) != NULL) {
		tcp_ofo_remove(tp, skb);
		tcp_ofo_uncharge(tp, skb);
		consume_skb(skb);
	}
	tcp_sack_clear(tp);
}

/* The last one that begins at or before seq; NULL: none does. */
static struct sk_buff *tcp_ofo_before(struct tcp_sock *tp, u32 seq)
{
	struct sk_buff *skb = skb_peek_tail(&tp->ofo_queue);

	while (skb && seq_gt(tcp_cb(skb)->seq, seq))
		skb = skb == tp->ofo_queue.next ? NULL : skb->prev;
	return skb;
}

/* Cuts seg to what neither neighbour holds; false when nothing is left. */
static bool tcp_ofo_fit(struct tcp_sock *tp, struct tcp_seg *seg,
			const struct sk_buff *prev, const struct sk_buff *next)
{
	if (prev && seq_gt(tcp_cb(prev)->end_seq, seg->seq)) {
		u32 have = tcp_cb(prev)->end_seq - seg->seq;

		tcp_sack_dup(tp, seg->seq,
			     seq_min(tcp_cb(prev)->end_seq, seg->end_seq));
		if (have >= seg->end_seq - seg->seq || have > seg->len)
			return false;
		skb_pull(seg->skb, have);
		seg->seq += have;
		seg->len -= have;
	}
	if (next && seq_lt(tcp_cb(next)->seq, seg->end_seq)) {
		tcp_sack_dup(tp, tcp_cb(next)->seq,
			     seq_min(tcp_cb(next)->end_seq, seg->end_seq));
		seg->len = tcp_cb(next)->seq - seg->seq;
		seg->end_seq = tcp_cb(next)->seq;
		seg->flags &= (u8)~TCP_FIN;
		skb_trim(seg->skb, seg->len);
	}
	return seg->end_seq != seg->seq;
}

/*
 * TCP_OFO_MAX segments of any size, and as many full ones as there is room
 * for: a window of a long path is thousands.
 */
static bool tcp_ofo_room(struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 qlen = tp->ofo_queue.qlen;

	return (qlen < TCP_OFO_MAX ||
		tp->ofo_bytes / qlen >= tp->rcv_mss / 2) &&
	       tp->sk.rmem_alloc + skb->truesize <= 2 * tp->sk.rcvbuf &&
	       tp->table->memory + skb->truesize <= tp->table->memory_max;
}

static void tcp_ofo_insert(struct tcp_sock *tp, struct tcp_seg *seg,
			   struct sk_buff *prev)
{
	struct sk_buff *skb = seg->skb;
	struct tcp_skb_cb *cb = tcp_cb(skb);

	cb->seq = seg->seq;
	cb->end_seq = seg->end_seq;
	cb->flags = seg->flags;
	tp->sk.rmem_alloc += skb->truesize;
	tcp_mem_charge(tp, skb->truesize);
	tp->ofo_bytes += skb->len;
	if (prev)
		skb_queue_after(&tp->ofo_queue, prev, skb);
	else
		skb_queue_after(&tp->ofo_queue,
				(struct sk_buff *)&tp->ofo_queue, skb);
	seg->skb = NULL;
	tcp_sack_add(tp, seg->seq, seg->end_seq);
}

enum drop_reason tcp_ofo_add(struct tcp_sock *tp, struct tcp_seg *seg)
{
	struct sk_buff *prev, *next;
	enum drop_reason why = DROP_NONE;

	tp->ofo_segs_in++;
	tp->ack_pending = TCP_ACK_NOW; /* RFC 5681 section 4.2 */
	prev = tcp_ofo_before(tp, seg->seq);
	next = prev ? skb_queue_next(&tp->ofo_queue, prev)
		    : skb_peek(&tp->ofo_queue);
	if (!tcp_ofo_room(tp, seg->skb)) {
		NET_INC(tp->sk.net, TCPEXT_TCPOFODrop);
		why = DROP_TCP_OFO_FULL;
	} else if (!tcp_ofo_fit(tp, seg, prev, next)) {
		NET_INC(tp->sk.net, TCPEXT_TCPOFOMerge);
		why = DROP_TCP_DUPLICATE;
	} else {
		NET_INC(tp->sk.net, TCPEXT_TCPOFOQueue);
		tcp_ofo_insert(tp, seg, prev);
	}
	seg->flags &= (u8)~TCP_FIN; /* not in order: not yet */
	return why;
}

/* Old bytes off the front; the segment may have nothing left. */
static void tcp_ofo_cut(struct tcp_sock *tp, struct sk_buff *skb)
{
	u32 old = tp->rcv_nxt - tcp_cb(skb)->seq;

	old = MIN(old, skb->len);
	skb_pull(skb, old);
	tcp_cb(skb)->seq += old;
}

bool tcp_ofo_drain(struct tcp_sock *tp)
{
	struct sk_buff *skb;
	bool fin = false;

	while (!fin && (skb = skb_peek(&tp->ofo_queue)) != NULL &&
	       seq_leq(tcp_cb(skb)->seq, tp->rcv_nxt)) {
		tcp_ofo_remove(tp, skb);
		tcp_ofo_cut(tp, skb);
		fin = tcp_cb(skb)->flags & TCP_FIN &&
		      tcp_cb(skb)->seq == tp->rcv_nxt;
		if (!skb->len) {
			tcp_ofo_uncharge(tp, skb);
			consume_skb(skb);
			continue;
		}
		tcp_cb(skb)->end_seq = tcp_cb(skb)->seq + skb->len;
		tp->unacked_bytes += skb->len;
		tp->rcv_nxt = tcp_cb(skb)->end_seq;
		tcp_queue_text(tp, skb);
	}
	tcp_sack_advance(tp);
	return fin;
}
