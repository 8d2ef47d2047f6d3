/*
 * Selective acknowledgments that we send (RFC 2018 section 4): the block with
 * the segment that has just come is the first, then the blocks of before, so
 * that each is told in several ACKs; and text that came twice (RFC 2883),
 * once, in front of them.
 *
 *	rcv_nxt    start   end     start   end
 *	   |- gap -|/ held /|- gap -|/ held /|
 */
#include "lib/string.h"
#include "net/tcp/tcp_sock.h"

#define SACK_HEAD 4u /* nop, nop, kind, length */
#define SACK_EACH 8u

/* They are apart or adjacent: what is held is never taken again. */
static bool tcp_sack_joins(struct tcp_sack_block *to,
			   const struct tcp_sack_block *from)
{
	if (seq_gt(from->start, to->end) || seq_lt(from->end, to->start))
		return false;
	to->start = seq_min(to->start, from->start);
	to->end = seq_max(to->end, from->end);
	return true;
}

void tcp_sack_add(struct tcp_sock *tp, u32 start, u32 end)
{
	struct tcp_rcv_sack *sack = &tp->rcv_sack;
	struct tcp_sack_block kept[TCP_SACK_BLOCKS + 1] = {{start, end}};
	u32 count = 1;

	if (!tp->sack_ok)
		return;
	for (u32 i = 0; i < sack->count; i++)
		if (!tcp_sack_joins(&kept[0], &sack->blocks[i]))
			kept[count++] = sack->blocks[i];
	sack->count = (u8)MIN(count, (u32)TCP_SACK_BLOCKS);
	sack->due = (u8)(sack->count + sack->dup_due);
	memcpy(sack->blocks, kept, sizeof(sack->blocks));
}

void tcp_sack_advance(struct tcp_sock *tp)
{
	struct tcp_rcv_sack *sack = &tp->rcv_sack;
	u32 count = 0;

	for (u32 i = 0; i < sack->count; i++)
		if (seq_gt(sack->blocks[i].start, tp->rcv_nxt))
			sack->blocks[count++] = sack->blocks[i];
	sack->count = (u8)count;
	sack->due = (u8)(sack->count + sack->dup_due);
}

/* The block that it lies in comes next, as RFC 2883 section 4.1 wants. */
void tcp_sack_dup(struct tcp_sock *tp, u32 start, u32 end)
{
	if (!tp->sack_ok)
		return;
	tp->rcv_sack.dup = (struct tcp_sack_block){start, end};
	tp->rcv_sack.dup_due = true;
	tp->rcv_sack.due = (u8)(tp->rcv_sack.count + 1);
	if (seq_lt(start, tp->rcv_nxt)) {
		NET_INC(tp->sk.net, TCPEXT_TCPDSACKOldSent);
		return;
	}
	NET_INC(tp->sk.net, TCPEXT_TCPDSACKOfoSent);
	tcp_sack_add(tp, start, end);
}

u32 noinline tcp_sack_len(struct tcp_sock *tp, u32 payload)
{
	struct tcp_rcv_sack *sack = &tp->rcv_sack;
	u32 room = payload < tp->mss ? tp->mss - payload : 0;
	u32 count = MIN(sack->due, tp->ts_ok ? 3u : 4u);

	sack->ack_pending = tp->ack_pending;
	sack->ack_deadline_ms = tp->delack_deadline_ms;
	sack->len = 0;
	if (room < SACK_HEAD + SACK_EACH)
		return 0;
	count = MIN(count, (room - SACK_HEAD) / SACK_EACH);
	sack->len = (u8)(SACK_HEAD + SACK_EACH * count);
	return sack->len;
}

void noinline tcp_put_sack(struct tcp_sock *tp, struct tcphdr *th)
{
	struct tcp_rcv_sack *sack = &tp->rcv_sack;
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS + 1] = {sack->dup};

	if (!sack->len) {
		tp->ack_pending = sack->ack_pending;
		tp->delack_deadline_ms = sack->ack_deadline_ms;
		return;
	}
	memcpy(blocks + sack->dup_due, sack->blocks, sizeof(sack->blocks));
	tcp_write_sack((u8 *)th + (th->doff >> 4) * 4 - sack->len, blocks,
		       (sack->len - SACK_HEAD) / SACK_EACH);
	sack->dup_due = false;
	sack->due = sack->count;
}

void tcp_sack_clear(struct tcp_sock *tp)
{
	tp->rcv_sack.count = tp->rcv_sack.due = 0;
	tp->rcv_sack.dup_due = false;
}
