/*
 * net/tcp/tcp_timer.c: the window probe, keepalive and FIN-WAIT-2. Virtual
 * time: an hour costs nothing.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

/* ---- the window probe ---- */

static struct socket *close_window(struct tcp_fixture *f)
{
	struct socket *s;

	f->peer.wnd = 2 * MSS;
	s = connect_unmeasured(f);
	say(s, 20 * MSS, 0);
	expect_full(f, 1, 2);
	f->peer.wnd = 0;
	tcp_rtt_init(tcp_of(s));
	peer_acks(f, 1 + 2 * MSS);
	tcp_rtt_init(tcp_of(s));
	tcp_rto_stop(tcp_of(s));
	tcp_push(tcp_of(s));
	expect_nothing(f);
	return s;
}

/* MUST-35, SHLD-29, -30: after an RTO, then doubling. */
static void closed_window_is_probed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = close_window(f);
	static const u64 times[] = {1000, 3000, 7000, 15000, 31000, 63000};
	struct watch w = watch(f, 64000, 1);

	assert_int_equal(w.count, ARRAY_SIZE(times));
	for (u32 i = 0; i < w.count; i++) {
		assert_near(w.at[i], times[i], i + 1);
		assert_int_equal(w.seq_rel[i], 2 * MSS); /* an old byte */
		assert_int_equal(w.len[i], 0);
		assert_int_equal(w.flags[i], TCP_ACK);
	}
	script_end(f, s);
}

static void opened_window_ends_the_probing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = close_window(f);

	watch(f, 8000, 10);
	f->peer.wnd = 2 * MSS;
	peer_acks(f, 1 + 2 * MSS);
	expect_full(f, 1 + 2 * MSS, 2);
	assert_int_equal(tcp_of(s)->backoff, 0);
	assert_false(tcp_of(s)->probing);
	script_end(f, s);
}

/* MUST-37: as long as the peer answers, for hours. */
static void answered_probes_keep_the_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = close_window(f);
	u32 probes = 0;

	for (int i = 0; i < 100000; i++) {
		fixture_run_ms(f->base, 100);
		while (peer_receive(f)) {
			probes++;
			peer_acks(f, 1 + 2 * MSS);
		}
	}
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	assert_in_range(probes, 80, 95); /* 120 s apart */
	f->peer.wnd = 65535;
	peer_acks(f, 1 + 2 * MSS);
	assert_true(skip_sent(f) > 0);
	script_end(f, s);
}

/* An hour later memory is back, and the window has been open all the time. */
static void lack_of_memory_makes_no_long_pauses(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	say(s, 10, MSG_MORE);
	sim_fail_alloc_every(1);
	fixture_run_ms(f->base, 3600 * 1000);
	expect_nothing(f);
	sim_fail_alloc_every(0);
	fixture_run_ms(f->base, 510);
	expect_text(f, 1, 10);
	assert_int_equal(mib_rise(f, TCPEXT_TCPWinProbe), 0);
	script_end(f, s);
}

static void unanswered_probes_end_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = close_window(f);
	struct watch w = watch(f, 2000 * 1000, 100);

	assert_int_equal(w.count, TCP_RETRIES2);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
	assert_int_equal(f->net->skb_live, 0);
	sock_close(s);
}

/* RFC 5482: the peer answers, but takes nothing. */
static void user_timeout_ends_the_probing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = close_window(f);

	set_option(s, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	for (int i = 0; i < 52; i++) {
		assert_true(i >= 49 || tcp_of(s)->sk.state == TCP_ESTABLISHED);
		fixture_run_ms(f->base, 100);
		while (peer_receive(f))
			peer_acks(f, 1 + 2 * MSS);
	}
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
	sock_close(s);
}

/* VU#723308: answers, but never takes anything; the program has gone. */
static void answering_peer_does_not_keep_an_orphan(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = close_window(f);
	struct tcp_usage usage;

	sock_close(s);
	for (int i = 0; i < 6000; i++) {
		fixture_run_ms(f->base, 100);
		while (peer_receive(f))
			peer_acks(f, 1 + 2 * MSS);
	}
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.orphans, 0);
	assert_int_equal(usage.memory, 0);
}

/* SHLD-17: the peer shrinks its window to nothing over what is in flight. */
static void shrunk_window_does_not_time_out(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	say(s, 2 * MSS, 0);
	expect_full(f, 1, 2);
	f->peer.wnd = 0;
	for (int i = 0; i < 40000; i++) {
		fixture_run_ms(f->base, 100);
		while (peer_receive(f))
			peer_acks(f, 1);
	}
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	script_end(f, s);
}

