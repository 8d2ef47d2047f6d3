/*
 * Cutting what is queued to be sent: an skb in two, or its acknowledged
 * front off; and the size of a full segment (RFC 9293 section 3.7.1).
 *
 *	seq         seq+len           end_seq
 *	 |---- skb ----|----- rest -----|   PSH and FIN go with the rest
 *
 * The list of frags is the head's and so a clone's too, which may be with a
 * device: before the list changes, the skb gets a head of its own.
 */
#include "kernel/log.h"
#include "lib/string.h"
#include "net/ipv4/ip.h"
#include "net/tcp/tcp_output.h"

/* RFC 9293 MUST-16: what the peer and the path take, less our options. */
void tcp_sync_mss(struct tcp_sock *tp)
{
	u32 mtu = MIN(tp->pmtu ? tp->pmtu : tp->sk.dst.mtu, IP_LEN_MAX);
	u32 mss = tp->mss_peer ? tp->mss_peer : TCP_MSS_DEFAULT;

	if (tp->user_mss)
		mss = MIN(mss, tp->user_mss);
	mss = MAX(mss, TCP_MIN_SND_MSS);
	/* A link may have 68 bytes (RFC 791). */
	if (mtu > TCP_IP_HEADERS + TCP_TS_LEN)
		mss = MIN(mss, mtu - TCP_IP_HEADERS);
	if (tp->ts_ok)
		mss -= TCP_TS_LEN;
	if (mss > tp->mss || tp->mss_unproven != UINT32_MAX)
		tp->mss_unproven = mss;
	tp->mss = (u16)mss;
}

static void tcp_swap_heads(struct sk_buff *a, struct sk_buff *b)
{
	struct sk_buff old = *a;

	a->head = b->head;
	a->data = b->data;
	a->tail = b->tail;
	a->end = b->end;
	a->truesize = b->truesize;
	a->cloned = b->cloned;
	a->head_kind = b->head_kind;
	b->head = old.head;
	b->data = old.data;
	b->tail = old.tail;
	b->end = old.end;
	b->truesize = old.truesize;
	b->cloned = old.cloned;
	b->head_kind = old.head_kind;
}

/* A head of its own: linear bytes copied, frags by reference. */
static bool tcp_unshare(struct sk_buff *skb)
{
	u32 linear = skb_headlen(skb);
	struct skb_shared_info *to, *from = skb_shinfo(skb);
	struct sk_buff *fresh = alloc_skb(skb->net, linear);

	if (!fresh)
		return false;
	memcpy(skb_put(fresh, linear), skb->data, linear);
	skb_share_block(fresh, skb);
	to = skb_shinfo(fresh);
	to->nr_frags = from->nr_frags;
	memcpy(to->frags, from->frags, from->nr_frags * sizeof(to->frags[0]));
	tcp_swap_heads(skb, fresh);
	consume_skb(fresh);
	return true;
}

/* Bytes from `offset` of skb's frags on, by reference. */
static void tcp_share_frags(struct sk_buff *rest, const struct sk_buff *skb,
			    u32 offset)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	for (u32 i = 0; i < shinfo->nr_frags; i++) {
		const struct skb_frag *frag = &shinfo->frags[i];
		u32 skip = MIN(offset, frag->len);

		offset -= skip;
		if (skip < frag->len)
			ASSERT(skb_add_frag(rest, frag->addr + skip,
					    frag->len - skip));
	}
}

/* A new skb of what lies behind the first len bytes. */
static struct sk_buff *tcp_make_rest(struct sk_buff *skb, u32 len)
{
	u32 headlen = skb_headlen(skb);
	u32 linear = headlen > len ? headlen - len : 0;
	struct sk_buff *rest = alloc_skb(skb->net, linear);

	if (!rest)
		return NULL;
	memcpy(skb_put(rest, linear), skb->tail - linear, linear);
	skb_share_block(rest, skb);
	if (skb->data_len)
		tcp_share_frags(rest, skb, len > headlen ? len - headlen : 0);
	return rest;
}

/* What it takes now is what is counted for it. */
static void tcp_charge_again(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);

	tcp_mem_charge(tp, (s64)skb->truesize - cb->charge);
	cb->charge = skb->truesize;
}

bool tcp_fragment(struct tcp_sock *tp, struct sk_buff_head *q,
		  struct sk_buff *skb, u32 len)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);
	struct sk_buff *rest;

	ASSERT(len <= skb->len && len < tcp_skb_space(skb));
	if (skb->data_len && skb_cloned(skb) && !tcp_unshare(skb))
		return false;
	rest = tcp_make_rest(skb, len);
	if (!rest)
		return false;
	skb_trim(skb, len);
	*tcp_cb(rest) = *cb;
	if (cb->sacked & TCPCB_RETRANS)
		list_add(&tcp_cb(rest)->resent, &cb->resent);
	if (cb->sacked & TCPCB_SACKED)
		tp->loss.sacked_skbs++;
	tcp_cb(rest)->charge = 0;
	tcp_charge_again(tp, rest);
	tcp_charge_again(tp, skb); /* a block's part is the rest's now */
	tcp_cb(rest)->seq += len;
	cb->end_seq = cb->seq + len;
	cb->flags &= (u8)~TCP_FIN;
	if (rest->len) {
		cb->flags &= (u8)~TCP_PSH;
		cb->run_end = false;
	} else {
		tcp_cb(rest)->flags &= (u8)~TCP_PSH;
	}
	skb_queue_after(q, skb, rest);
	return true;
}

static void tcp_pull_frags(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 gone = 0;

	skb->len -= len;
	skb->data_len -= len;
	while (gone < shinfo->nr_frags && len >= shinfo->frags[gone].len)
		len -= shinfo->frags[gone++].len;
	shinfo->nr_frags -= gone;
	memmove(shinfo->frags, shinfo->frags + gone,
		shinfo->nr_frags * sizeof(shinfo->frags[0]));
	if (len) {
		shinfo->frags[0].addr += len;
		shinfo->frags[0].len -= len;
	}
}

bool tcp_trim_head(struct tcp_sock *tp, struct sk_buff *skb, u32 len)
{
	u32 linear = MIN(len, skb_headlen(skb));

	ASSERT(len <= skb->len);
	if (len > linear) {
		if (skb_cloned(skb) && !tcp_unshare(skb))
			return false;
		tcp_pull_frags(skb, len - linear);
	}
	skb_pull(skb, linear);
	tcp_cb(skb)->seq += len;
	return true;
}
