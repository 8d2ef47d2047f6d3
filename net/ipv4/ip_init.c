/*
 * What IPv4 keeps for one stack, made and freed: routes, id counters, the
 * reassembly table. Devices come and go by their notifier: the loopback gets
 * 127.0.0.1/8 as it opens, and a device that goes takes its address along.
 */
#include "kernel/log.h"
#include "net/core/net.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/ip_frag.h"
#include "net/ipv4/ip_id.h"

static void ip_netdev_event(struct netdev_notifier *nb, struct net_device *dev,
			    enum netdev_event event)
{
	if (event == NETDEV_UNREGISTER) {
		ip_clear_address(dev);
	} else if (event == NETDEV_UP && (dev->flags & IFF_LOOPBACK)) {
		if (ip_set_address(dev, BE32(0x7f000001), BE32(0xff000000)))
			pr_err("%s: no memory for its address", dev->name);
	}
}

int ip_init(struct net *net)
{
	int err = fib_init(net);

	if (!err)
		err = ip_id_init(net);
	if (!err)
		err = ip_frag_init(net);
	if (err) {
		ip_exit(net);
		return err;
	}
	net->fib->notifier.call = ip_netdev_event;
	register_netdev_notifier(net, &net->fib->notifier);
	return 0;
}

void ip_exit(struct net *net)
{
	struct net_device *dev;

	if (net->fib && net->fib->notifier.call)
		unregister_netdev_notifier(&net->fib->notifier);
	if (net->fib)
		list_for_each_entry (dev, &net->devs, node)
			ip_clear_address(dev);
	ip_frag_exit(net);
	ip_id_exit(net);
	fib_exit(net);
}