/* But nobody waits for it any more. */
static void shrunk_window_does_not_keep_an_orphan(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct tcp_usage usage;

	say(s, 2 * MSS, 0);
	expect_full(f, 1, 2);
	f->peer.wnd = 0;
	sock_close(s);
	for (int i = 0; i < 6000; i++) {
		fixture_run_ms(f->base, 100);
		while (peer_receive(f))
			peer_acks(f, 1);
	}
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.orphans, 0);
}

/* SHLD-15, -16: what is inside of the window goes again, and no more. */
static void shrunk_window_is_filled_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	say(s, 2 * MSS, 0);
	expect_full(f, 1, 2);
	f->peer.wnd = 500;
	peer_send(f, TCP_ACK, 1, 1, "x", 1);
	fixture_run_ms(f->base, 100);
	skip_sent(f);
	fixture_run_ms(f->base, 1000);
	expect_text(f, 1, 500);
	expect_nothing(f);
	script_end(f, s);
}

/* MUST-61: there is no more of it, though the program has promised some. */
static void probe_of_all_the_text_is_pushed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	say(s, 100, MSG_MORE);
	expect_nothing(f);
	assert_near(wait_sent(f, 2000), 1000, 1);
	assert_int_equal(f->seen.len, 100);
	assert_int_equal(f->seen.flags, TCP_PSH | TCP_ACK);
	script_end(f, s);
}

static void probe_of_a_part_is_not_pushed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	f->peer.wnd = 50; /* silly: nothing goes at once */
	peer_acks(f, 1);
	say(s, 100, 0);
	expect_nothing(f);
	assert_near(wait_sent(f, 2000), 1000, 1);
	assert_int_equal(f->seen.len, 50);
	assert_int_equal(f->seen.flags, TCP_ACK);
	script_end(f, s);
}

/* ---- keepalive ---- */

static struct socket *connect_keepalive(struct tcp_fixture *f)
{
	struct socket *s = peer_connect(f);

	set_option(s, SOL_TCP, TCP_KEEPIDLE, 10);
	set_option(s, SOL_TCP, TCP_KEEPINTVL, 2);
	set_option(s, SOL_TCP, TCP_KEEPCNT, 3);
	set_option(s, SOL_SOCKET, SO_KEEPALIVE, 1);
	return s;
}

static void keepalive_is_off_by_default(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(watch(f, 3ull * 3600 * 1000, 1000).count, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	script_end(f, s);
}

/* SEQ is SND.NXT - 1, no text; not one probe but several must fail. */
static void keepalive_probes_and_gives_up(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_keepalive(f);
	struct watch w = watch(f, 20000, 1);
	static const u64 times[] = {10000, 12000, 14000, 16000};

	assert_int_equal(w.count, 4);
	for (u32 i = 0; i < 4; i++)
		assert_near(w.at[i], times[i], i + 1);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(w.seq_rel[i], 0);
		assert_int_equal(w.len[i], 0);
		assert_int_equal(w.flags[i], TCP_ACK);
	}
	assert_int_equal(w.flags[3], TCP_RST | TCP_ACK);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
	assert_int_equal(mib_rise(f, TCPEXT_TCPKeepAlive), 3);
	sock_close(s);
}

/* RFC 5482 section 4.2: it counts, and not how many were sent. */
static void user_timeout_bounds_keepalives(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_keepalive(f);
	struct watch w;

	set_option(s, SOL_TCP, TCP_USER_TIMEOUT, 17000);
	w = watch(f, 20000, 1);
	assert_int_equal(w.count, 5);
	assert_int_equal(w.flags[3], TCP_ACK);
	assert_near(w.at[4], 18000, 5);
	assert_int_equal(w.flags[4], TCP_RST | TCP_ACK);
	assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
	sock_close(s);
}

static void answered_keepalive_waits_the_idle_time_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_keepalive(f);
	u32 probes = 0;

	for (int i = 0; i < 1000; i++) {
		fixture_run_ms(f->base, 100);
		while (peer_receive(f)) {
			probes++;
			peer_acks(f, 1);
		}
	}
	assert_in_range(probes, 9, 10);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	script_end(f, s);
}

