/*
 * net/tcp/tcp_recovery.c's CWR: what ECE takes from cwnd goes in one round
 * trip, by net/tcp/tcp_prr.c (RFC 3168 section 6.1.2, RFC 9937).
 */
#include "test/host/tcp_script.h"

static u8 ca_state(struct socket *s)
{
	struct tcp_info info;
	u32 len = sizeof(info);

	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	return info.ca_state;
}

/* Twenty segments to send, ten in flight, a mark on the first of them. */
static struct socket *marked(struct tcp_fixture *f)
{
	struct socket *s;

	peer_is_wide(f);
	s = connect_ecn(f);
	say(s, 30 * MSS, 0);
	expect_full(f, 1, 10);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + MSS, NULL, 0);
	expect(f, TCP_ACK | TCP_CWR, 1 + 10 * MSS, 1, MSS);
	expect_nothing(f);
	return s;
}

/* Without SACK a duplicate stands for a segment until an ACK denies it. */
static void duplicates_and_crumbs_do_not_inflate_cwnd(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = marked(f);
	u32 ack = 1 + MSS;

	for (u32 i = 0; i < 40; i++) {
		peer_acks(f, ack++);
		skip_sent(f);
		peer_acks(f, ack);
		skip_sent(f);
		assert_int_equal(tcp_of(s)->ca_state, TCP_CA_CWR);
		assert_true(tcp_of(s)->cwnd <= 11 * MSS);
	}
	script_end(f, s);
}

/* Every second segment acknowledged lets a segment out: no burst, no pause (RFC
 * 9937). */
static void echo_halves_the_window_in_a_round_trip(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = marked(f);
	struct tcp_sock *tp = tcp_of(s);
	const bool sends[] = {[4] = true, [6] = true, [9] = true, [10] = true};
	u32 next = 1 + 11 * MSS;

	assert_int_equal(tp->ssthresh, 5 * MSS);
	for (u32 i = 2; i <= 10; i++) {
		assert_int_equal(ca_state(s), TCP_CA_CWR);
		peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + i * MSS, NULL, 0);
		if (sends[i]) {
			expect_full(f, next, 1);
			next += MSS;
		}
		expect_nothing(f);
	}
	assert_int_equal(tp->ssthresh, 5 * MSS);
	assert_int_equal(tcp_in_flight(tp), 5 * MSS);
	script_end(f, s);
}

/* What tells the peer must have arrived. */
static void reduction_ends_beyond_what_was_in_flight(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = marked(f);

	peer_acks(f, 1 + 10 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	peer_acks(f, 1 + 11 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_OPEN);
	assert_int_equal(tcp_of(s)->cwnd, 5 * MSS);
	script_end(f, s);
}

static void reduction_ends_when_all_is_acknowledged(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	s = connect_ecn(f);
	say(s, 10 * MSS, 0);
	expect_full(f, 1, 10);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + MSS, NULL, 0);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	peer_acks(f, 1 + 10 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_OPEN);
	assert_int_equal(tcp_of(s)->cwnd, 5 * MSS);
	script_end(f, s);
}

/* A new mark, in text that was sent after the first: from 5 down to 2. */
static void each_window_counts_a_mark(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = marked(f);
	struct tcp_sock *tp = tcp_of(s);

	peer_acks(f, 1 + 10 * MSS);
	skip_sent(f);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + 11 * MSS, NULL, 0);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	assert_int_equal(tp->ssthresh, 5 * MSS / 2);
	expect(f, TCP_ACK | TCP_CWR, 1 + 15 * MSS, 1, MSS);
	script_end(f, s);
}

/* With less in flight than ssthresh PRR lets two out for one in. */
static void a_small_flight_grows_to_ssthresh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	f->peer.mss = 1000;
	s = connect_ecn(f);
	tcp_of(s)->cong = &tcp_cubic;
	say(s, 4000, 0);
	skip_sent(f);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1001, NULL, 0);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	assert_int_equal(tcp_of(s)->ssthresh, 7000);
	assert_int_equal(tcp_of(s)->cwnd, 5000);
	script_end(f, s);
}

