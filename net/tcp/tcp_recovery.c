/*
 * The states of loss recovery, with SACK or without, and what ACKs and
 * time-outs do to them.
 *
 *	       late        lost              RECOVERY POINT
 *	OPEN -----> DISORDER -----> RECOVERY -----------------> OPEN
 *	  ^	      |                 | RTO                    ^
 *	  +-----------+       any ------+-----> LOSS -- all ACK -+
 *	  |
 *	  +---- CWR, by ECE, from the first two; a loss leads on as from there
 *
 * In DISORDER cwnd stays: what was SACKed lets new segments out (limited
 * transmit, RFC 3042). In RECOVERY and CWR it is tcp_prr.c's.
 */
#include "net/tcp/tcp_output.h"

/* What comes on top of a mark is the same congestion. */
void tcp_enter_recovery(struct tcp_sock *tp)
{
	if (tp->ca_state != TCP_CA_CWR)
		tcp_cong_event(tp, TCP_SIGN_LOSS, 0);
	tp->loss.tlp_out = false;
	tcp_prr_start(tp);
	tp->recover = tp->snd_nxt;
	tp->ca_state = TCP_CA_RECOVERY;
	if (tp->sack_ok)
		NET_INC(tp->sk.net, TCPEXT_TCPSackRecovery);
	else
		NET_INC(tp->sk.net, TCPEXT_TCPRenoRecovery);
}

void tcp_to_open(struct tcp_sock *tp)
{
	tp->ca_state = TCP_CA_OPEN;
	tp->dupacks = 0;
	tp->cwnd_acked = 0;
	tcp_rto_over(tp);
	/* SACKs may go on until its number comes round again. */
	tp->loss.rtx_hint.skb = NULL;
	if (!tp->sack_ok)
		tp->sacked_bytes = 0;
}

/* RFC 9937: cwnd is ssthresh, exactly. */
void tcp_end_recovery(struct tcp_sock *tp)
{
	if (tp->ca_state == TCP_CA_RECOVERY)
		tp->cwnd = MAX(tp->ssthresh, tp->mss);
	/*
	 * Nothing was sent twice but holes, or what had been too long, for
	 * which there is no undo: new duplicates mean a new loss.
	 */
	if (!tp->sack_ok &&
	    (tp->ca_state == TCP_CA_RECOVERY || !tp->loss.undo_ok))
		tp->recover = tp->snd_una - 1;
	tcp_rack_recovered(tp);
	tcp_to_open(tp);
}

void tcp_enter_cwr(struct tcp_sock *tp)
{
	if (tp->ca_state == TCP_CA_OPEN) {
		tcp_scoreboard_reset(tp);
		tp->dup_high = tp->snd_nxt;
	}
	tcp_prr_start(tp);
	tp->recover = tp->snd_nxt;
	tp->ca_state = TCP_CA_CWR;
}

/* As in Linux the segment that tells of CWR has arrived, too, by then. */
bool tcp_cwr_is_over(const struct tcp_sock *tp)
{
	return tp->ca_state == TCP_CA_CWR &&
	       (seq_gt(tp->snd_una, tp->recover) || tp->snd_una == tp->snd_nxt);
}

void tcp_end_cwr(struct tcp_sock *tp)
{
	tp->cwnd = MAX(tp->ssthresh, tp->mss);
	tp->recover = tp->snd_una - 1; /* as after a recovery */
	tcp_to_open(tp);
}

/* After a time-out: slow start through what is marked lost, by tcp_push. */
static void tcp_loss_ack(struct tcp_sock *tp, const struct tcp_acked *acked)
{
	if (!acked->bytes)
		return;
	if (tp->cwnd < tp->ssthresh)
		(void)tcp_slow_start(tp, MIN(acked->bytes, tp->mss));
	else
		tp->cong->cong_avoid(tp, acked->delivered);
}

/* Linux's word: PRR decides. */
static bool tcp_in_cwnd_reduction(u8 ca_state)
{
	return ca_state == TCP_CA_CWR || ca_state == TCP_CA_RECOVERY;
}

void tcp_cwnd_ack(struct tcp_sock *tp, const struct tcp_acked *acked, u8 before)
{
	if (tcp_in_cwnd_reduction(tp->ca_state))
		tcp_prr(tp, acked);
	else if (before == TCP_CA_LOSS)
		tcp_loss_ack(tp, acked);
	else if (!tcp_in_cwnd_reduction(before) && acked->bytes)
		tp->cong->cong_avoid(tp, acked->delivered);
}

