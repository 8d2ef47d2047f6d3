/*
 * ARP (RFC 826, RFC 1122 section 2.3.2) and the table of neighbours that it
 * fills. Policy against spoofing: an answer is believed when we have asked;
 * an entry is made for who asks for us; nothing is learned from gratuitous
 * packets.
 */
#pragma once

#include "net/core/inetdevice.h"
#include "net/link/neigh.h"

#define ARP_HASH_SIZE 256

#define ARPHRD_ETHER  1
#define ARPOP_REQUEST 1
#define ARPOP_REPLY   2

/* For IPv4 over Ethernet, the only kind there is. */
struct arphdr {
	be16 htype, ptype;
	u8 hlen, plen;
	be16 op;
	u8 sha[ETH_ALEN];
	be32 spa;
	u8 tha[ETH_ALEN];
	be32 tpa;
} packed;

_Static_assert(sizeof(struct arphdr) == 28, "RFC 826");

struct arp_table {
	struct net *net;
	struct hlist_head hash[ARP_HASH_SIZE];
	struct neighbour *recent; /* the last one looked up */
	/* Entries without a reference, longest unused first. */
	struct list_head lru_resolved, lru_unresolved;
	u32 count;
	struct kmem_cache cache;
	struct timer gc;
	struct netdev_notifier notifier;
	/*
	 * A packet that waited in vain; only read, dropped afterwards. Set
	 * by ipv4/, which tells the sender (EHOSTUNREACH).
	 */
	void (*neigh_error)(struct sk_buff *skb);
	/* Conflict detection gives up dev's address; set by ipv4/ as well. */
	void (*address_lost)(struct net_device *dev);
	u64 requests_sent, replies_sent;
	u64 spoofs_refused; /* another MAC for an entry that we know */
	u64 conflicts;	    /* someone else uses our address */
	u64 evicted;
};

int arp_init(struct net *net) must_check;
void arp_exit(struct net *net);

/* The EtherType handler. Softirq. Consumes. */
void arp_rcv(struct sk_buff *skb);

/* Asks for tpa; by unicast when dest is given, else by broadcast. */
void arp_request(struct net_device *dev, be32 tpa, const u8 *dest);

/* RFC 5227 section 2.1.1: asks for addr on behalf of nobody. */
void arp_probe(struct net_device *dev, be32 addr);

/* RFC 5227 section 3: tells the link that dev has its address. */
void arp_announce(struct net_device *dev);

/* The entry if there is one, without a reference. */
struct neighbour *neigh_find(struct net_device *dev, be32 addr);

/* The link address of n is ha; what waited is sent. */
void neigh_update(struct neighbour *n, const u8 *ha, enum neigh_state state);

/* Someone claims another address for n: asks the one that we know, soon. */
void neigh_verify(struct neighbour *n);

void neigh_table_init(struct arp_table *table);
void neigh_table_exit(struct arp_table *table);
