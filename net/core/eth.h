/*
 * The Ethernet II header (RFC 894).
 *
 *	 0            6            12     14
 *	+------------+------------+------+---------- - -
 *	| destination|   source   | type | payload
 *	+------------+------------+------+---------- - -
 */
#pragma once

#include "net/core/netdev.h"

struct ethhdr {
	u8 dest[ETH_ALEN];
	u8 source[ETH_ALEN];
	be16 type;
} packed;

_Static_assert(sizeof(struct ethhdr) == ETH_HLEN, "RFC 894");

static inline struct ethhdr *eth_hdr(const struct sk_buff *skb)
{
	return skb_mac_header(skb);
}

static inline bool eth_is_multicast(const u8 *addr)
{
	return addr[0] & 1;
}

static inline bool eth_is_zero(const u8 *addr)
{
	return !(get_be32(addr) | get_be16(addr + 4));
}

static inline bool eth_is_broadcast(const u8 *addr)
{
	return get_be32(addr) == 0xffffffff && get_be16(addr + 4) == 0xffff;
}

/* What a single station may have as its address. */
static inline bool eth_is_unicast(const u8 *addr)
{
	return !eth_is_multicast(addr) && !eth_is_zero(addr);
}

static inline bool eth_addr_eq(const u8 *a, const u8 *b)
{
	return get_be32(a) == get_be32(b) && get_be16(a + 4) == get_be16(b + 4);
}

static inline void eth_fill(struct ethhdr *eth, const u8 *dest,
			    const u8 *source, u16 type)
{
	__builtin_memcpy(eth->dest, dest, ETH_ALEN);
	__builtin_memcpy(eth->source, source, ETH_ALEN);
	eth->type = htons(type);
}
