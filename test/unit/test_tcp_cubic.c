/*
 * net/tcp/tcp_cubic.c and tcp_hystart.c against RFC 9438 in doubles and
 * against what Linux does in the same script.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

static struct tcp_sock *setup_flow(u32 rtt_us)
{
	static struct tcp_table table;
	static struct tcp_sock tp;
	static struct net net;

	memset(&tp, 0, sizeof(tp));
	memset(&net, 0, sizeof(net));
	sim_init();
	sim_run_ms(1000);
	tp.sk.net = &net;
	tp.table = &table;
	tp.cong = &tcp_cubic;
	tcp_rtt_init(&tp);
	skb_queue_head_init(&tp.rtx_queue);
	tp.mss = MSS;
	tp.snd_una = tp.snd_nxt = tp.write_seq = 1000;
	tcp_cong_init(&tp);
	tcp_rtt_sample(&tp, rtt_us);
	return &tp;
}

static int setup(void **state)
{
	*state = setup_flow(100000);
	return 0;
}

static int teardown(void **state)
{
	sim_exit();
	return 0;
}

/* ---- the reference: section 4, segments and seconds ---- */

struct reference {
	double cwnd, w_max, k, origin, w_est, prior, start, rtt;
};

static double root3(double a)
{
	double x = a > 1 ? a : 1;

	for (int i = 0; i < 200; i++)
		x = (2 * x + a / (x * x)) / 3;
	return a > 0 ? x : 0;
}

static double now_s(void)
{
	return (double)machine_now_ns() / 1e9;
}

/* An event: section 4.6 and 4.7; avoidance begins at once. */
static void reference_event(struct reference *r)
{
	r->prior = r->cwnd;
	r->w_max = r->cwnd < r->w_max ? r->cwnd * (1 + 0.7) / 2 : r->cwnd;
	r->cwnd *= 0.7;
	r->origin = r->w_max > r->cwnd ? r->w_max : r->cwnd;
	r->k = root3((r->origin - r->cwnd) / 0.4);
	r->w_est = r->cwnd;
	r->start = now_s();
}

static double reference_w(const struct reference *r, double t)
{
	double d = t - r->k;

	return 0.4 * d * d * d + r->origin;
}

static void reference_ack(struct reference *r, double segs)
{
	double t = now_s() - r->start, target = reference_w(r, t + r->rtt);
	double alpha = r->w_est < r->prior ? 3 * (1 - 0.7) / (1 + 0.7) : 1;

	r->w_est += alpha * segs / r->cwnd;
	if (reference_w(r, t) < r->w_est) {
		r->cwnd = r->w_est > r->cwnd ? r->w_est : r->cwnd;
		return;
	}
	if (target > 1.5 * r->cwnd)
		target = 1.5 * r->cwnd;
	if (target > r->cwnd)
		r->cwnd += (target - r->cwnd) / r->cwnd * segs;
}

/* ---- the two side by side ---- */

static void lose(struct tcp_sock *tp)
{
	tcp_cong_event(tp, TCP_SIGN_LOSS, 0);
	tp->cwnd = tp->ssthresh;
}

static double segs(const struct tcp_sock *tp)
{
	return (double)tp->cwnd / tp->mss;
}

/* An ACK for every second segment, evenly over each round trip. */
static void run(struct tcp_sock *tp, struct reference *r, double seconds)
{
	double end = now_s() + seconds;

	while (now_s() < end) {
		sim_advance_ns((u64)(r->rtt * 1e9 / (segs(tp) / 2)));
		tp->cwnd_limited = true;
		tp->cong->cong_avoid(tp, 2 * MSS);
		reference_ack(r, 2);
		if (segs(tp) < r->cwnd * 1.03 + 2 &&
		    segs(tp) > r->cwnd * 0.97 - 2)
			continue;
		fail_msg("%f instead of %f at %f s", segs(tp), r->cwnd,
			 now_s() - r->start);
	}
}

struct course {
	u32 segs, rtt_ms;
	double seconds; /* between events */
};

static void follows_the_reference(void **state)
{
	static const struct course courses[] = {
		{20, 10, 3},	 {100, 10, 5},	  {100, 100, 12}, {500, 50, 20},
		{2000, 100, 25}, {8000, 200, 40}, {1000, 1, 4},
	};

	for (u32 i = 0; i < ARRAY_SIZE(courses); i++) {
		const struct course *c = &courses[i];
		struct reference r = {
			.cwnd = c->segs,
			.rtt = c->rtt_ms / 1e3,
		};
		struct tcp_sock *tp;

		sim_exit();
		tp = setup_flow(c->rtt_ms * 1000);
		tp->cwnd = c->segs * MSS;
		for (int event = 0; event < 4; event++) {
			lose(tp);
			reference_event(&r);
			run(tp, &r, event == 2 ? c->seconds / 4 : c->seconds);
		}
	}
}

