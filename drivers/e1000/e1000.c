/*
 * The e1000 driver's ends towards PCI (probe, remove) and the stack (open,
 * stop, statistics). Task context, bottom halves off.
 */
#include "drivers/e1000/e1000.h"

#include "drivers/e1000/hw.h"
#include "kernel/log.h"
#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PCI_INTEL   0x8086
#define WATCHDOG_MS 5000

static const struct e1000_chip chip_82540 = {
	.name = "82540EM",
	.has_tso = true,
	.eerd_shift = 8,
	.eerd_done = EERD_DONE_8254X,
};

static const struct e1000_chip chip_82545 = {
	.name = "82545EM",
	.has_tso = true,
	.eerd_shift = 8,
	.eerd_done = EERD_DONE_8254X,
};

/*
 * No TSO: QEMU 7.2 makes IP fragments of a segmented frame unless its backend
 * is a tap with vnet_hdr, which a guest cannot find out (tx_segment.c).
 */
static const struct e1000_chip chip_82574 = {
	.name = "82574L",
	.is_82574 = true,
	.eerd_shift = 2,
	.eerd_done = EERD_DONE_82574,
};

static const struct pci_id e1000_ids[] = {
	{PCI_INTEL, 0x100e, &chip_82540},
	{PCI_INTEL, 0x100f, &chip_82545},
	{PCI_INTEL, 0x10d3, &chip_82574},
	{0, 0, NULL},
};

/*
 * Interrupts come last but for the link: a frame that arrives before finds
 * the poll enabled and everything in place.
 */
static void e1000_up(struct e1000 *nic)
{
	e1000_hw_configure(nic);
	nic->up = true;
	e1000_refill_rx(nic);
	e1000_flush(nic);
	napi_enable(&nic->napi);
	e1000_irq_start(nic);
	e1000_link_check(nic);
}

static int e1000_open(struct net_device *dev)
{
	struct e1000 *nic = dev->priv;
	int err = e1000_rings_alloc(nic);

	if (err) {
		pr_err("%s: no memory for the rings", dev->name);
		return err;
	}
	if (!nic->fresh)
		err = e1000_hw_reset(nic);
	if (err) {
		pr_err("%s: reset failed", dev->name);
		e1000_rings_free(nic);
		return err;
	}
	dev->tx_stopped = false;
	e1000_up(nic);
	return 0;
}

static void e1000_down(struct e1000 *nic)
{
	nic->up = false;
	e1000_irq_stop(nic);
	napi_disable(&nic->napi);
	del_timer(&nic->refill_timer);
	del_timer(&nic->reclaim_timer);
}

static int e1000_stop(struct net_device *dev)
{
	struct e1000 *nic = dev->priv;

	e1000_down(nic);
	e1000_hw_quiesce(nic);
	netif_carrier_off(dev);
	e1000_rings_free(nic);
	return 0;
}

/* Softirq. The waits are nothing beside the hang before. */
void e1000_restart(struct e1000 *nic)
{
	nic->stats.resets++;
	pr_warn("%s: transmit hangs at %u of %u, reset", nic->dev.name,
		nic->tx.ntc, nic->tx.ntu);
	e1000_down(nic);
	nic->reclaim_stuck_ms = 0;
	e1000_rings_reset(nic);
	if (e1000_hw_reset(nic)) {
		pr_err("%s: reset failed, device is off", nic->dev.name);
		netif_carrier_off(&nic->dev);
		return;
	}
	e1000_up(nic);
	netif_wake_queue(&nic->dev);
	/* What arrived on the way down has lost its interrupt. */
	napi_schedule(&nic->napi);
}

static void e1000_tx_timeout(struct net_device *dev)
{
	struct e1000 *nic = dev->priv;

	if (nic->up)
		e1000_restart(nic);
}

/*
 * MPC counts frames that found no buffer. It is cleared by reading (SDM
 * 13.7) but not in QEMU: whether it is here, a second look tells.
 */
static void e1000_get_stats(struct net_device *dev)
{
	struct e1000 *nic = dev->priv;
	u32 first = e1000_read(nic, REG_MPC);
	u32 second = e1000_read(nic, REG_MPC);

	if (!first)
		return;
	if (second >= first) {
		dev->stats.rx_fifo_errors += second - nic->missed;
		nic->missed = second;
	} else {
		dev->stats.rx_fifo_errors += first + second;
	}
}

static bool e1000_ndo_rx_pending(struct net_device *dev)
{
	const struct e1000 *nic = dev->priv;

	return nic->up && (e1000_rx_pending(nic) ||
			   (dev->tx_stopped && e1000_tx_pending(nic)));
}

