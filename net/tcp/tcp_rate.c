/* Delivery rate: see tcp_rate.h. */
#include "net/tcp/tcp_rate.h"

/* Linux's tp->delivered, in the sequence space. */
static u32 tcp_rate_delivered(const struct tcp_sock *tp)
{
	return tp->snd_una + tp->sacked_bytes;
}

/*
 * When nothing was in flight both intervals begin with the segment. Else they
 * began with the last sample; without one, this is none, but the next one's.
 */
void noinline tcp_rate_begin(struct tcp_sock *tp, const struct tcp_skb_cb *cb)
{
	struct tcp_rate *rate = &tp->rate;

	rate->timing = true;
	rate->valid = rate->chained || cb->seq == tp->snd_una;
	rate->end_seq = seq_min(cb->end_seq, cb->seq + tp->mss);
	rate->tx_us = cb->tx_us;
	if (!rate->chained) {
		rate->first_tx_us = rate->prior_us = cb->tx_us;
		rate->prior_delivered = tcp_rate_delivered(tp);
	}
	rate->timing_limited = seq_leq(tcp_rate_delivered(tp), rate->limit_seq);
}

/*
 * Nothing takes less than the shortest round trip: the ACK was for an earlier
 * transmission. What the program limited counts when it is not slower.
 */
static bool tcp_rate_counts(const struct tcp_sock *tp, u32 delivered,
			    u32 interval_us)
{
	const struct tcp_rate *rate = &tp->rate;

	if (!rate->valid || interval_us < tp->min_rtt_us)
		return false;
	return !rate->timing_limited ||
	       (u64)delivered * rate->interval_us >=
		       (u64)rate->delivered * interval_us;
}

/*
 * When the last was sent of what is known to have arrived. What this ACK is
 * for may be older: late, and the timed segment was SACKed before.
 */
static u32 tcp_rate_tx(const struct tcp_rate *rate,
		       const struct tcp_acked *acked)
{
	return acked->rtt_ok ? seq_max(acked->tx_us, rate->tx_us) : rate->tx_us;
}

void noinline tcp_rate_sample(struct tcp_sock *tp,
			      const struct tcp_acked *acked, u32 now_us)
{
	struct tcp_rate *rate = &tp->rate;
	u32 tx_us = tcp_rate_tx(rate, acked);
	u32 delivered = tcp_rate_delivered(tp) - rate->prior_delivered;
	u32 send_us = tx_us - rate->first_tx_us;
	u32 ack_us = now_us - rate->prior_us;
	u32 interval_us = MAX(MAX(send_us, ack_us), 1u);

	if (tcp_rate_counts(tp, delivered, interval_us)) {
		rate->delivered = delivered;
		rate->interval_us = interval_us;
		rate->app_limited = rate->timing_limited;
	}
	/* What may be sent in a round trip without being faster than that. */
	if (rate->interval_us)
		rate->known = (u32)((u64)rate->delivered * tp->min_rtt_us /
				    rate->interval_us);
	rate->timing = false;
	rate->chained = true;
	rate->first_tx_us = tx_us;
	rate->prior_us = now_us;
	rate->prior_delivered = tcp_rate_delivered(tp);
}

/* Until all that is in flight now is delivered. */
void noinline tcp_rate_check_app_limited(struct tcp_sock *tp)
{
	if (tcp_in_flight(tp) < tp->cwnd && tp->lost_bytes <= tp->retrans_bytes)
		tp->rate.limit_seq = tp->snd_nxt;
}
