/*
 * Reassembly of one datagram. Pieces are kept sorted, so that the holes of
 * RFC 815 are the gaps between neighbours; with no overlap allowed (RFC 5722
 * section 4) the datagram is whole when the lengths add up to its end.
 *
 *	[0 .. 1480)  (hole)  [2960 .. 4440)  [4440 .. 5008) last
 */
#include "net/ipv4/ip_reasm.h"

#include "lib/string.h"
#include "net/ipv4/ip_frag.h"

#define TCP_MIN_HEADER 20

struct piece {
	u32 offset, end; /* in the data of the datagram */
};

static struct piece *piece_of(const struct sk_buff *skb)
{
	return (struct piece *)skb->cb;
}

static bool piece_is_last(const struct sk_buff *skb)
{
	return !(ntohs(ip_hdr(skb)->frag_off) & IP_MF);
}

enum drop_reason ip_fragment_check(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	u32 hlen = ip_hdrlen(iph), frag_off = ntohs(iph->frag_off);
	u32 len = ntohs(iph->tot_len) - hlen;
	u32 offset = (frag_off & IP_OFFSET) * 8;

	if (!len || ((frag_off & IP_MF) && len % 8))
		return DROP_IP_FRAG_BAD_LENGTH;
	if (hlen + offset + len > 65535)
		return DROP_IP_FRAG_TOO_LONG;
	if (iph->protocol != IPPROTO_TCP)
		return DROP_NONE;
	/* RFC 1858 section 3.2, RFC 3128: the flags must be in piece 0. */
	if (offset == 8 || (offset == 0 && len < TCP_MIN_HEADER))
		return DROP_IP_FRAGMENT;
	return DROP_NONE;
}

/* The last piece that starts at or before offset; the head when none does. */
static struct sk_buff *piece_before(struct ip_datagram *dg, u32 offset)
{
	struct sk_buff *skb = dg->pieces.prev;

	while (skb != (struct sk_buff *)&dg->pieces &&
	       piece_of(skb)->offset > offset)
		skb = skb->prev;
	return skb;
}

/* The network's own duplicate, byte for byte, is no attack. */
static bool piece_equal(const struct sk_buff *a, const struct sk_buff *b)
{
	return a->len == b->len && !a->data_len && !b->data_len &&
	       piece_is_last(a) == piece_is_last(b) &&
	       !memcmp(a->data, b->data, a->len);
}

static enum drop_reason piece_fits(struct ip_datagram *dg, struct sk_buff *skb,
				   struct sk_buff *prev)
{
	const struct sk_buff *head = (const struct sk_buff *)&dg->pieces;
	const struct piece *new = piece_of(skb);
	const struct sk_buff *next = prev->next;

	if (prev != head && piece_of(prev)->end > new->offset) {
		if (piece_of(prev)->offset == new->offset &&
		    piece_equal(prev, skb))
			return DROP_IP_FRAGMENT;
		return DROP_IP_FRAG_OVERLAP;
	}
	if (next != head && piece_of(next)->offset < new->end)
		return DROP_IP_FRAG_OVERLAP;
	/* Nothing may lie behind the last piece, and there is one last. */
	if (dg->end && (new->end > dg->end || piece_is_last(skb)))
		return DROP_IP_FRAG_OVERLAP;
	if (piece_is_last(skb) && next != head)
		return DROP_IP_FRAG_OVERLAP;
	if (dg->pieces.qlen >= IP_FRAG_PIECES)
		return DROP_IP_FRAG_MEMORY;
	return DROP_NONE;
}

enum drop_reason ip_reasm_insert(struct ip_datagram *dg, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct piece *piece = piece_of(skb);
	struct sk_buff *prev;
	enum drop_reason why;

	skb_pull(skb, ip_hdrlen(iph));
	piece->offset = (ntohs(iph->frag_off) & IP_OFFSET) * 8u;
	piece->end = piece->offset + skb->len;
	prev = piece_before(dg, piece->offset);
	why = piece_fits(dg, skb, prev);
	if (why)
		return why;
	if (piece_is_last(skb))
		dg->end = piece->end;
	dg->have += skb->len;
	dg->mem += skb->truesize;
	dg->ecn |= (u8)(1u << (iph->tos & INET_ECN_MASK));
	skb_queue_after(&dg->pieces, prev, skb);
	return DROP_NONE;
}

/* RFC 3168 section 5.3: congestion that one piece met, the whole has met. */
static void reasm_header(const struct ip_datagram *dg, struct iphdr *iph,
			 u32 tot_len)
{
	if (dg->ecn & 1u << INET_ECN_CE)
		iph->tos |= INET_ECN_CE;
	iph->tot_len = htons((u16)tot_len);
	iph->frag_off = htons(0);
	iph->check = htons(0);
	iph->check = ip_fast_csum(iph, ip_hdrlen(iph) / 4);
}

static void reasm_meta(struct sk_buff *skb, const struct sk_buff *first)
{
	skb->dev = first->dev;
	skb->protocol = first->protocol;
	skb->pkt_type = first->pkt_type;
	skb->tstamp_ns = first->tstamp_ns;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
}

struct sk_buff *ip_reasm_join(const struct ip_datagram *dg,
			      enum drop_reason *why)
{
	const u8 marked_unmarked = 1u << INET_ECN_CE | 1u << INET_ECN_NOT_ECT;
	const struct sk_buff *first = skb_peek(&dg->pieces), *piece;
	u32 hlen = ip_hdrlen(ip_hdr(first));
	struct sk_buff *skb;

	*why = DROP_IP_FRAGMENT;
	if ((dg->ecn & marked_unmarked) == marked_unmarked)
		return NULL;
	*why = DROP_IP_FRAG_TOO_LONG;
	if (hlen + dg->end > 65535)
		return NULL;
	*why = DROP_NO_BUFFER;
	skb = alloc_skb(first->net, hlen + dg->end);
	if (!skb)
		return NULL;
	reasm_meta(skb, first);
	memcpy(skb_put(skb, hlen), ip_hdr(first), hlen);
	skb_queue_walk (&dg->pieces, piece)
		skb_copy_bits(piece, 0, skb_put(skb, piece->len), piece->len);
	reasm_header(dg, (struct iphdr *)skb->data, hlen + dg->end);
	return skb;
}
