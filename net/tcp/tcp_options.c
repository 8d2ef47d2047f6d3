/*
 * TCP options (RFC 9293 section 3.1, RFC 7323, RFC 2018):
 *
 *	0 end of list | 1 no operation | kind, length, data ...
 *
 * MSS, window scale and SACK-permitted count in a SYN only; what is unknown
 * or has another length than its kind's is stepped over by its length.
 */
#include "net/tcp/tcp_sock.h"

enum tcp_option_kind {
	TCPOPT_EOL = 0,
	TCPOPT_NOP = 1,
	TCPOPT_MSS = 2,
	TCPOPT_WINDOW = 3,
	TCPOPT_SACK_PERM = 4,
	TCPOPT_SACK = 5,
	TCPOPT_TIMESTAMP = 8,
};

#define TCPOLEN_MSS	  4
#define TCPOLEN_WINDOW	  3
#define TCPOLEN_SACK_PERM 2
#define TCPOLEN_TIMESTAMP 10

static void tcp_take_syn_option(const u8 *p, u8 len, struct tcp_options *opt)
{
	if (p[0] == TCPOPT_MSS && len == TCPOLEN_MSS) {
		opt->mss = get_be16(p + 2);
	} else if (p[0] == TCPOPT_WINDOW && len == TCPOLEN_WINDOW) {
		opt->has_wscale = true;
		opt->wscale = (u8)MIN(p[2], TCP_MAX_WSCALE);
	} else if (p[0] == TCPOPT_SACK_PERM && len == TCPOLEN_SACK_PERM) {
		opt->has_sack_ok = true;
	}
}

static void tcp_take_option(const struct tcphdr *th, const u8 *p,
			    struct tcp_options *opt)
{
	u8 len = p[1];

	if (p[0] == TCPOPT_TIMESTAMP && len == TCPOLEN_TIMESTAMP) {
		opt->has_ts = true;
		opt->tsval = get_be32(p + 2);
		opt->tsecr = get_be32(p + 6);
	} else if (th->flags & TCP_SYN) {
		tcp_take_syn_option(p, len, opt);
	} else if (p[0] == TCPOPT_SACK && len > 2 && len % 8 == 2) {
		opt->sack = (u8)(p - (const u8 *)th);
	}
}

bool tcp_parse_options(const struct tcphdr *th, struct tcp_options *opt)
{
	const u8 *p = (const u8 *)(th + 1);
	const u8 *end = (const u8 *)th + (th->doff >> 4) * 4;

	*opt = (struct tcp_options){0};
	while (p < end && *p != TCPOPT_EOL) {
		if (*p == TCPOPT_NOP) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p)
			return false;
		tcp_take_option(th, p, opt);
		p += p[1];
	}
	return true;
}

void tcp_write_ts(u8 *to, u32 tsval, u32 tsecr)
{
	put_be32(to, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			     TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
	put_be32(to + 4, tsval);
	put_be32(to + 8, tsecr);
}

u32 tcp_read_sack(const struct tcphdr *th, u8 offset,
		  struct tcp_sack_block *blocks)
{
	const u8 *p = (const u8 *)th + offset;
	u32 count = p[1] / 8;

	for (u32 i = 0; i < count; i++) {
		blocks[i].start = get_be32(p + 2 + 8 * i);
		blocks[i].end = get_be32(p + 6 + 8 * i);
	}
	return count;
}

void tcp_write_sack(u8 *to, const struct tcp_sack_block *blocks, u32 count)
{
	put_be32(to, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_SACK << 8 |
			     (2 + 8 * count));
	for (u32 i = 0; i < count; i++) {
		put_be32(to + 4 + 8 * i, blocks[i].start);
		put_be32(to + 8 + 8 * i, blocks[i].end);
	}
}

/* Linux's order, so that a SYN of ours looks like many others. */
u32 tcp_write_syn_options(u8 *to, const struct tcp_options *opt)
{
	const u32 sack_perm = TCPOPT_SACK_PERM << 8 | TCPOLEN_SACK_PERM;
	u8 *p = to;

	if (opt->mss) {
		put_be32(p, TCPOPT_MSS << 24 | TCPOLEN_MSS << 16 | opt->mss);
		p += 4;
	}
	if (opt->has_ts) {
		tcp_write_ts(p, opt->tsval, opt->tsecr);
		/* SACK-permitted takes the place of the two no-operations. */
		if (opt->has_sack_ok)
			put_be16(p, (u16)sack_perm);
		p += 12;
	} else if (opt->has_sack_ok) {
		put_be32(p, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | sack_perm);
		p += 4;
	}
	if (opt->has_wscale) {
		put_be32(p, TCPOPT_NOP << 24 | TCPOPT_WINDOW << 16 |
				    TCPOLEN_WINDOW << 8 | opt->wscale);
		p += 4;
	}
	return (u32)(p - to);
}
