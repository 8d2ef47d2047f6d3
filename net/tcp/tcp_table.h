/*
 * All of one stack's TCP: the connections by 4-tuple, the listeners and the
 * bound by port, what there is of each kind and how much of it there may be.
 */
#pragma once

#include "kernel/timer.h"
#include "net/core/sock.h"
#include "net/tcp/tcp.h"

struct tcp_sock;

/* The common head of all that the 4-tuple table holds. */
enum tcp_conn_kind { TCP_CONN_SOCK, TCP_CONN_REQUEST, TCP_CONN_TIMEWAIT };

struct tcp_conn {
	struct hlist_node node;
	be32 raddr, laddr; /* as they lie in the peer's packets */
	be16 rport, lport;
	u8 kind;
};

/* The 4-tuple as two words, as hashes and comparisons want it. */
static inline u64 tcp_conn_addrs(const struct tcp_conn *conn)
{
	return (u64)conn->laddr.raw << 32 | conn->raddr.raw;
}

static inline u32 tcp_conn_ports(const struct tcp_conn *conn)
{
	return (u32)conn->lport.raw << 16 | conn->rport.raw;
}

/* What ICMP has told of the path to addr. */
struct tcp_pmtu {
	u64 until_ms;
	be32 addr;
	u16 mtu;
};

/* One stack's TCP. */
#define TCP_PMTU_BITS	 6
#define TCP_BIND_BUCKETS 64
#define TCP_SEG_BUCKETS	 8192u /* 64 KiB */
#define TCP_SEGS	 32u
struct tcp_table {
	struct net *net;
	struct tcp_conf conf;
	struct hlist_head *segs[TCP_SEGS]; /* all kinds, by 4-tuple */
	u32 buckets, bucket_mask;	   /* tcp_hash.c */
	u32 conn_count;
	struct tcp_conn *last;	   /* found; NULL: it has gone */
	struct hlist_head *bucket; /* of the 4-tuple hashed last */
	u64 bucket_addrs;
	u32 bucket_ports;
	struct hlist_head bound[TCP_BIND_BUCKETS]; /* by local port */
	struct hlist_head listening[TCP_BIND_BUCKETS];
	struct kmem_cache sock_cache, request_cache, timewait_cache;
	struct list_head timewaits, orphans; /* the oldest first */
	struct timer timewait_timer;
	u32 timewait_count, request_count, orphan_count, sock_count, sock_max;
	struct tcp_pmtu pmtus[1u << TCP_PMTU_BITS]; /* by a hash of addr */
	u64 memory, memory_max; /* bytes in queues; over it: no new data */
	struct siphash_key isn_key, port_key;
	u32 next_port; /* RFC 6056 algorithm 3's counter */
};

static inline struct hlist_head *tcp_bucket_at(const struct tcp_table *t, u32 i)
{
	return &t->segs[i / TCP_SEG_BUCKETS][i % TCP_SEG_BUCKETS];
}

/* ---- tcp_hash.c: the tables ---- */

struct tcp_conn *tcp_conn_find(struct tcp_table *t, be32 laddr, be16 lport,
			       be32 raddr, be16 rport);
void tcp_conn_insert(struct tcp_table *t, struct tcp_conn *conn);
void tcp_conn_remove(struct tcp_table *t, struct tcp_conn *conn);
/* `to` takes the place of `from`, which has the same 4-tuple. */
void tcp_conn_replace(struct tcp_table *t, struct tcp_conn *from,
		      struct tcp_conn *to);
/* The listener of laddr:port; one on the address beats a wildcard. */
struct tcp_sock *tcp_listener_find(struct tcp_table *t, be32 laddr, be16 port);

/* ---- tcp_port.c: RFC 6056 ---- */

/* Binds to a port, 0: any free. 0, -EADDRINUSE, -EADDRNOTAVAIL. */
int tcp_bind_port(struct tcp_sock *tp, be32 addr, be16 port);
/* Any free port for this peer, by RFC 6056 algorithm 3. 0 or -EADDRNOTAVAIL */
int tcp_bind_ephemeral(struct tcp_sock *tp, be32 daddr, be16 dport);
void tcp_unbind(struct tcp_sock *tp);
/* From the bound to the listening ones. 0 or -EADDRINUSE. */
int tcp_bind_listen(struct tcp_sock *tp);
int tcp_bind(struct sock *sk, const struct sockaddr_in *addr);
