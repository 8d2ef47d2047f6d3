/*
 * The way up: taps, then the receivers of the frame's EtherType (checklist
 * rows 44, 45, 54, 56, 58), and the backlog for devices without NAPI.
 *
 * Delivery is deferred by one receiver, so that the last of them gets the
 * sk_buff itself and only those before it cost a clone.
 */
#include "net/core/eth.h"
#include "net/core/net.h"

static u32 ptype_hash(u16 type)
{
	return type & (PTYPE_HASH - 1);
}

/*
 * Nearly always a bucket holds one receiver of all devices and nobody taps:
 * then ptype_only says so, and a frame needs no walk.
 */
static void ptype_update(struct net *net)
{
	for (u32 i = 0; i < PTYPE_HASH; i++) {
		struct list_head *head = &net->ptype_base[i];
		struct packet_type *pt = NULL;

		if (list_empty(&net->ptype_all) && !list_empty(head) &&
		    head->next == head->prev)
			pt = list_first(head, struct packet_type, node);
		net->ptype_only[i] = pt && !pt->dev ? pt : NULL;
	}
}

void dev_add_pack(struct net *net, struct packet_type *pt)
{
	struct list_head *head = &net->ptype_all;

	if (pt->type != ETH_P_ALL)
		head = &net->ptype_base[ptype_hash(pt->type)];
	pt->net = net;
	list_add_tail(&pt->node, head);
	ptype_update(net);
}

void dev_remove_pack(struct packet_type *pt)
{
	list_del(&pt->node);
	ptype_update(pt->net);
}

static bool ptype_wants(const struct packet_type *pt,
			const struct net_device *dev)
{
	return !pt->dev || pt->dev == dev;
}

/* To a receiver that is not the last. */
static void deliver_clone(struct sk_buff *skb, struct packet_type *pt)
{
	struct sk_buff *clone;

	if (!pt)
		return;
	clone = skb_clone(skb);
	if (clone)
		pt->func(clone, pt);
	else
		net_count_drop(skb->net, DROP_NO_BUFFER);
}

/* Returns the tap that is still to be served, or NULL. */
static struct packet_type *deliver_taps(struct sk_buff *skb)
{
	struct packet_type *pt, *pt_prev = NULL;

	list_for_each_entry (pt, &skb->net->ptype_all, node) {
		if (!ptype_wants(pt, skb->dev))
			continue;
		deliver_clone(skb, pt_prev);
		pt_prev = pt;
	}
	return pt_prev;
}

static enum drop_reason undelivered_reason(const struct sk_buff *skb)
{
	if (skb->pkt_type == PACKET_BAD_SOURCE)
		return DROP_ETH_SRC_MULTICAST;
	if (skb->pkt_type == PACKET_OTHERHOST)
		return DROP_ETH_OTHERHOST;
	return ntohs(skb->protocol) < ETH_P_802_3_MIN ? DROP_ETH_802_3
						      : DROP_ETH_UNKNOWN_TYPE;
}

/* Taps have had it; the stack has no use for it. */
static void receive_unwanted(struct sk_buff *skb, struct packet_type *pt_prev)
{
	net_count_drop(skb->net, undelivered_reason(skb));
	skb->dev->stats.rx_dropped++;
	if (pt_prev)
		pt_prev->func(skb, pt_prev);
	else
		consume_skb(skb);
}

/* Taps, several receivers, or none. */
static cold void receive_general(struct sk_buff *skb, u16 type)
{
	struct net *net = skb->net;
	struct packet_type *pt_prev = deliver_taps(skb), *found = NULL, *pt;

	if (skb->pkt_type >= PACKET_OTHERHOST) {
		receive_unwanted(skb, pt_prev);
		return;
	}
	list_for_each_entry (pt, &net->ptype_base[ptype_hash(type)], node) {
		if (pt->type != type || !ptype_wants(pt, skb->dev))
			continue;
		deliver_clone(skb, pt_prev);
		pt_prev = found = pt;
	}
	if (found)
		found->func(skb, found);
	else
		receive_unwanted(skb, pt_prev);
}

void netif_receive_skb(struct sk_buff *skb)
{
	struct net *net = skb->net;
	u16 type = ntohs(skb->protocol);
	struct packet_type *pt = net->ptype_only[ptype_hash(type)];

	net->softnet[cpu_id()].processed++;
	skb_reset_network_header(skb);
	if (likely(pt && pt->type == type && skb->pkt_type < PACKET_OTHERHOST))
		pt->func(skb, pt);
	else
		receive_general(skb, type);
}

/* Taps see outgoing frames as they see incoming ones: data at the payload. */
void dev_deliver_outgoing(struct sk_buff *skb, struct net_device *dev)
{
	struct packet_type *pt;
	struct sk_buff *clone;

	list_for_each_entry (pt, &dev->net->ptype_all, node) {
		if (!ptype_wants(pt, dev))
			continue;
		clone = skb_clone(skb);
		if (!clone) {
			net_count_drop(dev->net, DROP_NO_BUFFER);
			continue;
		}
		clone->protocol = eth_type_trans(clone, dev);
		clone->pkt_type = PACKET_OUTGOING;
		skb_reset_network_header(clone);
		pt->func(clone, pt);
	}
}

void netif_rx(struct sk_buff *skb)
{
	struct softnet_data *sd = &skb->net->softnet[cpu_id()];

	if (unlikely(sd->input_pkt_queue.qlen >= NETDEV_MAX_BACKLOG)) {
		sd->dropped++;
		skb->dev->stats.rx_dropped++;
		skb_drop(skb, DROP_BACKLOG_FULL);
		return;
	}
	skb_queue_tail(&sd->input_pkt_queue, skb);
	/* Already scheduled is the usual case, and then there is no miss. */
	if (!(sd->backlog.state & NAPI_STATE_SCHED))
		napi_schedule(&sd->backlog);
}

int process_backlog(struct napi_struct *napi, int budget)
{
	struct softnet_data *sd =
		container_of(napi, struct softnet_data, backlog);
	struct sk_buff *skb;
	int work = 0;

	for (;;) {
		while ((skb = skb_dequeue(&sd->process_queue)) != NULL) {
			netif_receive_skb(skb);
			if (++work >= budget)
				return work;
		}
		if (skb_queue_empty(&sd->input_pkt_queue))
			break;
		skb_queue_splice_tail(&sd->input_pkt_queue, &sd->process_queue);
	}
	napi_complete_done(napi, work);
	return work;
}

static void flush_queue_of(struct sk_buff_head *q, struct net_device *dev)
{
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe (q, skb, tmp) {
		if (skb->dev != dev)
			continue;
		skb_unlink(q, skb);
		skb_drop(skb, DROP_NETDEV_SHUTDOWN);
	}
}

void dev_flush_backlog(struct net_device *dev)
{
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		flush_queue_of(&dev->net->softnet[cpu].input_pkt_queue, dev);
		flush_queue_of(&dev->net->softnet[cpu].process_queue, dev);
	}
}
