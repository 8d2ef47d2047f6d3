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

static void tcp_mark_retransmitted(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);

	if (cb->retrans < UINT8_MAX)
		cb->retrans++;
	if (cb->sacked & TCPCB_LOST && !(cb->sacked & TCPCB_RETRANS)) {
		cb->sacked |= TCPCB_RETRANS;
		tp->retrans_bytes += tcp_skb_space(skb);
	}
}

int tcp_retransmit_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	u32 len = tcp_retransmit_len(tp, skb);
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
	err = tcp_transmit_skb(tp, skb, machine_now_ns());
	if (err == -ENOMEM)
		goto failed;
	tcp_count_retransmit(tp, skb);
	tcp_mark_retransmitted(tp, skb);
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

void tcp_retransmit_lost(struct tcp_sock *tp)
{
	struct sk_buff *skb;
	u32 flight, len;

	skb_queue_walk (&tp->rtx_queue, skb) {
		if (tp->retrans_bytes >= tp->lost_bytes)
			return;
		if ((tcp_cb(skb)->sacked & (TCPCB_LOST | TCPCB_RETRANS)) !=
		    TCPCB_LOST)
			continue;
		flight = tcp_in_flight(tp);
		len = MIN(tcp_skb_space(skb), tp->mss);
		if (flight && flight + len > tp->cwnd)
			return;
		if (tcp_retransmit_skb(tp, skb))
			return;
	}
}