static void keepalive_only_when_idle(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_keepalive(f);
	u64 start = clock_ms();
	struct watch w;

	fixture_run_ms(f->base, 6000);
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "hi", 2);
	watch(f, 100, 1); /* its ACK */
	w = watch(f, 10000, 1);
	assert_int_equal(w.count, 1);
	assert_near(clock_ms() - start, 16000, 200);
	assert_near(w.at[0], 9900, 2);
	script_end(f, s);
}

/*
 * The last segment came before keepalive was switched on, or before the
 * listener's child had it: when, nobody knows, but not at boot.
 */
static void keepalives_timeout_begins_with_them(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	struct watch w;

	sim_run_ms(3600 * 1000);
	for (u32 child = 0; child < 2; child++) {
		peer_become(f, (u16)(41000 + child));
		set_option(f->listener, SOL_SOCKET, SO_KEEPALIVE, (int)child);
		set_option(f->listener, SOL_TCP, TCP_KEEPIDLE, 10);
		set_option(f->listener, SOL_TCP, TCP_KEEPINTVL, 2);
		set_option(f->listener, SOL_TCP, TCP_USER_TIMEOUT, 17000);
		s = peer_connect(f);
		set_option(s, SOL_SOCKET, SO_KEEPALIVE, 1);
		w = watch(f, 20000, 1);
		assert_int_equal(w.count, 5);
		assert_near(w.at[4], 18000, 5);
		assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
		sock_close(s);
	}
}

/* ---- FIN-WAIT-2 ---- */

static void orphan_leaves_fin_wait_2_after_a_minute(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct tcp_usage usage;

	sock_close(s);
	expect(f, TCP_ACK | TCP_FIN, 1, 1, 0);
	peer_acks(f, 2);
	fixture_run_ms(f->base, 59000);
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.orphans, 1);
	fixture_run_ms(f->base, 1100);
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.orphans + usage.tw, 0);
	assert_int_equal(usage.inuse, 1); /* the listener */
}

/* TCP_LINGER2: another time; negative: at once. */
static void the_program_says_for_how_long(void **state)
{
	static const int seconds[] = {5, -1};
	struct tcp_fixture *f = *state;

	for (u32 n = 0; n < 4; n++) {
		u64 ms = n / 2 ? 2 : 5000;
		struct tcp_usage usage;
		struct socket *s;

		peer_become(f, (u16)(41000 + n));
		s = peer_connect(f);
		set_option(s, SOL_TCP, TCP_LINGER2, seconds[n / 2]);
		if (n % 2) { /* FIN-WAIT-2 comes before the close, or after */
			sock_shutdown(s, SHUT_WR);
			peer_acks(f, 2);
		}
		sock_close(s);
		skip_sent(f);
		peer_acks(f, 2);
		tcp_usage(f->net, &usage);
		assert_int_equal(usage.orphans, 1);
		fixture_run_ms(f->base, ms - 1);
		tcp_usage(f->net, &usage);
		assert_int_equal(usage.orphans, n / 2 ? 0 : 1);
		fixture_run_ms(f->base, 2);
		tcp_usage(f->net, &usage);
		assert_int_equal(usage.orphans + usage.tw, 0);
	}
}

static void half_closed_program_may_wait_for_ever(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	skip_sent(f);
	peer_acks(f, 2);
	fixture_run_ms(f->base, 3600 * 1000);
	assert_int_equal(tcp_of(s)->sk.state, TCP_FIN_WAIT2);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(closed_window_is_probed),
		T(opened_window_ends_the_probing),
		T(answered_probes_keep_the_connection),
		T(lack_of_memory_makes_no_long_pauses),
		T(unanswered_probes_end_it),
		T(user_timeout_ends_the_probing),
		T(answering_peer_does_not_keep_an_orphan),
		T(shrunk_window_does_not_time_out),
		T(shrunk_window_does_not_keep_an_orphan),
		T(shrunk_window_is_filled_again),
		T(keepalive_is_off_by_default),
		T(keepalive_probes_and_gives_up),
		T(user_timeout_bounds_keepalives),
		T(answered_keepalive_waits_the_idle_time_again),
		T(keepalive_only_when_idle),
		T(orphan_leaves_fin_wait_2_after_a_minute),
		T(the_program_says_for_how_long),
		T(half_closed_program_may_wait_for_ever),
		T(keepalives_timeout_begins_with_them),
		T(probe_of_all_the_text_is_pushed),
		T(probe_of_a_part_is_not_pushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
