/*
 * The forwarding information base: the route table, sorted by descending
 * prefix length so that the first match is the longest, the stack's own
 * addresses, and a small cache of ways for replies.
 */
#pragma once

#include "net/ipv4/route.h"

#define FIB_MAX_LOCAL	 16
#define ROUTE_CACHE_BITS 6
#define INPUT_CACHE_BITS 6

struct route_cache_entry {
	be32 daddr, saddr; /* as they were asked for */
	struct dst_entry dst;
};

/* Source and destination that were found good and ours, as in the header. */
struct ip_input_entry {
	u64 addresses;
	struct dst_input dst;
};

struct fib {
	struct fib_route routes[FIB_MAX_ROUTES];
	u32 count;
	u32 nr_local;
	be32 local[FIB_MAX_LOCAL]; /* own addresses outside of 127/8 */
	struct route_cache_entry cache[1 << ROUTE_CACHE_BITS];
	struct ip_input_entry input[1 << INPUT_CACHE_BITS];
	struct netdev_notifier notifier;
};

int fib_init(struct net *net) must_check;
void fib_exit(struct net *net);

/*
 * The route with the longest prefix over an open device (`over`, or any when
 * that is NULL), or NULL.
 */
const struct fib_route *fib_lookup(const struct fib *fib, be32 daddr,
				   const struct net_device *over);

/* Removes all routes over dev. */
void fib_flush_dev(struct net *net, const struct net_device *dev);

/* Forgets the cached ways, with their references. */
void route_cache_flush(struct net *net);

/* 0..32, or -1 when the ones of the mask are not contiguous. */
int fib_prefix_len(be32 mask);

int fib_local_add(struct fib *fib, be32 addr) must_check;
void fib_local_del(struct fib *fib, be32 addr);

/* One of our own addresses but 127/8. Few: a loop beats a hash. */
static inline bool fib_is_own(const struct fib *fib, be32 addr)
{
	for (u32 i = 0; i < fib->nr_local; i++)
		if (be32_eq(fib->local[i], addr))
			return true;
	return false;
}
