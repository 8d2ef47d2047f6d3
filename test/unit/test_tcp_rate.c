/* net/tcp/tcp_rate.c: TCP_INFO's delivery rate, by the virtual clock. */
#include "test/host/tcp_script.h"

#define SEG(n) (1 + ((n)-1) * MSS) /* its first byte */

/* The same number of segments in so many ms, in bytes a second. */
static u64 rate(u32 segs, u32 ms)
{
	return (u64)segs * MSS * 1000 / ms;
}

static void check_rate(struct socket *s, u64 bytes, bool app_limited)
{
	struct tcp_info info;
	u32 len = sizeof(info);

	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(info.delivery_rate, bytes);
	assert_int_equal(info.flags, app_limited ? TCPI_FLAG_APP_LIMITED : 0);
}

static struct socket *connect_unrated(struct tcp_fixture *f)
{
	struct socket *s;

	peer_is_wide(f);
	s = connect_after(f, 100);
	check_rate(s, 0, false);
	return s;
}

/* `ms` later the peer acknowledges all before segment n. */
static void acks(struct tcp_fixture *f, u32 ms, u32 n)
{
	fixture_run_ms(f->base, ms);
	skip_sent(f);
	peer_acks(f, SEG(n));
	skip_sent(f);
}

/* The program had nothing before, so that it is no measure of the path. */
static void first_flight_in_a_round_trip(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 10 * MSS, 0);
	acks(f, 100, 11);
	check_rate(s, rate(10, 100), true);
	script_end(f, s);
}

/* One for one by ACKs 10 ms apart: from segment 1's to segment 11's. */
static void full_window_measures_the_path(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 60 * MSS, 0);
	acks(f, 100, 2);
	check_rate(s, rate(1, 100), true);
	for (u32 i = 3; i <= 11; i++) {
		acks(f, 10, i);
		check_rate(s, rate(1, 100), true);
	}
	acks(f, 10, 12);
	check_rate(s, rate(10, 100), false);
	script_end(f, s);
}

/* Twice as fast as they were sent: that was in the way of the ACKs. */
static void bunched_acks_are_no_faster_than_sending(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	for (u32 i = 0; i < 10; i++) {
		say(s, MSS, 0);
		fixture_run_ms(f->base, 10);
	}
	acks(f, 0, 2);
	check_rate(s, rate(1, 100), true);
	say(s, MSS, 0);
	acks(f, 50, 12);
	check_rate(s, rate(10, 100), true);
	script_end(f, s);
}

/* What is acknowledged so soon was there before it was sent again. */
static void less_than_the_shortest_round_trip_is_no_sample(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 5 * MSS, 0);
	acks(f, 10, 1);
	peer_acks(f, 1);
	peer_acks(f, 1);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 1);
	acks(f, 10, 6);
	check_rate(s, 0, false);
	script_end(f, s);
}

static void little_does_not_lower_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 10 * MSS, 0);
	acks(f, 100, 11);
	for (u32 i = 11; i < 15; i++) {
		say(s, MSS, 0);
		acks(f, 100, i + 1);
		check_rate(s, rate(10, 100), true);
	}
	say(s, 9 * MSS, 0);
	acks(f, 120, 24);
	check_rate(s, rate(10, 100), true);
	script_end(f, s);
}

static void more_or_sooner_raises_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 10 * MSS, 0);
	acks(f, 100, 11);
	say(s, 12 * MSS, 0);
	acks(f, 100, 23);
	check_rate(s, rate(12, 100), true);
	for (u32 i = 23; i < 39; i += 8) { /* first the way must be known */
		say(s, 8 * MSS, 0);
		acks(f, 50, i + 8);
	}
	check_rate(s, rate(8, 50), true);
	script_end(f, s);
}

/* A path that has become slower: a full window's sample counts. */
static void full_window_lowers_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 10 * MSS, 0);
	acks(f, 100, 11);
	tcp_of(s)->cwnd = tcp_of(s)->ssthresh = 10 * MSS;
	say(s, 30 * MSS, 0);
	acks(f, 200, 21);
	check_rate(s, rate(10, 100), true); /* it began with silence */
	acks(f, 200, 31);
	check_rate(s, rate(10, 200), false);
	script_end(f, s);
}

/* In a flight of which the beginning was not worth it: the next one. */
static void timing_begins_amid_a_flight(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 10 * MSS, 0);
	acks(f, 100, 11);
	tcp_of(s)->cwnd = tcp_of(s)->ssthresh = 20 * MSS;
	say(s, MSS, 0);
	fixture_run_ms(f->base, 50);
	say(s, 60 * MSS, 0);
	acks(f, 50, 12); /* segment 11, of which nothing was noted */
	acks(f, 50, 31); /* 12 is timed, and only begins */
	check_rate(s, rate(10, 100), true);
	acks(f, 100, 52);
	check_rate(s, rate(21, 100), false);
	script_end(f, s);
}

/* The queue runs dry while segments are in flight. */
static void a_bubble_is_the_programs(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unrated(f);

	say(s, 10 * MSS, 0);
	acks(f, 100, 2);
	say(s, MSS, 0);
	acks(f, 100, 12);
	check_rate(s, rate(10, 100), true);
	script_end(f, s);
}

/* What was SACKed meanwhile belongs to it, once. */
static void sacked_bytes_are_delivered(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.sack = true;
	s = connect_unrated(f);
	say(s, 10 * MSS, 0);
	fixture_run_ms(f->base, 100);
	skip_sent(f);
	peer_sacks(f, 1, SEG(2), SEG(11));
	expect_full(f, 1, 1);
	acks(f, 100, 11);
	check_rate(s, rate(10, 200), true);
	script_end(f, s);
}

/*
 * All but a late one was SACKed before: that one left before the sample began,
 * but the timed one has arrived, too.
 */
static void a_late_segment_does_not_turn_time_back(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.sack = true;
	s = connect_unrated(f);
	tcp_of(s)->loss.reord_seen = 1; /* it is waited for */
	tcp_of(s)->loss.rack.reo_steps = UINT8_MAX;
	for (u32 i = 0; i < 3; i++) { /* 1, 2 and 3, 4 and 5 */
		say(s, (i ? 2 : 1) * MSS, 0);
		fixture_run_ms(f->base, 10);
	}
	fixture_run_ms(f->base, 70);
	skip_sent(f);
	peer_sacks(f, SEG(2), SEG(4), SEG(5));
	check_rate(s, rate(2, 100), true);
	say(s, 2 * MSS, 0);
	fixture_run_ms(f->base, 79);
	peer_sacks(f, SEG(2), SEG(3), SEG(8));
	acks(f, 1, 8);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	check_rate(s, rate(5, 80), true);
	script_end(f, s);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, tcp_fixture_setup,                  \
					tcp_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_flight_in_a_round_trip),
		T(full_window_measures_the_path),
		T(bunched_acks_are_no_faster_than_sending),
		T(less_than_the_shortest_round_trip_is_no_sample),
		T(little_does_not_lower_it),
		T(more_or_sooner_raises_it),
		T(full_window_lowers_it),
		T(timing_begins_amid_a_flight),
		T(a_bubble_is_the_programs),
		T(sacked_bytes_are_delivered),
		T(a_late_segment_does_not_turn_time_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
