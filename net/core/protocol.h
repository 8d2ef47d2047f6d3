/*
 * The ways up: what a layer registers to be called by the one below. All of
 * them are filled in net/core/init.c and nowhere else.
 */
#pragma once

#include "lib/byteorder.h"
#include "net/core/drop.h"

struct net;
struct sk_buff;

#define IPPROTO_ICMP 1
#define IPPROTO_TCP  6
#define IPPROTO_UDP  17

/* What an ICMP error says about a packet of ours (RFC 792). */
struct icmp_notice {
	u8 type, code;
	u32 info;	     /* next-hop MTU of "fragmentation needed" */
	be32 saddr, daddr;   /* of our packet: saddr is ours */
	const u8 *transport; /* quoted transport header */
	u32 len;	     /* its bytes, at least 8 */
};

/* By IP protocol number: net->protocols[]. */
struct net_protocol {
	/* data at the transport header, network_header set. Consumes. */
	void (*rcv)(struct sk_buff *skb);
	/* An ICMP error about one of ours; does not own anything. */
	enum drop_reason (*err)(struct net *net,
				const struct icmp_notice *notice);
	/*
	 * Before the addresses are judged: hangs the connected socket of a
	 * packet on it (skb_set_owner_edemux), if there is one. data at the IP
	 * header, to us by its link address, linear, no options, no fragment.
	 * NULL: none.
	 */
	void (*early_demux)(struct sk_buff *skb);
};
