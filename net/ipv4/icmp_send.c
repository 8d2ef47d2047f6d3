/*
 * ICMP errors sent (RFC 1122 section 3.2.2, RFC 1812 section 4.3.2): who may
 * be told, and the message with as much of the packet as 576 bytes hold.
 */
#include "lib/string.h"
#include "net/core/inetdevice.h"
#include "net/core/netdev.h"
#include "net/core/protocol.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/icmp_limit.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"

/* RFC 1812 section 4.3.2.3: the whole datagram at most 576 bytes. */
#define ICMP_QUOTE_MAX (576u - sizeof(struct iphdr) - sizeof(struct icmphdr))

/* About an ICMP error, or what may be one: no error, or two hosts loop. */
static bool is_icmp_error(const struct sk_buff *skb, const struct iphdr *iph)
{
	const u8 *type = (const u8 *)iph + ip_hdrlen(iph);

	if (iph->protocol != IPPROTO_ICMP)
		return false;
	return type >= skb->tail ||
	       (*type != ICMP_ECHO && *type != ICMP_ECHOREPLY);
}

/* RFC 1122 section 3.2.2: "An ICMP error message MUST NOT be sent ...". */
static bool icmp_is_forbidden(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	bool loopback = skb->dev->flags & IFF_LOOPBACK;

	if (skb->pkt_type != PACKET_HOST || is_icmp_error(skb, iph))
		return true;
	if (ipv4_is_multicast(iph->daddr) || ipv4_is_zeronet(iph->daddr) ||
	    in_dev_is_broadcast(skb->dev, iph->daddr))
		return true;
	if (ntohs(iph->frag_off) & IP_OFFSET)
		return true;
	return ipv4_is_bad_source(iph->saddr) ||
	       (ipv4_is_loopback(iph->saddr) && !loopback) ||
	       in_dev_is_broadcast(skb->dev, iph->saddr);
}

static void icmp_count_out(struct net *net, u8 type)
{
	NET_INC(net, ICMP_OutMsgs);
	if (type == ICMP_DEST_UNREACH)
		NET_INC(net, ICMP_OutDestUnreachs);
	else if (type == ICMP_TIME_EXCEEDED)
		NET_INC(net, ICMP_OutTimeExcds);
	else if (type == ICMP_PARAMETERPROB)
		NET_INC(net, ICMP_OutParmProbs);
}

/* The offending packet from its IP header on, data being further in. */
static void icmp_quote(struct sk_buff *error, const struct sk_buff *skb,
		       u32 len)
{
	const u8 *from = skb_network_header(skb);
	u32 linear = MIN(len, (u32)(skb->tail - from));

	memcpy(skb_put(error, linear), from, linear);
	if (linear < len)
		skb_copy_bits(skb, skb_headlen(skb),
			      skb_put(error, len - linear), len - linear);
}

static struct sk_buff *icmp_make(const struct sk_buff *skb, u8 type, u8 code,
				 u32 info)
{
	u32 whole = skb->len + (u32)(skb->data - (u8 *)skb_network_header(skb));
	u32 len = MIN(whole, (u32)ICMP_QUOTE_MAX);
	struct sk_buff *error =
		alloc_skb(skb->net, sizeof(struct icmphdr) + len);
	struct icmphdr *icmph;

	if (!error)
		return NULL;
	icmph = skb_put(error, sizeof(*icmph));
	icmph->type = type;
	icmph->code = code;
	icmph->checksum = htons(0);
	icmph->info = htonl(info);
	icmp_quote(error, skb, len);
	icmph->checksum = csum_fold(csum_partial(error->data, error->len, 0));
	return error;
}

void icmp_send(const struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct ip_meta meta = {.protocol = IPPROTO_ICMP, .df = true};
	const struct iphdr *iph = ip_hdr(skb);
	be32 saddr = iph->daddr, daddr = iph->saddr;
	struct net *net = skb->net;
	struct dst_entry *dst;
	struct sk_buff *error;

	if (icmp_is_forbidden(skb))
		return;
	/* A packet that was only passing has no address of ours. */
	if (!ip_is_local(net, saddr))
		saddr = (be32){0};
	dst = route_reply(net, daddr, saddr);
	if (!dst)
		return;
	if (dst->type != DST_LOCAL && !icmp_may_send(net, daddr))
		return;
	error = icmp_make(skb, type, code, info);
	if (!error) {
		NET_INC(net, ICMP_OutErrors);
		return;
	}
	icmp_count_out(net, type);
	(void)ip_build_and_send(error, dst, dst->saddr, daddr, &meta);
}
