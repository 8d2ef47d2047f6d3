/*
 * IPv4 input (RFC 791, RFC 1122 section 3.2.1): judge the header, decide
 * whether the datagram is for us, and hand it to its transport.
 *
 *	ip_rcv -> ip_is_usual -> early_demux -> ip_is_known
 *	   |                        | by socket     |   | no: ip_check_addresses
 *	   |                        +---------------+---+-> ip_local_deliver
 *	   |                                                    |        ^
 *	   |                           net->protocols[].rcv <---+        |
 *	   +-> ip_rcv_slow: ip_check, ip_check_addresses, options, ip_defrag
 *
 * What is usual is told in one look; whatever is not is judged step by step.
 * Addresses that were found good are not judged again: a connection remembers
 * its own way in (struct dst_input), a small cache those of all others.
 */
#include "net/core/net.h"
#include "net/core/protocol.h"
#include "net/core/sock.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/ip_frag.h"
#include "net/ipv4/ip_options.h"
#include "net/ipv4/udp.h"

#define BOOTPC_PORT 68

/* RFC 1122 section 3.2.1.1-2, RFC 791 section 3.1. */
static enum drop_reason ip_check(const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	u32 linear = skb_headlen(skb);
	u32 hlen, len;

	if (linear < sizeof(*iph))
		return DROP_IP_SHORT;
	if (iph->ver_ihl >> 4 != 4)
		return DROP_IP_BAD_VERSION;
	hlen = ip_hdrlen(iph);
	if (hlen < sizeof(*iph) || hlen > linear)
		return DROP_IP_BAD_IHL;
	if (ip_fast_csum(iph, hlen / 4).raw)
		return DROP_IP_BAD_CHECKSUM;
	len = ntohs(iph->tot_len);
	if (len < hlen || len > skb->len)
		return DROP_IP_BAD_LENGTH;
	return DROP_NONE;
}

static void cold ip_count_header_error(const struct sk_buff *skb,
				       enum drop_reason why)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	struct net *net = skb->net;

	if (why == DROP_IP_BAD_CHECKSUM)
		NET_INC(net, IPEXT_InCsumErrors);
	if (why == DROP_IP_BAD_LENGTH && ntohs(iph->tot_len) > skb->len)
		NET_INC(net, IPEXT_InTruncatedPkts);
	else
		NET_INC(net, IP_InHdrErrors);
}

/* RFC 1122 section 3.3.6: every form of broadcast, the old zeros as well. */
static bool ip_is_broadcast(const struct net_device *dev, be32 addr)
{
	return addr.raw == 0 || in_dev_is_broadcast(dev, addr);
}

/* RFC 1122 section 3.2.1.3 for what came from a wire. */
static enum drop_reason ip_check_source(const struct net *net,
					const struct net_device *dev,
					const struct iphdr *iph)
{
	if (dev->flags & IFF_LOOPBACK)
		return DROP_NONE;
	if (ipv4_is_loopback(iph->saddr) || ipv4_is_loopback(iph->daddr))
		return DROP_IP_LOOPBACK_ON_WIRE;
	if (ipv4_is_bad_source(iph->saddr) ||
	    in_dev_is_broadcast(dev, iph->saddr))
		return DROP_IP_BAD_SOURCE;
	if (fib_is_own(net->fib, iph->saddr)) /* LAND */
		return DROP_IP_OWN_SOURCE;
	return DROP_NONE;
}

static void ip_count_multi(struct net *net, const struct iphdr *iph)
{
	u32 len = ntohs(iph->tot_len);

	if (ipv4_is_multicast(iph->daddr)) {
		NET_INC(net, IPEXT_InMcastPkts);
		NET_ADD(net, IPEXT_InMcastOctets, len);
	} else {
		NET_INC(net, IPEXT_InBcastPkts);
		NET_ADD(net, IPEXT_InBcastOctets, len);
	}
}

/*
 * RFC 2131 section 4.1: a server may send by unicast to the address that it
 * offers. As long as dev has none, that reaches the client bound to dev.
 */
