/*
 * Tail loss probe (RFC 8985 section 7): two round trips after the last data
 * and no answer, a segment goes, a new one or the last again, so that the
 * SACK it brings starts a recovery that costs less than a time-out.
 *
 * One segment alone may wait 200 ms for its delayed ACK; that is later than
 * the time-out, and then the probe goes in its place.
 */
#include "net/tcp/tcp_output.h"

#define TLP_ACK_DELAY_MS 200u /* WCDelAckT */
#define TLP_TIMER_MS	 2u
#define TLP_INITIAL_MS	 1000u /* no round trip was measured */

bool tcp_tlp_has_timer(const struct tcp_sock *tp)
{
	return tp->ca_state == TCP_CA_OPEN ||
	       (tp->ca_state == TCP_CA_CWR && !tp->sacked_bytes);
}

/* 7.2: nothing is lost, late or probed already. */
static bool tcp_tlp_ok(const struct tcp_sock *tp)
{
	return tp->sack_ok && tcp_tlp_has_timer(tp) && !tp->loss.tlp_out &&
	       !tp->backoff && !skb_queue_empty(&tp->rtx_queue) &&
	       !tcp_in_handshake(tp);
}

static bool tcp_tlp_alone(const struct tcp_sock *tp)
{
	return tp->snd_nxt - tp->snd_una <= tp->mss;
}

static u32 tcp_tlp_delay(const struct tcp_sock *tp)
{
	if (!tp->srtt_us8)
		return TLP_INITIAL_MS;
	return tp->srtt_us8 / 4000 + TLP_TIMER_MS;
}

void tcp_tlp_start(struct tcp_sock *tp)
{
	if (tcp_tlp_ok(tp))
		tcp_loss_timer_start(tp, tcp_tlp_delay(tp));
}

/* 7.3, new data: any that the window takes, even beyond cwnd. */
static bool tcp_tlp_send_new(struct tcp_sock *tp)
{
	const struct sk_buff *skb = skb_peek(&tp->write_queue);

	return skb && tcp_wnd_left(tp) >= MIN(tcp_skb_space(skb), tp->mss) &&
	       tcp_write_wakeup(tp);
}

static bool tcp_tlp_resend(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek_tail(&tp->rtx_queue);
	u32 len = skb->len > tp->mss ? (skb->len - 1) / tp->mss * tp->mss : 0;

	if (len) {
		if (!tcp_fragment(tp, &tp->rtx_queue, skb, len))
			return false;
		skb = skb_peek_tail(&tp->rtx_queue);
	}
	return !tcp_retransmit_skb(tp, skb);
}

bool tcp_tlp_send(struct tcp_sock *tp, u64 since_ms)
{
	bool fresh;

	if (!tcp_tlp_ok(tp))
		return false;
	fresh = tcp_tlp_send_new(tp);
	if (!fresh && !tcp_tlp_resend(tp))
		return false;
	NET_INC(tp->sk.net, TCPEXT_TCPLossProbes);
	tp->loss.tlp_out = true;
	tp->loss.tlp_retrans = !fresh;
	tp->loss.tlp_high = tp->snd_nxt;
	tp->retrans_start_ms = since_ms;
	tcp_rto_restart(tp);
	return true;
}

/*
 * The timer is started by a burst and looks itself how long ago the last of
 * it was sent, and the last ACK came, which put the time-out off.
 */
void tcp_tlp_timeout(struct tcp_sock *tp)
{
	u64 now = clock_ms(), since, due;

	if (!tcp_tlp_ok(tp) || tcp_tlp_alone(tp) || !tp->xmit_deadline_ms)
		return;
	since = MAX(tp->last_send_ms, tp->xmit_deadline_ms - tp->rto_ms);
	due = since + tcp_tlp_delay(tp);
	if (now < due)
		tcp_loss_timer_start(tp, due - now);
	else
		(void)tcp_tlp_send(tp, since);
}

/*
 * 7.4: old data was sent again and it repaired a loss, unless the peer says
 * that it had it; that loss, too, counts for congestion control, but not if
 * what was in flight with it has counted.
 */
void tcp_tlp_ack(struct tcp_sock *tp, const struct tcp_acked *acked)
{
	struct tcp_loss *loss = &tp->loss;

	if (acked->bytes)
		tp->retrans_start_ms = clock_ms();
	if (seq_lt(tp->snd_una, loss->tlp_high))
		return;
	if (!loss->tlp_retrans || acked->dsack_tlp || acked->dup) {
		loss->tlp_out = false;
		return;
	}
	if (tp->snd_una == loss->tlp_high)
		return;
	loss->tlp_out = false;
	NET_INC(tp->sk.net, TCPEXT_TCPLossProbeRecovery);
	if (seq_leq(loss->tlp_high, tp->cwr_seq))
		return;
	tcp_cong_event(tp, TCP_SIGN_LOSS, acked->bytes);
	loss->undo_ok = false;
	tp->cwnd = MIN(tp->cwnd, tp->ssthresh);
}
