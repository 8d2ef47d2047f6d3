/*
 * net/tcp/tcp_rack.c: what is lost, by time (RFC 8985 section 6, conformance
 * row 130); tcp_undo.c: what was no loss (RFC 3522, 3708, 5682).
 */
#include "test/host/tcp_script.h"

#include <string.h>

#define SEG(n) (1 + ((n)-1) * len) /* its first byte */
#define RTT    100

static u32 len; /* of a full segment: less beside timestamps */

/* `segs` segments sent and a round trip passed. */
static struct socket *flight(struct tcp_fixture *f, u32 segs, u32 flags)
{
	struct socket *s = connect_sacking(f, RTT);

	len = tcp_of(s)->mss;
	say(s, segs * len, flags);
	skip_sent(f);
	fixture_run_ms(f->base, RTT);
	return s;
}

static void check_state(struct socket *s, u32 state, u32 lost)
{
	check_scoreboard(tcp_of(s));
	assert_int_equal(tcp_of(s)->ca_state, state);
	assert_int_equal(tcp_of(s)->lost_bytes, lost * len);
}

/* Every second segment of a burst had a PSH (tcp_output.c). */
static void pair_that_goes_again_ends_with_a_psh_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, SEG(3), SEG(5), SEG(11));
	expect(f, TCP_ACK, SEG(3), 1, len);
	expect(f, TCP_ACK | TCP_PSH, SEG(4), 1, len);
	script_end(f, s);
}

static void half_a_pair_goes_again_without_a_psh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, SEG(4), SEG(6), SEG(11));
	expect(f, TCP_ACK, SEG(4), 1, len);
	expect(f, TCP_ACK, SEG(5), 1, len);
	script_end(f, s);
}

/* One SACK: a quarter of the round trip later what came before is lost. */
static void reordering_window_is_a_quarter_round_trip(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, MSG_STATIC);

	peer_sacks(f, 1, SEG(8), SEG(9));
	check_state(s, TCP_CA_DISORDER, 0);
	assert_in_range(wait_sent(f, 100), 26, 29);
	assert_int_equal(f->seen.seq_rel, SEG(1));
	check_state(s, TCP_CA_RECOVERY, 7);
	expect_nothing(f);
	peer_sacks(f, 1, SEG(4), SEG(5), SEG(8), SEG(9));
	expect_full(f, SEG(2), 1);
	check_state(s, TCP_CA_RECOVERY, 6);
	assert_int_equal(tcp_of(s)->loss.reordering, 5);
	script_end(f, s);
}

/* A window of small segments in which only the last arrives. */
static void no_walk_takes_a_whole_window(void **state)
{
	struct tcp_fixture *f = *state;
	const u32 small = 100, count = 3 * TCP_SACK_STEPS;
	struct socket *s = connect_sacking(f, RTT);
	struct tcp_sock *tp = tcp_of(s);

	tp->nodelay = true;
	tp->sk.sndbuf = 16 << 20;
	tp->cwnd = 1 << 20;
	for (u32 i = 0; i < count; i++)
		say(s, small, 0);
	skip_sent(f);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, 1, 1 + (count - 1) * small, 1 + count * small);
	for (u32 ms = 0; ms < RTT && !tp->lost_bytes; ms++) {
		fixture_run_ms(f->base, 1);
		fixture_tx_purge(f->base);
	}
	assert_int_equal(tp->lost_bytes, TCP_SACK_STEPS * small);
	check_scoreboard(tp);
	for (u32 ms = 0; ms < 10; ms++) {
		fixture_run_ms(f->base, 1);
		fixture_tx_purge(f->base);
	}
	assert_int_equal(tp->lost_bytes, (count - 1) * small);
	assert_int_equal(tp->ca_state, TCP_CA_RECOVERY);
	check_scoreboard(tp);
	script_end(f, s);
}

static void late_segment_within_the_window_is_no_loss(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 4, 0);

	peer_sacks(f, 1, SEG(4), SEG(5));
	fixture_run_ms(f->base, 20);
	peer_acks(f, SEG(5));
	check_state(s, TCP_CA_OPEN, 0);
	assert_int_equal(wait_sent(f, 500), UINT32_MAX);
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 0);
	script_end(f, s);
}

