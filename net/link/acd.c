/* Address conflict detection (RFC 5227): see acd.h. */
#include "net/link/acd.h"

#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/slab.h"
#include "lib/errno.h"

enum acd_state { ACD_IDLE, ACD_PROBE, ACD_CLAIMED };

struct acd {
	struct net_device *dev;
	be32 addr; /* probed */
	u8 state;
	u8 sent;   /* probes, or announcements */
	bool keep; /* never given up */
	bool seen; /* a conflict since it was claimed, at conflict_ms */
	u32 conflicts;
	u64 conflict_ms; /* and answered */
	u64 attempt_ms;	 /* the last probing began */
	struct timer timer;
	acd_probed probed;
	void *arg;
};

static void acd_idle(struct acd *acd)
{
	acd->state = ACD_IDLE;
	del_timer(&acd->timer);
}

/* Section 2.1.1: the address is judged. */
static void acd_probe_done(struct acd *acd, int err)
{
	acd_idle(acd);
	if (err == -EADDRINUSE)
		acd->conflicts++;
	else if (!err)
		acd->conflicts = 0;
	acd->probed(acd->arg, err);
}

/* PROBE_NUM probes 1 to 2 s apart, then 2 s more of silence. */
static void acd_probe_step(struct acd *acd)
{
	u32 wait = ACD_ANNOUNCE_WAIT_MS;

	if (acd->sent == ACD_PROBE_NUM) {
		acd_probe_done(acd, 0);
		return;
	}
	arp_probe(acd->dev, acd->addr);
	if (++acd->sent < ACD_PROBE_NUM)
		wait = ACD_PROBE_MIN_MS +
		       random_below(ACD_PROBE_MAX_MS - ACD_PROBE_MIN_MS + 1);
	mod_timer(&acd->timer, wait);
}

static void acd_timer(struct timer *timer)
{
	struct acd *acd = container_of(timer, struct acd, timer);

	if (acd->state == ACD_PROBE) {
		acd_probe_step(acd);
		return;
	}
	arp_announce(acd->dev);
	if (++acd->sent < ACD_ANNOUNCE_NUM)
		mod_timer(timer, ACD_ANNOUNCE_MS);
}

static struct acd *acd_get(struct net_device *dev)
{
	if (dev->acd)
		return dev->acd;
	dev->acd = kzalloc(sizeof(*dev->acd));
	if (!dev->acd)
		return NULL;
	dev->acd->dev = dev;
	timer_setup(&dev->acd->timer, acd_timer);
	return dev->acd;
}

/* Section 2.1.1: who meets conflict after conflict slows down. */
static u64 acd_first_wait(const struct acd *acd, u64 now)
{
	u64 wait = random_below(ACD_PROBE_WAIT_MS + 1);

	if (acd->conflicts < ACD_MAX_CONFLICTS)
		return wait;
	return MAX(acd->attempt_ms + ACD_RATE_LIMIT_MS, now) - now + wait;
}

int acd_probe(struct net_device *dev, be32 addr, acd_probed probed, void *arg)
{
	struct acd *acd;
	u64 wait, now = clock_ms();

	if (!(dev->flags & IFF_UP))
		return -ENETDOWN;
	acd = acd_get(dev);
	if (!acd)
		return -ENOMEM;
	if (acd->state == ACD_PROBE)
		return -EBUSY;
	acd->addr = addr;
	acd->state = ACD_PROBE;
	acd->sent = 0;
	acd->probed = probed;
	acd->arg = arg;
	wait = acd_first_wait(acd, now);
	acd->attempt_ms = now + wait;
	mod_timer(&acd->timer, wait);
	return 0;
}

static void acd_begin(struct acd *acd)
{
	acd_stop(acd->dev);
	acd->state = ACD_CLAIMED;
	acd->sent = 1;
	acd->seen = false;
	arp_announce(acd->dev);
	mod_timer(&acd->timer, ACD_ANNOUNCE_MS);
}

int acd_claim(struct net_device *dev, bool keep)
{
	struct acd *acd = acd_get(dev);

	if (!acd)
		return -ENOMEM;
	acd->keep = keep;
	if (!(dev->flags & IFF_UP))
		return -ENETDOWN;
	acd_begin(acd);
	return 0;
}

void acd_claim_again(struct net_device *dev)
{
	if (dev->acd && dev->ip)
		acd_begin(dev->acd);
}

void acd_stop(struct net_device *dev)
{
	if (!dev->acd)
		return;
	if (dev->acd->state == ACD_PROBE)
		acd_probe_done(dev->acd, -ENETDOWN);
	acd_idle(dev->acd);
}

void acd_free(struct net_device *dev)
{
	acd_stop(dev);
	kfree(dev->acd);
	dev->acd = NULL;
}

static void acd_give_up(struct acd *acd, const struct arphdr *arp)
{
	struct net_device *dev = acd->dev;

	pr_warn("%s: address %pI4 lost to %pM", dev->name, &dev->ip->addr,
		arp->sha);
	acd_idle(acd);
	if (dev->net->arp->address_lost)
		dev->net->arp->address_lost(dev);
}

/*
 * Section 2.4 (b), and (c) for an address to keep: under a stream of
 * conflicts, one answer in 10 s all the same.
 */
static void acd_defend(struct acd *acd, const struct arphdr *arp)
{
	struct net_device *dev = acd->dev;
	u64 now = clock_ms();

	if (acd->seen && now - acd->conflict_ms < ACD_DEFEND_INTERVAL_MS) {
		if (!acd->keep)
			acd_give_up(acd, arp);
		return;
	}
	pr_warn("%s: %pM uses our address %pI4", dev->name, arp->sha,
		&dev->ip->addr);
	acd->conflict_ms = now;
	acd->seen = true;
	arp_announce(dev);
}

/* Section 2.1.1: the address in use, or somebody else who wants it. */
static bool acd_is_taken(const struct acd *acd, const struct arphdr *arp)
{
	if (be32_eq(arp->spa, acd->addr))
		return true;
	return !arp->spa.raw && be32_eq(arp->tpa, acd->addr) &&
	       ntohs(arp->op) == ARPOP_REQUEST;
}

bool acd_input(struct net_device *dev, const struct arphdr *arp)
{
	struct acd *acd = dev->acd;

	if (acd && acd->state == ACD_PROBE && acd_is_taken(acd, arp))
		acd_probe_done(acd, -EADDRINUSE);
	if (!arp->spa.raw || !in_dev_is_local(dev, arp->spa))
		return false;
	dev->net->arp->conflicts++;
	if (acd && acd->state == ACD_CLAIMED)
		acd_defend(acd, arp);
	return true;
}
