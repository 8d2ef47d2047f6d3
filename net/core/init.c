/*
 * A stack's beginning and end, and the one place where the ways up are
 * written down: EtherType -> receiver, IP protocol -> receiver and error
 * handler, socket type -> operations. (The fourth, net_device_ops, comes
 * with each device.)
 */
#include "kernel/random.h"
#include "net/core/net.h"
#include "net/core/netdev.h"
#include "net/core/protocol.h"
#include "net/core/sock.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/netconsole.h"
#include "net/ipv4/raw.h"
#include "net/ipv4/udp.h"
#include "net/link/arp.h"
#include "net/tcp/tcp.h"

static void arp_packet(struct sk_buff *skb, struct packet_type *pt)
{
	arp_rcv(skb);
}

static void ip_packet(struct sk_buff *skb, struct packet_type *pt)
{
	ip_rcv(skb);
}

static const struct {
	u16 type;
	void (*func)(struct sk_buff *skb, struct packet_type *pt);
} ethertypes[] = {
	{ETH_P_ARP, arp_packet},
	{ETH_P_IP, ip_packet},
};

static const struct {
	u8 number;
	struct net_protocol ops;
} ip_protocols[] = {
	{IPPROTO_ICMP, {icmp_rcv, raw_err, NULL}},
	{IPPROTO_TCP, {tcp_rcv, tcp_err, tcp_early_demux}},
	{IPPROTO_UDP, {udp_rcv, udp_err, NULL}},
};

static const struct proto *const socket_types[NR_PROTOS] = {
	[SOCK_STREAM] = &tcp_proto,
	[SOCK_DGRAM] = &udp_proto,
	[SOCK_RAW] = &raw_proto,
};

/* In order up; their ends run in order down. */
static const struct {
	int (*init)(struct net *net);
	void (*exit)(struct net *net);
} layers[] = {
	{arp_init, arp_exit}, {ip_init, ip_exit},   {icmp_init, icmp_exit},
	{raw_init, raw_exit}, {udp_init, udp_exit}, {tcp_init, tcp_exit},
};

static int layers_init(struct net *net)
{
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(layers); i++) {
		err = layers[i].init(net);
		if (!err)
			continue;
		while (i-- > 0)
			layers[i].exit(net);
		return err;
	}
	return 0;
}

static void layers_exit(struct net *net)
{
	for (size_t i = ARRAY_SIZE(layers); i-- > 0;)
		layers[i].exit(net);
}

static bool fill_tables(struct net *net)
{
	struct packet_type *pt = kzalloc(sizeof(*pt) * ARRAY_SIZE(ethertypes));

	if (!pt)
		return false;
	net->builtin_ptypes = pt;
	for (size_t i = 0; i < ARRAY_SIZE(ethertypes); i++, pt++) {
		pt->type = ethertypes[i].type;
		pt->func = ethertypes[i].func;
		dev_add_pack(net, pt);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ip_protocols); i++)
		net->protocols[ip_protocols[i].number] = &ip_protocols[i].ops;
	for (size_t i = 0; i < NR_PROTOS; i++)
		net->protos[i] = socket_types[i];
	return true;
}

static void net_set_up(struct net *net)
{
	skb_caches_init(net);
	for (unsigned i = 0; i < PTYPE_HASH; i++)
		list_init(&net->ptype_base[i]);
	list_init(&net->ptype_all);
	list_init(&net->devs);
	list_init(&net->netdev_chain);
	/* 0 is the generation of a dst_entry that was never filled. */
	net->route_gen = 1;
	random_bytes(&net->hash_key, sizeof(net->hash_key));
	softnet_init(net);
}

static void net_tear_down(struct net *net)
{
	softnet_exit(net);
	skb_caches_destroy(net);
	kfree(net->builtin_ptypes);
	kfree(net);
}

struct net *net_create(void)
{
	struct net *net = kzalloc(sizeof(*net));

	if (!net)
		return NULL;
	local_bh_disable();
	net_set_up(net);
	if (!fill_tables(net) || layers_init(net))
		goto no_layers;
	if (loopback_create(net))
		goto no_loopback;
	net->report.call = net_report;
	panic_notifier_add(&net->report);
	local_bh_enable();
	return net;
no_loopback:
	loopback_destroy(net);
	layers_exit(net);
no_layers:
	net_tear_down(net);
	local_bh_enable();
	return NULL;
}

/* Devices go down first: what is on its way refers to the layers' state. */
void net_destroy(struct net *net)
{
	struct net_device *dev;

	local_bh_disable();
	panic_notifier_del(&net->report);
	netconsole_stop(net);
	list_for_each_entry (dev, &net->devs, node)
		dev_close(dev);
	layers_exit(net);
	loopback_destroy(net);
	while (!list_empty(&net->devs))
		unregister_netdev(
			list_first(&net->devs, struct net_device, node));
	net_tear_down(net);
	local_bh_enable();
}