static void three_segments_sacked_need_no_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, 1, SEG(3), SEG(4));
	peer_sacks(f, 1, SEG(7), SEG(8), SEG(3), SEG(4));
	expect_nothing(f);
	peer_sacks(f, 1, SEG(9), SEG(10), SEG(7), SEG(8), SEG(3), SEG(4));
	check_state(s, TCP_CA_RECOVERY, 6);
	expect_full(f, SEG(1), 1);
	expect_nothing(f);
	peer_sacks(f, 1, SEG(3), SEG(5), SEG(7), SEG(8), SEG(9), SEG(10));
	expect_full(f, SEG(2), 1);
	assert_int_equal(tcp_of(s)->loss.reordering, 6);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSACKReorder), 1);
	script_end(f, s);
}

/* Who was seen to reorder is given time even for many SACKs. */
static void reordering_seen_makes_it_wait(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, 1, SEG(4), SEG(5));
	peer_sacks(f, 1, SEG(2), SEG(3), SEG(4), SEG(5));
	peer_acks(f, SEG(11));
	assert_true(tcp_of(s)->loss.reord_seen);
	say(s, 10 * len, 0);
	skip_sent(f);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, SEG(11), SEG(12), SEG(20));
	skip_sent(f);
	check_state(s, TCP_CA_DISORDER, 0);
	assert_in_range(wait_sent(f, 100), 26, 29);
	assert_int_equal(f->seen.seq_rel, SEG(11));
	script_end(f, s);
}

static void lost_retransmission_is_found_by_later_ones(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, 1, SEG(4), SEG(11));
	expect_full(f, SEG(1), 3);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, 1, SEG(2), SEG(11));
	expect_full(f, SEG(1), 1); /* 2 and 3 were sent after it */
	assert_int_equal(mib_rise(f, TCPEXT_TCPLostRetransmit), 1);
	fixture_run_ms(f->base, RTT);
	peer_acks(f, SEG(11));
	check_state(s, TCP_CA_OPEN, 0);
	script_end(f, s);
}

/* 6.2 step 4: DSACKs widen the window, sixteen recoveries narrow it. */
static void dsacks_widen_the_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);
	struct tcp_sock *tp = tcp_of(s);

	peer_sacks(f, SEG(11), SEG(1), SEG(2));
	assert_int_equal(tp->loss.rack.reo_steps, 2);
	say(s, 10 * len, 0);
	skip_sent(f);
	peer_sacks(f, SEG(12), SEG(2), SEG(3));
	assert_int_equal(tp->loss.rack.reo_steps, 3);
	peer_sacks(f, SEG(13), SEG(3), SEG(4)); /* the same round trip */
	assert_int_equal(tp->loss.rack.reo_steps, 3);
	assert_int_equal(mib_rise(f, TCPEXT_TCPDSACKRecv), 3);
	for (u32 i = 0; i < 16; i++)
		tcp_rack_recovered(tp);
	assert_int_equal(tp->loss.rack.reo_steps, 1);
	script_end(f, s);
}

/* The answer came sooner than any could: it is the original's. */
static void answer_too_soon_is_the_originals(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, 1, SEG(3), SEG(8));
	expect_full(f, SEG(1), 2);
	skip_sent(f);
	fixture_run_ms(f->base, 5);
	peer_sacks(f, 1, SEG(2), SEG(8)); /* 5 ms after it went again */
	expect_nothing(f); /* 1 was sent before 2 again, and is not lost */
	check_scoreboard(tcp_of(s));
	script_end(f, s);
}

/* After a time-out three SACKed segments are enough again. */
static void timeout_forgets_how_far_reordering_went(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, 1, SEG(8), SEG(9));
	peer_sacks(f, 1, SEG(2), SEG(3), SEG(8), SEG(9));
	assert_int_equal(tcp_of(s)->loss.reordering, 7);
	wait_timeout(f);
	assert_int_equal(tcp_of(s)->loss.reordering, TCP_REORDERING);
	script_end(f, s);
}

