/*
 * The Intel e1000 and e1000e driver: one struct e1000 is one NIC, and holds
 * everything that belongs to it. Files:
 *
 *	regs.h	 the datasheet		ring.c	rings and their memory
 *	hw.c	 reset, MAC, set-up	rx.c	receive
 *	irq.c	 interrupts, poll	tx.c	transmit; tx_offload.c,
 *	e1000.c	 probe, open, stop		tx_segment.c
 */
#pragma once

#include "drivers/e1000/ring.h"
#include "drivers/pci.h"
#include "kernel/machine.h"
#include "net/core/netdev.h"

/*
 * Frames up to this are copied, in steps of 64 bytes: with one more step they
 * would no longer fit the small head of sk_buffs, and gain nothing.
 */
#define E1000_COPYBREAK 192

enum e1000_vector { E1000_VEC_RX, E1000_VEC_TX, E1000_VEC_OTHER, E1000_NR_VEC };

/* What differs between the chips. */
struct e1000_chip {
	const char *name;
	bool is_82574; /* extended descriptors, MSI-X, RX checksum */
	bool has_tso;  /* usable: where not, the driver segments */
	u8 eerd_shift;
	u32 eerd_done;
};

#define E1000_STATS(X)                                                         \
	X(interrupts)                                                          \
	X(interrupts_not_mine)                                                 \
	X(link_changes)                                                        \
	X(resets)                                                              \
	X(rx_copybreak)                                                        \
	X(rx_long_discard)                                                     \
	X(rx_frame_errors)                                                     \
	X(rx_length_errors)                                                    \
	X(rx_csum_offload_good)                                                \
	X(rx_csum_offload_errors)                                              \
	X(rx_tail_writes)                                                      \
	X(alloc_rx_buff_failed)                                                \
	X(tx_tail_writes)                                                      \
	X(tx_contexts)                                                         \
	X(tx_csum_offload)                                                     \
	X(tx_tso)                                                              \
	X(tx_gso)                                                              \
	X(tx_gso_segments)                                                     \
	X(tx_gso_by_stack)                                                     \
	X(tx_restart)                                                          \
	X(tx_busy)                                                             \
	X(tx_reclaim_timer)

struct e1000_stats {
#define E1000_STAT_FIELD(name) u64 name;
	E1000_STATS(E1000_STAT_FIELD)
#undef E1000_STAT_FIELD
};

struct e1000 {
	u8 *regs;
	struct net *net;
	struct e1000_rx_ring rx;
	struct e1000_tx_ring tx;
	struct e1000_stats stats;
	struct napi_struct napi;
	struct net_device dev;

	u32 ims;	   /* INTx, MSI: what the device may raise now */
	bool link_event;   /* set in hard irq, handled by the poll */
	bool link_handled; /* its interrupt is to be unmasked again */
	bool busy_poll;	   /* the idle loop looks: interrupts stay masked */
	bool up;	   /* between open and stop */
	bool fresh;	   /* reset, and not configured since */
	u8 mac[ETH_ALEN];
	u32 missed; /* MPC so far */

	struct timer refill_timer;  /* after a failed allocation */
	struct timer reclaim_timer; /* while transmits are outstanding */
	u32 reclaim_seen;	    /* tx.ntc at its last run */
	u32 reclaim_stuck_ms;

	const struct e1000_chip *chip;
	struct pci_dev *pci;
	struct irq_action actions[E1000_NR_VEC], single;
	char irq_names[E1000_NR_VEC][IFNAMSIZ + 8];
};

extern const struct pci_driver e1000_driver;

/* e1000.irq= of the command line; before pci_scan. */
void e1000_set_irq_mode(enum pci_irq_mode mode);

static inline u32 e1000_read(const struct e1000 *nic, u32 reg)
{
	return mmio_read32(nic->regs + reg);
}

static inline void e1000_write(struct e1000 *nic, u32 reg, u32 value)
{
	mmio_write32(nic->regs + reg, value);
}

/*
 * Reading anything makes posted writes arrive: under KVM, QEMU's e1000 has
 * coalesced MMIO, and a tail write could wait for ever.
 */
static inline void e1000_flush(struct e1000 *nic)
{
	(void)e1000_read(nic, REG_STATUS);
}

/* A new life for a device that hangs; frames in its ring are dropped. */
void e1000_restart(struct e1000 *nic);

/* irq.c. The handlers run in hard irq context, the others in softirq. */
int e1000_irq_setup(struct e1000 *nic) must_check;
void e1000_irq_release(struct e1000 *nic);
void e1000_irq_start(struct e1000 *nic);
void e1000_irq_stop(struct e1000 *nic);
void e1000_irq_want_tx(struct e1000 *nic);
void e1000_link_check(struct e1000 *nic);
void e1000_busy_poll(struct net_device *dev, bool on);
int e1000_poll(struct napi_struct *napi, int budget);

/* rx.c. Softirq. */
int e1000_clean_rx(struct e1000 *nic, int budget);
void e1000_refill_rx(struct e1000 *nic);
void e1000_refill_timer(struct timer *timer);

/* True when a received frame waits; looks at memory only. */
static inline bool e1000_rx_pending(const struct e1000 *nic)
{
	return e1000_rx_word(&nic->rx, nic->rx.ntc) & RXD_DD;
}

/* True when the oldest frame in the transmit ring has been sent. */
static inline bool e1000_tx_pending(const struct e1000 *nic)
{
	const struct e1000_tx_ring *tx = &nic->tx;
	u32 last;

	if (tx->ntc == tx->ntu)
		return false;
	last = tx->info[tx->ntc].last;
	return READ_ONCE(tx->desc[last].status) & TXD_STATUS_DD;
}

/* tx.c. Softirq, or task with bottom halves off. */
enum netdev_tx e1000_start_xmit(struct sk_buff *skb, struct net_device *dev);
void e1000_xmit_flush(struct net_device *dev);
void e1000_clean_tx(struct e1000 *nic);
void e1000_reclaim_timer(struct timer *timer);