static void e1000_ethtool_stats(struct net_device *dev,
				void (*visit)(const char *name, u64 value,
					      void *arg),
				void *arg)
{
	const struct e1000 *nic = dev->priv;

#define E1000_STAT_VISIT(name) visit(#name, nic->stats.name, arg);
	E1000_STATS(E1000_STAT_VISIT)
#undef E1000_STAT_VISIT
	visit("rx_ring_size", E1000_RING_SIZE, arg);
	visit("tx_ring_size", E1000_RING_SIZE, arg);
	visit("rx_ring_ntc", nic->rx.ntc, arg);
	visit("rx_ring_ntu", nic->rx.ntu, arg);
	visit("tx_ring_ntc", nic->tx.ntc, arg);
	visit("tx_ring_ntu", nic->tx.ntu, arg);
}

static const struct net_device_ops e1000_ops = {
	.ndo_open = e1000_open,
	.ndo_stop = e1000_stop,
	.ndo_start_xmit = e1000_start_xmit,
	.ndo_xmit_flush = e1000_xmit_flush,
	.ndo_tx_timeout = e1000_tx_timeout,
	.ndo_get_stats = e1000_get_stats,
	.ndo_rx_pending = e1000_ndo_rx_pending,
	.ndo_busy_poll = e1000_busy_poll,
	.ndo_ethtool_stats = e1000_ethtool_stats,
};

static void e1000_init_netdev(struct e1000 *nic)
{
	struct net_device *dev = &nic->dev;

	memcpy(dev->name, "eth%d", sizeof("eth%d"));
	dev->ops = &e1000_ops;
	dev->priv = nic;
	dev->flags = IFF_BROADCAST | IFF_MULTICAST;
	dev->features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO;
	dev->features |= nic->chip->is_82574 ? NETIF_F_RXCSUM : 0;
	dev->mtu = ETH_DATA_LEN;
	dev->watchdog_ms = WATCHDOG_MS;
	memcpy(dev->dev_addr, nic->mac, ETH_ALEN);
	timer_setup(&nic->refill_timer, e1000_refill_timer);
	timer_setup(&nic->reclaim_timer, e1000_reclaim_timer);
	netif_napi_add(dev, &nic->napi, e1000_poll, NAPI_POLL_WEIGHT);
}

/* MAC first: firmware's copy of it may not survive the reset. */
static const char *e1000_probe_hw(struct e1000 *nic)
{
	nic->regs = pci_map_bar(nic->pci, 0);
	if (!nic->regs)
		return "no registers";
	pci_command(nic->pci, PCI_COMMAND_MEM, 0);
	if (e1000_hw_read_mac(nic))
		return "no valid MAC address";
	if (e1000_hw_reset(nic))
		return "reset failed";
	return NULL;
}

/* A name in the stack, then the interrupt that carries it. */
static const char *e1000_probe_net(struct e1000 *nic)
{
	e1000_init_netdev(nic);
	if (register_netdev(nic->net, &nic->dev))
		return "cannot register";
	if (e1000_irq_setup(nic)) {
		unregister_netdev(&nic->dev);
		return "no interrupt";
	}
	return NULL;
}

static int e1000_probe(struct pci_dev *pci, const struct pci_id *id)
{
	struct e1000 *nic = kzalloc(sizeof(*nic));
	const char *why;

	if (!nic) {
		pr_err("e1000: %02x:%02x.%u no memory", pci->bus, pci->slot,
		       pci->fn);
		return -ENOMEM;
	}
	nic->pci = pci;
	nic->net = pci->net;
	nic->chip = id->data;
	why = e1000_probe_hw(nic);
	if (!why)
		why = e1000_probe_net(nic);
	if (why) {
		pr_err("e1000: %02x:%02x.%u not usable: %s", pci->bus,
		       pci->slot, pci->fn, why);
		if (nic->regs)
			e1000_hw_quiesce(nic);
		kfree(nic);
		return -ENODEV;
	}
	pci->priv = nic;
	pr_info("%s: Intel %s at %02x:%02x.%u, %pM, %s", nic->dev.name,
		nic->chip->name, pci->bus, pci->slot, pci->fn, nic->mac,
		pci_irq_mode_name(pci->irq_mode));
	return 0;
}

static void e1000_remove(struct pci_dev *pci)
{
	struct e1000 *nic = pci->priv;

	unregister_netdev(&nic->dev);
	netif_napi_del(&nic->napi);
	e1000_hw_quiesce(nic);
	e1000_irq_release(nic);
	kfree(nic);
}

const struct pci_driver e1000_driver = {
	.name = "e1000",
	.ids = e1000_ids,
	.probe = e1000_probe,
	.remove = e1000_remove,
};
