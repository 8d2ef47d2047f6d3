/*
 * ECN (RFC 3168 section 6.1) of a connection.
 *
 *	we	SYN ECE CWR ----> SYN-ACK ECE	both speak it
 *		text ECT(0) ----> router: CE
 *			    <---- ACK ECE, and all that follow
 *		cwnd falls
 *		text CWR    ----> ACK without ECE
 *
 * A SYN that got no answer is repeated without ECE and CWR (6.1.1.1): it may
 * have been a middlebox that disliked them. Only new text is ECT: not SYNs,
 * bare ACKs and retransmissions (6.1.1, 6.1.4, 6.1.5).
 */
#include "net/ipv4/ip.h"
#include "net/tcp/tcp_ecn.h"

bool tcp_ecn_wanted(const struct tcp_table *t, const struct tcp_seg *seg)
{
	return t->conf.ecn && (seg->flags & TCP_ECN_SETUP) == TCP_ECN_SETUP &&
	       !(ip_hdr(seg->skb)->tos & INET_ECN_MASK);
}

u8 tcp_ecn_syn(const struct tcp_sock *tp, u8 flags)
{
	if (!(tp->ecn_flags & TCP_ECN_OK))
		return flags;
	if (flags & TCP_ACK)
		return flags | TCP_ECE;
	return tp->syn_lost ? flags : flags | TCP_ECN_SETUP;
}

/* Some answer with all the flags that they got: that is not yes (6.1.1). */
void tcp_ecn_learn(struct tcp_sock *tp, u8 flags)
{
	u8 yes = flags & TCP_ACK ? TCP_ECE : TCP_ECN_SETUP;

	if ((flags & TCP_ECN_SETUP) != yes)
		tp->ecn_flags = 0;
	tp->cwr_seq = tp->snd_una;
}

u8 noinline tcp_ecn_send(struct tcp_sock *tp, const struct sk_buff *skb,
			 u32 seq, u8 flags)
{
	const struct tcphdr *th = (const void *)skb->data;
	bool text = skb->len > (u32)(th->doff >> 4) * 4;

	tp->sk.tos &= (u8)~INET_ECN_MASK;
	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		flags |= TCP_ECE;
	if (!text || seq_lt(seq, tp->snd_nxt))
		return flags;
	tp->sk.tos |= INET_ECN_ECT_0;
	if (tp->ecn_flags & TCP_ECN_QUEUE_CWR)
		flags |= TCP_CWR;
	tp->ecn_flags &= (u8)~TCP_ECN_QUEUE_CWR;
	return flags;
}

/* Both are answered at once: the sender's window may be very small now. */
void tcp_ecn_receive(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	u8 mark = ip_hdr(seg->skb)->tos & INET_ECN_MASK;

	if (!seg->len)
		return;
	if (seg->flags & TCP_CWR) {
		tp->ecn_flags &= (u8)~TCP_ECN_DEMAND_CWR;
		tp->ack_pending = TCP_ACK_NOW;
	}
	if (mark == INET_ECN_CE && !(tp->ecn_flags & TCP_ECN_DEMAND_CWR)) {
		tp->ecn_flags |= TCP_ECN_DEMAND_CWR;
		tp->ack_pending = TCP_ACK_NOW;
	}
	if (mark != INET_ECN_NOT_ECT)
		tp->ecn_flags |= TCP_ECN_SEEN;
}

/*
 * Section 6.1.2: as after a loss, but nothing is sent again; once for what
 * was in flight, of which loss recovery may have seen to already. On such an
 * ACK the window does not grow, and when there is nothing to take from it, it
 * stays.
 */
void tcp_ecn_echoed(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	if (!(tp->ecn_flags & TCP_ECN_OK))
		return;
	tp->delivered_ce += seg->ack - tp->snd_una;
	tp->cwnd_limited = false;
	tp->max_flight = 0;
	if (seq_between(tp->cwr_seq, seg->ack, tp->snd_nxt) ||
	    tp->ca_state >= TCP_CA_RECOVERY)
		return;
	if (tp->ca_state == TCP_CA_CWR) /* this ACK is beyond it */
		tcp_end_cwr(tp);
	tcp_cong_event(tp, TCP_SIGN_ECE, 0);
	if (seg->ack == tp->snd_nxt) /* no round trip is left for it */
		tp->cwnd = MIN(tp->cwnd, tp->ssthresh);
	else if (tp->cwnd > tp->ssthresh)
		tcp_enter_cwr(tp);
}
