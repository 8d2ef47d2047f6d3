/*
 * Retransmission: one skb, the first, or all that is marked lost as cwnd
 * allows. When it is due is decided in tcp_timer.c and tcp_recovery.c.
 */
#include "lib/errno.h"
#include "net/tcp/tcp_output.h"

static void tcp_count_retransmit(struct tcp_sock *tp, const struct sk_buff *skb)
{
	struct net *net = tp->sk.net;

	tp->total_retrans++;
	tp->bytes_retrans += skb->len;
	NET_INC(net, TCP_RetransSegs);
	if (tcp_cb(skb)->flags & TCP_SYN)
		NET_INC(net, TCPEXT_TCPSynRetrans);
	else if (tp->ca_state == TCP_CA_RECOVERY)
		NET_INC(net, TCPEXT_TCPFastRetrans);
	else if (tp->ca_state == TCP_CA_LOSS && !tp->retransmits)
		NET_INC(net, TCPEXT_TCPSlowStartRetrans);
}

/*
 * A peer that shrank its window gets what is inside; what is outside waits,
 * but for the first byte, which then probes the window (RFC 9293 section
 * 3.8.6, SHLD-15 and -16). 0: it waits.
 */
static u32 tcp_retransmit_len(const struct tcp_sock *tp,
			      const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = tcp_cb(skb);
	u32 len = skb->len <= tp->mss ? tcp_skb_space(skb) : tp->mss;
	s32 room = (s32)(tp->snd_una + tp->snd_wnd - cb->seq);

	if (unlikely(cb->flags & TCP_SYN))
		return 1;
	if (likely(room >= (s32)len))
		return len;
	if (room > 0)
		return (u32)room;
	return cb->seq == tp->snd_una ? len : 0;
}

int tcp_retransmit_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	u32 len = tcp_retransmit_len(tp, skb);
	u64 now_ns = machine_now_ns();
	int err;

	if (!len)
		return -EAGAIN;
	if (skb_cloned(skb)) {
		err = -EBUSY;
		goto failed;
	}
	if (len < tcp_skb_space(skb) &&
	    !tcp_fragment(tp, &tp->rtx_queue, skb, len)) {
		err = -ENOMEM;
		goto failed;
	}
	err = tcp_transmit_skb(tp, skb, now_ns);
	if (err == -ENOMEM)
		goto failed;
	tcp_count_retransmit(tp, skb);
	tcp_mark_resent(tp, skb);
	tcp_undo_resent(tp, tcp_skb_space(skb), now_ns);
	tp->loss.prr_resent += tcp_skb_space(skb);
	if (!err)
		return 0;
failed:
	NET_INC(tp->sk.net, TCPEXT_TCPRetransFail);
	return err;
}

int tcp_retransmit_head(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek(&tp->rtx_queue);

	return skb ? tcp_retransmit_skb(tp, skb) : 0;
}

/* cwnd stops it, but not when nothing is in flight. */
static bool tcp_may_resend(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 flight = tcp_in_flight(tp);

	return !flight || flight + MIN(tcp_skb_space(skb), tp->mss) <= tp->cwnd;
}

/* A run that goes again (tcp_output.c) ends with a PSH again. */
static int tcp_resend_lost(struct tcp_sock *tp, struct sk_buff *skb, bool run)
{
	if (!tcp_may_resend(tp, skb))
		return -EAGAIN;
	if (run && tcp_cb(skb)->run_end && skb->len <= tp->mss)
		tcp_cb(skb)->flags |= TCP_PSH;
	return tcp_retransmit_skb(tp, skb);
}

void tcp_retransmit_lost(struct tcp_sock *tp)
{
	struct tcp_hint *hint = &tp->loss.rtx_hint;
	struct sk_buff *skb = tcp_hint_skb(tp, hint);
	bool run = false, lost;

	while (skb && tp->lost_bytes > tp->retrans_bytes) {
		tcp_hint_set(hint, skb);
		lost = (tcp_cb(skb)->sacked & (TCPCB_LOST | TCPCB_RETRANS)) ==
		       TCPCB_LOST;
		if (lost && tcp_resend_lost(tp, skb, run))
			return;
		if (lost && skb == skb_peek(&tp->rtx_queue))
			tcp_rto_restart(tp);
		run = lost;
		skb = skb_queue_next(&tp->rtx_queue, skb);
	}
}
