/*
 * Network devices as the stack knows them: their names, up and down, carrier,
 * and who is told of it (checklist rows 51, 62-64).
 */
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "net/core/net.h"
#include "net/core/netdev.h"

#define MAX_UNITS 100 /* eth0 .. eth99 */

struct net_device *dev_get_by_name(struct net *net, const char *name)
{
	struct net_device *dev;

	list_for_each_entry (dev, &net->devs, node) {
		if (!strcmp(dev->name, name))
			return dev;
	}
	return NULL;
}

struct net_device *dev_get_by_index(struct net *net, u32 ifindex)
{
	struct net_device *dev;

	list_for_each_entry (dev, &net->devs, node) {
		if (dev->ifindex == ifindex)
			return dev;
	}
	return NULL;
}

/* "eth%d" becomes "eth0", or the lowest number that is free. */
static int dev_alloc_name(struct net *net, struct net_device *dev)
{
	const char *percent = strchr(dev->name, '%');
	char name[IFNAMSIZ];
	int stem;

	if (!percent)
		return dev->name[0] && !dev_get_by_name(net, dev->name)
			       ? 0
			       : -EEXIST;
	if (strcmp(percent, "%d"))
		return -EINVAL;
	stem = (int)(percent - dev->name);
	for (int unit = 0; unit < MAX_UNITS; unit++) {
		snprintf(name, sizeof(name), "%.*s%d", stem, dev->name, unit);
		if (dev_get_by_name(net, name))
			continue;
		memcpy(dev->name, name, sizeof(name));
		return 0;
	}
	return -ENOSPC;
}

static void dev_changed(struct net_device *dev, enum netdev_event event)
{
	struct netdev_notifier *nb, *next;

	dev->net->route_gen++;
	list_for_each_entry_safe (nb, next, &dev->net->netdev_chain, node)
		nb->call(nb, dev, event);
}

void register_netdev_notifier(struct net *net, struct netdev_notifier *nb)
{
	list_add_tail(&nb->node, &net->netdev_chain);
}

void unregister_netdev_notifier(struct netdev_notifier *nb)
{
	list_del(&nb->node);
}

int register_netdev(struct net *net, struct net_device *dev)
{
	int err;

	dev->name[IFNAMSIZ - 1] = '\0';
	err = dev_alloc_name(net, dev);
	if (err)
		return err;
	dev->net = net;
	dev->ifindex = ++net->next_ifindex;
	if (!dev->mtu)
		dev->mtu = ETH_DATA_LEN;
	if (!dev->napis.next)
		list_init(&dev->napis);
	list_init(&dev->flush_node);
	list_init(&dev->output_node);
	skb_queue_head_init(&dev->tx_queue);
	timer_setup(&dev->watchdog, dev_watchdog);
	list_add_tail(&dev->node, &net->devs);
	net->route_gen++;
	return 0;
}

void unregister_netdev(struct net_device *dev)
{
	dev_close(dev);
	dev_changed(dev, NETDEV_UNREGISTER);
	list_del(&dev->node);
}

int dev_open(struct net_device *dev)
{
	int err = 0;

	if (dev->flags & IFF_UP)
		return 0;
	if (dev->ops->ndo_open)
		err = dev->ops->ndo_open(dev);
	if (err)
		return err;
	dev->flags |= IFF_UP;
	dev_changed(dev, NETDEV_UP);
	return 0;
}

/* The layers above go first: they still hold frames that want to go out. */
void dev_close(struct net_device *dev)
{
	if (!(dev->flags & IFF_UP))
		return;
	dev->flags &= ~(u32)IFF_UP;
	dev_changed(dev, NETDEV_DOWN);
	if (dev->ops->ndo_stop)
		dev->ops->ndo_stop(dev);
	dev_flush_tx(dev);
	dev_flush_backlog(dev);
}

void netif_carrier_on(struct net_device *dev)
{
	if (netif_carrier_ok(dev))
		return;
	dev->flags |= IFF_RUNNING;
	if (dev->net)
		dev_changed(dev, NETDEV_CHANGE);
}

void netif_carrier_off(struct net_device *dev)
{
	if (!netif_carrier_ok(dev))
		return;
	dev->flags &= ~(u32)IFF_RUNNING;
	if (dev->net)
		dev_changed(dev, NETDEV_CHANGE);
}
