/* net/tcp/tcp_rtt.c: RFC 6298 against floating point. */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "test/host/machine_sim.h"

struct reference {
	double srtt, rttvar; /* microseconds */
	bool any;
};

static int setup(void **state)
{
	static struct tcp_sock tp;

	memset(&tp, 0, sizeof(tp));
	sim_init();
	tcp_rtt_init(&tp);
	*state = &tp;
	return 0;
}

static int teardown(void **state)
{
	sim_exit();
	return 0;
}

static double gap(double difference)
{
	return difference < 0 ? -difference : difference;
}

/* Sections 2.2 and 2.3 as they are written. */
static void reference_sample(struct reference *ref, double r)
{
	if (!ref->any) {
		ref->srtt = r;
		ref->rttvar = r / 2;
		ref->any = true;
		return;
	}
	ref->rttvar = 0.75 * ref->rttvar + 0.25 * gap(ref->srtt - r);
	ref->srtt = 0.875 * ref->srtt + 0.125 * r;
}

static double reference_rto_ms(const struct reference *ref)
{
	double rto = ref->srtt + MAX(TCP_RTO_MIN_MS * 1000.0, 4 * ref->rttvar);

	return MIN(rto / 1000, (double)TCP_RTO_MAX_MS);
}

static void begins_at_one_second(void **state)
{
	struct tcp_sock *tp = *state;

	assert_int_equal(tp->rto_ms, 1000);
	assert_int_equal(tcp_rto_ms(tp), 1000);
}

static void first_sample_gives_srtt_and_half_of_it(void **state)
{
	struct tcp_sock *tp = *state;

	tcp_rtt_sample(tp, 300000);
	assert_int_equal(tp->srtt_us8 >> 3, 300000);
	assert_int_equal(tp->rttvar_us4 >> 2, 150000);
	assert_int_equal(tp->rto_ms, 300 + 4 * 150);
	assert_int_equal(tp->min_rtt_us, 300000);
}

static void variance_uses_srtt_from_before_the_sample(void **state)
{
	struct tcp_sock *tp = *state;

	tcp_rtt_sample(tp, 100000);
	tcp_rtt_sample(tp, 500000);
	/* 3/4 * 50 ms + 1/4 * 400 ms, and 7/8 * 100 ms + 1/8 * 500 ms. */
	assert_int_equal(tp->rttvar_us4 >> 2, 137500);
	assert_int_equal(tp->srtt_us8 >> 3, 150000);
}

/* Truncation loses less than a microsecond a step; it does not add up. */
static void follows_floating_point_over_1e5_samples(void **state)
{
	struct tcp_sock *tp = *state;
	struct reference ref = {0};

	for (int i = 0; i < 100000; i++) {
		u32 base = 20 + (u32)(i / 1000) * 5000;
		u32 r = base + (u32)(sim_random() % (base + 100));

		if (i % 977 == 0)
			r *= 10;
		tcp_rtt_sample(tp, r);
		reference_sample(&ref, r);
		assert_true(gap(tp->srtt_us8 / 8.0 - ref.srtt) <= 8);
		assert_true(gap(tp->rttvar_us4 - 4 * ref.rttvar) <= 24);
		assert_true(gap(tp->rto_ms - reference_rto_ms(&ref)) <= 1.1);
	}
}

static void never_below_srtt_and_200_ms(void **state)
{
	struct tcp_sock *tp = *state;

	for (int i = 0; i < 1000; i++)
		tcp_rtt_sample(tp, 50000);
	assert_in_range(tp->rto_ms, 250, 251);
	tcp_rtt_init(tp);
	for (int i = 0; i < 1000; i++)
		tcp_rtt_sample(tp, 0);
	assert_in_range(tp->rto_ms, 200, 201);
}

static void absurd_samples_stay_in_bounds(void **state)
{
	struct tcp_sock *tp = *state;

	for (int i = 0; i < 100; i++) {
		tcp_rtt_sample(tp, i & 1 ? UINT32_MAX : 0);
		assert_in_range(tp->rto_ms, TCP_RTO_MIN_MS, TCP_RTO_MAX_MS);
		assert_true(tp->srtt_us8 >> 3 <= TCP_RTO_MAX_MS * 1000u);
	}
}

static void backoff_doubles_up_to_the_cap(void **state)
{
	struct tcp_sock *tp = *state;
	u32 want = 1000;

	for (tp->backoff = 0; tp->backoff < 200; tp->backoff++) {
		assert_int_equal(tcp_rto_ms(tp), MIN(want, TCP_RTO_MAX_MS));
		want = MIN(want * 2, TCP_RTO_MAX_MS);
	}
	assert_true(TCP_RTO_MAX_MS >= 60000); /* RFC 6298 section 5.5 */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(begins_at_one_second),
		T(first_sample_gives_srtt_and_half_of_it),
		T(variance_uses_srtt_from_before_the_sample),
		T(follows_floating_point_over_1e5_samples),
		T(never_below_srtt_and_200_ms),
		T(absurd_samples_stay_in_bounds),
		T(backoff_doubles_up_to_the_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
