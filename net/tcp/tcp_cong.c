/*
 * Congestion control: slow start and congestion avoidance (RFC 5681, called
 * Reno), the initial window of RFC 6928 and the restart after idle. Windows
 * are bytes, so dividing acknowledgments gains nothing (RFC 3465).
 *
 * Slow start adds all bytes that an ACK covers, not at most SMSS of them as
 * RFC 5681 section 3.1 recommends: receivers that coalesce (GRO) acknowledge
 * dozens of segments at once and would slow the start by as much. After a
 * time-out the limit of one SMSS holds (RFC 3465 section 2.3): there an ACK
 * may cover what arrived long ago.
 */
#include "lib/string.h"
#include "net/tcp/tcp_ecn.h"
#include "net/tcp/tcp_output.h"

#define RTO_SYN_LOST 3000u

static const struct tcp_congestion_ops *const tcp_congs[] = {
	&tcp_cubic,
	&tcp_reno,
};

const struct tcp_congestion_ops *tcp_cong_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(tcp_congs); i++)
		if (!strcmp(tcp_congs[i]->name, name))
			return tcp_congs[i];
	return NULL;
}

/* RFC 6928: 10 segments but no more than 14600 bytes, or 2 large ones. */
static u32 tcp_initial_cwnd(const struct tcp_sock *tp)
{
	return MIN(TCP_INIT_CWND * tp->mss, MAX(2u * tp->mss, 14600u));
}

void tcp_cong_init(struct tcp_sock *tp)
{
	tp->cwnd = tp->syn_lost ? tp->mss : tcp_initial_cwnd(tp);
	tp->ssthresh = SSTHRESH_INF;
	tp->cwnd_acked = 0;
	tp->ca_state = TCP_CA_OPEN;
	tp->dupacks = 0;
	tp->recover = tp->snd_una - 1;
	tp->snd_sml = tp->max_flight_seq = tp->snd_una;
	tp->drag_seq = tp->snd_una + TCP_DRAG;
	tp->rate.limit_seq = tp->snd_una;
	tp->max_flight = 0;
	/* RFC 6298 section 5.7: the SYN's RTT is not known. */
	if (tp->syn_lost && !tp->srtt_us8)
		tp->rto_ms = RTO_SYN_LOST;
	if (tp->cong->init)
		tp->cong->init(tp);
}

/*
 * Section 4.1: cwnd says nothing any more about a path that was silent for
 * an RTO. What it was is kept as a hint in ssthresh (RFC 2861 section 3.2).
 */
void tcp_restart_after_idle(struct tcp_sock *tp)
{
	u32 window = tcp_initial_cwnd(tp);

	if (tp->cwnd <= window || !skb_queue_empty(&tp->rtx_queue) ||
	    clock_ms() - tp->last_send_ms <= tcp_rto_ms(tp) ||
	    !tp->table->conf.slow_start_after_idle)
		return;
	tp->ssthresh = MAX(tp->ssthresh, tp->cwnd - tp->cwnd / 4);
	tp->cwnd = window;
	tp->cwnd_acked = 0;
}

u32 tcp_slow_start(struct tcp_sock *tp, u32 acked)
{
	u32 cwnd = MIN(tp->cwnd + acked, MIN(tp->ssthresh, CWND_MAX));
	u32 used = cwnd - tp->cwnd;

	tp->cwnd = cwnd;
	return acked - used;
}

/* What was saved up while a segment cost more buys one, and no burst. */
void tcp_cong_avoid_ai(struct tcp_sock *tp, u32 per_seg, u32 acked)
{
	u32 more = 0;

	if (tp->cwnd_acked >= per_seg) {
		tp->cwnd_acked = 0;
		more = 1;
	}
	/* No honest ACK covers more than a window. */
	tp->cwnd_acked += MIN(acked, tp->cwnd);
	more += tp->cwnd_acked / per_seg;
	tp->cwnd_acked %= per_seg;
	tp->cwnd = MIN(tp->cwnd + more * tp->mss, CWND_MAX);
}

/*
 * FlightSize is without what limited transmit added (3.2 step 2) and, after a
 * time-out, without what is known to have been lost by then.
 */
static u32 tcp_flight_size(const struct tcp_sock *tp)
{
	if (tp->ca_state == TCP_CA_DISORDER)
		return tp->dup_high - tp->snd_una;
	if (tp->ca_state == TCP_CA_LOSS)
		return tcp_in_flight(tp);
	return tp->snd_nxt - tp->snd_una;
}

void tcp_cong_event(struct tcp_sock *tp, enum tcp_cong_sign sign, u32 acked)
{
	tp->loss.undo_ok = false; /* prior_x are not the earlier loss's now */
	if (tp->ecn_flags)
		tp->ecn_flags |= TCP_ECN_QUEUE_CWR;
	tp->cwr_seq = tp->snd_nxt;
	tp->cong_events++;
	tp->prior_cwnd = tp->cwnd;
	tp->prior_ssthresh = tp->ssthresh;
	tp->ssthresh = tp->cong->ssthresh(tp, tcp_flight_size(tp) + acked);
	tp->cwnd_acked = 0;
	if (sign == TCP_SIGN_TIMEOUT && tp->cong->timeout)
		tp->cong->timeout(tp);
	if (sign != TCP_SIGN_ECE) /* which is never a mistake */
		tcp_undo_start(tp);
}

/* Recovery's cwnd may be larger, but was never earned (tcp_prr.c). */
void tcp_cong_undo(struct tcp_sock *tp)
{
	if (tp->ca_state == TCP_CA_RECOVERY || tp->cwnd < tp->prior_cwnd)
		tp->cwnd = tp->prior_cwnd;
	tp->ssthresh = MAX(tp->ssthresh, tp->prior_ssthresh);
	tp->ecn_flags &= (u8)~TCP_ECN_QUEUE_CWR;
	tp->cwr_seq = tp->snd_una; /* the next mark is one of its own */
	if (tp->cong->undo)
		tp->cong->undo(tp);
}

/* Avoidance: one SMSS for each cwnd of acknowledged bytes (3.1). */
static void reno_cong_avoid(struct tcp_sock *tp, u32 acked)
{
	if (!tcp_is_cwnd_limited(tp))
		return;
	if (tp->cwnd < tp->ssthresh) {
		acked = tcp_slow_start(tp, acked);
		if (!acked)
			return;
	}
	tcp_cong_avoid_ai(tp, tp->cwnd, acked);
}

/*
 * Equation 4. FlightSize counts no more than cwnd, which recovery may have
 * lowered: a loss raises none.
 */
static u32 reno_ssthresh(struct tcp_sock *tp, u32 flight)
{
	return MAX(MIN(flight, tp->cwnd) / 2, 2u * tp->mss);
}

const struct tcp_congestion_ops tcp_reno = {
	.name = "reno",
	.cong_avoid = reno_cong_avoid,
	.ssthresh = reno_ssthresh,
};
