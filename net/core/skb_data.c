/*
 * The bytes of an sk_buff, linear part and frags as one: trim, append, copy
 * out, and the Internet checksum (RFC 1071) over pieces that may begin at an
 * odd offset.
 *
 *	data ... tail | frags[0] | frags[1] | ...
 *	0     headlen                         len
 */
#include "kernel/log.h"
#include "lib/string.h"
#include "net/core/net.h"
#include "net/core/skbuff.h"

void skb_trim_frags(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 linear = skb_headlen(skb);
	u32 rest, i;

	if (len >= skb->len)
		return;
	rest = len > linear ? len - linear : 0;
	/* The frag list belongs to all clones: then only the lengths change. */
	if (!skb_cloned(skb)) {
		for (i = 0; i < shinfo->nr_frags && rest; i++) {
			shinfo->frags[i].len = MIN(shinfo->frags[i].len, rest);
			rest -= shinfo->frags[i].len;
		}
		shinfo->nr_frags = i;
	}
	linear = MIN(linear, len);
	skb->tail = skb->data + linear;
	skb->data_len = len - linear;
	skb->len = len;
}

bool skb_add_frag(struct sk_buff *skb, const void *addr, u32 len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	struct skb_frag *last = &shinfo->frags[shinfo->nr_frags];

	if (shinfo->nr_frags && last[-1].addr + last[-1].len == addr) {
		last[-1].len += len;
	} else {
		if (shinfo->nr_frags == MAX_SKB_FRAGS)
			return false;
		*last = (struct skb_frag){.addr = addr, .len = len};
		shinfo->nr_frags++;
	}
	skb->len += len;
	skb->data_len += len;
	return true;
}

/* The n-th contiguous piece: the linear part, then the frags. */
static struct skb_frag skb_piece(const struct sk_buff *skb, u32 n)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (n == 0)
		return (struct skb_frag){skb->data, skb_headlen(skb)};
	ASSERT(n <= shinfo->nr_frags);
	return shinfo->frags[n - 1];
}

void skb_copy_bits(const struct sk_buff *skb, u32 offset, void *to, u32 len)
{
	u8 *out = to;

	if (likely(offset <= skb_headlen(skb) &&
		   len <= skb_headlen(skb) - offset)) {
		memcpy(out, skb->data + offset, len);
		return;
	}
	for (u32 n = 0; len; n++) {
		struct skb_frag piece = skb_piece(skb, n);
		u32 now;

		if (offset >= piece.len) {
			offset -= piece.len;
			continue;
		}
		now = MIN(piece.len - offset, len);
		memcpy(out, piece.addr + offset, now);
		out += now;
		len -= now;
		offset = 0;
	}
}

static cold csum_t checksum_pieces(const struct sk_buff *skb, u32 offset,
				   u32 len, csum_t sum)
{
	u32 done = 0;

	for (u32 n = 0; done < len; n++) {
		struct skb_frag piece = skb_piece(skb, n);
		csum_t part;
		u32 now;

		if (offset >= piece.len) {
			offset -= piece.len;
			continue;
		}
		now = MIN(piece.len - offset, len - done);
		part = csum_partial(piece.addr + offset, now, 0);
		sum = csum_add(sum, done & 1 ? csum_shift(part) : part);
		done += now;
		offset = 0;
	}
	return sum;
}

csum_t skb_checksum(const struct sk_buff *skb, u32 offset, u32 len, csum_t sum)
{
	if (likely(offset + len <= skb_headlen(skb)))
		return csum_partial(skb->data + offset, len, sum);
	return checksum_pieces(skb, offset, len, sum);
}

/* 0 is sent as 0xffff, the same in one's complement: RFC 768 needs it. */
void skb_checksum_help(struct sk_buff *skb)
{
	u8 *start = skb->head + skb->csum_start;
	u32 offset = (u32)(start - skb->data);
	be16 check;

	check = csum_fold(skb_checksum(skb, offset, skb->len - offset, 0));
	if (!check.raw)
		check.raw = 0xffff;
	__builtin_memcpy(start + skb->csum_offset, &check, sizeof(check));
	skb->ip_summed = CHECKSUM_NONE;
}