/* Of two segments nothing can be taken: but it does not grow, either. */
static void the_least_window_stays(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	s = connect_ecn(f);
	tcp_of(s)->cwnd = MSS;
	say(s, 3 * MSS, 0);
	expect_full(f, 1, 1);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + MSS, NULL, 0);
	assert_int_equal(ca_state(s), TCP_CA_OPEN);
	assert_int_equal(tcp_of(s)->cwnd, MSS);
	expect(f, TCP_ACK | TCP_CWR, 1 + MSS, 1, MSS);
	script_end(f, s);
}

/* Duplicates, without SACK and with it. */
static void third_duplicate(struct tcp_fixture *f, bool sack)
{
	for (u32 i = 0; i < 3; i++) {
		if (sack)
			peer_sacks(f, 1 + MSS, 1 + 2 * MSS, 1 + (3 + i) * MSS);
		else
			peer_acks(f, 1 + MSS);
	}
}

/* A loss in the window for which ECE has been heeded. */
static void loss_beside_a_mark_counts_once(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 sack = 0; sack < 2; sack++) {
		struct socket *s;
		struct tcp_sock *tp;

		peer_become(f, (u16)(41000 + sack));
		f->peer.sack = sack;
		s = marked(f);
		tp = tcp_of(s);
		fixture_run_ms(f->base, 1); /* less would not be late */
		third_duplicate(f, sack);
		assert_int_equal(tp->ca_state, TCP_CA_RECOVERY);
		assert_int_equal(tp->ssthresh, 5 * MSS);
		do
			assert_true(peer_receive(f));
		while (f->seen.seq_rel != 1 + MSS);
		assert_int_equal(f->seen.tos, 0);
		check_scoreboard(tp);
		peer_acks(f, tp->snd_nxt - f->peer.guest_iss);
		assert_int_equal(ca_state(s), TCP_CA_OPEN);
		assert_int_equal(tp->cwnd, 5 * MSS);
		script_end(f, s);
	}
}

/* Nor does a time-out lower ssthresh again. */
static void timeout_beside_a_mark_counts_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = marked(f);
	struct tcp_sock *tp = tcp_of(s);

	fixture_run_ms(f->base, 1100);
	assert_int_equal(ca_state(s), TCP_CA_LOSS);
	assert_int_equal(tp->cwnd, MSS);
	assert_int_equal(tp->ssthresh, 5 * MSS);
	script_end(f, s);
}

/* What was late and no loss leaves the reduction as it is. */
static void reordering_does_not_end_the_reduction(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 sack = 0; sack < 2; sack++) {
		struct socket *s;
		struct tcp_sock *tp;

		peer_become(f, (u16)(41000 + sack));
		f->peer.sack = sack;
		s = marked(f);
		tp = tcp_of(s);
		if (sack)
			peer_sacks(f, 1 + MSS, 1 + 2 * MSS, 1 + 3 * MSS);
		else
			peer_acks(f, 1 + MSS);
		assert_int_equal(tp->sacked_bytes, MSS);
		peer_acks(f, 1 + 3 * MSS);
		assert_int_equal(ca_state(s), TCP_CA_CWR);
		assert_int_equal(tp->sacked_bytes, 0);
		check_scoreboard(tp);
		assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
		script_end(f, s);
	}
}

/* Without SACK: the duplicates of two segments that were late are no loss. */
static void duplicates_of_two_holes_do_not_add_up(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = marked(f);

	peer_acks(f, 1 + MSS);
	peer_acks(f, 1 + MSS);
	peer_acks(f, 1 + 4 * MSS);
	peer_acks(f, 1 + 4 * MSS);
	peer_acks(f, 1 + 4 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	script_end(f, s);
}

/* RACK's timer: one SACK, and silence. */
static void a_late_segment_is_lost_in_time(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.sack = true;
	s = marked(f);
	tcp_of(s)->loss.reord_seen = 1; /* it is waited for */
	tcp_of(s)->min_rtt_us = 20000;
	tcp_of(s)->srtt_us8 = 8 * 20000;
	peer_sacks(f, 1 + MSS, 1 + 2 * MSS, 1 + 3 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	fixture_run_ms(f->base, 50);
	assert_int_equal(ca_state(s), TCP_CA_RECOVERY);
	assert_int_equal(tcp_of(s)->ssthresh, 5 * MSS);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 1);
	script_end(f, s);
}

/* A loss that was none has not heeded the marks of its window. */
static void a_mark_counts_after_an_undo(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	f->peer.sack = true;
	s = connect_ecn(f);
	say(s, 10 * MSS, 0);
	expect_full(f, 1, 10);
	fixture_run_ms(f->base, 1);
	peer_sacks(f, 1, 1 + MSS, 1 + 4 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_RECOVERY);
	peer_sacks(f, 1 + 4 * MSS, 1, 1 + MSS);
	assert_int_equal(mib_rise(f, TCPEXT_TCPDSACKUndo), 1);
	assert_true(tcp_of(s)->cwnd >= 10 * MSS);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + 5 * MSS, NULL, 0);
	assert_int_equal(ca_state(s), TCP_CA_CWR);
	script_end(f, s);
}

