/*
 * net/tcp/tcp_port.c: bind, listen and the choice of ports (RFC 6056;
 * conformance rows 90, 145).
 */
#include "test/host/tcp_fixture.h"

#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "test/host/machine_sim.h"

static void reuse(struct socket *s)
{
	set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
}

static u16 port_of(struct socket *s)
{
	struct sockaddr_in a;

	assert_int_equal(sock_getname(s, &a, NULL), 0);
	return ntohs(a.port);
}

static void a_port_is_bound_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *a = tcp_socket(f), *b = tcp_socket(f);

	assert_int_equal(bind_to(a, FIXTURE_ADDR, 81), 0);
	assert_int_equal(bind_to(a, FIXTURE_ADDR, 82), -EINVAL);
	assert_int_equal(bind_to(b, FIXTURE_ADDR, 81), -EADDRINUSE);
	assert_int_equal(bind_to(b, INADDR_ANY, 81), -EADDRINUSE);
	assert_int_equal(bind_to(b, IP4(127, 0, 0, 1), 81), 0);
	sock_close(a);
	a = tcp_socket(f);
	assert_int_equal(bind_to(a, FIXTURE_ADDR, 81), 0);
	sock_close(a);
	sock_close(b);
}

static void only_an_address_of_ours_can_be_bound(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);

	assert_int_equal(bind_to(s, FIXTURE_PEER, 81), -EADDRNOTAVAIL);
	assert_int_equal(bind_to(s, IP4(224, 0, 0, 1), 81), -EADDRNOTAVAIL);
	assert_int_equal(bind_to(s, INADDR_BROADCAST, 81), -EADDRNOTAVAIL);
	assert_int_equal(bind_to(s, INADDR_ANY, 81), 0);
	sock_close(s);
}

static void reuse_needs_both_and_no_listener(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *a = tcp_socket(f), *b = tcp_socket(f);

	reuse(b);
	assert_int_equal(bind_to(a, INADDR_ANY, 81), 0);
	assert_int_equal(bind_to(b, INADDR_ANY, 81), -EADDRINUSE);
	reuse(a);
	assert_int_equal(bind_to(b, INADDR_ANY, 81), 0);
	assert_int_equal(sock_listen(a, 1), 0);
	assert_int_equal(sock_listen(b, 1), -EADDRINUSE);
	sock_close(b);
	b = tcp_socket(f);
	reuse(b);
	assert_int_equal(bind_to(b, INADDR_ANY, 81), -EADDRINUSE);
	sock_close(a);
	assert_int_equal(bind_to(b, INADDR_ANY, 81), 0);
	assert_int_equal(sock_listen(b, 1), 0);
	sock_close(b);
}

static void listening_without_bind_takes_a_free_port(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f), *other = tcp_socket(f);

	assert_int_equal(sock_listen(s, 1), 0);
	assert_in_range(port_of(s), 32768, 60999);
	assert_int_equal(bind_to(other, INADDR_ANY, port_of(s)), -EADDRINUSE);
	assert_int_equal(sock_listen(s, 20), 0);
	assert_int_equal(tcp_of(s)->backlog, 20);
	sock_close(s);
	sock_close(other);
}

static void port_0_binds_to_different_ports(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *all[200];
	u8 used[65536] = {0};
	u32 neighbours = 0;

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		all[i] = tcp_socket(f);
		assert_int_equal(bind_to(all[i], INADDR_ANY, 0), 0);
		assert_in_range(port_of(all[i]), 32768, 60999);
		assert_false(used[port_of(all[i])]++);
		neighbours += i && port_of(all[i]) == port_of(all[i - 1]) + 1;
	}
	assert_true(neighbours < 5); /* RFC 6056 section 3.3.1 */
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		sock_close(all[i]);
}

#define CONNECTS 2000

static void connections_take_ports_that_do_not_come_in_order(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u8 *used = test_calloc(65536, 1);
	u32 neighbours = 0;
	u16 last = 0;

	for (u32 i = 0; i < CONNECTS; i++) {
		s = tcp_socket(f);
		assert_int_equal(connect_to(s, FIXTURE_PEER, (u16)(1000 + i)),
				 -EINPROGRESS);
		assert_in_range(port_of(s), 32768, 60999);
		neighbours += port_of(s) == last + 1;
		last = port_of(s);
		used[last] = 1;
		sock_close(s);
		fixture_tx_purge(f->base);
	}
	assert_true(neighbours < 20);
	test_free(used);
}

/* RFC 6056 section 3.3.3: to one destination the counter moves on. */
static void to_one_destination_a_port_comes_back_late(void **state)
{
	struct tcp_fixture *f = *state;
	u8 *used = test_calloc(65536, 1);

	for (u32 i = 0; i < CONNECTS; i++) {
		struct socket *s = tcp_socket(f);

		assert_int_equal(connect_to(s, FIXTURE_PEER, 1000),
				 -EINPROGRESS);
		assert_false(used[port_of(s)]);
		used[port_of(s)] = 1;
		sock_close(s);
		fixture_tx_purge(f->base);
	}
	test_free(used);
}

static void a_port_in_use_is_not_taken_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_table *t = f->net->tcp;
	struct socket *a = tcp_socket(f), *b = tcp_socket(f);
	struct socket *l = tcp_socket(f);
	u16 port;

	assert_int_equal(connect_to(a, FIXTURE_PEER, 1000), -EINPROGRESS);
	port = port_of(a);
	assert_int_equal(bind_to(l, INADDR_ANY, (u16)(port + 1)), 0);
	assert_int_equal(sock_listen(l, 1), 0);
	t->next_port--; /* the same port again, but for a's connection */
	assert_int_equal(connect_to(b, FIXTURE_PEER, 1000), -EINPROGRESS);
	assert_int_equal(port_of(b), port + 2);
	sock_close(b);
	/* To another peer's port it may be the same. */
	b = tcp_socket(f);
	for (u32 i = 0; i < 65536 && port_of(b) != port; i++) {
		sock_close(b);
		b = tcp_socket(f);
		assert_int_equal(connect_to(b, FIXTURE_PEER, 1001),
				 -EINPROGRESS);
		fixture_tx_purge(f->base);
	}
	assert_int_equal(port_of(b), port);
	sock_close(a);
	sock_close(b);
	sock_close(l);
	fixture_tx_purge(f->base);
}

static void a_bound_port_is_kept_for_the_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *a = tcp_socket(f), *b = tcp_socket(f);

	reuse(a);
	reuse(b);
	assert_int_equal(bind_to(a, INADDR_ANY, 5000), 0);
	assert_int_equal(bind_to(b, FIXTURE_ADDR, 5000), 0);
	assert_int_equal(connect_to(a, FIXTURE_PEER, 1000), -EINPROGRESS);
	assert_int_equal(port_of(a), 5000);
	assert_int_equal(connect_to(b, FIXTURE_PEER, 1000), -EADDRNOTAVAIL);
	assert_int_equal(connect_to(b, FIXTURE_PEER, 1001), -EINPROGRESS);
	sock_close(a);
	sock_close(b);
	fixture_tx_purge(f->base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(a_port_is_bound_once),
		T(only_an_address_of_ours_can_be_bound),
		T(reuse_needs_both_and_no_listener),
		T(listening_without_bind_takes_a_free_port),
		T(port_0_binds_to_different_ports),
		T(connections_take_ports_that_do_not_come_in_order),
		T(to_one_destination_a_port_comes_back_late),
		T(a_port_in_use_is_not_taken_again),
		T(a_bound_port_is_kept_for_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
