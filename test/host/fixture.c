/* A stack with a fake Ethernet device: see fixture.h. */
#include "test/host/fixture.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>
#include "kernel/slab.h"
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "net/link/arp.h"
#include "test/host/machine_sim.h"

const u8 fixture_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 1};
const u8 fixture_peer[ETH_ALEN] = {2, 0, 0, 0, 0, 2};
const u8 fixture_bcast[ETH_ALEN] = {255, 255, 255, 255, 255, 255};

static enum netdev_tx fake_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct fixture *f = dev->priv;

	if (!f->room) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	if (--f->room == 0)
		netif_stop_queue(dev);
	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	skb_queue_tail(&f->sent, skb);
	return NETDEV_TX_OK;
}

static void fake_flush(struct net_device *dev)
{
	((struct fixture *)dev->priv)->flushes++;
}

static void fake_timeout(struct net_device *dev)
{
	((struct fixture *)dev->priv)->timeouts++;
}

static const struct net_device_ops fake_ops = {
	.ndo_start_xmit = fake_xmit,
	.ndo_xmit_flush = fake_flush,
	.ndo_tx_timeout = fake_timeout,
};

void fixture_add_dev(struct fixture *f, struct net_device *dev,
		     const char *name)
{
	*dev = (struct net_device){
		.ops = &fake_ops,
		.priv = f,
		.flags = IFF_BROADCAST | IFF_MULTICAST | IFF_RUNNING,
		.features = FIXTURE_FEATURES,
		.watchdog_ms = 5000,
	};
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	memcpy(dev->dev_addr, fixture_mac, ETH_ALEN);
	assert_int_equal(register_netdev(f->net, dev), 0);
	assert_int_equal(dev_open(dev), 0);
}

void fixture_add_eth1(struct fixture *f, struct net_device *dev)
{
	fixture_add_dev(f, dev, "eth1");
	assert_int_equal(
		ip_set_address(dev, IP4(10, 1, 0, 1), IP4(255, 255, 0, 0)), 0);
}

struct fixture *fixture_create(u32 features)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	sim_init();
	skb_queue_head_init(&f->sent);
	f->room = UINT32_MAX;
	f->net = net_create();
	assert_non_null(f->net);
	fixture_add_dev(f, &f->dev, "eth%d");
	f->dev.features = features;
	assert_int_equal(
		ip_set_address(&f->dev, FIXTURE_ADDR, IP4(255, 255, 255, 0)),
		0);
	return f;
}

void fixture_destroy(struct fixture *f)
{
	struct net *net = f->net;

	fixture_settle(f);
	fixture_tx_purge(f);
	local_bh_disable();
	while (!list_empty(&net->devs) &&
	       list_last(&net->devs, struct net_device, node) != net->loopback)
		unregister_netdev(
			list_last(&net->devs, struct net_device, node));
	local_bh_enable();
	fixture_tx_purge(f);
	assert_int_equal(net->skb_live, 0);
	net_destroy(net);
	sim_exit();
	test_free(f);
	assert_int_equal(sim_live_objects(), 0);
	assert_int_equal(sim_live_pages(), 0);
}

int fixture_setup(void **state)
{
	*state = fixture_create(FIXTURE_FEATURES);
	return 0;
}

int fixture_setup_peer(void **state)
{
	fixture_setup(state);
	fixture_know_peer(*state);
	return 0;
}

int fixture_teardown(void **state)
{
	fixture_destroy(*state);
	return 0;
}

/*
 * head | SKB_RX_PAD.. | frame | shared info, its unused frags poisoned.
 * The frame ends where the shared info begins.
 */
struct sk_buff *fixture_skb(struct fixture *f, const void *frame, size_t len)
{
	u32 end = ALIGN_UP(SKB_RX_PAD + (u32)len, 8u);
	u32 size = end + (u32)sizeof(struct skb_shared_info);
	u8 *head = kmalloc(size);
	struct sk_buff *skb;

