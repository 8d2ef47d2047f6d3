/*
 * IPv4 output (RFC 791, RFC 1122 section 3): the header in front of a
 * transport's data, and on to the neighbour.
 *
 *	ip_build_and_send  ICMP, UDP: any TTL and TOS, fragments when needed
 *	ip_queue_xmit      TCP: a template, always DF, id 0 (RFC 6864)
 */
#include "lib/errno.h"
#include "net/core/net.h"
#include "net/core/sock.h"
#include "net/ipv4/ip_fragment.h"
#include "net/ipv4/ip_id.h"
#include "net/ipv4/route.h"
#include "net/link/neigh.h"

/*
 * Five words, written and summed in one go. id_frag is the second word in
 * host order: the id in the upper half, flags and offset in the lower.
 */
static inline void ip_push_header(struct sk_buff *skb, be32 saddr, be32 daddr,
				  const struct ip_meta *meta, u32 id_frag)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));
	u32 len = MIN(skb->len, 65535u); /* GSO: rewritten by segment */
	u32 w0 = 0x45 | (u32)meta->tos << 8 | (u32)htons((u16)len).raw << 16;
	u32 w1 = htonl(id_frag).raw;
	u32 w2 = meta->ttl | (u32)meta->protocol << 8;
	u64 sum = (u64)w0 + w1 + w2 + saddr.raw + daddr.raw;

	skb_reset_network_header(skb);
	w2 |= (u32)csum_fold(csum_add((csum_t)sum, (csum_t)(sum >> 32))).raw
	      << 16;
	__builtin_memcpy(iph, &w0, 4);
	__builtin_memcpy((u8 *)iph + 4, &w1, 4);
	__builtin_memcpy((u8 *)iph + 8, &w2, 4);
	iph->saddr = saddr;
	iph->daddr = daddr;
}

static inline int ip_finish_output(struct sk_buff *skb,
				   const struct dst_entry *dst)
{
	struct net *net = skb->net;

	NET_ADD(net, IPEXT_OutOctets, skb->len);
	if (unlikely(dst->type > DST_LOCAL)) {
		bool mcast = dst->type == DST_MULTICAST;

		NET_ADD(net, IPEXT_OutMcastPkts, mcast);
		NET_ADD(net, IPEXT_OutMcastOctets, mcast ? skb->len : 0);
		NET_ADD(net, IPEXT_OutBcastPkts, !mcast);
		NET_ADD(net, IPEXT_OutBcastOctets, mcast ? 0 : skb->len);
	}
	return neigh_output(dst->neigh, skb);
}

static int cold ip_refuse(struct sk_buff *skb, enum drop_reason why, int err)
{
	NET_INC(skb->net, IP_OutDiscards);
	skb_drop(skb, why);
	return err;
}

/* A way that has become stale is looked for again, with the same source. */
static int ip_reroute(struct net *net, be32 daddr, be32 saddr,
		      struct dst_entry *dst)
{
	dst_release(dst);
	return route_output(net, daddr, saddr, dst);
}

/* Longer than the MTU. */
static int ip_send_too_long(struct sk_buff *skb, const struct dst_entry *dst,
			    bool df)
{
	int err;

	if (df || skb->len > 65535) {
		NET_INC(skb->net, IP_FragFails);
		return ip_refuse(skb, DROP_IP_DF_TOO_BIG, -EMSGSIZE);
	}
	err = ip_fragment(skb, dst, ip_finish_output);
	return err;
}

/* The second word of the header of a datagram without DF. */
static inline u32 ip_id_for(struct net *net, struct dst_entry *dst, be32 saddr,
			    be32 daddr)
{
	if (unlikely(!dst->id_hash))
		dst->id_hash = ip_id_hash(net, saddr, daddr);
	return (u32)ip_next_id(net, dst->id_hash) << 16;
}

int ip_build_and_send(struct sk_buff *skb, struct dst_entry *dst, be32 saddr,
		      be32 daddr, const struct ip_meta *meta)
{
	struct net *net = skb->net;
	struct ip_meta m = *meta;
	u32 id_frag = IP_DF;

	NET_INC(net, IP_OutRequests);
	if (unlikely(!dst_valid(net, dst))) {
		int err = ip_reroute(net, daddr, saddr, dst);

		if (err)
			return ip_refuse(skb, DROP_IP_NO_ROUTE, err);
	}
	if (!m.ttl)
		m.ttl = dst->type == DST_MULTICAST ? 1 : IPDEFTTL;
	if (!m.df)
		id_frag = ip_id_for(net, dst, saddr, daddr);
	ip_push_header(skb, saddr, daddr, &m, id_frag);
	if (unlikely(skb->len > dst->mtu))
		return ip_send_too_long(skb, dst, m.df);
	return ip_finish_output(skb, dst);
}

int ip_queue_xmit(struct sock *sk, struct sk_buff *skb)
{
	const struct ip_meta meta = {.protocol = sk->protocol, .ttl = IPDEFTTL};
	struct net *net = sk->net;

	NET_INC(net, IP_OutRequests);
	if (unlikely(!dst_valid(net, &sk->dst))) {
		int err = ip_reroute(net, sk->daddr, sk->saddr, &sk->dst);

		if (err)
			return ip_refuse(skb, DROP_IP_NO_ROUTE, err);
	}
	ip_push_header(skb, sk->saddr, sk->daddr, &meta, IP_DF);
	if (unlikely(skb->len > sk->dst.mtu) && !skb_is_gso(skb)) {
		NET_INC(net, IP_FragFails);
		return ip_refuse(skb, DROP_IP_DF_TOO_BIG, -EMSGSIZE);
	}
	return ip_finish_output(skb, &sk->dst);
}
