/* IPv4 (RFC 791, RFC 1122 section 3): header, input and output. */
#pragma once

#include "lib/byteorder.h"
#include "net/core/dst.h"
#include "net/core/protocol.h"
#include "net/core/skbuff.h"

struct sock;

#define IP_LEN_MAX 65535u /* of a packet; a device's MTU may be larger */
#define IPDEFTTL   64
#define IP_DF	   0x4000
#define IP_MF	   0x2000
#define IP_OFFSET  0x1fff /* in units of 8 bytes */
#define IP_MIN_MTU 68

#define INET_ECN_MASK	 3 /* in tos, RFC 3168 section 5 */
#define INET_ECN_NOT_ECT 0
#define INET_ECN_ECT_1	 1
#define INET_ECN_ECT_0	 2
#define INET_ECN_CE	 3

struct iphdr {
	u8 ver_ihl; /* version 4 bits, header length in words 4 bits */
	u8 tos;
	be16 tot_len;
	be16 id;
	be16 frag_off;
	u8 ttl;
	u8 protocol;
	be16 check;
	be32 saddr;
	be32 daddr;
} packed;

_Static_assert(sizeof(struct iphdr) == 20, "RFC 791 section 3.1");

static inline struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return skb_network_header(skb);
}

static inline u32 ip_hdrlen(const struct iphdr *iph)
{
	return (u32)(iph->ver_ihl & 15) * 4;
}

/* The sum of a header without options: 0 after csum_fold when it is right. */
static inline csum_t ip_sum20(const struct iphdr *iph)
{
	u64 a, b, sum;
	u32 c;

	__builtin_memcpy(&a, iph, 8);
	__builtin_memcpy(&b, (const u8 *)iph + 8, 8);
	__builtin_memcpy(&c, (const u8 *)iph + 16, 4);
	sum = (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + c;
	return csum_add((csum_t)sum, (csum_t)(sum >> 32));
}

/*
 * csum_fold(ip_sum20(iph)) is 0, in fewer steps: a sum added to itself turned
 * by half its width has both halves, with their carry, in its upper half.
 */
static inline bool ip_sum20_is_right(const struct iphdr *iph)
{
	u64 a, b, sum;
	u32 c;

	__builtin_memcpy(&a, iph, 8);
	__builtin_memcpy(&b, (const u8 *)iph + 8, 8);
	__builtin_memcpy(&c, (const u8 *)iph + 16, 4);
	sum = a + b;
	sum += sum < b;
	sum += c;
	sum += sum < c;
	sum += sum << 32 | sum >> 32;
	c = (u32)(sum >> 32);
	c += c << 16 | c >> 16;
	return c >= 0xffff0000;
}

/* The sum of the first len bytes; nearly always they are linear. */
static inline csum_t ip_payload_sum(const struct sk_buff *skb, u32 len,
				    csum_t sum)
{
	if (likely(!skb->data_len))
		return csum_partial(skb->data, len, sum);
	return skb_checksum(skb, 0, len, sum);
}

int ip_init(struct net *net) must_check;
void ip_exit(struct net *net);

/* The EtherType handler; network_header is set. Softirq. Consumes. */
void ip_rcv(struct sk_buff *skb);

/* RFC 1122 section 3.2.1.3: no host sends from there (0/8, 224/4, 240/4). */
static inline bool ipv4_is_bad_source(be32 addr)
{
	u8 net = (u8)addr.raw;

	return net == 0 || net >= 224;
}

/* What to put into an outgoing header beside the addresses. */
struct ip_meta {
	u8 protocol, tos;
	u8 ttl;	 /* 0: IPDEFTTL */
	bool df; /* don't fragment: then the id is 0 (RFC 6864) */
};

/*
 * Builds the header in front of data (the transport header) and sends by
 * dst. Longer than the MTU without df: fragmented. Consumes. 0 or -errno
 * (-EMSGSIZE with df, -ENOBUFS, -EHOSTUNREACH, -ENETDOWN).
 */
int ip_build_and_send(struct sk_buff *skb, struct dst_entry *dst, be32 saddr,
		      be32 daddr, const struct ip_meta *meta);

/*
 * The short way for a connected socket: TCP's segments. DF, id 0, ttl 64;
 * header template by sk's addresses, dst of sk (re-routed when stale).
 * GSO segments allowed. Consumes.
 */
int ip_queue_xmit(struct sock *sk, struct sk_buff *skb);

/*
 * Sends a received datagram back, data at its transport header, private and
 * its IP header still in front. DF is reflected: who probes the path wants to
 * know of it. TTL 64, no ECN. Consumes.
 */
int ip_send_reply(struct sk_buff *skb);
