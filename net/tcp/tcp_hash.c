/*
 * The tables of a stack's TCP: all that has a peer by 4-tuple, and the
 * listeners by port.
 *
 * The 4-tuples' hash is keyed, because the wire fills that table. In front
 * of it are the connections met last, found by a hash of a few instructions
 * without a key: who makes them collide makes us look into the table.
 */
#include "kernel/log.h"
#include "net/tcp/tcp_sock.h"

static inline struct tcp_conn **tcp_recent(struct tcp_table *t, u64 addrs,
					   u32 ports)
{
	u32 hash = (u32)(addrs >> 32) * 0x9e3779b1u + ports * 0x85ebca6bu;

	return &t->recent[hash >> (32 - TCP_RECENT_BITS)];
}

/* A SYN is looked up and then inserted: its bucket is computed once. */
static inline struct hlist_head *tcp_bucket(struct tcp_table *t, u64 addrs,
					    u32 ports)
{
	u64 hash;

	if (!t->bucket || t->bucket_addrs != addrs ||
	    t->bucket_ports != ports) {
		hash = hsiphash_2u64(addrs, ports, &t->net->hash_key);
		t->bucket = &t->conns[(u32)hash & t->conn_mask];
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
	struct hlist_head *bucket = tcp_bucket(t, addrs, ports);
	struct tcp_conn *conn;

	hlist_for_each_entry (conn, bucket, node) {
		if (!tcp_conn_is(conn, addrs, ports))
			continue;
		*tcp_recent(t, addrs, ports) = conn;
		return conn;
	}
	return NULL;
}

struct tcp_conn *tcp_conn_find(struct tcp_table *t, be32 laddr, be16 lport,
			       be32 raddr, be16 rport)
{
	const struct tcp_conn key = {
		.laddr = laddr, .raddr = raddr, .lport = lport, .rport = rport};
	u64 addrs = tcp_conn_addrs(&key);
	u32 ports = tcp_conn_ports(&key);
	struct tcp_conn *conn = *tcp_recent(t, addrs, ports);

	if (likely(conn && tcp_conn_is(conn, addrs, ports)))
		return conn;
	return tcp_conn_search(t, addrs, ports);
}

void tcp_conn_insert(struct tcp_table *t, struct tcp_conn *conn)
{
	u64 addrs = tcp_conn_addrs(conn);
	u32 ports = tcp_conn_ports(conn);

	ASSERT(hlist_unhashed(&conn->node));
	hlist_add(&conn->node, tcp_bucket(t, addrs, ports));
	*tcp_recent(t, addrs, ports) = conn;
	t->conn_count++;
}

void tcp_conn_remove(struct tcp_table *t, struct tcp_conn *conn)
{
	struct tcp_conn **recent =
		tcp_recent(t, tcp_conn_addrs(conn), tcp_conn_ports(conn));

	if (hlist_unhashed(&conn->node))
		return;
	hlist_del(&conn->node);
	if (*recent == conn)
		*recent = NULL;
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
	*tcp_recent(t, tcp_conn_addrs(to), tcp_conn_ports(to)) = to;
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
