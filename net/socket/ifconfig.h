/*
 * The configuration of a device by programs: what ioctl(SIOCSIFADDR) and
 * its like are elsewhere. Devices go by their names. Task context.
 */
#pragma once

#include "lib/byteorder.h"
#include "net/core/netdev.h"

struct ifconfig {
	be32 addr, mask;
	be32 gateway; /* 0: none */
};

/* The link address. 0, -ENODEV or -EOPNOTSUPP (it has none). */
int ifconfig_hwaddr(struct net *net, const char *name, u8 mac[6]) must_check;

/*
 * Sleeps while it probes whether addr is free on the link (RFC 5227), 4 to
 * 7 s. 0, -EADDRINUSE, or why it cannot be said (-ENODEV, -ENETDOWN, ...).
 */
int ifconfig_probe(struct net *net, const char *name, be32 addr) must_check;

/*
 * Gives the device this address, in the place of another, and announces it.
 * When another host takes it away later, every socket bound to the device
 * has the error EADDRINUSE. 0 or -errno.
 */
int ifconfig_set(struct net *net, const char *name,
		 const struct ifconfig *config) must_check;

/* The address, its routes and ways are gone at once. */
void ifconfig_clear(struct net *net, const char *name);

/* Tells when a device's link is there again. */
struct ifconfig_watch {
	struct netdev_notifier notifier;
	const struct net_device *dev;
	bool linked; /* when it was looked at last */
	/* Softirq, or task with bottom halves off. */
	void (*link_up)(struct ifconfig_watch *watch);
};

/* link_up is set. 0 or -ENODEV. */
int ifconfig_watch(struct ifconfig_watch *watch, struct net *net,
		   const char *name) must_check;
void ifconfig_unwatch(struct ifconfig_watch *watch);
