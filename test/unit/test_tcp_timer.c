/*
 * net/tcp/tcp_timer.c: each timer at its time, and what ends a connection.
 * Virtual time: an hour costs nothing.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

#define NOTED_MAX 64

/* When segments were sent, in ms from the beginning of the watch. */
struct watch {
	u64 at[NOTED_MAX];
	u32 seq_rel[NOTED_MAX], len[NOTED_MAX];
	u8 flags[NOTED_MAX];
	u32 count;
};

static void watch_step(struct tcp_fixture *f, struct watch *w, u64 start)
{
	while (peer_receive(f)) {
		if (w->count == NOTED_MAX)
			continue;
		w->at[w->count] = clock_ms() - start;
		w->seq_rel[w->count] = f->seen.seq_rel;
		w->len[w->count] = f->seen.len;
		w->flags[w->count] = f->seen.flags;
		w->count++;
	}
}

/* The link takes each frame at once. Precise to `step` ms. */
static struct watch watch(struct tcp_fixture *f, u64 ms, u64 step)
{
	u64 start = clock_ms();
	struct watch w = {0};

	while (clock_ms() < start + ms) {
		fixture_run_ms(f->base, step);
		watch_step(f, &w, start);
	}
	return w;
}

static void assert_near(u64 is, u64 should, u64 slack)
{
	assert_in_range(is, should, should + slack);
}

static void set(struct socket *s, int level, int name, int value)
{
	assert_int_equal(sock_setsockopt(s, level, name, &value, sizeof(value)),
			 0);
}

/* The RTO before any sample: 1 s. */
static struct socket *connect_unmeasured(struct tcp_fixture *f)
{
	struct socket *s = peer_connect(f);

	tcp_rtt_init(tcp_of(s));
	return s;
}

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

/* RFC 6298 5.2 and 5.3. */
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

	set(s, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	say(s, 100, 0);
	watch(f, 4990, 10);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	watch(f, 20, 1);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
	assert_int_equal(tcp_of(s)->sk.err, ETIMEDOUT);
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

static void syn_is_repeated_for_two_minutes(void **state)
{
	struct tcp_fixture *f = *state;
	static const u64 times[] = {0, 1000, 3000, 7000, 15000, 31000, 63000};
	struct sockaddr_in addr = tcp_addr(FIXTURE_PEER, 99);
	struct socket *s = tcp_socket(f);
	struct watch w;

	assert_int_equal(sock_connect(s, &addr), -EINPROGRESS);
	f->peer.port = 99;
	f->peer.server_port = ntohs(s->sk->sport);
	w = watch(f, 126 * 1000, 10);
	assert_int_equal(w.count, ARRAY_SIZE(times));
	for (u32 i = 0; i < w.count; i++) {
		assert_near(w.at[i], times[i], 11);
		assert_int_equal(w.flags[i], TCP_SYN);
	}
	assert_int_equal(s->sk->state, TCP_SYN_SENT);
	watch(f, 2000, 10);
	assert_int_equal(s->sk->state, TCP_CLOSE);
	assert_int_equal(s->sk->err, ETIMEDOUT);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSynRetrans), 6);
	sock_close(s);
}

/* RFC 6298 section 5.7, RFC 5681 section 3.1. */
static void lost_syn_makes_a_careful_start(void **state)
{
	struct tcp_fixture *f = *state;
	struct sockaddr_in addr = tcp_addr(FIXTURE_PEER, 99);
	struct socket *s = tcp_socket(f);
	struct watch w;
	const struct peer_segment syn_ack = {
		.flags = TCP_SYN | TCP_ACK,
		.seq = f->peer.iss,
		.wnd = 65535,
	};
	struct peer_segment answer = syn_ack;

	assert_int_equal(sock_connect(s, &addr), -EINPROGRESS);
	f->peer.port = 99;
	f->peer.server_port = ntohs(s->sk->sport);
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

/* ---- keepalive ---- */

static struct socket *connect_keepalive(struct tcp_fixture *f)
{
	struct socket *s = peer_connect(f);

	set(s, SOL_TCP, TCP_KEEPIDLE, 10);
	set(s, SOL_TCP, TCP_KEEPINTVL, 2);
	set(s, SOL_TCP, TCP_KEEPCNT, 3);
	set(s, SOL_SOCKET, SO_KEEPALIVE, 1);
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

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, tcp_fixture_setup,                  \
					tcp_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(rto_doubles),
		T(progress_ends_the_backoff),
		T(timer_stops_when_all_is_acknowledged),
		T(peer_that_vanished_is_given_up),
		T(orphan_is_given_up_sooner),
		T(user_timeout_is_kept_to_the_moment),
		T(frame_in_the_ring_is_not_sent_again),
		T(retransmission_without_memory_comes_later),
		T(restarting_does_not_touch_the_wheel),
		T(syn_is_repeated_for_two_minutes),
		T(lost_syn_makes_a_careful_start),
		T(text_is_acknowledged_after_40_ms),
		T(every_second_full_segment_is_acknowledged),
		T(sent_text_takes_the_delayed_ack_along),
		T(closed_window_is_probed),
		T(opened_window_ends_the_probing),
		T(answered_probes_keep_the_connection),
		T(unanswered_probes_end_it),
		T(answering_peer_does_not_keep_an_orphan),
		T(shrunk_window_does_not_time_out),
		T(keepalive_is_off_by_default),
		T(keepalive_probes_and_gives_up),
		T(answered_keepalive_waits_the_idle_time_again),
		T(keepalive_only_when_idle),
		T(orphan_leaves_fin_wait_2_after_a_minute),
		T(half_closed_program_may_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
