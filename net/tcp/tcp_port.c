/*
 * Local ports: bind, listen, and the choice of one for a connection by RFC
 * 6056 section 3.3.3: where to begin is a secret of each destination, and a
 * counter moves on from there, so that a port comes back late.
 */
#include "kernel/random.h"
#include "lib/errno.h"
#include "net/ipv4/route.h"
#include "net/tcp/tcp_sock.h"

#define TCP_PORT_MIN   32768u /* of those that we choose, as in Linux */
#define TCP_PORT_COUNT (60999u - TCP_PORT_MIN + 1)

static struct hlist_head *tcp_port_bucket(struct hlist_head *heads, be16 port)
{
	return &heads[ntohs(port) % TCP_BIND_BUCKETS];
}

static bool tcp_same_place(const struct sock *sk, be32 addr, be16 port)
{
	return be16_eq(sk->sport, port) &&
	       (!sk->saddr.raw || !addr.raw || be32_eq(sk->saddr, addr));
}

static bool tcp_is_listening_at(const struct tcp_sock *tp, be32 addr, be16 port)
{
	struct hlist_head *heads = tp->table->listening;
	const struct tcp_sock *other;

	hlist_for_each_entry (other, tcp_port_bucket(heads, port), bind_node)
		if (other != tp && tcp_same_place(&other->sk, addr, port))
			return true;
	return false;
}

/* SO_REUSEADDR on both lets two bind, as long as none of them listens. */
static bool tcp_bind_clashes(const struct tcp_sock *tp, be32 addr, be16 port)
{
	struct hlist_head *heads = tp->table->bound;
	const struct tcp_sock *other;

	if (tcp_is_listening_at(tp, addr, port))
		return true;
	hlist_for_each_entry (other, tcp_port_bucket(heads, port), bind_node)
		if (other != tp && tcp_same_place(&other->sk, addr, port) &&
		    !(tp->sk.reuseaddr && other->sk.reuseaddr))
			return true;
	return false;
}

/* The program asked for this port, or for one that listens. */
static bool tcp_port_is_taken(struct tcp_table *t, be16 port)
{
	const struct tcp_sock *tp;

	hlist_for_each_entry (tp, tcp_port_bucket(t->bound, port), bind_node)
		if (be16_eq(tp->sk.sport, port))
			return true;
	hlist_for_each_entry (tp, tcp_port_bucket(t->listening, port),
			      bind_node)
		if (be16_eq(tp->sk.sport, port))
			return true;
	return false;
}

/* RFC 6056 section 3.3.1. Port 0: none is free. */
static be16 tcp_random_port(struct tcp_table *t)
{
	u32 start = random_below(TCP_PORT_COUNT);

	for (u32 i = 0; i < TCP_PORT_COUNT; i++) {
		u32 n = TCP_PORT_MIN + (start + i) % TCP_PORT_COUNT;
		be16 port = htons((u16)n);

		if (!tcp_port_is_taken(t, port))
			return port;
	}
	return (be16){0};
}

int tcp_bind_port(struct tcp_sock *tp, be32 addr, be16 port)
{
	struct tcp_table *t = tp->table;

	if (port.raw && tcp_bind_clashes(tp, addr, port))
		return -EADDRINUSE;
	tp->sk.bound_port = port.raw != 0;
	if (!port.raw)
		port = tcp_random_port(t);
	if (!port.raw)
		return -EADDRINUSE;
	tp->sk.saddr = addr;
	tp->sk.sport = port;
	hlist_add(&tp->bind_node, tcp_port_bucket(t->bound, port));
	return 0;
}

int tcp_bind_listen(struct tcp_sock *tp)
{
	if (tcp_is_listening_at(tp, tp->sk.saddr, tp->sk.sport))
		return -EADDRINUSE;
	hlist_del(&tp->bind_node);
	hlist_add(&tp->bind_node,
		  tcp_port_bucket(tp->table->listening, tp->sk.sport));
	return 0;
}

void tcp_unbind(struct tcp_sock *tp)
{
	hlist_del(&tp->bind_node);
}

int tcp_bind(struct sock *sk, const struct sockaddr_in *addr)
{
	if (sk->state != TCP_CLOSE || sk->sport.raw)
		return -EINVAL;
	if (addr->addr.raw && !ip_is_local(sk->net, addr->addr))
		return -EADDRNOTAVAIL;
	return tcp_bind_port(tcp_sk(sk), addr->addr, addr->port);
}

/* RFC 6056 section 3.3.3, algorithm 3. */
int tcp_bind_ephemeral(struct tcp_sock *tp, be32 daddr, be16 dport)
{
	struct tcp_table *t = tp->table;
	u64 addrs = (u64)daddr.raw << 32 | tp->sk.saddr.raw;
	u32 offset = (u32)siphash_2u64(addrs, dport.raw, &t->port_key);

	for (u32 i = 0; i < TCP_PORT_COUNT; i++) {
		u32 n = (offset + t->next_port++) % TCP_PORT_COUNT;
		be16 port = htons((u16)(TCP_PORT_MIN + n));

		if (tcp_port_is_taken(t, port) ||
		    tcp_conn_find(t, tp->sk.saddr, port, daddr, dport))
			continue;
		tp->sk.sport = port;
		return 0;
	}
	return -EADDRNOTAVAIL;
}
