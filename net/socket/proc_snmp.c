/*
 * Counters: /proc/net/snmp, /proc/net/netstat (a line of names, a line of
 * values, for each group), and the drop reasons.
 */
#include "net/core/net.h"
#include "net/ipv4/ip.h"
#include "net/socket/proc.h"
#include "net/socket/seq.h"

typedef unsigned long long ull;

struct mib_name {
	enum mib_item item;
	const char *name;
};

#define MIB_NAME(group, name) {MIB_##group##_##name, #name},

static const struct mib_name ip_names[] = {MIB_IP(MIB_NAME)};
static const struct mib_name icmp_names[] = {MIB_ICMP(MIB_NAME)};
static const struct mib_name tcp_names[] = {MIB_TCP(MIB_NAME)};
static const struct mib_name udp_names[] = {MIB_UDP(MIB_NAME)};
static const struct mib_name tcpext_names[] = {MIB_TCPEXT(MIB_NAME)};
static const struct mib_name ipext_names[] = {MIB_IPEXT(MIB_NAME)};

/* A group; `names` and `values` are of columns that are no counters. */
struct mib_group {
	const char *title, *names, *values;
	const struct mib_name *items;
	size_t count;
};

static void group_lines(struct seq *seq, const struct net *net,
			const struct mib_group *group)
{
	seq_printf(seq, "%s:%s", group->title, group->names);
	for (size_t i = 0; i < group->count; i++)
		seq_printf(seq, " %s", group->items[i].name);
	seq_printf(seq, "\n%s:%s", group->title, group->values);
	for (size_t i = 0; i < group->count; i++)
		seq_printf(seq, " %llu",
			   (ull)net_mib(net, group->items[i].item));
	seq_printf(seq, "\n");
}

#define ITEMS(names) names, ARRAY_SIZE(names)

size_t proc_net_snmp(struct net *net, char *buf, size_t size)
{
	/* RFC 4293: forwarding 1, not forwarding 2. RFC 4022: rto other 1. */
	const struct mib_group groups[] = {
		{"Ip", " Forwarding DefaultTTL",
		 net->ip_forward ? " 1 64" : " 2 64", ITEMS(ip_names)},
		{"Icmp", "", "", ITEMS(icmp_names)},
		{"Tcp", " RtoAlgorithm RtoMin RtoMax MaxConn",
		 " 1 200 120000 -1", ITEMS(tcp_names)},
		{"Udp", "", "", ITEMS(udp_names)},
	};
	struct seq seq = seq_on(buf, size);

	_Static_assert(IPDEFTTL == 64, "the text above");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		group_lines(&seq, net, &groups[i]);
	return seq.len;
}

size_t proc_net_netstat(struct net *net, char *buf, size_t size)
{
	static const struct mib_group groups[] = {
		{"TcpExt", "", "", ITEMS(tcpext_names)},
		{"IpExt", "", "", ITEMS(ipext_names)},
	};
	struct seq seq = seq_on(buf, size);

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		group_lines(&seq, net, &groups[i]);
	return seq.len;
}

size_t proc_drops(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	for (u32 why = DROP_NONE + 1; why < DROP_MAX; why++)
		seq_printf(&seq, "%10llu %-24s %s\n", (ull)net_drops(net, why),
			   drop_name(why), drop_text(why));
	return seq.len;
}
