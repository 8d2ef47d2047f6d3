/*
 * The tables of a stack's TCP: all that has a peer by 4-tuple, and the
 * listeners by port.
 *
 * The 4-tuples' hash is keyed, because the wire fills that table. It grows
 * by linear hashing (Litwin, 1980): one bucket more for each connection that
 * would be one too many, split off from the bucket that has held both.
 *
 *	0        split        half          buckets
 *	|--------|-------------|-------------|	 mask + 1 = 2 * half
 *	 by mask    by mask/2      by mask
 *
 * So a lookup costs the same with ten and with 100,000 connections, and no
 * insertion ever pays for more than one bucket.
 */
#include "kernel/log.h"
#include "net/tcp/tcp_sock.h"

static u32 tcp_hash(const struct tcp_table *t, u64 addrs, u32 ports)
{
	return (u32)hsiphash_2u64(addrs, ports, &t->net->hash_key);
}

static struct hlist_head *tcp_bucket_of_hash(struct tcp_table *t, u32 hash)
{
	u32 i = hash & t->bucket_mask;

	if (i >= t->buckets) /* not split yet */
		i &= t->bucket_mask >> 1;
	return tcp_bucket_at(t, i);
}

/* A SYN is looked up and then inserted: its bucket is computed once. */
static inline struct hlist_head *tcp_bucket(struct tcp_table *t, u64 addrs,
					    u32 ports)
{
	if (!t->bucket || t->bucket_addrs != addrs ||
	    t->bucket_ports != ports) {
		t->bucket = tcp_bucket_of_hash(t, tcp_hash(t, addrs, ports));
		t->bucket_addrs = addrs;
		t->bucket_ports = ports;
	}
	return t->bucket;
}

static inline bool tcp_conn_is(const struct tcp_conn *conn, u64 addrs,
			       u32 ports)
{
	return likely(tcp_conn_addrs(conn) == addrs &&
		      tcp_conn_ports(conn) == ports);
}

static noinline struct tcp_conn *tcp_conn_search(struct tcp_table *t, u64 addrs,
						 u32 ports)
{
	struct tcp_conn *conn;

	hlist_for_each_entry (conn, tcp_bucket(t, addrs, ports), node) {
		if (!tcp_conn_is(conn, addrs, ports))
			continue;
		t->last = conn;
		return conn;
	}
	return NULL;
}

/* Segments come in trains: mostly it is the last one's connection. */
struct tcp_conn *tcp_conn_find(struct tcp_table *t, be32 laddr, be16 lport,
			       be32 raddr, be16 rport)
{
	const struct tcp_conn key = {
		.laddr = laddr, .raddr = raddr, .lport = lport, .rport = rport};
	u64 addrs = tcp_conn_addrs(&key);
	u32 ports = tcp_conn_ports(&key);

	if (likely(t->last && tcp_conn_is(t->last, addrs, ports)))
		return t->last;
	return tcp_conn_search(t, addrs, ports);
}

/* Those of one bucket that belong into its new other half go there. */
static void tcp_bucket_split(struct tcp_table *t, u32 fresh)
{
	struct hlist_head *from = tcp_bucket_at(t, fresh & t->bucket_mask >> 1);
	struct hlist_node *node, *next;

	for (node = from->first; node; node = next) {
		struct tcp_conn *conn =
			container_of(node, struct tcp_conn, node);
		u32 hash =
			tcp_hash(t, tcp_conn_addrs(conn), tcp_conn_ports(conn));

		next = node->next;
		if ((hash & t->bucket_mask) != fresh)
			continue;
		hlist_del(node);
		hlist_add(node, tcp_bucket_at(t, fresh));
	}
}

/* Without memory, or at the limit, the chains become longer. */
static cold void tcp_table_grow(struct tcp_table *t)
{
	u32 fresh = t->buckets, seg = fresh / TCP_SEG_BUCKETS;

	if (seg == TCP_SEGS)
		return;
	if (!t->segs[seg])
		t->segs[seg] = kzalloc(TCP_SEG_BUCKETS * sizeof(*t->segs[0]));
	if (!t->segs[seg])
		return;
	if (fresh > t->bucket_mask)
		t->bucket_mask = 2 * t->bucket_mask + 1;
	t->buckets++;
	t->bucket = NULL; /* it may be the one that was split */
	tcp_bucket_split(t, fresh);
}

void tcp_conn_insert(struct tcp_table *t, struct tcp_conn *conn)
{
	u64 addrs = tcp_conn_addrs(conn);
	u32 ports = tcp_conn_ports(conn);

	ASSERT(hlist_unhashed(&conn->node));
	if (unlikely(++t->conn_count > t->buckets))
		tcp_table_grow(t);
	hlist_add(&conn->node, tcp_bucket(t, addrs, ports));
	t->last = conn;
}

void tcp_conn_remove(struct tcp_table *t, struct tcp_conn *conn)
{
	if (hlist_unhashed(&conn->node))
		return;
	hlist_del(&conn->node);
	if (t->last == conn)
		t->last = NULL;
	t->conn_count--;
}

/* Neither hash nor search: the place is what they share. */
void tcp_conn_replace(struct tcp_table *t, struct tcp_conn *from,
		      struct tcp_conn *to)
{
	ASSERT(!hlist_unhashed(&from->node) && hlist_unhashed(&to->node));
	to->node = from->node;
	*to->node.pprev = &to->node;
	if (to->node.next)
		to->node.next->pprev = &to->node.next;
	from->node.next = NULL;
	from->node.pprev = NULL;
	t->last = to;
}

struct tcp_sock *tcp_listener_find(struct tcp_table *t, be32 laddr, be16 port)
{
	struct hlist_head *bucket =
		&t->listening[ntohs(port) % TCP_BIND_BUCKETS];
	struct tcp_sock *tp, *any = NULL;

	hlist_for_each_entry (tp, bucket, bind_node) {
		if (!be16_eq(tp->sk.sport, port))
			continue;
		if (be32_eq(tp->sk.saddr, laddr))
			return tp;
		if (!tp->sk.saddr.raw)
			any = tp;
	}
	return any;
}
