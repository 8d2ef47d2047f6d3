/* net/tcp/tcp_cong.c: cwnd by RFC 5681, 6928 and 3465. */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

static int setup(void **state)
{
	static struct tcp_table table;
	static struct tcp_sock tp;

	memset(&tp, 0, sizeof(tp));
	sim_init();
	tcp_rtt_init(&tp);
	skb_queue_head_init(&tp.rtx_queue);
	table.conf.slow_start_after_idle = true;
	tp.table = &table;
	tp.cong = &tcp_reno;
	tp.mss = MSS;
	tp.snd_una = tp.snd_nxt = tp.write_seq = 1000;
	tcp_cong_init(&tp);
	*state = &tp;
	return 0;
}

static int teardown(void **state)
{
	sim_exit();
	return 0;
}

/* The program always has more to send than cwnd allows. */
static void acked(struct tcp_sock *tp, u32 bytes)
{
	tp->cwnd_limited = true;
	tp->cong->cong_avoid(tp, bytes);
}

static void initial_window_is_ten_segments(void **state)
{
	struct tcp_sock *tp = *state;

	assert_int_equal(tp->cwnd, 10 * MSS);
	tp->mss = 536;
	tcp_cong_init(tp);
	assert_int_equal(tp->cwnd, 10 * 536);
	tp->mss = 9000; /* RFC 6928: jumbo frames do not get ten */
	tcp_cong_init(tp);
	assert_int_equal(tp->cwnd, 2 * 9000);
}

static void one_segment_after_a_lost_syn(void **state)
{
	struct tcp_sock *tp = *state;

	tp->syn_lost = true;
	tcp_cong_init(tp);
	assert_int_equal(tp->cwnd, MSS);
	assert_int_equal(tp->rto_ms, 3000); /* RFC 6298 section 5.7 */
}

static void measured_rto_survives_a_lost_syn(void **state)
{
	struct tcp_sock *tp = *state;

	tp->syn_lost = true;
	tcp_rtt_sample(tp, 100000);
	tcp_cong_init(tp);
	assert_int_equal(tp->rto_ms, 300);
}

static void slow_start_adds_what_is_acknowledged(void **state)
{
	struct tcp_sock *tp = *state;

	acked(tp, MSS);
	assert_int_equal(tp->cwnd, 11 * MSS);
	acked(tp, 4 * MSS);
	assert_int_equal(tp->cwnd, 15 * MSS);
}

/* 1460 ACKs of a byte each are one segment (threat 28). */
static void dividing_acks_gains_nothing_in_slow_start(void **state)
{
	struct tcp_sock *tp = *state;

	for (u32 i = 0; i < MSS; i++)
		acked(tp, 1);
	assert_int_equal(tp->cwnd, 11 * MSS);
}

static void dividing_acks_gains_nothing_in_avoidance(void **state)
{
	struct tcp_sock *tp = *state;

	tp->ssthresh = tp->cwnd;
	for (u32 i = 0; i < 10 * MSS; i++)
		acked(tp, 1);
	assert_int_equal(tp->cwnd, 11 * MSS);
}

static void slow_start_ends_at_ssthresh(void **state)
{
	struct tcp_sock *tp = *state;

	tp->ssthresh = 12 * MSS;
	assert_int_equal(tcp_slow_start(tp, 5 * MSS), 3 * MSS);
	assert_int_equal(tp->cwnd, 12 * MSS);
}

/* Section 3.1: at most one SMSS per round trip. */
static void avoidance_adds_one_segment_per_window(void **state)
{
	struct tcp_sock *tp = *state;

	tp->ssthresh = tp->cwnd;
	for (u32 round = 0; round < 50; round++) {
		u32 before = tp->cwnd;

		for (u32 left = before; left; left -= MIN(left, 2 * MSS))
			acked(tp, MIN(left, 2 * MSS));
		assert_true(tp->cwnd - before <= MSS);
	}
	assert_in_range(tp->cwnd, 58 * MSS, 60 * MSS);
}

static void one_huge_ack_adds_one_segment(void **state)
{
	struct tcp_sock *tp = *state;

	tp->ssthresh = tp->cwnd;
	acked(tp, 1000 * MSS);
	assert_int_equal(tp->cwnd, 11 * MSS);
}

static void unused_window_does_not_grow(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd_limited = false;
	tp->max_flight = 4 * MSS; /* less than half of cwnd */
	for (int i = 0; i < 100; i++)
		tp->cong->cong_avoid(tp, MSS);
	assert_int_equal(tp->cwnd, 10 * MSS);
	tp->ssthresh = tp->cwnd;
	tp->max_flight = 9 * MSS; /* avoidance: only cwnd itself counts */
	for (int i = 0; i < 100; i++)
		tp->cong->cong_avoid(tp, MSS);
	assert_int_equal(tp->cwnd, 10 * MSS);
}

