/*
 * Fragmentation on output (RFC 791 section 3.2): each piece but the last
 * carries a multiple of 8 bytes and the more-fragments flag.
 *
 *	| IP | data ....................................... |
 *	| IP | data, MF |  | IP | data, MF |  | IP | data   |
 */
#include "net/ipv4/ip_fragment.h"

#include "kernel/log.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/net.h"

/* Bytes [offset, offset+len) of the data behind the header, as a datagram. */
static struct sk_buff *ip_fragment_make(const struct sk_buff *skb, u32 offset,
					u32 len)
{
	const u32 hlen = sizeof(struct iphdr);
	struct sk_buff *frag = alloc_skb(skb->net, hlen + len);
	bool more = hlen + offset + len < skb->len;
	struct iphdr *iph;

	if (!frag)
		return NULL;
	skb_reset_network_header(frag);
	iph = skb_put(frag, hlen + len);
	memcpy(iph, skb->data, hlen);
	skb_copy_bits(skb, hlen + offset, frag->data + hlen, len);
	iph->tot_len = htons((u16)(hlen + len));
	iph->frag_off = htons((u16)(offset / 8 | (more ? IP_MF : 0)));
	iph->check = htons(0);
	iph->check = csum_fold(ip_sum20(iph));
	return frag;
}

static int ip_fragment_all(struct sk_buff *skb, const struct dst_entry *dst,
			   int (*output)(struct sk_buff *skb,
					 const struct dst_entry *dst))
{
	u32 total = skb->len - (u32)sizeof(struct iphdr);
	u32 room = (dst->mtu - (u32)sizeof(struct iphdr)) & ~7u;

	for (u32 offset = 0; offset < total; offset += room) {
		u32 len = MIN(room, total - offset);
		struct sk_buff *frag = ip_fragment_make(skb, offset, len);
		int err;

		if (!frag)
			return -ENOBUFS;
		NET_INC(skb->net, IP_FragCreates);
		err = output(frag, dst);
		if (err)
			return err;
	}
	return 0;
}

int ip_fragment(struct sk_buff *skb, const struct dst_entry *dst,
		int (*output)(struct sk_buff *skb, const struct dst_entry *dst))
{
	struct net *net = skb->net;
	int err;

	ASSERT(dst->mtu >= IP_MIN_MTU);
	/* The transport's checksum is over the whole, not over a piece. */
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb_checksum_help(skb);
	err = ip_fragment_all(skb, dst, output);
	if (err) {
		NET_INC(net, IP_FragFails);
		skb_drop(skb, DROP_NO_BUFFER);
		return err;
	}
	NET_INC(net, IP_FragOKs);
	consume_skb(skb);
	return 0;
}
