/*
 * The way down: from a finished frame to the driver (checklist rows 89-94).
 *
 *	dev_queue_xmit -> [split, linearise, checksum, pad] -> xmit_frame
 *	  -> driver                    its queue runs
 *	  -> dev->tx_queue -> NET_TX   it is stopped: the qdisc's place
 *
 * Tail writes: inside dev_tx_defer .. dev_tx_flush frames go out marked
 * xmit_more, and the device is told once at the end.
 */
#include "kernel/timer.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/eth.h"
#include "net/core/net.h"

#define DEV_READY (IFF_UP | IFF_RUNNING)
#define TX_WEIGHT 64 /* frames of one device in one NET_TX run */

static cold int xmit_drop(struct sk_buff *skb, enum drop_reason why, int err)
{
	skb->dev->stats.tx_dropped++;
	skb_drop(skb, why);
	return err;
}

/* The watchdog runs only while the queue is stopped: idle is tickless. */
static cold void xmit_stopped(struct net_device *dev)
{
	dev->trans_start_ms = clock_ms();
	if (dev->watchdog_ms && !timer_pending(&dev->watchdog))
		mod_timer(&dev->watchdog, dev->watchdog_ms);
}

static inline enum netdev_tx xmit_one(struct sk_buff *skb,
				      struct net_device *dev)
{
	struct softnet_data *sd = &dev->net->softnet[cpu_id()];
	enum netdev_tx tx;

	skb->xmit_more = sd->tx_defer && dev->ops->ndo_xmit_flush;
	if (skb->xmit_more && !dev->tx_flush_wanted) {
		dev->tx_flush_wanted = true;
		list_add_tail(&dev->flush_node, &sd->tx_flush);
	}
	tx = dev->ops->ndo_start_xmit(skb, dev);
	if (unlikely(dev->tx_stopped))
		xmit_stopped(dev);
	return tx;
}

static cold int xmit_enqueue(struct sk_buff *skb, struct net_device *dev)
{
	if (dev->tx_queue.qlen >= TX_QUEUE_LEN)
		return xmit_drop(skb, DROP_TX_DEV_FULL, -ENOBUFS);
	skb_queue_tail(&dev->tx_queue, skb);
	dev->tx_queued++;
	return 0;
}

static cold int xmit_busy(struct sk_buff *skb, struct net_device *dev)
{
	dev->tx_requeues++;
	skb_queue_head(&dev->tx_queue, skb);
	return 0;
}

/* A frame as the device can take it. Order is kept: who waits goes first. */
static inline int xmit_frame(struct sk_buff *skb, struct net_device *dev)
{
	if (unlikely(!list_empty(&dev->net->ptype_all)))
		dev_deliver_outgoing(skb, dev);
	if (unlikely(dev->tx_stopped || !skb_queue_empty(&dev->tx_queue)))
		return xmit_enqueue(skb, dev);
	if (unlikely(xmit_one(skb, dev) == NETDEV_TX_BUSY))
		return xmit_busy(skb, dev);
	return 0;
}

static inline bool xmit_needs_csum(const struct sk_buff *skb,
				   const struct net_device *dev)
{
	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       !(dev->features & NETIF_F_HW_CSUM);
}

/* Its checksum, or its segments where they fit the link together. */
static inline bool xmit_needs_offload(const struct sk_buff *skb,
				      const struct net_device *dev)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	return !(dev->features & NETIF_F_HW_CSUM) ||
	       (!(dev->features & NETIF_F_TSO) && skb_is_gso(skb));
}

static inline bool xmit_needs_linear(const struct sk_buff *skb,
				     const struct net_device *dev)
{
	return skb->data_len && !(dev->features & NETIF_F_SG);
}

/*
 * RFC 894 wants 46 bytes of payload, and what fills them must not be memory
 * of someone else (etherleak). Only a head of our own may be written behind
 * its tail: there may be data of a clone's original. Otherwise it is copied.
 */
static struct sk_buff *xmit_pad(struct sk_buff *skb)
{
	u32 pad = ETH_ZLEN - skb->len;

	if (skb_cloned(skb) || skb_tailroom(skb) < pad) {
		struct sk_buff *copy = skb_copy_expand(skb, pad);

		if (!copy)
			return NULL;
		consume_skb(skb);
		skb = copy;
	}
	memset(skb_put(skb, pad), 0, pad);
	return skb;
}

static struct sk_buff *xmit_linearise(struct sk_buff *skb)
{
	struct sk_buff *copy = skb_copy(skb);

	if (copy)
		consume_skb(skb);
	return copy;
}

/* One frame of at most the MTU, made such that the device can take it. */
static int xmit_adapt(struct sk_buff *skb, struct net_device *dev)
{
	struct sk_buff *fit = skb;

	if (skb->len > dev->mtu + ETH_HLEN)
		return xmit_drop(skb, DROP_TX_TOO_LONG, -EMSGSIZE);
	if (xmit_needs_linear(fit, dev))
		fit = xmit_linearise(fit);
	if (fit && xmit_needs_csum(fit, dev))
		skb_checksum_help(fit);
	if (fit && fit->len < ETH_ZLEN && !(dev->flags & IFF_LOOPBACK)) {
		skb = fit;
		fit = xmit_pad(skb);
	}
	if (!fit)
		return xmit_drop(skb, DROP_NO_BUFFER, -ENOBUFS);
	return xmit_frame(fit, dev);
}