/* 6.2 step 4: however many DSACKs, no longer than a round trip. */
static void window_grows_to_a_round_trip(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);
	u32 next = 11;

	for (; next <= 101; next += 10) {
		peer_sacks(f, SEG(next), SEG(next - 10), SEG(next - 9));
		say(s, 10 * len, 0);
		skip_sent(f);
		fixture_run_ms(f->base, RTT);
	}
	assert_int_equal(tcp_of(s)->loss.rack.reo_steps, 11);
	peer_sacks(f, SEG(next - 10), SEG(next - 1), SEG(next));
	check_state(s, TCP_CA_DISORDER, 0);
	assert_in_range(wait_sent(f, 500), RTT, RTT + 4);
	assert_int_equal(f->seen.seq_rel, SEG(next - 10));
	check_state(s, TCP_CA_RECOVERY, 9);
	script_end(f, s);
}

/* ---- undo ---- */

static void into_recovery(struct tcp_fixture *f, struct socket *s)
{
	peer_sacks(f, 1, SEG(2), SEG(5));
	skip_sent(f);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_RECOVERY);
	assert_true(tcp_of(s)->ssthresh < 10 * len);
}

static void check_undone(struct socket *s)
{
	check_state(s, TCP_CA_OPEN, 0);
	assert_true(tcp_of(s)->cwnd >= 10 * len);
	assert_true(tcp_of(s)->ssthresh > 1000 * len);
}

/* With timestamps; *echo: what the peer's ACK of the originals echoes. */
static struct socket *stamped_flight(struct tcp_fixture *f, u32 segs, u32 *echo)
{
	struct socket *s;

	f->peer.ts = true;
	s = flight(f, segs, 0);
	*echo = f->peer.tsecr;
	return s;
}

static void acks_echoing(struct tcp_fixture *f, u32 ack_rel, u32 echo)
{
	f->peer.tsecr = echo;
	peer_acks(f, ack_rel);
}

/* Eifel: the ACK echoes what was sent before the retransmission. */
static void echo_of_the_original_undoes_recovery(void **state)
{
	struct tcp_fixture *f = *state;
	u32 echo;
	struct socket *s = stamped_flight(f, 10, &echo);

	into_recovery(f, s);
	acks_echoing(f, SEG(11), echo);
	check_undone(s);
	assert_int_equal(mib_rise(f, TCPEXT_TCPFullUndo), 1);
	script_end(f, s);
}

static void echo_of_the_retransmission_does_not(void **state)
{
	struct tcp_fixture *f = *state;
	u32 echo;
	struct socket *s = stamped_flight(f, 10, &echo);

	into_recovery(f, s);
	fixture_run_ms(f->base, RTT);
	peer_acks(f, SEG(11));
	check_state(s, TCP_CA_OPEN, 0);
	assert_int_equal(tcp_of(s)->cwnd, tcp_of(s)->ssthresh);
	assert_int_equal(mib_rise(f, TCPEXT_TCPFullUndo), 0);
	script_end(f, s);
}

static void partial_ack_by_the_original_undoes(void **state)
{
	struct tcp_fixture *f = *state;
	u32 echo;
	struct socket *s = stamped_flight(f, 10, &echo);

	into_recovery(f, s);
	acks_echoing(f, SEG(5), echo);
	check_undone(s);
	assert_int_equal(mib_rise(f, TCPEXT_TCPPartialUndo), 1);
	assert_true(tcp_of(s)->loss.reord_seen);
	script_end(f, s);
}

/* TCP_INFO's numbers of what was out of order, there and here. */
static void info_counts_what_came_twice_or_early(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);
	struct tcp_info info;
	u32 size = sizeof(info);

	peer_sacks(f, 1, SEG(4), SEG(5));
	peer_sacks(f, 1, SEG(2), SEG(3), SEG(4), SEG(5));
	peer_acks(f, SEG(11));
	peer_sacks(f, SEG(11), SEG(1), SEG(2));
	peer_sacks(f, SEG(11), SEG(2), SEG(3));
	for (u32 i = 1; i <= 3; i++)
		peer_send(f, TCP_ACK, 1 + 10 * i, SEG(11), "early", 5);
	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &size),
			 0);
	assert_int_equal(info.reord_seen, 2);
	assert_int_equal(info.dsack_dups, 2);
	assert_int_equal(info.rcv_ooopack, 3);
	script_end(f, s);
}

