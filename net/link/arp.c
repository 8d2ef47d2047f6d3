/*
 * ARP packets in and out (RFC 826; RFC 1122 section 2.3.2).
 *
 *	 0      2      4    5    6      8         14        18        24
 *	+------+------+----+----+------+---------+---------+---------+------+
 *	|htype |ptype |hlen|plen| op   | sha     | spa     | tha     | tpa  |
 *	+------+------+----+----+------+---------+---------+---------+------+
 */
#include "net/link/arp.h"

#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/link/acd.h"

static bool in_dev_has(const struct net_device *dev, be32 addr)
{
	return addr.raw && in_dev_is_local(dev, addr);
}

/* What no neighbour can have (conformance row 13). */
static bool arp_bad_sender(const struct arphdr *arp, struct net_device *dev)
{
	if (!eth_is_unicast(arp->sha) || eth_addr_eq(arp->sha, dev->dev_addr))
		return true;
	/* 0.0.0.0 is a probe, RFC 5227 section 2.1.1. */
	if (!arp->spa.raw)
		return false;
	return ipv4_is_multicast(arp->spa) || ipv4_is_loopback(arp->spa) ||
	       ipv4_is_zeronet(arp->spa) || in_dev_is_broadcast(dev, arp->spa);
}

static enum drop_reason arp_check(const struct sk_buff *skb)
{
	const struct arphdr *arp = (const struct arphdr *)skb->data;
	struct net_device *dev = skb->dev;

	if (skb_headlen(skb) < sizeof(*arp))
		return DROP_ARP_SHORT;
	if (ntohs(arp->htype) != ARPHRD_ETHER ||
	    ntohs(arp->ptype) != ETH_P_IP || arp->hlen != ETH_ALEN ||
	    arp->plen != sizeof(be32))
		return DROP_ARP_BAD_HEADER;
	if (ntohs(arp->op) != ARPOP_REQUEST && ntohs(arp->op) != ARPOP_REPLY)
		return DROP_ARP_BAD_OPCODE;
	if (arp_bad_sender(arp, dev))
		return DROP_ARP_BAD_SENDER;
	return DROP_NONE;
}

static void arp_send(struct net_device *dev, const struct arphdr *arp,
		     const u8 *dest)
{
	struct sk_buff *skb = alloc_skb(dev->net, ETH_ZLEN);

	if (!skb) {
		net_count_drop(dev->net, DROP_NO_BUFFER);
		return;
	}
	skb->dev = dev;
	skb->protocol = htons(ETH_P_ARP);
	memcpy(skb_put(skb, sizeof(*arp)), arp, sizeof(*arp));
	skb_reset_network_header(skb);
	eth_fill(skb_push(skb, ETH_HLEN), dest, dev->dev_addr, ETH_P_ARP);
	dev_queue_xmit(skb);
}

static struct arphdr arp_from(const struct net_device *dev, u16 op)
{
	struct arphdr arp = {
		.htype = BE16(ARPHRD_ETHER),
		.ptype = BE16(ETH_P_IP),
		.hlen = ETH_ALEN,
		.plen = sizeof(be32),
		.op = BE16(op),
	};

	memcpy(arp.sha, dev->dev_addr, ETH_ALEN);
	if (dev->ip)
		arp.spa = dev->ip->addr;
	return arp;
}

