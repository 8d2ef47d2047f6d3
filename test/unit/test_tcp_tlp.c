/*
 * net/tcp/tcp_tlp.c: a lost tail is probed for two round trips after it went
 * (RFC 8985 section 7, conformance row 131).
 */
#include "test/host/tcp_script.h"

#include <string.h>

#define SEG(n) (1 + ((n)-1) * MSS) /* its first byte */
#define RTT    100

static struct socket *flight(struct tcp_fixture *f, u32 bytes, u32 flags)
{
	struct socket *s = connect_sacking(f, RTT);

	say(s, bytes, flags);
	skip_sent(f);
	return s;
}

/* When and what is sent next: `after` to `after` + 4 ms. */
static void expect_at_ms(struct tcp_fixture *f, u32 after, u32 seq, u32 len)
{
	assert_in_range(wait_sent(f, 5000), after, after + 4);
	assert_int_equal(f->seen.seq_rel, seq);
	assert_int_equal(f->seen.len, len);
}

static void last_segment_goes_again_after_two_round_trips(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 4 * MSS, MSG_STATIC);

	expect_at_ms(f, 2 * RTT, SEG(4), MSS);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 1);
	assert_int_equal(tcp_of(s)->cwnd, 10 * MSS);
	expect_at_ms(f, RTT + 200, SEG(1), MSS); /* the time-out */
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 0);
	script_end(f, s);
}

/* Its SACK shows what is lost: no time-out. */
static void probes_sack_starts_recovery(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 4 * MSS, 0);

	expect_at_ms(f, 2 * RTT, SEG(4), MSS);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, 1, SEG(4), SEG(5));
	expect_full(f, SEG(1), 1);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, SEG(2), SEG(4), SEG(5));
	expect_full(f, SEG(2), 2);
	fixture_run_ms(f->base, RTT);
	peer_acks(f, SEG(5));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeouts), 0);
	check_scoreboard(tcp_of(s));
	script_end(f, s);
}

static void new_data_is_the_better_probe(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 12 * MSS, 0); /* cwnd is 10 */

	expect_at_ms(f, 2 * RTT, SEG(11), MSS);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	peer_acks(f, SEG(12));
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbeRecovery), 0);
	assert_int_equal(tcp_of(s)->loss.tlp_out, false);
	script_end(f, s);
}

/* A delayed ACK may take 200 ms: the probe comes in the time-out's place. */
static void one_segment_waits_for_its_delayed_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 100, 0);

	expect_at_ms(f, RTT + 200, 1, 100);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 1);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	expect_at_ms(f, RTT + 200, 1, 100);
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeouts), 1);
	expect_at_ms(f, 2 * (RTT + 200), 1, 100);
	script_end(f, s);
}

static void a_fin_is_probed_too(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 0, 0);

	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	skip_sent(f);
	expect_at_ms(f, RTT + 200, 1, 0);
	assert_int_equal(f->seen.flags, TCP_FIN | TCP_ACK);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 1);
	script_end(f, s);
}

/* ACKs that come put the probe off. */
static void probe_is_counted_from_the_last_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 6 * MSS, 0);

	fixture_run_ms(f->base, 150);
	peer_acks(f, SEG(2));
	fixture_run_ms(f->base, 150);
	peer_acks(f, SEG(3));
	expect_at_ms(f, 2 * (tcp_of(s)->srtt_us8 / 8000), SEG(6), MSS);
	script_end(f, s);
}

/* 7.4.2: the probe repaired a loss, which nothing else shows. */
static void repaired_loss_lowers_cwnd(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10 * MSS, 0);
	struct tcp_sock *tp = tcp_of(s);

	fixture_run_ms(f->base, RTT);
	peer_acks(f, SEG(10));
	assert_int_equal(tp->cwnd, 19 * MSS);
	skip_sent(f);
	fixture_run_ms(f->base, 500);
	assert_true(tp->loss.tlp_out);
	skip_sent(f);
	peer_acks(f, SEG(11));
	assert_true(tp->loss.tlp_out); /* not known yet */
	say(s, MSS, 0);
	skip_sent(f);
	peer_acks(f, SEG(12));
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbeRecovery), 1);
	assert_true(tp->cwnd < 19 * MSS);
	assert_int_equal(tp->ca_state, TCP_CA_OPEN);
	script_end(f, s);
}

