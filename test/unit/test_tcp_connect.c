/*
 * net/tcp/tcp_connect.c: the active OPEN (RFC 9293 sections 3.10.1 and
 * 3.10.7.3; conformance rows 65, 66, 81, 91, 102).
 */
#include "test/host/tcp_fixture.h"

#include "lib/errno.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

#define SYNACK (TCP_SYN | TCP_ACK)

static int error_of(struct socket *s)
{
	int err;
	u32 len = sizeof(err);

	sock_getsockopt(s, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

static void a_syn_offers_all_that_we_can(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	assert_int_equal(f->seen.opt.mss, 1460);
	assert_true(f->seen.opt.has_ts && f->seen.opt.has_wscale);
	assert_int_equal(f->seen.opt.tsecr, 0);
	assert_int_equal(sock_poll(s), 0);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 80), -EALREADY);
	assert_int_equal(mib_rise(f, TCP_ActiveOpens), 1);
	sock_close(s);
	expect_nothing(f);
	assert_int_equal(f->net->sock_live, 1);
}

static void a_syn_tells_of_the_programs_mss(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);
	int mss = 700;

	assert_int_equal(
		sock_setsockopt(s, SOL_TCP, TCP_MAXSEG, &mss, sizeof(mss)), 0);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 80), -EINPROGRESS);
	f->peer.port = 80;
	f->peer.server_port = ntohs(s->sk->sport);
	expect(f, TCP_SYN, 0, 0 - f->peer.iss, 0);
	assert_int_equal(f->seen.opt.mss, 700);
	sock_close(s);
}

static void the_handshake_ends_with_an_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	struct sockaddr_in local, peer;
	char buf[8];

	f->peer.ts = true;
	s = peer_accept(f, 80);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 80), -EISCONN);
	assert_int_equal(sock_getname(s, &local, &peer), 0);
	assert_int_equal(local.addr.raw, FIXTURE_ADDR.raw);
	assert_int_equal(peer.addr.raw, FIXTURE_PEER.raw);
	assert_int_equal(tcp_of(s)->mss, 1448);
	assert_int_equal(sock_send(s, "ping", 4, 0), 4);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 4);
	peer_send(f, TCP_ACK, 1, 5, "pong", 4);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 4);
	abort_socket(f, s);
}

static void without_options_of_the_peer_there_are_none(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_accept(f, 80);

	assert_false(tcp_of(s)->ts_ok || tcp_of(s)->wscale_ok);
	assert_int_equal(tcp_of(s)->rcv_wscale, 0);
	assert_false(f->seen.opt.has_ts);
	abort_socket(f, s);
}

/* RFC 7323 section 2.2: but that of what follows is. */
static void the_window_of_a_syn_ack_is_not_scaled(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wscale_ok = true;
	f->peer.wscale = 7;
	f->peer.wnd = 1000;
	s = peer_accept(f, 80);
	assert_int_equal(tcp_of(s)->snd_wnd, 1000);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	assert_int_equal(tcp_of(s)->snd_wnd, 128000);
	abort_socket(f, s);
}

/* RFC 9293 section 3.10.7.3 fourth: "if there are other controls or text". */
static void text_may_come_with_the_syn_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);
	char buf[8];

	peer_send(f, SYNACK, 0, 1, "hello", 5);
	expect(f, TCP_ACK, 1, 6, 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 5);
	assert_memory_equal(buf, "hello", 5);
	abort_socket(f, s);
}

/* Row 102. */
static void only_an_answer_to_our_syn_counts(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	fixture_forget_drops(f->base);
	peer_send(f, TCP_ACK, 1, 0, NULL, 0);
	expect_rst(f, 0);
	peer_send(f, SYNACK, 0, 2, NULL, 0);
	expect_rst(f, 2);
	assert_int_equal(tcp_of(s)->sk.state, TCP_SYN_SENT);
	abort_socket(f, s);
}

static void a_rst_refuses_only_with_the_right_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);
	char buf[4];

	peer_send(f, TCP_RST, 0, 0, NULL, 0);
	peer_send(f, TCP_RST | TCP_ACK, 0, 0, NULL, 0);
	peer_send(f, TCP_RST | TCP_ACK, 0, 2, NULL, 0);
	peer_send(f, TCP_ACK, 0, 1, NULL, 0); /* acceptable, but says nothing */
	expect_nothing(f);
	assert_int_equal(tcp_of(s)->sk.state, TCP_SYN_SENT);
	peer_send(f, TCP_RST | TCP_ACK, 0, 1, NULL, 0);
	assert_int_equal(sock_poll(s) & (EPOLLERR | EPOLLHUP),
			 EPOLLERR | EPOLLHUP);
	assert_int_equal(error_of(s), ECONNREFUSED);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	assert_int_equal(mib_rise(f, TCP_AttemptFails), 1);
	sock_close(s);
	assert_int_equal(f->net->sock_live, 1);
}

/* The socket of a connection that failed, and another port of the peer. */
static void connect_again(struct tcp_fixture *f, struct socket *s)
{
	assert_int_equal(connect_to(s, FIXTURE_PEER, 81), -EINPROGRESS);
	f->peer.port = 81;
	f->peer.server_port = ntohs(s->sk->sport);
	expect(f, TCP_SYN, 0, 0 - f->peer.iss, 0);
	peer_send(f, SYNACK, 0, 1, NULL, 0);
	expect(f, TCP_ACK, 1, 1, 0);
}

static void a_refused_socket_may_try_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	peer_send(f, TCP_RST | TCP_ACK, 0, 1, NULL, 0);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 80), -ECONNREFUSED);
	connect_again(f, s);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	abort_socket(f, s);
}