static bool cold ip_is_offer(const struct sk_buff *skb, const struct iphdr *iph)
{
	const struct udphdr *uh;
	u32 hlen = ip_hdrlen(iph);

	if (skb->dev->ip || iph->protocol != IPPROTO_UDP ||
	    (iph->frag_off.raw & BE16(IP_MF | IP_OFFSET).raw) ||
	    skb_headlen(skb) < hlen + sizeof(*uh))
		return false;
	uh = (const struct udphdr *)((const u8 *)iph + hlen);
	return ntohs(uh->dest) == BOOTPC_PORT &&
	       udp_listens_on(skb->dev, uh->dest);
}

/*
 * Not a unicast to the receiving device's own address. UDP may listen to a
 * broadcast, and ICMP says itself why it does not answer one.
 */
static enum drop_reason ip_check_other(struct sk_buff *skb,
				       const struct iphdr *iph)
{
	struct net *net = skb->net;
	bool multicast = ipv4_is_multicast(iph->daddr);

	if (multicast || ip_is_broadcast(skb->dev, iph->daddr)) {
		ip_count_multi(net, iph);
		if (multicast || (iph->protocol != IPPROTO_UDP &&
				  iph->protocol != IPPROTO_ICMP))
			return DROP_IP_BROADCAST;
		skb->pkt_type = PACKET_BROADCAST;
		return DROP_NONE;
	}
	if (!ip_is_local(net, iph->daddr) && !ip_is_offer(skb, iph))
		return DROP_IP_NOT_MINE;
	if (skb->pkt_type != PACKET_HOST)
		return DROP_IP_UNICAST_IN_BROADCAST;
	return DROP_NONE;
}

static struct ip_input_entry *ip_input_slot(const struct sk_buff *skb,
					    const struct iphdr *iph)
{
	u32 hash = iph->saddr.raw * 0x9e3779b1u;

	return &skb->net->fib->input[hash >> (32 - INPUT_CACHE_BITS)];
}

static u64 ip_addresses(const struct iphdr *iph)
{
	u64 both;

	__builtin_memcpy(&both, (const u8 *)iph + 12, sizeof(both));
	return both;
}

static inline struct dst_input ip_dst_input(const struct sk_buff *skb)
{
	return (struct dst_input){skb->dev, skb->net->route_gen};
}

static inline bool dst_input_valid(const struct dst_input *dst,
				   const struct sk_buff *skb)
{
	return dst->dev == skb->dev && dst->gen == skb->net->route_gen;
}

/* The next from there need not be judged again. */
static void ip_remember(const struct sk_buff *skb, const struct iphdr *iph)
{
	*ip_input_slot(skb, iph) =
		(struct ip_input_entry){ip_addresses(iph), ip_dst_input(skb)};
	if (skb->sk)
		skb->sk->rx_dst = ip_dst_input(skb);
}

static enum drop_reason ip_check_addresses(struct sk_buff *skb,
					   const struct iphdr *iph)
{
	enum drop_reason why = ip_check_source(skb->net, skb->dev, iph);

	if (why)
		return why;
	if (!in_dev_is_local(skb->dev, iph->daddr) ||
	    skb->pkt_type != PACKET_HOST)
		return ip_check_other(skb, iph);
	ip_remember(skb, iph);
	return DROP_NONE;
}

static void cold ip_drop_address(struct sk_buff *skb, enum drop_reason why)
{
	if (why != DROP_IP_BROADCAST)
		NET_INC(skb->net, IP_InAddrErrors);
	skb_drop(skb, why);
}

static void cold ip_no_protocol(struct sk_buff *skb)
{
	NET_INC(skb->net, IP_InUnknownProtos);
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
	skb_drop(skb, DROP_IP_NO_PROTOCOL);
}

/* hlen bytes of header have been judged. */
static inline void ip_local_deliver(struct sk_buff *skb,
				    const struct net_protocol *proto, u32 hlen)
{
	__skb_pull(skb, hlen);
	skb->transport_header = (u16)(skb->network_header + hlen);
	if (unlikely(!proto))
		return ip_no_protocol(skb);
	NET_INC(skb->net, IP_InDelivers);
	proto->rcv(skb);
}

