/* net/tcp/tcp_window.c: what we offer, and when the peer is told. */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

/* The right edge that the peer has seen last, relative to its ISN. */
static u32 seen_edge(struct tcp_fixture *f, struct socket *s)
{
	return f->seen.ack_rel + ((u32)f->seen.wnd << tcp_of(s)->rcv_wscale);
}

static struct socket *connect_rcvbuf(struct tcp_fixture *f, u32 rcvbuf)
{
	struct socket *s;

	peer_is_wide(f);
	f->listener->sk->rcvbuf = rcvbuf;
	f->listener->sk->rcvbuf_locked = true;
	s = peer_connect(f);
	tcp_of(s)->quick_acks = 0;
	return s;
}

/* The peer sends len bytes at seq; without an answer yet. */
static void peer_says(struct tcp_fixture *f, u32 seq, u32 len)
{
	peer_send(f, TCP_ACK, seq, 1, script_stream() + seq - 1, len);
}

static u32 read_some(struct socket *s, u32 len)
{
	static u8 buf[1 << 16];
	ssize_t got = sock_recv(s, buf, len, 0);

	return got > 0 ? (u32)got : 0;
}

static void scale_is_enough_for_the_buffer(void **state)
{
	for (u32 buf = 1; buf < 1u << 30; buf += buf / 7 + 1) {
		u8 scale = tcp_pick_wscale(buf);

		assert_true(scale <= 14);
		assert_true((65535ull << scale) + (1u << scale) > buf ||
			    scale == 14);
		assert_true(!scale || 65535ull << (scale - 1) < buf);
	}
}

static void syn_window_is_not_scaled(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = start_connect(f, 99);

	assert_true(peer_receive(f));
	assert_int_equal(f->seen.wnd, 65535);
	assert_int_equal(tcp_of(s)->rcv_wnd, 65535);
	assert_int_equal(f->seen.opt.mss, 1460);
	assert_true(f->seen.opt.has_wscale && f->seen.opt.has_ts);
	sock_close(s);
}

static void window_opens_fully_after_the_handshake(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 1 << 20);

	say(s, 1, 0);
	assert_true(peer_receive(f));
	assert_in_range(seen_edge(f, s), (1 << 20) - 31, (1 << 20) + 1);
	script_end(f, s);
}

/* Nobody reads: the window closes without its edge ever moving back. */
static void never_shrinks_while_it_fills(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 200000);
	u32 edge = 0, seq = 1, len = 1;

	while (tcp_rcv_wnd(tcp_of(s)) >= MSS) {
		len = 1 + (u32)(sim_random() % MSS);
		peer_says(f, seq, len);
		seq += len;
		tcp_send_ack(tcp_of(s));
		while (peer_receive(f)) {
			assert_int_equal(f->seen.ack_rel, seq);
			assert_true(seen_edge(f, s) >= edge);
			edge = seen_edge(f, s);
		}
	}
	assert_true(edge <= 1 + 200000 + 200000 / 8);
	assert_true(seq > 150000);
	script_end(f, s);
}

/*
 * A byte a segment would let the edge creep without end by the scale's
 * grain: it stops, and what was once offered is still taken.
 */
static void grain_of_the_scale_does_not_creep_for_ever(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	struct tcp_sock *tp;
	u32 start;

	s = connect_rcvbuf(f, 100000);
	tp = tcp_of(s);
	tp->rcv_wscale = 7;
	tcp_send_ack(tp);
	skip_sent(f);
	start = tp->rcv_wup + tp->rcv_wnd;
	for (u32 i = 1; i <= 2000; i++) {
		u32 edge = tp->rcv_wup + tp->rcv_wnd;

		peer_says(f, i, 1);
		tcp_send_ack(tp);
		skip_sent(f);
		assert_true(seq_geq(tp->rcv_wup + tp->rcv_wnd, edge));
	}
	assert_true(tp->rcv_wup + tp->rcv_wnd - start <= 100000 / 8 + 128);
	script_end(f, s);
}

/* The peer sends until the window is closed; its next sequence number. */
static u32 fill_window(struct tcp_fixture *f, struct socket *s)
{
	u32 seq = 1;

	while (tcp_rcv_wnd(tcp_of(s)) > 0) {
		u32 len = MIN(tcp_rcv_wnd(tcp_of(s)), MSS);

		peer_says(f, seq, len);
		seq += len;
		skip_sent(f);
	}
	fixture_run_ms(f->base, 50);
	skip_sent(f);
	return seq;
}

/* MUST-39: read a byte at a time; the peer hears little of it. */
static void reading_bytes_makes_few_updates(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 20000);
	u32 seq = fill_window(f, s), updates = 0, read = 0;

	while (read_some(s, 1)) {
		read++;
		if (!peer_receive(f))
			continue;
		updates++;
		assert_true(seen_edge(f, s) - f->seen.ack_rel >= MSS - 128);
	}
	assert_int_equal(read, seq - 1);
	assert_in_range(updates, 1, 6);
	script_end(f, s);
}

static void closed_window_opens_by_itself(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 30000);
	u32 seq = fill_window(f, s);

	assert_int_equal(f->seen.wnd, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPToZeroWindowAdv), 1);
	while (read_some(s, 60000))
		;
	assert_int_equal(skip_sent(f), 1);
	assert_true(seen_edge(f, s) - seq >= 30000 - 128);
	assert_int_equal(mib_rise(f, TCPEXT_TCPFromZeroWindowAdv), 1);
	script_end(f, s);
}

