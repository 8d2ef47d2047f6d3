/* What net-tools' netstat -s says for a counter. */
#include "app/shell/netstat_words.h"

#include "lib/string.h"

static const struct {
	const char *group, *name, *words;
} sentences[] = {
	{"Ip:", "InReceives", "total packets received"},
	{"Ip:", "InHdrErrors", "with invalid headers"},
	{"Ip:", "InAddrErrors", "with invalid addresses"},
	{"Ip:", "ForwDatagrams", "forwarded"},
	{"Ip:", "InUnknownProtos", "with unknown protocol"},
	{"Ip:", "InDiscards", "incoming packets discarded"},
	{"Ip:", "InDelivers", "incoming packets delivered"},
	{"Ip:", "OutRequests", "requests sent out"},
	{"Ip:", "OutDiscards", "outgoing packets dropped"},
	{"Ip:", "OutNoRoutes", "dropped because of missing route"},
	{"Ip:", "ReasmTimeout", "fragments dropped after timeout"},
	{"Ip:", "ReasmReqds", "reassemblies required"},
	{"Ip:", "ReasmOKs", "packets reassembled ok"},
	{"Ip:", "ReasmFails", "packet reassemblies failed"},
	{"Ip:", "FragOKs", "fragments received ok"},
	{"Ip:", "FragFails", "fragments failed"},
	{"Ip:", "FragCreates", "fragments created"},
	{"Icmp:", "InMsgs", "ICMP messages received"},
	{"Icmp:", "InErrors", "input ICMP message failed"},
	{"Icmp:", "OutMsgs", "ICMP messages sent"},
	{"Icmp:", "OutErrors", "ICMP messages failed"},
	{"Tcp:", "ActiveOpens", "active connection openings"},
	{"Tcp:", "PassiveOpens", "passive connection openings"},
	{"Tcp:", "AttemptFails", "failed connection attempts"},
	{"Tcp:", "EstabResets", "connection resets received"},
	{"Tcp:", "CurrEstab", "connections established"},
	{"Tcp:", "InSegs", "segments received"},
	{"Tcp:", "OutSegs", "segments sent out"},
	{"Tcp:", "RetransSegs", "segments retransmitted"},
	{"Tcp:", "InErrs", "bad segments received"},
	{"Tcp:", "OutRsts", "resets sent"},
	{"Udp:", "InDatagrams", "packets received"},
	{"Udp:", "NoPorts", "packets to unknown port received"},
	{"Udp:", "InErrors", "packet receive errors"},
	{"Udp:", "OutDatagrams", "packets sent"},
	{"Udp:", "RcvbufErrors", "receive buffer errors"},
	{"Udp:", "SndbufErrors", "send buffer errors"},
};

const char *netstat_words(const char *group, const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(sentences); i++)
		if (!strcmp(sentences[i].group, group) &&
		    !strcmp(sentences[i].name, name))
			return sentences[i].words;
	return NULL;
}

bool netstat_is_constant(const char *name)
{
	static const char *const names[] = {"DefaultTTL", "RtoAlgorithm",
					    "RtoMin", "RtoMax", "MaxConn"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}
