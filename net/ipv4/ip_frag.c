/*
 * The reassembly table: which datagrams wait for pieces, for how long (RFC
 * 1122 section 3.3.2), and how much memory they may hold together and by
 * source. At a limit the oldest goes, so that a flood of first fragments
 * cannot keep honest datagrams out (FragmentSmack).
 */
#include "net/ipv4/ip_frag.h"

#include "kernel/timer.h"
#include "lib/errno.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip_reasm.h"

#define IP_FRAG_BUCKETS 64

struct ip_frags {
	struct net *net;
	struct hlist_head buckets[IP_FRAG_BUCKETS];
	struct list_head all; /* oldest first: also the order of expiry */
	u32 count, mem;
	struct timer timer;
};

u32 ip_frag_mem(const struct net *net)
{
	return net->frags->mem;
}

u32 ip_frag_count(const struct net *net)
{
	return net->frags->count;
}

static struct hlist_head *frag_bucket(struct net *net, const struct iphdr *iph)
{
	u64 hash = hsiphash_2u64((u64)iph->saddr.raw << 32 | iph->daddr.raw,
				 (u64)iph->id.raw << 8 | iph->protocol,
				 &net->hash_key);

	return &net->frags->buckets[hash % IP_FRAG_BUCKETS];
}

/* Frees the pieces; `why` counts each of them as a drop. */
static void dg_empty(struct ip_frags *frags, struct ip_datagram *dg,
		     enum drop_reason why)
{
	frags->mem -= dg->mem;
	dg->mem = dg->have = dg->end = 0;
	skb_queue_purge(&dg->pieces, why);
}

static void dg_free(struct ip_frags *frags, struct ip_datagram *dg,
		    enum drop_reason why)
{
	dg_empty(frags, dg, why);
	hlist_del(&dg->hash);
	list_del(&dg->age);
	kfree(dg);
	if (--frags->count == 0)
		del_timer(&frags->timer);
}

static void dg_fail(struct ip_frags *frags, struct ip_datagram *dg,
		    enum drop_reason why)
{
	NET_INC(frags->net, IP_ReasmFails);
	dg_free(frags, dg, why);
}

