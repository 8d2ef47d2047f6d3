/*
 * struct net: one whole stack. All state of net/ hangs off it, so two stacks
 * live in one process and talk over a virtual wire. Each layer's table is an
 * opaque pointer here, because core knows no layer above it.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/panic.h"
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "lib/list.h"
#include "lib/siphash.h"
#include "net/core/drop.h"
#include "net/core/mib.h"
#include "net/core/napi.h"

struct sk_buff;
struct net_protocol;
struct proto;

#define PTYPE_HASH 16
#define NR_PROTOS  8 /* socket kinds */

struct net_counters {
	u64 mib[MIB_MAX];
	u64 drops[DROP_MAX];
};

struct net {
	struct net_counters counters[NR_CPUS];
	struct softnet_data softnet[NR_CPUS];
	u64 skb_live;  /* sk_buffs that exist */
	u64 sock_live; /* sockets, requests and TIME-WAITs that exist */
	struct kmem_cache skb_cache;
	struct kmem_cache head_small_cache, head_large_cache;

	struct list_head ptype_base[PTYPE_HASH];    /* struct packet_type */
	struct list_head ptype_all;		    /* taps */
	struct packet_type *ptype_only[PTYPE_HASH]; /* rx.c's short way */
	struct list_head devs;			    /* struct net_device */
	u32 next_ifindex;
	struct list_head netdev_chain; /* struct netdev_notifier */
	u32 netdev_budget;	       /* frames of one NET_RX run */
	struct net_device *loopback;
	struct packet_type *builtin_ptypes; /* of init.c's table */
	struct softirq_action rx_action, tx_action;

	const struct net_protocol *protocols[256]; /* by IP protocol */
	const struct proto *protos[NR_PROTOS];	   /* by SOCK_x */
	u32 route_gen; /* changes with every route, address or device */

	bool busy_polling; /* the idle loop looks at the rings */
	u64 busy_poll_ns;  /* how long after traffic; 0: never */
	u64 busy_until_ns, busy_processed;

	struct siphash_key hash_key; /* for tables that the wire fills */
	bool ip_forward;

	struct arp_table *arp;	       /* link/ */
	struct fib *fib;	       /* ipv4/ */
	struct icmp_state *icmp;       /* ipv4/ */
	struct ip_frags *frags;	       /* ipv4/ */
	struct ip_ids *ip_ids;	       /* ipv4/ */
	struct udp_table *udp;	       /* ipv4/ */
	struct raw_table *raw;	       /* ipv4/ */
	struct tcp_table *tcp;	       /* tcp/ */
	struct netconsole *netconsole; /* ipv4/ */
	struct dns_resolver *resolver; /* app/ */
	struct dhcp_clients *dhcp;     /* app/; NULL: no client may be */
	struct panic_notifier report;
};

/*
 * A stack with its loopback device up and all protocols registered (the four
 * tables are filled in net/core/init.c). NULL without memory. Task context.
 */
struct net *net_create(void);

/* Everything of it freed; its sockets must have been closed before. */
void net_destroy(struct net *net);

#define NET_ADD(net, item, n)                                                  \
	((net)->counters[cpu_id()].mib[MIB_##item] += (u64)(n))
#define NET_INC(net, item) NET_ADD(net, item, 1)
#define NET_DEC(net, item) NET_ADD(net, item, -1)

/* Its part of the crash report. */
void net_report(struct panic_notifier *notifier);

/* Sums over the CPUs. */
u64 net_mib(const struct net *net, enum mib_item item);
u64 net_drops(const struct net *net, enum drop_reason why);
