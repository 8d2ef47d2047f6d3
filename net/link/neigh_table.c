/*
 * The table of neighbours: keyed hash, bounded, and the order in which
 * entries that nobody refers to give way (threats.md row 16). The wire can
 * fill it, so unresolved ones go first and used ones never.
 *
 *	hash[] -> neighbour -> neighbour	refcnt > 0: in use
 *	lru_unresolved, lru_resolved		refcnt = 0: oldest first
 */
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "lib/siphash.h"
#include "lib/string.h"
#include "net/link/acd.h"
#include "net/link/arp.h"
#include "net/link/neigh_table.h"

#define NEIGH_GC_ROUNDS 2

static struct hlist_head *neigh_bucket(struct arp_table *table,
				       const struct net_device *dev, be32 addr)
{
	u64 hash = hsiphash_2u64(addr.raw, dev->ifindex, &table->net->hash_key);

	return &table->hash[hash & (ARP_HASH_SIZE - 1)];
}

static bool neigh_is(const struct neighbour *n, const struct net_device *dev,
		     be32 addr)
{
	return be32_eq(n->addr, addr) && n->dev == dev;
}

struct neighbour *neigh_find(struct net_device *dev, be32 addr)
{
	struct arp_table *table = dev->net->arp;
	struct neighbour *n = table->recent;

	if (n && neigh_is(n, dev, addr))
		return n;
	hlist_for_each_entry (n, neigh_bucket(table, dev, addr), hash_node) {
		if (!neigh_is(n, dev, addr))
			continue;
		table->recent = n;
		return n;
	}
	return NULL;
}

void neigh_table_park(struct neighbour *n)
{
	struct arp_table *table = n->table;

	list_del(&n->lru_node);
	list_add_tail(&n->lru_node, neigh_is_valid(n) ? &table->lru_resolved
						      : &table->lru_unresolved);
}

static void neigh_free(struct neighbour *n)
{
	n->table->count--;
	kmem_cache_free(&n->table->cache, n);
}

/* Out of the table; freed when nobody refers to it any more. */
static void neigh_remove(struct neighbour *n, enum drop_reason why)
{
	if (n->table->recent == n)
		n->table->recent = NULL;
	n->dead = true;
	n->state = NEIGH_FAILED;
	hlist_del(&n->hash_node);
	list_del(&n->lru_node);
	del_timer(&n->timer);
	skb_queue_purge(&n->pending, why);
	if (!n->refcnt)
		neigh_free(n);
}

static bool neigh_evict(struct arp_table *table)
{
	struct list_head *lru = &table->lru_unresolved;

	if (list_empty(lru))
		lru = &table->lru_resolved;
	if (list_empty(lru))
		return false;
	table->evicted++;
	neigh_remove(list_first(lru, struct neighbour, lru_node),
		     DROP_NEIGH_TABLE_FULL);
	return true;
}

/* Addresses that no one needs to be asked for. */
static void neigh_set_fixed(struct neighbour *n)
{
	static const u8 all_ones[ETH_ALEN] = {0xff, 0xff, 0xff,
					      0xff, 0xff, 0xff};
	const u8 *ip = (const u8 *)&n->addr;
	/* RFC 1112 section 6.4: the low 23 bits. */
	u8 group[ETH_ALEN] = {0x01, 0x00, 0x5e, ip[1] & 0x7f, ip[2], ip[3]};

	if (n->dev->flags & (IFF_LOOPBACK | IFF_NOARP))
		memset(&n->header, 0, sizeof(n->header));
	else if (in_dev_is_broadcast(n->dev, n->addr))
		eth_fill(&n->header, all_ones, n->dev->dev_addr, ETH_P_IP);
	else if (ipv4_is_multicast(n->addr))
		eth_fill(&n->header, group, n->dev->dev_addr, ETH_P_IP);
	else
		return;
	n->header.type = htons(ETH_P_IP);
	n->state = NEIGH_PERMANENT;
}

static struct neighbour *neigh_create(struct net_device *dev, be32 addr)
{
	struct arp_table *table = dev->net->arp;
	struct neighbour *n;

	if (table->count >= NEIGH_TABLE_MAX && !neigh_evict(table)) {
		net_count_drop(table->net, DROP_NEIGH_TABLE_FULL);
		return NULL;
	}
	n = kmem_cache_alloc(&table->cache);
	if (!n)
		return NULL;
	*n = (struct neighbour){
		.addr = addr, .dev = dev, .table = table, .state = NEIGH_NEW};
	skb_queue_head_init(&n->pending);
	timer_setup(&n->timer, neigh_timer);
	list_init(&n->lru_node);
	hlist_add(&n->hash_node, neigh_bucket(table, dev, addr));
	neigh_set_fixed(n);
	if (!table->count++)
		mod_timer(&table->gc, NEIGH_GC_MS);
	return n;
}

