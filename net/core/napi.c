/*
 * The NET_RX softirq: polls the scheduled instances in turn, a weight each,
 * a budget and 2 ms for all (checklist rows 39-43).
 *
 *	irq --napi_schedule--> poll_list --> poll() < weight: napi_complete
 *				  ^              = weight: repoll --+
 *				  +--------- after new arrivals <---+
 */
#include "net/core/napi.h"

#include "kernel/log.h"
#include "kernel/machine.h"
#include "net/core/net.h"
#include "net/core/netdev.h"

void netif_napi_add(struct net_device *dev, struct napi_struct *napi,
		    int (*poll)(struct napi_struct *, int), int weight)
{
	if (weight > NAPI_POLL_WEIGHT) {
		pr_warn("%s: NAPI weight %d cut to %d", dev->name, weight,
			NAPI_POLL_WEIGHT);
		weight = NAPI_POLL_WEIGHT;
	}
	*napi = (struct napi_struct){
		.state = NAPI_STATE_DISABLE,
		.weight = weight,
		.poll = poll,
		.dev = dev,
	};
	list_init(&napi->poll_list);
	/* Drivers add their instances before they register the device. */
	if (!dev->napis.next)
		list_init(&dev->napis);
	list_add_tail(&napi->dev_node, &dev->napis);
}

void netif_napi_del(struct napi_struct *napi)
{
	napi_disable(napi);
	list_del(&napi->dev_node);
}

void napi_enable(struct napi_struct *napi)
{
	__atomic_store_n(&napi->state, 0, __ATOMIC_RELEASE);
}

/*
 * Bottom halves are off, so nobody polls on this CPU, and an instance lives
 * on one CPU: nothing to wait for.
 */
void napi_disable(struct napi_struct *napi)
{
	unsigned long flags = machine_irq_save();

	napi->state = NAPI_STATE_DISABLE;
	list_del(&napi->poll_list);
	machine_irq_restore(flags);
}

