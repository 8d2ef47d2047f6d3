/*
 * From half-open to open: the ACK of our SYN turns a request into a socket
 * in its place of the table, which waits at the listener to be accepted. The
 * segment goes on as that socket's first: it may carry text or a FIN.
 */
#include "net/link/neigh.h"
#include "net/ipv4/route.h"
#include "net/tcp/tcp_ecn.h"

static void tcp_child_inherit(struct tcp_sock *tp,
			      const struct tcp_sock *listener)
{
	const struct sock *from = &listener->sk;
	struct sock *sk = &tp->sk;

	sk->rcvbuf = from->rcvbuf;
	sk->sndbuf = from->sndbuf;
	sk->rcvbuf_locked = from->rcvbuf_locked;
	sk->sndbuf_locked = from->sndbuf_locked;
	sk->tos = from->tos;
	sk->rcvtimeo_ms = from->rcvtimeo_ms;
	sk->sndtimeo_ms = from->sndtimeo_ms;
	sk->reuseaddr = from->reuseaddr;
	sk->keepalive = from->keepalive;
	sk->linger = from->linger;
	tp->cong = listener->cong;
	tp->nodelay = listener->nodelay;
	tp->cork = listener->cork;
	tp->user_mss = listener->user_mss;
	tp->keep_cnt = listener->keep_cnt;
	tp->keep_idle_ms = listener->keep_idle_ms;
	tp->keep_intvl_ms = listener->keep_intvl_ms;
	tp->user_timeout_ms = listener->user_timeout_ms;
	tp->linger2_ms = listener->linger2_ms;
	tp->notsent_lowat = listener->notsent_lowat;
}

static void tcp_child_address(struct tcp_sock *tp, const struct tcp_conn *conn)
{
	tp->sk.saddr = tp->conn.laddr = conn->laddr;
	tp->sk.daddr = tp->conn.raddr = conn->raddr;
	tp->sk.sport = tp->conn.lport = conn->lport;
	tp->sk.dport = tp->conn.rport = conn->rport;
}

/* As if the tcp_sock had sent the SYN-ACK itself. */
static void tcp_child_fill(struct tcp_sock *tp, const struct tcp_request *req)
{
	tp->iss = req->iss;
	tp->snd_una = tp->snd_nxt = tp->write_seq = req->iss + 1;
	tp->recover = tp->snd_una;
	tp->snd_wnd = tp->max_window = req->snd_wnd;
	tp->snd_wl1 = req->irs;
	tp->snd_wl2 = tp->snd_una;
	tp->irs = req->irs;
	tp->rcv_nxt = tp->copied_seq = tp->rcv_wup = req->irs + 1;
	tp->last_ack_sent = tp->rcv_nxt;
	tp->rcv_wnd = req->rcv_wnd;
	tp->ts_ok = req->ts_ok;
	tp->sack_ok = req->sack_ok;
	tp->wscale_ok = req->wscale_ok;
	tp->snd_wscale = req->snd_wscale;
	tp->rcv_wscale = req->rcv_wscale;
	tp->ts_recent = req->ts_recent;
	tp->ts_recent_ms = clock_ms();
	tp->ts_offset = req->ts_offset;
	tp->mss_peer = req->mss;
	tp->ecn_flags = req->ecn_ok ? TCP_ECN_OK : 0;
	tp->cwr_seq = tp->snd_una;
	tp->syn_lost = req->lost;
}

/* The way that the SYN-ACK took: from the route cache, no lookup. */
static bool tcp_child_route(struct tcp_sock *tp)
{
	const struct dst_entry *dst =
		route_reply(tp->sk.net, tp->sk.daddr, tp->sk.saddr);

	if (unlikely(!dst))
		return false;
	tp->sk.dst = *dst;
	neigh_hold(dst->neigh);
	return true;
}

/* NULL: no memory, or no way to the peer any more. */
static struct tcp_sock *tcp_child_make(const struct tcp_request *req)
{
	struct tcp_sock *tp = tcp_sock_alloc(req->listener->sk.net);

	if (unlikely(!tp))
		return NULL;
	tcp_child_address(tp, &req->conn);
	if (unlikely(!tcp_child_route(tp))) {
		sock_put(&tp->sk);
		return NULL;
	}
	tcp_child_inherit(tp, req->listener);
	tcp_child_fill(tp, req);
	return tp;
}

static void tcp_child_queue(struct tcp_sock *tp, struct tcp_sock *listener)
{
	tp->listener = listener;
	list_add_tail(&tp->accept_node, &listener->accept_queue);
	listener->accept_count++;
}

static struct tcp_sock *tcp_child_replace(struct tcp_request *req)
{
	u32 rtt_us = (u32)(machine_now_ns() / 1000) - req->sent_us;
	/* Karn: no sample. */
	bool resent = req->retries || req->replies || req->waits;
	struct tcp_sock *listener = req->listener;
	struct tcp_sock *tp = tcp_child_make(req);

	if (unlikely(!tp))
		return NULL;
	if (unlikely(hlist_unhashed(&req->conn.node))) {
		tcp_conn_insert(tp->table, &tp->conn);
	} else {
		tcp_conn_replace(tp->table, &req->conn, &tp->conn);
		tcp_request_free(req);
	}
	sock_hold(&tp->sk);
	tcp_set_state(tp, TCP_SYN_RECV);
	tcp_finish_connect(tp);
	if (likely(!resent))
		tcp_rtt_sample(tp, rtt_us);
	tcp_child_queue(tp, listener);
	return tp;
}

/* A request that cannot become a child stays: the SYN-ACK will be repeated. */
static cold void tcp_child_refused(struct tcp_sock *listener,
				   struct tcp_seg *seg, enum drop_reason why)
{
	if (why == DROP_TCP_LISTEN_OVERFLOW)
		NET_INC(listener->sk.net, TCPEXT_ListenOverflows);
	NET_INC(listener->sk.net, TCPEXT_ListenDrops);
	skb_drop(seg->skb, why);
}

void tcp_request_establish(struct tcp_request *req, struct tcp_seg *seg)
{
	struct tcp_sock *listener = req->listener, *tp;

	if (unlikely(tcp_accept_is_full(listener))) {
		tcp_child_refused(listener, seg, DROP_TCP_LISTEN_OVERFLOW);
		return;
	}
	tp = tcp_child_replace(req);
	if (unlikely(!tp)) {
		tcp_child_refused(listener, seg, DROP_NO_BUFFER);
		return;
	}
	NET_INC(listener->sk.net, TCP_PassiveOpens);
	sock_wake(&listener->sk, EPOLLIN);
	sock_hold(&tp->sk);
	tcp_sock_rcv(tp, seg);
}
