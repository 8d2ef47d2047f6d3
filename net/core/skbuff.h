/*
 * sk_buff: one structure for all layers. Headers are stripped and added by
 * moving `data`, never by copying.
 *
 *	head        data              tail        end
 *	 |<-headroom->|<--- linear ---->|<-tailroom->|skb_shared_info
 *	                    len = linear + data_len (bytes in frags)
 *
 *	skb_reserve(n)  headroom += n (empty buffer)   skb_put(n)   tail += n
 *	skb_push(n)     data -= n                      skb_pull(n)  data += n
 *	skb_trim(n)     cut to n bytes
 *
 * A clone is a second sk_buff on the same head; the head is freed with its
 * last user. A frag is a range of memory that is never written any more:
 * static content, which needs no owner, or part of a block, which is freed
 * with the last head that holds it.
 *
 *	skb: head, frags[0] -----------v
 *	block:		    | refs | text ................ |
 *	the rest of skb, cut off: head, frags[0] ---^
 */
#pragma once

#include "lib/byteorder.h"
#include "lib/checksum.h"
#include "net/core/drop.h"
#include "net/core/napi.h"

#define MAX_SKB_FRAGS 8
#define SKB_HEADROOM  128 /* Ethernet 14 + IP 20 + TCP 60, and some */
#define SKB_CB_SIZE   48
#define SKB_RX_PAD    64   /* headroom of a receive buffer */
#define SKB_RX_SIZE   2048 /* what a device may write after it */

struct net;
struct net_device;
struct sock;

/* The caches of a stack; the last asserts that no object is live. */
void skb_caches_init(struct net *net);
void skb_caches_destroy(struct net *net);

struct skb_frag {
	const u8 *addr;
	u32 len;
};

/* Text that several heads show parts of; a reference for each of them. */
struct skb_block {
	u32 refs;
	u8 bytes[] aligned(16);
};

/* Two blocks fill a slab. */
#define SKB_BLOCK_MAX ((u32)(32704 - sizeof(struct skb_block)))

/*
 * At `end` of each head, shared by its clones. The frags come first, so that
 * a test can poison them and see each byte read behind a received frame.
 */
struct skb_shared_info {
	struct skb_frag frags[MAX_SKB_FRAGS];
	u32 nr_frags;
	u32 dataref;
	u16 gso_size; /* payload per segment; 0: not GSO */
	u16 gso_segs;
	struct skb_block *block; /* with a head of SKB_HEAD_BLOCK only */
};

enum skb_pkt_type {
	PACKET_HOST,
	PACKET_BROADCAST,
	PACKET_MULTICAST,
	PACKET_OTHERHOST,
	PACKET_OUTGOING,   /* only taps see it */
	PACKET_BAD_SOURCE, /* source MAC multicast or zero: to be dropped */
};

/* Where a head comes from, and so goes back to. */
enum skb_head_kind {
	SKB_HEAD_SMALL,
	SKB_HEAD_LARGE, /* also what device rings receive into */
	SKB_HEAD_KMALLOC,
	SKB_HEAD_PAGES, /* a whole 64 KiB datagram and its headroom */
	SKB_HEAD_BLOCK, /* a small one that holds a block */
};

enum skb_ip_summed {
	CHECKSUM_NONE,	      /* to be checked in software */
	CHECKSUM_UNNECESSARY, /* the device has checked L4 */
	/*
	 * tx: the field holds the folded pseudo-header sum, not complemented;
	 * the sum from csum_start to the end is still to be put there.
	 */
	CHECKSUM_PARTIAL,
};

struct sk_buff {
	struct sk_buff *next, *prev; /* must be first, as in sk_buff_head */
	struct net *net;
	struct net_device *dev;
	struct sock *sk; /* whom the memory is charged to */
	void (*destructor)(struct sk_buff *skb);
	u8 *head, *data, *tail, *end;
	u32 len, data_len;
	u16 mac_header, network_header, transport_header; /* from head */
	u16 csum_start, csum_offset; /* CHECKSUM_PARTIAL: start from head */
	be16 protocol;
	u8 pkt_type, ip_summed;
	u8 cloned;    /* head may be shared */
	u8 xmit_more; /* another frame follows at once */
	u8 head_kind; /* which cache the head is from */
	u8 users;     /* references to this sk_buff */
	u32 truesize; /* memory it holds */
	u64 tstamp_ns;
	/* Of the layer that holds it; a new sk_buff's is not zeroed. */
	u8 cb[SKB_CB_SIZE] aligned(8);
};

static inline struct skb_shared_info *skb_shinfo(const struct sk_buff *skb)
{
	return (struct skb_shared_info *)skb->end;
}

/*
 * An empty buffer with SKB_HEADROOM reserved and room for `size` bytes. NULL
 * without memory. Softirq or task.
 */
