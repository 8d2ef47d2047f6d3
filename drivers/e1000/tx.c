/*
 * Transmit: an sk_buff becomes a context descriptor if the device has to
 * compute something (tx_offload.c), then one data descriptor for each piece
 * of memory, RS on the last (8254x SDM 3.3 to 3.5), or as many frames as it
 * has segments (tx_segment.c). Reclaim is by the DD bit of that one; there is
 * no transmit interrupt unless the ring is full.
 */
#include "drivers/e1000/tx.h"

/*
 * The FIFO takes a segmented frame in pieces of at most four segments
 * (3.5.7): 4 KiB does for segments from 1 KiB, 1 KiB for smaller ones.
 */
#define PIECE_SHIFT	  12
#define PIECE_SHIFT_SMALL 10
#define SMALL_SEGMENT	  1024

#define STOP_BELOW 32 /* free descriptors; more than a common frame needs */
#define WAKE_AT	   64
#define RECLAIM_MS 10
#define HANG_MS	   2000

static inline void tx_put_range(struct e1000_tx_ring *tx, const u8 *addr,
				u32 len, const struct e1000_tx_plan *plan)
{
	u32 most = 1u << plan->piece_shift;
	u64 dma = machine_dma_addr(addr);

	for (; unlikely(len > most); len -= most, dma += most)
		e1000_tx_put(tx, dma, most, plan);
	if (likely(len))
		e1000_tx_put(tx, dma, len, plan);
}

/* Pieces of a frame, and one for its context. */
static u32 tx_count_pieces(const struct sk_buff *skb, u32 shift)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 up = (1u << shift) - 1;
	u32 count = 1 + ((skb_headlen(skb) + up) >> shift);

	for (u32 i = 0; i < shinfo->nr_frags; i++)
		count += (shinfo->frags[i].len + up) >> shift;
	return count;
}

static u32 tx_count_gso(const struct e1000 *nic, const struct sk_buff *skb,
			struct e1000_tx_plan *plan)
{
	if (!nic->chip->has_tso)
		return e1000_tx_segment_count(skb);
	if (plan->gso_size < SMALL_SEGMENT)
		plan->piece_shift = PIECE_SHIFT_SMALL;
	return tx_count_pieces(skb, plan->piece_shift);
}

/* One frame as it is. */
static inline void tx_map(struct e1000 *nic, struct sk_buff *skb,
			  struct e1000_tx_plan plan)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	struct e1000_tx_ring *tx = &nic->tx;

	if (unlikely(plan.gso_size))
		e1000_tx_tso(nic, skb, &plan);
	else if (skb->ip_summed == CHECKSUM_PARTIAL)
		e1000_tx_checksum(nic, skb, &plan);
	tx_put_range(tx, skb->data, skb_headlen(skb), &plan);
	if (skb->data_len)
		for (u32 i = 0; i < shinfo->nr_frags; i++)
			tx_put_range(tx, shinfo->frags[i].addr,
				     shinfo->frags[i].len, &plan);
}

/* All of one sk_buff into the ring, where it fits. */
static inline void tx_fill(struct e1000 *nic, struct sk_buff *skb,
			   struct e1000_tx_plan plan)
{
	struct e1000_tx_ring *tx = &nic->tx;
	u32 first = tx->ntu, last;

	if (unlikely(plan.gso_size) && !nic->chip->has_tso)
		e1000_tx_segment(nic, skb, &plan);
	else
		tx_map(nic, skb, plan);
	last = (tx->ntu - 1) & E1000_RING_MASK;
	tx->desc[last].cmd_len |= TXD_EOP | TXD_RS;
	tx->info[first] = (struct e1000_tx_info){.skb = skb, .last = last};
	nic->dev.stats.tx_packets++;
	nic->dev.stats.tx_bytes += skb->len;
}

/*
 * Frees what has been sent. To free an sk_buff may wake its sender, which
 * may transmit: all state is in the ring before each call out.
 */
void e1000_clean_tx(struct e1000 *nic)
{
	struct e1000_tx_ring *tx = &nic->tx;

	while (e1000_tx_pending(nic)) {
		struct e1000_tx_info *info = &tx->info[tx->ntc];
		struct sk_buff *skb = info->skb;

		info->skb = NULL;
		tx->ntc = (info->last + 1) & E1000_RING_MASK;
		consume_skb(skb);
	}
	if (unlikely(nic->dev.tx_stopped) &&
	    e1000_tx_unused(tx) >= tx->wake_at && nic->up) {
		nic->stats.tx_restart++;
		netif_wake_queue(&nic->dev);
	}
}

/*
 * Tells the device. An emulated one has sent everything when the write
 * returns; for a real one the timer frees what no later transmit does.
 */
