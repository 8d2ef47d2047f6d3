/*
 * net/tcp/tcp_output.c and tcp_transmit.c: windows, FIN, ACKs that ride on
 * data, no memory, and the wrap of the sequence numbers.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

/* ---- windows ---- */

static void first_flight_is_ten_segments(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	say(s, 100000, 0);
	expect_full(f, 1, 10);
	expect_nothing(f);
	peer_acks(f, 1 + 2 * MSS); /* slow start: two out, two more */
	expect_full(f, 1 + 10 * MSS, 4);
	expect_nothing(f);
	script_end(f, s);
}

static void nothing_goes_beyond_the_peers_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 4 * MSS;
	s = peer_connect(f);
	say(s, 10 * MSS, 0);
	expect_full(f, 1, 4);
	expect_nothing(f);
	f->peer.wnd = 2 * MSS;
	peer_acks(f, 1 + 3 * MSS); /* of which one is still on its way */
	expect_full(f, 1 + 4 * MSS, 1);
	expect_nothing(f);
	script_end(f, s);
}

/* RFC 9293 3.8.6.2.1: the window opens by a byte each time. */
/* The old window counted from a new SND.UNA would reach beyond the offer. */
static void retransmission_that_acks_more_moves_the_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char text[4];

	f->peer.wnd = 3000;
	peer_send(f, TCP_ACK, 3, 1, "cd", 2); /* "ab" was lost */
	say(s, 2000, 0);
	skip_sent(f);
	f->peer.wnd = 1000; /* the right edge stays where it was */
	peer_send(f, TCP_ACK, 1, 2001, "ab", 2);
	assert_int_equal(tcp_of(s)->snd_una - tcp_of(s)->iss, 2001);
	assert_int_equal(tcp_of(s)->snd_wnd, 1000);
	assert_int_equal(sock_recv(s, text, sizeof(text), 0), 4);
	script_end(f, s);
}

static void window_of_bytes_makes_no_tiny_segments(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u32 sent;

	f->peer.wnd = 4 * MSS;
	s = peer_connect(f);
	say(s, 20 * MSS, 0);
	expect_full(f, 1, 4);
	f->peer.wnd = 0;
	peer_acks(f, 1 + 4 * MSS);
	for (f->peer.wnd = 1; f->peer.wnd < MSS; f->peer.wnd++) {
		peer_acks(f, 1 + 4 * MSS);
		expect_nothing(f);
	}
	peer_acks(f, 1 + 4 * MSS);
	expect_text(f, 1 + 4 * MSS, MSS);
	sent = skip_sent(f);
	assert_int_equal(sent, 0);
	script_end(f, s);
}

/* (3): a peer whose whole window is smaller than a segment. */
static void half_of_a_small_window_is_enough(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 800;
	s = peer_connect(f);
	say(s, 5000, 0);
	expect_text(f, 1, 800);
	f->peer.wnd = 399;
	peer_acks(f, 801);
	expect_nothing(f);
	f->peer.wnd = 400;
	peer_acks(f, 801);
	expect_text(f, 801, 400);
	script_end(f, s);
}

/* (4): and if it never opens that far, the override time-out. */
static void too_small_a_window_is_used_after_a_while(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 4 * MSS;
	s = peer_connect(f);
	say(s, 5 * MSS, 0);
	expect_full(f, 1, 4);
	f->peer.wnd = 100;
	peer_acks(f, 1 + 4 * MSS);
	expect_nothing(f);
	fixture_run_ms(f->base, 202);
	expect_text(f, 1 + 4 * MSS, 100);
	script_end(f, s);
}

/* SHLD-16: a bare ACK must be acceptable to a peer that shrank its window. */
static void ack_stays_inside_a_shrunk_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 4 * MSS, 0);
	expect_full(f, 1, 4);
	f->peer.wnd = MSS;
	peer_acks(f, 1);
	tcp_send_ack(tcp_of(s));
	expect(f, TCP_ACK, 1 + MSS, 1, 0);
	script_end(f, s);
}

