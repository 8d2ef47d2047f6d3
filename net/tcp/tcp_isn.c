/*
 * Initial sequence numbers (RFC 6528): a clock of 4 us and a keyed hash of
 * the 4-tuple, so that one connection's say nothing about another's. The
 * timestamp offset (RFC 7323 section 5.4) hides the uptime in the same way.
 */
#include "net/tcp/tcp_sock.h"

#define ISN_TICK_NS 4000 /* RFC 9293 section 3.4.1 */

/* Each key serves one purpose: one number tells nothing of the other. */
static u32 tcp_tuple_prf(const struct tcp_conn *conn,
			 const struct siphash_key *key)
{
	return (u32)siphash_2u64(tcp_conn_addrs(conn), tcp_conn_ports(conn),
				 key);
}

u32 tcp_isn(struct tcp_table *t, const struct tcp_conn *conn)
{
	return (u32)(machine_now_ns() / ISN_TICK_NS) +
	       tcp_tuple_prf(conn, &t->isn_key);
}

u32 tcp_ts_offset(struct tcp_table *t, const struct tcp_conn *conn)
{
	return tcp_tuple_prf(conn, &t->ts_key);
}
