/*
 * The stack with one device, tun0: what packetdrill injects comes out of it,
 * what the stack sends waits in `sent`. An Ethernet header is put before and
 * taken off, because a device of barenet is an Ethernet.
 */
#include <string.h>
#include "kernel/log.h"
#include "kernel/timer.h"
#include "lib/checksum.h"
#include "net/core/eth.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"
#include "net/link/arp.h"
#include "test/host/machine_sim.h"
#include "test/packetdrill/net.h"
#include "test/packetdrill/stack.h"

#define NS_PER_US 1000u
#define START_US  10000000u /* a clock at 0 would look like `never` */

static const u8 our_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 1};
static const u8 gateway_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 2};

static struct {
	struct net *net;
	struct net_device dev;
	struct sk_buff_head sent; /* cb: when */
} stack;

struct net *stack_net(void)
{
	return stack.net;
}

static u64 *sent_at(struct sk_buff *skb)
{
	return (u64 *)skb->cb;
}

static enum netdev_tx tun_xmit(struct sk_buff *skb, struct net_device *dev)
{
	*sent_at(skb) = stack_now_us();
	skb_queue_tail(&stack.sent, skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops tun_ops = {.ndo_start_xmit = tun_xmit};

/* No offload: what is sent has its checksum and is no longer than an MSS. */
static void add_device(const struct stack_config *config)
{
	struct fib_route way = {.gateway = {config->gateway},
				.dev = &stack.dev};

	stack.dev = (struct net_device){
		.name = "tun0",
		.ops = &tun_ops,
		.flags = IFF_RUNNING,
	};
	memcpy(stack.dev.dev_addr, our_mac, ETH_ALEN);
	ASSERT(!register_netdev(stack.net, &stack.dev));
	ASSERT(!dev_open(&stack.dev));
	ASSERT(!ip_set_address(&stack.dev, (be32){config->local},
			       (be32){config->netmask}));
	ASSERT(!fib_add(stack.net, &way));
	ASSERT(!neigh_add_static(&stack.dev, way.gateway, gateway_mac));
}

void stack_create(const struct stack_config *config)
{
	sim_init();
	sim_advance_ns((u64)START_US * NS_PER_US);
	skb_queue_head_init(&stack.sent);
	stack.net = net_create();
	ASSERT(stack.net);
	local_bh_disable();
	add_device(config);
	local_bh_enable();
}

void stack_destroy(void)
{
	skb_queue_purge(&stack.sent, DROP_NONE);
	local_bh_disable();
	unregister_netdev(&stack.dev);
	local_bh_enable();
	skb_queue_purge(&stack.sent, DROP_NONE);
	net_destroy(stack.net);
	sim_exit();
	ASSERT(sim_live_objects() == 0 && sim_live_pages() == 0);
}

u64 stack_now_us(void)
{
	return machine_now_ns() / NS_PER_US;
}

void stack_advance_us(u64 us)
{
	sim_run_until_ns(machine_now_ns() + us * NS_PER_US);
}

u64 stack_next_timer_us(void)
{
	u64 ns = timers_next_ns();

	return ns == UINT64_MAX ? ns : (ns + NS_PER_US - 1) / NS_PER_US;
}

void stack_forget_routes(void)
{
	stack.net->route_gen++;
}

void stack_rx(const void *packet, size_t len)
{
	struct sk_buff *skb = alloc_skb(stack.net, (u32)(ETH_HLEN + len));

	ASSERT(skb);
	eth_fill((struct ethhdr *)skb_put(skb, ETH_HLEN), our_mac, gateway_mac,
		 ETH_P_IP);
	memcpy(skb_put(skb, (u32)len), packet, len);
	local_bh_disable();
	skb->protocol = eth_type_trans(skb, &stack.dev);
	netif_receive_skb(skb);
	local_bh_enable();
	sim_settle();
}

/* packetdrill does not look at TCP's checksum. */
static void check_checksum(const struct iphdr *iph, size_t len)
{
	u32 hlen = ip_hdrlen(iph);
	csum_t sum;

	if (iph->protocol != IPPROTO_TCP)
		return;
	sum = csum_pseudo(iph->saddr, iph->daddr, IPPROTO_TCP,
			  (u16)(len - hlen));
	sum = csum_partial((const u8 *)iph + hlen, len - hlen, sum);
	if (csum_fold(sum).raw)
		panic("a TCP segment with a wrong checksum was sent");
}

/* Without the Ethernet header and what pads the frame. */
static size_t take_packet(struct sk_buff *skb, void *packet, size_t room)
{
	const struct iphdr *iph = (const void *)(skb->data + ETH_HLEN);
	size_t len = ntohs(iph->tot_len);

	ASSERT(!skb->data_len && len <= room && len <= skb->len - ETH_HLEN);
	check_checksum(iph, len);
	memcpy(packet, iph, len);
	return len;
}

bool stack_tx(void *packet, size_t *len, u64 *sent_us)
{
	struct sk_buff *skb = skb_dequeue(&stack.sent);

	if (!skb)
		return false;
	*sent_us = *sent_at(skb);
	*len = take_packet(skb, packet, *len);
	consume_skb(skb);
	return true;
}
