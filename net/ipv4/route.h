/*
 * Addresses and routes: interface addresses, a table with longest prefix
 * match (RFC 1122 section 3.3.1), and route lookup to a dst_entry.
 */
#pragma once

#include "net/core/dst.h"
#include "net/core/inetdevice.h"
#include "net/core/net.h"

#define FIB_MAX_ROUTES 256

struct fib_route {
	be32 dest, mask, gateway; /* gateway 0: on link */
	u8 prefix_len;
	struct net_device *dev;
	u32 metric;
};

/*
 * Gives dev its address (a mask must be contiguous) and the connected
 * route; replaces an earlier one. 0, -EINVAL, -ENOMEM, -ENOSPC.
 */
int ip_set_address(struct net_device *dev, be32 addr, be32 mask) must_check;
void ip_clear_address(struct net_device *dev);

int fib_add(struct net *net, const struct fib_route *route) must_check;
int fib_del(struct net *net, be32 dest, be32 mask);
void fib_walk(struct net *net,
	      void (*visit)(const struct fib_route *route, void *arg),
	      void *arg);

/*
 * The way to daddr; saddr is filled with the preferred source when it is 0
 * and must be one of ours otherwise. 0, -ENETUNREACH, -EINVAL, -ENOBUFS
 * (neighbour table full). The caller owns dst and ends with dst_release.
 */
int route_output(struct net *net, be32 daddr, be32 saddr,
		 struct dst_entry *dst) must_check;

/* The same over dev only: it may have no address yet (RFC 2131: DHCP). */
int route_output_dev(struct net_device *dev, be32 daddr, be32 saddr,
		     struct dst_entry *dst) must_check;
void dst_release(struct dst_entry *dst);

/*
 * The same from a small cache, for what answers a packet at once (echo
 * reply, ICMP error, RST): borrowed, until the next route call. NULL: no way.
 */
struct dst_entry *route_reply(struct net *net, be32 daddr,
			      be32 saddr) must_check;

static inline bool dst_valid(const struct net *net, const struct dst_entry *dst)
{
	return dst->dev && dst->gen == net->route_gen;
}

/* One of this stack's own addresses, on any device. */
bool ip_is_local(struct net *net, be32 addr);

/* A device by one of its addresses, NULL if none has it. */
struct net_device *ip_dev_of(struct net *net, be32 addr);
