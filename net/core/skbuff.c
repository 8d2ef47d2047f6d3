/*
 * sk_buff memory: allocation from the caches of struct net, clones, copies
 * and the one place where a packet ends, consumed or dropped with a reason.
 *
 *	SKB_HEAD_SMALL	 headroom + 240 bytes: control packets, headers
 *	SKB_HEAD_LARGE	 what a device receives into, MTU-size sends
 *	SKB_HEAD_KMALLOC anything longer
 *	SKB_HEAD_PAGES	 what kmalloc has no room for: the longest datagrams
 *	SKB_HEAD_BLOCK	 a small one, the text beside it in a block
 */
#include "net/core/skbuff.h"

#include "kernel/log.h"
#include "lib/string.h"
#include "net/core/net.h"

#define SHINFO_SIZE ((u32)sizeof(struct skb_shared_info))
#define SMALL_SIZE  512u
#define SMALL_END   (SMALL_SIZE - SHINFO_SIZE)
#define LARGE_END   ((u32)(SKB_RX_PAD + SKB_RX_SIZE))
#define LARGE_SIZE  (LARGE_END + SHINFO_SIZE)
#define PAGES_ORDER 5
#define PAGES_END   ((u32)(PAGE_SIZE << PAGES_ORDER) - SHINFO_SIZE)

_Static_assert(SHINFO_SIZE % 8 == 0 && LARGE_END % 8 == 0, "shinfo alignment");
_Static_assert(sizeof(struct sk_buff) <= 192, "three cache lines");

void skb_caches_init(struct net *net)
{
	kmem_cache_init(&net->skb_cache, "skbuff", sizeof(struct sk_buff));
	kmem_cache_init(&net->head_small_cache, "skb_head_small", SMALL_SIZE);
	kmem_cache_init(&net->head_large_cache, "skb_head_large", LARGE_SIZE);
}

void skb_caches_destroy(struct net *net)
{
	kmem_cache_destroy(&net->head_large_cache);
	kmem_cache_destroy(&net->head_small_cache);
	kmem_cache_destroy(&net->skb_cache);
}

/* Everything but cb, which is of the layer that will hold it. */
static inline void skb_set_up(struct sk_buff *skb, struct net *net, u8 *head,
			      u32 end, u32 headroom)
{
	struct skb_shared_info *shinfo = (void *)(head + end);

	skb->next = skb->prev = NULL;
	skb->net = net;
	skb->dev = NULL;
	skb->sk = NULL;
	skb->destructor = NULL;
	skb->head = head;
	skb->data = skb->tail = head + headroom;
	skb->end = head + end;
	skb->len = skb->data_len = 0;
	skb->mac_header = skb->network_header = skb->transport_header = 0;
	skb->csum_start = skb->csum_offset = 0;
	skb->protocol.raw = 0;
	skb->pkt_type = skb->ip_summed = skb->cloned = skb->xmit_more = 0;
	skb->users = 1;
	skb->truesize = (u32)sizeof(*skb) + end + SHINFO_SIZE;
	skb->tstamp_ns = 0;
	shinfo->nr_frags = 0;
	shinfo->dataref = 1;
	shinfo->gso_size = 0;
	shinfo->gso_segs = 0;
	net->skb_live++;
}

static u8 *head_alloc(struct net *net, enum skb_head_kind kind, u32 size)
{
	switch (kind) {
	case SKB_HEAD_SMALL:
		return kmem_cache_alloc(&net->head_small_cache);
	case SKB_HEAD_LARGE:
		return kmem_cache_alloc(&net->head_large_cache);
	case SKB_HEAD_PAGES:
		return machine_pages_alloc(PAGES_ORDER);
	default:
		return kmalloc(size);
	}
}

static void block_put(struct skb_block *block)
{
	if (--block->refs == 0)
		kfree(block);
}

/* False: it lets go of its block, and is a small one then. */
static noinline bool special_head_free(enum skb_head_kind kind, u8 *head)
{
	const struct skb_shared_info *shinfo = (void *)(head + SMALL_END);

	if (kind == SKB_HEAD_BLOCK) {
		block_put(shinfo->block);
		return false;
	}
	if (kind == SKB_HEAD_PAGES)
		machine_pages_free(head, PAGES_ORDER);
	else
		kfree(head);
	return true;
}

