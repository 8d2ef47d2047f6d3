/*
 * TCP segmentation by the driver, for a device whose own is not usable: one
 * long frame becomes segments while its descriptors are filled. Nothing is
 * allocated, and of the payload only a short end is copied.
 *
 *	skb      | eth | ip | tcp | linear payload |     frag     |  frag  |
 *	ring     [hdr][....] [hdr][...][.] [hdr][....] [hdr][..][..]
 *	            |           |             |           |
 *	headers   slot        slot          slot        slot of that index
 *
 * The lengths, id and sum are the IP header's (RFC 791 section 3.1); TCP's
 * sequence number, FIN, PSH, CWR and seed are as in net/core/gso.c.
 */
#include "drivers/e1000/tx.h"

#include "lib/checksum.h"
#include "lib/string.h"

#define IP_TOT_LEN 2 /* offsets in an IPv4 and a TCP header */
#define IP_ID	   4
#define IP_FLAGS   6
#define IP_DF	   0x40
#define TCP_SEQ	   4
#define TCP_FLAGS  13
#define TH_FIN	   0x01
#define TH_PSH	   0x08
#define TH_CWR	   0x80

/* Headers are copied in these steps, so up to a multiple of it. */
#define COPY_STEP 16

/* The payload from here on. */
struct cursor {
	u64 dma;
	u32 left; /* of this range */
	const struct skb_frag *next;
};

struct segmenter {
	/* The next segment's headers but for what each patch adds. */
	u8 header[E1000_TX_SLOT] aligned(8);
	u8 *ip, *tcp; /* in it */
	u32 ip_len, hlen;
	u32 mss;
	csum_t ip_sum; /* of the IP header without lengths, id and sum */
	u16 id, id_step;
	u8 flags;  /* those of the last segment */
	u64 slots; /* address of the first slot for the device */
};

/*
 * A header has to fit its slot, a segment the link, and only the last one
 * may be so short that it is padded.
 */
static bool segment_possible(const struct sk_buff *skb, u32 mss)
{
	u32 hlen = e1000_tx_header_len(skb);

	return skb->ip_summed == CHECKSUM_PARTIAL && mss >= ETH_ZLEN &&
	       hlen <= E1000_TX_SLOT && hlen <= skb_headlen(skb) &&
	       hlen + mss <= skb->dev->mtu + ETH_HLEN;
}

/*
 * A context, a header for each segment, and a piece of payload for each place
 * where a segment or a range of memory begins.
 */
u32 e1000_tx_segment_count(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 mss = shinfo->gso_size, segs;

	if (!segment_possible(skb, mss))
		return UINT32_MAX;
	segs = (skb->len - e1000_tx_header_len(skb) + mss - 1) / mss;
	return 2 + 2 * segs + shinfo->nr_frags;
}

static void segment_start(struct segmenter *seg, const struct sk_buff *skb)
{
	const u8 *ip = skb_network_header(skb),
		 *tcp = skb_transport_header(skb);
	u32 ip_at = (u32)(ip - skb->data), tcp_at = (u32)(tcp - skb->data);

	seg->hlen = e1000_tx_header_len(skb);
	memcpy(seg->header, skb->data, seg->hlen);
	seg->ip = seg->header + ip_at;
	seg->tcp = seg->header + tcp_at;
	seg->ip_len = seg->hlen - ip_at;
	seg->mss = skb_shinfo(skb)->gso_size;
	seg->id = get_be16(ip + IP_ID);
	/* The id of an atomic datagram says nothing: 0 stays (RFC 6864 4.1). */
	seg->id_step = seg->id || !(ip[IP_FLAGS] & IP_DF);
	put_be16(seg->ip + IP_TOT_LEN, 0);
	put_be16(seg->ip + IP_ID, 0);
	put_be16(seg->ip + IP_CHECK, 0);
	seg->ip_sum = csum_partial(seg->ip, tcp_at - ip_at, 0);
	seg->ip_sum = (seg->ip_sum & 0xffff) + (seg->ip_sum >> 16);
	seg->flags = tcp[TCP_FLAGS];
}

static struct cursor payload_start(const struct sk_buff *skb, u32 hlen)
{
	return (struct cursor){
		.dma = machine_dma_addr(skb->data + hlen),
		.left = skb_headlen(skb) - hlen,
		.next = skb_shinfo(skb)->frags,
	};
}

/* What depends on the payload's length: the same in all but the last. */
static void segment_set_len(struct segmenter *seg, u32 payload)
{
	u16 tot_len = (u16)(seg->ip_len + payload);
	u16 old, l4_len = (u16)(seg->header + seg->hlen - seg->tcp + payload);
	be32 src, dst;
	u16 seed;

	__builtin_memcpy(&src, seg->ip + IP_SRC, sizeof(src));
	__builtin_memcpy(&dst, seg->ip + IP_DST, sizeof(dst));
	__builtin_memcpy(&old, seg->ip + IP_TOT_LEN, sizeof(old));
	put_be16(seg->ip + IP_TOT_LEN, tot_len);
	seg->ip_sum += BE16(tot_len).raw - old;
	seed = (u16)~csum_fold(csum_pseudo(src, dst, PROTO_TCP, l4_len)).raw;
	__builtin_memcpy(seg->tcp + TCP_CHECK, &seed, sizeof(seed));
}

