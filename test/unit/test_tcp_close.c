/*
 * net/tcp/tcp_close.c, tcp_conn.c, tcp_reset.c: how connections end (RFC 9293
 * sections 3.6, 3.10.4, 3.10.7.1, RFC 2525 section 2.17; conformance rows
 * 67 to 69, 100, 105, 108; threat 24).
 */
#include "test/host/tcp_fixture.h"

#include "lib/errno.h"
#include "test/host/machine_sim.h"

#define FINACK (TCP_FIN | TCP_ACK)

static void linger(struct socket *s, int onoff, int seconds)
{
	struct linger l = {onoff, seconds};

	assert_int_equal(
		sock_setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
}

static u32 orphans(struct tcp_fixture *f)
{
	return f->net->tcp->orphan_count;
}

/* Only the listener is left. */
static void assert_over(struct tcp_fixture *f)
{
	expect_nothing(f);
	assert_int_equal(f->net->sock_live, 1);
	assert_int_equal(f->net->tcp->memory, 0);
	assert_int_equal(orphans(f), 0);
	assert_int_equal(net_mib(f->net, MIB_TCP_CurrEstab), 0);
}

static void we_close_first(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	assert_int_equal(orphans(f), 1);
	peer_send(f, TCP_ACK, 1, 2, NULL, 0);
	expect_nothing(f);
	peer_send(f, FINACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	assert_int_equal(orphans(f), 0);
	assert_int_equal(f->net->tcp->timewait_count, 1);
	assert_int_equal(mib_rise(f, TCP_EstabResets), 0);
}

static void the_peer_closes_first(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[4];

	peer_send(f, FINACK, 1, 1, NULL, 0);
	expect(f, TCP_ACK, 1, 2, 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	sock_close(s);
	expect(f, FINACK, 1, 2, 0);
	peer_send(f, TCP_ACK, 2, 2, NULL, 0);
	assert_over(f);
}

/* One segment less for each connection of a server that has answered. */
static void an_answered_peers_fin_is_acknowledged_by_ours(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, "answer", 6, 0), 6);
	expect(f, TCP_ACK | TCP_PSH, 1, 1, 6);
	peer_send(f, FINACK, 1, 7, NULL, 0);
	expect_nothing(f);
	sock_close(s);
	expect(f, FINACK, 7, 2, 0);
	peer_send(f, TCP_ACK, 2, 8, NULL, 0);
	assert_over(f);
}

static void queued_text_goes_before_the_fin(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	f->peer.wnd = 0;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	assert_int_equal(sock_send(s, "last words", 10, 0), 10);
	sock_close(s);
	expect_nothing(f);
	f->peer.wnd = 1000;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	expect(f, FINACK | TCP_PSH, 1, 1, 10);
	assert_memory_equal(f->seen.data, "last words", 10);
	peer_send(f, FINACK, 1, 12, NULL, 0);
	expect(f, TCP_ACK, 12, 2, 0);
}

/* Row 69, SHLD-3. */
static void unread_text_makes_a_reset(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK, 1, 1, "unread", 6);
	sock_close(s);
	expect(f, TCP_RST | TCP_ACK, 1, 7, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPAbortOnClose), 1);
	assert_int_equal(mib_rise(f, TCP_EstabResets), 1);
	assert_over(f);
}

static void text_read_in_part_makes_a_reset_too(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[3];

	peer_send(f, TCP_ACK, 1, 1, "unread", 6);
	assert_int_equal(sock_recv(s, buf, 3, 0), 3);
	sock_close(s);
	expect(f, TCP_RST | TCP_ACK, 1, 7, 0);
	assert_over(f);
}

static void linger_of_0_makes_a_reset(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	linger(s, 1, 0);
	sock_close(s);
	expect(f, TCP_RST | TCP_ACK, 1, 1, 0);
	assert_over(f);
	/* Another linger does not; nobody blocks in close. */
	peer_become(f, PEER_PORT + 1);
	s = peer_connect(f);
	linger(s, 1, 5);
	sock_close(s);
	expect(f, FINACK, 1, 1, 0);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_over(f);
}

