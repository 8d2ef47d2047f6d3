/*
 * net/tcp/tcp_timer.c: retransmission and delayed ACKs at their times, and
 * what ends a connection. Virtual time: an hour costs nothing.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

/* ---- retransmission ---- */

static void rto_doubles(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	static const u64 times[] = {1000, 3000, 7000, 15000, 31000};
	struct watch w;

	say(s, 100, 0);
	expect_text(f, 1, 100);
	w = watch(f, 32000, 1);
	assert_int_equal(w.count, ARRAY_SIZE(times));
	for (u32 i = 0; i < w.count; i++) {
		assert_near(w.at[i], times[i], 1);
		assert_int_equal(w.seq_rel[i], 1);
		assert_int_equal(w.len[i], 100);
	}
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 5);
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeouts), 5);
	script_end(f, s);
}

static void progress_ends_the_backoff(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct watch w;

	say(s, 2 * MSS, 0);
	skip_sent(f);
	watch(f, 7500, 10);
	peer_acks(f, 1 + MSS);
	skip_sent(f);
	w = watch(f, 1100, 1);
	assert_int_equal(w.count, 1);
	assert_near(w.at[0], 1000, 1);
	script_end(f, s);
}

/* RFC 6298 5.3: with the RTO of the new sample, 600 + 4 * 300 ms. */
static void each_new_ack_restarts_the_timer(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct watch w;

	say(s, 2 * MSS, 0);
	expect_full(f, 1, 2);
	fixture_run_ms(f->base, 600);
	peer_acks(f, 1 + MSS);
	w = watch(f, 2000, 1);
	assert_int_equal(w.count, 1);
	assert_near(w.at[0], 1800, 1);
	assert_int_equal(w.seq_rel[0], 1 + MSS);
	script_end(f, s);
}

/* RFC 6298 5.2. */
static void timer_stops_when_all_is_acknowledged(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	say(s, 100, 0);
	expect_text(f, 1, 100);
	peer_acks(f, 101);
	assert_int_equal(tcp_of(s)->xmit_deadline_ms, 0);
	assert_int_equal(watch(f, 10000, 100).count, 0);
	script_end(f, s);
}

/* R2: it gives up, reports, and all its memory comes back. */
static void peer_that_vanished_is_given_up(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct tcp_usage usage;
	struct watch w;
	u8 buf[4];

	say(s, 50 * MSS, 0);
	skip_sent(f);
	w = watch(f, 1300 * 1000, 100);
	assert_int_equal(w.count, TCP_RETRIES2);
	assert_true(w.at[w.count - 1] > 100 * 1000); /* R2 >= 100 s */
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	assert_int_equal(f->net->skb_live, 0);
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.memory, 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -ETIMEDOUT);
	assert_int_equal(mib_rise(f, TCPEXT_TCPAbortOnTimeout), 1);
	sock_close(s);
}

/* R1, MUST-20: three in vain, so perhaps another way is better by now. */
static void third_timeout_looks_for_the_route_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	tcp_of(s)->sk.dst.mtu = 1400; /* not what a look would find */
	say(s, 100, 0);
	watch(f, 6900, 10);
	assert_int_equal(tcp_of(s)->sk.dst.mtu, 1400);
	watch(f, 200, 10);
	assert_int_equal(tcp_of(s)->sk.dst.mtu, 1500);
	script_end(f, s);
}

static void orphan_is_given_up_sooner(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct tcp_usage usage;
	struct watch w;

	say(s, 100, 0);
	sock_close(s);
	skip_sent(f);
	w = watch(f, 600 * 1000, 100);
	assert_int_equal(w.count, TCP_ORPHAN_RETRIES);
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.orphans, 0);
	assert_int_equal(usage.inuse, 1); /* the listener */
}

