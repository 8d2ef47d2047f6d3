/*
 * The rings: twin arrays, desc[] shared with the device and info[] of our
 * own. The device owns descriptors from its head up to the tail that we
 * wrote; head == tail means none, so one descriptor always stays ours.
 *
 *	        ntc (next to clean)       ntu (next to use) = tail
 *	         v                         v
 *	| free  | with the device, or     | free
 *	|       | done and not looked at  |
 */
#pragma once

#include "drivers/e1000/regs.h"
#include "net/core/skbuff.h"

#define E1000_RING_SIZE 256
#define E1000_RING_MASK (E1000_RING_SIZE - 1)

/* RDLEN and TDLEN are multiples of 128 bytes (SDM 13.4.27, 13.4.38). */
_Static_assert((E1000_RING_SIZE & E1000_RING_MASK) == 0, "a power of two");
_Static_assert(E1000_RING_SIZE % 8 == 0, "RDLEN granularity");
_Static_assert(E1000_RING_SIZE * 16 <= PAGE_SIZE, "one page a ring");

/*
 * Where the driver segments itself, each descriptor has memory for a header:
 * it is the device's for as long as the descriptor is.
 */
#define E1000_TX_SLOT	    128
#define E1000_HEADERS_ORDER 3
_Static_assert(E1000_TX_SLOT ==
		       (PAGE_SIZE << E1000_HEADERS_ORDER) / E1000_RING_SIZE,
	       "whole pages");

_Static_assert(E1000_TX_SLOT >= SKB_HEADROOM, "all that the stack can push");

struct e1000;
struct net;
struct sk_buff;

struct e1000_rx_info {
	u8 *buffer; /* NULL: handed up, to be replaced by the refill */
	u64 dma;
};

struct e1000_rx_ring {
	struct e1000_rx_desc *desc;
	struct e1000_rx_info *info;
	u32 ntc, ntu;
	u8 word_rotate;	 /* brings status to bit 0, length to bit 32 */
	u8 errors_shift; /* where the errors are then */
	bool discarding; /* inside a frame that spans descriptors */
	u32 copybreak;	 /* 0: off */
};

/* Only the first descriptor of a frame has these. */
struct e1000_tx_info {
	struct sk_buff *skb;
	u32 last; /* the frame's descriptor with RS */
};

struct e1000_tx_ring {
	struct e1000_tx_desc *desc;
	struct e1000_tx_info *info;
	u8 *headers; /* a slot for each descriptor, or NULL */
	u32 ntc, ntu;
	u32 tail;    /* as last written to TDT */
	u32 wake_at; /* free descriptors that end a stop */
	u64 context; /* what the device's context holds; 0: unknown */
};

/* Descriptors that may be given to the device. */
static inline u32 e1000_rx_unused(const struct e1000_rx_ring *rx)
{
	return (rx->ntc - rx->ntu - 1) & E1000_RING_MASK;
}

static inline u32 e1000_tx_unused(const struct e1000_tx_ring *tx)
{
	return (tx->ntc - tx->ntu - 1) & E1000_RING_MASK;
}

/*
 * The device's word on descriptor i, status in bits 7:0, length in 47:32. It
 * is read once: the device writes DD last, and x86 keeps loads in order, so
 * with DD set all of the word and the frame itself are there.
 */
static inline u64 e1000_rx_word(const struct e1000_rx_ring *rx, u32 i)
{
	u64 word = READ_ONCE(rx->desc[i].word);

	return word >> rx->word_rotate | word << (-rx->word_rotate & 63);
}

/* Memory for both rings, no buffers yet; 0 or -ENOMEM. */
int e1000_rings_alloc(struct e1000 *nic) must_check;
void e1000_rings_free(struct e1000 *nic);

/* All descriptors ours; buffers are kept, frames not yet sent are dropped. */
void e1000_rings_reset(struct e1000 *nic);
