/*
 * Interface addresses: one a device. Setting one makes the connected route
 * (RFC 1122 section 3.3.1.1: what is on link is told by the mask).
 */
#include "lib/errno.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_frag.h"
#include "net/link/neigh.h"

bool ip_is_local(struct net *net, be32 addr)
{
	return fib_is_own(net->fib, addr) || ipv4_is_loopback(addr);
}

struct net_device *ip_dev_of(struct net *net, be32 addr)
{
	struct net_device *dev;

	list_for_each_entry (dev, &net->devs, node)
		if (in_dev_is_local(dev, addr))
			return dev;
	return NULL;
}

/* RFC 1122 section 3.2.1.3: addresses that a host can have. */
static bool ip_address_is_valid(const struct net_device *dev, be32 addr,
				be32 mask)
{
	int prefix_len = fib_prefix_len(mask);
	u32 host = ntohl(addr) & ~ntohl(mask);

	if (prefix_len < 1 || ipv4_is_zeronet(addr))
		return false;
	if (ntohl(addr) >= 0xe0000000) /* multicast, reserved, broadcast */
		return false;
	if (ipv4_is_loopback(addr) != !!(dev->flags & IFF_LOOPBACK))
		return false;
	if (prefix_len > 30) /* RFC 3021: both ends of a /31 are hosts */
		return true;
	return host != 0 && host != ~ntohl(mask);
}

static void in_dev_fill(struct in_device *in, be32 addr, be32 mask)
{
	in->addr = addr;
	in->mask = mask;
	in->broadcast = (be32){addr.raw | ~mask.raw};
	in->prefix_len = (u8)fib_prefix_len(mask);
}

/* The loopback's net needs no route: 127/8 is always our own. */
static int ip_add_connected(struct net_device *dev)
{
	const struct in_device *in = dev->ip;
	int err;

	if (dev->flags & IFF_LOOPBACK)
		return 0;
	err = fib_local_add(dev->net->fib, in->addr);
	if (err)
		return err;
	return fib_add(dev->net, &(struct fib_route){
					 .dest = {in->addr.raw & in->mask.raw},
					 .mask = in->mask,
					 .dev = dev,
				 });
}

int ip_set_address(struct net_device *dev, be32 addr, be32 mask)
{
	struct net_device *owner;
	int err;

	if (!ip_address_is_valid(dev, addr, mask))
		return -EINVAL;
	owner = ip_dev_of(dev->net, addr);
	if (owner && owner != dev)
		return -EINVAL;
	if (owner && be32_eq(dev->ip->mask, mask))
		return 0;
	ip_clear_address(dev);
	dev->ip = kzalloc(sizeof(*dev->ip));
	if (!dev->ip)
		return -ENOMEM;
	in_dev_fill(dev->ip, addr, mask);
	err = ip_add_connected(dev);
	if (err)
		ip_clear_address(dev);
	dev->net->route_gen++;
	return err;
}

/* Also ends what else refers to dev here: routes, ways, fragments. */
void ip_clear_address(struct net_device *dev)
{
	struct net *net = dev->net;

	ip_frag_flush_dev(net, dev);
	fib_flush_dev(net, dev);
	route_cache_flush(net);
	neigh_flush_dev(dev);
	net->route_gen++;
	if (!dev->ip)
		return;
	fib_local_del(net->fib, dev->ip->addr);
	kfree(dev->ip);
	dev->ip = NULL;
}