static void user_timeout_is_kept_to_the_moment(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	set_option(s, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	say(s, 100, 0);
	watch(f, 4990, 10);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	watch(f, 20, 1);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
	sock_close(s);
}

/* The tail's probe that went first is a part of it. */
static void user_timeout_counts_from_before_the_probe(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.sack = true;
	s = connect_after(f, 100);
	set_option(s, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	say(s, 100, 0);
	watch(f, 4990, 10);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossProbes), 1);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	watch(f, 20, 1);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	sock_close(s);
}

/*
 * The header of a retransmission would be written over that of a frame which
 * is still in the ring.
 */
static void frame_in_the_ring_is_not_sent_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);

	say(s, 100, 0);
	mib_rise(f, TCP_RetransSegs);
	fixture_run_ms(f->base, 5000); /* nobody takes the frame */
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	assert_true(mib_rise(f, TCPEXT_TCPRetransFail) > 0);
	expect_text(f, 1, 100);
	expect_nothing(f);
	watch(f, 5000, 10);
	assert_true(mib_rise(f, TCP_RetransSegs) > 0);
	script_end(f, s);
}

static void retransmission_without_memory_comes_later(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct watch w;

	say(s, 100, 0);
	expect_text(f, 1, 100);
	sim_fail_alloc_after(1);
	w = watch(f, 3100, 1);
	sim_fail_alloc_after(0);
	assert_int_equal(w.count, 1);
	assert_near(w.at[0], 3000, 2);
	script_end(f, s);
}

/* An ACK per segment for an hour: the wheel's entry is left where it is. */
static void restarting_does_not_touch_the_wheel(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_unmeasured(f);
	struct tcp_sock *tp = tcp_of(s);
	u64 expires;

	say(s, 100, 0);
	expires = tp->xmit_timer.expires_ms;
	for (int i = 0; i < 900; i++) {
		sim_advance_ns(1000000);
		tcp_rto_restart(tp);
		assert_int_equal(tp->xmit_timer.expires_ms, expires);
	}
	assert_int_equal(tp->xmit_deadline_ms, clock_ms() + 1000);
	expect_text(f, 1, 100);
	expect_nothing(f);
	assert_int_equal(watch(f, 999, 1).count, 0); /* not early */
	assert_int_equal(watch(f, 2, 1).count, 1);
	script_end(f, s);
}

/* ---- the handshake ---- */

/* MUST-23: for 3 minutes at least; the last wait is 120 s. */
static void syn_is_repeated_for_four_minutes(void **state)
{
	struct tcp_fixture *f = *state;
	static const u64 times[] = {0,	   1000,  3000,	 7000,
				    15000, 31000, 63000, 127000};
	struct socket *s = start_connect(f, 99);
	struct watch w;

	w = watch(f, 246 * 1000, 10);
	assert_int_equal(w.count, ARRAY_SIZE(times));
	for (u32 i = 0; i < w.count; i++) {
		assert_near(w.at[i], times[i], 11);
		assert_int_equal(w.flags[i], TCP_SYN);
	}
	assert_int_equal(s->sk->state, TCP_SYN_SENT);
	watch(f, 2000, 10);
	assert_int_equal(s->sk->state, TCP_CLOSE);
	assert_int_equal(s->sk->err, ETIMEDOUT);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSynRetrans), 7);
	sock_close(s);
}

/* RFC 6298 section 5.7, RFC 5681 section 3.1. */
static void lost_syn_makes_a_careful_start(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = start_connect(f, 99);
	struct watch w;
	const struct peer_segment syn_ack = {
		.flags = TCP_SYN | TCP_ACK,
		.seq = f->peer.iss,
		.wnd = 65535,
	};
	struct peer_segment answer = syn_ack;

	watch(f, 1500, 10);
	answer.ack = f->peer.guest_iss + 1;
	peer_send_segment(f, &answer);
	skip_sent(f);
	assert_int_equal(s->sk->state, TCP_ESTABLISHED);
	say(s, 5000, 0);
	expect_text(f, 1, 536);
	expect_nothing(f);
	w = watch(f, 3100, 1);
	assert_int_equal(w.count, 1);
	assert_near(w.at[0], 3000, 1);
	script_end(f, s);
}

