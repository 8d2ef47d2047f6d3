/*
 * The urgent pointer (RFC 9293 section 3.8.5, RFC 6093; URGENT/11): a mark in
 * a stream that stays in line, wherever a peer points.
 */
#include "test/host/tcp_script.h"

/* One segment of the stream from seq on, its urgent pointer set. */
static void peer_urges(struct tcp_fixture *f, u32 seq, u32 len, u16 urg)
{
	peer_send_segment(f, &(struct peer_segment){
				     .flags = TCP_ACK | TCP_URG,
				     .seq = f->peer.iss + seq,
				     .ack = f->peer.guest_iss + 1,
				     .wnd = f->peer.wnd,
				     .urg = urg,
				     .data = script_stream() + seq - 1,
				     .len = len,
			     });
}

/* So many bytes of the stream, from byte `at` on, and no more. */
static void reads(struct socket *s, u32 at, u32 len)
{
	static u8 buf[65536];

	assert_int_equal(sock_recv(s, buf, sizeof(buf), MSG_DONTWAIT), len);
	assert_memory_equal(buf, script_stream() + at, len);
}

/* MUST-31, -62: of any length, behind the last urgent byte; text or none. */
static void a_pointer_to_anywhere_only_marks(void **state)
{
	static const u16 urgs[] = {0, 1, 2, 1459, 1460, 1461, 2920, 65535};
	struct tcp_fixture *f = *state;
	u32 len = 0, total;

	for (u32 n = 0; n < 3 * ARRAY_SIZE(urgs); n++) {
		u16 urg = urgs[n / 3];
		struct socket *s;

		peer_become(f, (u16)(41000 + n));
		s = peer_connect(f);
		len = n % 3 == 2 ? MSS : n % 3;
		total = len + MSS;
		peer_urges(f, 1, len, urg);
		assert_int_equal(!!(sock_poll(s) & EPOLLPRI), urg != 0);
		peer_send(f, TCP_ACK, 1 + len, 1, script_stream() + len, MSS);
		if (urg > 1 && urg <= total) {
			reads(s, 0, urg - 1u);
			assert_int_equal(sock_at_mark(s), 1);
			reads(s, urg - 1u, total + 1 - urg);
		} else {
			assert_int_equal(sock_at_mark(s), urg == 1);
			reads(s, 0, total);
		}
		assert_int_equal(!!(sock_poll(s) & EPOLLPRI), urg > total);
		script_end(f, s);
	}
}

/* MUST-32: a mark moves on with a later one, and never back. */
static void a_mark_only_moves_on(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_urges(f, 1, 10, 16);
	peer_urges(f, 11, 10, 3); /* before that */
	reads(s, 0, 15);
	assert_int_equal(sock_at_mark(s), 1);
	peer_urges(f, 21, 10, 5); /* behind it */
	assert_int_equal(sock_at_mark(s), 0);
	reads(s, 15, 9);
	assert_int_equal(sock_at_mark(s), 1);
	reads(s, 24, 6);
	peer_urges(f, 31, 10, 0); /* at what was read last */
	assert_false(sock_poll(s) & EPOLLPRI);
	reads(s, 30, 10);
	script_end(f, s);
}

/* MUST-66: the window is closed, the pointer counts. */
static void a_closed_window_lets_it_through(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_of(s)->rcv_wnd = 0;
	peer_urges(f, 1, 10, 3);
	fixture_drop(f->base, DROP_TCP_ZERO_WINDOW);
	assert_true(sock_poll(s) & EPOLLPRI);
	script_end(f, s);
}

/* 3.10.7.4 sixth: what is behind the FIN is nothing to wait for. */
static void none_comes_behind_a_fin(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK | TCP_FIN, 1, 1, NULL, 0);
	peer_urges(f, 2, 0, 100);
	assert_false(sock_poll(s) & EPOLLPRI);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE_WAIT);
	script_end(f, s);
}

/* Nor does it change what a SYN, a RST or a FIN means. */
static void other_segments_may_have_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct peer_segment seg = {
		.flags = TCP_SYN | TCP_URG,
		.seq = f->peer.iss,
		.wnd = 8000,
		.urg = 65535,
	};
	struct socket *s;
	char c;

	peer_send_segment(f, &seg);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_false(sock_poll(s) & EPOLLPRI);
	seg.flags = TCP_RST | TCP_URG;
	seg.seq++;
	peer_send_segment(f, &seg);
	assert_int_equal(sock_recv(s, &c, 1, 0), -ECONNRESET);
	script_end(f, s);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, tcp_fixture_setup,               \
					tcp_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_pointer_to_anywhere_only_marks), T(a_mark_only_moves_on),
		T(a_closed_window_lets_it_through),  T(none_comes_behind_a_fin),
		T(other_segments_may_have_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
