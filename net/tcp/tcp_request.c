/*
 * Half-open connections: what a SYN leaves is 128 bytes and a timer, not a
 * socket (RFC 4987 section 3.4, the SYN cache). They are in SYN-RECEIVED by
 * RFC 9293 section 3.10.7.4; the ACK of our SYN makes a tcp_sock of one.
 */
#include "net/core/netdev.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"
#include "net/link/neigh.h"
#include "net/tcp/tcp_ecn.h"

static struct net *tcp_request_net(const struct tcp_request *req)
{
	return req->listener->sk.net;
}

static struct tcp_reply tcp_request_reply(const struct tcp_request *req)
{
	return (struct tcp_reply){
		.saddr = req->conn.laddr,
		.daddr = req->conn.raddr,
		.sport = req->conn.lport,
		.dport = req->conn.rport,
		.ack = req->irs + 1,
		.tos = req->listener->sk.tos,
	};
}

/* RFC 9293 section 3.7.1: what we can receive, options not counted. */
static u16 tcp_request_mss(const struct tcp_request *req)
{
	struct dst_entry *dst = route_reply(tcp_request_net(req),
					    req->conn.raddr, req->conn.laddr);
	u32 mss = dst ? MIN(dst->mtu, IP_LEN_MAX) - TCP_IP_HEADERS
		      : TCP_MSS_DEFAULT;

	if (req->listener->user_mss)
		mss = MIN(mss, req->listener->user_mss);
	return (u16)MIN(mss, 65535u);
}

void tcp_send_synack(struct tcp_request *req, u32 tsval)
{
	const struct tcp_options opt = {
		.mss = tcp_request_mss(req),
		.has_sack_ok = req->sack_ok,
		.has_ts = req->ts_ok,
		.tsval = tsval,
		.tsecr = req->ts_recent,
		.has_wscale = req->wscale_ok,
		.wscale = req->rcv_wscale,
	};
	struct tcp_reply reply = tcp_request_reply(req);
	u8 bytes[40];

	reply.seq = req->iss;
	reply.flags = TCP_SYN | TCP_ACK | (req->ecn_ok ? TCP_ECE : 0);
	reply.wnd = req->rcv_wnd;
	reply.opt_len = (u8)tcp_write_syn_options(bytes, &opt);
	reply.opt = bytes;
	req->sent_us = tcp_now_us();
	tcp_send_reply(tcp_request_net(req), &reply);
}

static void tcp_resend_synack(struct tcp_request *req)
{
	NET_INC(tcp_request_net(req), TCP_RetransSegs);
	NET_INC(tcp_request_net(req), TCPEXT_TCPSynRetrans);
	tcp_send_synack(req, tcp_ts_now(req->ts_offset));
}

/*
 * RFC 6298 section 5.5: 1, 2, 4 ... s. One that waits for text has its answer;
 * at the end of the wait its peer is asked once more.
 */
static void tcp_request_timer(struct timer *timer)
{
	struct tcp_request *req =
		container_of(timer, struct tcp_request, timer);

	if (++req->retries > TCP_SYNACK_RETRIES) {
		tcp_request_free(req);
		return;
	}
	req->replies = 0;
	mod_timer(&req->timer, (u64)TCP_RTO_INIT_MS << req->retries);
	if (req->waits && req->retries < req->listener->defer_accept)
		return;
	req->lost |= !req->waits;
	tcp_resend_synack(req);
}

void tcp_request_free(struct tcp_request *req)
{
	struct tcp_sock *listener = req->listener;
	struct tcp_table *t = listener->table;

	del_timer(&req->timer);
	tcp_conn_remove(t, &req->conn);
	list_del(&req->node);
	listener->request_count--;
	t->request_count--;
	t->net->sock_live--;
	kmem_cache_free(&t->request_cache, req);
}

void tcp_request_err(struct tcp_request *req)
{
	NET_INC(tcp_request_net(req), TCPEXT_ListenDrops);
	tcp_request_free(req);
}

