/* ICMP (RFC 792, RFC 1122 section 3.2.2). */
#pragma once

#include "lib/byteorder.h"
#include "net/core/net.h"
#include "net/core/skbuff.h"

#define ICMP_ECHOREPLY	   0
#define ICMP_DEST_UNREACH  3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT	   5
#define ICMP_ECHO	   8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12

#define ICMP_NET_UNREACH  0
#define ICMP_HOST_UNREACH 1
#define ICMP_PROT_UNREACH 2
#define ICMP_PORT_UNREACH 3
#define ICMP_FRAG_NEEDED  4
#define ICMP_EXC_FRAGTIME 1

struct icmphdr {
	u8 type, code;
	be16 checksum;
	union {
		struct {
			be16 id, sequence;
		} echo;
		be32 info;
	};
} packed;

_Static_assert(sizeof(struct icmphdr) == 8, "RFC 792");

int icmp_init(struct net *net) must_check;
void icmp_exit(struct net *net);
void icmp_rcv(struct sk_buff *skb);

/*
 * Sends an error about skb, unless RFC 1122 section 3.2.2 or the rate limit
 * forbids. skb has network_header set; it is only read. Softirq.
 */
void icmp_send(const struct sk_buff *skb, u8 type, u8 code, u32 info);
