/*
 * Initial sequence numbers next to 2^31 or 2^32, so that a connection's
 * numbers wrap. Linked in the place of tcp_numbers (ld --wrap).
 */
#include "test/sim/world.h"

#define SPREAD 65536 /* before the limit */

struct tcp_numbers __real_tcp_numbers(const struct tcp_table *t,
				      const struct tcp_conn *conn);
struct tcp_numbers __wrap_tcp_numbers(const struct tcp_table *t,
				      const struct tcp_conn *conn);

static u64 limit, stream;

void isn_near(u64 near, u64 seed)
{
	limit = near;
	stream = seed;
}

struct tcp_numbers __wrap_tcp_numbers(const struct tcp_table *t,
				      const struct tcp_conn *conn)
{
	struct tcp_numbers numbers = __real_tcp_numbers(t, conn);
	struct rng rng = rng_stream(stream, tcp_conn_ports(conn));

	if (limit)
		numbers.isn = (u32)limit - rng_log(&rng, 1, SPREAD);
	return numbers;
}
