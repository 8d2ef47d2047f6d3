/*
 * Reception at the Ethernet layer: whom a frame is for and what it carries
 * (checklist rows 53 and 54; RFC 894, IEEE 802.3 for the 1536 rule, which
 * rx.c applies when no receiver knows the type).
 */
#include "net/core/eth.h"

static u8 eth_class(const u8 *dest, const u8 *own)
{
	if (likely(eth_addr_eq(dest, own)))
		return PACKET_HOST;
	if (!eth_is_multicast(dest))
		return PACKET_OTHERHOST;
	return eth_is_broadcast(dest) ? PACKET_BROADCAST : PACKET_MULTICAST;
}

be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb_pull(skb, ETH_HLEN);
	skb->pkt_type = eth_class(eth->dest, dev->dev_addr);
	if (unlikely(!eth_is_unicast(eth->source)))
		skb->pkt_type = PACKET_BAD_SOURCE;
	return eth->type;
}
