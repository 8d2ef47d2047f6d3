/*
 * Recovery without SACK: NewReno (RFC 6582), limited transmit (RFC 3042).
 *
 * Each duplicate says that one segment has left the network. These bytes are
 * kept in sacked_bytes, as a SACK would, so that tcp_in_flight() is right
 * and what the RFCs do by inflating and deflating cwnd needs no other way.
 */
#include "net/tcp/tcp_output.h"

#define DUP_THRESH 3

/*
 * Only a full-size part of a GSO skb is known to be lost. Without the memory
 * to cut it, all of it is.
 */
static void tcp_mark_hole(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek(&tp->rtx_queue);

	if (!skb)
		return;
	if (skb->len > tp->mss)
		(void)tcp_fragment(tp, &tp->rtx_queue, skb, tp->mss);
	if (!tcp_cb(skb)->sacked)
		tcp_mark_lost(tp, skb);
}

/* It goes whatever cwnd says (RFC 6582 section 3.2 steps 3 and 5). */
static void tcp_retransmit_hole(struct tcp_sock *tp)
{
	(void)tcp_retransmit_head(tp);
	tcp_rto_restart(tp);
}

/*
 * No more can have left the network than was there when this round trip of
 * recovery began, less the segment that is missing: an attacker's duplicates
 * beyond that inflate nothing. Limited transmit is worth two segments.
 */
static u32 tcp_count_dupack(struct tcp_sock *tp)
{
	u32 flight = tp->dup_high - tp->snd_una;
	u32 max = flight > tp->mss ? flight - tp->mss : 0;
	u32 before = tp->sacked_bytes;

	if (tp->dupacks < UINT8_MAX)
		tp->dupacks++;
	if (tp->ca_state == TCP_CA_DISORDER)
		max = MIN(max, 2u * tp->mss);
	tp->sacked_bytes = MIN(before + tp->mss, max);
	return tp->sacked_bytes > before ? tp->sacked_bytes - before : 0;
}

static void tcp_third_dupack(struct tcp_sock *tp, struct tcp_acked *acked)
{
	tcp_enter_recovery(tp);
	tp->dup_high = tp->snd_nxt;
	(void)tcp_count_dupack(tp);
	acked->delivered = tp->mss;
	tcp_mark_hole(tp);
	tcp_prr(tp, acked);
	tcp_retransmit_hole(tp);
}

/*
 * RFC 6582 section 3.2 step 2: duplicates that a time-out's needless
 * retransmissions cause come while SND.UNA is still `recover`.
 */
static void tcp_dupack(struct tcp_sock *tp, struct tcp_acked *acked)
{
	switch (tp->ca_state) {
	case TCP_CA_OPEN:
		tcp_scoreboard_reset(tp);
		tp->ca_state = TCP_CA_DISORDER;
		tp->dup_high = tp->snd_nxt;
		tp->dupacks = 0;
		tp->sacked_bytes = 0;
		(void)tcp_count_dupack(tp);
		return;
	case TCP_CA_DISORDER:
		if (tp->dupacks + 1 >= DUP_THRESH && tp->snd_una != tp->recover)
			tcp_third_dupack(tp, acked);
		else
			(void)tcp_count_dupack(tp);
		return;
	case TCP_CA_RECOVERY:
		acked->delivered = tcp_count_dupack(tp);
		tcp_prr(tp, acked);
		return;
	case TCP_CA_CWR: /* no time-out is newer than its mark */
		if (tp->dupacks + 1 >= DUP_THRESH) {
			tcp_third_dupack(tp, acked);
			return;
		}
		acked->delivered = tcp_count_dupack(tp);
		tcp_prr(tp, acked);
		return;
	default: /* LOSS: the time-out has marked all as lost */
		return;
	}
}

/*
 * What was acknowledged beyond the last hole had been counted by duplicates
 * before ("deflate").
 */
static void tcp_uncount_dupacks(struct tcp_sock *tp, struct tcp_acked *acked)
{
	u32 counted = acked->bytes > tp->mss ? acked->bytes - tp->mss : 0;

	counted = MIN(counted, tp->sacked_bytes);
	tp->sacked_bytes -= counted;
	acked->delivered = acked->bytes - counted;
}

/* They were of reordering, so what they stood for is still in flight. */
static void tcp_forget_dupacks(struct tcp_sock *tp)
{
	struct tcp_loss *loss = &tp->loss;

	loss->prr_delivered -= MIN(tp->sacked_bytes, loss->prr_delivered);
	tp->dupacks = 0;
	tp->sacked_bytes = 0;
	tp->dup_high = tp->snd_nxt;
}

/* Partial: the next segment is missing too. */
static void tcp_partial_ack(struct tcp_sock *tp, struct tcp_acked *acked)
{
	tp->dup_high = tp->snd_nxt;
	acked->newly_lost = true;
	tcp_mark_hole(tp);
	tcp_prr(tp, acked);
	tcp_retransmit_hole(tp);
}

void tcp_reno_ack(struct tcp_sock *tp, struct tcp_acked *acked)
{
	u8 before = tp->ca_state;

	if (!acked->bytes) {
		if (acked->dup)
			tcp_dupack(tp, acked);
		return;
	}
	tcp_uncount_dupacks(tp, acked);
	(void)tcp_try_undo(tp, acked);
	if (tp->ca_state == TCP_CA_RECOVERY &&
	    seq_lt(tp->snd_una, tp->recover)) {
		tcp_partial_ack(tp, acked);
		return;
	}
	if (tcp_recovery_is_over(tp))
		tcp_end_recovery(tp);
	else if (tcp_cwr_is_over(tp))
		tcp_end_cwr(tp);
	else if (tp->ca_state == TCP_CA_CWR)
		tcp_forget_dupacks(tp);
	else if (tp->ca_state == TCP_CA_DISORDER)
		tcp_to_open(tp); /* it was reordering */
	tcp_cwnd_ack(tp, acked, before);
}