/* The probes that killed the last connection are not the next one's. */
static void keepalive_begins_anew_with_each_connection(void **state)
{
	static const int names[] = {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT};
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		set_option(s, SOL_TCP, names[i], 2);
	set_option(s, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_send(f, SYNACK, 0, 1, NULL, 0);
	sim_run_ms(10000);
	fixture_tx_purge(f->base);
	assert_int_equal(error_of(s), ETIMEDOUT);
	connect_again(f, s);
	sim_run_ms(2100);
	expect(f, TCP_ACK, 0, 1, 0);
	abort_socket(f, s);
}

/* What the last peer called urgent is nothing in another's stream. */
static void urgent_text_ends_with_its_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_accept(f, 80);
	struct peer_segment urgent = {
		.flags = TCP_ACK | TCP_URG,
		.seq = f->peer.iss + 1,
		.ack = f->peer.guest_iss + 1,
		.wnd = 65535,
		.urg = 1000,
	};

	peer_send_segment(f, &urgent);
	assert_true(sock_poll(s) & EPOLLPRI);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_equal(error_of(s), ECONNRESET);
	fixture_tx_purge(f->base);
	connect_again(f, s);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	abort_socket(f, s);
}

/* Row 81: 1, 2, 4 ... and in all more than three minutes would be MUST-23. */
static void an_unanswered_syn_times_out(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);
	u32 syns = 1;

	for (u32 ms = 0; ms < 260000; ms += 1000) {
		/* MUST-23 */
		assert_true(ms > 180000 || tcp_of(s)->sk.state == TCP_SYN_SENT);
		sim_run_ms(1000);
		while (peer_receive(f)) {
			assert_int_equal(f->seen.flags, TCP_SYN);
			syns++;
		}
	}
	assert_int_equal(syns, 1 + TCP_SYN_RETRIES);
	assert_int_equal(error_of(s), ETIMEDOUT);
	sock_close(s);
}

/* Row 91, MUST-46. */
static void there_are_addresses_that_nobody_connects_to(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);

	assert_int_equal(connect_to(s, INADDR_BROADCAST, 80), -ENETUNREACH);
	assert_int_equal(connect_to(s, IP4(10, 0, 0, 255), 80), -ENETUNREACH);
	assert_int_equal(connect_to(s, IP4(224, 0, 0, 1), 80), -ENETUNREACH);
	assert_int_equal(connect_to(s, IP4(192, 0, 2, 1), 80), -ENETUNREACH);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 0), -EINVAL);
	assert_int_equal(s->sk->sport.raw, 0);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 80), -EINPROGRESS);
	sock_close(s);
	fixture_tx_purge(f->base);
}

static void a_listener_does_not_connect(void **state)
{
	struct tcp_fixture *f = *state;

	assert_int_equal(connect_to(f->listener, FIXTURE_PEER, 80), -EISCONN);
}

/* Row 65, figure 7: both open at once. */
static void a_simultaneous_open_succeeds(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_SYN_RECV);
	assert_int_equal(sock_poll(s), 0);
	peer_send(f, SYNACK, 0, 1, NULL, 0);
	fixture_tx_purge(f->base);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	abort_socket(f, s);
}

/* Row 66: it was active, so a RST refuses; it does not listen again. */
static void a_rst_in_a_simultaneous_open_refuses(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_equal(error_of(s), ECONNREFUSED);
	assert_int_equal(mib_rise(f, TCP_AttemptFails), 1);
	sock_close(s);
}

/* The whole stack on both sides, over loopback. */
static void we_connect_to_ourselves(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f), *child;
	char buf[16];

	assert_int_equal(connect_to(s, IP4(127, 0, 0, 1), SERVER_PORT),
			 -EINPROGRESS);
	fixture_settle(f->base);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(sock_accept(f->listener, &child, NULL), 0);
	child->nonblock = true;
	assert_int_equal(sock_send(s, "to myself", 9, 0), 9);
	fixture_settle(f->base);
	assert_int_equal(sock_recv(child, buf, sizeof(buf), 0), 9);
	sock_close(s);
	fixture_settle(f->base);
	assert_int_equal(sock_recv(child, buf, sizeof(buf), 0), 0);
	sock_close(child);
	fixture_settle(f->base);
	assert_int_equal(f->net->tcp->timewait_count, 1);
	assert_int_equal(f->net->tcp->sock_count, 1);
}

/* The answer to what we have asked: nothing of ours will follow soon. */
static void an_openers_first_texts_are_acknowledged_at_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_accept(f, 7);

	peer_send(f, TCP_ACK, 1, 1, "small", 5);
	expect(f, TCP_ACK, 1, 6, 0);
	sock_shutdown(s, SHUT_WR);
	expect(f, TCP_FIN | TCP_ACK, 1, 6, 0);
	peer_send(f, TCP_RST, 6, 0, NULL, 0);
	sock_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(a_syn_offers_all_that_we_can),
		T(a_syn_tells_of_the_programs_mss),
		T(the_handshake_ends_with_an_ack),
		T(without_options_of_the_peer_there_are_none),
		T(the_window_of_a_syn_ack_is_not_scaled),
		T(text_may_come_with_the_syn_ack),
		T(only_an_answer_to_our_syn_counts),
		T(a_rst_refuses_only_with_the_right_ack),
		T(a_refused_socket_may_try_again),
		T(keepalive_begins_anew_with_each_connection),
		T(an_unanswered_syn_times_out),
		T(there_are_addresses_that_nobody_connects_to),
		T(a_listener_does_not_connect),
		T(a_simultaneous_open_succeeds),
		T(a_rst_in_a_simultaneous_open_refuses),
		T(we_connect_to_ourselves),
		T(an_openers_first_texts_are_acknowledged_at_once),
		T(urgent_text_ends_with_its_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