static inline void tx_kick(struct e1000 *nic)
{
	struct e1000_tx_ring *tx = &nic->tx;

	if (tx->tail != tx->ntu) {
		tx->tail = tx->ntu;
		nic->stats.tx_tail_writes++;
		/* The descriptors before the device hears of them. */
		barrier();
		e1000_write(nic, REG_TDT, tx->ntu);
	}
	e1000_clean_tx(nic);
	if (unlikely(tx->ntc != tx->ntu) && !timer_pending(&nic->reclaim_timer))
		mod_timer(&nic->reclaim_timer, RECLAIM_MS);
}

void e1000_xmit_flush(struct net_device *dev)
{
	tx_kick(dev->priv);
}

static cold void tx_stop(struct e1000 *nic, u32 wake_at)
{
	nic->tx.wake_at = wake_at;
	netif_stop_queue(&nic->dev);
	e1000_irq_want_tx(nic);
}

/*
 * More than the whole ring: a long frame in tiny segments. The stack makes
 * them, and each comes back here or waits in the device's queue. A tap, which
 * has seen it whole, sees its segments too. Headers that no slot holds are
 * longer than what the stack can build.
 */
static cold enum netdev_tx tx_never_fits(struct e1000 *nic, struct sk_buff *skb)
{
	struct sk_buff *next;

	if (!skb_is_gso(skb) || e1000_tx_header_len(skb) > E1000_TX_SLOT) {
		nic->dev.stats.tx_dropped++;
		skb_drop(skb, DROP_TX_TOO_LONG);
		return NETDEV_TX_OK;
	}
	nic->stats.tx_gso_by_stack++;
	skb = skb_gso_segment(skb);
	if (!skb)
		nic->dev.stats.tx_dropped++;
	dev_tx_defer(nic->net);
	for (; skb; skb = next) {
		next = skb->next;
		skb->next = NULL;
		(void)dev_queue_xmit(skb);
	}
	dev_tx_flush(nic->net);
	return NETDEV_TX_OK;
}

/* A later wake-up where the frame needs more than the usual. */
static cold enum netdev_tx tx_busy(struct e1000 *nic, u32 needed)
{
	nic->stats.tx_busy++;
	tx_stop(nic, MAX(needed, (u32)WAKE_AT));
	return NETDEV_TX_BUSY;
}

enum netdev_tx e1000_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct e1000 *nic = dev->priv;
	struct e1000_tx_ring *tx = &nic->tx;
	struct e1000_tx_plan plan = {
		.cmd = TXD_DEXT | TXD_DTYP_DATA | TXD_IFCS,
		.piece_shift = PIECE_SHIFT,
		.gso_size = skb_shinfo(skb)->gso_size,
	};
	bool more = skb->xmit_more;
	u32 needed = 2;

	if (unlikely(!nic->up)) {
		skb_drop(skb, DROP_NETDEV_SHUTDOWN);
		return NETDEV_TX_OK;
	}
	if (unlikely(plan.gso_size))
		needed = tx_count_gso(nic, skb, &plan);
	else if (skb->data_len || unlikely(skb->len > 1u << PIECE_SHIFT))
		needed = tx_count_pieces(skb, PIECE_SHIFT);
	if (unlikely(needed > e1000_tx_unused(tx))) {
		if (needed > E1000_RING_MASK)
			return tx_never_fits(nic, skb);
		tx_kick(nic);
		if (needed > e1000_tx_unused(tx))
			return tx_busy(nic, needed);
	}
	tx_fill(nic, skb, plan);
	if (!more || e1000_tx_unused(tx) < STOP_BELOW)
		tx_kick(nic);
	if (unlikely(e1000_tx_unused(tx) < STOP_BELOW))
		tx_stop(nic, WAKE_AT);
	return NETDEV_TX_OK;
}

/* Runs only while frames are outstanding. No progress: the device hangs. */
void e1000_reclaim_timer(struct timer *timer)
{
	struct e1000 *nic = container_of(timer, struct e1000, reclaim_timer);
	struct e1000_tx_ring *tx = &nic->tx;

	if (!nic->up)
		return;
	nic->stats.tx_reclaim_timer++;
	e1000_clean_tx(nic);
	if (tx->ntc != nic->reclaim_seen || !netif_carrier_ok(&nic->dev))
		nic->reclaim_stuck_ms = 0;
	nic->reclaim_seen = tx->ntc;
	if (tx->ntc == tx->ntu)
		return;
	nic->reclaim_stuck_ms += RECLAIM_MS;
	if (nic->reclaim_stuck_ms >= HANG_MS)
		e1000_restart(nic);
	else
		mod_timer(timer, RECLAIM_MS);
}
