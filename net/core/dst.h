/*
 * dst_entry: where packets to one destination go: device, neighbour, source
 * address. A value, not an allocation: a socket embeds one and keeps it
 * while net->route_gen stands; a reply makes one on the stack.
 */
#pragma once

#include "lib/byteorder.h"

struct net_device;
struct neighbour;

enum dst_type {
	DST_NONE,
	DST_UNICAST,
	DST_LOCAL,
	DST_BROADCAST,
	DST_MULTICAST
};

/*
 * The way in: packets from one address to another that come by dev were found
 * good and ours.
 */
struct dst_input {
	const struct net_device *dev;
	u32 gen; /* net->route_gen when they were; 0: never */
};

struct dst_entry {
	struct net_device *dev;
	struct neighbour *neigh; /* holds a reference; NULL: none yet */
	be32 saddr;		 /* preferred source */
	be32 nexthop;		 /* gateway, or the destination itself */
	u32 mtu;
	u32 gen;     /* net->route_gen when it was made */
	u32 id_hash; /* of IP ids (net/ipv4/ip_id.c); 0: not yet made */
	u8 type;
};
