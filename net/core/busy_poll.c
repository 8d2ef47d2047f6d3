/*
 * Busy polling: for a while after traffic the idle loop looks at the rings
 * itself, device interrupts masked. An interrupt costs more than the packet
 * it announces, and the chips hold it back for up to 128 microseconds.
 *
 *	traffic seen when idle -> poll on -> quiet for busy_poll_ns -> poll
 *	off, interrupts armed -> halt
 */
#include "net/core/busy_poll.h"

#include "kernel/machine.h"
#include "net/core/net.h"
#include "net/core/netdev.h"

static void busy_poll_switch(struct net *net, bool on)
{
	struct net_device *dev;

	local_bh_disable();
	net->busy_polling = on;
	list_for_each_entry (dev, &net->devs, node)
		if (dev->ops->ndo_busy_poll && dev->flags & IFF_UP)
			dev->ops->ndo_busy_poll(dev, on);
	local_bh_enable();
}

/* Schedules the devices whose rings hold something. */
static bool busy_poll_look(struct net *net)
{
	struct net_device *dev;
	bool found = false;

	list_for_each_entry (dev, &net->devs, node) {
		if (!dev->ops->ndo_rx_pending || !dev->ops->ndo_rx_pending(dev))
			continue;
		found = true;
		local_bh_disable();
		napi_schedule(
			list_first(&dev->napis, struct napi_struct, dev_node));
		local_bh_enable(); /* and polls it */
	}
	return found;
}

bool net_busy_poll(void *arg)
{
	struct net *net = arg;
	u64 processed = net->softnet[cpu_id()].processed;
	u64 now = machine_now_ns();

	if (!net->busy_poll_ns)
		return false;
	if (net->busy_polling && busy_poll_look(net)) {
		net->busy_until_ns = now + net->busy_poll_ns;
		return true;
	}
	if (processed != net->busy_processed) {
		net->busy_processed = processed;
		net->busy_until_ns = now + net->busy_poll_ns;
		if (!net->busy_polling)
			busy_poll_switch(net, true);
		return true;
	}
	if (!net->busy_polling)
		return false;
	if (now < net->busy_until_ns) {
		machine_relax();
		return true;
	}
	busy_poll_switch(net, false);
	return false;
}
