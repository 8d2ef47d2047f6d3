/*
 * Proportional rate reduction (RFC 9937): in recovery, and for ECE, cwnd comes
 * down to ssthresh with the ACKs of one round trip, instead of a pause and a
 * burst. Below ssthresh each ACK lets out what it delivered (CRB), and one
 * segment more when it has acknowledged new data and found nothing lost
 * (SSRB, "safeACK").
 */
#include "net/tcp/tcp_output.h"

void tcp_prr_start(struct tcp_sock *tp)
{
	tp->loss.prr_delivered = tp->loss.prr_resent = 0;
}

/*
 * RecoverFS: what this recovery can deliver, from the ACK that began it on. A
 * flight may be many times cwnd, which a time-out and SACKs have made small.
 */
static u32 tcp_prr_flight(const struct tcp_sock *tp,
			  const struct tcp_acked *acked)
{
	return tp->snd_nxt - tp->snd_una - tp->sacked_bytes + acked->delivered;
}

/* Since recovery began: new data, and what was sent again. */
static u32 tcp_prr_out(const struct tcp_sock *tp)
{
	return tp->snd_nxt - tp->recover + tp->loss.prr_resent;
}

/* Over ssthresh: in proportion, all of it in one round trip. */
static s64 tcp_prr_reduce(const struct tcp_sock *tp)
{
	u64 share = (u64)tp->loss.prr_delivered * tp->ssthresh;
	u32 flight = tp->loss.prr_flight;

	return (s64)((share + flight - 1) / flight) - tcp_prr_out(tp);
}

static s64 tcp_prr_grow(const struct tcp_sock *tp,
			const struct tcp_acked *acked, u32 pipe)
{
	s64 send = (s64)tp->loss.prr_delivered - tcp_prr_out(tp);

	send = MAX(send, (s64)acked->delivered);
	if (acked->bytes && !acked->newly_lost)
		send += tp->mss;
	return MIN(send, (s64)(tp->ssthresh - pipe));
}

void tcp_prr(struct tcp_sock *tp, const struct tcp_acked *acked)
{
	u32 pipe = tcp_in_flight(tp);
	s64 send;

	if (!acked->delivered)
		return;
	if (!tp->loss.prr_delivered)
		tp->loss.prr_flight = tcp_prr_flight(tp, acked);
	tp->loss.prr_delivered += acked->delivered;
	if (pipe > tp->ssthresh)
		send = tcp_prr_reduce(tp);
	else
		send = tcp_prr_grow(tp, acked, pipe);
	/* It begins with a segment, in recovery the lost one, at any rate. */
	send = MAX(send, tcp_prr_out(tp) ? 0 : (s64)tp->mss);
	tp->cwnd = MAX(pipe + (u32)send, tp->mss);
}
