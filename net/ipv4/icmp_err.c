/*
 * ICMP errors received (RFC 792, RFC 1122 section 3.2.2): the quoted header
 * says which of our packets it is about. It is as forged as anything from
 * the wire until shown to be ours.
 *
 *	| IP | ICMP 8 | quoted IP header | >= 8 bytes of its transport |
 */
#include "net/ipv4/icmp_err.h"

#include "net/core/net.h"
#include "net/core/protocol.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"

#define QUOTED_MIN 8 /* bytes of the transport header, RFC 792 */

/* We sent that: whole or its first piece, from the address now told. */
static bool quote_is_good(const struct sk_buff *skb, const struct iphdr *quote,
			  u32 len)
{
	u32 hlen;

	if (len < sizeof(*quote) || quote->ver_ihl >> 4 != 4)
		return false;
	hlen = ip_hdrlen(quote);
	if (hlen < sizeof(*quote) || len < hlen + QUOTED_MIN)
		return false;
	if (ntohs(quote->tot_len) < hlen + QUOTED_MIN)
		return false;
	if (ntohs(quote->frag_off) & IP_OFFSET)
		return false;
	return be32_eq(quote->saddr, ip_hdr(skb)->daddr) &&
	       ip_is_local(skb->net, quote->saddr);
}

enum drop_reason icmp_error_deliver(const struct sk_buff *skb)
{
	const struct icmphdr *icmph = (const struct icmphdr *)skb->data;
	const struct iphdr *quote = (const struct iphdr *)(icmph + 1);
	u32 len = skb_headlen(skb) - (u32)sizeof(*icmph);
	const struct net_protocol *proto;
	struct icmp_notice notice;

	if (!quote_is_good(skb, quote, len)) {
		NET_INC(skb->net, ICMP_InErrors);
		return DROP_ICMP_BAD_QUOTE;
	}
	proto = skb->net->protocols[quote->protocol];
	if (!proto || !proto->err)
		return DROP_ICMP_NO_SOCKET;
	notice = (struct icmp_notice){
		.type = icmph->type,
		.code = icmph->code,
		.saddr = quote->saddr,
		.daddr = quote->daddr,
		.transport = (const u8 *)quote + ip_hdrlen(quote),
		.len = len - ip_hdrlen(quote),
	};
	/* RFC 1191 section 4: the lower half; the upper is unused. */
	if (icmph->type == ICMP_DEST_UNREACH && icmph->code == ICMP_FRAG_NEEDED)
		notice.info = ntohl(icmph->info) & 0xffff;
	return proto->err(skb->net, &notice);
}

/* To ourselves, as if a router had said so (RFC 1122 section 2.4). */
void icmp_neigh_error(struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	u32 hlen = ip_hdrlen(iph), len = skb_headlen(skb);
	const struct net_protocol *proto = skb->net->protocols[iph->protocol];
	struct icmp_notice notice;

	if (len < hlen + QUOTED_MIN || !proto || !proto->err)
		return;
	if ((ntohs(iph->frag_off) & IP_OFFSET) ||
	    !ip_is_local(skb->net, iph->saddr))
		return;
	notice = (struct icmp_notice){
		.type = ICMP_DEST_UNREACH,
		.code = ICMP_HOST_UNREACH,
		.saddr = iph->saddr,
		.daddr = iph->daddr,
		.transport = skb->data + hlen,
		.len = len - hlen,
	};
	(void)proto->err(skb->net, &notice);
}
