/* The connections of a stack one by one, for /proc/net/tcp and sockstat. */
#include "net/tcp/tcp_sock.h"

enum { TIMER_NONE, TIMER_RETRANS, TIMER_KEEP, TIMER_TIMEWAIT, TIMER_PROBE };

static u64 tcp_time_left(u64 deadline_ms)
{
	u64 now = clock_ms();

	return deadline_ms > now ? deadline_ms - now : 0;
}

static struct tcp_entry tcp_entry_of(const struct tcp_conn *conn, u8 state)
{
	return (struct tcp_entry){
		.saddr = conn->laddr,
		.daddr = conn->raddr,
		.sport = conn->lport,
		.dport = conn->rport,
		.state = state,
	};
}

static void tcp_entry_timer(const struct tcp_sock *tp, struct tcp_entry *entry)
{
	if (tp->xmit_deadline_ms) {
		entry->timer = tp->probing ? TIMER_PROBE : TIMER_RETRANS;
		entry->timer_ms = tcp_time_left(tp->xmit_deadline_ms);
	} else if (tp->keep_deadline_ms) {
		entry->timer = TIMER_KEEP;
		entry->timer_ms = tcp_time_left(tp->keep_deadline_ms);
	}
}

static struct tcp_entry tcp_entry_of_sock(const struct tcp_sock *tp)
{
	struct tcp_entry entry = tcp_entry_of(&tp->conn, tp->sk.state);

	entry.tx_queue = tcp_unacked_or_unsent(tp);
	entry.rx_queue = tp->rcv_nxt - tp->copied_seq;
	if (tp->fin_rcvd && entry.rx_queue)
		entry.rx_queue--;
	entry.retransmits = tp->retransmits;
	tcp_entry_timer(tp, &entry);
	return entry;
}

static struct tcp_entry tcp_entry_of_request(const struct tcp_request *req)
{
	struct tcp_entry entry = tcp_entry_of(&req->conn, TCP_NEW_SYN_RECV);

	entry.timer = TIMER_RETRANS;
	entry.timer_ms = tcp_time_left(req->timer.expires_ms);
	entry.retransmits = req->retries;
	return entry;
}

static struct tcp_entry tcp_entry_of_timewait(const struct tcp_timewait *tw)
{
	struct tcp_entry entry = tcp_entry_of(&tw->conn, TCP_TIME_WAIT);

	entry.timer = TIMER_TIMEWAIT;
	entry.timer_ms = tcp_time_left(tw->expires_ms);
	return entry;
}

static struct tcp_entry tcp_entry_of_conn(const struct tcp_conn *conn)
{
	switch (conn->kind) {
	case TCP_CONN_SOCK:
		return tcp_entry_of_sock(
			container_of(conn, struct tcp_sock, conn));
	case TCP_CONN_REQUEST:
		return tcp_entry_of_request(
			container_of(conn, struct tcp_request, conn));
	default:
		return tcp_entry_of_timewait(
			container_of(conn, struct tcp_timewait, conn));
	}
}

static struct tcp_entry tcp_entry_of_listener(const struct tcp_sock *tp)
{
	return (struct tcp_entry){
		.saddr = tp->sk.saddr,
		.sport = tp->sk.sport,
		.state = TCP_LISTEN,
		.tx_queue = tp->backlog,
		.rx_queue = tp->accept_count,
	};
}

void tcp_walk(struct net *net,
	      void (*visit)(const struct tcp_entry *entry, void *arg),
	      void *arg)
{
	const struct tcp_table *t = net->tcp;
	const struct tcp_sock *tp;
	const struct tcp_conn *conn;
	struct tcp_entry entry;

	for (u32 i = 0; i < TCP_BIND_BUCKETS; i++) {
		hlist_for_each_entry (tp, &t->listening[i], bind_node) {
			entry = tcp_entry_of_listener(tp);
			visit(&entry, arg);
		}
	}
	for (u32 i = 0; i < t->buckets; i++) {
		hlist_for_each_entry (conn, tcp_bucket_at(t, i), node) {
			entry = tcp_entry_of_conn(conn);
			visit(&entry, arg);
		}
	}
}

void tcp_usage(const struct net *net, struct tcp_usage *usage)
{
	const struct tcp_table *t = net->tcp;

	*usage = (struct tcp_usage){
		.inuse = t->sock_count,
		.orphans = t->orphan_count,
		.tw = t->timewait_count,
		.requests = t->request_count,
		.memory = t->memory,
	};
}