/* With options, or a fragment; the rest is judged. */
static void ip_rcv_special(struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	u32 optlen = ip_hdrlen(iph) - (u32)sizeof(*iph);
	enum drop_reason why =
		ip_options_check(skb->data + sizeof(*iph), optlen);

	if (why) {
		NET_INC(skb->net, IP_InHdrErrors);
		return skb_drop(skb, why);
	}
	if (ntohs(iph->frag_off) & (IP_MF | IP_OFFSET)) {
		skb = ip_defrag(skb);
		if (!skb)
			return;
		iph = (const struct iphdr *)skb->data;
	}
	ip_local_deliver(skb, skb->net->protocols[iph->protocol],
			 ip_hdrlen(iph));
}

static void noinline ip_rcv_slow(struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	enum drop_reason why = ip_check(skb);

	if (why) {
		ip_count_header_error(skb, why);
		return skb_drop(skb, why);
	}
	skb_trim(skb, ntohs(iph->tot_len));
	NET_ADD(skb->net, IPEXT_InNoECTPkts, !(iph->tos & 3));
	why = ip_check_addresses(skb, iph);
	if (why)
		return ip_drop_address(skb, why);
	ip_rcv_special(skb);
}

/*
 * To us by its link address, no options, no fragment, and nothing wrong with
 * it. len is the header's, have the sk_buff's.
 */
static inline bool ip_is_usual(const struct sk_buff *skb,
			       const struct iphdr *iph, u32 len, u32 have)
{
	if (iph->ver_ihl != 0x45 ||
	    (iph->frag_off.raw & BE16(IP_MF | IP_OFFSET).raw))
		return false;
	return len >= sizeof(*iph) && len <= have && ip_sum20_is_right(iph) &&
	       skb->pkt_type == PACKET_HOST;
}

/* Others came from there before. */
static inline bool ip_is_known(const struct sk_buff *skb,
			       const struct iphdr *iph)
{
	const struct ip_input_entry *known = ip_input_slot(skb, iph);

	return known->addresses == ip_addresses(iph) &&
	       dst_input_valid(&known->dst, skb);
}

static noinline void ip_route_input_slow(struct sk_buff *skb,
					 const struct net_protocol *proto)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	enum drop_reason why = ip_check_addresses(skb, iph);

	if (why)
		return ip_drop_address(skb, why);
	ip_local_deliver(skb, proto, sizeof(*iph));
}

/*
 * The socket is found first: a connection's packets need neither the cache
 * nor the check again. Apart, so that all others need no stack.
 */
static noinline void ip_rcv_demux(struct sk_buff *skb,
				  const struct net_protocol *proto,
				  const struct iphdr *iph)
{
	struct sock *sk;

	proto->early_demux(skb);
	sk = skb->sk;
	if (unlikely(!sk || !dst_input_valid(&sk->rx_dst, skb))) {
		if (!ip_is_known(skb, iph))
			return ip_route_input_slow(skb, proto);
		if (sk)
			sk->rx_dst = ip_dst_input(skb);
	}
	ip_local_deliver(skb, proto, sizeof(*iph));
}

void ip_rcv(struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct net_protocol *proto;
	struct net *net = skb->net;
	u32 have = skb->len, len;

	NET_INC(net, IP_InReceives);
	NET_ADD(net, IPEXT_InOctets, have);
	if (unlikely(have < sizeof(*iph) || skb->data_len))
		return ip_rcv_slow(skb);
	len = ntohs(iph->tot_len);
	if (unlikely(!ip_is_usual(skb, iph, len, have)))
		return ip_rcv_slow(skb);
	NET_ADD(net, IPEXT_InNoECTPkts, !(iph->tos & 3));
	/* skb_trim of what is linear: link padding is not data. */
	skb->tail = skb->data + len;
	skb->len = len;
	proto = net->protocols[iph->protocol];
	if (proto && proto->early_demux)
		ip_rcv_demux(skb, proto, iph);
	else if (likely(proto && ip_is_known(skb, iph)))
		ip_local_deliver(skb, proto, sizeof(*iph));
	else
		ip_route_input_slow(skb, proto);
}
