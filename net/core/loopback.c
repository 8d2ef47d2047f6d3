/*
 * lo: what is sent comes back in by the backlog. Frames carry an Ethernet
 * header with zero addresses, as in Linux; GSO segments pass whole and the
 * checksums of bytes that never leave memory count as checked.
 */
#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/eth.h"
#include "net/core/net.h"

#define LOOPBACK_MTU 65536

/* The sender's account must not wait for the receiver: orphaned here. */
static enum netdev_tx loopback_xmit(struct sk_buff *skb, struct net_device *dev)
{
	skb_orphan(skb);
	skb_reset_mac_header(skb);
	skb->protocol = ((const struct ethhdr *)skb->data)->type;
	skb->pkt_type = PACKET_HOST;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	dev->stats.rx_packets++;
	dev->stats.rx_bytes += skb->len;
	skb_pull(skb, ETH_HLEN);
	netif_rx(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops loopback_ops = {
	.ndo_start_xmit = loopback_xmit,
};

int loopback_create(struct net *net)
{
	struct net_device *dev = kzalloc(sizeof(*dev));
	int err;

	if (!dev)
		return -ENOMEM;
	memcpy(dev->name, "lo", sizeof("lo"));
	dev->ops = &loopback_ops;
	dev->flags = IFF_LOOPBACK | IFF_NOARP | IFF_RUNNING;
	/* No SG: whoever receives may rely on linear sk_buffs. */
	dev->features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM;
	dev->mtu = LOOPBACK_MTU;
	err = register_netdev(net, dev);
	if (err) {
		kfree(dev);
		return err;
	}
	net->loopback = dev;
	return dev_open(dev);
}

void loopback_destroy(struct net *net)
{
	struct net_device *dev = net->loopback;

	if (!dev)
		return;
	unregister_netdev(dev);
	net->loopback = NULL;
	kfree(dev);
}