/* What both sides do is what both SYNs offer: we offer all that it did. */
static void tcp_request_learn(struct tcp_request *req,
			      const struct tcp_seg *seg)
{
	const struct tcp_options *opt = &seg->opt;

	req->irs = seg->seq;
	req->snd_wnd = seg->wnd;
	/* Never scaled on a SYN (RFC 7323 section 2.2). */
	req->rcv_wnd = (u16)MIN(tcp_rcv_space(req->listener), 65535u);
	req->mss = opt->mss ? MAX(opt->mss, TCP_MIN_SND_MSS) : TCP_MSS_DEFAULT;
	req->sack_ok = opt->has_sack_ok && req->listener->table->conf.sack;
	req->ts_ok = opt->has_ts && req->listener->table->conf.timestamps;
	req->ts_recent = opt->tsval;
	req->ecn_ok = tcp_ecn_wanted(req->listener->table, seg);
	req->wscale_ok = opt->has_wscale;
	req->snd_wscale = opt->has_wscale ? opt->wscale : 0;
	req->rcv_wscale =
		opt->has_wscale ? tcp_pick_wscale(tcp_rcvbuf_max(req->listener))
				: 0;
}

static void tcp_request_number(struct tcp_request *req, const u32 *isn_min)
{
	struct tcp_numbers numbers =
		tcp_numbers(req->listener->table, &req->conn);

	req->iss = numbers.isn;
	if (unlikely(isn_min) && seq_lt(req->iss, *isn_min))
		req->iss = *isn_min;
	req->ts_offset = numbers.ts_offset;
}

void tcp_request_fill(struct tcp_request *req, struct tcp_sock *listener,
		      const struct tcp_seg *seg)
{
	const struct iphdr *iph = ip_hdr(seg->skb);

	req->conn = (struct tcp_conn){
		.laddr = iph->daddr,
		.raddr = iph->saddr,
		.lport = seg->th->dest,
		.rport = seg->th->source,
		.kind = TCP_CONN_REQUEST,
	};
	req->listener = listener;
	req->retries = req->replies = 0;
	req->lost = req->waits = false;
	tcp_request_learn(req, seg);
}

bool tcp_request_make(struct tcp_sock *listener, const struct tcp_seg *seg,
		      const u32 *isn_min)
{
	struct tcp_table *t = listener->table;
	struct tcp_request *req = kmem_cache_alloc(&t->request_cache);

	if (unlikely(!req))
		return false;
	tcp_request_fill(req, listener, seg);
	tcp_request_number(req, isn_min);
	tcp_conn_insert(t, &req->conn);
	list_add_tail(&req->node, &listener->requests);
	listener->request_count++;
	t->request_count++;
	t->net->sock_live++;
	timer_setup(&req->timer, tcp_request_timer);
	mod_timer(&req->timer, TCP_RTO_INIT_MS);
	tcp_send_synack(req, tcp_ts_now(req->ts_offset));
	return true;
}

/* ---- segments for one ---- */

/* A few between two turns of the timer, whatever the peer sends. */
static bool tcp_request_may_reply(struct tcp_request *req)
{
	if (req->replies >= TCP_REQUEST_REPLIES) {
		NET_INC(tcp_request_net(req), TCPEXT_TCPACKSkippedSynRecv);
		return false;
	}
	req->replies++;
	return true;
}

static void tcp_request_ack(struct tcp_request *req)
{
	struct tcp_reply reply = tcp_request_reply(req);
	u8 bytes[12];

	if (!tcp_request_may_reply(req))
		return;
	reply.seq = req->iss + 1;
	reply.flags = TCP_ACK;
	reply.wnd = req->rcv_wnd >> req->rcv_wscale;
	if (req->ts_ok) {
		tcp_write_ts(bytes, tcp_ts_now(req->ts_offset), req->ts_recent);
		reply.opt = bytes;
		reply.opt_len = sizeof(bytes);
	}
	tcp_send_reply(tcp_request_net(req), &reply);
}

static bool tcp_request_in_window(const struct tcp_request *req,
				  const struct tcp_seg *seg)
{
	u32 rcv_nxt = req->irs + 1, wnd = req->rcv_wnd;

	if (likely(seg->seq == rcv_nxt))
		return true;
	if (seg->seq - rcv_nxt < wnd)
		return true;
	return seg->end_seq != seg->seq && seg->end_seq - 1 - rcv_nxt < wnd;
}

