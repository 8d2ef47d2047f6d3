/*
 * The delivery rate that TCP_INFO tells (draft-cheng-iccrg-delivery-rate-
 * estimation): bytes delivered since what a segment knew when it was sent,
 * over the longer of what sending and acknowledging them took.
 *
 *	sent	P0 ....... P1		send: P1's time less P0's
 *	ACKs	      P0 ....... P1	ack: P1's less P0's, which let P1 out
 *
 * One segment of each round trip is timed, and none where all that there is
 * to send is too little for another answer: to time each would cost more than
 * it tells.
 */
#pragma once

#include "net/tcp/tcp_output.h"

/* Times this segment, the first of a sample. */
void tcp_rate_begin(struct tcp_sock *tp, const struct tcp_skb_cb *cb);
/* SND.UNA has reached its end. */
void tcp_rate_sample(struct tcp_sock *tp, const struct tcp_acked *acked,
		     u32 now_us);
/* An ACK has made room, and there is nothing to fill it with. */
void tcp_rate_check_app_limited(struct tcp_sock *tp);

/* New text was sent, for the first time. */
static inline void tcp_rate_sent(struct tcp_sock *tp,
				 const struct tcp_skb_cb *cb)
{
	u32 bytes = tp->write_seq - tp->snd_una;

	if (!tp->rate.timing && (bytes > tp->rate.known || bytes > tp->cwnd))
		tcp_rate_begin(tp, cb);
}

/* An ACK has moved SND.UNA, and the queue is clean. */
static inline void tcp_rate_ack(struct tcp_sock *tp,
				const struct tcp_acked *acked, u64 now_ns)
{
	if (unlikely(tp->rate.timing) && seq_geq(tp->snd_una, tp->rate.end_seq))
		tcp_rate_sample(tp, acked, (u32)(now_ns / 1000));
}
