/*
 * Receiving a segment: RFC 9293 section 3.10.7. First what needs no
 * connection (header, checksum, lookup), then by state; a synchronized state
 * goes through the section's steps, each a function of that name.
 *
 *	tcp_early_demux, before the addresses are judged: -> socket
 *	tcp_rcv -> tcp_check -> lookup -> socket      tcp_sock_rcv
 *				      -> request      tcp_request_rcv
 *				      -> TIME-WAIT    tcp_timewait_rcv
 *				      -> listener     tcp_listen_rcv
 *				      -> nobody	      RST
 */
#include "lib/errno.h"
#include "net/core/inetdevice.h"
#include "net/ipv4/ip.h"
#include "net/tcp/tcp_ecn.h"

#define TCP_HDRLEN(th) ((u32)((th)->doff >> 4) * 4)

static bool tcp_csum_wrong(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	csum_t sum;

	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		return false;
	sum = csum_pseudo(iph->saddr, iph->daddr, IPPROTO_TCP, (u16)skb->len);
	return csum_fold(skb_checksum(skb, 0, skb->len, sum)).raw != 0;
}

/* The one layout that nearly every segment has: nop, nop, timestamps. */
static bool tcp_get_options(const struct tcphdr *th, u32 hdrlen,
			    struct tcp_options *opt)
{
	const u8 *p = (const u8 *)(th + 1);

	*opt = (struct tcp_options){0};
	if (hdrlen == sizeof(*th))
		return true;
	if (likely(hdrlen == 32 && get_be32(p) == 0x0101080a)) {
		opt->has_ts = true;
		opt->tsval = get_be32(p + 4);
		opt->tsecr = get_be32(p + 8);
		return true;
	}
	return tcp_parse_options(th, opt);
}

/* What no segment can be that early demux has found a socket for. */
static inline enum drop_reason tcp_check_stranger(const struct sk_buff *skb,
						  const struct tcphdr *th)
{
	if (skb->pkt_type != PACKET_HOST ||
	    ipv4_is_multicast(ip_hdr(skb)->daddr))
		return DROP_TCP_BROADCAST;
	if (!th->source.raw || !th->dest.raw)
		return DROP_TCP_BAD_PORT;
	return DROP_NONE;
}

/* Whether it is a TCP segment at all; fills seg when it is. */
static enum drop_reason tcp_check(struct sk_buff *skb, struct tcp_seg *seg)
{
	const struct tcphdr *th = (const void *)skb->data;
	u32 hdrlen;
	u8 flags;

	if (unlikely(skb_headlen(skb) < sizeof(*th)))
		return DROP_TCP_SHORT;
	hdrlen = TCP_HDRLEN(th);
	flags = th->flags;
	if (unlikely(hdrlen < sizeof(*th) || hdrlen > skb_headlen(skb)))
		return DROP_TCP_BAD_OFFSET;
	if (unlikely(tcp_csum_wrong(skb)))
		return DROP_TCP_BAD_CHECKSUM;
	if (unlikely(!skb->sk)) {
		enum drop_reason why = tcp_check_stranger(skb, th);

		if (why)
			return why;
	}
	if (unlikely((flags & (TCP_SYN | TCP_FIN)) == (TCP_SYN | TCP_FIN)))
		return DROP_TCP_BAD_FLAGS;
	if (unlikely(!tcp_get_options(th, hdrlen, &seg->opt)))
		return DROP_TCP_BAD_OPTION;
	seg->skb = skb;
	seg->th = th;
	seg->flags = flags;
	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->wnd = ntohs(th->window);
	seg->len = skb->len - hdrlen;
	seg->end_seq = seg->seq + seg->len + !!(flags & (TCP_SYN | TCP_FIN));
	return DROP_NONE;
}

static cold void tcp_rcv_bad(struct sk_buff *skb, enum drop_reason why)
{
	if (why <= DROP_TCP_BAD_OPTION) /* what follows is policy */
		NET_INC(skb->net, TCP_InErrs);
	if (why == DROP_TCP_BAD_CHECKSUM)
		NET_INC(skb->net, TCP_InCsumErrors);
	skb_drop(skb, why);
}

/* No socket: a half-open or a TIME-WAIT connection, a listener, or none. */
static void tcp_rcv_minor(struct tcp_table *t, struct tcp_conn *conn,
			  struct tcp_seg *seg)
{
	struct tcp_sock *listener;

