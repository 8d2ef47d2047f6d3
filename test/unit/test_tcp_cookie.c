/*
 * net/tcp/tcp_cookie.c: a SYN queue that is full shuts out nobody and costs
 * nothing (RFC 4987 section 3.6; conformance rows 146, 147; threat 22).
 */
#include "test/host/tcp_fixture.h"

#include "kernel/random.h"
#include "lib/errno.h"
#include "net/tcp/tcp_ecn.h"
#include "test/host/machine_sim.h"

#define SYNACK	   (TCP_SYN | TCP_ACK)
#define SYN_QUEUE  256u
#define FLOOD_PORT 1024u
#define FORGERIES  1000000u

/* SYNs that nobody completes, until the queue is full. */
static void flood(struct tcp_fixture *f)
{
	struct tcp_peer peer = f->peer;

	for (u32 n = 0; n < SYN_QUEUE; n++) {
		peer_become(f, (u16)(FLOOD_PORT + n));
		peer_syn(f);
		assert_true(peer_receive(f));
	}
	assert_int_equal(tcp_requests(f), SYN_QUEUE);
	f->peer = peer;
}

static void a_full_queue_answers_and_remembers_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	u64 objects;

	flood(f);
	objects = sim_live_objects();
	for (u32 n = 0; n < 1000; n++) {
		peer_become(f, (u16)(20000 + n));
		peer_syn(f);
		expect(f, SYNACK, 0, 1, 0);
		expect_nothing(f);
	}
	assert_int_equal(sim_live_objects(), objects);
	assert_int_equal(tcp_requests(f), SYN_QUEUE);
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesSent), 1000);
	assert_int_equal(mib_rise(f, TCPEXT_TCPReqQFullDoCookies), 1000);
	fixture_no_drop(f->base);
	/* After a minute of silence the queue is empty again. */
	sim_run_ms(64000);
	fixture_tx_purge(f->base);
	assert_int_equal(tcp_requests(f), 0);
	abort_socket(f, peer_connect(f));
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesSent), 0);
}

static void a_cookie_becomes_a_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	char buf[8];

	flood(f);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "hello", 5);
	s = tcp_accept_one(f);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(sock_send(s, "world", 5, 0), 5);
	assert_true(peer_receive(f));
	assert_int_equal(f->seen.seq_rel, 1);
	assert_int_equal(f->seen.len, 5);
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesRecv), 1);
	assert_int_equal(mib_rise(f, TCP_PassiveOpens), 1);
	assert_int_equal(tcp_requests(f), SYN_QUEUE);
	abort_socket(f, s);
}

/* Timestamps carry what the number has no room for. */
static void the_options_come_back(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.ts = true;
	flood(f);
	for (u32 shift = 0; shift <= 15; shift++) {
		struct tcp_sock *tp;
		struct socket *s;
		u32 tsval, ours;

		peer_become(f, (u16)(30000 + shift));
		f->peer.wscale_ok = shift <= 14;
		f->peer.wscale = (u8)shift;
		f->peer.sack = shift % 2;
		f->peer.wnd = 100;
		peer_syn(f);
		expect(f, SYNACK, 0, 1, 0);
		assert_int_equal(f->seen.opt.has_wscale, f->peer.wscale_ok);
		assert_int_equal(f->seen.opt.tsecr, f->peer.tsval);
		tsval = f->seen.opt.tsval;
		ours = f->seen.opt.wscale;
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		s = tcp_accept_one(f);
		tp = tcp_of(s);
		assert_true(tp->ts_ok);
		assert_int_equal(tp->sack_ok, f->peer.sack);
		assert_int_equal(tp->srtt_us8, 0); /* nobody knows */
		assert_int_equal(tp->wscale_ok, f->peer.wscale_ok);
		assert_int_equal(tp->snd_wscale, shift % 15);
		assert_int_equal(tp->snd_wnd, 100u << shift % 15);
		assert_int_equal(tp->rcv_wscale, ours);
		/* The clock does not go back (RFC 7323 section 5.3). */
		assert_int_equal(sock_send(s, "x", 1, 0), 1);
		assert_true(peer_receive(f));
		assert_true(seq_geq(f->seen.opt.tsval, tsval));
		assert_true(f->seen.opt.tsval - tsval < 64);
		abort_socket(f, s);
		sim_run_ms(7);
	}
}

/* A SYN-ACK promises ECN only when the cookie has room for it. */
static void ecn_comes_back_with_timestamps_only(void **state)
{
	struct tcp_fixture *f = *state;

	flood(f);
	for (u32 ts = 0; ts < 2; ts++) {
		struct socket *s;

		peer_become(f, (u16)(30000 + ts));
		f->peer.ts = ts;
		f->peer.syn_flags = TCP_ECE | TCP_CWR;
		peer_syn(f);
		expect(f, SYNACK | (ts ? TCP_ECE : 0), 0, 1, 0);
		f->peer.syn_flags = 0;
		/* Such flags on an ACK ask for nothing. */
		peer_send(f, TCP_ACK | TCP_ECE | TCP_CWR, 1, 1, NULL, 0);
		s = tcp_accept_one(f);
		assert_int_equal(tcp_of(s)->ecn_flags, ts ? TCP_ECN_OK : 0);
		abort_socket(f, s);
	}
}

