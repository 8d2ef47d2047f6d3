/*
 * TIME-WAIT (RFC 9293 section 3.10.7.4): what is left of a connection that
 * we closed first. All wait equally long, so one list in order of expiry and
 * one timer serve them all. RFC 6191: a SYN may begin a new connection
 * early; RFC 1337: a RST does not end the wait.
 */
#include "lib/errno.h"
#include "net/tcp/tcp_sock.h"

#define TIMEWAIT_BATCH_MS 100 /* expiries of so long take one interrupt */
/* So far above the old numbers the new ones begin (as in Linux). */
#define TIMEWAIT_ISN_GAP 65537u

static void tcp_timewait_arm(struct tcp_table *t, u64 not_before_ms)
{
	struct tcp_timewait *first;

	if (list_empty(&t->timewaits) || timer_pending(&t->timewait_timer))
		return;
	first = list_first(&t->timewaits, struct tcp_timewait, node);
	mod_timer_at(&t->timewait_timer, MAX(first->expires_ms, not_before_ms));
}

void tcp_timewait_free(struct tcp_timewait *tw)
{
	struct tcp_table *t = tw->table;

	tcp_conn_remove(t, &tw->conn);
	list_del(&tw->node);
	t->timewait_count--;
	t->net->sock_live--;
	kmem_cache_free(&t->timewait_cache, tw);
}

void tcp_timewait_expire(struct timer *timer)
{
	struct tcp_table *t =
		container_of(timer, struct tcp_table, timewait_timer);
	u64 now = clock_ms();

	while (!list_empty(&t->timewaits)) {
		struct tcp_timewait *tw =
			list_first(&t->timewaits, struct tcp_timewait, node);

		if (tw->expires_ms > now)
			break;
		NET_INC(t->net, TCPEXT_TW);
		tcp_timewait_free(tw);
	}
	tcp_timewait_arm(t, now + TIMEWAIT_BATCH_MS);
}

static void tcp_timewait_start(struct tcp_timewait *tw)
{
	struct tcp_table *t = tw->table;

	tw->expires_ms = clock_ms() + TCP_TIMEWAIT_MS;
	list_add_tail(&tw->node, &t->timewaits);
	tcp_timewait_arm(t, 0);
}

static void tcp_timewait_fill(struct tcp_timewait *tw,
			      const struct tcp_sock *tp)
{
	tw->conn = tp->conn;
	tw->conn.node = (struct hlist_node){NULL, NULL};
	tw->conn.kind = TCP_CONN_TIMEWAIT;
	tw->table = tp->table;
	tw->snd_nxt = tp->snd_nxt;
	tw->rcv_nxt = tp->rcv_nxt;
	tw->rcv_wnd = tcp_rcv_wnd(tp);
	tw->rcv_wscale = tp->rcv_wscale;
	tw->ts_ok = tp->ts_ok;
	tw->ts_recent = tp->ts_recent;
	tw->ts_recent_ms = tp->ts_recent_ms;
	tw->ts_offset = tp->ts_offset;
	tw->challenge_ms = 0;
}

/* Over the limit the oldest goes: it has waited longest. */
static struct tcp_timewait *tcp_timewait_alloc(struct tcp_table *t)
{
	if (unlikely(t->timewait_count >= TCP_TIMEWAIT_MAX)) {
		NET_INC(t->net, TCPEXT_TCPTimeWaitOverflow);
		tcp_timewait_free(
			list_first(&t->timewaits, struct tcp_timewait, node));
	}
	return kmem_cache_alloc(&t->timewait_cache);
}

/* Without memory the connection is simply closed: better than to keep it. */
void tcp_time_wait(struct tcp_sock *tp)
{
	struct tcp_table *t = tp->table;
	struct tcp_timewait *tw = tcp_timewait_alloc(t);

	if (likely(tw)) {
		tcp_timewait_fill(tw, tp);
		tcp_conn_replace(t, &tp->conn, &tw->conn);
		t->timewait_count++;
		t->net->sock_live++;
		tcp_timewait_start(tw);
	} else {
		NET_INC(t->net, TCPEXT_TCPTimeWaitOverflow);
		tcp_conn_remove(t, &tp->conn);
	}
	tcp_done(tp);
	sock_put(&tp->sk); /* the table's, which tcp_done did not find there */
}

/* ---- segments for one ---- */

