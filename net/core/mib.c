/* Names of the MIB counters as /proc/net/snmp and netstat write them. */
#include "net/core/mib.h"

#include "net/core/net.h"

static const struct {
	const char *group, *name;
} items[MIB_MAX] = {
#define MIB_ITEM(group, name) [MIB_##group##_##name] = {#group, #name},
	MIB_IP(MIB_ITEM) MIB_ICMP(MIB_ITEM) MIB_TCP(MIB_ITEM) MIB_UDP(MIB_ITEM)
		MIB_TCPEXT(MIB_ITEM) MIB_IPEXT(MIB_ITEM)
#undef MIB_ITEM
};

const char *mib_group(enum mib_item item)
{
	return item < MIB_MAX ? items[item].group : "?";
}

const char *mib_name(enum mib_item item)
{
	return item < MIB_MAX ? items[item].name : "?";
}

u64 net_mib(const struct net *net, enum mib_item item)
{
	u64 sum = 0;

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		sum += net->counters[cpu].mib[item];
	return sum;
}
