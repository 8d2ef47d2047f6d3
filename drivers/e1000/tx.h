/* What tx.c and tx_offload.c say to each other about one frame. */
#pragma once

#include "drivers/e1000/e1000.h"

/* What all descriptors of one frame have in common. */
struct e1000_tx_plan {
	u32 cmd;
	u8 popts;
	u8 piece_shift;
	u16 gso_size;
};

/*
 * Fill the plan and put a context descriptor into the ring where one is
 * needed: for a CHECKSUM_PARTIAL frame, for one with gso_size.
 */
void e1000_tx_checksum(struct e1000 *nic, struct sk_buff *skb,
		       struct e1000_tx_plan *plan);
void e1000_tx_segment(struct e1000 *nic, struct sk_buff *skb,
		      struct e1000_tx_plan *plan);