static void dsack_of_each_retransmission_undoes(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, 1, SEG(3), SEG(8));
	expect_full(f, SEG(1), 2);
	skip_sent(f);
	peer_acks(f, SEG(11));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	fixture_run_ms(f->base, RTT);
	peer_sacks(f, SEG(11), SEG(1), SEG(2));
	assert_true(tcp_of(s)->cwnd < 10 * len);
	peer_sacks(f, SEG(11), SEG(2), SEG(3));
	check_undone(s);
	assert_int_equal(mib_rise(f, TCPEXT_TCPDSACKUndo), 1);
	script_end(f, s);
}

/* Without SACK, by timestamps alone. */
static void echo_undoes_newreno_too(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u32 echo;

	peer_is_wide(f);
	f->peer.ts = true;
	s = connect_after(f, RTT);
	len = tcp_of(s)->mss;
	say(s, 10 * len, 0);
	skip_sent(f);
	fixture_run_ms(f->base, RTT);
	echo = f->peer.tsecr;
	for (int i = 0; i < 3; i++)
		peer_acks(f, 1);
	skip_sent(f);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_RECOVERY);
	acks_echoing(f, SEG(11), echo);
	assert_int_equal(mib_rise(f, TCPEXT_TCPFullUndo), 1);
	assert_true(tcp_of(s)->cwnd >= 10 * len);
	script_end(f, s);
}

/* The whole path was slow: the first ACK is for more than went again. */
static void data_not_sent_again_undoes_a_timeout(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 8, 0);

	wait_timeout(f);
	skip_sent(f);
	assert_int_equal(tcp_of(s)->cwnd, tcp_of(s)->mss);
	peer_acks(f, SEG(3)); /* only 1 was sent again */
	check_undone(s);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSpuriousRTOs), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossUndo), 1);
	script_end(f, s);
}

/* A SACK of what was SACKed before, and was not, tells nothing of the path. */
static void reneging_proves_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 8, 0);

	peer_sacks(f, 1, SEG(2), SEG(4));
	peer_acks(f, SEG(2));
	wait_timeout(f);
	skip_sent(f);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSACKReneging), 1);
	peer_sacks(f, SEG(2), SEG(3), SEG(4));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_LOSS);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSpuriousRTOs), 0);
	script_end(f, s);
}

static void ack_of_the_retransmission_proves_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 8, 0);

	wait_timeout(f);
	skip_sent(f);
	peer_acks(f, SEG(2));
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_LOSS);
	expect_full(f, SEG(2), 2);
	peer_acks(f, SEG(9)); /* the rest had arrived */
	check_state(s, TCP_CA_OPEN, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSpuriousRTOs), 0);
	assert_true(tcp_of(s)->ssthresh < 10 * len);
	script_end(f, s);
}

static void echo_of_the_original_undoes_a_timeout(void **state)
{
	struct tcp_fixture *f = *state;
	u32 echo;
	struct socket *s = stamped_flight(f, 8, &echo);

	wait_timeout(f);
	skip_sent(f);
	acks_echoing(f, SEG(2), echo);
	check_undone(s);
	assert_int_equal(mib_rise(f, TCPEXT_TCPLossUndo), 1);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pair_that_goes_again_ends_with_a_psh_again),
		T(half_a_pair_goes_again_without_a_psh),
		T(reordering_window_is_a_quarter_round_trip),
		T(no_walk_takes_a_whole_window),
		T(late_segment_within_the_window_is_no_loss),
		T(three_segments_sacked_need_no_window),
		T(reordering_seen_makes_it_wait),
		T(lost_retransmission_is_found_by_later_ones),
		T(dsacks_widen_the_window),
		T(answer_too_soon_is_the_originals),
		T(echo_of_the_original_undoes_recovery),
		T(echo_of_the_retransmission_does_not),
		T(partial_ack_by_the_original_undoes),
		T(info_counts_what_came_twice_or_early),
		T(dsack_of_each_retransmission_undoes),
		T(echo_undoes_newreno_too),
		T(data_not_sent_again_undoes_a_timeout),
		T(reneging_proves_nothing),
		T(ack_of_the_retransmission_proves_nothing),
		T(echo_of_the_original_undoes_a_timeout),
		T(timeout_forgets_how_far_reordering_went),
		T(window_grows_to_a_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
