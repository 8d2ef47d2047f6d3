/*
 * Receive: descriptors that the device has given back (DD) become sk_buffs,
 * and the refill gives empty buffers to the device, many at a time because
 * each tail write is an exit. Softirq.
 *
 *	buffer of 2048 bytes after SKB_RX_PAD
 *	  frame <= copybreak:  copied to a small sk_buff, the buffer stays
 *	  longer:              the buffer becomes the sk_buff, a new one later
 */
#include "drivers/e1000/e1000.h"

#define REFILL_BATCH	16
#define REFILL_RETRY_MS 20
#define COPY_STEP	64

/* The device's words on one frame, taken from the descriptor once. */
struct rx_frame {
	u32 len;
	u8 status, errors;
};

static inline struct rx_frame rx_decode(const struct e1000_rx_ring *rx,
					u64 word)
{
	return (struct rx_frame){
		.len = (u16)(word >> 32),
		.status = (u8)word,
		.errors = (u8)(word >> rx->errors_shift),
	};
}

static cold bool rx_refuse(struct e1000 *nic, u64 *counter,
			   enum drop_reason why)
{
	(*counter)++;
	nic->dev.stats.rx_errors++;
	net_count_drop(nic->net, why);
	return false;
}

/*
 * Our buffers hold any frame that the device may deliver, so one that needs
 * more is skipped: all of it, up to the descriptor with EOP.
 */
static cold bool rx_discard(struct e1000 *nic, struct rx_frame frame)
{
	struct e1000_rx_ring *rx = &nic->rx;
	bool first = !rx->discarding;

	rx->discarding = !(frame.status & RXD_EOP);
	if (!first)
		return false;
	return rx_refuse(nic, &nic->stats.rx_long_discard, DROP_RX_LONG_FRAME);
}

/* The device's word is checked like a peer's: it may be anything. */
static inline bool rx_acceptable(struct e1000 *nic, struct rx_frame frame)
{
	if (unlikely(!(frame.status & RXD_EOP) || nic->rx.discarding))
		return rx_discard(nic, frame);
	if (unlikely(frame.errors & RXD_ERR_FRAME)) {
		nic->dev.stats.rx_frame_errors++;
		return rx_refuse(nic, &nic->stats.rx_frame_errors,
				 DROP_RX_FRAME_ERROR);
	}
	if (unlikely(frame.len - ETH_HLEN > SKB_RX_SIZE - ETH_HLEN))
		return rx_refuse(nic, &nic->stats.rx_length_errors,
				 DROP_RX_BAD_LENGTH);
	return true;
}

/* Both sides have room up to the next multiple of COPY_STEP. */
static inline void rx_copy(u8 *to, const u8 *from, u32 len)
{
	for (u32 at = 0; at < len; at += COPY_STEP)
		__builtin_memcpy(to + at, from + at, COPY_STEP);
}

static inline struct sk_buff *rx_copy_small(struct e1000 *nic, const u8 *frame,
					    u32 len)
{
	struct sk_buff *skb = alloc_skb(nic->net, E1000_COPYBREAK);

	if (unlikely(!skb))
		return NULL;
	rx_copy(skb->data, frame, len);
	skb->tail += len;
	skb->len = len;
	nic->stats.rx_copybreak++;
	return skb;
}

static inline struct sk_buff *rx_make_skb(struct e1000 *nic,
					  struct e1000_rx_info *info, u32 len)
{
	struct sk_buff *skb;

	if (len <= nic->rx.copybreak)
		return rx_copy_small(nic, info->buffer + SKB_RX_PAD, len);
	skb = build_skb(nic->net, info->buffer, len);
	if (likely(skb))
		info->buffer = NULL;
	return skb;
}

/*
 * 82574 7.1.10. Only good news is believed: after bad news the stack checks
 * for itself, drops and counts.
 */
