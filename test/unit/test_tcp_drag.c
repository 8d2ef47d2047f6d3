/*
 * net/tcp/tcp_ack.c: what marks a place in the sequence space is nowhere in
 * the way when its number comes round again.
 */
#include "test/host/tcp_script.h"

#define SEG(n) (1 + ((n)-1) * MSS) /* its first byte */
#define STEP   (1u << 29)

/* Half a GiB at a time, and then a segment that is acknowledged. */
static u32 send_on(struct tcp_fixture *f, struct socket *s, u32 steps)
{
	u32 next = tcp_of(s)->write_seq - tcp_of(s)->iss;

	for (u32 i = 0; i < steps; i++) {
		script_skip(f, s, STEP);
		say(s, MSS, 0);
		expect_full(f, next, 1);
		next += MSS;
		peer_acks(f, next);
	}
	return next;
}

static struct socket *connect_sack(struct tcp_fixture *f)
{
	peer_is_wide(f);
	f->peer.sack = true;
	return connect_after(f, 10);
}

static void no_mark_comes_to_lie_ahead(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_sack(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 *const marks[] = {
		&tp->snd_sml,
		&tp->pmtu_told_seq,
		&tp->probe_end,
		&tp->recover,
		&tp->cwr_seq,
		&tp->dup_high,
		&tp->max_flight_seq,
		&tp->cubic.hystart.round_end,
		&tp->loss.rack.dsack_round,
	};

	for (u32 i = 0; i < ARRAY_SIZE(marks); i++)
		*marks[i] = tp->snd_una;
	for (u32 step = 0; step < 10; step++) {
		send_on(f, s, 1);
		for (u32 i = 0; i < ARRAY_SIZE(marks); i++)
			assert_true(seq_leq(*marks[i], tp->snd_una));
	}
	script_end(f, s);
}

/* RFC 8985 section 6.2 step 4: once in a round trip, and this is another. */
static void reordering_window_grows_after_long(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_sack(f);
	u32 next = send_on(f, s, 1);

	peer_sacks(f, next, next - MSS, next);
	assert_int_equal(tcp_of(s)->loss.rack.reo_steps, 2);
	next = send_on(f, s, 5);
	peer_sacks(f, next, next - MSS, next);
	assert_int_equal(tcp_of(s)->loss.rack.reo_steps, 3);
	script_end(f, s);
}

/* A hole is repaired; 4 GiB later its number is told to have come twice. */
static void an_undo_does_not_come_round(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_sack(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 next;

	say(s, 10 * MSS, 0);
	expect_full(f, 1, 10);
	fixture_run_ms(f->base, 10);
	peer_sacks(f, 1, SEG(2), SEG(6));
	expect_full(f, 1, 1);
	peer_acks(f, SEG(11));
	assert_int_equal(tp->ssthresh, 5 * MSS);
	next = send_on(f, s, 8);
	assert_int_equal(next, SEG(19));
	peer_sacks(f, next, SEG(1), SEG(2));
	assert_int_equal(mib_rise(f, TCPEXT_TCPDSACKUndo), 0);
	assert_int_equal(tp->ssthresh, 5 * MSS);
	script_end(f, s);
}

/* Where the last SACK's walk was is no place of the queue 2 GiB later. */
static void a_walk_does_not_go_on_there(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_sack(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 next;

	say(s, 10 * MSS, 0);
	skip_sent(f);
	peer_sacks(f, 1, SEG(9), SEG(10));
	peer_acks(f, SEG(11));
	next = send_on(f, s, 5);
	say(s, 4 * MSS, 0);
	skip_sent(f);
	assert_null(tp->loss.sack_hint.skb);
	peer_sacks(f, next, next + MSS, next + 2 * MSS);
	assert_int_equal(tp->sacked_bytes, MSS);
	check_scoreboard(tp);
	script_end(f, s);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, tcp_fixture_setup,                  \
					tcp_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_mark_comes_to_lie_ahead),
		T(reordering_window_grows_after_long),
		T(an_undo_does_not_come_round),
		T(a_walk_does_not_go_on_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
