/*
 * The life of a neighbour: resolution, what waits for it, verification and
 * failure (RFC 1122 section 2.3.2; states in neigh.h). neigh_table.c keeps
 * the table.
 */
#include "net/link/neigh.h"

#include "kernel/log.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/link/arp.h"
#include "net/link/neigh_table.h"

static void neigh_set_state(struct neighbour *n, enum neigh_state state)
{
	n->state = state;
	if (!n->refcnt && !n->dead)
		neigh_table_park(n);
}

/* The oldest gives way: RFC 1122 section 2.3.2.2 wants the latest kept. */
static void neigh_wait(struct neighbour *n, struct sk_buff *skb)
{
	if (n->pending.qlen >= NEIGH_QUEUE_LEN)
		skb_drop(skb_dequeue(&n->pending), DROP_NEIGH_QUEUE_FULL);
	skb_queue_tail(&n->pending, skb);
}

static void neigh_ask(struct neighbour *n)
{
	n->tries++;
	n->asked_ms = clock_ms();
	arp_request(n->dev, n->addr,
		    n->state == NEIGH_PROBE ? n->header.dest : NULL);
	mod_timer(&n->timer, NEIGH_RETRY_MS);
}

static void neigh_resolve(struct neighbour *n, enum neigh_state how)
{
	n->tries = 0;
	n->confirmed = false; /* earlier signs of life do not count */
	neigh_set_state(n, how);
	neigh_ask(n);
}

static inline int neigh_send(struct neighbour *n, struct sk_buff *skb)
{
	struct ethhdr *eth = skb_push(skb, ETH_HLEN);

	*eth = n->header;
	skb->dev = n->dev;
	return dev_queue_xmit(skb);
}

/* All but the states in which the address is simply used. */
static cold int neigh_output_slow(struct neighbour *n, struct sk_buff *skb)
{
	if (n->dead) {
		skb_drop(skb, DROP_TX_NO_DEV);
		return -ENETDOWN;
	}
	if (n->state == NEIGH_STALE) {
		neigh_set_state(n, NEIGH_DELAY);
		n->confirmed = false;
		mod_timer(&n->timer, NEIGH_DELAY_MS);
		return neigh_send(n, skb);
	}
	neigh_wait(n, skb);
	if (n->state != NEIGH_INCOMPLETE)
		neigh_resolve(n, NEIGH_INCOMPLETE);
	return 0;
}

#define NEIGH_SIMPLE                                                           \
	(1u << NEIGH_REACHABLE | 1u << NEIGH_DELAY | 1u << NEIGH_PROBE |       \
	 1u << NEIGH_PERMANENT)

int neigh_output(struct neighbour *n, struct sk_buff *skb)
{
	if (likely(1u << n->state & NEIGH_SIMPLE))
		return neigh_send(n, skb);
	return neigh_output_slow(n, skb);
}

/* Sent from a queue of our own: sending may come back here. */
static void neigh_send_pending(struct neighbour *n)
{
	struct sk_buff_head ready;
	struct sk_buff *skb;

	if (skb_queue_empty(&n->pending))
		return;
	skb_queue_head_init(&ready);
	skb_queue_splice_tail(&n->pending, &ready);
	while ((skb = skb_dequeue(&ready)) != NULL)
		neigh_send(n, skb);
}

void neigh_update(struct neighbour *n, const u8 *ha, enum neigh_state state)
{
	eth_fill(&n->header, ha, n->dev->dev_addr, ETH_P_IP);
	n->tries = 0;
	n->confirmed = false;
	neigh_set_state(n, state);
	if (state == NEIGH_REACHABLE)
		mod_timer(&n->timer, NEIGH_REACHABLE_MS);
	else
		del_timer(&n->timer);
	neigh_send_pending(n);
}

void neigh_verify(struct neighbour *n)
{
	if (n->state != NEIGH_REACHABLE && n->state != NEIGH_STALE &&
	    n->state != NEIGH_DELAY)
		return;
	/* One request a second, whoever provokes it. */
	if (clock_ms() - n->asked_ms >= NEIGH_RETRY_MS)
		neigh_resolve(n, NEIGH_PROBE);
}

/*
 * Only now is the sender told (RFC 1122 section 2.4: a missing entry is no
 * error by itself).
 */
static void neigh_fail(struct neighbour *n)
{
	struct arp_table *table = n->table;
	struct sk_buff_head failed;
	struct sk_buff *skb;

	/* The sender may do anything, and n be unused then. */
	neigh_hold(n);
	neigh_set_state(n, NEIGH_FAILED);
	skb_queue_head_init(&failed);
	skb_queue_splice_tail(&n->pending, &failed);
	while ((skb = skb_dequeue(&failed)) != NULL) {
		skb->dev = n->dev;
		if (table->neigh_error)
			table->neigh_error(skb);
		skb_drop(skb, DROP_NEIGH_FAILED);
	}
	neigh_put(n);
}

static void neigh_no_answer(struct neighbour *n)
{
	if (n->tries < NEIGH_TRIES)
		neigh_ask(n);
	else if (n->state == NEIGH_PROBE)
		neigh_resolve(n, NEIGH_INCOMPLETE);
	else
		neigh_fail(n);
}

/* A proof of life came while the timer ran: another round. */
static bool neigh_renew(struct neighbour *n)
{
	if (!n->confirmed)
		return false;
	n->confirmed = false;
	neigh_set_state(n, NEIGH_REACHABLE);
	mod_timer(&n->timer, NEIGH_REACHABLE_MS);
	return true;
}

void neigh_timer(struct timer *timer)
{
	struct neighbour *n = container_of(timer, struct neighbour, timer);

	switch (n->state) {
	case NEIGH_REACHABLE:
		if (!neigh_renew(n))
			neigh_set_state(n, NEIGH_STALE);
		break;
	case NEIGH_DELAY:
		if (!neigh_renew(n))
			neigh_resolve(n, NEIGH_PROBE);
		break;
	case NEIGH_PROBE:
		if (neigh_renew(n))
			break;
		neigh_no_answer(n);
		break;
	case NEIGH_INCOMPLETE:
		neigh_no_answer(n);
		break;
	default:
		break;
	}
}