	assert_non_null(head);
	skb = build_skb_kmalloc(f->net, head, size);
	assert_non_null(skb);
	skb_reserve(skb, end - (u32)len);
	memcpy(skb_put(skb, (u32)len), frame, len);
	__asan_poison_memory_region(skb_shinfo(skb)->frags,
				    sizeof(skb_shinfo(skb)->frags));
	return skb;
}

void fixture_rx(struct fixture *f, const void *frame, size_t len)
{
	struct sk_buff *skb;

	if (len < ETH_HLEN) {
		net_count_drop(f->net, DROP_ETH_SHORT);
		return;
	}
	skb = fixture_skb(f, frame, len);
	local_bh_disable();
	f->dev.stats.rx_packets++;
	f->dev.stats.rx_bytes += len;
	skb->protocol = eth_type_trans(skb, &f->dev);
	netif_receive_skb(skb);
	local_bh_enable();
	fixture_settle(f);
}

void fixture_rx_payload(struct fixture *f, u16 type, const void *payload,
			size_t len)
{
	u8 frame[65536 + ETH_HLEN];

	assert_true(len <= 65536);
	eth_fill((struct ethhdr *)frame, fixture_mac, fixture_peer, type);
	memcpy(frame + ETH_HLEN, payload, len);
	fixture_rx(f, frame, ETH_HLEN + len);
}

struct sk_buff *fixture_tx(struct fixture *f)
{
	return skb_dequeue(&f->sent);
}

struct sk_buff *fixture_tx_ip(struct fixture *f)
{
	struct sk_buff *skb;

	while ((skb = fixture_tx(f)) != NULL) {
		if (ntohs(((struct ethhdr *)skb->data)->type) == ETH_P_IP)
			break;
		consume_skb(skb);
	}
	return skb;
}

struct sk_buff *fixture_frame(struct fixture *f, u32 len, u8 mark)
{
	struct sk_buff *skb = alloc_skb(f->net, len);

	memset(skb_put(skb, len), mark, len);
	skb->dev = &f->dev;
	return skb;
}

int fixture_xmit(struct sk_buff *skb)
{
	int err;

	local_bh_disable();
	err = dev_queue_xmit(skb);
	local_bh_enable();
	return err;
}

void fixture_wake(struct fixture *f, u32 room)
{
	local_bh_disable();
	f->room = room;
	netif_wake_queue(&f->dev);
	local_bh_enable();
	fixture_settle(f);
}

u32 fixture_tx_count(const struct fixture *f)
{
	return f->sent.qlen;
}

void fixture_tx_purge(struct fixture *f)
{
	skb_queue_purge(&f->sent, DROP_NONE);
}

void fixture_know(struct fixture *f, be32 addr, const u8 *mac)
{
	local_bh_disable();
	assert_int_equal(neigh_add_static(&f->dev, addr, mac), 0);
	local_bh_enable();
}

void fixture_know_peer(struct fixture *f)
{
	fixture_know(f, FIXTURE_PEER, fixture_peer);
}

void fixture_drop_at(struct fixture *f, enum drop_reason why, const char *file,
		     int line)
{
	for (int i = DROP_NONE + 1; i < DROP_MAX; i++) {
		u64 now = net_drops(f->net, (enum drop_reason)i);
		u64 risen = now - f->drops[i];

		f->drops[i] = now;
		if (risen == (i == (int)why))
			continue;
		print_error("drop %s rose by %u, not by %d\n",
			    drop_name((enum drop_reason)i), (unsigned)risen,
			    i == (int)why);
		_fail(file, line);
	}
}

void fixture_forget_drops(struct fixture *f)
{
	for (int i = 0; i < DROP_MAX; i++)
		f->drops[i] = net_drops(f->net, (enum drop_reason)i);
}

void fixture_settle(struct fixture *f)
{
	sim_settle();
}

void fixture_run_ms(struct fixture *f, u64 ms)
{
	sim_run_ms(ms);
}
