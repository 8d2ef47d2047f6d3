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

typedef void visit_fn(const struct tcp_entry *entry, void *arg);

static void tcp_visit_listeners(const struct hlist_head *bucket,
				visit_fn *visit, void *arg)
{
	const struct tcp_sock *tp;

	hlist_for_each_entry (tp, bucket, bind_node) {
		struct tcp_entry entry = tcp_entry_of_listener(tp);

		visit(&entry, arg);
	}
}

static void tcp_visit_bucket(const struct hlist_head *bucket, visit_fn *visit,
			     void *arg)
{
	const struct tcp_conn *conn;

	hlist_for_each_entry (conn, bucket, node) {
		struct tcp_entry entry = tcp_entry_of_conn(conn);

		visit(&entry, arg);
	}
}

/*
 * What was in bucket i of `buckets` may have been split since: it is in those
 * of today's that were one then.
 */
static void tcp_visit_old(const struct tcp_table *t, const struct tcp_pos *pos,
			  visit_fn *visit, void *arg)
{
	u32 i = pos->next - TCP_BIND_BUCKETS, half = 1, old;

	while (2 * half < pos->buckets)
		half *= 2;
	for (u32 j = i; j < t->buckets; j += half) {
		old = j & (2 * half - 1);
		if (old >= pos->buckets) /* was not split yet */
			old -= half;
		if (old == i)
			tcp_visit_bucket(tcp_bucket_at(t, j), visit, arg);
	}
}

bool tcp_walk_some(struct net *net, struct tcp_pos *pos,
		   void (*visit)(const struct tcp_entry *entry, void *arg),
		   void *arg)
{
	const struct tcp_table *t = net->tcp;

	if (!pos->next)
		pos->buckets = t->buckets;
	if (pos->next < TCP_BIND_BUCKETS)
		tcp_visit_listeners(&t->listening[pos->next], visit, arg);
	else
		tcp_visit_old(t, pos, visit, arg);
	return ++pos->next < TCP_BIND_BUCKETS + pos->buckets;
}

void tcp_walk(struct net *net,
	      void (*visit)(const struct tcp_entry *entry, void *arg),
	      void *arg)
{
	struct tcp_pos pos = {0};

	while (tcp_walk_some(net, &pos, visit, arg))
		;
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