static void event_multiplies_by_seven_tenths(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd = 100 * MSS;
	lose(tp);
	assert_int_equal(tp->cwnd, 70 * MSS);
	assert_int_equal(tp->cubic.now.w_max, 100 * MSS);
	lose(tp); /* fast convergence */
	assert_int_equal(tp->cubic.now.w_max, 70 * MSS * 17 / 20);
	tp->cwnd = MSS;
	lose(tp);
	assert_int_equal(tp->cwnd, 2 * MSS);
}

static void undo_forgets_the_event(void **state)
{
	struct tcp_sock *tp = *state;
	struct cubic_growth before;

	tp->cwnd = 100 * MSS;
	lose(tp);
	tp->cong->cong_avoid(tp, MSS);
	before = tp->cubic.now;
	lose(tp);
	tcp_cong_undo(tp);
	assert_int_equal(tp->cwnd, 70 * MSS);
	assert_int_equal(tp->ssthresh, 70 * MSS);
	assert_memory_equal(&before, &tp->cubic.now, sizeof(before));
	tcp_cong_event(tp, TCP_SIGN_TIMEOUT, 0);
	tp->cwnd = MSS;
	tcp_cong_undo(tp);
	assert_int_equal(tp->cwnd, 70 * MSS);
	assert_memory_equal(&before, &tp->cubic.now, sizeof(before));
}

/* Section 5.8: four seconds of silence are not four seconds of growth. */
static void idle_time_is_not_the_curves(void **state)
{
	struct tcp_sock *tp = *state;
	struct reference r = {.cwnd = 100, .rtt = 0.1};

	tp->cwnd = 100 * MSS;
	lose(tp);
	reference_event(&r);
	run(tp, &r, 2);
	sim_run_ms(60000);
	r.start += 60;
	run(tp, &r, 5);
}

/*
 * tcp/cubic/cubic-rto-ss-ca-cwnd-bump.pkt: after a time-out at 10 segments
 * slow start to 7, then one more for the 16th ACK.
 */
static void after_a_timeout_as_linux(void **state)
{
	static const u32 ms[] = {2,  98, 2, 2, 2, 2, 2, 2,
				 98, 3,	 2, 2, 2, 2, 2, 98};
	struct tcp_sock *tp = *state;

	tp->mss = 1000;
	tp->cwnd = 10000;
	tcp_cong_event(tp, TCP_SIGN_TIMEOUT, 0);
	assert_int_equal(tp->ssthresh, 7000);
	tp->cwnd = 1000;
	tp->cwnd_limited = true;
	for (u32 i = 0; i < 6; i++) {
		sim_run_ms(20);
		tp->cong->cong_avoid(tp, 1000);
	}
	assert_int_equal(tp->cwnd, 7000);
	for (u32 i = 0; i < ARRAY_SIZE(ms); i++) {
		assert_int_equal(tp->cwnd, 7000);
		sim_run_ms(ms[i]);
		tp->cong->cong_avoid(tp, 1000);
	}
	assert_int_equal(tp->cwnd, 8000);
}

/* Not more than half a window in a round trip, however far the curve is. */
static void two_acknowledged_segments_for_one(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd = 10 * MSS;
	lose(tp);
	tp->cwnd_limited = true;
	for (u32 i = 1; i < 600; i++) {
		sim_run_ms(100);
		tp->cong->cong_avoid(tp, 2 * MSS);
		assert_true(tp->cwnd <= (7 + i) * MSS);
	}
	assert_true(tp->cwnd > 400 * MSS);
}

static void unused_window_does_not_grow(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd = 100 * MSS;
	lose(tp);
	tp->cwnd_limited = false;
	for (u32 i = 0; i < 100; i++) {
		sim_run_ms(100);
		tp->cong->cong_avoid(tp, 20 * MSS);
	}
	assert_int_equal(tp->cwnd, 70 * MSS);
}

static void largest_window_neither_wraps_nor_stops(void **state)
{
	struct tcp_sock *tp = *state;

	tp->mss = 88;
	tp->cwnd = CWND_MAX;
	lose(tp);
	tp->cwnd_limited = true;
	for (u32 i = 0; i < 10000; i++) {
		u32 before = tp->cwnd;

		sim_run_ms(100);
		tp->cong->cong_avoid(tp, 1u << 24);
		assert_true(tp->cwnd >= before && tp->cwnd <= CWND_MAX);
	}
	assert_true(tp->cwnd > CWND_MAX / 10 * 7);
}

/* ---- HyStart++ ---- */

/* Slow start at 20 segments of 1,000 bytes. */
static struct tcp_sock *slow_start(void **state)
{
	struct tcp_sock *tp = *state;

	tp->mss = 1000;
	tcp_cong_init(tp);
	tp->cwnd = 20000;
	tp->cwnd_limited = true;
	return tp;
}

static void hear(struct tcp_sock *tp, u32 rtt_ms)
{
	tp->snd_una += 2000;
	tp->snd_nxt = MAX(tp->snd_nxt, tp->snd_una);
	tcp_rtt_sample(tp, rtt_ms * 1000);
	tp->cong->cong_avoid(tp, 2000);
}

