/*
 * Loss recovery: fast retransmit and fast recovery (RFC 5681 section 3.2) as
 * NewReno (RFC 6582), limited transmit (RFC 3042), and what a time-out does.
 *
 *	       dup         3rd dup                full ACK
 *	OPEN -----> DISORDER -----> RECOVERY -----------------> OPEN
 *	  ^  ACK      |                 | RTO                    ^
 *	  +-----------+       any ------+-----> LOSS -- all ACK -+
 *
 * Each duplicate says that one segment has left the network. These bytes are
 * kept in sacked_bytes, as a SACK would, so that tcp_in_flight() is right
 * and what the RFCs do by inflating and deflating cwnd needs no other way:
 * cwnd + dup - flight is the same number. cwnd itself stays ssthresh.
 */
#include "net/tcp/tcp_output.h"

#define DUP_THRESH 3

static void tcp_mark_lost(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);

	if (cb->sacked & TCPCB_LOST)
		return;
	cb->sacked |= TCPCB_LOST;
	tp->lost_bytes += tcp_skb_space(skb);
}

/*
 * Only a full-size part of a GSO skb is known to be lost. Without the memory
 * to cut it, all of it is.
 */
static void tcp_retransmit_hole(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek(&tp->rtx_queue);

	if (!skb)
		return;
	if (skb->len > tp->mss)
		(void)tcp_fragment(tp, &tp->rtx_queue, skb, tp->mss);
	tcp_mark_lost(tp, skb);
	(void)tcp_retransmit_skb(tp, skb);
	tcp_rto_restart(tp);
}

/*
 * No more can have left the network than was there when this round trip of
 * recovery began, less the segment that is missing: an attacker's duplicates
 * beyond that inflate nothing. Limited transmit is worth two segments.
 */
static void tcp_count_dupack(struct tcp_sock *tp)
{
	u32 flight = tp->dup_high - tp->snd_una;
	u32 max = flight > tp->mss ? flight - tp->mss : 0;

	if (tp->dupacks < UINT8_MAX)
		tp->dupacks++;
	if (tp->ca_state == TCP_CA_DISORDER)
		max = MIN(max, 2u * tp->mss);
	tp->sacked_bytes = MIN(tp->sacked_bytes + tp->mss, max);
}

static void tcp_enter_recovery(struct tcp_sock *tp)
{
	tcp_cong_event(tp, TCP_SIGN_LOSS);
	tp->cwnd = tp->ssthresh;
	tp->recover = tp->dup_high = tp->snd_nxt;
	tp->ca_state = TCP_CA_RECOVERY;
	NET_INC(tp->sk.net, TCPEXT_TCPRenoRecovery);
	tcp_count_dupack(tp); /* the third */
	tcp_retransmit_hole(tp);
}

/*
 * RFC 6582 section 3.2 step 2: duplicates that a time-out's needless
 * retransmissions cause come while SND.UNA is still `recover`.
 */
static void tcp_dupack(struct tcp_sock *tp)
{
	switch (tp->ca_state) {
	case TCP_CA_OPEN:
		tp->ca_state = TCP_CA_DISORDER;
		tp->dup_high = tp->snd_nxt;
		tp->dupacks = 0;
		tp->sacked_bytes = 0;
		tcp_count_dupack(tp);
		return;
	case TCP_CA_DISORDER:
		if (tp->dupacks + 1 >= DUP_THRESH && tp->snd_una != tp->recover)
			tcp_enter_recovery(tp);
		else
			tcp_count_dupack(tp);
		return;
	case TCP_CA_RECOVERY:
		tcp_count_dupack(tp);
		return;
	default: /* LOSS: the time-out has marked all as lost */
		return;
	}
}

static void tcp_to_open(struct tcp_sock *tp)
{
	tp->ca_state = TCP_CA_OPEN;
	tp->dupacks = 0;
	tp->sacked_bytes = 0;
	tp->cwnd_acked = 0;
}

/* Section 3.2 step 3, full: no burst of what the window has saved up. */
static void tcp_end_recovery(struct tcp_sock *tp)
{
	u32 flight = tp->snd_nxt - tp->snd_una;

	tp->cwnd = MIN(tp->ssthresh, MAX(flight, tp->mss) + tp->mss);
	/* Nothing was sent twice but holes: new duplicates mean a new loss. */
	tp->recover = tp->snd_una - 1;
	tcp_to_open(tp);
}

/*
 * Partial: the next segment is missing too. What was acknowledged beyond the
 * last hole had been counted by duplicates before ("deflate").
 */
static void tcp_partial_ack(struct tcp_sock *tp, u32 acked)
{
	u32 counted = acked > tp->mss ? acked - tp->mss : 0;

	tp->sacked_bytes -= MIN(tp->sacked_bytes, counted);
	tp->dup_high = tp->snd_nxt;
	tcp_retransmit_hole(tp);
}

/* After a time-out: slow start through what is marked lost, by tcp_push. */
static void tcp_loss_ack(struct tcp_sock *tp, u32 acked)
{
	if (tp->cwnd < tp->ssthresh)
		(void)tcp_slow_start(tp, MIN(acked, tp->mss));
	else
		tp->cong->cong_avoid(tp, acked);
	if (seq_geq(tp->snd_una, tp->recover))
		tcp_to_open(tp);
}

void tcp_congestion_ack(struct tcp_sock *tp, u32 acked, bool dupack)
{
	if (unlikely(!acked)) {
		if (dupack)
			tcp_dupack(tp);
		return;
	}
	switch (tp->ca_state) {
	case TCP_CA_DISORDER: /* it was reordering */
		tcp_to_open(tp);
		tp->cong->cong_avoid(tp, acked);
		return;
	case TCP_CA_RECOVERY:
		if (seq_geq(tp->snd_una, tp->recover))
			tcp_end_recovery(tp);
		else
			tcp_partial_ack(tp, acked);
		return;
	case TCP_CA_LOSS:
		tcp_loss_ack(tp, acked);
		return;
	default:
		tp->cong->cong_avoid(tp, acked);
	}
}

/*
 * The whole flight counts as lost and is sent again in slow start (RFC 5681
 * section 3.1, RFC 6582 section 3.2 step 4). A segment that times out again
 * does not lower ssthresh again.
 */
void tcp_enter_loss(struct tcp_sock *tp)
{
	struct sk_buff *skb;

	if (!tp->retransmits)
		tcp_cong_event(tp, TCP_SIGN_TIMEOUT);
	tp->sacked_bytes = tp->lost_bytes = tp->retrans_bytes = 0;
	skb_queue_walk (&tp->rtx_queue, skb) {
		tcp_cb(skb)->sacked = 0;
		tcp_mark_lost(tp, skb);
	}
	tp->ca_state = TCP_CA_LOSS;
	tp->cwnd = tp->mss;
	tp->cwnd_acked = 0;
	tp->dupacks = 0;
	tp->recover = tp->snd_nxt;
}
