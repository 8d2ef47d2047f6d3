/* Interfaces: ifconfig, ifup, ifdown, as net-tools print them. */
#include "app/shell/commands.h"

#include "app/dhcp_task.h"
#include "lib/errno.h"
#include "lib/inet.h"
#include "lib/string.h"
#include "net/socket/netcfg.h"
#include "app/shell/words.h"

typedef unsigned long long ull;

/* What is to be shown: one interface, all, or those that are up. */
struct show_if {
	struct seq *seq;
	const char *name;
	bool all, found;
};

static const struct {
	u32 flag;
	const char *name;
	char letter;
} flag_names[] = {
	{IFF_UP, "UP", 'U'},
	{IFF_BROADCAST, "BROADCAST", 'B'},
	{IFF_LOOPBACK, "LOOPBACK", 'L'},
	{IFF_RUNNING, "RUNNING", 'R'},
	{IFF_NOARP, "NOARP", 'O'},
	{IFF_PROMISC, "PROMISC", 'P'},
	{IFF_MULTICAST, "MULTICAST", 'M'},
};

static void flags_text(struct seq *seq, u32 flags)
{
	const char *comma = "";

	for (u32 i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		seq_printf(seq, "%s%s", comma, flag_names[i].name);
		comma = ",";
	}
}

/* "12345 (12.0 KiB)". */
static void bytes_text(struct seq *seq, u64 bytes)
{
	static const char *const units[] = {"B",   "KiB", "MiB",
					    "GiB", "TiB", "PiB"};
	u64 tenths = bytes * 10;
	u32 unit = 0;

	for (; tenths > 10240 && unit + 1 < ARRAY_SIZE(units); unit++)
		tenths /= 1024;
	seq_printf(seq, "%llu (%llu.%llu %s)\n", (ull)bytes, (ull)tenths / 10,
		   (ull)tenths % 10, units[unit]);
}

static void stats_text(struct seq *seq, const struct net_device_stats *st)
{
	seq_printf(seq, "        RX packets %llu  bytes ", (ull)st->rx_packets);
	bytes_text(seq, st->rx_bytes);
	seq_printf(seq,
		   "        RX errors %llu  dropped %llu  overruns %llu  "
		   "frame %llu\n",
		   (ull)st->rx_errors, (ull)st->rx_dropped,
		   (ull)st->rx_fifo_errors, (ull)st->rx_frame_errors);
	seq_printf(seq, "        TX packets %llu  bytes ", (ull)st->tx_packets);
	bytes_text(seq, st->tx_bytes);
	seq_printf(seq,
		   "        TX errors %llu  dropped %llu overruns %llu  "
		   "carrier %llu  collisions %llu\n\n",
		   (ull)st->tx_errors, (ull)st->tx_dropped,
		   (ull)st->tx_fifo_errors, (ull)st->tx_carrier_errors,
		   (ull)st->collisions);
}

static bool is_wanted(struct show_if *show, const struct net_device *dev)
{
	bool wanted = show->name ? !strcmp(show->name, dev->name)
				 : show->all || (dev->flags & IFF_UP);

	show->found |= wanted;
	return wanted;
}

static void if_text(const struct net_device *dev, void *arg)
{
	struct show_if *show = arg;
	struct seq *seq = show->seq;
	bool loop = dev->flags & IFF_LOOPBACK;

	if (!is_wanted(show, dev))
		return;
	seq_printf(seq, "%s: flags=%u<", dev->name, dev->flags);
	flags_text(seq, dev->flags);
	seq_printf(seq, ">  mtu %u\n", dev->mtu);
	if (dev->ip)
		seq_printf(seq, "        inet %pI4  netmask %pI4",
			   (const void *)&dev->ip->addr,
			   (const void *)&dev->ip->mask);
	if (dev->ip && !loop)
		seq_printf(seq, "  broadcast %pI4",
			   (const void *)&dev->ip->broadcast);
	seq_printf(seq, dev->ip ? "\n        " : "        ");
	if (loop)
		seq_printf(seq, "loop  txqueuelen %u  (Local Loopback)\n",
			   TX_QUEUE_LEN);
	else
		seq_printf(seq, "ether %pM  txqueuelen %u  (Ethernet)\n",
			   (const void *)dev->dev_addr, TX_QUEUE_LEN);
	stats_text(seq, &dev->stats);
}

