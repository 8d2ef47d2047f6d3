/* ethtool: what a driver says of its device. */
#include "app/shell/commands.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/socket/netcfg.h"

typedef unsigned long long ull;

struct ethtool {
	struct net *net;
	struct seq *seq;
	const char *name;
	char what; /* 'S', 'g', 'k', or 0: the settings */
	int err;
};

static void stat_line(const char *name, u64 value, void *arg)
{
	struct ethtool *et = arg;

	seq_printf(et->seq, "     %s: %llu\n", name, (ull)value);
}

static void ring_line(const char *name, u64 value, void *arg)
{
	struct ethtool *et = arg;

	if (!strcmp(name, "rx_ring_size"))
		seq_printf(et->seq,
			   "RX:\t\t%llu\nRX Mini:\tn/a\nRX Jumbo:\tn/a\n",
			   (ull)value);
	else if (!strcmp(name, "tx_ring_size"))
		seq_printf(et->seq, "TX:\t\t%llu\n", (ull)value);
}

/* The rings have one size: what is set is also the most. */
static int rings_text(struct ethtool *et)
{
	seq_printf(et->seq, "Ring parameters for %s:\nPre-set maximums:\n",
		   et->name);
	(void)netcfg_driver_stats(et->net, et->name, ring_line, et);
	seq_printf(et->seq, "Current hardware settings:\n");
	return netcfg_driver_stats(et->net, et->name, ring_line, et);
}

static const char *on_off(u32 bits, u32 bit)
{
	return bits & bit ? "on" : "off";
}

static void features_text(struct seq *seq, const struct net_device *dev)
{
	u32 bits = dev->features;

	seq_printf(seq,
		   "Features for %s:\nrx-checksumming: %s\n"
		   "tx-checksumming: %s\nscatter-gather: %s\n",
		   dev->name, on_off(bits, NETIF_F_RXCSUM),
		   on_off(bits, NETIF_F_HW_CSUM), on_off(bits, NETIF_F_SG));
	seq_printf(seq,
		   "tcp-segmentation-offload: %s\n"
		   "generic-segmentation-offload: on\n",
		   on_off(bits, NETIF_F_TSO));
}

static void settings_text(struct seq *seq, const struct net_device *dev)
{
	seq_printf(seq,
		   "Settings for %s:\n\tLink detected: %s\n"
		   "\tTransmit queue: %u waiting, %llu queued, %llu requeues, "
		   "%llu timeouts\n",
		   dev->name, dev->flags & IFF_RUNNING ? "yes" : "no",
		   dev->tx_queue.qlen, (ull)dev->tx_queued,
		   (ull)dev->tx_requeues, (ull)dev->tx_timeouts);
}

static void device_text(const struct net_device *dev, void *arg)
{
	struct ethtool *et = arg;

	if (strcmp(dev->name, et->name))
		return;
	et->err = 0;
	if (et->what == 'k')
		features_text(et->seq, dev);
	else
		settings_text(et->seq, dev);
}

static void fill_ethtool(struct seq *seq, void *arg)
{
	struct ethtool *et = arg;

	et->seq = seq;
	et->err = -ENODEV;
	if (et->what == 'S') {
		seq_printf(seq, "NIC statistics:\n");
		et->err = netcfg_driver_stats(et->net, et->name, stat_line, et);
	} else if (et->what == 'g') {
		et->err = rings_text(et);
	} else {
		netcfg_devices(et->net, device_text, et);
	}
	if (et->err)
		seq->len = 0;
}

int cmd_ethtool(struct shell *sh, int argc, char **argv)
{
	struct ethtool et = {.net = sh->net, .name = argv[argc - 1]};

	if (argc == 3 && argv[1][0] == '-' && strchr("Sgk", argv[1][1]))
		et.what = argv[1][1];
	else if (argc == 3)
		return SH_USAGE;
	sh_show(sh, fill_ethtool, &et);
	return et.err ? sh_error(sh, argv[0], et.name, et.err) : 0;
}
