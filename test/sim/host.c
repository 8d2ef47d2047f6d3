/* A host of the simulation: a stack, and a device whose ring is the wire. */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>
#include "kernel/slab.h"
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "net/link/neigh.h"
#include "test/host/machine_sim.h"
#include "test/sim/world.h"

#define NETWORK 0x0a000000u /* 10.0.0.0/24 */
#define MASK	BE32(0xffffff00)

be32 host_addr(u32 number)
{
	return htonl(NETWORK + 1 + number);
}

/* The device completes the checksum and gathers the frags. */
static enum netdev_tx host_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct host *host = dev->priv;
	u8 bytes[65536];

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb_checksum_help(skb);
	skb_copy_bits(skb, 0, bytes, skb->len);
	if (!wire_send(host->world, host->number, bytes, skb->len)) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	consume_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops host_ops = {
	.ndo_start_xmit = host_xmit,
};

void host_wake(struct host *host)
{
	host->wake_ns = UINT64_MAX;
	local_bh_disable();
	netif_wake_queue(&host->dev);
	local_bh_enable();
}

/*
 * Not a byte of memory lies behind the frame, so that AddressSanitizer sees
 * each read too far.
 */
static struct sk_buff *receive_skb(struct net *net, const u8 *bytes, u32 len)
{
	u32 end = ALIGN_UP(SKB_RX_PAD + len, 8u);
	u32 size = end + (u32)sizeof(struct skb_shared_info);
	u8 *head = kmalloc(size);
	struct sk_buff *skb;

	if (!head)
		return NULL;
	skb = build_skb_kmalloc(net, head, size);
	if (!skb) {
		kfree(head);
		return NULL;
	}
	skb_reserve(skb, end - len);
	memcpy(skb_put(skb, len), bytes, len);
	ASAN_POISON_MEMORY_REGION(skb_shinfo(skb)->frags,
				  sizeof(skb_shinfo(skb)->frags));
	return skb;
}

void host_receive(struct host *host, const u8 *bytes, u32 len)
{
	struct sk_buff *skb;

	local_bh_disable();
	skb = receive_skb(host->net, bytes, len);
	if (skb) {
		skb->protocol = eth_type_trans(skb, &host->dev);
		netif_receive_skb(skb);
	}
	local_bh_enable();
	sim_settle();
}

static void must(const struct world *w, int err, const char *what)
{
	if (err)
		world_fail(w, "%s: error %d", what, err);
}

static void mac_of(u8 *mac, u32 number)
{
	memcpy(mac, (const u8[ETH_ALEN]){2, 0, 0, 0, 0, (u8)(1 + number)},
	       ETH_ALEN);
}

static void know_others(struct host *host, u32 nr_hosts)
{
	u8 mac[ETH_ALEN];

	for (u32 i = 0; i < nr_hosts; i++) {
		mac_of(mac, i);
		if (i != host->number)
			must(host->world,
			     neigh_add_static(&host->dev, host_addr(i), mac),
			     "neighbour");
	}
}

void host_create(struct world *w, u32 number)
{
	struct host *host = &w->hosts[number];

	*host = (struct host){
		.world = w,
		.number = number,
		.params = &w->sc->hosts[number],
		.net = net_create(),
		.wake_ns = UINT64_MAX,
	};
	host->dev = (struct net_device){
		.name = "eth0",
		.ops = &host_ops,
		.priv = host,
		.flags = IFF_BROADCAST | IFF_MULTICAST | IFF_RUNNING,
		.mtu = host->params->mtu,
	};
	if (host->params->offloads)
		host->dev.features = NETIF_F_SG | NETIF_F_HW_CSUM;
	mac_of(host->dev.dev_addr, number);
	if (w->sc->ecn)
		tcp_set_ecn(host->net, 1);
	local_bh_disable();
	must(w, register_netdev(host->net, &host->dev), "device");
	must(w, ip_set_address(&host->dev, host_addr(number), MASK), "address");
	must(w, dev_open(&host->dev), "open");
	if (w->sc->static_arp)
		know_others(host, w->sc->nr_hosts);
	local_bh_enable();
}

void host_destroy(struct host *host)
{
	struct net *net = host->net;

	local_bh_disable();
	unregister_netdev(&host->dev);
	local_bh_enable();
	sim_settle();
	if (net->skb_live || net->sock_live)
		world_fail(host->world, "host %u: %llu sk_buffs, %llu socks",
			   host->number, (unsigned long long)net->skb_live,
			   (unsigned long long)net->sock_live);
	net_destroy(net);
}