struct sk_buff *alloc_skb(struct net *net, u32 size) must_check;

/*
 * Small, and behind it as a frag `len` bytes, SKB_BLOCK_MAX at most, of a block
 * of its own, which the caller fills before anything else happens to it.
 */
struct sk_buff *alloc_skb_with_block(struct net *net, u32 len) must_check;

/*
 * `to`, small and without one, is to have frags of from's block: it holds it
 * too, and takes over from's charge for it (truesize).
 */
void skb_share_block(struct sk_buff *to, struct sk_buff *from);

/*
 * Receive buffers for device rings: SKB_RX_PAD + SKB_RX_SIZE bytes and room
 * for the shared info. build_skb wraps one in an sk_buff, data at SKB_RX_PAD,
 * len bytes put; it takes the buffer over unless it returns NULL.
 */
u8 *skb_rx_buffer_alloc(struct net *net) must_check;
void skb_rx_buffer_free(struct net *net, u8 *buffer);
struct sk_buff *build_skb(struct net *net, u8 *buffer, u32 len) must_check;

/*
 * Wraps a kmalloc'ed head of `size` bytes, a multiple of 8, whose last
 * sizeof(struct skb_shared_info) bytes become the shared info; empty, no
 * headroom. The head belongs to the sk_buff unless NULL is returned.
 */
struct sk_buff *build_skb_kmalloc(struct net *net, u8 *head,
				  u32 size) must_check;

/*
 * Another sk_buff on the same bytes, without the owner (sk, destructor).
 * Neither of the two may write bytes while skb_cloned() holds.
 */
struct sk_buff *skb_clone(struct sk_buff *skb) must_check;

/* A private linear copy, headers before data included, no owner. */
struct sk_buff *skb_copy(const struct sk_buff *skb) must_check;

/* The same with at least `tailroom` bytes to put. */
struct sk_buff *skb_copy_expand(const struct sk_buff *skb,
				u32 tailroom) must_check;

/* Gives the memory back to its owner's account now. */
static inline void skb_orphan(struct sk_buff *skb)
{
	if (skb->destructor)
		skb->destructor(skb);
	skb->destructor = NULL;
	skb->sk = NULL;
}

static inline struct sk_buff *skb_get(struct sk_buff *skb)
{
	skb->users++;
	return skb;
}

/* Delivered or sent: frees without counting a drop. NULL is allowed. */
void consume_skb(struct sk_buff *skb);

/* Dropped: counts the reason in skb->net, frees. */
void skb_drop(struct sk_buff *skb, enum drop_reason why);

/* Counts a drop where no sk_buff exists (a frame refused by the driver). */
void net_count_drop(struct net *net, enum drop_reason why);

static inline u32 skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline u32 skb_headroom(const struct sk_buff *skb)
{
	return (u32)(skb->data - skb->head);
}

static inline u32 skb_tailroom(const struct sk_buff *skb)
{
	return skb->data_len ? 0 : (u32)(skb->end - skb->tail);
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_size != 0;
}

/* Its frags are of a block, or begin there. */
static inline bool skb_has_block(const struct sk_buff *skb)
{
	return skb->head_kind == SKB_HEAD_BLOCK;
}

/* True when another sk_buff shares the head. */
static inline bool skb_cloned(const struct sk_buff *skb)
{
	return skb->cloned && skb_shinfo(skb)->dataref != 1;
}

/* Our own arithmetic went wrong: never caused by the wire. */
void skb_over_panic(const struct sk_buff *skb, u32 len) noreturn cold;

static inline void skb_reserve(struct sk_buff *skb, u32 len)
{
	skb->data += len;
	skb->tail += len;
}

static inline void *skb_put(struct sk_buff *skb, u32 len)
{
	u8 *at = skb->tail;

	if (unlikely(len > skb_tailroom(skb)))
		skb_over_panic(skb, len);
	skb->tail += len;
	skb->len += len;
	return at;
}

static inline void *skb_push(struct sk_buff *skb, u32 len)
{
	if (unlikely(len > skb_headroom(skb)))
		skb_over_panic(skb, len);
	skb->data -= len;
	skb->len += len;
	return skb->data;
}

/* The caller has checked that len bytes are linear. */
static inline void *skb_pull(struct sk_buff *skb, u32 len)
{
	if (unlikely(len > skb_headlen(skb)))
		skb_over_panic(skb, len);
	skb->data += len;
	skb->len -= len;
	return skb->data;
}

/* The same two where the caller has just looked at those bytes. */
static inline void __skb_pull(struct sk_buff *skb, u32 len)
{
	skb->data += len;
	skb->len -= len;
}

static inline void __skb_push(struct sk_buff *skb, u32 len)
{
	skb->data -= len;
	skb->len += len;
}

