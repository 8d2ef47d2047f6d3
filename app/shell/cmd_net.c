/* The tables: route and arp. */
#include "app/shell/commands.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/socket/netcfg.h"
#include "app/shell/resolve.h"
#include "app/shell/words.h"

struct show_table {
	struct net *net;
	struct seq *seq;
	bool names;   /* "default" instead of 0.0.0.0 */
	bool netstat; /* the columns of netstat -r */
	bool bsd;     /* the lines of arp -a */
};

static void route_row(const struct fib_route *route, void *arg)
{
	struct show_table *show = arg;
	char dest[16], gateway[16], mask[16], flags[8];

	snprintf(dest, sizeof(dest), "%pI4", (const void *)&route->dest);
	snprintf(gateway, sizeof(gateway), "%pI4",
		 (const void *)&route->gateway);
	snprintf(mask, sizeof(mask), "%pI4", (const void *)&route->mask);
	snprintf(flags, sizeof(flags), "%s%s%s",
		 route->dev->flags & IFF_UP ? "U" : "!",
		 route->gateway.raw ? "G" : "",
		 route->prefix_len == 32 ? "H" : "");
	seq_printf(show->seq, "%-15s %-15s %-15s %-5s ",
		   show->names && !route->mask.raw ? "default" : dest, gateway,
		   mask, flags);
	if (show->netstat)
		seq_printf(show->seq, "%5d %-5d %6d %s\n", 0, 0, 0,
			   route->dev->name);
	else
		seq_printf(show->seq, "%-6u %-2d %7d %s\n", route->metric, 0, 0,
			   route->dev->name);
}

static void fill_routes(struct seq *seq, void *arg)
{
	struct show_table *show = arg;

	show->seq = seq;
	seq_printf(seq, "Kernel IP routing table\n"
			"Destination     Gateway         Genmask         ");
	seq_printf(seq, show->netstat ? "Flags   MSS Window  irtt Iface\n"
				      : "Flags Metric Ref    Use Iface\n");
	netcfg_routes(show->net, route_row, show);
}

void show_routes(struct shell *sh)
{
	struct show_table show = {.net = sh->net, .netstat = true};

	sh_show(sh, fill_routes, &show);
}

/* "10.1.0.0/16", "10.1.2.3" or "default" into dest and mask. */
static bool parse_target(char *text, struct fib_route *route)
{
	char *slash = strchr(text, '/');
	u32 bits = 32;

	if (!strcmp(text, "default")) {
		route->dest = route->mask = INADDR_ANY;
		return true;
	}
	if (slash) {
		*slash = '\0';
		if (!parse_number(slash + 1, 32, &bits))
			return false;
	}
	if (!parse_address(text, &route->dest))
		return false;
	if (!route->dest.raw && !slash)
		bits = 0;
	route->mask = htonl(bits ? ~0u << (32 - bits) : 0);
	return true;
}

/* The words behind the target, in pairs. */
static bool parse_route_words(char **word, struct fib_route *route,
			      const char **dev)
{
	be32 addr;

	for (; word[0]; word += 2) {
		if (!word[1])
			return false;
		if (!strcmp(word[0], "dev")) {
			*dev = word[1];
		} else if (!strcmp(word[0], "metric")) {
			if (!parse_number(word[1], 65535, &route->metric))
				return false;
		} else if (!parse_address(word[1], &addr)) {
			return false;
		} else if (!strcmp(word[0], "netmask")) {
			route->mask = addr;
		} else if (!strcmp(word[0], "gw")) {
			route->gateway = addr;
		} else {
			return false;
		}
	}
	return true;
}

static int change_route(struct shell *sh, char **argv)
{
	struct fib_route route = {.metric = 0};
	const char *dev = NULL;
	char **word = argv + 2;
	bool add = !strcmp(argv[1], "add");
	int err;

	if (word[0] && (!strcmp(word[0], "-net") || !strcmp(word[0], "-host")))
		word++;
	if ((!add && strcmp(argv[1], "del")) || !word[0] ||
	    !parse_target(word[0], &route) ||
	    !parse_route_words(word + 1, &route, &dev))
		return SH_USAGE;
	if (add)
		err = netcfg_route_add(sh->net, &route, dev);
	else
		err = netcfg_route_del(sh->net, route.dest, route.mask);
	if (!err)
		return 0;
	sh_printf(sh, "SIOC%sRT: %s\n", add ? "ADD" : "DEL",
		  err == -ENOENT ? "No such process" : error_text(err));
	return 1;
}

int cmd_route(struct shell *sh, int argc, char **argv)
{
	struct show_table show = {.net = sh->net, .names = argc == 1};

	if (argc > 1 && (argc > 2 || strcmp(argv[1], "-n")))
		return change_route(sh, argv);
	sh_show(sh, fill_routes, &show);
	return 0;
}

static void arp_row(const struct netcfg_neigh *n, void *arg)
{
	struct show_table *show = arg;
	char addr[16], mac[18] = "(incomplete)";

	snprintf(addr, sizeof(addr), "%pI4", (const void *)&n->addr);
	if (n->mac)
		snprintf(mac, sizeof(mac), "%pM", (const void *)n->mac);
	seq_printf(show->seq, "%-23s  %-8s%-20s%-6s%-15s %s\n", addr,
		   n->mac ? "ether" : "", mac,
		   n->permanent ? "CM"
		   : n->mac	? "C"
				: "",
		   "", n->dev);
}

/* As BSD says it. */
static void arp_sentence(const struct netcfg_neigh *n, void *arg)
{
	struct show_table *show = arg;
	char mac[32] = "<incomplete>";

	if (n->mac)
		snprintf(mac, sizeof(mac), "%pM [ether]%s",
			 (const void *)n->mac, n->permanent ? " PERM" : "");
	seq_printf(show->seq, "? (%pI4) at %s on %s\n", (const void *)&n->addr,
		   mac, n->dev);
}

static void fill_arp(struct seq *seq, void *arg)
{
	struct show_table *show = arg;

	show->seq = seq;
	if (show->bsd)
		return netcfg_neighbours(show->net, arp_sentence, show);
	seq_printf(seq, "Address                  HWtype  HWaddress           "
			"Flags Mask            Iface\n");
	netcfg_neighbours(show->net, arp_row, show);
}

int cmd_arp(struct shell *sh, int argc, char **argv)
{
	struct show_table show = {.net = sh->net};
	u8 mac[6];
	be32 addr;
	int err;

	show.bsd = argc > 1 && !strcmp(argv[1], "-a");
	if (argc == 1 || (argc == 2 && (show.bsd || !strcmp(argv[1], "-n")))) {
		sh_show(sh, fill_arp, &show);
		return 0;
	}
	if (argc < 3 || !parse_address(argv[2], &addr))
		return SH_USAGE;
	if (argc == 3 && !strcmp(argv[1], "-d"))
		err = netcfg_arp_del(sh->net, addr);
	else if (argc == 4 && !strcmp(argv[1], "-s") && parse_mac(argv[3], mac))
		err = netcfg_arp_set(sh->net, addr, mac);
	else
		return SH_USAGE;
	return err ? sh_error(sh, argv[0], argv[2], err) : 0;
}