	if (conn && conn->kind == TCP_CONN_REQUEST) {
		tcp_request_rcv(container_of(conn, struct tcp_request, conn),
				seg);
		return;
	}
	if (conn) {
		tcp_timewait_rcv(container_of(conn, struct tcp_timewait, conn),
				 seg);
		return;
	}
	listener = tcp_listener_find(t, ip_hdr(seg->skb)->daddr, seg->th->dest);
	if (listener) {
		tcp_listen_rcv(listener, seg);
		return;
	}
	tcp_send_reset(seg);
	skb_drop(seg->skb, DROP_TCP_NO_SOCKET);
}

/* A SYN mostly has no connection yet: it is not looked up in vain. */
void tcp_early_demux(struct sk_buff *skb)
{
	const struct iphdr *iph = (const void *)skb->data;
	const struct tcphdr *th = (const void *)(iph + 1);
	struct tcp_conn *conn;

	if (unlikely(skb->len < sizeof(*iph) + sizeof(*th) ||
		     th->flags & TCP_SYN))
		return;
	conn = tcp_conn_find(skb->net->tcp, iph->daddr, th->dest, iph->saddr,
			     th->source);
	if (likely(conn && conn->kind == TCP_CONN_SOCK))
		skb_set_owner_edemux(
			skb, &container_of(conn, struct tcp_sock, conn)->sk);
}

/* What early demux has found and not ended since; with its reference. */
static inline struct tcp_sock *tcp_steal_sock(struct sk_buff *skb)
{
	struct sock *sk = skb_steal_sock(skb);

	if (unlikely(!sk))
		return NULL;
	if (likely(sk->state != TCP_CLOSE))
		return tcp_sk(sk);
	sock_put(sk);
	return NULL;
}

/* Early demux has not found it: with options, on its way in pieces, new. */
static void tcp_rcv_lookup(struct tcp_seg *seg)
{
	const struct iphdr *iph = ip_hdr(seg->skb);
	struct tcp_table *t = seg->skb->net->tcp;
	struct tcp_conn *conn = tcp_conn_find(t, iph->daddr, seg->th->dest,
					      iph->saddr, seg->th->source);
	struct tcp_sock *tp;

	if (!conn || conn->kind != TCP_CONN_SOCK)
		return tcp_rcv_minor(t, conn, seg);
	tp = container_of(conn, struct tcp_sock, conn);
	sock_hold(&tp->sk);
	tcp_sock_rcv(tp, seg);
}

void tcp_rcv(struct sk_buff *skb)
{
	struct tcp_seg seg;
	struct tcp_sock *tp;
	enum drop_reason why;

	NET_INC(skb->net, TCP_InSegs);
	why = tcp_check(skb, &seg);
	if (unlikely(why != DROP_NONE)) {
		tcp_rcv_bad(skb, why);
		return;
	}
	__skb_pull(skb, skb->len - seg.len);
	tp = tcp_steal_sock(skb);
	if (likely(tp))
		tcp_sock_rcv(tp, &seg);
	else
		tcp_rcv_lookup(&seg);
}

/* Without its timestamp, or with an old one (RFC 7323 sections 3.2, 5.3). */
static enum drop_reason tcp_check_paws(struct tcp_sock *tp,
				       const struct tcp_seg *seg)
{
	if (!tp->ts_ok || seg->flags & TCP_RST)
		return DROP_NONE;
	if (unlikely(!seg->opt.has_ts))
		return seg->flags & TCP_SYN ? DROP_TCP_BAD_SYN
					    : DROP_TCP_NO_TIMESTAMP;
	if (likely(seq_geq(seg->opt.tsval, tp->ts_recent)))
		return DROP_NONE;
	if (clock_ms() - tp->ts_recent_ms > TCP_PAWS_IDLE_MS)
		return DROP_NONE;
	return DROP_TCP_PAWS;
}

/*
 * First: the acceptability test of RFC 9293 section 3.10.7.4, table 6. Data
 * at RCV.NXT passes a closed window too, because its RST, URG and ACK count
 * (MUST-66); tcp_take_text refuses the text.
 */
