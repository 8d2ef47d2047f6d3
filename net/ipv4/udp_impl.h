/* What the files of UDP share: its sockets and the table of them. */
#pragma once

#include "net/ipv4/udp.h"

#define UDP_BUCKETS  256
#define UDP_SOCK_MAX 1024
#define UDP_PORT_MIN 32768 /* of the ports that we choose */
#define UDP_PORT_MAX 60999
#define UDP_DATA_MAX (65535 - 20 - 8)

struct udp_sock {
	struct sock sk; /* must be first; saddr 0: any address */
	struct hlist_node node;
	bool bound_addr;	/* saddr is bind's, not connect's */
	bool narrow_path;	/* a router had to fragment: no DF any more */
	be32 dst_for, dst_from; /* what sk.dst is the way for */
	/* Of the last datagram read: whom it was from and sent to. */
	struct sockaddr_in last_peer;
	be32 last_local;
};

struct udp_table {
	struct hlist_head buckets[UDP_BUCKETS]; /* by local port */
	u32 count;
};

static inline struct udp_sock *udp_sk(struct sock *sk)
{
	return (struct udp_sock *)sk;
}

static inline const struct udphdr *udp_hdr(const struct sk_buff *skb)
{
	return skb_transport_header(skb);
}

static inline struct hlist_head *udp_bucket(struct net *net, be16 port)
{
	return &net->udp->buckets[ntohs(port) % UDP_BUCKETS];
}

/* The addresses of one datagram, seen from us. */
struct udp_tuple {
	be32 laddr, faddr;
	be16 lport, fport;
	u32 ifindex; /* it came by that device; 0: not known */
};

/*
 * The socket that suits best, or NULL: connected to the peer before bound to
 * the address before any.
 */
struct udp_sock *udp_lookup(struct net *net, const struct udp_tuple *t);

/* Why there is none: the port may be in use for somebody else. */
enum drop_reason udp_no_match(struct net *net, const struct udp_tuple *t);

/* Enters us in the table under its port. */
void udp_hash(struct udp_sock *us);
void udp_unhash(struct udp_sock *us);

/* Binds to addr (0: any) and port (0: one that is free). 0 or -EADDRINUSE. */
int udp_get_port(struct udp_sock *us, be32 addr, be16 port) must_check;

/* sk.dst: the way to daddr from saddr (0: any), by the bound device. */
int udp_find_way(struct udp_sock *us, be32 daddr, be32 saddr) must_check;

/* Sends msg to msg->name or the connected peer. Bytes or -errno. */
ssize_t udp_sendmsg(struct sock *sk, struct msghdr *msg);