static inline void rx_checksum(struct e1000 *nic, struct sk_buff *skb,
			       struct rx_frame frame)
{
	if (frame.status & RXD_IXSM ||
	    !(frame.status & (RXD_TCPCS | RXD_UDPCS)))
		return;
	if (unlikely(frame.errors & (RXD_ERR_TCPE | RXD_ERR_IPE))) {
		nic->stats.rx_csum_offload_errors++;
		return;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	nic->stats.rx_csum_offload_good++;
}

static inline void rx_deliver(struct e1000 *nic, struct e1000_rx_info *info,
			      struct rx_frame frame)
{
	struct sk_buff *skb = rx_make_skb(nic, info, frame.len);

	if (unlikely(!skb)) {
		nic->dev.stats.rx_dropped++;
		nic->stats.alloc_rx_buff_failed++;
		net_count_drop(nic->net, DROP_NO_BUFFER);
		return;
	}
	nic->dev.stats.rx_packets++;
	nic->dev.stats.rx_bytes += frame.len;
	rx_checksum(nic, skb, frame);
	skb->protocol = eth_type_trans(skb, &nic->dev);
	netif_receive_skb(skb);
}

/* Takes up to `budget` frames off the ring; returns how many there were. */
int e1000_clean_rx(struct e1000 *nic, int budget)
{
	struct e1000_rx_ring *rx = &nic->rx;
	int done = 0;

	while (done < budget) {
		struct e1000_rx_info *info = &rx->info[rx->ntc];
		u64 word = e1000_rx_word(rx, rx->ntc);
		struct rx_frame frame;

		if (!(word & RXD_DD))
			break;
		/*
		 * It must not look done again before its refill; and the e1000
		 * leaves old status bits where it does not set them.
		 */
		rx->desc[rx->ntc].word = 0;
		rx->ntc = (rx->ntc + 1) & E1000_RING_MASK;
		done++;
		frame = rx_decode(rx, word);
		if (likely(rx_acceptable(nic, frame)))
			rx_deliver(nic, info, frame);
	}
	return done;
}

/* One buffer for the device; false when memory is out. */
static inline bool rx_give(struct e1000 *nic, u32 i)
{
	struct e1000_rx_info *info = &nic->rx.info[i];

	if (!info->buffer) {
		info->buffer = skb_rx_buffer_alloc(nic->net);
		if (unlikely(!info->buffer))
			return false;
		info->dma = machine_dma_addr(info->buffer + SKB_RX_PAD);
	}
	/* An extended descriptor's answer has overwritten the address. */
	nic->rx.desc[i].addr = info->dma;
	return true;
}

static cold void rx_refill_failed(struct e1000 *nic)
{
	nic->stats.alloc_rx_buff_failed++;
	if (!timer_pending(&nic->refill_timer))
		mod_timer(&nic->refill_timer, REFILL_RETRY_MS);
}

/* Gives all free descriptors to the device once a batch of them is free. */
void e1000_refill_rx(struct e1000 *nic)
{
	struct e1000_rx_ring *rx = &nic->rx;
	u32 unused = e1000_rx_unused(rx), ntu = rx->ntu;

	if (unused < REFILL_BATCH)
		return;
	for (; unused; unused--) {
		if (unlikely(!rx_give(nic, ntu))) {
			rx_refill_failed(nic);
			break;
		}
		ntu = (ntu + 1) & E1000_RING_MASK;
	}
	if (ntu == rx->ntu)
		return;
	rx->ntu = ntu;
	nic->stats.rx_tail_writes++;
	/* The descriptors are written before the device hears of them. */
	barrier();
	e1000_write(nic, REG_RDT, ntu);
	if (nic->busy_poll)
		e1000_flush(nic);
}

/* Memory was out: without this a ring that ran dry would stay dry. */
void e1000_refill_timer(struct timer *timer)
{
	struct e1000 *nic = container_of(timer, struct e1000, refill_timer);

	if (!nic->up)
		return;
	e1000_refill_rx(nic);
	e1000_flush(nic);
	napi_schedule(&nic->napi);
}
