/* Devices, addresses and routes by name: see netcfg.h. */
#include "net/socket/netcfg.h"

#include "lib/errno.h"
#include "net/core/netdev.h"
#include "net/link/acd.h"

void netcfg_devices(struct net *net,
		    void (*visit)(const struct net_device *dev, void *arg),
		    void *arg)
{
	struct net_device *dev;

	local_bh_disable();
	list_for_each_entry (dev, &net->devs, node) {
		if (dev->ops->ndo_get_stats)
			dev->ops->ndo_get_stats(dev);
		visit(dev, arg);
	}
	local_bh_enable();
}

int netcfg_driver_stats(struct net *net, const char *name,
			void (*visit)(const char *name, u64 value, void *arg),
			void *arg)
{
	struct net_device *dev;
	int err = -ENODEV;

	local_bh_disable();
	dev = dev_get_by_name(net, name);
	if (dev && dev->ops->ndo_ethtool_stats) {
		dev->ops->ndo_ethtool_stats(dev, visit, arg);
		err = 0;
	} else if (dev) {
		err = -EOPNOTSUPP;
	}
	local_bh_enable();
	return err;
}

/* Tells the link whose it is, and defends it: a user wants it so (RFC 5227). */
static void claim(struct net_device *dev)
{
	u32 need = IFF_UP | IFF_BROADCAST;

	if (dev->ip && (dev->flags & need) == need && acd_claim(dev, true))
		arp_announce(dev);
}

static int open_device(struct net_device *dev)
{
	bool was_up = dev->flags & IFF_UP;
	int err = dev_open(dev);

	if (!err && !was_up)
		claim(dev);
	return err;
}

int netcfg_up(struct net *net, const char *name)
{
	struct net_device *dev;
	int err = -ENODEV;

	local_bh_disable();
	dev = dev_get_by_name(net, name);
	if (dev)
		err = open_device(dev);
	local_bh_enable();
	return err;
}

int netcfg_down(struct net *net, const char *name)
{
	struct net_device *dev;

	local_bh_disable();
	dev = dev_get_by_name(net, name);
	if (dev)
		dev_close(dev);
	local_bh_enable();
	return dev ? 0 : -ENODEV;
}

int netcfg_set_address(struct net *net, const char *name, be32 addr, be32 mask)
{
	struct net_device *dev;
	int err = -ENODEV;

	local_bh_disable();
	dev = dev_get_by_name(net, name);
	if (dev)
		err = ip_set_address(dev, addr, mask);
	if (!err)
		claim(dev);
	local_bh_enable();
	return err;
}

void netcfg_routes(struct net *net,
		   void (*visit)(const struct fib_route *route, void *arg),
		   void *arg)
{
	local_bh_disable();
	fib_walk(net, visit, arg);
	local_bh_enable();
}

int netcfg_route_add(struct net *net, const struct fib_route *route,
		     const char *dev)
{
	struct fib_route new = *route;
	int err = -ENODEV;

	local_bh_disable();
	new.dev = dev ? dev_get_by_name(net, dev) : NULL;
	if (new.dev || !dev)
		err = fib_add(net, &new);
	local_bh_enable();
	return err;
}

int netcfg_route_del(struct net *net, be32 dest, be32 mask)
{
	int err;

	local_bh_disable();
	err = fib_del(net, dest, mask);
	local_bh_enable();
	return err;
}
