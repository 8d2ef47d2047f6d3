/*
 * ICMP input (RFC 792, RFC 1122 section 3.2.2): echo is answered in the
 * received sk_buff, errors go to the transport they are about, everything
 * else is counted and ignored. Raw sockets have a copy of all of it.
 */
#include "net/ipv4/icmp.h"

#include "lib/errno.h"
#include "net/ipv4/icmp_err.h"
#include "net/ipv4/icmp_limit.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/raw.h"
#include "net/ipv4/route.h"
#include "net/link/arp.h"

int icmp_init(struct net *net)
{
	net->icmp = kzalloc(sizeof(*net->icmp));
	if (!net->icmp)
		return -ENOMEM;
	net->icmp->global.milli = ICMP_GLOBAL_BURST * 1000;
	for (u32 i = 0; i < ICMP_HOST_BUCKETS; i++)
		net->icmp->host[i].milli = ICMP_HOST_BURST * 1000;
	if (net->arp)
		net->arp->neigh_error = icmp_neigh_error;
	return 0;
}

void icmp_exit(struct net *net)
{
	kfree(net->icmp);
	net->icmp = NULL;
}

/* Input counters by type; a redirect or quench is counted and no more. */
static const u16 icmp_in_counter[] = {
	[ICMP_ECHOREPLY] = MIB_ICMP_InEchoReps,
	[ICMP_DEST_UNREACH] = MIB_ICMP_InDestUnreachs,
	[ICMP_SOURCE_QUENCH] = MIB_ICMP_InSrcQuenchs,
	[ICMP_REDIRECT] = MIB_ICMP_InRedirects,
	[ICMP_TIME_EXCEEDED] = MIB_ICMP_InTimeExcds,
	[ICMP_PARAMETERPROB] = MIB_ICMP_InParmProbs,
	[13] = MIB_ICMP_InTimestamps,
	[14] = MIB_ICMP_InTimestampReps,
	[17] = MIB_ICMP_InAddrMasks,
	[18] = MIB_ICMP_InAddrMaskReps,
};

static inline enum drop_reason icmp_check(const struct sk_buff *skb)
{
	if (unlikely(skb_headlen(skb) < sizeof(struct icmphdr)))
		return DROP_ICMP_SHORT;
	/* No device checks this one. */
	if (unlikely(csum_fold(ip_payload_sum(skb, skb->len, 0)).raw))
		return DROP_ICMP_BAD_CHECKSUM;
	return DROP_NONE;
}

/* The bytes can be written, with room for the headers of the way out. */
static inline bool icmp_is_private(const struct sk_buff *skb)
{
	return !skb_cloned(skb) && skb->users == 1 && !skb->data_len &&
	       skb_headroom(skb) >= ETH_HLEN + sizeof(struct iphdr);
}

static noinline struct sk_buff *icmp_make_private(struct sk_buff *skb)
{
	struct sk_buff *copy = skb_copy(skb);

	if (copy)
		consume_skb(skb);
	else
		skb_drop(skb, DROP_NO_BUFFER);
	return copy;
}

/*
 * RFC 1122 section 3.2.2.6: the same data back, from the address that was
 * asked. Consumes.
 */
static inline void icmp_echo(struct sk_buff *skb)
{
	struct net *net = skb->net;
	struct icmphdr *icmph;

	if (unlikely(skb->pkt_type != PACKET_HOST))
		return skb_drop(skb, DROP_ICMP_BROADCAST);
	if (unlikely(!icmp_is_private(skb))) {
		skb = icmp_make_private(skb);
		if (!skb)
			return;
	}
	skb_orphan(skb);
	icmph = (struct icmphdr *)skb->data;
	icmph->type = ICMP_ECHOREPLY;
	/* RFC 1624: 8 less in the first byte is 8 more in the sum. */
	icmph->checksum = csum_fold(csum_add((u16)~icmph->checksum.raw,
					     (u16)~BE16(ICMP_ECHO << 8).raw));
	skb->ip_summed = CHECKSUM_NONE;
	NET_INC(net, ICMP_OutMsgs);
	NET_INC(net, ICMP_OutEchoReps);
	(void)ip_send_reply(skb);
}

/* Not an echo request. `given`: a raw socket has it. Consumes. */
static void noinline icmp_rcv_other(struct sk_buff *skb, u8 type, bool given)
{
	enum drop_reason why = DROP_ICMP_UNKNOWN_TYPE;

	if (type < ARRAY_SIZE(icmp_in_counter) && icmp_in_counter[type])
		skb->net->counters[cpu_id()].mib[icmp_in_counter[type]]++;
	if (type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	    type == ICMP_PARAMETERPROB)
		why = icmp_error_deliver(skb);
	else if (type == ICMP_REDIRECT)
		why = DROP_ICMP_REDIRECT;
	if (why && (!given || why == DROP_ICMP_BAD_QUOTE))
		skb_drop(skb, why);
	else
		consume_skb(skb);
}

static void cold icmp_refuse(struct sk_buff *skb, enum drop_reason why)
{
	NET_INC(skb->net, ICMP_InErrors);
	if (why == DROP_ICMP_BAD_CHECKSUM)
		NET_INC(skb->net, ICMP_InCsumErrors);
	skb_drop(skb, why);
}

void icmp_rcv(struct sk_buff *skb)
{
	enum drop_reason why = icmp_check(skb);
	bool given = false;
	u8 type;

	NET_INC(skb->net, ICMP_InMsgs);
	if (unlikely(why))
		return icmp_refuse(skb, why);
	if (unlikely(skb->net->raw->count))
		given = raw_deliver(skb);
	type = ((const struct icmphdr *)skb->data)->type;
	if (unlikely(type != ICMP_ECHO))
		return icmp_rcv_other(skb, type, given);
	NET_INC(skb->net, ICMP_InEchos);
	icmp_echo(skb);
}
