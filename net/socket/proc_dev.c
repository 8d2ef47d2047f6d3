/*
 * Devices, interrupts and softirqs: /proc/net/dev, /proc/net/softnet_stat,
 * /proc/interrupts, /proc/softirqs, /proc/slabinfo.
 */
#include "kernel/irq.h"
#include "kernel/slab.h"
#include "net/core/netdev.h"
#include "net/core/net.h"
#include "net/socket/proc.h"
#include "net/socket/seq.h"

typedef unsigned long long ull;

static void dev_line(struct seq *seq, struct net_device *dev)
{
	const struct net_device_stats *st = &dev->stats;

	if (dev->ops->ndo_get_stats)
		dev->ops->ndo_get_stats(dev);
	seq_printf(seq,
		   "%6s: %7llu %7llu %4llu %4llu %4llu %5llu %10llu %9llu ",
		   dev->name, (ull)st->rx_bytes, (ull)st->rx_packets,
		   (ull)st->rx_errors, (ull)st->rx_dropped,
		   (ull)st->rx_fifo_errors, (ull)st->rx_frame_errors,
		   (ull)st->rx_compressed, (ull)st->multicast);
	seq_printf(seq, "%8llu %7llu %4llu %4llu %4llu %5llu %7llu %10llu\n",
		   (ull)st->tx_bytes, (ull)st->tx_packets, (ull)st->tx_errors,
		   (ull)st->tx_dropped, (ull)st->tx_fifo_errors,
		   (ull)st->collisions, (ull)st->tx_carrier_errors,
		   (ull)st->tx_compressed);
}

size_t proc_net_dev(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);
	struct net_device *dev;

	seq_printf(&seq,
		   "Inter-|   Receive                            "
		   "                    |  Transmit\n"
		   " face |bytes    packets errs drop fifo frame compressed "
		   "multicast|bytes    packets errs drop fifo colls carrier "
		   "compressed\n");
	local_bh_disable();
	list_for_each_entry (dev, &net->devs, node)
		dev_line(&seq, dev);
	local_bh_enable();
	return seq.len;
}

size_t proc_net_softnet_stat(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	local_bh_disable();
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct softnet_data *sd = &net->softnet[cpu];
		u32 input = sd->input_pkt_queue.qlen;
		u32 process = sd->process_queue.qlen;

		seq_printf(&seq,
			   "%08x %08x %08x %08x %08x %08x %08x %08x %08x "
			   "%08x %08x %08x %08x %08x %08x\n",
			   (u32)sd->processed, (u32)sd->dropped,
			   (u32)sd->time_squeeze, 0, 0, 0, 0, 0, 0,
			   (u32)sd->received_rps, 0, input + process, cpu,
			   input, process);
	}
	local_bh_enable();
	return seq.len;
}

static void cpu_columns(struct seq *seq, int indent)
{
	seq_printf(seq, "%*s", indent, "");
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		seq_printf(seq, "CPU%-8d", cpu);
	seq_printf(seq, "\n");
}

static void irq_line(const struct irq_desc *desc, void *arg)
{
	const char *separator = "   ";
	struct irq_action *action;
	struct seq *seq = arg;

	seq_printf(seq, "%3u: %10llu  %s", desc->vector, (ull)desc->count,
		   desc->type);
	list_for_each_entry (action, &desc->actions, node) {
		seq_printf(seq, "%s%s", separator, action->name);
		separator = ", ";
	}
	seq_printf(seq, "\n");
}

size_t proc_interrupts(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	cpu_columns(&seq, 11);
	local_bh_disable();
	irq_for_each(irq_line, &seq);
	local_bh_enable();
	return seq.len;
}

size_t proc_softirqs(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	cpu_columns(&seq, 20);
	for (u32 nr = 0; nr < NR_SOFTIRQS; nr++) {
		seq_printf(&seq, "%12s:", softirq_names[nr]);
		for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
			seq_printf(&seq, " %10llu",
				   (ull)softirq_cpus[cpu].count[nr]);
		seq_printf(&seq, "\n");
	}
	return seq.len;
}

static void cache_line(const struct kmem_cache *cache, void *arg)
{
	u32 per_slab = cache->per_slab;

	seq_printf(arg, "%-17s %6llu %6llu %6u %4u %4u\n", cache->name,
		   (ull)kmem_cache_live(cache), (ull)cache->slabs * per_slab,
		   cache->size, per_slab, 1u << cache->order);
}

size_t proc_slabinfo(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	seq_printf(&seq, "slabinfo - version: 2.1\n"
			 "# name            <active_objs> <num_objs> <objsize> "
			 "<objperslab> <pagesperslab>\n");
	local_bh_disable();
	kmem_cache_for_each(cache_line, &seq);
	local_bh_enable();
	return seq.len;
}