/* Nine of ten segments in flight: up to twice that, as Linux has it. */
static void slow_start_grows_to_twice_the_flight(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd_limited = false;
	tp->max_flight = 9 * MSS;
	for (int i = 0; i < 9; i++)
		tp->cong->cong_avoid(tp, MSS);
	assert_int_equal(tp->cwnd, 18 * MSS);
}

static u32 ssthresh_after(struct tcp_sock *tp, u32 acked)
{
	tcp_cong_event(tp, TCP_SIGN_LOSS, acked);
	return tp->ssthresh;
}

static void ssthresh_is_half_the_flight_and_two_at_least(void **state)
{
	struct tcp_sock *tp = *state;

	tp->snd_nxt = tp->snd_una + 8 * MSS;
	assert_int_equal(ssthresh_after(tp, 0), 4 * MSS);
	tp->snd_nxt = tp->snd_una + MSS;
	assert_int_equal(ssthresh_after(tp, 0), 2 * MSS);
	assert_int_equal(ssthresh_after(tp, 5 * MSS), 3 * MSS);
	/* Limited transmit does not count. */
	tp->snd_nxt = tp->snd_una + 10 * MSS;
	tp->dup_high = tp->snd_una + 8 * MSS;
	tp->ca_state = TCP_CA_DISORDER;
	assert_int_equal(ssthresh_after(tp, 0), 4 * MSS);
}

static void idle_longer_than_rto_restarts(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd = 40 * MSS;
	tp->ssthresh = 20 * MSS;
	tp->last_send_ms = clock_ms();
	sim_run_ms(tp->rto_ms);
	tcp_restart_after_idle(tp);
	assert_int_equal(tp->cwnd, 40 * MSS);
	sim_run_ms(1);
	tcp_restart_after_idle(tp);
	assert_int_equal(tp->cwnd, 10 * MSS);
	assert_int_equal(tp->ssthresh, 30 * MSS); /* RFC 2861's hint */
}

/* Linux's tcp_slow_start_after_idle = 0. */
static void idle_is_forgiven_on_request(void **state)
{
	struct tcp_sock *tp = *state;

	tp->table->conf.slow_start_after_idle = false;
	tp->cwnd = 40 * MSS;
	sim_run_ms(5000);
	tcp_restart_after_idle(tp);
	assert_int_equal(tp->cwnd, 40 * MSS);
}

static void idle_does_not_raise_a_small_window(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd = 3 * MSS;
	sim_run_ms(5000);
	tcp_restart_after_idle(tp);
	assert_int_equal(tp->cwnd, 3 * MSS);
}

static void cwnd_has_an_end(void **state)
{
	struct tcp_sock *tp = *state;

	for (int i = 0; i < 1000; i++)
		acked(tp, 1u << 30);
	assert_true(tp->cwnd <= 1u << 30);
}

static void found_by_name(void **state)
{
	assert_ptr_equal(tcp_cong_find("reno"), &tcp_reno);
	assert_ptr_equal(tcp_cong_find("cubic"), &tcp_cubic);
	assert_null(tcp_cong_find("bic"));
	assert_null(tcp_cong_find(""));
}

/* A flight that recovery let grow beyond cwnd is no measure of the path. */
static void a_loss_never_raises_cwnd(void **state)
{
	struct tcp_sock *tp = *state;

	tp->cwnd = 8 * MSS;
	tp->snd_nxt = tp->snd_una + 30 * MSS;
	tp->ca_state = TCP_CA_RECOVERY;
	assert_int_equal(ssthresh_after(tp, 0), 4 * MSS);
}

/* What is in flight still measures the path (RFC 5681 section 4.1). */
static void waiting_for_an_ack_is_not_idle(void **state)
{
	struct tcp_sock *tp = *state;
	struct sk_buff skb;

	tp->cwnd = 40 * MSS;
	skb_queue_tail(&tp->rtx_queue, &skb);
	sim_run_ms(5000);
	tcp_restart_after_idle(tp);
	assert_int_equal(tp->cwnd, 40 * MSS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(initial_window_is_ten_segments),
		T(one_segment_after_a_lost_syn),
		T(measured_rto_survives_a_lost_syn),
		T(slow_start_adds_what_is_acknowledged),
		T(dividing_acks_gains_nothing_in_slow_start),
		T(dividing_acks_gains_nothing_in_avoidance),
		T(slow_start_ends_at_ssthresh),
		T(avoidance_adds_one_segment_per_window),
		T(one_huge_ack_adds_one_segment),
		T(unused_window_does_not_grow),
		T(slow_start_grows_to_twice_the_flight),
		T(ssthresh_is_half_the_flight_and_two_at_least),
		T(idle_longer_than_rto_restarts),
		T(idle_is_forgiven_on_request),
		T(idle_does_not_raise_a_small_window),
		T(cwnd_has_an_end),
		T(found_by_name),
		T(a_loss_never_raises_cwnd),
		T(waiting_for_an_ack_is_not_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
