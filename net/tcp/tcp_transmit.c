/*
 * One segment onto the wire: the header (RFC 9293 section 3.1) with the
 * timestamps of RFC 7323, the seed of the checksum, and down to IP.
 *
 *	rtx_queue:  skb ----------> | payload       |
 *	clone:      | tcp | options | same payload  |  -> ip_queue_xmit
 *
 * The header goes into the headroom that both share, so an skb is not sent
 * again while a clone of it still waits in a device's ring.
 */
#include "kernel/log.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/units.h"
#include "net/ipv4/ip.h"
#include "net/tcp/tcp_ecn.h"
#include "net/tcp/tcp_output.h"

#define SYN_OPT_MAX 40u

/* An ACK has gone: nothing is owed any more. */
static inline void tcp_ack_sent(struct tcp_sock *tp, u64 now_ns)
{
	if (tp->unacked_bytes)
		tp->last_recv_ns = now_ns;
	tp->ack_pending = TCP_ACK_NONE;
	tp->unacked_bytes = 0;
	tp->last_ack_sent = tp->rcv_nxt;
	tp->delack_deadline_ms = 0;
}

/* The checksum is left to the device, or to dev_queue_xmit. Consumes. */
static inline int tcp_send_down(struct tcp_sock *tp, struct sk_buff *skb,
				struct tcphdr *th)
{
	struct sock *sk = &tp->sk;
	csum_t sum =
		csum_pseudo(sk->saddr, sk->daddr, IPPROTO_TCP, (u16)skb->len);

	skb_reset_transport_header(skb);
	th->check.raw = (u16)~csum_fold(sum).raw;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct tcphdr, check);
	return ip_queue_xmit(sk, skb);
}

static inline struct tcphdr *
tcp_push_header(struct tcp_sock *tp, struct sk_buff *skb, u32 seq, u32 optlen)
{
	struct tcphdr *th = skb_push(skb, (u32)sizeof(*th) + optlen);

	th->source = tp->sk.sport;
	th->dest = tp->sk.dport;
	th->seq = htonl(seq);
	th->ack_seq = htonl(tp->rcv_nxt);
	th->doff = (u8)((sizeof(*th) + optlen) << 2);
	th->urg_ptr.raw = 0;
	return th;
}

/* Any segment but a SYN. Consumes. */
static inline int tcp_xmit(struct tcp_sock *tp, struct sk_buff *skb, u32 seq,
			   u8 flags, u64 now_ns)
{
	u32 optlen = tp->ts_ok ? TCP_TS_LEN : 0;
	bool sack = tp->rcv_sack.due;
	struct tcphdr *th;

	if (unlikely(sack))
		optlen += tcp_sack_len(tp, skb->len);
	th = tcp_push_header(tp, skb, seq, optlen);
	if (unlikely(tp->ecn_flags))
		flags = tcp_ecn_send(tp, skb, seq, flags);
	th->flags = flags;
	th->window = htons(tcp_select_window(tp));
	if (tp->ts_ok)
		tcp_write_ts((u8 *)(th + 1),
			     (u32)(now_ns / NS_PER_MS) + tp->ts_offset,
			     tp->ts_recent);
	tcp_ack_sent(tp, now_ns);
	if (unlikely(sack))
		tcp_put_sack(tp, th);
	return tcp_send_down(tp, skb, th);
}

u16 tcp_advmss(const struct tcp_sock *tp)
{
	u32 mtu = MAX(tp->sk.dst.mtu, TCP_MIN_PMTU);
	u32 mss = MIN(mtu, IP_LEN_MAX) - (u32)sizeof(struct iphdr) -
		  (u32)sizeof(struct tcphdr);

	return (u16)(tp->user_mss ? MIN(mss, tp->user_mss) : mss);
}

/* A SYN's window is never scaled (RFC 7323 section 2.2). Consumes. */
static int tcp_xmit_syn(struct tcp_sock *tp, struct sk_buff *skb, u8 flags,
			u64 now_ns)
{
	const struct tcp_options opt = {
		.mss = tcp_advmss(tp),
		.has_wscale = tp->wscale_ok,
		.wscale = tp->rcv_wscale,
		.has_sack_ok = tp->sack_ok,
		.has_ts = tp->ts_ok,
		.tsval = (u32)(now_ns / NS_PER_MS) + tp->ts_offset,
		.tsecr = flags & TCP_ACK ? tp->ts_recent : 0,
	};
	u8 bytes[SYN_OPT_MAX];
	u32 optlen = tcp_write_syn_options(bytes, &opt);
	struct tcphdr *th = tcp_push_header(tp, skb, tp->iss, optlen);

	memcpy(th + 1, bytes, optlen);
	th->flags = tcp_ecn_syn(tp, flags);
	if (flags & TCP_ACK)
		tcp_ack_sent(tp, now_ns);
	else
		th->ack_seq.raw = 0;
	tp->rcv_wnd = MIN(tcp_rcv_space(tp), 65535u);
	tp->rcv_wup = tp->rcv_nxt;
	th->window = htons((u16)tp->rcv_wnd);
	return tcp_send_down(tp, skb, th);
}