/* It is small, not closed: an ACK of its own is for twice as much. */
static void window_that_doubles_is_told(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 200000);
	u32 seq = 1;

	for (; tcp_rcv_wnd(tcp_of(s)) > 20000; seq += MSS)
		peer_says(f, seq, MSS);
	fixture_run_ms(f->base, 50);
	skip_sent(f);
	assert_true(tcp_rcv_wnd(tcp_of(s)) > 18000);
	assert_int_equal(read_some(s, 10 * MSS), 10 * MSS);
	expect_nothing(f);
	assert_int_equal(read_some(s, 10 * MSS), 10 * MSS);
	assert_int_equal(skip_sent(f), 1);
	assert_true(seen_edge(f, s) - seq > 2 * 18000);
	script_end(f, s);
}

/* A request and its answer: no ACK of its own for what was read. */
static void small_reads_send_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 256 * 1024);
	u32 seq = 1;

	for (int i = 0; i < 50; i++) {
		peer_says(f, seq, 100);
		seq += 100;
		assert_int_equal(read_some(s, 1000), 100);
		expect_nothing(f);
		say(s, 10, 0);
		skip_sent(f);
		peer_send(f, TCP_ACK, seq, 1 + 10 * ((u32)i + 1), NULL, 0);
		expect_nothing(f);
	}
	script_end(f, s);
}

/* There the window is never an eighth of a large buffer. */
static void reading_without_a_scale_sends_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->listener->sk->rcvbuf = 540000;
	f->listener->sk->rcvbuf_locked = true;
	s = peer_connect(f);
	assert_int_equal(tcp_of(s)->rcv_wscale, 0);
	peer_says(f, 1, 1000);
	skip_sent(f);
	assert_int_equal(read_some(s, 1000), 1000);
	expect_nothing(f);
	script_end(f, s);
}

/* Tiny segments hold whole buffers: memory counts, not only bytes. */
static void overhead_counts_against_the_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 100000);
	struct tcp_sock *tp = tcp_of(s);

	tp->sk.rmem_alloc = 2 * 100000 - 5000;
	assert_int_equal(tcp_rcv_space(tp), 5000);
	tp->sk.rmem_alloc = 2 * 100000;
	assert_int_equal(tcp_rcv_space(tp), 0);
	tp->sk.rmem_alloc = 0;
	assert_int_equal(tcp_rcv_space(tp), 100000);
	tp->ofo_bytes = 1000;
	assert_int_equal(tcp_rcv_space(tp), 99000);
	tp->ofo_bytes = 0;
	script_end(f, s);
}

/* One segment each, as long as a socket holds none: hoarders lock out none. */
static void table_out_of_memory_offers_one_segment(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_rcvbuf(f, 100000);
	struct tcp_sock *tp = tcp_of(s);
	u64 max = tp->table->memory_max;
	u32 edge = tp->rcv_wup + tp->rcv_wnd;

	tp->table->memory_max = 0;
	assert_in_range(tcp_rcv_space(tp), 1, 2 * tp->rcv_mss);
	tcp_send_ack(tp);
	skip_sent(f);
	assert_true(seq_leq(tp->rcv_wup + tp->rcv_wnd, edge + 32));
	peer_send(f, TCP_ACK | TCP_PSH, 1, 1, "hi", 2);
	assert_int_equal(tcp_rcv_space(tp), 0);
	peer_send(f, TCP_ACK | TCP_PSH, 3, 1, "ho", 2);
	assert_int_equal(tp->rcv_nxt - tp->irs, 3);
	assert_int_equal(sock_recv(s, (char[4]){0}, 4, 0), 2);
	peer_send(f, TCP_ACK | TCP_PSH, 3, 1, "ho", 2);
	assert_int_equal(sock_recv(s, (char[4]){0}, 4, 0), 2);
	skip_sent(f);
	tp->table->memory_max = max;
	script_end(f, s);
}

/* The arithmetic is right where the peer's numbers wrap. */
static void window_crosses_2_to_the_32(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u32 seq = 1;

	f->peer.iss = 0xffffff00;
	s = connect_rcvbuf(f, 50000);
	for (int i = 0; i < 100; i++) {
		peer_says(f, seq, MSS);
		seq += MSS;
		assert_int_equal(read_some(s, 10000), MSS);
		while (peer_receive(f))
			assert_true(seen_edge(f, s) - seq <= 50000);
		assert_true(tcp_rcv_wnd(tcp_of(s)) >= 50000 - 4 * MSS);
	}
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scale_is_enough_for_the_buffer),
		T(syn_window_is_not_scaled),
		T(window_opens_fully_after_the_handshake),
		T(never_shrinks_while_it_fills),
		T(grain_of_the_scale_does_not_creep_for_ever),
		T(reading_bytes_makes_few_updates),
		T(closed_window_opens_by_itself),
		T(small_reads_send_nothing),
		T(reading_without_a_scale_sends_nothing),
		T(overhead_counts_against_the_window),
		T(table_out_of_memory_offers_one_segment),
		T(window_crosses_2_to_the_32),
		T(window_that_doubles_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
