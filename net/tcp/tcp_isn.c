/*
 * Initial sequence numbers (RFC 6528): a clock of 4 us and a keyed hash of
 * the 4-tuple, so that one connection's say nothing about another's. The
 * timestamp offset (RFC 7323 section 5.4) hides the uptime in the same way:
 * it is the other half of the hash, as good as one of a key of its own.
 */
#include "net/tcp/tcp_sock.h"

#define ISN_TICK_NS 4000 /* RFC 9293 section 3.4.1 */

struct tcp_numbers tcp_numbers(const struct tcp_table *t,
			       const struct tcp_conn *conn)
{
	u64 secret = siphash_2u64(tcp_conn_addrs(conn), tcp_conn_ports(conn),
				  &t->isn_key);

	return (struct tcp_numbers){
		.isn = (u32)(machine_now_ns() / ISN_TICK_NS) + (u32)secret,
		.ts_offset = (u32)(secret >> 32),
	};
}