static void text_after_close_is_reset(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	fixture_forget_drops(f->base);
	peer_send(f, TCP_ACK, 1, 2, "too late", 8);
	fixture_drop(f->base, DROP_TCP_CLOSED);
	expect_rst(f, 2);
	assert_over(f);
}

/* Sent before our end was seen: forgotten, so that our text is not lost. */
static void text_that_crosses_the_close_is_forgotten(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, "bye", 3, 0), 3);
	expect(f, TCP_ACK | TCP_PSH, 1, 1, 3);
	peer_send(f, TCP_ACK, 6, 1, "ahead", 5);
	expect(f, TCP_ACK, 4, 1, 0);
	sock_close(s);
	expect(f, FINACK, 4, 1, 0);
	fixture_forget_drops(f->base);
	peer_send(f, TCP_ACK, 6, 1, "ahead", 5);
	fixture_drop(f->base, DROP_TCP_CLOSED);
	expect(f, TCP_ACK, 5, 1, 0);
	peer_send(f, TCP_ACK, 1, 4, "gap..", 5); /* all but our FIN */
	fixture_drop(f->base, DROP_TCP_CLOSED);
	expect(f, TCP_ACK, 5, 6, 0);
	peer_send(f, FINACK, 6, 4, "ahead", 5);
	expect(f, TCP_ACK, 5, 12, 0);
	assert_int_equal(f->net->tcp->memory, 0);
	peer_send(f, TCP_ACK, 12, 5, NULL, 0);
	assert_int_equal(orphans(f), 0);
	assert_int_equal(f->net->tcp->timewait_count, 1);
}

static void text_after_a_repeated_fin_is_reset(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	sim_run_ms(3 * TCP_RTO_MIN_MS + 10); /* 1 + 2 RTOs */
	fixture_tx_purge(f->base);
	peer_send(f, TCP_ACK, 1, 1, "still", 5);
	expect_rst(f, 1);
	assert_over(f);
}

/* Row 108. */
static void a_peer_that_never_closes_is_given_up(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 1, 2, NULL, 0);
	sim_run_ms(TCP_FIN_TIMEOUT_MS - 100);
	assert_int_equal(orphans(f), 1);
	sim_run_ms(200);
	assert_over(f);
}

static void fin_wait_2_may_come_before_close(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	expect(f, FINACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 1, 2, NULL, 0);
	/* While the program has it, it may stay for ever. */
	sim_run_ms(10 * TCP_FIN_TIMEOUT_MS);
	assert_int_equal(tcp_of(s)->sk.state, TCP_FIN_WAIT2);
	sock_close(s);
	expect_nothing(f);
	assert_int_equal(orphans(f), 1);
	sim_run_ms(TCP_FIN_TIMEOUT_MS + 100);
	assert_over(f);
}

static void a_silent_peer_does_not_keep_an_orphan(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	sim_run_ms(600000);
	fixture_tx_purge(f->base);
	assert_over(f);
}

/* Figure 5's half-close: we have no more to say, but listen. */
static void after_shutdown_for_writing_text_still_comes(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[8];

	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	expect(f, FINACK, 1, 1, 0);
	assert_int_equal(sock_send(s, "x", 1, 0), -EPIPE);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	peer_send(f, TCP_ACK, 1, 2, "answer", 6);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 6);
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0); /* once is enough */
	peer_send(f, FINACK, 7, 2, NULL, 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	assert_int_equal(sock_poll(s) & EPOLLHUP, EPOLLHUP);
	sock_close(s);
	fixture_tx_purge(f->base);
	assert_int_equal(f->net->tcp->timewait_count, 1);
}

