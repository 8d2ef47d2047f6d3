/*
 * The round trip time and the retransmission timeout: RFC 6298 in integers
 * of a microsecond, SRTT scaled by 8 and RTTVAR by 4, so that the gains 1/8
 * and 1/4 are shifts. The lower bound (SHOULD 1 s in section 2.4) is, as in
 * Linux, 200 ms, and it bounds the term of the variance: RTO >= SRTT + 200
 * ms, so that a peer's delayed ACK does not time out.
 */
#include "net/tcp/tcp_sock.h"

#define RTT_MAX_US (TCP_RTO_MAX_MS * 1000u)

void tcp_rtt_init(struct tcp_sock *tp)
{
	tp->srtt_us8 = 0;
	tp->rttvar_us4 = 0;
	tp->min_rtt_us = UINT32_MAX;
	tp->rto_ms = TCP_RTO_INIT_MS; /* 2.1 */
}

/* 2.2 and 2.3; K = 4 is the scale of RTTVAR. Rounded up to a millisecond. */
static u32 tcp_rto_of(const struct tcp_sock *tp)
{
	u32 var = MAX(tp->rttvar_us4, TCP_RTO_MIN_MS * 1000u);
	u32 rto = ((tp->srtt_us8 >> 3) + var + 999) / 1000;

	return MIN(rto, TCP_RTO_MAX_MS);
}

void tcp_rtt_sample(struct tcp_sock *tp, u32 rtt_us)
{
	s32 delta;

	rtt_us = MIN(MAX(rtt_us, 1u), RTT_MAX_US);
	if (unlikely(rtt_us < tp->min_rtt_us)) {
		tp->min_rtt_us = rtt_us;
		tp->rate.known = 0;
	}
	if (unlikely(!tp->srtt_us8)) {
		tp->srtt_us8 = rtt_us << 3;
		tp->rttvar_us4 = rtt_us << 1;
	} else {
		/* RTTVAR first: it uses SRTT from before this sample. */
		delta = (s32)(rtt_us - (tp->srtt_us8 >> 3));
		tp->srtt_us8 += (u32)delta;
		tp->rttvar_us4 -= tp->rttvar_us4 >> 2;
		tp->rttvar_us4 += (u32)(delta < 0 ? -delta : delta);
	}
	tp->rto_ms = tcp_rto_of(tp);
	if (tp->cong && tp->cong->rtt_sample)
		tp->cong->rtt_sample(tp, rtt_us);
}

/* 5.5: doubled with each time-out in a row. */
u32 tcp_rto_ms(const struct tcp_sock *tp)
{
	u64 rto = (u64)tp->rto_ms << MIN(tp->backoff, 16);

	return (u32)MIN(rto, TCP_RTO_MAX_MS);
}