static inline void head_free(struct net *net, enum skb_head_kind kind, u8 *head)
{
	if (kind > SKB_HEAD_LARGE && special_head_free(kind, head))
		return;
	kmem_cache_free(kind == SKB_HEAD_LARGE ? &net->head_large_cache
					       : &net->head_small_cache,
			head);
}

/* Apart, so that skb_make keeps nothing for it. */
static cold struct sk_buff *skb_unmake(struct net *net, struct sk_buff *skb)
{
	kmem_cache_free(&net->skb_cache, skb);
	return NULL;
}

static inline struct sk_buff *skb_make(struct net *net, u32 end,
				       enum skb_head_kind kind)
{
	struct sk_buff *skb = kmem_cache_alloc(&net->skb_cache);
	u8 *head;

	if (unlikely(!skb))
		return NULL;
	head = head_alloc(net, kind, end + SHINFO_SIZE);
	if (unlikely(!head))
		return skb_unmake(net, skb);
	skb_set_up(skb, net, head, end, SKB_HEADROOM);
	skb->head_kind = kind;
	return skb;
}

static cold struct sk_buff *alloc_long_skb(struct net *net, u32 size)
{
	if (size <= KMALLOC_MAX - SKB_HEADROOM - SHINFO_SIZE - 7)
		return skb_make(net, SKB_HEADROOM + ALIGN_UP(size, 8),
				SKB_HEAD_KMALLOC);
	if (size <= PAGES_END - SKB_HEADROOM)
		return skb_make(net, PAGES_END, SKB_HEAD_PAGES);
	return NULL;
}

struct sk_buff *alloc_skb(struct net *net, u32 size)
{
	if (likely(size <= SMALL_END - SKB_HEADROOM))
		return skb_make(net, SMALL_END, SKB_HEAD_SMALL);
	if (likely(size <= LARGE_END - SKB_HEADROOM))
		return skb_make(net, LARGE_END, SKB_HEAD_LARGE);
	return alloc_long_skb(net, size);
}

static void skb_hold_block(struct sk_buff *skb, struct skb_block *block)
{
	ASSERT(skb->head_kind == SKB_HEAD_SMALL);
	skb->head_kind = SKB_HEAD_BLOCK;
	skb_shinfo(skb)->block = block;
	block->refs++;
}

struct sk_buff *alloc_skb_with_block(struct net *net, u32 len)
{
	struct skb_block *block = kmalloc(sizeof(*block) + len);
	struct sk_buff *skb;

	if (unlikely(!block))
		return NULL;
	skb = alloc_skb(net, 0);
	if (unlikely(!skb)) {
		kfree(block);
		return NULL;
	}
	block->refs = 0;
	skb_hold_block(skb, block);
	skb->truesize += (u32)sizeof(*block) + len;
	ASSERT(skb_add_frag(skb, block->bytes, len));
	return skb;
}

void skb_share_block(struct sk_buff *to, struct sk_buff *from)
{
	u32 charge;

	if (likely(!skb_has_block(from)))
		return;
	skb_hold_block(to, skb_shinfo(from)->block);
	charge = from->truesize - to->truesize;
	from->truesize -= charge;
	to->truesize += charge;
}

u8 *skb_rx_buffer_alloc(struct net *net)
{
	return kmem_cache_alloc(&net->head_large_cache);
}

void skb_rx_buffer_free(struct net *net, u8 *buffer)
{
	kmem_cache_free(&net->head_large_cache, buffer);
}

struct sk_buff *build_skb(struct net *net, u8 *buffer, u32 len)
{
	struct sk_buff *skb = kmem_cache_alloc(&net->skb_cache);

	ASSERT(len <= SKB_RX_SIZE);
	if (unlikely(!skb))
		return NULL;
	skb_set_up(skb, net, buffer, LARGE_END, SKB_RX_PAD);
	skb->head_kind = SKB_HEAD_LARGE;
	skb->tail += len;
	skb->len = len;
	return skb;
}

struct sk_buff *build_skb_kmalloc(struct net *net, u8 *head, u32 size)
{
	struct sk_buff *skb = kmem_cache_alloc(&net->skb_cache);

