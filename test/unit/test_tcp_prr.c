/*
 * Recovery with SACK in golden traces: net/tcp/tcp_prr.c (RFC 6937) with
 * tcp_rack.c and tcp_sack.c beneath. The numbers are those that Linux shows
 * with CUBIC: ssthresh is 0.7 * cwnd, segments carry 1000 bytes.
 */
#include "test/host/tcp_script.h"

#include <string.h>

#define K      1000u
#define SEG(n) (1 + ((n)-1) * K) /* its first byte */

static void grow(struct tcp_sock *tp, u32 acked)
{
	if (tp->cwnd < tp->ssthresh)
		(void)tcp_slow_start(tp, acked);
}

static u32 seven_tenths(struct tcp_sock *tp, u32 flight)
{
	return MAX(tp->cwnd / K * 7 / 10, 2u) * K;
}

static const struct tcp_congestion_ops cubic_like = {
	.name = "cubic_like",
	.cong_avoid = grow,
	.ssthresh = seven_tenths,
};

static struct socket *flight(struct tcp_fixture *f, u32 rtt_ms, u32 segs)
{
	struct socket *s;

	f->peer.mss = K;
	s = connect_sacking(f, rtt_ms);
	tcp_of(s)->cong = &cubic_like;
	say(s, segs * K, 0);
	for (u32 i = 1; i <= MIN(segs, 10u); i++)
		expect_text(f, SEG(i), K);
	expect_nothing(f);
	return s;
}

/* `ms` later an ACK with one block; it brings out `want`, 0: nothing. */
static void sack(struct tcp_fixture *f, u32 ms, u32 ack, u32 start, u32 end)
{
	fixture_run_ms(f->base, ms);
	peer_sacks(f, SEG(ack), SEG(start), SEG(end));
}

static void brings(struct tcp_fixture *f, u32 segment)
{
	expect_text(f, SEG(segment), K);
	expect_nothing(f);
}

static void check_state(struct socket *s, u32 state, u32 cwnd, u32 ssthresh)
{
	struct tcp_sock *tp = tcp_of(s);

	check_scoreboard(tp);
	assert_int_equal(tp->ca_state, state);
	assert_int_equal(tp->cwnd, cwnd * K);
	assert_int_equal(tp->ssthresh, ssthresh * K);
}

/* In flight as much as ssthresh: one out for each in. */
static void loss_of_1_of_10(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 100, 10);

	sack(f, 110, 1, 2, 3);
	sack(f, 10, 1, 2, 4);
	expect_nothing(f);
	sack(f, 10, 1, 2, 5);
	brings(f, 1);
	check_state(s, TCP_CA_RECOVERY, 7, 7);
	say(s, 7 * K, 0);
	expect_nothing(f);
	for (u32 i = 6; i <= 11; i++) {
		sack(f, 10, 1, 2, i);
		brings(f, i + 5);
	}
	fixture_run_ms(f->base, 20);
	peer_acks(f, SEG(11));
	brings(f, 17);
	check_state(s, TCP_CA_OPEN, 7, 7);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSackRecovery), 1);
	script_end(f, s);
}

static void loss_of_1_to_4_of_10(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 10);

	sack(f, 10, 1, 5, 6);
	sack(f, 2, 1, 5, 7);
	expect_nothing(f);
	for (u32 i = 1; i <= 4; i++) {
		sack(f, 0, 1, 5, 7 + i);
		brings(f, i);
	}
	fixture_run_ms(f->base, 10);
	for (u32 i = 2; i <= 4; i++)
		peer_sacks(f, SEG(i), SEG(5), SEG(11));
	peer_acks(f, SEG(11));
	check_state(s, TCP_CA_OPEN, 7, 7);
	say(s, 10 * K, 0);
	for (u32 i = 11; i <= 17; i++)
		expect_text(f, SEG(i), K);
	expect_nothing(f);
	script_end(f, s);
}

/* Retransmissions among the losses: CRB, then SSRB, then conservation. */
static void loss_of_1_to_4_and_of_a_retransmission(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 20);

	sack(f, 10, 1, 5, 6);
	brings(f, 11); /* limited transmit */
	sack(f, 2, 1, 5, 7);
	brings(f, 12);
	for (u32 i = 1; i <= 4; i++) {
		sack(f, 2, 1, 5, 7 + i);
		brings(f, i);
	}
	sack(f, 2, 1, 5, 12);
	brings(f, 13);
	sack(f, 2, 1, 5, 13);
	brings(f, 14);
	sack(f, 10, 2, 5, 13);
	expect_text(f, SEG(15), K);
	brings(f, 16);
	sack(f, 2, 2, 3, 13); /* 2 was lost again: 3 and 4 came later */
	expect_text(f, SEG(2), K);
	brings(f, 17);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLostRetransmit), 1);
	sack(f, 2, 2, 3, 14);
	brings(f, 18);
	sack(f, 2, 2, 3, 15);
	brings(f, 19);
	check_scoreboard(tcp_of(s));
	script_end(f, s);
}