bool napi_schedule_prep(struct napi_struct *napi)
{
	u32 old = __atomic_load_n(&napi->state, __ATOMIC_RELAXED), now;

	do {
		if (old & NAPI_STATE_DISABLE)
			return false;
		now = old & NAPI_STATE_SCHED ? old | NAPI_STATE_MISSED
					     : old | NAPI_STATE_SCHED;
	} while (!__atomic_compare_exchange_n(&napi->state, &old, now, false,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return !(old & NAPI_STATE_SCHED);
}

/* The backlog's instance has no device: its stack is asked of the queue. */
static struct softnet_data *napi_softnet(struct napi_struct *napi)
{
	if (!napi->dev)
		return container_of(napi, struct softnet_data, backlog);
	return &napi->dev->net->softnet[cpu_id()];
}

void __napi_schedule(struct napi_struct *napi)
{
	unsigned long flags = machine_irq_save();

	list_add_tail(&napi->poll_list, &napi_softnet(napi)->poll_list);
	raise_softirq(NET_RX_SOFTIRQ);
	machine_irq_restore(flags);
}

bool napi_complete_done(struct napi_struct *napi, int work)
{
	u32 old = __atomic_load_n(&napi->state, __ATOMIC_RELAXED), now;

	do {
		now = old & NAPI_STATE_MISSED ? old & ~NAPI_STATE_MISSED
					      : old & ~NAPI_STATE_SCHED;
	} while (!__atomic_compare_exchange_n(&napi->state, &old, now, false,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if (likely(!(old & NAPI_STATE_MISSED)))
		return true;
	if (!(old & NAPI_STATE_DISABLE))
		__napi_schedule(napi);
	return false;
}

/* A poll that did all it was allowed to must have left the state alone. */
static bool napi_misbehaved(struct napi_struct *napi, int work)
{
	if (likely(work <= napi->weight &&
		   (work < napi->weight || list_empty(&napi->poll_list))))
		return false;
	if (!napi->warned)
		pr_warn("%s: poll returned %d of %d%s",
			napi->dev ? napi->dev->name : "backlog", work,
			napi->weight,
			list_empty(&napi->poll_list)
				? ""
				: " and rescheduled itself");
	napi->warned = true;
	return true;
}

/* One turn of one instance; it goes to `repoll` when it used up its weight. */
static int napi_poll(struct napi_struct *napi, struct list_head *repoll)
{
	int work;

	list_del(&napi->poll_list);
	work = napi->poll(napi, napi->weight);
	napi->polls++;
	napi->work += (u64)work;
	if (napi_misbehaved(napi, work) && !list_empty(&napi->poll_list))
		return work;
	if (work >= napi->weight && napi->state & NAPI_STATE_SCHED)
		list_add_tail(&napi->poll_list, repoll);
	return work;
}

/*
 * The clock is read only when another instance waits; the deadline counts
 * from the end of the first poll.
 */
static void napi_poll_all(struct net *net, struct list_head *list,
			  struct list_head *repoll)
{
	int budget = (int)net->netdev_budget;
	u64 deadline = 0, now;

	while (!list_empty(list)) {
		budget -= napi_poll(
			list_first(list, struct napi_struct, poll_list),
			repoll);
		if (list_empty(list))
			return;
		now = machine_now_ns();
		if (!deadline)
			deadline = now + NETDEV_BUDGET_MS * 1000000ull;
		if (budget <= 0 || now >= deadline) {
			net->softnet[cpu_id()].time_squeeze++;
			return;
		}
	}
}

/*
 * All replies of a pass cost one tail write a device. What is left goes on:
 * first who had no turn, then who came meanwhile, then who wants another.
 */
static void net_rx_action(void *arg)
{
	struct net *net = arg;
	struct softnet_data *sd = &net->softnet[cpu_id()];
	struct list_head list, repoll;
	unsigned long flags;

	if (list_empty(&sd->poll_list))
		return;
	list_init(&list);
	list_init(&repoll);
	flags = machine_irq_save();
	list_splice_tail(&sd->poll_list, &list);
	machine_irq_restore(flags);

	dev_tx_defer(net);
	napi_poll_all(net, &list, &repoll);
	dev_tx_flush(net);

	flags = machine_irq_save();
	list_splice_tail(&sd->poll_list, &list);
	list_splice_tail(&repoll, &list);
	list_splice_tail(&list, &sd->poll_list);
	if (!list_empty(&sd->poll_list))
		raise_softirq(NET_RX_SOFTIRQ);
	machine_irq_restore(flags);
}

static void softnet_cpu_init(struct softnet_data *sd)
{
	list_init(&sd->poll_list);
	list_init(&sd->tx_flush);
	list_init(&sd->output);
	skb_queue_head_init(&sd->input_pkt_queue);
	skb_queue_head_init(&sd->process_queue);
	sd->backlog = (struct napi_struct){
		.weight = NAPI_POLL_WEIGHT,
		.poll = process_backlog,
	};
	list_init(&sd->backlog.poll_list);
	list_init(&sd->backlog.dev_node);
}

void softnet_init(struct net *net)
{
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		softnet_cpu_init(&net->softnet[cpu]);
	net->netdev_budget = NETDEV_BUDGET;
	net->rx_action =
		(struct softirq_action){.fn = net_rx_action, .arg = net};
	net->tx_action =
		(struct softirq_action){.fn = net_tx_action, .arg = net};
	open_softirq(NET_RX_SOFTIRQ, &net->rx_action);
	open_softirq(NET_TX_SOFTIRQ, &net->tx_action);
}

void softnet_exit(struct net *net)
{
	close_softirq(&net->rx_action);
	close_softirq(&net->tx_action);
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		struct softnet_data *sd = &net->softnet[cpu];

		skb_queue_purge(&sd->input_pkt_queue, DROP_NETDEV_SHUTDOWN);
		skb_queue_purge(&sd->process_queue, DROP_NETDEV_SHUTDOWN);
	}
}
