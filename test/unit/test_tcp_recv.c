/*
 * net/tcp/tcp_recv.c: recvmsg and poll (RFC 9293 section 3.10.3), through
 * the socket calls.
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "test/host/machine_sim.h"

static void text_is_read_in_pieces(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[16];

	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
	peer_send(f, TCP_ACK, 1, 1, "abcdef", 6);
	assert_int_equal(sock_poll(s), EPOLLIN | EPOLLOUT);
	assert_int_equal(sock_recv(s, buf, 0, 0), 0);
	assert_int_equal(sock_recv(s, buf, 2, 0), 2);
	assert_memory_equal(buf, "ab", 2);
	peer_send(f, TCP_ACK, 7, 1, "ghi", 3);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 7);
	assert_memory_equal(buf, "cdefghi", 7);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(s->sk->rmem_alloc, 0);
	assert_int_equal(f->net->tcp->memory, 0);
	abort_socket(f, s);
}

static void a_look_ahead_takes_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char big[1400], buf[3000];

	memset(big, 'x', sizeof(big));
	peer_send(f, TCP_ACK, 1, 1, big, sizeof(big));
	peer_send(f, TCP_ACK, 1401, 1, big, sizeof(big));
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(sock_recv(s, buf, sizeof(buf), MSG_PEEK),
				 2800);
	assert_int_equal(sock_recv(s, buf, 1399, MSG_PEEK), 1399);
	assert_int_equal(sock_recv(s, buf, 1401, 0), 1401);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), MSG_PEEK), 1399);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 1399);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), MSG_PEEK), -EAGAIN);
	abort_socket(f, s);
}

/* Threat 9: what counts is what it takes, be it a byte in each segment. */
static void small_segments_are_bounded_by_their_memory(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	int size = 20000;

	sock_setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (u32 i = 0; i < 1000; i++)
		peer_send(f, TCP_ACK, 1 + i, 1, "x", 1);
	assert_true(mib_rise(f, TCPEXT_TCPRcvQDrop) > 0);
	assert_true(s->sk->rmem_alloc <= 2 * s->sk->rcvbuf);
	fixture_tx_purge(f->base);
	abort_socket(f, s);
}

/* When all queues together are full, text ahead of a gap is a luxury. */
static void early_segments_are_bounded_by_all_memory(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u64 max = f->net->tcp->memory_max;
	char c;

	f->net->tcp->memory_max = 0;
	peer_send(f, TCP_ACK, 2, 1, "b", 1);
	fixture_drop(f->base, DROP_TCP_OFO_FULL);
	peer_send(f, TCP_ACK, 1, 1, "a", 1);
	assert_int_equal(sock_recv(s, &c, 1, 0), 1);
	f->net->tcp->memory_max = max;
	abort_socket(f, s);
}

static void text_is_scattered_over_the_iovec(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char a[2], b[3], c[10];
	struct iovec iov[] = {{a, 2}, {NULL, 0}, {b, 3}, {c, 10}};
	struct msghdr msg = {.iov = iov, .iovlen = 4};

	peer_send(f, TCP_ACK, 1, 1, "abcd", 4);
	peer_send(f, TCP_ACK, 5, 1, "efgh", 4);
	assert_int_equal(sock_recvmsg(s, &msg), 8);
	assert_memory_equal(a, "ab", 2);
	assert_memory_equal(b, "cde", 3);
	assert_memory_equal(c, "fgh", 3);
	abort_socket(f, s);
}

static void the_end_comes_after_the_text(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[8];

	peer_send(f, TCP_FIN | TCP_ACK, 1, 1, "bye", 3);
	assert_int_equal(sock_poll(s), EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 3);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), MSG_PEEK), 0);
	abort_socket(f, s);
}

static void sockets_without_a_connection_say_so(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);
	char buf[4];

	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -ENOTCONN);
	assert_int_equal(sock_poll(s), EPOLLOUT | EPOLLHUP);
	assert_int_equal(sock_recv(f->listener, buf, sizeof(buf), 0),
			 -ENOTCONN);
	sock_close(s);
}

/* Every byte pattern of sizes, across the wrap of the sequence space. */
static void numbers_may_wrap(void **state)
{
	static const u32 first[] = {0xffffff00, 0x7fffff00, 0xffffffff};
	struct tcp_fixture *f = *state;
	u8 text[1000], buf[2000];

	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = (u8)(i * 7);
	for (u32 n = 0; n < ARRAY_SIZE(first); n++) {
		struct socket *s;

		peer_become(f, (u16)(PEER_PORT + n));
		f->peer.iss = first[n];
		s = peer_connect(f);
		for (u32 at = 0, len = 1; at < sizeof(text); len++) {
			len = MIN(len, (u32)sizeof(text) - at);
			peer_send(f, TCP_ACK, 1 + at, 1, text + at, len);
			at += len;
		}
		assert_int_equal(sock_recv(s, buf, sizeof(buf), 0),
				 sizeof(text));
		assert_memory_equal(buf, text, sizeof(text));
		abort_socket(f, s);
	}
}

static u32 filled(struct tcp_fixture *f, const void *data, u32 len)
{
	u32 at = 0, edge = f->seen.wnd; /* the SYN-ACK's offer */

	while (at + len <= edge) {
		peer_send(f, TCP_ACK, 1 + at, 1, data, len);
		at += len;
		while (peer_receive(f))
			edge = f->seen.ack_rel - 1 + f->seen.wnd;
	}
	return at;
}

/* The window is the program's brake, and reading tells of it. */
static void reading_opens_a_closed_window(void **state)
{
	struct tcp_fixture *f = *state;
	char big[1000], buf[65536];
	struct socket *s;
	u32 sent;

	memset(big, 'x', sizeof(big));
	set_option(f->listener, SOL_SOCKET, SO_RCVBUF, 16384);
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	sent = filled(f, big, sizeof(big));
	assert_in_range(sent, 2 * 16384 - 2000, 2 * 16384);
	sim_run_ms(100); /* a delayed ACK, perhaps */
	while (peer_receive(f))
		;
	assert_true(f->seen.wnd < 2000);
	assert_int_equal(sock_recv(s, buf, 500, 0), 500);
	expect_nothing(f); /* silly window avoidance */
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), sent - 500);
	expect(f, TCP_ACK, 1, 1 + sent, 0);
	assert_true(f->seen.wnd >= 16384);
	abort_socket(f, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(text_is_read_in_pieces),
		T(a_look_ahead_takes_nothing),
		T(small_segments_are_bounded_by_their_memory),
		T(early_segments_are_bounded_by_all_memory),
		T(text_is_scattered_over_the_iovec),
		T(the_end_comes_after_the_text),
		T(sockets_without_a_connection_say_so),
		T(numbers_may_wrap),
		T(reading_opens_a_closed_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