static enum drop_reason tcp_check_seq(struct tcp_sock *tp,
				      const struct tcp_seg *seg)
{
	u32 wnd = tcp_rcv_wnd(tp);
	enum drop_reason why = tcp_check_paws(tp, seg);

	if (unlikely(why != DROP_NONE))
		return why;
	if (likely(seg->seq == tp->rcv_nxt))
		return DROP_NONE;
	if (wnd && seg->seq - tp->rcv_nxt < wnd)
		return DROP_NONE;
	if (wnd && seg->end_seq != seg->seq &&
	    seg->end_seq - 1 - tp->rcv_nxt < wnd)
		return DROP_NONE;
	return seq_leq(seg->end_seq, tp->rcv_nxt) ? DROP_TCP_OLD_SEQUENCE
						  : DROP_TCP_OUT_OF_WINDOW;
}

/* Second: RFC 5961 section 3.2, only the exact number resets. */
static enum drop_reason tcp_check_rst(struct tcp_sock *tp,
				      const struct tcp_seg *seg)
{
	if (likely(!(seg->flags & TCP_RST)))
		return DROP_NONE;
	return seg->seq == tp->rcv_nxt ? DROP_TCP_RESET : DROP_TCP_BAD_RST;
}

/* Fourth: RFC 5961 section 4.2. */
static enum drop_reason tcp_check_syn(const struct tcp_seg *seg)
{
	return unlikely(seg->flags & TCP_SYN) ? DROP_TCP_BAD_SYN : DROP_NONE;
}

/* RFC 7323 section 4.3: echo the earliest segment not yet acknowledged. */
static void tcp_store_ts(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	if (!seg->opt.has_ts || !tp->ts_ok ||
	    seq_gt(seg->seq, tp->last_ack_sent))
		return;
	tp->ts_recent = seg->opt.tsval;
	tp->ts_recent_ms = clock_ms();
}

/*
 * Sixth: the urgent pointer is a mark and nothing else; data stays in line
 * (RFC 6093). It points behind the last urgent byte (MUST-62). After the
 * peer's FIN there is none.
 */
static void tcp_check_urg(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	u32 up = seg->seq + ntohs(seg->th->urg_ptr);

	if (likely(!(seg->flags & TCP_URG)))
		return;
	if (tp->fin_rcvd || seq_leq(up, tp->copied_seq) ||
	    (tp->urg_seen && seq_leq(up, tp->rcv_up)))
		return;
	tp->rcv_up = up;
	tcp_note_mark(tp);
	sock_wake(&tp->sk, EPOLLPRI);
}

static void tcp_reset_by_peer(struct tcp_sock *tp)
{
	switch (tp->sk.state) {
	case TCP_SYN_RECV:
		tcp_abort(tp, ECONNREFUSED);
		return;
	case TCP_CLOSE_WAIT:
		tcp_abort(tp, EPIPE);
		return;
	default:
		tcp_abort(tp, ECONNRESET);
	}
}

/* What a refusal asks for beside the drop: an answer, a counter, an end. */
static cold void tcp_refused(struct tcp_sock *tp, const struct tcp_seg *seg,
			     enum drop_reason why)
{
	struct net *net = tp->sk.net;

	switch (why) {
	case DROP_TCP_RESET:
		tcp_reset_by_peer(tp);
		return;
	case DROP_TCP_PAWS:
		NET_INC(net, TCPEXT_PAWSEstab);
		tcp_send_challenge_ack(tp, MIB_TCPEXT_TCPACKSkippedPAWS);
		return;
	case DROP_TCP_OLD_SEQUENCE:
	case DROP_TCP_OUT_OF_WINDOW:
		if (seg->flags & TCP_RST)
			return;
		/* Data again: our ACK was lost. Bare ACKs must not echo. */
		if (seg->len || seg->flags & TCP_FIN) {
			NET_INC(net, TCPEXT_DelayedACKLost);
			tp->quick_acks = TCP_QUICKACKS;
			if (why == DROP_TCP_OLD_SEQUENCE)
				tcp_sack_dup(tp, seg->seq, seg->end_seq);
			tcp_send_ack(tp);
			return;
		}
		tcp_send_challenge_ack(tp, MIB_TCPEXT_TCPACKSkippedSeq);
		return;
	case DROP_TCP_BAD_SYN:
		NET_INC(net, TCPEXT_TCPSYNChallenge);
		tcp_send_challenge_ack(tp, MIB_TCPEXT_TCPACKSkippedChallenge);
		return;
	case DROP_TCP_BAD_RST:
	case DROP_TCP_BAD_ACK:
		tcp_send_challenge_ack(tp, MIB_TCPEXT_TCPACKSkippedChallenge);
		return;
	default:
		return;
	}
}

