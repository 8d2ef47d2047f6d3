/* Addresses and gateways for programs: see ifconfig.h. */
#include "net/socket/ifconfig.h"

#include "kernel/log.h"
#include "kernel/wait.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/ipv4/route.h"
#include "net/link/acd.h"

struct probe_wait {
	struct wait_queue wait;
	bool done;
	int err;
};

int ifconfig_hwaddr(struct net *net, const char *name, u8 mac[6])
{
	struct net_device *dev = dev_get_by_name(net, name);

	if (!dev)
		return -ENODEV;
	if (!(dev->flags & IFF_BROADCAST))
		return -EOPNOTSUPP;
	memcpy(mac, dev->dev_addr, ETH_ALEN);
	return 0;
}

static void probe_done(void *arg, int err)
{
	struct probe_wait *probe = arg;

	probe->err = err;
	probe->done = true;
	wake_up(&probe->wait);
}

int ifconfig_probe(struct net *net, const char *name, be32 addr)
{
	struct net_device *dev = dev_get_by_name(net, name);
	struct probe_wait probe = {.done = false};
	int err = -ENODEV;

	wait_queue_init(&probe.wait);
	local_bh_disable();
	if (dev)
		err = acd_probe(dev, addr, probe_done, &probe);
	if (!err) {
		wait_event(&probe.wait, probe.done);
		err = probe.err;
	}
	local_bh_enable();
	return err;
}

static int set_address(struct net_device *dev, const struct ifconfig *config)
{
	struct fib_route gateway = {.gateway = config->gateway, .dev = dev};
	int err;

	/* The routes of an earlier configuration go too. */
	ip_clear_address(dev);
	err = ip_set_address(dev, config->addr, config->mask);
	if (err)
		return err;
	if (config->gateway.raw && fib_add(dev->net, &gateway))
		pr_err("%s: gateway %pI4 refused", dev->name, &config->gateway);
	/* An address without a guard is better than none. */
	if (acd_claim(dev, false))
		arp_announce(dev);
	return 0;
}

int ifconfig_set(struct net *net, const char *name,
		 const struct ifconfig *config)
{
	struct net_device *dev = dev_get_by_name(net, name);
	int err = -ENODEV;

	local_bh_disable();
	if (dev)
		err = set_address(dev, config);
	local_bh_enable();
	return err;
}

void ifconfig_clear(struct net *net, const char *name)
{
	struct net_device *dev = dev_get_by_name(net, name);

	local_bh_disable();
	if (dev) {
		acd_stop(dev);
		ip_clear_address(dev);
	}
	local_bh_enable();
}

static bool has_link(const struct net_device *dev)
{
	return dev->flags & IFF_UP && netif_carrier_ok(dev);
}

static void watch_event(struct netdev_notifier *notifier,
			struct net_device *dev, enum netdev_event event)
{
	struct ifconfig_watch *watch =
		container_of(notifier, struct ifconfig_watch, notifier);
	bool had = watch->linked;

	if (dev != watch->dev)
		return;
	watch->linked = has_link(dev);
	if (watch->linked && !had)
		watch->link_up(watch);
}

int ifconfig_watch(struct ifconfig_watch *watch, struct net *net,
		   const char *name)
{
	watch->dev = dev_get_by_name(net, name);
	if (!watch->dev)
		return -ENODEV;
	watch->linked = has_link(watch->dev);
	watch->notifier.call = watch_event;
	local_bh_disable();
	register_netdev_notifier(net, &watch->notifier);
	local_bh_enable();
	return 0;
}

void ifconfig_unwatch(struct ifconfig_watch *watch)
{
	local_bh_disable();
	unregister_netdev_notifier(&watch->notifier);
	local_bh_enable();
}
