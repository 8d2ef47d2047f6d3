/*
 * The route table (RFC 1122 section 3.3.1.2): at most FIB_MAX_ROUTES entries
 * in one array, longest prefix first and lowest metric first among equals.
 *
 *	/32 host   /24 lan   /16 ...   /0 default
 *	 lookup -->  the first entry that matches is the answer
 */
#include "net/ipv4/fib.h"

#include "lib/errno.h"
#include "lib/string.h"

int fib_init(struct net *net)
{
	net->fib = kzalloc(sizeof(*net->fib));
	return net->fib ? 0 : -ENOMEM;
}

void fib_exit(struct net *net)
{
	if (!net->fib)
		return;
	route_cache_flush(net);
	kfree(net->fib);
	net->fib = NULL;
}

int fib_prefix_len(be32 mask)
{
	u32 holes = ~ntohl(mask);

	if (holes & (holes + 1))
		return -1;
	return holes ? __builtin_clz(holes) : 32;
}

int fib_local_add(struct fib *fib, be32 addr)
{
	if (fib->nr_local == FIB_MAX_LOCAL)
		return -ENOSPC;
	fib->local[fib->nr_local++] = addr;
	return 0;
}

void fib_local_del(struct fib *fib, be32 addr)
{
	for (u32 i = 0; i < fib->nr_local; i++) {
		if (!be32_eq(fib->local[i], addr))
			continue;
		fib->local[i] = fib->local[--fib->nr_local];
		return;
	}
}

const struct fib_route *fib_lookup(const struct fib *fib, be32 daddr,
				   const struct net_device *over)
{
	for (u32 i = 0; i < fib->count; i++) {
		const struct fib_route *r = &fib->routes[i];

		if ((daddr.raw & r->mask.raw) == r->dest.raw &&
		    (r->dev->flags & IFF_UP) && (!over || r->dev == over))
			return r;
	}
	return NULL;
}

/* A gateway must itself be reached without one; this finds its device. */
static struct net_device *fib_gateway_dev(const struct fib *fib,
					  const struct fib_route *route)
{
	for (u32 i = 0; i < fib->count; i++) {
		const struct fib_route *r = &fib->routes[i];

		if (r->gateway.raw || (route->dev && r->dev != route->dev))
			continue;
		if ((route->gateway.raw & r->mask.raw) == r->dest.raw)
			return r->dev;
	}
	return NULL;
}

/* Fills what follows from the rest: prefix length and device. */
static int fib_check(struct net *net, struct fib_route *route)
{
	int prefix_len = fib_prefix_len(route->mask);

	if (prefix_len < 0 || (route->dest.raw & ~route->mask.raw))
		return -EINVAL;
	if (ipv4_is_multicast(route->gateway) ||
	    (route->gateway.raw && ip_is_local(net, route->gateway)))
		return -EINVAL;
	route->prefix_len = (u8)prefix_len;
	if (route->gateway.raw) {
		route->dev = fib_gateway_dev(net->fib, route);
		if (!route->dev)
			return -ENETUNREACH;
	}
	return route->dev ? 0 : -EINVAL;
}

static bool fib_before(const struct fib_route *a, const struct fib_route *b)
{
	if (a->prefix_len != b->prefix_len)
		return a->prefix_len > b->prefix_len;
	return a->metric <= b->metric;
}

int fib_add(struct net *net, const struct fib_route *route)
{
	struct fib *fib = net->fib;
	struct fib_route new = *route;
	u32 at = 0;
	int err = fib_check(net, &new);

	if (err)
		return err;
	if (fib->count == FIB_MAX_ROUTES)
		return -ENOSPC;
	for (; at < fib->count && fib_before(&fib->routes[at], &new); at++) {
		const struct fib_route *r = &fib->routes[at];

		if (be32_eq(r->dest, new.dest) && be32_eq(r->mask, new.mask) &&
		    r->metric == new.metric)
			return -EEXIST;
	}
	memmove(&fib->routes[at + 1], &fib->routes[at],
		(fib->count - at) * sizeof(new));
	fib->routes[at] = new;
	fib->count++;
	net->route_gen++;
	return 0;
}

static void fib_remove(struct net *net, u32 at)
{
	struct fib *fib = net->fib;

	fib->count--;
	memmove(&fib->routes[at], &fib->routes[at + 1],
		(fib->count - at) * sizeof(fib->routes[0]));
	net->route_gen++;
}

int fib_del(struct net *net, be32 dest, be32 mask)
{
	struct fib *fib = net->fib;

	for (u32 i = 0; i < fib->count; i++) {
		const struct fib_route *r = &fib->routes[i];

		if (!be32_eq(r->dest, dest) || !be32_eq(r->mask, mask))
			continue;
		fib_remove(net, i);
		return 0;
	}
	return -ENOENT;
}

void fib_flush_dev(struct net *net, const struct net_device *dev)
{
	u32 i = 0;

	while (i < net->fib->count) {
		if (net->fib->routes[i].dev == dev)
			fib_remove(net, i);
		else
			i++;
	}
}

void fib_walk(struct net *net,
	      void (*visit)(const struct fib_route *route, void *arg),
	      void *arg)
{
	for (u32 i = 0; i < net->fib->count; i++)
		visit(&net->fib->routes[i], arg);
}