/* RFC 9293 section 3.10.7.4 for SYN-RECEIVED, with RFC 5961 and RFC 7323. */
static enum drop_reason tcp_request_check(const struct tcp_request *req,
					  const struct tcp_seg *seg)
{
	bool rst = seg->flags & TCP_RST;

	if (req->ts_ok && !rst) {
		if (unlikely(!seg->opt.has_ts))
			return seg->flags & TCP_SYN ? DROP_TCP_BAD_SYN
						    : DROP_TCP_NO_TIMESTAMP;
		if (unlikely(seq_lt(seg->opt.tsval, req->ts_recent)))
			return DROP_TCP_PAWS;
	}
	if (unlikely(!tcp_request_in_window(req, seg)))
		return DROP_TCP_OUT_OF_WINDOW;
	if (unlikely(rst))
		return seg->seq == req->irs + 1 ? DROP_TCP_RESET
						: DROP_TCP_BAD_RST;
	if (unlikely(seg->flags & TCP_SYN))
		return DROP_TCP_BAD_SYN;
	if (unlikely(!(seg->flags & TCP_ACK)))
		return DROP_TCP_NO_ACK_FLAG;
	if (unlikely(seg->ack != req->iss + 1))
		return DROP_TCP_BAD_ACK;
	return DROP_NONE;
}

static cold void tcp_request_refused(struct tcp_request *req,
				     struct tcp_seg *seg, enum drop_reason why)
{
	struct net *net = tcp_request_net(req);

	switch (why) {
	case DROP_TCP_RESET:
		NET_INC(net, TCPEXT_EmbryonicRsts);
		NET_INC(net, TCP_AttemptFails);
		tcp_request_free(req);
		return;
	case DROP_TCP_BAD_ACK:
		tcp_send_reset(seg);
		return;
	case DROP_TCP_PAWS:
		NET_INC(net, TCPEXT_PAWSEstab);
		tcp_request_ack(req);
		return;
	case DROP_TCP_OUT_OF_WINDOW:
		if (!(seg->flags & TCP_RST))
			tcp_request_ack(req);
		return;
	case DROP_TCP_BAD_SYN:
		NET_INC(net, TCPEXT_TCPSYNChallenge);
		tcp_request_ack(req);
		return;
	case DROP_TCP_BAD_RST:
		NET_INC(net, TCPEXT_TCPChallengeACK);
		tcp_request_ack(req);
		return;
	default:
		return;
	}
}

/* The SYN once more: our SYN-ACK was lost, or is late. */
static bool tcp_request_is_syn(const struct tcp_request *req,
			       const struct tcp_seg *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
	       seg->seq == req->irs;
}

static void tcp_request_syn(struct tcp_request *req, struct tcp_seg *seg)
{
	if (req->ts_ok && seg->opt.has_ts &&
	    seq_gt(seg->opt.tsval, req->ts_recent))
		req->ts_recent = seg->opt.tsval;
	if (tcp_request_may_reply(req))
		tcp_resend_synack(req);
	skb_drop(seg->skb, DROP_TCP_REQUEST);
}

/* TCP_DEFER_ACCEPT: a bare ACK is not worth waking the program for. */
static bool tcp_request_is_deferred(const struct tcp_request *req,
				    const struct tcp_seg *seg)
{
	return req->retries < req->listener->defer_accept && !seg->len &&
	       !(seg->flags & TCP_FIN);
}

void tcp_request_rcv(struct tcp_request *req, struct tcp_seg *seg)
{
	enum drop_reason why;

	if (unlikely(tcp_request_is_syn(req, seg))) {
		tcp_request_syn(req, seg);
		return;
	}
	why = tcp_request_check(req, seg);
	if (unlikely(why)) {
		tcp_request_refused(req, seg, why);
		skb_drop(seg->skb, why);
		return;
	}
	if (unlikely(tcp_request_is_deferred(req, seg))) {
		req->waits = true;
		NET_INC(tcp_request_net(req), TCPEXT_TCPDeferAcceptDrop);
		skb_drop(seg->skb, DROP_TCP_REQUEST);
		return;
	}
	tcp_request_establish(req, seg);
}