static void after_shutdown_for_reading_reads_end(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[8];

	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(sock_shutdown(s, SHUT_RD), 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	assert_int_equal(sock_poll(s), EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	expect_nothing(f);
	assert_int_equal(sock_send(s, "x", 1, 0), 1);
	fixture_tx_purge(f->base);
	linger(s, 1, 0);
	sock_close(s);
	fixture_tx_purge(f->base);
}

static void shutdown_needs_a_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);

	assert_int_equal(sock_shutdown(s, SHUT_WR), -ENOTCONN);
	assert_int_equal(sock_shutdown(s, 3), -EINVAL);
	sock_close(s);
}

static void sockets_that_never_connected_just_go(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(tcp_socket(f));
	assert_over(f);
}

/* Row 68: the program can tell a reset from an end. */
static void a_reset_is_told_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[8];
	int err;
	u32 len = sizeof(err);

	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_equal(sock_poll(s),
			 EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -ECONNRESET);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	assert_int_equal(sock_send(s, "x", 1, 0), -EPIPE);
	sock_getsockopt(s, SOL_SOCKET, SO_ERROR, &err, &len);
	assert_int_equal(err, 0);
	sock_close(s);
	assert_over(f);
}

static void a_reset_leaves_what_had_come(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[8];

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	peer_send(f, TCP_RST, 4, 0, NULL, 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 3);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -ECONNRESET);
	sock_close(s);
	assert_over(f);
	peer_become(f, PEER_PORT + 1);
	s = peer_connect(f);
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	peer_send(f, TCP_RST, 4, 0, NULL, 0);
	sock_close(s); /* unread: no second end, no leak */
	assert_over(f);
}

/* Threat 24: orphans are bounded; who came last has had no time yet. */
static void over_the_limit_the_oldest_orphan_is_reset(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct tcp_peer first = f->peer, second;

	sock_close(s);
	expect(f, TCP_FIN | TCP_ACK, 1, 1, 0);
	peer_become(f, PEER_PORT + 1);
	s = peer_connect(f);
	second = f->peer;
	f->net->tcp->orphan_count += TCP_ORPHANS_MAX - 1;
	sock_close(s);
	f->net->tcp->orphan_count -= TCP_ORPHANS_MAX - 1;
	expect(f, TCP_FIN | TCP_ACK, 1, 1, 0);
	f->peer = first;
	expect(f, TCP_RST | TCP_ACK, 2, 1, 0);
	assert_int_equal(orphans(f), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPAbortOnMemory), 1);
	f->peer = second;
	peer_send(f, TCP_ACK, 1, 2, NULL, 0);
	assert_int_equal(orphans(f), 1);
	assert_int_equal(net_mib(f->net, MIB_TCP_OutRsts), 1);
}

/* What all queues hold together is too much: orphans give way first. */
static void without_memory_for_all_an_orphan_is_reset(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_table *t = f->net->tcp;
	u64 max = t->memory_max;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	assert_int_equal(orphans(f), 1);
	peer_become(f, PEER_PORT + 1);
	t->memory += max + 1;
	sock_close(peer_connect(f));
	t->memory -= max + 1;
	assert_int_equal(orphans(f), 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPAbortOnMemory), 1);
	fixture_tx_purge(f->base);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_over(f);
}

/* What a cork holds back goes before the FIN, and at once. */
static void a_close_takes_the_cork_out(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	int on = 1;

	assert_int_equal(sock_setsockopt(s, SOL_TCP, TCP_CORK, &on, sizeof(on)),
			 0);
	assert_int_equal(sock_send(s, "held", 4, 0), 4);
	expect_nothing(f);
	sock_close(s);
	expect(f, FINACK | TCP_PSH, 1, 1, 4);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_over(f);
}

