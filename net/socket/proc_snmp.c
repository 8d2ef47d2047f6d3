/*
 * Counters: /proc/net/snmp, /proc/net/netstat (a line of names, a line of
 * values, for each group), and the drop reasons.
 */
#include "net/core/net.h"
#include "net/ipv4/ip.h"
#include "net/socket/proc.h"
#include "net/socket/seq.h"

typedef unsigned long long ull;

/* `names` and `values` are of columns that are no counters. */
static void group_lines(struct seq *seq, const struct net *net,
			enum mib_group_id id, const char *names,
			const char *values)
{
	const struct mib_group *group = &mib_groups[id];

	seq_printf(seq, "%s:%s", group->name, names);
	for (u32 i = group->first; i < group->end; i++)
		seq_printf(seq, " %s", mib_name(i));
	seq_printf(seq, "\n%s:%s", group->name, values);
	for (u32 i = group->first; i < group->end; i++)
		seq_printf(seq, " %llu", (ull)net_mib(net, i));
	seq_printf(seq, "\n");
}

size_t proc_net_snmp(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	_Static_assert(IPDEFTTL == 64, "the text below");
	/* RFC 4293: forwarding 1, not forwarding 2. RFC 4022: rto other 1. */
	group_lines(&seq, net, MIB_GROUP_IP, " Forwarding DefaultTTL",
		    net->ip_forward ? " 1 64" : " 2 64");
	group_lines(&seq, net, MIB_GROUP_ICMP, "", "");
	group_lines(&seq, net, MIB_GROUP_TCP,
		    " RtoAlgorithm RtoMin RtoMax MaxConn", " 1 200 120000 -1");
	group_lines(&seq, net, MIB_GROUP_UDP, "", "");
	return seq.len;
}

size_t proc_net_netstat(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	group_lines(&seq, net, MIB_GROUP_TCPEXT, "", "");
	group_lines(&seq, net, MIB_GROUP_IPEXT, "", "");
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