static void restart_after_idle_is_a_first_flight(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	say(s, 20 * MSS, 0);
	expect_full(f, 1, 10);
	peer_acks(f, 1 + 10 * MSS);
	expect_full(f, 1 + 10 * MSS, 10);
	peer_acks(f, 1 + 20 * MSS);
	fixture_run_ms(f->base, 5000);
	say(s, 40 * MSS, 0);
	expect_full(f, 1 + 20 * MSS, 10);
	expect_nothing(f);
	script_end(f, s);
}

/* ---- FIN ---- */

static void fin_rides_on_the_last_text(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 10, 0);
	expect_text(f, 1, 10);
	say(s, 20, 0); /* Nagle */
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	expect(f, TCP_ACK | TCP_PSH | TCP_FIN, 11, 1, 20);
	script_end(f, s);
}

static void fin_alone_ignores_cwnd(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	say(s, 10 * MSS, 0);
	expect_full(f, 1, 10);
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	expect(f, TCP_ACK | TCP_FIN, 1 + 10 * MSS, 1, 0);
	script_end(f, s);
}

/* The text fills the window to the byte: the FIN is one too many. */
static void fin_waits_for_the_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 100;
	s = peer_connect(f);
	say(s, 40, 0);
	expect_text(f, 1, 40);
	say(s, 60, 0);
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	expect_text(f, 41, 60);
	expect_nothing(f);
	peer_acks(f, 101);
	expect(f, TCP_ACK | TCP_FIN, 101, 1, 0);
	script_end(f, s);
}

/* ---- ACKs ride on data ---- */

static void answer_carries_the_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u8 buf[64];

	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "question", 8);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 8);
	say(s, 30, 0);
	expect(f, TCP_ACK | TCP_PSH, 1, 9, 30);
	fixture_run_ms(f->base, 100);
	expect_nothing(f);
	script_end(f, s);
}

/* ---- no memory ---- */

/* What a receiver without an out-of-order queue has, after `seen`. */
static u32 take_in_order(struct tcp_fixture *f, u32 seen)
{
	while (peer_receive(f)) {
		assert_memory_equal(f->seen.data,
				    script_stream() + f->seen.seq_rel - 1,
				    f->seen.len);
		if (f->seen.seq_rel == seen)
			seen += f->seen.len;
	}
	return seen;
}

/* Each allocation of a write and its sending fails once: all arrives. */
static void failed_allocations_lose_no_byte(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct tcp_sock *tp = tcp_of(s);

	for (u64 n = 1; n <= 12; n++) {
		u32 at = tp->write_seq - tp->iss, seen = at;
		ssize_t took;

		sim_fail_alloc_after(n);
		took = sock_send(s, script_stream() + at - 1, 3 * MSS, 0);
		sim_fail_alloc_after(0);
		assert_true(took > 0 || took == -ENOBUFS);
		for (int i = 0; i < 20; i++) {
			fixture_run_ms(f->base, 100);
			seen = take_in_order(f, seen);
			peer_acks(f, seen);
		}
		assert_int_equal(seen, at + MAX(took, 0));
		assert_int_equal(tp->snd_una, tp->write_seq);
	}
	script_end(f, s);
}

static void fin_without_memory_goes_later(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	sim_fail_alloc_after(1);
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	sim_fail_alloc_after(0);
	expect_nothing(f);
	fixture_run_ms(f->base, 1500);
	expect(f, TCP_ACK | TCP_FIN, 1, 1, 0);
	skip_sent(f);
	script_end(f, s);
}

static void ack_without_memory_goes_later(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	sim_fail_alloc_after(1);
	tcp_send_ack(tcp_of(s));
	sim_fail_alloc_after(0);
	expect_nothing(f);
	fixture_run_ms(f->base, 41);
	expect(f, TCP_ACK, 1, 1, 0);
	script_end(f, s);
}

/* ---- sequence numbers wrap ---- */

