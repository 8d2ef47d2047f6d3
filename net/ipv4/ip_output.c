/*
 * IPv4 output (RFC 791, RFC 1122 section 3): the header in front of a
 * transport's data, and on to the neighbour.
 *
 *	ip_build_and_send  ICMP, UDP: any TTL and TOS, fragments when needed
 *	ip_queue_xmit      TCP: a template, always DF, id 0 (RFC 6864)
 *	ip_send_reply      what was received, turned round
 */
#include "lib/errno.h"
#include "net/core/net.h"
#include "net/core/sock.h"
#include "net/ipv4/ip_fragment.h"
#include "net/ipv4/ip_id.h"
#include "net/ipv4/route.h"
#include "net/link/neigh.h"

/* Five words, summed and written in one go; the check in w2 is still 0. */
static inline void ip_write_header(struct iphdr *iph, const u32 w[3],
				   be32 saddr, be32 daddr)
{
	u64 sum = (u64)w[0] + w[1] + w[2] + saddr.raw + daddr.raw;
	be16 check = csum_fold(csum_add((csum_t)sum, (csum_t)(sum >> 32)));
	u32 w2 = w[2] | (u32)check.raw << 16;

	__builtin_memcpy(iph, &w[0], 4);
	__builtin_memcpy((u8 *)iph + 4, &w[1], 4);
	__builtin_memcpy((u8 *)iph + 8, &w2, 4);
	iph->saddr = saddr;
	iph->daddr = daddr;
}

/*
 * id_frag is the second word in host order: the id in the upper half, flags
 * and offset in the lower.
 */
static inline void ip_push_header(struct sk_buff *skb, be32 saddr, be32 daddr,
				  const struct ip_meta *meta, u32 id_frag)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));
	u32 len = MIN(skb->len, 65535u); /* GSO: rewritten by segment */
	const u32 w[3] = {
		0x45 | (u32)meta->tos << 8 | (u32)htons((u16)len).raw << 16,
		htonl(id_frag).raw,
		meta->ttl | (u32)meta->protocol << 8,
	};

	skb_reset_network_header(skb);
	ip_write_header(iph, w, saddr, daddr);
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
static int ip_reroute(struct sk_buff *skb, struct dst_entry *dst, be32 saddr,
		      be32 daddr)
{
	int err;

	if (dst_valid(skb->net, dst))
		return 0;
	dst_release(dst);
	err = route_output(skb->net, daddr, saddr, dst);
	if (err) {
		NET_INC(skb->net, IP_OutRequests);
		(void)ip_refuse(skb, DROP_IP_NO_ROUTE, err);
	}
	return err;
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

/* The first by this way: apart, so that the others need no stack. */
static noinline int ip_send_first(struct sk_buff *skb, struct dst_entry *dst,
				  be32 saddr, be32 daddr,
				  const struct ip_meta *meta)
{
	int err = ip_reroute(skb, dst, saddr, daddr);

	if (err)
		return err;
	if (!meta->df)
		dst->id_hash = ip_id_hash(skb->net, saddr, daddr);
	return ip_build_and_send(skb, dst, saddr, daddr, meta);
}

int ip_build_and_send(struct sk_buff *skb, struct dst_entry *dst, be32 saddr,
		      be32 daddr, const struct ip_meta *meta)
{
	struct net *net = skb->net;
	struct ip_meta m = *meta;
	u32 id_frag = IP_DF;

	if (unlikely(!dst_valid(net, dst) || !(meta->df || dst->id_hash)))
		return ip_send_first(skb, dst, saddr, daddr, meta);
	NET_INC(net, IP_OutRequests);
	if (!m.ttl)
		m.ttl = dst->type == DST_MULTICAST ? 1 : IPDEFTTL;
	if (!m.df)
		id_frag = (u32)ip_next_id(net, dst->id_hash) << 16;
	ip_push_header(skb, saddr, daddr, &m, id_frag);
	if (unlikely(skb->len > dst->mtu))
		return ip_send_too_long(skb, dst, m.df);
	return ip_finish_output(skb, dst);
}

static noinline int ip_queue_xmit_first(struct sock *sk, struct sk_buff *skb)
{
	int err = ip_reroute(skb, &sk->dst, sk->saddr, sk->daddr);

	return err ? err : ip_queue_xmit(sk, skb);
}

int ip_queue_xmit(struct sock *sk, struct sk_buff *skb)
{
	const struct ip_meta meta = {
		.protocol = sk->protocol,
		.tos = sk->tos,
		.ttl = IPDEFTTL,
	};
	struct net *net = sk->net;

	if (unlikely(!dst_valid(net, &sk->dst)))
		return ip_queue_xmit_first(sk, skb);
	NET_INC(net, IP_OutRequests);
	ip_push_header(skb, sk->saddr, sk->daddr, &meta, IP_DF);
	if (unlikely(skb->len > sk->dst.mtu) && !skb_is_gso(skb))
		return ip_send_too_long(skb, &sk->dst, true);
	return ip_finish_output(skb, &sk->dst);
}

/* A header with options, or a reply that may be too long, is made anew. */
static noinline int ip_send_long_reply(struct sk_buff *skb,
				       struct dst_entry *dst,
				       const struct iphdr *iph)
{
	const struct ip_meta meta = {
		.protocol = iph->protocol,
		.tos = iph->tos & (u8)~INET_ECN_MASK,
		.df = (iph->frag_off.raw & BE16(IP_DF).raw) != 0,
	};

	return ip_build_and_send(skb, dst, iph->daddr, iph->saddr, &meta);
}

int ip_send_reply(struct sk_buff *skb)
{
	struct iphdr *iph = ip_hdr(skb);
	be32 saddr = iph->daddr, daddr = iph->saddr;
	struct dst_entry *dst = route_reply(skb->net, daddr, saddr);
	u32 w[3] = {0, BE32(IP_DF).raw, IPDEFTTL | (u32)iph->protocol << 8};

	if (unlikely(!dst))
		return ip_refuse(skb, DROP_IP_NO_ROUTE, -EHOSTUNREACH);
	if (unlikely(iph->ver_ihl != 0x45 ||
		     !(iph->frag_off.raw & BE16(IP_DF).raw) ||
		     skb->len + sizeof(*iph) > dst->mtu))
		return ip_send_long_reply(skb, dst, iph);
	/* Its length stays; the addresses change places. */
	__builtin_memcpy(&w[0], iph, 4);
	w[0] &= ~((u32)INET_ECN_MASK << 8);
	__skb_push(skb, sizeof(*iph));
	ip_write_header(iph, w, saddr, daddr);
	NET_INC(skb->net, IP_OutRequests);
	return ip_finish_output(skb, dst);
}
