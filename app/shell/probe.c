/* ICMP messages for ping and traceroute: see probe.h. */
#include "app/shell/probe.h"

#include "lib/checksum.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "app/shell/stream.h"

#define IP_MIN	  20
#define PORTS	  4
#define HEAD_SIZE 128 /* of a message, what is looked at */

static u32 ip_header_len(const u8 *ip)
{
	return (u32)(ip[0] & 15) * 4;
}

/* What an error quotes: the header of our packet and 8 bytes behind it. */
static bool parse_quote(const u8 *quote, size_t len, struct probe_answer *out)
{
	u32 hlen;

	if (len < IP_MIN)
		return false;
	hlen = ip_header_len(quote);
	if (hlen < IP_MIN || len < hlen + PROBE_HEADER)
		return false;
	out->quoted = quote[9];
	memcpy(&out->quoted_to, quote + 16, 4);
	/* An echo's id and sequence stand behind type, code and checksum. */
	quote += hlen + (out->quoted == IPPROTO_UDP ? 0 : PORTS);
	out->first = get_be16(quote);
	out->second = get_be16(quote + 2);
	return true;
}

bool probe_parse(const u8 *packet, size_t len, struct probe_answer *out)
{
	const u8 *icmp;
	u32 hlen;

	if (len < IP_MIN)
		return false;
	hlen = ip_header_len(packet);
	if (hlen < IP_MIN || len < hlen + PROBE_HEADER)
		return false;
	icmp = packet + hlen;
	*out = (struct probe_answer){
		.type = icmp[0],
		.code = icmp[1],
		.ttl = packet[8],
		.len = get_be16(packet + 2) - hlen,
		.first = get_be16(icmp + 4),
		.second = get_be16(icmp + 6),
	};
	memcpy(&out->from, packet + 12, 4);
	if (out->type == PROBE_UNREACHABLE || out->type == PROBE_TIME_EXCEEDED)
		return parse_quote(icmp + PROBE_HEADER,
				   len - hlen - PROBE_HEADER, out);
	return true;
}

void probe_echo(u8 *packet, u32 size, u16 id, u16 sequence)
{
	be16 sum;

	memset(packet, 0, PROBE_HEADER);
	packet[0] = PROBE_ECHO;
	put_be16(packet + 4, id);
	put_be16(packet + 6, sequence);
	for (u32 i = 0; i < size; i++)
		packet[PROBE_HEADER + i] = (u8)i;
	sum = csum_fold(csum_partial(packet, PROBE_HEADER + size, 0));
	memcpy(packet + 2, &sum, sizeof(sum));
}

const char *probe_reason(u8 type, u8 code)
{
	static const char *const unreachable[] = {
		"Destination Net Unreachable",
		"Destination Host Unreachable",
		"Destination Protocol Unreachable",
		"Destination Port Unreachable",
		"Frag needed and DF set",
		"Source Route Failed",
	};

	if (type == PROBE_TIME_EXCEEDED)
		return code ? "Frag reassembly time exceeded"
			    : "Time to live exceeded";
	if (type != PROBE_UNREACHABLE)
		return "Bad ICMP type";
	return code < ARRAY_SIZE(unreachable) ? unreachable[code]
					      : "Packet filtered";
}

void probe_ms(char *buf, size_t size, u64 ns)
{
	u32 us = (u32)(ns / 1000);

	if (us >= 100000)
		snprintf(buf, size, "%u", us / 1000);
	else if (us >= 10000)
		snprintf(buf, size, "%u.%01u", us / 1000, us % 1000 / 100);
	else if (us >= 1000)
		snprintf(buf, size, "%u.%02u", us / 1000, us % 1000 / 10);
	else
		snprintf(buf, size, "0.%03u", us);
}

int probe_wait(struct shell *sh, struct socket *raw, u64 deadline_ms,
	       struct probe_answer *out, u64 *at_ns)
{
	u8 head[HEAD_SIZE];
	ssize_t n;

	n = stream_recv(sh, raw, head, sizeof(head), deadline_ms);
	*at_ns = machine_now_ns();
	if (n < 0)
		return (int)n;
	return probe_parse(head, (size_t)n, out) ? 0 : -EPROTO;
}