/* The blocks of an ACK that was overtaken count. */
static void ack_below_snd_una_still_sacks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 10);

	sack(f, 10, 1, 2, 3);
	sack(f, 0, 1, 2, 4);
	peer_sacks(f, SEG(1), SEG(2), SEG(4), SEG(9), SEG(10));
	brings(f, 1);
	sack(f, 12, 5, 9, 10);
	for (u32 i = 5; i <= 6; i++)
		expect_text(f, SEG(i), K);
	brings(f, 7);
	say(s, 10 * K, 0);
	expect_nothing(f);
	sack(f, 2, 4, 6, 8);
	expect_text(f, SEG(8), K);
	brings(f, 11);
	check_scoreboard(tcp_of(s));
	script_end(f, s);
}

static void four_segments_and_three_sacks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 100, 4);

	sack(f, 100, 1, 2, 3);
	sack(f, 0, 1, 2, 4);
	expect_nothing(f);
	sack(f, 0, 1, 2, 5);
	brings(f, 1);
	fixture_run_ms(f->base, 100);
	peer_acks(f, SEG(5));
	check_state(s, TCP_CA_OPEN, 7, 7);
	script_end(f, s);
}

static void disorder_does_not_touch_cwnd(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 100, 4);

	sack(f, 100, 1, 2, 3);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_DISORDER);
	assert_int_equal(tcp_of(s)->cwnd, 10 * K);
	script_end(f, s);
}

/* RFC 3042; what came late was reordering, and was counted once. */
static void limited_transmit(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 100, 15);

	sack(f, 110, 1, 2, 3);
	brings(f, 11);
	sack(f, 10, 1, 2, 4);
	brings(f, 12);
	fixture_run_ms(f->base, 10);
	peer_acks(f, SEG(4));
	expect_text(f, SEG(13), K);
	brings(f, 14);
	assert_int_equal(tcp_of(s)->cwnd, 11 * K);
	fixture_run_ms(f->base, 20);
	peer_acks(f, SEG(6));
	brings(f, 15);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	script_end(f, s);
}

/* RFC 6937: over ssthresh the reduction is spread over the round trip. */
static void reduction_is_spread_over_the_flight(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 20, 40);
	struct tcp_sock *tp = tcp_of(s);
	u32 sent = 0;

	tp->cwnd = 20 * K;
	peer_acks(f, 1 + 0);
	tcp_push(tp);
	skip_sent(f);
	fixture_run_ms(f->base, 20);
	for (u32 i = 3; i <= 21; i++) {
		u32 now;

		peer_sacks(f, 1, SEG(2), SEG(i));
		now = skip_sent(f);
		assert_true(now <= 1);
		sent += now;
	}
	assert_in_range(sent, 13, 17); /* 2 limited, then 0.7 of 17 */
	assert_true(tcp_in_flight(tp) <= 14 * K);
	assert_int_equal(tp->ssthresh, 14 * K);
	script_end(f, s);
}

/*
 * A flight of ten and a window of three: it is the flight that comes down to
 * ssthresh, not each segment of it that lets two thirds of one out.
 */
static void flight_larger_than_cwnd(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 20);

	tcp_of(s)->cwnd = 3 * K;
	sack(f, 10, 1, 2, 3);
	sack(f, 2, 1, 2, 4);
	sack(f, 2, 1, 2, 5);
	brings(f, 1);
	assert_int_equal(tcp_of(s)->ssthresh, 2 * K);
	for (u32 i = 6; i <= 8; i++) {
		sack(f, 0, 1, 2, i);
		expect_nothing(f);
	}
	script_end(f, s);
}

/* An echo in no time at all: what is sent now is not late now. */
static void without_a_round_trip_nothing_is_late(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 0, 10);

	sack(f, 1, 1, 3, 11);
	expect_text(f, SEG(1), K);
	brings(f, 2);
	tcp_of(s)->min_rtt_us = 0;
	sack(f, 0, 1, 2, 11);
	expect_nothing(f);
	script_end(f, s);
}

/* Recovery began with more than cwnd: that is no window to keep. */
static void undo_returns_what_was(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 10);

	tcp_of(s)->cwnd = 3 * K;
	sack(f, 10, 1, 2, 5);
	brings(f, 1);
	assert_in_range(tcp_of(s)->cwnd, 4 * K, 10 * K);
	sack(f, 10, 11, 1, 2);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	assert_int_equal(tcp_of(s)->cwnd, 3 * K);
	script_end(f, s);
}

static void cwnd_is_never_below_one_segment(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 20, 10);
	struct tcp_sock *tp = tcp_of(s);

	tp->cong = &cubic_like;
	for (u32 i = 0; i < 6; i++) {
		fixture_run_ms(f->base, 3000);
		skip_sent(f);
		assert_true(tp->cwnd >= tp->mss);
	}
	peer_sacks(f, 1, SEG(3), SEG(4), SEG(6), SEG(7));
	skip_sent(f);
	assert_true(tp->cwnd >= tp->mss);
	check_scoreboard(tp);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(loss_of_1_of_10),
		T(loss_of_1_to_4_of_10),
		T(loss_of_1_to_4_and_of_a_retransmission),
		T(ack_below_snd_una_still_sacks),
		T(four_segments_and_three_sacks),
		T(disorder_does_not_touch_cwnd),
		T(limited_transmit),
		T(reduction_is_spread_over_the_flight),
		T(flight_larger_than_cwnd),
		T(without_a_round_trip_nothing_is_late),
		T(undo_returns_what_was),
		T(cwnd_is_never_below_one_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