	ASSERT(size >= SHINFO_SIZE && size % 8 == 0);
	if (!skb)
		return NULL;
	skb_set_up(skb, net, head, size - SHINFO_SIZE, 0);
	skb->head_kind = SKB_HEAD_KMALLOC;
	return skb;
}

struct sk_buff *skb_clone(struct sk_buff *skb)
{
	struct sk_buff *clone = kmem_cache_alloc(&skb->net->skb_cache);

	if (unlikely(!clone))
		return NULL;
	*clone = *skb;
	clone->next = clone->prev = NULL;
	clone->sk = NULL;
	clone->destructor = NULL;
	clone->users = 1;
	clone->cloned = skb->cloned = 1;
	skb_shinfo(skb)->dataref++;
	skb->net->skb_live++;
	return clone;
}

static void skb_copy_meta(struct sk_buff *to, const struct sk_buff *from)
{
	u16 shift = (u16)(skb_headroom(to) - skb_headroom(from));

	to->dev = from->dev;
	to->mac_header = from->mac_header + shift;
	to->network_header = from->network_header + shift;
	to->transport_header = from->transport_header + shift;
	to->csum_start = from->csum_start + shift;
	to->csum_offset = from->csum_offset;
	to->protocol = from->protocol;
	to->pkt_type = from->pkt_type;
	to->ip_summed = from->ip_summed;
	to->tstamp_ns = from->tstamp_ns;
	memcpy(to->cb, from->cb, sizeof(to->cb));
	skb_shinfo(to)->gso_size = skb_shinfo(from)->gso_size;
	skb_shinfo(to)->gso_segs = skb_shinfo(from)->gso_segs;
}

struct sk_buff *skb_copy_expand(const struct sk_buff *skb, u32 tailroom)
{
	u32 before = skb_headroom(skb);
	u32 more = before > SKB_HEADROOM ? before - SKB_HEADROOM : 0;
	struct sk_buff *copy;

	copy = alloc_skb(skb->net, more + skb->len + tailroom);

	if (!copy)
		return NULL;
	skb_reserve(copy, more);
	skb_copy_bits(skb, 0, skb_put(copy, skb->len), skb->len);
	memcpy(copy->data - before, skb->head, before);
	skb_copy_meta(copy, skb);
	return copy;
}

struct sk_buff *skb_copy(const struct sk_buff *skb)
{
	return skb_copy_expand(skb, 0);
}

static inline void skb_release(struct sk_buff *skb)
{
	struct net *net = skb->net;

	if (--skb->users)
		return;
	if (skb->destructor)
		skb->destructor(skb);
	if (!skb->cloned || --skb_shinfo(skb)->dataref == 0)
		head_free(net, skb->head_kind, skb->head);
	net->skb_live--;
	kmem_cache_free(&net->skb_cache, skb);
}

void consume_skb(struct sk_buff *skb)
{
	if (likely(skb))
		skb_release(skb);
}

void skb_drop(struct sk_buff *skb, enum drop_reason why)
{
	net_count_drop(skb->net, why);
	skb_release(skb);
}

void skb_queue_splice_tail(struct sk_buff_head *from, struct sk_buff_head *to)
{
	if (skb_queue_empty(from))
		return;
	from->next->prev = to->prev;
	from->prev->next = (struct sk_buff *)to;
	to->prev->next = from->next;
	to->prev = from->prev;
	to->qlen += from->qlen;
	skb_queue_head_init(from);
}

void skb_queue_purge(struct sk_buff_head *q, enum drop_reason why)
{
	struct sk_buff *skb = q->next, *next;

	/* Empty before the first destructor runs. */
	skb_queue_head_init(q);
	for (; skb != (struct sk_buff *)q; skb = next) {
		next = skb->next;
		skb->next = skb->prev = NULL;
		if (why)
			net_count_drop(skb->net, why);
		skb_release(skb);
	}
}

void skb_over_panic(const struct sk_buff *skb, u32 len)
{
	panic("skb: %u bytes do not fit: headroom %u, len %u, data_len %u, "
	      "tailroom %u",
	      len, skb_headroom(skb), skb->len, skb->data_len,
	      skb_tailroom(skb));
}