/* In software just above the driver, where the path was short so far. */
static int xmit_split(struct sk_buff *skb, struct net_device *dev)
{
	struct net *net = dev->net;
	struct sk_buff *next;
	int err = 0, now;

	skb = skb_gso_segment(skb);
	if (!skb) {
		dev->stats.tx_dropped++;
		return -ENOBUFS;
	}
	dev_tx_defer(net);
	for (; skb; skb = next) {
		next = skb->next;
		skb->next = NULL;
		now = xmit_adapt(skb, dev);
		err = now ? now : err;
	}
	dev_tx_flush(net);
	return err;
}

static noinline int xmit_special(struct sk_buff *skb, struct net_device *dev)
{
	if (!skb_is_gso(skb))
		return xmit_adapt(skb, dev);
	if (!(dev->features & NETIF_F_TSO))
		return xmit_split(skb, dev);
	return xmit_frame(skb, dev);
}

int dev_queue_xmit(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (unlikely((dev->flags & DEV_READY) != DEV_READY))
		return xmit_drop(skb,
				 dev->flags & IFF_UP ? DROP_TX_NO_DEV
						     : DROP_DEV_DOWN,
				 -ENETDOWN);
	skb_reset_mac_header(skb);
	if (unlikely(skb->len - ETH_ZLEN > dev->mtu + ETH_HLEN - ETH_ZLEN ||
		     xmit_needs_offload(skb, dev) ||
		     xmit_needs_linear(skb, dev)))
		return xmit_special(skb, dev);
	return xmit_frame(skb, dev);
}

void dev_tx_defer(struct net *net)
{
	net->softnet[cpu_id()].tx_defer++;
}

void dev_tx_flush(struct net *net)
{
	struct softnet_data *sd = &net->softnet[cpu_id()];
	struct net_device *dev;

	if (--sd->tx_defer)
		return;
	while (!list_empty(&sd->tx_flush)) {
		dev = list_first(&sd->tx_flush, struct net_device, flush_node);
		list_del(&dev->flush_node);
		dev->tx_flush_wanted = false;
		dev->ops->ndo_xmit_flush(dev);
	}
}

void netif_wake_queue(struct net_device *dev)
{
	if (!dev->tx_stopped)
		return;
	dev->tx_stopped = false;
	dev->tx_restarts++;
	if (skb_queue_empty(&dev->tx_queue) || !list_empty(&dev->output_node))
		return;
	list_add_tail(&dev->output_node, &dev->net->softnet[cpu_id()].output);
	raise_softirq(NET_TX_SOFTIRQ);
}

/* Sends what waits; true when some is left that may be sent at once. */
static bool dev_drain(struct net_device *dev)
{
	struct sk_buff *skb;

	for (int quota = TX_WEIGHT; quota; quota--) {
		if (dev->tx_stopped || skb_queue_empty(&dev->tx_queue))
			return false;
		skb = skb_dequeue(&dev->tx_queue);
		if (xmit_one(skb, dev) == NETDEV_TX_BUSY) {
			xmit_busy(skb, dev);
			return false;
		}
	}
	return !skb_queue_empty(&dev->tx_queue);
}

/* NET_TX softirq: devices with a backlog, a quota each. */
void net_tx_action(void *arg)
{
	struct net *net = arg;
	struct softnet_data *sd = &net->softnet[cpu_id()];
	struct net_device *dev;
	struct list_head list;

	if (list_empty(&sd->output))
		return;
	list_init(&list);
	list_splice_tail(&sd->output, &list);
	dev_tx_defer(net);
	while (!list_empty(&list)) {
		dev = list_first(&list, struct net_device, output_node);
		list_del(&dev->output_node);
		if (dev_drain(dev))
			list_add_tail(&dev->output_node, &sd->output);
	}
	dev_tx_flush(net);
	if (!list_empty(&sd->output))
		raise_softirq(NET_TX_SOFTIRQ);
}

/* Stopped since trans_start_ms: long enough to be called hung? */
void dev_watchdog(struct timer *timer)
{
	struct net_device *dev =
		container_of(timer, struct net_device, watchdog);
	u64 stopped_ms = clock_ms() - dev->trans_start_ms;

	if (!dev->tx_stopped || !netif_carrier_ok(dev))
		return;
	if (stopped_ms < dev->watchdog_ms) {
		mod_timer(timer, dev->watchdog_ms - stopped_ms);
		return;
	}
	dev->tx_timeouts++;
	if (dev->ops->ndo_tx_timeout)
		dev->ops->ndo_tx_timeout(dev);
	if (!dev->tx_stopped)
		return;
	dev->trans_start_ms = clock_ms();
	mod_timer(timer, dev->watchdog_ms);
}

void dev_flush_tx(struct net_device *dev)
{
	skb_queue_purge(&dev->tx_queue, DROP_NETDEV_SHUTDOWN);
	list_del(&dev->output_node);
	list_del(&dev->flush_node);
	dev->tx_flush_wanted = false;
	dev->tx_stopped = false;
	del_timer(&dev->watchdog);
}
