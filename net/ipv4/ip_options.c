/*
 * IP options are judged, never acted on: a host may ignore record route and
 * timestamp (RFC 1122 section 3.2.1.8), and source routes are refused.
 *
 *	kind | length | pointer | data ...      the pointer counts from 1
 */
#include "net/ipv4/ip_options.h"

#define IPOPT_END  0
#define IPOPT_NOOP 1
#define IPOPT_RR   7
#define IPOPT_TS   68
#define IPOPT_LSRR 131
#define IPOPT_SSRR 137

/* The pointer is past the end, or room for one address is left there. */
static bool ip_pointer_is_good(const u8 *opt, u8 first)
{
	u8 len = opt[1];

	return len >= first - 1 && opt[2] >= first &&
	       (opt[2] > len || opt[2] + 3 <= len);
}

/* opt[1] bytes lie inside of the header. */
static enum drop_reason ip_option_check(const u8 *opt)
{
	switch (opt[0]) {
	case IPOPT_LSRR:
	case IPOPT_SSRR:
		return DROP_IP_SOURCE_ROUTE;
	case IPOPT_RR:
		if (opt[1] < 3 || !ip_pointer_is_good(opt, 4))
			return DROP_IP_BAD_OPTION;
		return DROP_NONE;
	case IPOPT_TS:
		if (opt[1] < 4 || !ip_pointer_is_good(opt, 5))
			return DROP_IP_BAD_OPTION;
		return DROP_NONE;
	}
	return DROP_NONE;
}

enum drop_reason ip_options_check(const u8 *opt, u32 len)
{
	while (len && *opt != IPOPT_END) {
		enum drop_reason why;

		if (*opt == IPOPT_NOOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			return DROP_IP_BAD_OPTION;
		why = ip_option_check(opt);
		if (why)
			return why;
		len -= opt[1];
		opt += opt[1];
	}
	return DROP_NONE;
}