/* Row 100: RFC 9293 section 3.10.7.1, all sets of flags. */
static void a_closed_port_answers_by_the_book(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.server_port = 81;
	for (u32 flags = 0; flags < 64; flags++) {
		for (u32 len = 0; len <= 3; len += 3) {
			u32 space =
				len + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);

			f->peer.guest_iss = 7000;
			peer_send(f, (u8)flags, 100, 10, "abc", len);
			if ((flags & (TCP_SYN | TCP_FIN)) ==
				    (TCP_SYN | TCP_FIN) ||
			    flags & TCP_RST) {
				expect_nothing(f);
				continue;
			}
			assert_true(peer_receive(f));
			if (flags & TCP_ACK) {
				assert_int_equal(f->seen.flags, TCP_RST);
				assert_int_equal(f->seen.seq_rel, 10);
				continue;
			}
			assert_int_equal(f->seen.flags, TCP_RST | TCP_ACK);
			assert_int_equal(f->seen.seq, 0);
			assert_int_equal(f->seen.ack_rel, 100 + space);
		}
	}
	assert_int_equal(mib_rise(f, TCP_OutRsts), 48);
}

static void without_memory_a_reset_is_left_out(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.server_port = 81;
	for (u32 n = 3; n <= 4; n++) {
		sim_fail_alloc_after(n);
		peer_send(f, TCP_ACK, 1, 1, NULL, 0);
		sim_fail_alloc_after(0);
		expect_nothing(f);
	}
}

/* Every allocation of a whole connection fails in turn: no leak, no hang. */
static void any_allocation_may_fail(void **state)
{
	struct tcp_fixture *f = *state;
	u32 n = 4; /* one after another, from the 4th on: the peer's own work */

	for (u32 every = 3; every < 12; every++) {
		struct socket *s;

		peer_become(f, (u16)(4000 + every));
		s = peer_connect(f);
		for (u32 i = 0; i < 20; i++) {
			sim_fail_alloc_after(n + i % every);
			peer_send(f, TCP_ACK, 1 + i, 1, "x", 1);
			sim_fail_alloc_after(0);
			sim_fail_alloc_every(2 + i % 3);
			(void)sock_send(s, "some text", 9, 0);
			sim_fail_alloc_every(0);
			fixture_tx_purge(f->base);
		}
		linger(s, 1, 0);
		sock_close(s);
		fixture_tx_purge(f->base);
		assert_over(f);
	}
}

static void move(void *arg)
{
	tcp_set_state(arg, TCP_LAST_ACK);
}

static void an_illegal_move_is_a_mistake_of_ours(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_non_null(sim_expect_panic(move, tcp_of(s)));
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	linger(s, 1, 0);
	sock_close(s);
	fixture_tx_purge(f->base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(we_close_first),
		T(the_peer_closes_first),
		T(an_answered_peers_fin_is_acknowledged_by_ours),
		T(queued_text_goes_before_the_fin),
		T(unread_text_makes_a_reset),
		T(text_read_in_part_makes_a_reset_too),
		T(linger_of_0_makes_a_reset),
		T(text_after_close_is_reset),
		T(text_that_crosses_the_close_is_forgotten),
		T(text_after_a_repeated_fin_is_reset),
		T(a_peer_that_never_closes_is_given_up),
		T(fin_wait_2_may_come_before_close),
		T(a_silent_peer_does_not_keep_an_orphan),
		T(after_shutdown_for_writing_text_still_comes),
		T(after_shutdown_for_reading_reads_end),
		T(shutdown_needs_a_connection),
		T(sockets_that_never_connected_just_go),
		T(a_reset_is_told_once),
		T(a_reset_leaves_what_had_come),
		T(over_the_limit_the_oldest_orphan_is_reset),
		T(without_memory_for_all_an_orphan_is_reset),
		T(a_close_takes_the_cork_out),
		T(a_closed_port_answers_by_the_book),
		T(without_memory_a_reset_is_left_out),
		T(any_allocation_may_fail),
		T(an_illegal_move_is_a_mistake_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