/* RFC 1122 section 3.3.2: the sender is told if it can be told of whom. */
static void dg_expire(struct ip_frags *frags, struct ip_datagram *dg)
{
	const struct sk_buff *first = skb_peek(&dg->pieces);

	if (dg->spoilt) /* has been counted */
		return dg_free(frags, dg, DROP_NONE);
	NET_INC(frags->net, IP_ReasmTimeout);
	if (first && !(ntohs(ip_hdr(first)->frag_off) & IP_OFFSET))
		icmp_send(first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
	dg_fail(frags, dg, DROP_IP_FRAG_TIMEOUT);
}

static void frag_timeout(struct timer *timer)
{
	struct ip_frags *frags = container_of(timer, struct ip_frags, timer);
	u64 now = clock_ms();

	while (frags->count) {
		struct ip_datagram *dg =
			list_first(&frags->all, struct ip_datagram, age);

		if (dg->expires_ms > now) {
			mod_timer(&frags->timer, dg->expires_ms - now);
			return;
		}
		dg_expire(frags, dg);
	}
}

static struct ip_datagram *dg_find(struct net *net, const struct iphdr *iph)
{
	struct ip_datagram *dg;

	hlist_for_each_entry (dg, frag_bucket(net, iph), hash)
		if (be16_eq(dg->id, iph->id) &&
		    be32_eq(dg->saddr, iph->saddr) &&
		    be32_eq(dg->daddr, iph->daddr) &&
		    dg->protocol == iph->protocol)
			return dg;
	return NULL;
}

/* The oldest, of one source or (saddr 0) of all; not one that is busy. */
static struct ip_datagram *dg_oldest(struct ip_frags *frags, be32 saddr)
{
	struct ip_datagram *dg;

	list_for_each_entry (dg, &frags->all, age)
		if (!dg->busy && (!saddr.raw || be32_eq(dg->saddr, saddr)))
			return dg;
	return NULL;
}

struct usage {
	u32 count, mem;
};

static struct usage source_usage(const struct ip_frags *frags, be32 saddr)
{
	const struct ip_datagram *dg;
	struct usage sum = {0, 0};

	list_for_each_entry (dg, &frags->all, age) {
		if (!be32_eq(dg->saddr, saddr))
			continue;
		sum.count++;
		sum.mem += dg->mem;
	}
	return sum;
}

/* The source is at its share; nobody is while the table is nearly empty. */
static bool source_is_full(const struct ip_frags *frags, be32 saddr,
			   struct usage more)
{
	struct usage u;

	if (frags->count + more.count <= IP_FRAG_BY_SOURCE &&
	    frags->mem + more.mem <= IP_FRAG_SOURCE)
		return false;
	u = source_usage(frags, saddr);
	return u.count + more.count > IP_FRAG_BY_SOURCE ||
	       u.mem + more.mem > IP_FRAG_SOURCE;
}

/* Makes room for `more` of saddr; false when only a busy one could give. */
static bool frag_make_room(struct ip_frags *frags, be32 saddr,
			   struct usage more)
{
	struct ip_datagram *dg;

	while (source_is_full(frags, saddr, more)) {
		dg = dg_oldest(frags, saddr);
		if (!dg)
			return false;
		dg_fail(frags, dg, DROP_IP_FRAG_MEMORY);
	}
	while (frags->count + more.count > IP_FRAG_DATAGRAMS ||
	       frags->mem + more.mem > IP_FRAG_MEMORY) {
		dg = dg_oldest(frags, (be32){0});
		if (!dg)
			return false;
		dg_fail(frags, dg, DROP_IP_FRAG_MEMORY);
	}
	return true;
}

static struct ip_datagram *dg_create(struct ip_frags *frags,
				     const struct iphdr *iph)
{
	struct ip_datagram *dg;

	if (!frag_make_room(frags, iph->saddr, (struct usage){1, 0}))
		return NULL;
	dg = kzalloc(sizeof(*dg));
	if (!dg)
		return NULL;
	dg->saddr = iph->saddr;
	dg->daddr = iph->daddr;
	dg->id = iph->id;
	dg->protocol = iph->protocol;
	dg->expires_ms = clock_ms() + IP_FRAG_TIMEOUT_MS;
	skb_queue_head_init(&dg->pieces);
	hlist_add(&dg->hash, frag_bucket(frags->net, iph));
	list_add_tail(&dg->age, &frags->all);
	if (frags->count++ == 0)
		mod_timer(&frags->timer, IP_FRAG_TIMEOUT_MS);
	return dg;
}

/*
 * After an overlap nothing of the datagram is to be believed, not even what
 * is still to come: the empty entry stays until its time is over.
 */
static void dg_spoil(struct ip_frags *frags, struct ip_datagram *dg)
{
	if (!dg->spoilt)
		NET_INC(frags->net, IP_ReasmFails);
	dg->spoilt = true;
	dg_empty(frags, dg, DROP_IP_FRAG_OVERLAP);
}

/* The reason when skb is not taken. */
static enum drop_reason frag_add(struct ip_frags *frags, struct ip_datagram *dg,
				 struct sk_buff *skb)
{
	struct usage more = {0, skb->truesize};
	enum drop_reason why;
	bool room;

	if (dg->spoilt)
		return DROP_IP_FRAG_OVERLAP;
	dg->busy = true;
	room = frag_make_room(frags, dg->saddr, more);
	dg->busy = false;
	if (!room) {
		dg_fail(frags, dg, DROP_IP_FRAG_MEMORY);
		return DROP_IP_FRAG_MEMORY;
	}
	why = ip_reasm_insert(dg, skb);
	if (why == DROP_IP_FRAG_OVERLAP)
		dg_spoil(frags, dg);
	else if (why == DROP_IP_FRAG_MEMORY)
		dg_fail(frags, dg, why);
	else if (!why)
		frags->mem += skb->truesize;
	return why;
}

static struct sk_buff *frag_finish(struct ip_frags *frags,
				   struct ip_datagram *dg)
{
	enum drop_reason why;
	struct sk_buff *whole = ip_reasm_join(dg, &why);

	if (!whole) {
		dg_fail(frags, dg, why);
		return NULL;
	}
	NET_INC(frags->net, IP_ReasmOKs);
	dg_free(frags, dg, DROP_NONE);
	return whole;
}

struct sk_buff *ip_defrag(struct sk_buff *skb)
{
	struct ip_frags *frags = skb->net->frags;
	struct ip_datagram *dg;
	enum drop_reason why = ip_fragment_check(skb);

	NET_INC(skb->net, IP_ReasmReqds);
	if (why)
		goto refuse;
	dg = dg_find(skb->net, ip_hdr(skb));
	if (!dg)
		dg = dg_create(frags, ip_hdr(skb));
	why = DROP_IP_FRAG_MEMORY;
	if (!dg)
		goto refuse;
	why = frag_add(frags, dg, skb);
	if (!why)
		return ip_reasm_complete(dg) ? frag_finish(frags, dg) : NULL;
	skb_drop(skb, why);
	return NULL;
refuse:
	NET_INC(skb->net, IP_ReasmFails);
	skb_drop(skb, why);
	return NULL;
}

static bool dg_is_from(const struct ip_datagram *dg,
		       const struct net_device *dev)
{
	const struct sk_buff *skb;

	skb_queue_walk (&dg->pieces, skb)
		if (skb->dev == dev)
			return true;
	return false;
}

void ip_frag_flush_dev(struct net *net, const struct net_device *dev)
{
	struct ip_datagram *dg, *tmp;

	if (!net->frags)
		return;
	list_for_each_entry_safe (dg, tmp, &net->frags->all, age)
		if (dg_is_from(dg, dev))
			dg_free(net->frags, dg, DROP_NETDEV_SHUTDOWN);
}

int ip_frag_init(struct net *net)
{
	struct ip_frags *frags = kzalloc(sizeof(*frags));

	if (!frags)
		return -ENOMEM;
	frags->net = net;
	list_init(&frags->all);
	timer_setup(&frags->timer, frag_timeout);
	net->frags = frags;
	return 0;
}

void ip_frag_exit(struct net *net)
{
	struct ip_frags *frags = net->frags;

	if (!frags)
		return;
	while (frags->count)
		dg_free(frags, list_first(&frags->all, struct ip_datagram, age),
			DROP_NETDEV_SHUTDOWN);
	kfree(frags);
	net->frags = NULL;
}
