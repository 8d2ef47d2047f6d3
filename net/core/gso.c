/*
 * Generic segmentation: one long TCP segment becomes frames of gso_size
 * payload, as TSO hardware does it. IPv4 and TCP are known here by offset
 * only, for core may not look up to ipv4/ and tcp/.
 *
 *	| eth | ip | tcp | p a y l o a d ... |
 *	| eth | ip | tcp | pay |  | eth | ip | tcp | load |  ...
 *	  id+n (0 stays 0), length and checksum; seq+n*gso_size, FIN and PSH on
 *the last, CWR on the first only (RFC 3168 section 6.1.2), checksum seeded
 */
#include "lib/string.h"
#include "net/core/eth.h"
#include "net/core/net.h"
#include "net/core/protocol.h"

/* RFC 791 section 3.1 and RFC 9293 section 3.1. */
enum {
	IP_TOT_LEN = 2,
	IP_ID = 4,
	IP_FRAG = 6,
	IP_CHECK = 10,
	IP_SADDR = 12,
	IP_DADDR = 16
};
enum { TCP_SEQ = 4, TCP_OFFSET = 12, TCP_FLAGS = 13, TCP_CHECK = 16 };
enum { TH_FIN = 0x01, TH_PSH = 0x08, TH_CWR = 0x80 };

#define IP_DF	    0x4000
#define IP_MIN_HDR  20u
#define TCP_MIN_HDR 20u

struct gso {
	struct sk_buff *skb; /* the original */
	u32 ihl, hlen;	     /* IP header; link, IP and TCP headers */
	u32 mss, payload;
	u32 seq;
	u16 id;
	u8 flags;
};

/* Our own senders built it: what does not fit together is not split. */
static bool gso_parse(struct gso *gso, struct sk_buff *skb)
{
	const u8 *ip = skb->data + ETH_HLEN, *tcp;

	if (skb_headlen(skb) < ETH_HLEN + IP_MIN_HDR + TCP_MIN_HDR)
		return false;
	gso->skb = skb;
	gso->ihl = (ip[0] & 15u) * 4;
	gso->hlen = ETH_HLEN + gso->ihl + TCP_MIN_HDR;
	if (gso->ihl < IP_MIN_HDR || skb_headlen(skb) < gso->hlen)
		return false;
	tcp = ip + gso->ihl;
	gso->hlen = ETH_HLEN + gso->ihl + (tcp[TCP_OFFSET] >> 4) * 4u;
	if (skb_headlen(skb) < gso->hlen)
		return false;
	gso->mss = skb_shinfo(skb)->gso_size;
	gso->payload = skb->len - gso->hlen;
	gso->seq = get_be32(tcp + TCP_SEQ);
	gso->id = get_be16(ip + IP_ID);
	gso->flags = tcp[TCP_FLAGS];
	return gso->mss != 0;
}

/* Payload [offset, offset+len): linear bytes copied, frags by reference. */
static bool gso_payload(const struct gso *gso, struct sk_buff *seg, u32 offset,
			u32 len)
{
	const struct sk_buff *skb = gso->skb;
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 linear = skb_headlen(skb) - gso->hlen, now;

	if (offset < linear) {
		now = MIN(len, linear - offset);
		memcpy(skb_put(seg, now), skb->data + gso->hlen + offset, now);
		len -= now;
		offset = 0;
	} else {
		offset -= linear;
	}
	for (u32 i = 0; len && i < shinfo->nr_frags; i++) {
		const struct skb_frag *frag = &shinfo->frags[i];

		if (offset >= frag->len) {
			offset -= frag->len;
			continue;
		}
		now = MIN(len, frag->len - offset);
		if (!skb_add_frag(seg, frag->addr + offset, now))
			return false;
		len -= now;
		offset = 0;
	}
	return len == 0;
}

/* An atomic datagram's id is 0 and stays so (RFC 6864 section 4.1). */
static u16 gso_id(const struct gso *gso, const u8 *ip, u32 offset)
{
	if (!gso->id && get_be16(ip + IP_FRAG) & IP_DF)
		return 0;
	return (u16)(gso->id + offset / gso->mss);
}

static void gso_headers(const struct gso *gso, struct sk_buff *seg, u32 offset,
			u32 len)
{
	bool first = offset == 0, last = offset + len == gso->payload;
	u8 *ip = seg->data + ETH_HLEN, *tcp = ip + gso->ihl;
	u16 l4_len = (u16)(seg->len - ETH_HLEN - gso->ihl);
	be32 saddr, daddr;
	be16 check;

	put_be16(ip + IP_TOT_LEN, (u16)(seg->len - ETH_HLEN));
	put_be16(ip + IP_ID, gso_id(gso, ip, offset));
	put_be16(ip + IP_CHECK, 0);
	check = ip_fast_csum(ip, gso->ihl / 4);
	memcpy(ip + IP_CHECK, &check, sizeof(check));

	put_be32(tcp + TCP_SEQ, gso->seq + offset);
	tcp[TCP_FLAGS] = gso->flags & (last ? 0xff : 0xff - TH_FIN - TH_PSH) &
			 (first ? 0xff : 0xff - TH_CWR);
	memcpy(&saddr, ip + IP_SADDR, sizeof(saddr));
	memcpy(&daddr, ip + IP_DADDR, sizeof(daddr));
	check = csum_fold(csum_pseudo(saddr, daddr, IPPROTO_TCP, l4_len));
	check.raw = (u16)~check.raw;
	memcpy(tcp + TCP_CHECK, &check, sizeof(check));
}

static void gso_meta(const struct gso *gso, struct sk_buff *seg)
{
	seg->dev = gso->skb->dev;
	seg->protocol = gso->skb->protocol;
	seg->pkt_type = gso->skb->pkt_type;
	skb_reset_mac_header(seg);
	seg->network_header = seg->mac_header + ETH_HLEN;
	seg->transport_header = (u16)(seg->network_header + gso->ihl);
	seg->ip_summed = CHECKSUM_PARTIAL;
	seg->csum_start = seg->transport_header;
	seg->csum_offset = TCP_CHECK;
}

static struct sk_buff *gso_one(const struct gso *gso, u32 offset)
{
	u32 len = MIN(gso->mss, gso->payload - offset);
	u32 linear = skb_headlen(gso->skb) - gso->hlen;
	u32 copied = offset < linear ? MIN(len, linear - offset) : 0;
	/* The headers go where alloc_skb leaves room for headers. */
	struct sk_buff *seg = alloc_skb(gso->skb->net, copied);

	if (!seg)
		return NULL;
	memcpy(skb_push(seg, gso->hlen), gso->skb->data, gso->hlen);
	skb_share_block(seg, gso->skb);
	if (!gso_payload(gso, seg, offset, len)) {
		consume_skb(seg);
		return NULL;
	}
	gso_headers(gso, seg, offset, len);
	gso_meta(gso, seg);
	return seg;
}

static void free_chain(struct sk_buff *skb)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		next = skb->next;
		consume_skb(skb);
	}
}

struct sk_buff *skb_gso_segment(struct sk_buff *skb)
{
	struct sk_buff *first = NULL, **link = &first;
	struct gso gso;
	u32 offset = 0;

	if (!gso_parse(&gso, skb))
		goto drop;
	do {
		*link = gso_one(&gso, offset);
		if (!*link)
			goto drop;
		link = &(*link)->next;
		offset += gso.mss;
	} while (offset < gso.payload);
	consume_skb(skb);
	return first;
drop:
	free_chain(first);
	skb_drop(skb, DROP_NO_BUFFER);
	return NULL;
}