/* The rows of netstat -i. */
static void if_row(const struct net_device *dev, void *arg)
{
	const struct net_device_stats *st = &dev->stats;
	struct show_if *show = arg;
	struct seq *seq = show->seq;

	if (!is_wanted(show, dev))
		return;
	seq_printf(seq, "%-15s %5u %8llu %6llu %6llu %-6llu ", dev->name,
		   dev->mtu, (ull)st->rx_packets, (ull)st->rx_errors,
		   (ull)st->rx_dropped, (ull)st->rx_fifo_errors);
	seq_printf(seq, "%8llu %6llu %6llu %6llu ", (ull)st->tx_packets,
		   (ull)st->tx_errors, (ull)st->tx_dropped,
		   (ull)st->tx_fifo_errors);
	for (u32 i = 1; i < ARRAY_SIZE(flag_names); i++)
		if (dev->flags & flag_names[i].flag)
			seq_printf(seq, "%c", flag_names[i].letter);
	seq_printf(seq, dev->flags & IFF_UP ? "U\n" : "\n");
}

struct show_ifs {
	struct net *net;
	struct show_if show;
	void (*visit)(const struct net_device *dev, void *arg);
};

static void fill_ifs(struct seq *seq, void *arg)
{
	struct show_ifs *ifs = arg;

	ifs->show.seq = seq;
	if (ifs->visit == if_row)
		seq_printf(seq, "Kernel Interface table\n"
				"Iface             MTU    RX-OK RX-ERR RX-DRP "
				"RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n");
	netcfg_devices(ifs->net, ifs->visit, &ifs->show);
}

void show_interfaces_short(struct shell *sh)
{
	struct show_ifs ifs = {sh->net, .visit = if_row};

	sh_show(sh, fill_ifs, &ifs);
}

static int show_interfaces(struct shell *sh, const char *name, bool all)
{
	struct show_ifs ifs = {sh->net, {.name = name, .all = all}, if_text};

	sh_show(sh, fill_ifs, &ifs);
	if (name && !ifs.show.found) {
		sh_printf(sh,
			  "%s: error fetching interface information: "
			  "Device not found\n",
			  name);
		return 1;
	}
	return 0;
}

static int set_address(struct shell *sh, char **argv, int *used)
{
	be32 addr, mask;
	int err;

	if (!parse_address(argv[2], &addr))
		return -EINVAL;
	mask = htonl(inet_class_mask(ntohl(addr)));
	*used = 3;
	if (argv[3] && !strcmp(argv[3], "netmask")) {
		if (!argv[4] || !parse_address(argv[4], &mask))
			return -EINVAL;
		*used = 5;
	}
	err = netcfg_set_address(sh->net, argv[1], addr, mask);
	if (!err)
		(void)dhcp_stop(sh->net, argv[1]); /* one owner of an address */
	return err;
}

int cmd_ifconfig(struct shell *sh, int argc, char **argv)
{
	int used = 2, err = 0;

	if (argc == 1)
		return show_interfaces(sh, NULL, false);
	if (!strcmp(argv[1], "-a"))
		return show_interfaces(sh, NULL, true);
	if (argc == 2)
		return show_interfaces(sh, argv[1], true);
	if (argv[2][0] >= '0' && argv[2][0] <= '9')
		err = set_address(sh, argv, &used);
	/* As in net-tools, an address also brings it up. */
	if (!err && (used == argc || !strcmp(argv[used], "up")))
		err = netcfg_up(sh->net, argv[1]);
	else if (!err && !strcmp(argv[used], "down"))
		err = netcfg_down(sh->net, argv[1]);
	else if (!err)
		return SH_USAGE;
	return err ? sh_error(sh, argv[0], argv[1], err) : 0;
}

static int turn(struct shell *sh, char **argv,
		int (*how)(struct net *net, const char *name))
{
	int err = how(sh->net, argv[1]);

	return err ? sh_error(sh, argv[0], argv[1], err) : 0;
}

int cmd_ifup(struct shell *sh, int argc, char **argv)
{
	return turn(sh, argv, netcfg_up);
}

int cmd_ifdown(struct shell *sh, int argc, char **argv)
{
	return turn(sh, argv, netcfg_down);
}

/* As a DHCP client wants it, the interface is up first. */
int cmd_dhclient(struct shell *sh, int argc, char **argv)
{
	const char *name = sh->host->chosen ? sh->host->name : NULL;
	int err = netcfg_up(sh->net, argv[1]);

	if (!err)
		err = dhcp_start(sh->net, argv[1], name);
	return err ? sh_error(sh, argv[0], argv[1], err) : 0;
}