struct neighbour *neigh_lookup(struct net_device *dev, be32 addr)
{
	struct neighbour *n = neigh_find(dev, addr);

	if (unlikely(!n))
		n = neigh_create(dev, addr);
	if (unlikely(!n))
		return NULL;
	neigh_hold(n);
	return n;
}

void neigh_put(struct neighbour *n)
{
	if (--n->refcnt)
		return;
	if (unlikely(n->dead)) {
		neigh_free(n);
		return;
	}
	n->idle_rounds = 0;
	neigh_table_park(n);
}

int neigh_add_static(struct net_device *dev, be32 addr, const u8 *ha)
{
	struct neighbour *n = neigh_lookup(dev, addr);

	if (!n)
		return -ENOBUFS;
	/* The table's own reference, so that it is never evicted. */
	if (n->fixed)
		neigh_put(n);
	n->fixed = true;
	neigh_update(n, ha, NEIGH_PERMANENT);
	return 0;
}

/* Those that nobody has used for two rounds are forgotten. */
static void neigh_gc_list(struct list_head *lru)
{
	struct neighbour *n, *next;

	list_for_each_entry_safe (n, next, lru, lru_node) {
		if (n->state == NEIGH_INCOMPLETE || n->state == NEIGH_PROBE)
			continue;
		if (n->idle_rounds++ >= NEIGH_GC_ROUNDS)
			neigh_remove(n, DROP_NEIGH_FAILED);
	}
}

static void neigh_gc(struct timer *timer)
{
	struct arp_table *table = container_of(timer, struct arp_table, gc);

	neigh_gc_list(&table->lru_unresolved);
	neigh_gc_list(&table->lru_resolved);
	if (table->count)
		mod_timer(timer, NEIGH_GC_MS);
}

static void neigh_flush(struct arp_table *table, const struct net_device *dev,
			bool fixed_too)
{
	for (u32 i = 0; i < ARP_HASH_SIZE; i++) {
		struct hlist_node *node = table->hash[i].first, *next;

		for (; node; node = next) {
			struct neighbour *n =
				container_of(node, struct neighbour, hash_node);

			next = node->next;
			if ((dev && n->dev != dev) || (n->fixed && !fixed_too))
				continue;
			if (n->fixed)
				n->refcnt--;
			neigh_remove(n, DROP_NETDEV_SHUTDOWN);
		}
	}
}

int neigh_forget(struct net_device *dev, be32 addr)
{
	struct neighbour *n = neigh_find(dev, addr);

	if (!n || (n->state == NEIGH_PERMANENT && !n->fixed))
		return -ENXIO;
	if (n->fixed)
		n->refcnt--;
	/* Who holds a way over it makes a new one. */
	dev->net->route_gen++;
	neigh_remove(n, DROP_NEIGH_FAILED);
	return 0;
}

void neigh_flush_dev(struct net_device *dev)
{
	neigh_flush(dev->net->arp, dev, false);
}

static void neigh_netdev_event(struct netdev_notifier *nb,
			       struct net_device *dev, enum netdev_event event)
{
	struct arp_table *table = container_of(nb, struct arp_table, notifier);

	if (event == NETDEV_UP)
		acd_claim_again(dev);
	if (event == NETDEV_DOWN)
		acd_stop(dev);
	if (event == NETDEV_UNREGISTER)
		acd_free(dev);
	if (event == NETDEV_UNREGISTER)
		neigh_flush(table, dev, true);
	else if (event == NETDEV_DOWN || !netif_carrier_ok(dev))
		neigh_flush(table, dev, false);
}

void neigh_walk(struct net *net,
		void (*visit)(const struct neighbour *n, void *arg), void *arg)
{
	struct neighbour *n;

	for (u32 i = 0; i < ARP_HASH_SIZE; i++) {
		hlist_for_each_entry (n, &net->arp->hash[i], hash_node)
			visit(n, arg);
	}
}

void neigh_table_init(struct arp_table *table)
{
	list_init(&table->lru_resolved);
	list_init(&table->lru_unresolved);
	kmem_cache_init(&table->cache, "neighbour", sizeof(struct neighbour));
	timer_setup(&table->gc, neigh_gc);
	table->notifier.call = neigh_netdev_event;
	register_netdev_notifier(table->net, &table->notifier);
}

/* Every reference has been given back: the layers above ended before. */
void neigh_table_exit(struct arp_table *table)
{
	unregister_netdev_notifier(&table->notifier);
	del_timer(&table->gc);
	neigh_flush(table, NULL, true);
	kmem_cache_destroy(&table->cache);
}
