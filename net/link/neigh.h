/*
 * Neighbours: which link address a next hop has, what waits for it, and the
 * link header for it, ready made (RFC 1122 section 2.3.2).
 *
 *	        neigh_output             reply           30 s
 *	(new) ------------> INCOMPLETE --------> REACHABLE ----> STALE
 *	          ^              | 3 s    ^          ^  unconfirmed | used
 *	          |              v        |          |              v
 *	          +---------- FAILED      +- 3 tries PROBE <------ DELAY
 *	            used again               without reply    5 s
 */
#pragma once

#include "kernel/timer.h"
#include "net/core/eth.h"
#include "net/core/net.h"

#define NEIGH_TABLE_MAX	   1024
#define NEIGH_QUEUE_LEN	   16
#define NEIGH_TRIES	   3
#define NEIGH_RETRY_MS	   1000 /* RFC 1122 section 2.3.2.1: 1/s */
#define NEIGH_REACHABLE_MS 30000
#define NEIGH_DELAY_MS	   5000
#define NEIGH_GC_MS	   30000 /* unused for two rounds: freed */

enum neigh_state {
	NEIGH_NEW,	  /* nothing sent yet */
	NEIGH_INCOMPLETE, /* asked by broadcast */
	NEIGH_REACHABLE,
	NEIGH_STALE, /* usable, to be verified when used */
	NEIGH_DELAY, /* used while stale: verified soon */
	NEIGH_PROBE, /* asked by unicast, still usable */
	NEIGH_FAILED,
	NEIGH_PERMANENT, /* no ARP, broadcast, multicast or static */
};

struct neighbour {
	u8 state;
	u8 tries;
	u8 idle_rounds;	      /* of the gc since it was last in use */
	bool confirmed;	      /* since the reachable timer was started */
	bool dead;	      /* its device is gone, or it was flushed */
	bool fixed;	      /* static: the table holds a reference */
	struct ethhdr header; /* to it, of IPv4 */
	u32 refcnt;
	be32 addr;
	struct net_device *dev;
	struct arp_table *table;
	struct sk_buff_head pending;
	struct timer timer;
	u64 asked_ms; /* the last request */
	struct hlist_node hash_node;
	struct list_head lru_node; /* while refcnt is 0 */
};

/*
 * The neighbour of that address on that device, created if need be, with a
 * reference for the caller; NULL: the table is full of entries in use.
 * Softirq, or task with bottom halves off, as all of these.
 */
struct neighbour *neigh_lookup(struct net_device *dev, be32 addr) must_check;
void neigh_put(struct neighbour *n);

static inline void neigh_hold(struct neighbour *n)
{
	if (!n->refcnt++)
		list_del(&n->lru_node);
}

/*
 * Sends an IPv4 packet to it, data at the IP header: the link header is put
 * in front, or the packet waits for the address. Consumes. 0 or -errno.
 */
int neigh_output(struct neighbour *n, struct sk_buff *skb);

/* A higher layer made progress through it: it is alive (RFC 1122 2.3.2.1). */
static inline void neigh_confirm(struct neighbour *n)
{
	n->confirmed = true;
}

/* A static entry; survives as long as the device. 0, -ENOBUFS. */
int neigh_add_static(struct net_device *dev, be32 addr,
		     const u8 *ha) must_check;

/*
 * Forgets all of dev, static ones apart: its address has changed or it goes.
 * Packets that waited are dropped. Holders of a reference look up again.
 */
void neigh_flush_dev(struct net_device *dev);

/* Forgets one, static or not: 0 or -ENXIO. */
int neigh_forget(struct net_device *dev, be32 addr) must_check;

/* Calls visit for each entry (/proc/net/arp). */
void neigh_walk(struct net *net,
		void (*visit)(const struct neighbour *n, void *arg), void *arg);

static inline bool neigh_is_valid(const struct neighbour *n)
{
	return n->state >= NEIGH_REACHABLE && n->state != NEIGH_FAILED;
}
