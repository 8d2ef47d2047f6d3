/* Names of the MIB counters as /proc/net/snmp and netstat write them. */
#include "net/core/mib.h"

#include "net/core/net.h"

static const char *const names[MIB_MAX] = {
#define MIB_ITEM(group, name) #name,
	MIB_IP(MIB_ITEM) MIB_ICMP(MIB_ITEM) MIB_TCP(MIB_ITEM) MIB_UDP(MIB_ITEM)
		MIB_TCPEXT(MIB_ITEM) MIB_IPEXT(MIB_ITEM)
#undef MIB_ITEM
};

const struct mib_group mib_groups[MIB_GROUPS] = {
	{"Ip", MIB_IP_InReceives, MIB_ICMP_InMsgs},
	{"Icmp", MIB_ICMP_InMsgs, MIB_TCP_ActiveOpens},
	{"Tcp", MIB_TCP_ActiveOpens, MIB_UDP_InDatagrams},
	{"Udp", MIB_UDP_InDatagrams, MIB_TCPEXT_SyncookiesSent},
	{"TcpExt", MIB_TCPEXT_SyncookiesSent, MIB_IPEXT_InNoRoutes},
	{"IpExt", MIB_IPEXT_InNoRoutes, MIB_MAX},
};

const char *mib_name(enum mib_item item)
{
	return item < MIB_MAX ? names[item] : "?";
}

u64 net_mib(const struct net *net, enum mib_item item)
{
	u64 sum = 0;

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		sum += net->counters[cpu].mib[item];
	return sum;
}