/*
 * Cuts to `len` bytes, frags included. The frag list of a clone stays as it
 * is (it is shared): whoever reads it is bounded by len. Such a clone can be
 * received, not transmitted.
 */
void skb_trim_frags(struct sk_buff *skb, u32 len);

static inline void skb_trim(struct sk_buff *skb, u32 len)
{
	if (len >= skb->len)
		return;
	if (skb->data_len) {
		skb_trim_frags(skb, len);
		return;
	}
	skb->len = len;
	skb->tail = skb->data + len;
}

/* Appends [addr, addr+len) by reference; false when all frags are in use. */
bool skb_add_frag(struct sk_buff *skb, const void *addr, u32 len) must_check;

/* Copies out [offset, offset+len), which must lie inside. */
void skb_copy_bits(const struct sk_buff *skb, u32 offset, void *to, u32 len);

/* Sum of [offset, offset+len) added to sum. */
csum_t skb_checksum(const struct sk_buff *skb, u32 offset, u32 len, csum_t sum);

/* Computes a CHECKSUM_PARTIAL checksum in software. */
void skb_checksum_help(struct sk_buff *skb);

/*
 * Splits a GSO sk_buff with link, IPv4 and TCP headers at data into frames of
 * gso_size payload, chained by next; frags are shared, headers copied. The
 * original is consumed. NULL when memory is out (all consumed).
 */
struct sk_buff *skb_gso_segment(struct sk_buff *skb);

static inline void skb_reset_mac_header(struct sk_buff *skb)
{
	skb->mac_header = (u16)(skb->data - skb->head);
}

static inline void skb_reset_network_header(struct sk_buff *skb)
{
	skb->network_header = (u16)(skb->data - skb->head);
}

static inline void skb_reset_transport_header(struct sk_buff *skb)
{
	skb->transport_header = (u16)(skb->data - skb->head);
}

static inline void *skb_mac_header(const struct sk_buff *skb)
{
	return skb->head + skb->mac_header;
}

static inline void *skb_network_header(const struct sk_buff *skb)
{
	return skb->head + skb->network_header;
}

static inline void *skb_transport_header(const struct sk_buff *skb)
{
	return skb->head + skb->transport_header;
}

/* Queues: circular, the head being a node. */
static inline void skb_queue_head_init(struct sk_buff_head *q)
{
	q->next = q->prev = (struct sk_buff *)q;
	q->qlen = 0;
}

static inline bool skb_queue_empty(const struct sk_buff_head *q)
{
	return q->next == (const struct sk_buff *)q;
}

static inline struct sk_buff *skb_peek(const struct sk_buff_head *q)
{
	return skb_queue_empty(q) ? NULL : q->next;
}

static inline struct sk_buff *skb_peek_tail(const struct sk_buff_head *q)
{
	return skb_queue_empty(q) ? NULL : q->prev;
}

static inline struct sk_buff *skb_queue_next(const struct sk_buff_head *q,
					     const struct sk_buff *skb)
{
	return skb->next == (const struct sk_buff *)q ? NULL : skb->next;
}

static inline void __skb_insert(struct sk_buff_head *q, struct sk_buff *skb,
				struct sk_buff *prev, struct sk_buff *next)
{
	skb->prev = prev;
	skb->next = next;
	prev->next = skb;
	next->prev = skb;
	q->qlen++;
}

static inline void skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb)
{
	__skb_insert(q, skb, q->prev, (struct sk_buff *)q);
}

static inline void skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb)
{
	__skb_insert(q, skb, (struct sk_buff *)q, q->next);
}

static inline void skb_queue_after(struct sk_buff_head *q, struct sk_buff *prev,
				   struct sk_buff *skb)
{
	__skb_insert(q, skb, prev, prev->next);
}

static inline void skb_unlink(struct sk_buff_head *q, struct sk_buff *skb)
{
	q->qlen--;
	skb->next->prev = skb->prev;
	skb->prev->next = skb->next;
	skb->next = skb->prev = NULL;
}

static inline struct sk_buff *skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek(q);

	if (skb)
		skb_unlink(q, skb);
	return skb;
}

/* Moves all of `from` behind the last of `to`. */
void skb_queue_splice_tail(struct sk_buff_head *from, struct sk_buff_head *to);

/* Frees every member: consumed, or counted as drops when why is given. */
void skb_queue_purge(struct sk_buff_head *q, enum drop_reason why);

#define skb_queue_walk(q, skb)                                                 \
	for (skb = (q)->next; skb != (struct sk_buff *)(q); skb = skb->next)

#define skb_queue_walk_safe(q, skb, tmp)                                       \
	for (skb = (q)->next, tmp = skb->next; skb != (struct sk_buff *)(q);   \
	     skb = tmp, tmp = skb->next)
