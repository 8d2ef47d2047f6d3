/*
 * A stack of libbarenet: struct net with one Ethernet device whose wire is a
 * callback, and the one clock of them all.
 */
#include <string.h>
#include "host/host.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "net/socket/proc.h"

#define MTU_MIN 68 /* RFC 791 */
#define MTU_MAX 65535
#define MAC_OWN 0x02 /* locally administered */

static struct list_head stacks = LIST_HEAD_INIT(stacks);
static bool begun;

/* ---- time ---- */

static void begin(void)
{
	if (begun)
		return;
	begun = true;
	log_set_level(LOG_WARN);
	timers_init();
	random_init();
}

int bn_virtual_clock(uint64_t seed)
{
	if (!list_empty(&stacks))
		return -EBUSY;
	machine_virtual(seed);
	begun = false;
	begin();
	return 0;
}

uint64_t bn_now_ns(void)
{
	return machine_now_ns();
}

uint64_t bn_next_ns(void)
{
	return machine_armed_ns();
}

void stacks_for_each(void (*visit)(struct bn_stack *stack, void *arg),
		     void *arg)
{
	struct bn_stack *stack;

	list_for_each_entry (stack, &stacks, node)
		visit(stack, arg);
}

static void receive(struct bn_stack *stack, void *arg)
{
	if (stack->tap_fd >= 0)
		tap_receive(stack);
}

void bn_step(void)
{
	stacks_for_each(receive, NULL);
	machine_timer_check();
	do_softirq();
}

int bn_advance(uint64_t ns)
{
	u64 end = machine_now_ns() + ns;

	if (!machine_is_virtual())
		return -EINVAL;
	bn_step();
	while (machine_armed_ns() <= end) {
		machine_set_ns(MAX(machine_now_ns(), machine_armed_ns()));
		bn_step();
	}
	machine_set_ns(end);
	return 0;
}

/* ---- the device ---- */

/* No offload is announced: frames come linear, with their checksums. */
static enum netdev_tx host_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct bn_stack *stack = dev->priv;

	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	if (stack->output)
		stack->output(stack->output_arg, skb->data, skb->len);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops host_ops = {
	.ndo_start_xmit = host_xmit,
};

void bn_on_output(struct bn_stack *stack, bn_output_fn fn, void *arg)
{
	stack->output = fn;
	stack->output_arg = arg;
}

/* By the backlog, so that a callback's frame does not arrive inside of it. */
int bn_input(struct bn_stack *stack, const void *frame, size_t len)
{
	struct net_device *dev = &stack->dev;
	struct sk_buff *skb;

	if (len < ETH_HLEN || len > dev->mtu + ETH_HLEN) {
		dev->stats.rx_errors++;
		return -EMSGSIZE;
	}
	local_bh_disable();
	skb = alloc_skb(stack->net, (u32)len);
	if (skb) {
		memcpy(skb_put(skb, (u32)len), frame, len);
		dev->stats.rx_packets++;
		dev->stats.rx_bytes += len;
		skb->protocol = eth_type_trans(skb, dev);
		netif_rx(skb);
	} else {
		net_count_drop(stack->net, DROP_NO_BUFFER);
	}
	local_bh_enable();
	return skb ? 0 : -ENOMEM;
}

/* ---- life and death ---- */

static void choose_mac(u8 *mac, const u8 *wanted)
{
	if (eth_is_zero(wanted)) {
		random_bytes(mac, ETH_ALEN);
		mac[0] = MAC_OWN;
	} else {
		memcpy(mac, wanted, ETH_ALEN);
	}
}

static int configure(struct bn_stack *stack, const struct bn_config *config)
{
	const struct fib_route route = {
		.gateway = htonl(config->gateway),
		.dev = &stack->dev,
	};
	int err = ip_set_address(&stack->dev, htonl(config->address),
				 htonl(config->mask));

	if (!err)
		err = dev_open(&stack->dev);
	if (!err && config->gateway)
		err = fib_add(stack->net, &route);
	return err;
}

static int bring_up(struct bn_stack *stack, const struct bn_config *config)
{
	int err;

	stack->net = net_create();
	if (!stack->net)
		return -ENOMEM;
	stack->dev = (struct net_device){
		.name = "eth%d",
		.ops = &host_ops,
		.priv = stack,
		.flags = IFF_BROADCAST | IFF_MULTICAST | IFF_RUNNING,
		.mtu = config->mtu,
	};
	choose_mac(stack->dev.dev_addr, config->mac);
	local_bh_disable();
	err = register_netdev(stack->net, &stack->dev);
	if (!err)
		err = configure(stack, config);
	local_bh_enable();
	if (err)
		net_destroy(stack->net);
	return err;
}

int bn_create(const struct bn_config *config, struct bn_stack **out)
{
	struct bn_stack *stack;
	int err;

	if ((config->mtu && config->mtu < MTU_MIN) || config->mtu > MTU_MAX ||
	    eth_is_multicast(config->mac))
		return -EINVAL;
	begin();
	stack = kzalloc(sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	stack->tap_fd = -1;
	list_init(&stack->sockets);
	err = bring_up(stack, config);
	if (err) {
		kfree(stack);
		return err;
	}
	list_add_tail(&stack->node, &stacks);
	*out = stack;
	return 0;
}

void bn_destroy(struct bn_stack *stack)
{
	stack_close_sockets(stack);
	bn_step();
	tap_close(stack);
	stack->output = NULL;
	list_del(&stack->node);
	net_destroy(stack->net);
	kfree(stack);
}

/* All its parts, one behind the other. */
static size_t tcp_text(struct net *net, char *buf, size_t size)
{
	struct proc_pos pos = {0};
	char part[PROC_PART_MIN];
	size_t len = 0;

	while (!pos.end) {
		size_t n = proc_net_tcp(net, &pos, part, sizeof(part));

		if (len < size)
			snprintf(buf + len, size - len, "%.*s", (int)n, part);
		len += n;
	}
	return len;
}

long bn_text(struct bn_stack *stack, const char *what, char *buf, size_t size)
{
	static const struct {
		const char *name;
		size_t (*fill)(struct net *net, char *buf, size_t size);
	} texts[] = {
		{"drops", proc_drops},	     {"stat", proc_stat},
		{"net/snmp", proc_net_snmp}, {"net/netstat", proc_net_netstat},
		{"net/tcp", tcp_text},	     {"net/udp", proc_net_udp},
		{"net/arp", proc_net_arp},   {"net/route", proc_net_route},
		{"net/dev", proc_net_dev},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(what, texts[i].name))
			return (long)texts[i].fill(stack->net, buf, size);
	return -ENOENT;
}
