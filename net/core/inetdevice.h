/*
 * The IPv4 side of a network device: its address. One address a device; the
 * stack sets it by ip_set_address (net/ipv4/route.h).
 */
#pragma once

#include "lib/byteorder.h"
#include "net/core/netdev.h"

struct in_device {
	be32 addr, mask, broadcast;
	u8 prefix_len;
};

/* The device's own address. */
static inline bool in_dev_is_local(const struct net_device *dev, be32 addr)
{
	return dev->ip && be32_eq(dev->ip->addr, addr);
}

/* 255.255.255.255, or the subnet's all-ones or all-zeros address. */
static inline bool in_dev_is_broadcast(const struct net_device *dev, be32 addr)
{
	if (addr.raw == 0xffffffff)
		return true;
	if (!dev->ip || dev->ip->prefix_len > 30)
		return false;
	return be32_eq(addr, dev->ip->broadcast) ||
	       addr.raw == (dev->ip->addr.raw & dev->ip->mask.raw);
}

static inline bool ipv4_is_multicast(be32 addr)
{
	return (addr.raw & 0xf0) == 0xe0; /* 224.0.0.0/4 */
}

static inline bool ipv4_is_loopback(be32 addr)
{
	return (addr.raw & 0xff) == 127;
}

static inline bool ipv4_is_zeronet(be32 addr)
{
	return (addr.raw & 0xff) == 0;
}
