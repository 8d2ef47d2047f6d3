/*
 * net/tcp/tcp_recovery.c: NewReno (RFC 6582) in golden traces, limited
 * transmit (RFC 3042), the time-out, and what an attacker gains. Segments
 * are numbered from 1; the first flight is 1 to 10.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

#define SEG(n) (1 + ((n)-1) * MSS) /* its first byte */

static struct socket *first_flight(struct tcp_fixture *f, u32 flags)
{
	struct socket *s = connect_wide(f);

	say(s, 40 * MSS, flags);
	expect_full(f, SEG(1), 10);
	expect_nothing(f);
	mib_rise(f, TCP_RetransSegs);
	return s;
}

/* One duplicate, and which segment it makes us send; 0: none. */
static void dup(struct tcp_fixture *f, u32 ack, u32 segment)
{
	peer_acks(f, ack);
	if (segment)
		expect_text(f, SEG(segment), MSS);
	expect_nothing(f);
}

static void check_cwnd(struct socket *s, u32 cwnd, u32 ssthresh)
{
	assert_int_equal(tcp_of(s)->cwnd, cwnd * MSS);
	assert_int_equal(tcp_of(s)->ssthresh, ssthresh * MSS);
}

/* ---- NewReno ---- */

static void two_duplicates_send_two_new_segments(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	dup(f, SEG(1), 11);
	dup(f, SEG(1), 12);
	assert_int_equal(tcp_of(s)->cwnd, 10 * MSS); /* unchanged */
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	script_end(f, s);
}

static void reordering_is_no_loss(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	dup(f, SEG(1), 11);
	dup(f, SEG(1), 12);
	peer_acks(f, SEG(4));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	assert_int_equal(tcp_of(s)->cwnd, 11 * MSS); /* two were counted */
	script_end(f, s);
}

/* Segment 1 is lost: one flight and all is well. */
static void golden_trace_of_loss_1(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	dup(f, SEG(1), 11);  /* for 2 */
	dup(f, SEG(1), 12);  /* 3 */
	dup(f, SEG(1), 1);   /* 4: the third */
	check_cwnd(s, 9, 5); /* PRR: on its way to 5 */
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_RECOVERY);
	dup(f, SEG(1), 0);     /* 5 */
	dup(f, SEG(1), 0);     /* 6 */
	dup(f, SEG(1), 13);    /* 7: half of what has left */
	dup(f, SEG(1), 0);     /* 8 */
	dup(f, SEG(1), 0);     /* 9: now 5 are in flight */
	dup(f, SEG(1), 14);    /* 10 */
	dup(f, SEG(1), 15);    /* 11 */
	dup(f, SEG(1), 16);    /* 12 */
	peer_acks(f, SEG(13)); /* the whole of it */
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	check_cwnd(s, 5, 5);
	expect_full(f, SEG(17), 1);
	expect_nothing(f);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPRenoRecovery), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPFastRetrans), 1);
	script_end(f, s);
}

static void golden_trace_of_loss_1_and_3(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	dup(f, SEG(1), 11);   /* 2 */
	dup(f, SEG(1), 12);   /* 4 */
	dup(f, SEG(1), 1);    /* 5 */
	dup(f, SEG(1), 0);    /* 6 */
	dup(f, SEG(1), 0);    /* 7 */
	dup(f, SEG(1), 13);   /* 8 */
	dup(f, SEG(1), 0);    /* 9 */
	dup(f, SEG(1), 0);    /* 10 */
	dup(f, SEG(1), 14);   /* 11 */
	dup(f, SEG(1), 15);   /* 12 */
	peer_acks(f, SEG(3)); /* partial: 3 is missing too */
	expect_full(f, SEG(3), 1);
	expect_full(f, SEG(16), 1);
	expect_nothing(f);
	check_cwnd(s, 5, 5); /* no second halving */
	dup(f, SEG(3), 17);  /* 13 */
	dup(f, SEG(3), 18);  /* 14 */
	dup(f, SEG(3), 19);  /* 15 */
	peer_acks(f, SEG(16));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	check_cwnd(s, 5, 5);
	expect_full(f, SEG(20), 1);
	expect_nothing(f);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 2);
	assert_int_equal(mib_rise(f, TCPEXT_TCPRenoRecovery), 1);
	script_end(f, s);
}

static void golden_trace_of_loss_1_to_4(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	dup(f, SEG(1), 11); /* 5 */
	dup(f, SEG(1), 12); /* 6 */
	dup(f, SEG(1), 1);  /* 7 */
	dup(f, SEG(1), 0);  /* 8 */
	dup(f, SEG(1), 0);  /* 9 */
	dup(f, SEG(1), 13); /* 10 */
	dup(f, SEG(1), 0);  /* 11 */
	dup(f, SEG(1), 0);  /* 12 */
	for (u32 lost = 2; lost <= 4; lost++) {
		peer_acks(f, SEG(lost));
		expect_full(f, SEG(lost), 1);
		expect_full(f, SEG(12 + lost), 1); /* one out, one in */
		expect_nothing(f);
		check_cwnd(s, 5, 5);
	}
	peer_acks(f, SEG(14));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 4);
	assert_int_equal(mib_rise(f, TCPEXT_TCPRenoRecovery), 1);
	script_end(f, s);
}

