/*
 * RACK (RFC 8985 section 6): a segment is lost when one sent later has
 * arrived and a reordering window has passed since it should have, too.
 *
 *	sent:	 a   b	 c     ... one round trip ...	c arrives
 *		 |<- RACK.rtt + reo_wnd ->| a and b are lost
 *
 * Segments sent once lie in the queue in the order of time, those sent again
 * on a list of their own: each walk ends at the first that may still come.
 */
#include "net/tcp/tcp_output.h"

#define REO_STEPS_MAX	255u
#define REO_PERSIST	16u /* recoveries, 6.2 step 4 */
#define REO_TIMER_MS	2u  /* over what a timer may be late by */
#define MIN_RTT_UNKNOWN UINT32_MAX

/* 6.2 step 2: sent after the other; in one burst by sequence number. */
static bool tcp_rack_later(const struct tcp_rack *rack,
			   const struct tcp_skb_cb *cb)
{
	if (cb->tx_us == rack->xmit_us)
		return seq_gt(rack->end_seq, cb->end_seq);
	return seq_gt(rack->xmit_us, cb->tx_us);
}

/*
 * Steps 1 and 2. An answer to a retransmission in less than the shortest
 * round trip is one to the original.
 */
void tcp_rack_arrival(struct tcp_sock *tp, struct tcp_acked *acked,
		      const struct tcp_skb_cb *cb)
{
	struct tcp_rack *rack = &tp->loss.rack;
	u32 rtt = tcp_acked_now(acked) - cb->tx_us;

	if (cb->retrans && rtt < tp->min_rtt_us)
		return;
	rack->rtt_us = rtt;
	if (rack->valid && tcp_rack_later(rack, cb))
		return;
	rack->xmit_us = cb->tx_us;
	rack->end_seq = cb->end_seq;
	rack->valid = true;
}

/*
 * Step 4. No reordering was ever seen: in recovery, or when DupThresh
 * segments have arrived, there is no need to wait.
 */
static u32 tcp_rack_reo_wnd(const struct tcp_sock *tp)
{
	u32 wnd = tp->min_rtt_us / 4;

	if (!tp->loss.reord_seen &&
	    (tp->ca_state >= TCP_CA_RECOVERY || tcp_sacked_enough(tp)))
		return 0;
	if (tp->min_rtt_us == MIN_RTT_UNKNOWN)
		return 0;
	return (u32)MIN((u64)wnd * tp->loss.rack.reo_steps,
			(u64)tp->srtt_us8 >> 3);
}

enum tcp_rack_verdict { RACK_LATER, RACK_MAY_COME, RACK_LOST };

/* Step 5; due_us: what was sent by then is lost. */
static enum tcp_rack_verdict tcp_rack_judge(const struct tcp_sock *tp,
					    const struct tcp_skb_cb *cb,
					    u32 due_us)
{
	if (!tcp_rack_later(&tp->loss.rack, cb))
		return RACK_LATER;
	return seq_leq(cb->tx_us, due_us) ? RACK_LOST : RACK_MAY_COME;
}

/* Those sent again: true when there is one that may still come. */
static bool tcp_rack_walk_resent(struct tcp_sock *tp, u32 due_us)
{
	struct list_head *resent = &tp->loss.resent;
	enum tcp_rack_verdict verdict;
	struct tcp_skb_cb *cb;

	while (!list_empty(resent)) {
		cb = list_first(resent, struct tcp_skb_cb, resent);
		verdict = tcp_rack_judge(tp, cb, due_us);
		if (verdict != RACK_LOST)
			return verdict == RACK_MAY_COME;
		tcp_mark_lost(tp, container_of((void *)cb, struct sk_buff, cb));
	}
	return false;
}

/*
 * Those sent once; what an undo or a probe leaves between them is passed. A
 * walk that has become too long goes on by the next ACK or the timer.
 */
static bool tcp_rack_walk_sent(struct tcp_sock *tp, u32 due_us)
{
	struct tcp_hint *hint = &tp->loss.rack_hint;
	struct sk_buff *skb = tcp_hint_skb(tp, hint);
	enum tcp_rack_verdict verdict;
	bool passed = false;
	u32 steps = 0;

	for (; skb; skb = skb_queue_next(&tp->rtx_queue, skb)) {
		const struct tcp_skb_cb *cb = tcp_cb(skb);

		if (!passed)
			tcp_hint_set(hint, skb);
		if (steps++ == TCP_SACK_STEPS)
			return true;
		if (cb->sacked & (TCPCB_SACKED | TCPCB_LOST))
			continue;
		verdict = tcp_rack_judge(tp, cb, due_us);
		if (verdict == RACK_MAY_COME)
			return true;
		if (verdict == RACK_LOST)
			tcp_mark_lost(tp, skb);
		else if (cb->retrans)
			passed = true;
		else
			return false;
	}
	return false;
}

void tcp_rack_detect(struct tcp_sock *tp, u32 now_us)
{
	struct tcp_rack *rack = &tp->loss.rack;
	u32 wait_us, due_us, late_us;
	bool wait;

	tp->loss.deadline_ms = 0;
	if (!rack->valid)
		return;
	/* What went this very microsecond is not late, be the path a host's. */
	wait_us = MAX(rack->rtt_us + tcp_rack_reo_wnd(tp), 1u);
	due_us = now_us - wait_us;
	wait = tcp_rack_walk_resent(tp, due_us);
	wait |= tcp_rack_walk_sent(tp, due_us);
	if (!wait)
		return;
	/* The last that may come was sent before RACK.segment. */
	late_us = seq_gt(rack->xmit_us, due_us) ? rack->xmit_us - due_us : 0;
	tcp_loss_timer_start(tp, late_us / 1000 + REO_TIMER_MS);
}

/* Step 4: a needless retransmission; the window grows once a round trip. */
void tcp_rack_dsack(struct tcp_sock *tp)
{
	struct tcp_rack *rack = &tp->loss.rack;

	if (rack->reo_persist && seq_lt(tp->snd_una, rack->dsack_round))
		return;
	rack->dsack_round = tp->snd_nxt;
	rack->reo_persist = REO_PERSIST;
	if (rack->reo_steps < REO_STEPS_MAX)
		rack->reo_steps++;
}

void tcp_rack_recovered(struct tcp_sock *tp)
{
	struct tcp_rack *rack = &tp->loss.rack;

	if (rack->reo_persist && !--rack->reo_persist)
		rack->reo_steps = 1;
}

/* Section 6.3: what had time to come has not. */
void tcp_rack_timeout(struct tcp_sock *tp)
{
	const struct tcp_acked nothing = {.delivered = tp->mss,
					  .newly_lost = true};

	tcp_rack_detect(tp, (u32)(machine_now_ns() / 1000));
	if (!tp->lost_bytes)
		return;
	if (tp->ca_state < TCP_CA_RECOVERY) {
		tcp_enter_recovery(tp);
		tcp_prr(tp, &nothing);
	}
	tcp_push(tp);
}
