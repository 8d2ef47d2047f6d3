/*
 * NAPI: a device's interrupt only schedules; the work is done by polling in
 * the NET_RX softirq, a weight per device and a budget for all, until a poll
 * ends under its weight and the interrupt is armed again.
 */
#pragma once

#include "kernel/cpu.h"
#include "lib/list.h"

#define NAPI_POLL_WEIGHT   64
#define NETDEV_BUDGET	   300
#define NETDEV_BUDGET_MS   2
#define NETDEV_MAX_BACKLOG 1000

struct net;
struct net_device;
struct sk_buff;

struct sk_buff_head {
	struct sk_buff *next, *prev; /* must be first, as in sk_buff */
	u32 qlen;
};

enum napi_state_bits {
	NAPI_STATE_SCHED = 1,	/* on a poll list, or being polled */
	NAPI_STATE_MISSED = 2,	/* scheduled again while polled */
	NAPI_STATE_DISABLE = 4, /* no new schedule */
};

struct napi_struct {
	struct list_head poll_list;
	u32 state;
	int weight;
	int (*poll)(struct napi_struct *napi, int budget);
	struct net_device *dev;
	struct list_head dev_node; /* on dev->napis */
	u64 polls, work;
	bool warned;		   /* of a poll that broke its contract */
};

/* What a CPU needs to receive and transmit. */
struct softnet_data {
	struct list_head poll_list;
	struct sk_buff_head input_pkt_queue; /* netif_rx: non-NAPI devices */
	struct sk_buff_head process_queue;
	struct napi_struct backlog; /* the pseudo NAPI that drains them */
	struct list_head tx_flush;  /* devices whose tail write is deferred */
	struct list_head output; /* devices whose tx_queue is to be drained */
	u32 tx_defer;		 /* > 0: the section's end writes tails */
	u64 processed, dropped, time_squeeze, received_rps;
};

/* The receive and transmit softirqs of a stack, and their queues. */
void softnet_init(struct net *net);
void softnet_exit(struct net *net);
void net_tx_action(void *arg);				   /* xmit.c */
int process_backlog(struct napi_struct *napi, int budget); /* rx.c */

/*
 * Registers poll with `weight` (over NAPI_POLL_WEIGHT is warned of and cut).
 * The instance starts disabled. poll returns the work done, at most budget,
 * and calls napi_complete itself when that is less than budget.
 */
void netif_napi_add(struct net_device *dev, struct napi_struct *napi,
		    int (*poll)(struct napi_struct *, int), int weight);
void netif_napi_del(struct napi_struct *napi);
void napi_enable(struct napi_struct *napi);

/* Off every list at once; not from the instance's own poll. */
void napi_disable(struct napi_struct *napi);

/* Hard irq or softirq: claims the instance; false when already scheduled. */
bool napi_schedule_prep(struct napi_struct *napi);

/* After a successful prep: onto this CPU's poll list, NET_RX raised. */
void __napi_schedule(struct napi_struct *napi);

static inline void napi_schedule(struct napi_struct *napi)
{
	if (napi_schedule_prep(napi))
		__napi_schedule(napi);
}

/*
 * From poll, with less than budget done: off the list. False when it was
 * scheduled again meanwhile; then it stays and the interrupt stays masked.
 */
bool napi_complete_done(struct napi_struct *napi, int work);

static inline bool napi_complete(struct napi_struct *napi)
{
	return napi_complete_done(napi, 0);
}