/* A long frame of which one segment was lost: that one goes again. */
static void only_the_lost_part_of_a_gso_skb_goes_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, MSG_STATIC);

	assert_int_equal(tcp_of(s)->rtx_queue.qlen, 1);
	dup(f, SEG(1), 11);
	dup(f, SEG(1), 12);
	dup(f, SEG(1), 1);
	peer_acks(f, SEG(3));
	expect_full(f, SEG(3), 1);
	skip_sent(f);
	peer_acks(f, SEG(13));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	assert_int_equal(tcp_of(s)->lost_bytes, 0);
	assert_int_equal(tcp_of(s)->retrans_bytes, 0);
	script_end(f, s);
}

static void partial_ack_inside_a_segment(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, MSG_STATIC);

	for (int i = 0; i < 3; i++)
		peer_acks(f, SEG(1));
	skip_sent(f);
	peer_acks(f, SEG(2) + 700); /* it has other limits than we think */
	expect_text(f, SEG(2) + 700, MSS);
	skip_sent(f);
	peer_acks(f, SEG(13));
	assert_int_equal(tcp_of(s)->lost_bytes, 0);
	assert_int_equal(tcp_of(s)->retrans_bytes, 0);
	script_end(f, s);
}

static void second_loss_after_recovery_is_found_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	for (int i = 0; i < 12; i++)
		peer_acks(f, SEG(1));
	peer_acks(f, SEG(13));
	skip_sent(f);
	for (int i = 0; i < 3; i++)
		peer_acks(f, SEG(13));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_RECOVERY);
	assert_int_equal(mib_rise(f, TCPEXT_TCPRenoRecovery), 2);
	script_end(f, s);
}

/* ---- what is no duplicate (RFC 5681 section 2) ---- */

static void window_updates_are_no_duplicates(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	for (int i = 0; i < 10; i++) {
		f->peer.wnd--;
		peer_acks(f, SEG(1));
	}
	expect_nothing(f);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	script_end(f, s);
}

static void acks_with_text_are_no_duplicates(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	for (u32 i = 0; i < 10; i++)
		peer_send(f, TCP_ACK, 1 + i, SEG(1), "x", 1);
	skip_sent(f);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	script_end(f, s);
}

/* ---- attackers ---- */

/* Threat 29: ten thousand duplicates, no more than the flight. */
static void forged_duplicates_send_no_more_than_the_flight(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);
	u32 sent = 0;

	tcp_of(s)->sk.sndbuf = 1 << 20;
	say(s, 300 * MSS, 0);
	expect_full(f, SEG(1), 10);
	for (int i = 0; i < 10000; i++) {
		peer_acks(f, SEG(1));
		sent += skip_sent(f);
	}
	assert_true(sent <= 12);
	assert_true(tcp_of(s)->snd_nxt - tcp_of(s)->snd_una <= 20 * MSS);
	script_end(f, s);
}

/* ---- the time-out ---- */

static void timeout_sends_all_again_in_slow_start(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	fixture_run_ms(f->base, 250);
	expect_full(f, SEG(1), 1);
	expect_nothing(f);
	check_cwnd(s, 1, 5);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_LOSS);
	peer_acks(f, SEG(2));
	expect_full(f, SEG(2), 2);
	expect_nothing(f);
	peer_acks(f, SEG(3));
	expect_full(f, SEG(4), 2);
	peer_acks(f, SEG(4));
	expect_full(f, SEG(6), 2);
	expect_nothing(f);
	check_cwnd(s, 4, 5);
	peer_acks(f, SEG(11)); /* the rest had arrived */
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	check_cwnd(s, 5, 5);
	expect_full(f, SEG(11), 5);
	expect_nothing(f);
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeouts), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSlowStartRetrans), 6);
	script_end(f, s);
}

/* RFC 3465 section 2.3: that ACK is for what had arrived before, too. */
static void an_ack_behind_a_timeout_counts_as_one(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	fixture_run_ms(f->base, 250);
	expect_full(f, SEG(1), 1);
	check_cwnd(s, 1, 5);
	peer_acks(f, SEG(6));
	check_cwnd(s, 2, 5);
	skip_sent(f);
	script_end(f, s);
}