/* How the device is to cut it; counts the segments that it makes. */
static inline void tcp_set_gso(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 segs = 1;

	shinfo->gso_size = 0;
	if (skb->len > tp->mss) {
		segs = (skb->len + tp->mss - 1) / tp->mss;
		shinfo->gso_size = tp->mss;
	}
	shinfo->gso_segs = (u16)segs;
	tp->segs_out += segs;
	tp->bytes_sent += skb->len;
	NET_ADD(tp->sk.net, TCP_OutSegs, segs);
}

int tcp_transmit_skb(struct tcp_sock *tp, struct sk_buff *skb, u64 now_ns)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);
	struct sk_buff *clone;
	int err;

	if (unlikely(skb_cloned(skb)))
		return -EBUSY;
	clone = skb_clone(skb);
	if (unlikely(!clone))
		return -ENOMEM;
	cb->tx_us = (u32)(now_ns / 1000);
	tcp_set_gso(tp, clone);
	if (unlikely(cb->flags & TCP_SYN))
		return tcp_xmit_syn(tp, clone, cb->flags, now_ns);
	err = tcp_xmit(tp, clone, cb->seq, cb->flags | TCP_ACK, now_ns);
	if (unlikely(err == -EMSGSIZE))
		tcp_sync_mss(tp); /* the route's MTU is smaller now */
	return err;
}

/*
 * A segment without text carries SND.NXT; when the peer has shrunk its
 * window to the left of that, it would not accept it: then the window's end.
 */
static u32 tcp_bare_seq(const struct tcp_sock *tp)
{
	u32 end = tp->snd_una + tp->snd_wnd;

	return likely(seq_geq(end, tp->snd_nxt)) ? tp->snd_nxt : end;
}

static bool tcp_send_bare(struct tcp_sock *tp, u32 seq, u8 flags)
{
	struct sk_buff *skb = alloc_skb(tp->sk.net, 0);

	if (unlikely(!skb))
		return false;
	tp->segs_out++;
	NET_INC(tp->sk.net, TCP_OutSegs);
	(void)tcp_xmit(tp, skb, seq, flags, machine_now_ns());
	return true;
}

/* Without memory it is tried again by the delayed-ACK timer. */
void tcp_send_ack(struct tcp_sock *tp)
{
	if (unlikely(tp->sk.state == TCP_CLOSE))
		return;
	if (unlikely(!tcp_send_bare(tp, tcp_bare_seq(tp), TCP_ACK))) {
		tp->ack_pending = TCP_ACK_DELAYED;
		tcp_delack_start(tp);
	}
}

/*
 * RFC 5961 section 7: limited, and by connection: a limit for all would tell
 * an attacker of one connection about the others (CVE-2016-5696).
 */
static bool tcp_may_challenge(struct tcp_sock *tp)
{
	u64 now = clock_ms();

	if (now - tp->challenge_ms >= 1000 || !tp->challenge_count) {
		tp->challenge_ms = now;
		tp->challenge_count = 0;
	}
	if (tp->challenge_count >= TCP_CHALLENGE_PER_S)
		return false;
	tp->challenge_count++;
	return true;
}

void tcp_send_challenge_ack(struct tcp_sock *tp, enum mib_item skipped)
{
	struct net *net = tp->sk.net;

	if (!tcp_may_challenge(tp)) {
		net->counters[cpu_id()].mib[skipped]++;
		return;
	}
	NET_INC(net, TCPEXT_TCPChallengeACK);
	tcp_send_ack(tp);
}

/* RFC 9293 section 3.8.4: an old number makes the peer answer. */
void tcp_send_probe(struct tcp_sock *tp)
{
	(void)tcp_send_bare(tp, tp->snd_una - 1, TCP_ACK);
}

void tcp_send_active_reset(struct tcp_sock *tp)
{
	if (tcp_send_bare(tp, tcp_bare_seq(tp), TCP_RST | TCP_ACK))
		NET_INC(tp->sk.net, TCP_OutRsts);
	else
		NET_INC(tp->sk.net, TCPEXT_TCPAbortFailed);
}

static struct sk_buff *tcp_make_syn(struct tcp_sock *tp)
{
	struct sk_buff *skb = alloc_skb(tp->sk.net, 0);

	if (!skb)
		return NULL;
	*tcp_cb(skb) = (struct tcp_skb_cb){
		.seq = tp->iss,
		.end_seq = tp->iss + 1,
		.flags = TCP_SYN,
	};
	skb_queue_tail(&tp->rtx_queue, skb);
	return skb;
}

/* Whatever fails here, the retransmission timer tries again. */
void tcp_send_syn(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek(&tp->rtx_queue);

	if (!skb) {
		tp->snd_una = tp->iss;
		tp->snd_nxt = tp->write_seq = tp->iss + 1;
		skb = tcp_make_syn(tp);
	}
	if (skb) {
		if (tp->sk.state == TCP_SYN_RECV)
			tcp_cb(skb)->flags |= TCP_ACK;
		(void)tcp_transmit_skb(tp, skb, machine_now_ns());
	}
	tcp_rto_restart(tp);
}