static void without_timestamps_only_the_mss_comes_back(void **state)
{
	static const u16 mss[][2] = {{0, 536},	   {88, 88},	 {215, 88},
				     {216, 216},   {535, 216},	 {536, 536},
				     {1299, 536},  {1300, 1300}, {1400, 1400},
				     {1452, 1400}, {1460, 1460}, {9000, 1460}};
	struct tcp_fixture *f = *state;

	f->peer.wscale_ok = f->peer.sack = true;
	flood(f);
	for (u32 i = 0; i < ARRAY_SIZE(mss); i++) {
		struct socket *s;

		peer_become(f, (u16)(30000 + i));
		f->peer.mss = mss[i][0];
		peer_syn(f);
		expect(f, SYNACK, 0, 1, 0);
		assert_false(f->seen.opt.has_wscale || f->seen.opt.has_ts);
		assert_int_equal(f->seen.opt.mss, 1460);
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		s = tcp_accept_one(f);
		assert_int_equal(tcp_of(s)->mss_peer, mss[i][1]);
		assert_false(tcp_of(s)->wscale_ok || tcp_of(s)->sack_ok);
		abort_socket(f, s);
	}
}

/* Good until the end of the minute after that of the SYN. */
static void a_cookie_grows_old(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 wait = 0; wait < 4; wait++) {
		sim_run_until((clock_ms() / 60000 + 3) * 60000 + 30000);
		fixture_tx_purge(f->base);
		flood(f);
		peer_become(f, (u16)(30000 + wait));
		peer_syn(f);
		expect(f, SYNACK, 0, 1, 0);
		sim_run_ms(wait * 30000 + (wait == 3 ? 1 : 0) - !!wait);
		fixture_tx_purge(f->base);
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		if (wait == 3) {
			expect_rst(f, 1);
			assert_int_equal(mib_rise(f, TCPEXT_SyncookiesFailed),
					 1);
		} else {
			abort_socket(f, tcp_accept_one(f));
		}
	}
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesRecv), 3);
}

/* A bit of the tuple, of either number: another cookie. */
static void a_cookie_is_good_for_one_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_peer peer;

	flood(f);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	peer = f->peer;
	for (u32 bit = 3; bit < 64; bit++) { /* the last three are the MSS */
		f->peer = peer;
		if (bit < 32)
			f->peer.guest_iss ^= 1u << bit;
		else
			f->peer.iss ^= 1u << (bit - 32);
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		expect_rst(f, 1);
	}
	for (u32 bit = 0; bit < 16; bit++) {
		f->peer = peer;
		f->peer.port ^= (u16)(1u << bit);
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		expect_rst(f, 1);
	}
	f->peer = peer;
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesRecv), 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	abort_socket(f, tcp_accept_one(f));
}

/* Row 147. By chance one in 2^28 is right: 0.4 % for all of these. */
static void a_million_forgeries_are_all_refused(void **state)
{
	struct tcp_fixture *f = *state;

	flood(f);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0); /* cookies are awaited from now on */
	for (u32 n = 0; n < FORGERIES; n++) {
		f->peer.port = (u16)(2000 + n % 60000);
		f->peer.iss = random_u32();
		f->peer.guest_iss = random_u32();
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		fixture_tx_purge(f->base);
		fixture_forget_drops(f->base);
	}
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesFailed), FORGERIES);
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesRecv), 0);
	assert_int_equal(mib_rise(f, TCP_OutRsts), FORGERIES);
}

static void nobody_may_bring_a_cookie_when_none_was_given(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.guest_iss = 1;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	expect_rst(f, 1);
	fixture_drop(f->base, DROP_TCP_LISTEN_BAD);
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesFailed), 0);
}

/* Its ACK is dropped, not reset: the text behind it comes again. */
static void a_full_accept_queue_lets_the_cookie_wait(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_peer late;
	struct socket *s;

	flood(f);
	assert_int_equal(sock_listen(f->listener, 1), 0);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	late = f->peer;
	for (u16 port = 30000; port < 30002; port++) {
		peer_become(f, port);
		peer_syn(f);
		expect(f, SYNACK, 0, 1, 0);
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	}
	f->peer = late;
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "x", 1);
	expect_nothing(f);
	fixture_drop(f->base, DROP_TCP_LISTEN_OVERFLOW);
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(sock_accept(f->listener, &s, NULL), 0);
		abort_socket(f, s);
	}
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "x", 1);
	abort_socket(f, tcp_accept_one(f));
}

static void without_memory_the_cookie_waits(void **state)
{
	struct tcp_fixture *f = *state;

	flood(f);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	sim_fail_alloc_after(3);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	assert_int_equal(sim_allocs_failed(), 1);
	sim_fail_alloc_after(0);
	fixture_drop(f->base, DROP_NO_BUFFER);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	abort_socket(f, tcp_accept_one(f));
}

/* It gives back as much as it takes. */
static void a_time_wait_is_reopened_all_the_same(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	flood(f);
	f->peer.iss += 1000;
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	assert_int_equal(tcp_requests(f), SYN_QUEUE + 1);
	assert_int_equal(f->net->tcp->timewait_count, 0);
	assert_int_equal(mib_rise(f, TCPEXT_SyncookiesSent), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(a_full_queue_answers_and_remembers_nothing),
		T(a_cookie_becomes_a_connection),
		T(the_options_come_back),
		T(ecn_comes_back_with_timestamps_only),
		T(without_timestamps_only_the_mss_comes_back),
		T(a_cookie_grows_old),
		T(a_cookie_is_good_for_one_connection),
		T(a_million_forgeries_are_all_refused),
		T(nobody_may_bring_a_cookie_when_none_was_given),
		T(a_full_accept_queue_lets_the_cookie_wait),
		T(without_memory_the_cookie_waits),
		T(a_time_wait_is_reopened_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
