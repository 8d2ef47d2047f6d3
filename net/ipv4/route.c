/*
 * Route lookup: from an address to a dst_entry (device, next hop, neighbour,
 * source). Local destinations go to the loopback device; a source of 127/8
 * never goes anywhere else (RFC 1122 section 3.2.1.3 (g)).
 */
#include "lib/errno.h"
#include "net/ipv4/fib.h"
#include "net/link/neigh.h"

void dst_release(struct dst_entry *dst)
{
	if (dst->neigh)
		neigh_put(dst->neigh);
	dst->neigh = NULL;
	dst->dev = NULL;
}

/* Broadcast and multicast without a route: the first device that is up. */
static struct net_device *route_any_dev(struct net *net)
{
	struct net_device *dev;

	list_for_each_entry (dev, &net->devs, node)
		if ((dev->flags & IFF_UP) && !(dev->flags & IFF_LOOPBACK))
			return dev;
	return NULL;
}

/* The asked device, or that of the asked source, or else any. */
static int route_to_link(struct net *net, be32 saddr, struct dst_entry *dst)
{
	if (!dst->dev && saddr.raw)
		dst->dev = ip_dev_of(net, saddr);
	if (!dst->dev)
		dst->dev = route_any_dev(net);
	return dst->dev ? 0 : -ENETUNREACH;
}

static int route_by_fib(struct net *net, be32 daddr, struct dst_entry *dst)
{
	const struct fib_route *route = fib_lookup(net->fib, daddr, dst->dev);

	if (!route)
		return -ENETUNREACH;
	dst->dev = route->dev;
	dst->type = DST_UNICAST;
	if (route->gateway.raw)
		dst->nexthop = route->gateway;
	else if (in_dev_is_broadcast(route->dev, daddr))
		dst->type = DST_BROADCAST;
	return 0;
}

/* dst->dev: the only one that will do, or NULL. */
static int route_pick_dev(struct net *net, be32 daddr, be32 saddr,
			  struct dst_entry *dst)
{
	if (ip_is_local(net, daddr)) {
		dst->dev = net->loopback;
		dst->type = DST_LOCAL;
		dst->saddr = daddr;
		return dst->dev ? 0 : -ENETUNREACH;
	}
	if (ipv4_is_loopback(saddr))
		return -EINVAL;
	if (daddr.raw == 0xffffffff) {
		dst->type = DST_BROADCAST;
		return route_to_link(net, saddr, dst);
	}
	if (ipv4_is_multicast(daddr)) {
		dst->type = DST_MULTICAST;
		return route_to_link(net, saddr, dst);
	}
	if (ipv4_is_zeronet(daddr))
		return -ENETUNREACH;
	return route_by_fib(net, daddr, dst);
}

/* Without any address only a broadcast may leave: that is how DHCP begins. */
static bool route_pick_source(be32 saddr, struct dst_entry *dst)
{
	if (saddr.raw)
		dst->saddr = saddr;
	else if (!dst->saddr.raw && dst->dev->ip)
		dst->saddr = dst->dev->ip->addr;
	return dst->saddr.raw || dst->type == DST_BROADCAST;
}

static int route_make(struct net *net, struct net_device *over, be32 daddr,
		      be32 saddr, struct dst_entry *dst)
{
	int err;

	*dst = (struct dst_entry){
		.dev = over, .nexthop = daddr, .gen = net->route_gen};
	err = saddr.raw && !ip_is_local(net, saddr)
		      ? -EINVAL
		      : route_pick_dev(net, daddr, saddr, dst);
	if (err) {
		dst->dev = NULL;
		return err;
	}
	if (!route_pick_source(saddr, dst)) {
		dst->dev = NULL;
		return -ENETUNREACH;
	}
	dst->mtu = dst->dev->mtu;
	dst->neigh = neigh_lookup(dst->dev, dst->nexthop);
	if (!dst->neigh) {
		dst->dev = NULL;
		return -ENOBUFS;
	}
	return 0;
}

/* Who collides only costs the other a lookup: the hash needs no key. */
static struct route_cache_entry *route_cache_slot(struct net *net, be32 daddr)
{
	u32 hash = daddr.raw * 0x9e3779b1u;

	return &net->fib->cache[hash >> (32 - ROUTE_CACHE_BITS)];
}

struct dst_entry *route_reply(struct net *net, be32 daddr, be32 saddr)
{
	struct route_cache_entry *e = route_cache_slot(net, daddr);

	if (likely(dst_valid(net, &e->dst) && be32_eq(e->daddr, daddr) &&
		   be32_eq(e->saddr, saddr)))
		return &e->dst;
	dst_release(&e->dst);
	e->daddr = daddr;
	e->saddr = saddr;
	return route_make(net, NULL, daddr, saddr, &e->dst) ? NULL : &e->dst;
}

int route_output(struct net *net, be32 daddr, be32 saddr, struct dst_entry *dst)
{
	int err = route_make(net, NULL, daddr, saddr, dst);

	if (err)
		NET_INC(net, IP_OutNoRoutes);
	return err;
}

int route_output_dev(struct net_device *dev, be32 daddr, be32 saddr,
		     struct dst_entry *dst)
{
	int err = route_make(dev->net, dev, daddr, saddr, dst);

	if (err)
		NET_INC(dev->net, IP_OutNoRoutes);
	return err;
}

void route_cache_flush(struct net *net)
{
	for (u32 i = 0; i < ARRAY_SIZE(net->fib->cache); i++)
		dst_release(&net->fib->cache[i].dst);
}