/* A round trip of so many ACKs; how much cwnd has grown. */
static u32 round_trip(struct tcp_sock *tp, u32 acks, u32 rtt_ms)
{
	u32 before = tp->cwnd;

	tp->snd_una = tp->snd_nxt + 1;
	tp->snd_nxt = tp->snd_una + 2000 * acks;
	for (u32 i = 0; i < acks; i++)
		hear(tp, rtt_ms);
	return tp->cwnd - before;
}

/* RFC 9406 section 4.2: an eighth more; the eighth sample can tell. */
static void longer_round_trip_slows_the_start(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	assert_int_equal(round_trip(tp, 10, 100), 20000);
	assert_int_equal(round_trip(tp, 10, 112), 20000);
	assert_int_equal(round_trip(tp, 10, 126), 7 * 2000 + 3 * 500);
	assert_int_equal(round_trip(tp, 10, 126), 5000);
	assert_int_equal(tp->ssthresh, SSTHRESH_INF);
}

/* The round in which it began is one of the five. */
static void five_long_round_trips_end_it(void **state)
{
	struct tcp_sock *tp = slow_start(state);
	u32 cwnd;

	round_trip(tp, 10, 100);
	for (u32 i = 0; i < 5; i++) {
		assert_int_equal(tp->ssthresh, SSTHRESH_INF);
		round_trip(tp, 10, 120);
	}
	assert_int_equal(tp->ssthresh, SSTHRESH_INF);
	cwnd = tp->cwnd;
	assert_true(round_trip(tp, 10, 120) < 2000);
	assert_int_equal(tp->ssthresh, cwnd);
	assert_int_equal(net_mib(tp->sk.net, MIB_TCPEXT_TCPHystartDelayDetect),
			 1);
	assert_int_equal(net_mib(tp->sk.net, MIB_TCPEXT_TCPHystartDelayCwnd),
			 cwnd / 1000);
}

static void jitter_only_slows_it_for_a_round(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	round_trip(tp, 10, 100);
	round_trip(tp, 10, 120);
	assert_int_equal(round_trip(tp, 10, 101), 7 * 500 + 3 * 2000);
	assert_int_equal(round_trip(tp, 10, 100), 20000);
	/* and it is found again */
	round_trip(tp, 10, 120);
	assert_int_equal(round_trip(tp, 10, 120), 5000);
}

/* MIN_RTT_THRESH and MAX_RTT_THRESH. */
static void four_to_sixteen_ms_count(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	round_trip(tp, 10, 1);
	round_trip(tp, 10, 4);
	assert_int_equal(round_trip(tp, 10, 7), 20000);
	round_trip(tp, 10, 11);
	assert_int_equal(round_trip(tp, 10, 11), 5000);
	slow_start(state);
	round_trip(tp, 10, 1000);
	round_trip(tp, 10, 1015);
	assert_int_equal(round_trip(tp, 10, 1030), 20000);
	round_trip(tp, 10, 1046);
	assert_int_equal(round_trip(tp, 10, 1046), 5000);
}

static void seven_samples_tell_nothing(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	for (u32 i = 0; i < 10; i++)
		assert_int_equal(round_trip(tp, 7, 100 + 50 * i), 14000);
}

static void one_short_sample_is_enough(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	round_trip(tp, 10, 100);
	tp->snd_una = tp->snd_nxt + 1;
	tp->snd_nxt = tp->snd_una + 200000;
	hear(tp, 105);
	for (u32 i = 0; i < 20; i++)
		hear(tp, 300);
	assert_int_equal(tp->cwnd, 20000 + 20000 + 21 * 2000);
}

static void small_window_has_no_hystart(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	for (u32 round = 0; round < 5; round++) {
		tp->snd_una = tp->snd_nxt + 1;
		tp->snd_nxt = tp->snd_una + 20000;
		for (u32 i = 0; i < 10; i++) {
			tp->cwnd = 13000;
			hear(tp, 100 << round);
			assert_int_equal(tp->cwnd, 15000);
		}
	}
}

/* Section 4.3: after a loss slow start has an end of its own. */
static void not_after_a_loss(void **state)
{
	struct tcp_sock *tp = slow_start(state);

	round_trip(tp, 10, 100);
	round_trip(tp, 10, 120);
	tp->cwnd = 400000;
	tcp_cong_event(tp, TCP_SIGN_TIMEOUT, 0);
	tp->cwnd = 20000;
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(round_trip(tp, 10, 200 << i), 20000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(follows_the_reference),
		T(event_multiplies_by_seven_tenths),
		T(undo_forgets_the_event),
		T(idle_time_is_not_the_curves),
		T(after_a_timeout_as_linux),
		T(two_acknowledged_segments_for_one),
		T(unused_window_does_not_grow),
		T(largest_window_neither_wraps_nor_stops),
		T(longer_round_trip_slows_the_start),
		T(five_long_round_trips_end_it),
		T(jitter_only_slows_it_for_a_round),
		T(four_to_sixteen_ms_count),
		T(seven_samples_tell_nothing),
		T(one_short_sample_is_enough),
		T(small_window_has_no_hystart),
		T(not_after_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
