/*
 * For the programs that look after a stack, ifconfig and its like: its
 * devices, addresses, routes, neighbours and sockets, to read and to change.
 * Task context. The visitors run with bottom halves off: they must not sleep.
 */
#pragma once

#include "net/core/inetdevice.h"
#include "net/core/net.h"
#include "net/ipv4/route.h"

/* Each device, its statistics fresh; dev->ip has its address. */
void netcfg_devices(struct net *net,
		    void (*visit)(const struct net_device *dev, void *arg),
		    void *arg);

/* The driver's own counters; -ENODEV, -EOPNOTSUPP when it has none. */
int netcfg_driver_stats(struct net *net, const char *name,
			void (*visit)(const char *name, u64 value, void *arg),
			void *arg);

/*
 * By name: 0, -ENODEV, or what the device or the table says. An address that
 * begins to be used is announced, defended and kept (RFC 5227).
 */
int netcfg_up(struct net *net, const char *name);
int netcfg_down(struct net *net, const char *name);

/* It is announced and defended, once the device is up (RFC 5227). */
int netcfg_set_address(struct net *net, const char *name, be32 addr, be32 mask);

void netcfg_routes(struct net *net,
		   void (*visit)(const struct fib_route *route, void *arg),
		   void *arg);

/* dev: a name, or NULL when the gateway tells. route->dev is not looked at. */
int netcfg_route_add(struct net *net, const struct fib_route *route,
		     const char *dev);
int netcfg_route_del(struct net *net, be32 dest, be32 mask);

struct netcfg_neigh {
	be32 addr;
	const u8 *mac; /* NULL: not known */
	bool permanent;
	const char *dev, *state;
};

/* Neighbours that ARP has to do with. */
void netcfg_neighbours(struct net *net,
		       void (*visit)(const struct netcfg_neigh *n, void *arg),
		       void *arg);

/* A static entry on the device that has addr on link. */
int netcfg_arp_set(struct net *net, be32 addr, const u8 *mac);
int netcfg_arp_del(struct net *net, be32 addr);

struct netcfg_socket {
	const char *proto; /* "tcp", "udp", "raw" */
	const char *state; /* "LISTEN"; "" for udp and raw */
	bool listens;
	u32 recv_q, send_q;
	be32 laddr, raddr;
	u16 lport, rport; /* raw: lport is the protocol */
};

void netcfg_sockets(struct net *net,
		    void (*visit)(const struct netcfg_socket *s, void *arg),
		    void *arg);