/* All that was in flight has come with the ACK that shows it. */
static void repaired_loss_halves_what_was_in_flight(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10 * MSS, 0);
	struct tcp_sock *tp = tcp_of(s);

	expect_at_ms(f, 2 * RTT, SEG(10), MSS);
	say(s, 8 * MSS, 0);
	peer_acks(f, SEG(11));
	expect_full(f, SEG(11), 8);
	peer_acks(f, SEG(19));
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbeRecovery), 1);
	assert_int_equal(tp->ssthresh, 4 * MSS);
	script_end(f, s);
}

static void needless_probe_costs_nothing(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 dsack = 0; dsack < 2; dsack++) {
		struct socket *s;
		struct tcp_sock *tp;

		peer_become(f, (u16)(41000 + dsack));
		s = flight(f, 3 * MSS, 0);
		tp = tcp_of(s);
		expect_at_ms(f, 2 * RTT, SEG(3), MSS);
		peer_acks(f, SEG(4));
		if (dsack)
			peer_sacks(f, SEG(4), SEG(3), SEG(4));
		else
			peer_acks(f, SEG(4)); /* a duplicate */
		assert_false(tp->loss.tlp_out);
		assert_int_equal(tp->loss.rack.reo_steps, 1);
		say(s, MSS, 0);
		skip_sent(f);
		peer_acks(f, SEG(5));
		assert_true(tp->cwnd >= 10 * MSS);
		assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbeRecovery), 0);
		script_end(f, s);
	}
}

static void without_sack_there_is_no_probe(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_is_wide(f);
	s = connect_after(f, RTT);
	say(s, 4 * MSS, 0);
	skip_sent(f);
	expect_at_ms(f, RTT + 200, SEG(1), MSS);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 0);
	script_end(f, s);
}

/* A small burst does not probe for the one before it, acknowledged. */
static void old_burst_leaves_no_early_probe(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 5 * MSS, 0);

	fixture_run_ms(f->base, 150);
	peer_acks(f, SEG(6));
	say(s, 100, 0);
	skip_sent(f);
	fixture_run_ms(f->base, 200);
	expect_nothing(f);
	script_end(f, s);
}

/* The peer of a script fills its lost tail with one SACK. */
static void last_byte_alone_is_no_segment(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 4 * MSS, 0);

	fixture_run_ms(f->base, RTT);
	peer_sacks(f, 1, SEG(5) - 1, SEG(5));
	expect_nothing(f);
	expect_at_ms(f, RTT, SEG(4), MSS);
	expect_at_ms(f, RTT + 200, SEG(1), MSS);
	fixture_run_ms(f->base, 500);
	peer_sacks(f, SEG(2), SEG(5) - 1, SEG(5));
	expect_full(f, SEG(2), 2);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, SEG(4), SEG(5) - 1, SEG(5));
	expect_full(f, SEG(4), 1);
	peer_acks(f, SEG(5));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	script_end(f, s);
}

/* 7.2: before any sample the probe waits for a second (a cookie's ACK). */
static void without_a_sample_the_probe_waits_a_second(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_sacking(f, RTT);

	tcp_rtt_init(tcp_of(s));
	say(s, 4 * MSS, 0);
	skip_sent(f);
	expect_at_ms(f, 1000, SEG(4), MSS);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(last_segment_goes_again_after_two_round_trips),
		T(probes_sack_starts_recovery),
		T(new_data_is_the_better_probe),
		T(one_segment_waits_for_its_delayed_ack),
		T(a_fin_is_probed_too),
		T(probe_is_counted_from_the_last_ack),
		T(repaired_loss_lowers_cwnd),
		T(repaired_loss_halves_what_was_in_flight),
		T(needless_probe_costs_nothing),
		T(without_sack_there_is_no_probe),
		T(old_burst_leaves_no_early_probe),
		T(last_byte_alone_is_no_segment),
		T(without_a_sample_the_probe_waits_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