static void tcp_timewait_ack(const struct tcp_timewait *tw)
{
	struct tcp_reply reply = {
		.saddr = tw->conn.laddr,
		.daddr = tw->conn.raddr,
		.sport = tw->conn.lport,
		.dport = tw->conn.rport,
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.wnd = (u16)MIN(tw->rcv_wnd >> tw->rcv_wscale, 65535u),
		.flags = TCP_ACK,
	};
	u8 bytes[12];

	if (tw->ts_ok) {
		tcp_write_ts(bytes, tcp_ts_now(tw->ts_offset), tw->ts_recent);
		reply.opt = bytes;
		reply.opt_len = sizeof(bytes);
	}
	tcp_send_reply(tw->table->net, &reply);
}

/* Not more often than Linux does, so that two ends do not echo ACKs. */
static void tcp_timewait_challenge(struct tcp_timewait *tw)
{
	u64 now = clock_ms();

	if (tw->challenge_ms && now - tw->challenge_ms < TCP_INVALID_MS) {
		NET_INC(tw->table->net, TCPEXT_TCPACKSkippedTimeWait);
		return;
	}
	tw->challenge_ms = now;
	tcp_timewait_ack(tw);
}

static bool tcp_timewait_paws(const struct tcp_timewait *tw,
			      const struct tcp_seg *seg)
{
	return tw->ts_ok && seg->opt.has_ts &&
	       seq_lt(seg->opt.tsval, tw->ts_recent) &&
	       clock_ms() - tw->ts_recent_ms <= TCP_PAWS_IDLE_MS;
}

/* RFC 6191 section 2: newer by its timestamp, or by its number. */
static bool tcp_timewait_may_reopen(const struct tcp_timewait *tw,
				    const struct tcp_seg *seg)
{
	if ((seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (seg->opt.has_ts && !tw->ts_ok)
		return true;
	if (seg->opt.has_ts && seg->opt.tsval != tw->ts_recent)
		return !tcp_timewait_paws(tw, seg);
	return seq_gt(seg->seq, tw->rcv_nxt);
}

/* False: nobody listens any more. The new request is found before this. */
static bool tcp_timewait_reopen(struct tcp_timewait *tw, struct tcp_seg *seg)
{
	struct tcp_table *t = tw->table;
	u32 isn_min = tw->snd_nxt + TIMEWAIT_ISN_GAP;
	struct tcp_sock *listener =
		tcp_listener_find(t, tw->conn.laddr, tw->conn.lport);

	if (!listener)
		return false;
	if (!tcp_listen_syn(listener, seg, &isn_min))
		return true;
	NET_INC(t->net, TCPEXT_TWRecycled);
	tcp_timewait_free(tw);
	return true;
}

/*
 * "The only thing that can arrive in this state is a retransmission of the
 * remote FIN. Acknowledge it, and restart the 2 MSL timeout."
 */
static bool tcp_timewait_is_fin(const struct tcp_timewait *tw,
				const struct tcp_seg *seg)
{
	return (seg->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) ==
		       (TCP_FIN | TCP_ACK) &&
	       seg->end_seq == tw->rcv_nxt && !tcp_timewait_paws(tw, seg);
}

static void tcp_timewait_fin(struct tcp_timewait *tw, const struct tcp_seg *seg)
{
	if (tw->ts_ok && seg->opt.has_ts) {
		tw->ts_recent = seg->opt.tsval;
		tw->ts_recent_ms = clock_ms();
	}
	list_del(&tw->node);
	tcp_timewait_start(tw);
	tcp_timewait_ack(tw);
}

/*
 * What needs no answer: RST (RFC 1337), a missing timestamp (RFC 7323 section
 * 3.2), and a bare ACK where it should be.
 */
static bool tcp_timewait_is_quiet(const struct tcp_timewait *tw,
				  const struct tcp_seg *seg)
{
	if (seg->flags & TCP_RST)
		return true;
	if (tw->ts_ok && !seg->opt.has_ts && !(seg->flags & TCP_SYN))
		return true;
	if (!(seg->flags & (TCP_ACK | TCP_SYN)))
		return true;
	return seg->seq == tw->rcv_nxt && seg->end_seq == seg->seq &&
	       !tcp_timewait_paws(tw, seg);
}

void tcp_timewait_rcv(struct tcp_timewait *tw, struct tcp_seg *seg)
{
	if (tcp_timewait_may_reopen(tw, seg) && tcp_timewait_reopen(tw, seg))
		return;
	if (tcp_timewait_is_fin(tw, seg))
		tcp_timewait_fin(tw, seg);
	else if (!tcp_timewait_is_quiet(tw, seg))
		tcp_timewait_challenge(tw);
	skb_drop(seg->skb, DROP_TCP_TIME_WAIT);
}
