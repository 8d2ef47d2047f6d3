/* What tx.c, tx_offload.c and tx_segment.c say to each other of one frame. */
#pragma once

#include "drivers/e1000/e1000.h"

/* Offsets in an IPv4 (RFC 791 3.1) and a TCP header (RFC 9293 3.1). */
#define IP_CHECK       10
#define IP_SRC	       12
#define IP_DST	       16
#define TCP_CHECK      16
#define E1000_TCP_DOFF 12
#define PROTO_TCP      6

/* What all descriptors of one frame have in common. */
struct e1000_tx_plan {
	u32 cmd;
	u8 popts;
	u8 piece_shift;
	u16 gso_size;
};

/* Of a TCP segment: the bytes in front of its payload. */
static inline u32 e1000_tx_header_len(const struct sk_buff *skb)
{
	const u8 *tcp = skb_transport_header(skb);

	return (u32)(tcp - skb->data) + (tcp[E1000_TCP_DOFF] >> 4) * 4u;
}

/* One data descriptor. */
static inline void e1000_tx_put(struct e1000_tx_ring *tx, u64 dma, u32 len,
				const struct e1000_tx_plan *plan)
{
	tx->desc[tx->ntu] = (struct e1000_tx_desc){
		.addr = dma,
		.cmd_len = plan->cmd | len,
		.popts = plan->popts,
	};
	tx->ntu = (tx->ntu + 1) & E1000_RING_MASK;
}

/*
 * Fill the plan and put a context descriptor into the ring where one is
 * needed: for a CHECKSUM_PARTIAL frame, for one that the device segments.
 */
void e1000_tx_checksum(struct e1000 *nic, struct sk_buff *skb,
		       struct e1000_tx_plan *plan);
void e1000_tx_tso(struct e1000 *nic, struct sk_buff *skb,
		  struct e1000_tx_plan *plan);

/*
 * Segments a frame with gso_size into the ring, where the descriptors that
 * e1000_tx_segment_count says are free: UINT32_MAX when it cannot be done.
 */
u32 e1000_tx_segment_count(const struct sk_buff *skb);
void e1000_tx_segment(struct e1000 *nic, struct sk_buff *skb,
		      struct e1000_tx_plan *plan);