/* RFC 9293 section 3.10.7.4: all states from SYN-RECEIVED on. */
static enum drop_reason tcp_synchronized_rcv(struct tcp_sock *tp,
					     struct tcp_seg *seg)
{
	enum drop_reason why = tcp_check_seq(tp, seg);

	if (likely(!why))
		why = tcp_check_rst(tp, seg);
	if (likely(!why))
		why = tcp_check_syn(seg);
	if (likely(!why))
		why = tcp_check_ack(tp, seg);
	if (unlikely(why)) {
		tcp_refused(tp, seg, why);
		return why;
	}
	if (unlikely(tp->sk.state == TCP_CLOSE))
		return DROP_NONE; /* the ACK of our FIN was the end */
	tcp_store_ts(tp, seg);
	tcp_check_urg(tp, seg);
	if (unlikely(tp->ecn_flags))
		tcp_ecn_receive(tp, seg);
	why = tcp_take_text(tp, seg);
	tcp_check_fin(tp, seg);
	if (likely(tp->sk.state != TCP_CLOSE))
		tcp_push_and_ack(tp);
	return why;
}

/* The peer's SYN: what it offers, and where its numbers begin. */
static void tcp_learn_syn(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	tp->irs = seg->seq;
	tp->rcv_nxt = tp->copied_seq = tp->rcv_wup = seg->seq + 1;
	tp->last_ack_sent = tp->rcv_nxt;
	tp->mss_peer = seg->opt.mss ? seg->opt.mss : TCP_MSS_DEFAULT;
	tp->wscale_ok = tp->wscale_ok && seg->opt.has_wscale;
	tp->snd_wscale = tp->wscale_ok ? seg->opt.wscale : 0;
	if (!tp->wscale_ok)
		tp->rcv_wscale = 0;
	tp->sack_ok = tp->sack_ok && seg->opt.has_sack_ok;
	tp->ts_ok = tp->ts_ok && seg->opt.has_ts;
	if (tp->ts_ok) {
		tp->ts_recent = seg->opt.tsval;
		tp->ts_recent_ms = clock_ms();
	}
	tp->snd_wnd = tp->max_window = seg->wnd; /* never scaled on a SYN */
	tp->snd_wl1 = seg->seq;
	tp->snd_wl2 = seg->ack;
	tcp_ecn_learn(tp, seg->flags);
	tcp_sync_mss(tp);
}

/* RFC 9293 section 3.10.7.3. */
static enum drop_reason tcp_syn_sent_rcv(struct tcp_sock *tp,
					 struct tcp_seg *seg)
{
	bool acked = seg->flags & TCP_ACK;

	if (acked &&
	    (seq_leq(seg->ack, tp->iss) || seq_gt(seg->ack, tp->snd_nxt))) {
		tcp_send_reset(seg);
		return DROP_TCP_SYN_SENT_BAD;
	}
	if (seg->flags & TCP_RST) {
		if (!acked)
			return DROP_TCP_SYN_SENT_BAD;
		tcp_abort(tp, ECONNREFUSED);
		return DROP_TCP_RESET;
	}
	if (!(seg->flags & TCP_SYN))
		return DROP_TCP_SYN_SENT_BAD;
	tcp_learn_syn(tp, seg);
	if (!acked) { /* both opened at once (figure 7) */
		tcp_set_state(tp, TCP_SYN_RECV);
		tcp_send_syn(tp);
		return DROP_NONE;
	}
	tcp_ack_syn(tp, seg);
	tcp_set_state(tp, TCP_ESTABLISHED);
	tcp_finish_connect(tp);
	tp->ack_pending = TCP_ACK_NOW;
	seg->seq++; /* text may follow the SYN */
	(void)tcp_take_text(tp, seg);
	tcp_check_fin(tp, seg);
	tcp_push_and_ack(tp);
	return DROP_NONE;
}

void tcp_sock_rcv(struct tcp_sock *tp, struct tcp_seg *seg)
{
	enum drop_reason why;

	tp->segs_in++;
	if (likely(tp->sk.state != TCP_SYN_SENT))
		why = tcp_synchronized_rcv(tp, seg);
	else
		why = tcp_syn_sent_rcv(tp, seg);
	if (unlikely(why))
		skb_drop(seg->skb, why);
	else if (seg->skb)
		consume_skb(seg->skb);
	sock_put(&tp->sk);
}
