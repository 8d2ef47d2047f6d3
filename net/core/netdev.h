/*
 * struct net_device: a network interface, its operations and its entry
 * points into the stack. Drivers see this file, skbuff.h and napi.h only.
 */
#pragma once

#include "kernel/timer.h"
#include "lib/byteorder.h"
#include "lib/list.h"
#include "net/core/napi.h"
#include "net/core/skbuff.h"

#define ETH_ALEN     6
#define ETH_HLEN     14
#define ETH_ZLEN     60 /* shortest frame without FCS */
#define ETH_DATA_LEN 1500
#define IFNAMSIZ     16

enum netdev_flags {
	IFF_UP = 1 << 0,
	IFF_BROADCAST = 1 << 1,
	IFF_LOOPBACK = 1 << 3,
	IFF_RUNNING = 1 << 6, /* carrier */
	IFF_NOARP = 1 << 7,   /* no link addresses to resolve */
	IFF_PROMISC = 1 << 8,
	IFF_MULTICAST = 1 << 12,
};

enum netdev_features {
	NETIF_F_SG = 1 << 0,	  /* transmits frags */
	NETIF_F_HW_CSUM = 1 << 1, /* completes CHECKSUM_PARTIAL */
	NETIF_F_TSO = 1 << 2,	  /* splits gso_size segments itself */
	NETIF_F_RXCSUM = 1 << 3,
};

enum netdev_tx {
	NETDEV_TX_OK,	/* consumed, sent or dropped with a reason */
	NETDEV_TX_BUSY, /* not consumed; the queue has been stopped */
};

/* Frames that wait while the driver's queue is stopped: the qdisc's place. */
#define TX_QUEUE_LEN 1000

/*
 * As in /proc/net/dev. The driver counts packets, bytes and its errors; the
 * core adds to tx_dropped.
 */
struct net_device_stats {
	u64 rx_packets, rx_bytes, rx_errors, rx_dropped, rx_fifo_errors;
	u64 rx_frame_errors, rx_compressed, multicast;
	u64 tx_packets, tx_bytes, tx_errors, tx_dropped, tx_fifo_errors;
	u64 collisions, tx_carrier_errors, tx_compressed;
};

struct net_device_ops {
	int (*ndo_open)(struct net_device *dev);
	int (*ndo_stop)(struct net_device *dev);
	/*
	 * Softirq, or task with bottom halves off. Queues one frame. When
	 * skb->xmit_more is set the driver may leave the tail write to a
	 * later frame or to ndo_xmit_flush.
	 */
	enum netdev_tx (*ndo_start_xmit)(struct sk_buff *skb,
					 struct net_device *dev);
	void (*ndo_xmit_flush)(struct net_device *dev); /* may be NULL */
	/* Stopped for watchdog_ms: reset, then wake the queue. Softirq. */
	void (*ndo_tx_timeout)(struct net_device *dev);
	void (*ndo_get_stats)(struct net_device *dev); /* fills dev->stats */
	/* A poll would find work; looks at memory only. For the idle loop. */
	bool (*ndo_rx_pending)(struct net_device *dev);
	/* On: receives without interrupts, as somebody looks all the time. */
	void (*ndo_busy_poll)(struct net_device *dev, bool on);
	/* The driver's own counters, as ethtool -S lists them. */
	void (*ndo_ethtool_stats)(struct net_device *dev,
				  void (*visit)(const char *name, u64 value,
						void *arg),
				  void *arg);
};

struct net_device {
	char name[IFNAMSIZ];
	u32 ifindex;
	struct net *net;
	const struct net_device_ops *ops;
	void *priv; /* the driver's */
	u32 flags, features, mtu;
	u8 dev_addr[ETH_ALEN];
	bool tx_stopped;      /* queue stopped by the driver */
	bool tx_flush_wanted; /* on softnet_data.tx_flush */
	u64 trans_start_ms;   /* when the queue was stopped */
	u32 watchdog_ms;      /* 0: none */
	struct timer watchdog;
	struct list_head node;	      /* on net->devs */
	struct list_head flush_node;  /* on softnet_data.tx_flush */
	struct list_head output_node; /* on softnet_data.output */
	struct sk_buff_head tx_queue; /* waits for the driver's queue */
	struct list_head napis;
	struct net_device_stats stats;
	u64 tx_restarts, tx_timeouts;
	u64 tx_queued, tx_requeues; /* into tx_queue; given back as busy */
	struct in_device *ip;	    /* its IPv4 addresses, ipv4/ */
	struct acd *acd;	    /* is an address ours alone? link/ */
};