/* The id and the sum over it (RFC 1071). */
static inline void segment_set_id(struct segmenter *seg)
{
	be16 id = BE16(seg->id), check = csum_fold(seg->ip_sum + id.raw);

	__builtin_memcpy(seg->ip + IP_ID, &id, sizeof(id));
	__builtin_memcpy(seg->ip + IP_CHECK, &check, sizeof(check));
}

/* The header into the slot of the next descriptor. */
static inline u8 *segment_copy_header(const struct segmenter *seg,
				      const struct e1000_tx_ring *tx)
{
	u8 *slot = tx->headers + tx->ntu * E1000_TX_SLOT, *to = slot;
	const u8 *from = seg->header, *end = from + seg->hlen;

	for (; from < end; from += COPY_STEP, to += COPY_STEP)
		__builtin_memcpy(to, from, COPY_STEP);
	return slot;
}

static inline void segment_put_payload(struct cursor *at,
				       struct e1000_tx_ring *tx, u32 len,
				       const struct e1000_tx_plan *plan)
{
	for (;;) {
		u32 now = MIN(len, at->left);

		if (now)
			e1000_tx_put(tx, at->dma, now, plan);
		at->dma += now;
		at->left -= now;
		len -= now;
		if (!len)
			return;
		at->dma = machine_dma_addr(at->next->addr);
		at->left = at->next->len;
		at->next++;
	}
}

/*
 * A last segment that is not longer than Ethernet's minimum is padded, and so
 * summed here (see e1000_tx_checksum): all of it is in its slot.
 */
static void segment_put_short(const struct segmenter *seg,
			      struct e1000_tx_ring *tx,
			      const struct sk_buff *skb, u32 payload)
{
	const struct e1000_tx_plan plan = {
		.cmd = TXD_DEXT | TXD_DTYP_DATA | TXD_IFCS | TXD_EOP,
	};
	u8 *slot = segment_copy_header(seg, tx);
	u8 *tcp = slot + (seg->tcp - seg->header);
	u32 len = seg->hlen + payload;
	be16 check;

	skb_copy_bits(skb, skb->len - payload, slot + seg->hlen, payload);
	memset(slot + len, 0, ETH_ZLEN - len);
	check = csum_fold(csum_partial(tcp, (u32)(slot + len - tcp), 0));
	__builtin_memcpy(tcp + TCP_CHECK, &check, sizeof(check));
	e1000_tx_put(tx, seg->slots + (u64)(slot - tx->headers), ETH_ZLEN,
		     &plan);
}

static inline void segment_put(const struct segmenter *seg, struct cursor *at,
			       struct e1000_tx_ring *tx, u32 payload,
			       const struct e1000_tx_plan *plan)
{
	u64 slot = seg->slots + tx->ntu * E1000_TX_SLOT;

	segment_copy_header(seg, tx);
	e1000_tx_put(tx, slot, seg->hlen, plan);
	segment_put_payload(at, tx, payload, plan);
	tx->desc[(tx->ntu - 1) & E1000_RING_MASK].cmd_len |= TXD_EOP;
}

/* All but the last: full ones, with the last's flags withheld. */
static inline u32 segment_put_full(struct segmenter *seg, struct cursor *at,
				   struct e1000_tx_ring *tx, u32 left,
				   const struct e1000_tx_plan *plan)
{
	u32 seq = get_be32(seg->tcp + TCP_SEQ);

	segment_set_len(seg, seg->mss);
	seg->tcp[TCP_FLAGS] = seg->flags & (u8) ~(TH_FIN | TH_PSH);
	for (; left > seg->mss; left -= seg->mss) {
		segment_set_id(seg);
		segment_put(seg, at, tx, seg->mss, plan);
		seg->id = (u16)(seg->id + seg->id_step);
		seq += seg->mss;
		put_be32(seg->tcp + TCP_SEQ, seq);
		/* CWR on the first only (RFC 3168 section 6.1.2). */
		seg->tcp[TCP_FLAGS] &= (u8)~TH_CWR;
		seg->flags &= (u8)~TH_CWR;
	}
	return left;
}

void e1000_tx_segment(struct e1000 *nic, struct sk_buff *skb,
		      struct e1000_tx_plan *plan)
{
	struct e1000_tx_ring *tx = &nic->tx;
	struct segmenter seg;
	struct cursor at;
	u32 payload, left, segs;

	e1000_tx_checksum(nic, skb, plan);
	segment_start(&seg, skb);
	seg.slots = machine_dma_addr(tx->headers);
	at = payload_start(skb, seg.hlen);
	payload = left = skb->len - seg.hlen;
	if (left > seg.mss)
		left = segment_put_full(&seg, &at, tx, left, plan);
	segs = (payload - left) / seg.mss;
	segment_set_len(&seg, left);
	segment_set_id(&seg);
	seg.tcp[TCP_FLAGS] = seg.flags;
	if (unlikely(seg.hlen + left <= ETH_ZLEN))
		segment_put_short(&seg, tx, skb, left);
	else
		segment_put(&seg, &at, tx, left, plan);
	nic->stats.tx_gso++;
	nic->stats.tx_gso_segments += segs + 1;
	nic->dev.stats.tx_packets += segs;
	nic->dev.stats.tx_bytes += (u64)segs * seg.hlen;
}
