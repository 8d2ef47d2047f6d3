/*
 * Ring memory: a page of descriptors and an array of our own for each ring,
 * and header slots where the driver segments.
 * Task context, but e1000_rings_reset, which a hung device's restart calls.
 */
#include "drivers/e1000/e1000.h"

#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/string.h"

int e1000_rings_alloc(struct e1000 *nic)
{
	struct e1000_rx_ring *rx = &nic->rx;
	struct e1000_tx_ring *tx = &nic->tx;

	rx->desc = machine_pages_alloc(0);
	tx->desc = machine_pages_alloc(0);
	rx->info = kzalloc(E1000_RING_SIZE * sizeof(*rx->info));
	tx->info = kzalloc(E1000_RING_SIZE * sizeof(*tx->info));
	if (!nic->chip->has_tso)
		tx->headers = machine_pages_alloc(E1000_HEADERS_ORDER);
	if (!rx->desc || !tx->desc || !rx->info || !tx->info ||
	    (!tx->headers && !nic->chip->has_tso)) {
		e1000_rings_free(nic);
		return -ENOMEM;
	}
	rx->word_rotate = nic->chip->is_82574 ? 0 : 32;
	rx->errors_shift = nic->chip->is_82574 ? 24 : 8;
	rx->copybreak = E1000_COPYBREAK;
	e1000_rings_reset(nic);
	return 0;
}

static void rx_ring_free(struct e1000 *nic)
{
	struct e1000_rx_ring *rx = &nic->rx;

	for (u32 i = 0; rx->info && i < E1000_RING_SIZE; i++)
		if (rx->info[i].buffer)
			skb_rx_buffer_free(nic->net, rx->info[i].buffer);
	kfree(rx->info);
	if (rx->desc)
		machine_pages_free(rx->desc, 0);
	rx->info = NULL;
	rx->desc = NULL;
}

static void tx_ring_drop(struct e1000_tx_ring *tx)
{
	for (u32 i = 0; i < E1000_RING_SIZE; i++) {
		struct sk_buff *skb = tx->info[i].skb;

		tx->info[i].skb = NULL;
		if (skb)
			skb_drop(skb, DROP_NETDEV_SHUTDOWN);
	}
}

void e1000_rings_free(struct e1000 *nic)
{
	struct e1000_tx_ring *tx = &nic->tx;

	rx_ring_free(nic);
	if (tx->info)
		tx_ring_drop(tx);
	kfree(tx->info);
	if (tx->desc)
		machine_pages_free(tx->desc, 0);
	if (tx->headers)
		machine_pages_free(tx->headers, E1000_HEADERS_ORDER);
	tx->headers = NULL;
	tx->info = NULL;
	tx->desc = NULL;
}

void e1000_rings_reset(struct e1000 *nic)
{
	struct e1000_rx_ring *rx = &nic->rx;
	struct e1000_tx_ring *tx = &nic->tx;

	memset(rx->desc, 0, E1000_RING_SIZE * sizeof(*rx->desc));
	memset(tx->desc, 0, E1000_RING_SIZE * sizeof(*tx->desc));
	rx->ntc = rx->ntu = 0;
	rx->discarding = false;
	tx->ntc = tx->ntu = tx->tail = 0;
	tx->context = 0;
	tx_ring_drop(tx);
}