/*
 * Gives the device its ifindex and its place in the stack. The name may hold
 * one %d, replaced by the lowest free number. Task, bottom halves off.
 */
int register_netdev(struct net *net, struct net_device *dev) must_check;

/* Closes it; nothing of the stack refers to it afterwards. */
void unregister_netdev(struct net_device *dev);
struct net_device *dev_get_by_name(struct net *net, const char *name);
struct net_device *dev_get_by_index(struct net *net, u32 ifindex);

int dev_open(struct net_device *dev) must_check;
void dev_close(struct net_device *dev);

/* What happens to devices, told to the layers above. */
enum netdev_event {
	NETDEV_UP,
	NETDEV_DOWN,
	NETDEV_CHANGE, /* carrier */
	NETDEV_UNREGISTER,
};

struct netdev_notifier {
	void (*call)(struct netdev_notifier *nb, struct net_device *dev,
		     enum netdev_event event);
	struct list_head node;
};

void register_netdev_notifier(struct net *net, struct netdev_notifier *nb);
void unregister_netdev_notifier(struct netdev_notifier *nb);

/* Carrier, from the driver's link interrupt (softirq or task). */
void netif_carrier_on(struct net_device *dev);
void netif_carrier_off(struct net_device *dev);

static inline bool netif_carrier_ok(const struct net_device *dev)
{
	return dev->flags & IFF_RUNNING;
}

/* The driver's flow control towards the stack, from ndo_start_xmit. */
static inline void netif_stop_queue(struct net_device *dev)
{
	dev->tx_stopped = true;
}

/* There is room again: what waits is sent from the NET_TX softirq. */
void netif_wake_queue(struct net_device *dev);

/*
 * The frame's way in: skb->data at the Ethernet payload, protocol set by
 * eth_type_trans. Softirq. Consumes.
 */
void netif_receive_skb(struct sk_buff *skb);

/* For devices without NAPI (loopback): by the backlog. Consumes. */
void netif_rx(struct sk_buff *skb);

/*
 * The frame's way out: skb->data at the link header, skb->dev set. Splits
 * GSO segments, completes checksums and makes linear what the device cannot,
 * pads with zeros to ETH_ZLEN. Softirq or bottom halves off. Consumes.
 * 0, or -ENETDOWN, -ENOBUFS, -EMSGSIZE when it was dropped.
 */
int dev_queue_xmit(struct sk_buff *skb);

/* Between these two, tail writes are batched: one per device at the end. */
void dev_tx_defer(struct net *net);
void dev_tx_flush(struct net *net);

/* The transmit watchdog: the stack's own timer handler. */
void dev_watchdog(struct timer *timer);

/* Frees what waits to be sent or received by dev. */
void dev_flush_tx(struct net_device *dev);
void dev_flush_backlog(struct net_device *dev);

/* A clone of an outgoing frame for each tap; data at the link header. */
void dev_deliver_outgoing(struct sk_buff *skb, struct net_device *dev);

/* lo, up and running; and its end. */
int loopback_create(struct net *net) must_check;
void loopback_destroy(struct net *net);

/*
 * Sets dev, pkt_type and mac_header, pulls the Ethernet header, returns the
 * protocol. The caller has checked that its 14 bytes are there.
 */
be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev);

/*
 * A receiver by EtherType, or of everything (ETH_P_ALL: a tap). With several
 * receivers each gets its own clone, so that none sees another's changes.
 */
#define ETH_P_IP	0x0800
#define ETH_P_ARP	0x0806
#define ETH_P_ALL	0x0003
#define ETH_P_802_3_MIN 1536 /* below: a length, not a type */

struct packet_type {
	u16 type; /* host order */
	void (*func)(struct sk_buff *skb,
		     struct packet_type *pt); /* consumes */
	void *arg;
	struct net_device *dev; /* NULL: any */
	struct net *net;
	struct list_head node;
};

void dev_add_pack(struct net *net, struct packet_type *pt);
void dev_remove_pack(struct packet_type *pt);