/* Before any recovery: what the scoreboard says now. */
static void tcp_sack_state(struct tcp_sock *tp, const struct tcp_acked *acked)
{
	if (tp->ca_state >= TCP_CA_RECOVERY)
		return;
	if (tp->lost_bytes) {
		tcp_enter_recovery(tp);
	} else if (tp->ca_state == TCP_CA_CWR) {
		return;
	} else if (tp->sacked_bytes) {
		if (tp->ca_state == TCP_CA_OPEN || acked->bytes)
			tp->dup_high = tp->snd_nxt;
		tp->ca_state = TCP_CA_DISORDER;
	} else if (tp->ca_state == TCP_CA_DISORDER) {
		tcp_to_open(tp); /* it was reordering */
	}
}

static u32 tcp_holes(const struct tcp_sock *tp)
{
	return tp->lost_bytes - tp->retrans_bytes;
}

static noinline void tcp_sack_ack(struct tcp_sock *tp, struct tcp_acked *acked)
{
	u8 before = tp->ca_state;
	u32 holes;

	if (tp->loss.tlp_out)
		tcp_tlp_ack(tp, acked);
	if (seq_lt(acked->late, acked->high))
		tcp_note_reordering(tp, acked->late, acked->high);
	(void)tcp_try_undo(tp, acked);
	if (acked->bytes)
		tp->loss.frto = false;
	if (tcp_recovery_is_over(tp))
		tcp_end_recovery(tp);
	if (tcp_cwr_is_over(tp))
		tcp_end_cwr(tp);
	if (before != TCP_CA_OPEN || acked->sacked) {
		holes = tcp_holes(tp);
		tcp_rack_detect(tp, tcp_acked_now(acked));
		acked->newly_lost = tcp_holes(tp) > holes;
		tcp_sack_state(tp, acked);
	}
	tcp_cwnd_ack(tp, acked, before);
	if (before != TCP_CA_OPEN)
		tcp_tlp_start(tp);
}

void tcp_congestion_ack(struct tcp_sock *tp, struct tcp_acked *acked)
{
	if (likely(tp->ca_state == TCP_CA_OPEN && acked->bytes &&
		   !acked->seg->opt.sack && !tp->loss.tlp_out))
		tp->cong->cong_avoid(tp, acked->bytes);
	else if (tp->sack_ok)
		tcp_sack_ack(tp, acked);
	else
		tcp_reno_ack(tp, acked);
}

/* Linux's rule: once for each window, also when its repair is lost. */
static bool tcp_loss_is_new(const struct tcp_sock *tp)
{
	return tp->ca_state <= TCP_CA_DISORDER ||
	       seq_geq(tp->snd_una, tp->recover) ||
	       (tp->ca_state == TCP_CA_LOSS && !tp->retransmits);
}

static void tcp_to_loss(struct tcp_sock *tp)
{
	if (tp->ca_state == TCP_CA_OPEN)
		tcp_scoreboard_reset(tp);
	if (!tp->sack_ok)
		tp->sacked_bytes = 0;
	tp->ca_state = TCP_CA_LOSS;
	tp->loss.tlp_out = false;
	tp->loss.deadline_ms = 0;
	tp->cwnd_acked = 0;
	tp->dupacks = 0;
	tp->recover = tp->snd_nxt;
}

/*
 * All but what was SACKed counts as lost and is sent again in slow start
 * (RFC 5681 section 3.1, RFC 6582 section 3.2 step 4). A segment that times
 * out again does not lower ssthresh again.
 */
void tcp_enter_loss(struct tcp_sock *tp)
{
	if (tcp_loss_is_new(tp)) {
		tcp_cong_event(tp, TCP_SIGN_TIMEOUT, 0);
		tp->loss.frto = tp->sack_ok;
	}
	tcp_to_loss(tp);
	tcp_mark_all_lost(tp);
	tp->loss.reordering = MIN(tp->loss.reordering, TCP_REORDERING);
	tp->cwnd = tp->mss;
}

void tcp_enter_too_big(struct tcp_sock *tp)
{
	struct sk_buff *skb;

	tcp_to_loss(tp);
	tp->loss.undo_ok = tp->loss.frto = false;
	skb_queue_walk (&tp->rtx_queue, skb)
		if (skb->len > tp->mss && !(tcp_cb(skb)->sacked & TCPCB_SACKED))
			tcp_mark_lost(tp, skb);
}