static void same_segment_timing_out_again_keeps_ssthresh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	/* The third makes smaller segments: test_tcp_pmtu.c. */
	for (int i = 0; i < 2; i++) {
		fixture_run_ms(f->base, 201u << i);
		expect_full(f, SEG(1), 1);
		check_cwnd(s, 1, 5);
	}
	script_end(f, s);
}

/* After go-back-N the receiver answers what it had by duplicates. */
static void duplicates_of_a_timeout_start_no_recovery(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	fixture_run_ms(f->base, 250);
	skip_sent(f);
	for (int i = 0; i < 5; i++)
		peer_acks(f, SEG(1));
	expect_nothing(f);
	peer_acks(f, SEG(11)); /* all: SND.UNA is `recover` */
	skip_sent(f);
	for (int i = 0; i < 5; i++)
		peer_acks(f, SEG(11));
	assert_int_not_equal(tcp_of(s)->ca_state, TCP_CA_RECOVERY);
	script_end(f, s);
}

/* RFC 3042: two, be there never so many of them. */
static void duplicates_after_a_timeout_let_two_out(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	fixture_run_ms(f->base, 250);
	for (u32 i = 2; i <= 4; i++)
		peer_acks(f, SEG(i));
	peer_acks(f, SEG(11)); /* all: SND.UNA is `recover` */
	skip_sent(f);
	assert_int_equal(tcp_of(s)->snd_nxt - tcp_of(s)->snd_una, 5 * MSS);
	dup(f, SEG(11), 16);
	dup(f, SEG(11), 17);
	for (int i = 0; i < 5; i++)
		dup(f, SEG(11), 0);
	script_end(f, s);
}

/* RFC 5681 section 3.1: the next segment had not timed out before. */
static void timeout_after_progress_is_another_loss(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);

	fixture_run_ms(f->base, 250);
	expect_full(f, SEG(1), 1);
	check_cwnd(s, 1, 5);
	peer_acks(f, SEG(2));
	expect_full(f, SEG(2), 2);
	wait_timeout(f);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_LOSS);
	check_cwnd(s, 1, 2);
	script_end(f, s);
}

static void timeout_in_recovery_forgets_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f, 0);
	struct tcp_sock *tp = tcp_of(s);

	for (int i = 0; i < 12; i++)
		peer_acks(f, SEG(1));
	skip_sent(f);
	fixture_run_ms(f->base, 250);
	expect_full(f, SEG(1), 1);
	assert_int_equal(tp->ca_state, TCP_CA_LOSS);
	assert_int_equal(tp->sacked_bytes, 0);
	assert_int_equal(tp->lost_bytes, tp->snd_nxt - tp->snd_una);
	assert_int_equal(tp->retrans_bytes, MSS);
	assert_int_equal(tcp_in_flight(tp), MSS);
	script_end(f, s);
}

static void scoreboard_survives_random_acks(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_sock *tp;
	struct socket *s = connect_wide(f);

	tp = tcp_of(s);
	tp->sk.sndbuf = 8 * STREAM_MAX;
	for (int i = 0; i < 5000; i++) {
		u32 una = tp->snd_una - tp->iss;
		u32 flight = tp->snd_nxt - tp->snd_una;

		if (tp->write_seq - tp->snd_nxt < 20 * MSS &&
		    una + 100 * MSS < STREAM_MAX)
			say(s, 10 * MSS, sim_random() % 2 ? MSG_STATIC : 0);
		if (sim_random() % 4 && flight)
			peer_acks(f, una);
		else if (sim_random() % 2 && flight)
			peer_acks(f, una + 1 + (u32)(sim_random() % flight));
		else if (sim_random() % 8 == 0)
			fixture_run_ms(f->base, 300);
		if (sim_random() % 3 == 0)
			skip_sent(f); /* else the device has them still */
		check_scoreboard(tp);
		assert_int_equal(tp->sk.state, TCP_ESTABLISHED);
	}
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_duplicates_send_two_new_segments),
		T(reordering_is_no_loss),
		T(golden_trace_of_loss_1),
		T(golden_trace_of_loss_1_and_3),
		T(golden_trace_of_loss_1_to_4),
		T(only_the_lost_part_of_a_gso_skb_goes_again),
		T(partial_ack_inside_a_segment),
		T(second_loss_after_recovery_is_found_again),
		T(window_updates_are_no_duplicates),
		T(acks_with_text_are_no_duplicates),
		T(forged_duplicates_send_no_more_than_the_flight),
		T(timeout_sends_all_again_in_slow_start),
		T(an_ack_behind_a_timeout_counts_as_one),
		T(same_segment_timing_out_again_keeps_ssthresh),
		T(duplicates_of_a_timeout_start_no_recovery),
		T(timeout_in_recovery_forgets_it),
		T(scoreboard_survives_random_acks),
		T(duplicates_after_a_timeout_let_two_out),
		T(timeout_after_progress_is_another_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
