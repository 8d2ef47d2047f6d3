/*
 * A listening socket and its half-open connections: RFC 9293 sections
 * 3.10.7.2 and 3.10.7.4 for SYN-RECEIVED (conformance rows 90, 101, 109,
 * 136, 137, 141, 142, 146; threats 22, 31).
 */
#include "test/host/tcp_fixture.h"

#include "lib/errno.h"
#include "test/host/machine_sim.h"

static void a_handshake_makes_a_child(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	assert_int_equal(f->seen.opt.mss, 1460);
	assert_false(f->seen.opt.has_ts || f->seen.opt.has_wscale);
	assert_int_equal(f->seen.wnd, 65535);
	assert_int_equal(sock_poll(f->listener), 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	expect_nothing(f);
	assert_int_equal(sock_poll(f->listener), EPOLLIN);
	assert_int_equal(mib_rise(f, TCP_PassiveOpens), 1);
	assert_int_equal(net_mib(f->net, MIB_TCP_CurrEstab), 1);
	s = tcp_accept_one(f);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(sock_poll(f->listener), 0);
	fixture_no_drop(f->base);
	sock_close(s);
	expect(f, TCP_FIN | TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_RST | TCP_ACK, 1, 2, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) \
	cmocka_unit_test_setup_teardown(name, tcp_fixture_setup, \
					tcp_fixture_teardown)
		T(a_handshake_makes_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