static const u8 all_ones[ETH_ALEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

void arp_probe(struct net_device *dev, be32 addr)
{
	struct arphdr arp = arp_from(dev, ARPOP_REQUEST);

	arp.spa.raw = 0;
	arp.tpa = addr;
	dev->net->arp->requests_sent++;
	arp_send(dev, &arp, all_ones);
}

void arp_request(struct net_device *dev, be32 tpa, const u8 *dest)
{
	struct arphdr arp = arp_from(dev, ARPOP_REQUEST);

	arp.tpa = tpa;
	dev->net->arp->requests_sent++;
	arp_send(dev, &arp, dest ? dest : all_ones);
}

void arp_announce(struct net_device *dev)
{
	if (dev->ip && !(dev->flags & IFF_NOARP))
		arp_request(dev, dev->ip->addr, NULL);
}

static void arp_reply(struct net_device *dev, const struct arphdr *request)
{
	struct arphdr arp = arp_from(dev, ARPOP_REPLY);

	arp.spa = request->tpa;
	memcpy(arp.tha, request->sha, ETH_ALEN);
	arp.tpa = request->spa;
	dev->net->arp->replies_sent++;
	arp_send(dev, &arp, request->sha);
}

/* We have asked: the entry waits for this very answer. */
static bool arp_is_awaited(const struct neighbour *n)
{
	return n && (n->state == NEIGH_INCOMPLETE || n->state == NEIGH_PROBE);
}

/* Another MAC than the one we know: not believed, but looked into. */
static bool arp_contradicts(struct neighbour *n, const struct arphdr *arp)
{
	if (!n || !neigh_is_valid(n) || eth_addr_eq(n->header.dest, arp->sha))
		return false;
	n->table->spoofs_refused++;
	neigh_verify(n);
	return true;
}

/*
 * A reply counts when we asked, and it is for us. While an old address is
 * being verified (PROBE) only that station may answer.
 */
static enum drop_reason arp_rcv_reply(struct sk_buff *skb,
				      const struct arphdr *arp)
{
	struct neighbour *n = neigh_find(skb->dev, arp->spa);

	if (arp_contradicts(n, arp))
		return DROP_ARP_UNSOLICITED;
	if (!arp_is_awaited(n) || skb->pkt_type != PACKET_HOST ||
	    !in_dev_has(skb->dev, arp->tpa))
		return DROP_ARP_UNSOLICITED;
	neigh_update(n, arp->sha, NEIGH_REACHABLE);
	return DROP_NONE;
}

/* Who asks for us is going to be answered: room for it, if there is. */
static void arp_learn(struct net_device *dev, const struct arphdr *arp)
{
	struct neighbour *n = neigh_find(dev, arp->spa);

	if (arp_contradicts(n, arp) || (n && neigh_is_valid(n)))
		return;
	n = neigh_lookup(dev, arp->spa);
	if (!n)
		return;
	neigh_update(n, arp->sha, NEIGH_STALE);
	neigh_put(n);
}

static enum drop_reason arp_rcv_request(struct sk_buff *skb,
					const struct arphdr *arp)
{
	struct net_device *dev = skb->dev;

	if (!in_dev_has(dev, arp->tpa))
		return DROP_ARP_NOT_MINE;
	if (arp->spa.raw)
		arp_learn(dev, arp);
	arp_reply(dev, arp);
	return DROP_NONE;
}

void arp_rcv(struct sk_buff *skb)
{
	const struct arphdr *arp = (const struct arphdr *)skb->data;
	enum drop_reason why = arp_check(skb);

	if (!why && skb->dev->flags & IFF_NOARP)
		why = DROP_ARP_NOT_MINE;
	else if (!why && acd_input(skb->dev, arp))
		why = DROP_ARP_BAD_SENDER;
	else if (!why && be32_eq(arp->spa, arp->tpa))
		why = DROP_ARP_UNSOLICITED; /* gratuitous */
	else if (!why && ntohs(arp->op) == ARPOP_REQUEST)
		why = arp_rcv_request(skb, arp);
	else if (!why)
		why = arp_rcv_reply(skb, arp);
	if (why)
		skb_drop(skb, why);
	else
		consume_skb(skb);
}

int arp_init(struct net *net)
{
	struct arp_table *table = kzalloc(sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->net = net;
	net->arp = table;
	neigh_table_init(table);
	return 0;
}

void arp_exit(struct net *net)
{
	neigh_table_exit(net->arp);
	kfree(net->arp);
	net->arp = NULL;
}
