/*
 * A stack's part of the crash report: what is alive, its devices, and the
 * counters that are not zero. Only reads.
 */
#include "kernel/log.h"
#include "lib/printf.h"
#include "net/core/net.h"
#include "net/core/netdev.h"

#define LINE_MAX 72 /* columns, where a line is ended */

typedef unsigned long long ull;

/* Words that are gathered to lines. */
struct words {
	char text[LOG_LINE_LEN];
	int len;
};

static void words_flush(struct words *words)
{
	if (words->len)
		log_line(" %s", words->text);
	words->len = 0;
}

static void words_add(struct words *words, const char *group, const char *name,
		      u64 value)
{
	if (words->len > LINE_MAX)
		words_flush(words);
	words->len += scnprintf(words->text + words->len,
				sizeof(words->text) - (size_t)words->len,
				" %s%s %llu", group, name, (ull)value);
}

static void report_device(const struct net_device *dev)
{
	log_line("  %s: %s%s rx %llu tx %llu queued %u", dev->name,
		 dev->flags & IFF_UP ? "up" : "down",
		 dev->tx_stopped ? ", transmit stopped" : "",
		 (ull)dev->stats.rx_packets, (ull)dev->stats.tx_packets,
		 dev->tx_queue.qlen);
}

static void report_group(struct words *words, const struct net *net,
			 const struct mib_group *group)
{
	for (u32 i = group->first; i < group->end; i++)
		if (net_mib(net, i))
			words_add(words, group->name, mib_name(i),
				  net_mib(net, i));
}

void net_report(struct panic_notifier *notifier)
{
	const struct net *net = container_of(notifier, struct net, report);
	struct words words = {.len = 0};
	const struct net_device *dev;

	log_line("net: sk_buffs %llu sockets %llu", (ull)net->skb_live,
		 (ull)net->sock_live);
	list_for_each_entry (dev, &net->devs, node)
		report_device(dev);
	for (u32 g = 0; g < MIB_GROUPS; g++)
		report_group(&words, net, &mib_groups[g]);
	for (u32 i = 0; i < DROP_MAX; i++)
		if (net_drops(net, i))
			words_add(&words, "DROP_", drop_name(i),
				  net_drops(net, i));
	words_flush(&words);
}