/* RFC 9293 section 3.4: 100 KB through the wrap at 2^32 and at 2^31. */
static void stream_crosses(struct tcp_fixture *f, u32 iss)
{
	struct socket *s = connect_wide(f);
	u32 acked = 1;

	script_shift_iss(f, s, iss);
	say(s, 100000, 0);
	while (acked < 100001) {
		assert_true(peer_receive(f));
		assert_int_equal(f->seen.seq_rel, acked);
		assert_memory_equal(f->seen.data, script_stream() + acked - 1,
				    f->seen.len);
		acked += f->seen.len;
		peer_acks(f, acked);
	}
	expect_nothing(f);
	assert_int_equal(tcp_of(s)->snd_una, iss + 100001);
	script_end(f, s);
}

static void stream_crosses_2_to_the_32(void **state)
{
	stream_crosses(*state, 0xfffffff0);
}

static void stream_crosses_2_to_the_31(void **state)
{
	stream_crosses(*state, 0x7ffffff0);
}

/* Nagle's mark is 2^31 bytes old: it must not hold anything back. */
static void old_small_segment_is_forgotten(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct tcp_sock *tp = tcp_of(s);

	for (u32 distance = 1; distance; distance <<= 1) {
		u32 at = tp->write_seq - tp->iss;

		tp->snd_sml = tp->snd_una - distance;
		say(s, MSS + 10, 0);
		expect_text(f, at, MSS);
		expect_text(f, at + MSS, 10);
		peer_acks(f, at + MSS + 10);
	}
	script_end(f, s);
}

/* RFC 791: a link may have 68 bytes; nobody cuts what has DF. */
static void segments_fit_the_smallest_link(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->base->dev.mtu = 68;
	f->peer.mss = 28;
	s = peer_connect(f);
	say(s, 60, 0);
	expect_text(f, 1, 28);
	expect_text(f, 29, 28);
	script_end(f, s);
}

/* ---- limits of our own answers ---- */

/* Row 144, CVE-2016-5696: another's limit is not to be seen. */
static void each_connection_has_its_own_limit(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *first = peer_connect(f), *second;
	struct tcp_peer peer = f->peer;

	for (u32 i = 0; i < 100; i++)
		peer_send(f, TCP_RST, 2 + i, 0, NULL, 0);
	skip_sent(f);
	peer_become(f, PEER_PORT + 1);
	second = peer_connect(f);
	for (u32 i = 0; i < 10; i++) {
		peer_send(f, TCP_RST, 2 + i, 0, NULL, 0);
		expect(f, TCP_ACK, 1, 1, 0);
	}
	script_end(f, second);
	f->peer = peer;
	script_end(f, first);
}

static void challenge_acks_are_ten_a_second(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	for (u32 i = 0; i < 100; i++)
		peer_send(f, TCP_RST, 2 + i, 0, NULL, 0);
	assert_int_equal(skip_sent(f), 10);
	assert_int_equal(mib_rise(f, TCPEXT_TCPChallengeACK), 10);
	assert_int_equal(mib_rise(f, TCPEXT_TCPACKSkippedChallenge), 90);
	peer_send(f, TCP_ACK, 1 << 30, 1, NULL, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPACKSkippedSeq), 1);
	fixture_run_ms(f->base, 1000);
	peer_send(f, TCP_ACK, 1 << 30, 1, NULL, 0);
	assert_int_equal(skip_sent(f), 1);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_flight_is_ten_segments),
		T(nothing_goes_beyond_the_peers_window),
		T(retransmission_that_acks_more_moves_the_window),
		T(window_of_bytes_makes_no_tiny_segments),
		T(half_of_a_small_window_is_enough),
		T(too_small_a_window_is_used_after_a_while),
		T(ack_stays_inside_a_shrunk_window),
		T(restart_after_idle_is_a_first_flight),
		T(fin_rides_on_the_last_text),
		T(fin_alone_ignores_cwnd),
		T(fin_waits_for_the_window),
		T(answer_carries_the_ack),
		T(failed_allocations_lose_no_byte),
		T(fin_without_memory_goes_later),
		T(ack_without_memory_goes_later),
		T(stream_crosses_2_to_the_32),
		T(stream_crosses_2_to_the_31),
		T(old_small_segment_is_forgotten),
		T(each_connection_has_its_own_limit),
		T(segments_fit_the_smallest_link),
		T(challenge_acks_are_ten_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