/* A new flight's loss is seen, though SND.UNA is where the last one ended. */
static void duplicates_count_after_the_reduction(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	s = connect_ecn(f);
	say(s, 10 * MSS, 0);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + MSS, NULL, 0);
	peer_acks(f, 1 + 10 * MSS);
	say(s, 4 * MSS, 0);
	skip_sent(f);
	for (u32 i = 0; i < 3; i++)
		peer_acks(f, 1 + 10 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_RECOVERY);
	expect(f, TCP_ACK, 1 + 10 * MSS, 1, MSS);
	script_end(f, s);
}

/* Ten segments of which the first was marked, and the last is probed. */
static struct socket *probed(struct tcp_fixture *f)
{
	struct socket *s;

	peer_is_wide(f);
	f->peer.sack = true;
	s = connect_ecn(f);
	say(s, 10 * MSS, 0);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + MSS, NULL, 0);
	skip_sent(f);
	assert_true(wait_sent(f, 5000) < TCP_RTO_MIN_MS);
	assert_int_equal(f->seen.seq_rel, 1 + 9 * MSS);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 1);
	return s;
}

static void a_lost_tail_is_probed_in_a_reduction(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = probed(f);

	fixture_run_ms(f->base, 5);
	peer_sacks(f, 1 + 2 * MSS, 1 + 9 * MSS, 1 + 10 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_RECOVERY);
	assert_int_equal(tcp_of(s)->ssthresh, 5 * MSS);
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeouts), 0);
	check_scoreboard(tcp_of(s));
	script_end(f, s);
}

/* The loss that a probe has repaired is of the window that was marked. */
static void a_probe_beside_a_mark_counts_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = probed(f);

	peer_acks(f, 1 + 10 * MSS);
	assert_int_equal(ca_state(s), TCP_CA_OPEN);
	say(s, MSS, 0);
	peer_acks(f, 1 + 11 * MSS);
	assert_false(tcp_of(s)->loss.tlp_out);
	assert_int_equal(tcp_of(s)->ssthresh, 5 * MSS);
	script_end(f, s);
}

/* Nor does the mark count that comes with what the probe has repaired. */
static void a_mark_beside_a_probe_counts_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	f->peer.sack = true;
	s = connect_ecn(f);
	say(s, 10 * MSS, 0);
	skip_sent(f);
	assert_true(wait_sent(f, 5000) < TCP_RTO_MIN_MS);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + 10 * MSS, NULL, 0);
	assert_int_equal(tcp_of(s)->ssthresh, 5 * MSS);
	say(s, MSS, 0);
	peer_acks(f, 1 + 11 * MSS);
	assert_false(tcp_of(s)->loss.tlp_out);
	assert_int_equal(tcp_of(s)->ssthresh, 5 * MSS);
	script_end(f, s);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, tcp_fixture_setup,                  \
					tcp_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(duplicates_and_crumbs_do_not_inflate_cwnd),
		T(echo_halves_the_window_in_a_round_trip),
		T(reduction_ends_beyond_what_was_in_flight),
		T(reduction_ends_when_all_is_acknowledged),
		T(each_window_counts_a_mark),
		T(a_small_flight_grows_to_ssthresh),
		T(the_least_window_stays),
		T(loss_beside_a_mark_counts_once),
		T(timeout_beside_a_mark_counts_once),
		T(reordering_does_not_end_the_reduction),
		T(duplicates_of_two_holes_do_not_add_up),
		T(a_late_segment_is_lost_in_time),
		T(a_mark_counts_after_an_undo),
		T(duplicates_count_after_the_reduction),
		T(a_lost_tail_is_probed_in_a_reduction),
		T(a_probe_beside_a_mark_counts_once),
		T(a_mark_beside_a_probe_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