/* ---- acknowledging ---- */

static void text_is_acknowledged_after_40_ms(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct watch w;

	tcp_of(s)->quick_acks = 0;
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "question", 8);
	expect_nothing(f);
	w = watch(f, 500, 1);
	assert_int_equal(w.count, 1);
	assert_near(w.at[0], 40, 1);
	assert_int_equal(f->seen.ack_rel, 9);
	assert_int_equal(mib_rise(f, TCPEXT_DelayedACKs), 1);
	script_end(f, s);
}

/* RFC 1122 section 4.2.3.2. */
static void every_second_full_segment_is_acknowledged(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 seq = 1, acks = 0;

	tcp_of(s)->quick_acks = 0;
	for (int i = 0; i < 20; i++) {
		peer_send(f, TCP_ACK, seq, 1, script_stream(), MSS);
		seq += MSS;
		acks += skip_sent(f);
		assert_int_equal(acks, (i + 1) / 2);
	}
	script_end(f, s);
}

/* `count` full segments from seq on; how many of them bring an ACK. */
static u32 acks_of(struct tcp_fixture *f, u32 seq, u32 count)
{
	u32 acks = 0;

	for (u32 i = 0; i < count; i++) {
		peer_send(f, TCP_ACK, seq + i * MSS, 1, script_stream(), MSS);
		acks += skip_sent(f);
	}
	return acks;
}

/* Text again: our ACK was lost, so more come, as in Linux. */
static void lost_ack_makes_more_of_them(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_of(s)->quick_acks = 0;
	assert_int_equal(acks_of(f, 1, 4), 2);
	assert_int_equal(acks_of(f, 1, 1), 1);
	assert_int_equal(acks_of(f, 1 + 4 * MSS, 16), 16);
	assert_int_equal(acks_of(f, 1 + 20 * MSS, 16), 8);
	script_end(f, s);
}

static void filled_hole_makes_more_acks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_of(s)->quick_acks = 0;
	assert_int_equal(acks_of(f, 1 + MSS, 1), 1);
	assert_int_equal(acks_of(f, 1, 1), 1);
	assert_int_equal(acks_of(f, 1 + 2 * MSS, 16), 16);
	assert_int_equal(acks_of(f, 1 + 18 * MSS, 16), 8);
	script_end(f, s);
}

static void sent_text_takes_the_delayed_ack_along(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_of(s)->quick_acks = 0;
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "question", 8);
	fixture_run_ms(f->base, 20);
	say(s, 10, 0);
	expect(f, TCP_ACK | TCP_PSH, 1, 9, 10);
	peer_send(f, TCP_ACK, 9, 11, NULL, 0);
	assert_int_equal(watch(f, 1000, 1).count, 0);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(rto_doubles),
		T(progress_ends_the_backoff),
		T(each_new_ack_restarts_the_timer),
		T(timer_stops_when_all_is_acknowledged),
		T(peer_that_vanished_is_given_up),
		T(third_timeout_looks_for_the_route_again),
		T(orphan_is_given_up_sooner),
		T(user_timeout_is_kept_to_the_moment),
		T(user_timeout_counts_from_before_the_probe),
		T(frame_in_the_ring_is_not_sent_again),
		T(retransmission_without_memory_comes_later),
		T(restarting_does_not_touch_the_wheel),
		T(syn_is_repeated_for_four_minutes),
		T(lost_syn_makes_a_careful_start),
		T(text_is_acknowledged_after_40_ms),
		T(every_second_full_segment_is_acknowledged),
		T(lost_ack_makes_more_of_them),
		T(filled_hole_makes_more_acks),
		T(sent_text_takes_the_delayed_ack_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
