/*
 * A listening socket and its half-open connections: RFC 9293 sections
 * 3.10.7.2 and 3.10.7.4 for SYN-RECEIVED (conformance rows 73, 74, 90, 101,
 * 109, 116, 136, 137, 141, 142, 146; threats 13, 22, 31).
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "test/host/machine_sim.h"

#define SYNACK (TCP_SYN | TCP_ACK)

static void a_handshake_makes_a_child(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	assert_int_equal(f->seen.opt.mss, 1460);
	assert_false(f->seen.opt.has_ts || f->seen.opt.has_wscale);
	assert_int_equal(f->seen.wnd, 65535);
	assert_int_equal(sock_poll(f->listener), 0);
	assert_int_equal(tcp_requests(f), 1);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	expect_nothing(f);
	assert_int_equal(tcp_requests(f), 0);
	assert_int_equal(sock_poll(f->listener), EPOLLIN);
	assert_int_equal(mib_rise(f, TCP_PassiveOpens), 1);
	assert_int_equal(net_mib(f->net, MIB_TCP_CurrEstab), 1);
	s = tcp_accept_one(f);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(sock_poll(f->listener), 0);
	fixture_no_drop(f->base);
	abort_socket(f, s);
	assert_int_equal(net_mib(f->net, MIB_TCP_CurrEstab), 0);
}

static void nobody_to_accept_yet(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(sock_accept(f->listener, &s, NULL), -EAGAIN);
	peer_syn(f);
	assert_int_equal(sock_accept(f->listener, &s, NULL), -EAGAIN);
	fixture_tx_purge(f->base);
}

/* Conformance row 136: both or none. */
static void options_are_answered_in_kind(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 bits = 0; bits < 4; bits++) {
		peer_become(f, (u16)(PEER_PORT + bits));
		f->peer.ts = bits & 1;
		f->peer.wscale_ok = bits & 2;
		peer_syn(f);
		expect(f, SYNACK, 0, 1, 0);
		assert_int_equal(f->seen.opt.has_ts, f->peer.ts);
		if (f->peer.ts)
			assert_int_equal(f->seen.opt.tsecr, f->peer.tsval);
		assert_int_equal(f->seen.opt.has_wscale, f->peer.wscale_ok);
		assert_int_equal(
			f->seen.opt.wscale,
			f->peer.wscale_ok
				? tcp_pick_wscale(f->net->tcp->conf.rmem_max)
				: 0);
		assert_false(f->seen.opt.has_sack_ok);
	}
}

static void the_child_has_what_was_agreed(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_sock *tp;
	struct socket *s;

	f->peer.ts = f->peer.wscale_ok = true;
	f->peer.wscale = 9;
	f->peer.wnd = 1000;
	s = peer_connect(f);
	tp = tcp_of(s);
	assert_true(tp->ts_ok && tp->wscale_ok);
	assert_int_equal(tp->snd_wscale, 9);
	assert_int_equal(tp->snd_wnd, 1000 << 9); /* the ACK's is scaled */
	assert_int_equal(tp->mss, 1448);
	assert_int_equal(tp->ts_recent, f->peer.tsval);
	assert_int_equal(tp->sk.dport.raw, htons(PEER_PORT).raw);
	abort_socket(f, s);
}

/* Row 74: without the option 536; row 13 of the threats: a floor. */
static void the_peers_mss_has_a_default_and_a_floor(void **state)
{
	static const u16 mss[][2] = {{0, 536}, {1, 88},	     {87, 88},
				     {88, 88}, {1460, 1460}, {9000, 1460}};
	struct tcp_fixture *f = *state;

	for (u32 i = 0; i < ARRAY_SIZE(mss); i++) {
		struct socket *s;

		peer_become(f, (u16)(PEER_PORT + i));
		f->peer.mss = mss[i][0];
		s = peer_connect(f);
		assert_int_equal(tcp_of(s)->mss, mss[i][1]);
		abort_socket(f, s);
	}
}

static void our_mss_is_what_the_program_asked_for(void **state)
{
	struct tcp_fixture *f = *state;

	set_option(f->listener, SOL_TCP, TCP_MAXSEG, 1000);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	assert_int_equal(f->seen.opt.mss, 1000);
}

/* Row 101: every set of flags. */
static void a_listener_answers_only_syn_and_ack(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 flags = 0; flags < 64; flags++) {
		u32 kind = flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);

		peer_become(f, (u16)(1024 + flags));
		fixture_forget_drops(f->base);
		f->peer.guest_iss = 5000;
		peer_send(f, (u8)flags, 0, 1, NULL, 0);
		if (kind == TCP_SYN) {
			expect(f, SYNACK, 0, 1, 0);
			fixture_no_drop(f->base);
		} else if ((kind & (TCP_SYN | TCP_FIN)) ==
			   (TCP_SYN | TCP_FIN)) {
			fixture_drop(f->base, DROP_TCP_BAD_FLAGS);
		} else {
			fixture_drop(f->base, DROP_TCP_LISTEN_BAD);
			if ((kind & (TCP_ACK | TCP_RST)) == TCP_ACK)
				expect_rst(f, 1);
		}
		expect_nothing(f);
	}
}

static void text_on_a_syn_is_sent_again(void **state)
{
	struct tcp_fixture *f = *state;
	struct peer_segment syn = {.flags = TCP_SYN,
				   .seq = f->peer.iss,
				   .wnd = 1000,
				   .data = "hello",
				   .len = 5};
	struct socket *s;
	char buf[8];

	peer_send_segment(f, &syn);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, "hello", 5);
	s = tcp_accept_one(f);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 5);
	assert_memory_equal(buf, "hello", 5);
	abort_socket(f, s);
}

/* Row 109: 1, 2, 4, 8, 16 s, and the end after 63 s. */
static void the_syn_ack_is_repeated_and_given_up(void **state)
{
	static const u32 at[] = {1000, 3000, 7000, 15000, 31000};
	struct tcp_fixture *f = *state;
	u64 start = clock_ms();

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		sim_run_until(start + at[i] - 10);
		expect_nothing(f);
		sim_run_until(start + at[i] + 10);
		expect(f, SYNACK, 0, 1, 0);
		assert_int_equal(f->seen.opt.mss, 1460);
	}
	assert_int_equal(mib_rise(f, TCP_RetransSegs), 5);
	sim_run_until(start + 62900);
	assert_int_equal(tcp_requests(f), 1);
	sim_run_until(start + 63100);
	assert_int_equal(tcp_requests(f), 0);
	expect_nothing(f);
	assert_int_equal(f->net->sock_live, 1);
}

static void a_repeated_syn_gets_few_repeated_answers(void **state)
{
	struct tcp_fixture *f = *state;
	u32 iss;

	f->peer.ts = true;
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	iss = f->seen.seq;
	fixture_no_drop(f->base);
	for (u32 i = 0; i < 10; i++) {
		f->peer.tsval++;
		peer_syn(f);
		fixture_drop(f->base, DROP_TCP_REQUEST);
		if (i >= TCP_REQUEST_REPLIES) {
			expect_nothing(f);
			continue;
		}
		expect(f, SYNACK, 0, 1, 0);
		assert_int_equal(f->seen.seq, iss);
		assert_int_equal(f->seen.opt.tsecr, f->peer.tsval);
	}
	assert_int_equal(mib_rise(f, TCPEXT_TCPACKSkippedSynRecv),
			 10 - TCP_REQUEST_REPLIES);
	assert_int_equal(tcp_requests(f), 1);
	sim_run_ms(1010); /* the timer's own, and a new allowance */
	expect(f, SYNACK, 0, 1, 0);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
}

static void the_last_ack_may_carry_text_and_a_fin(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	char buf[8];

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK | TCP_FIN, 1, 1, "bye", 3);
	expect(f, TCP_ACK, 1, 5, 0);
	s = tcp_accept_one(f);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE_WAIT);
	assert_int_equal(sock_poll(s), EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 3);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	sock_close(s);
	expect(f, TCP_FIN | TCP_ACK, 1, 5, 0);
	peer_send(f, TCP_ACK, 5, 2, NULL, 0);
	assert_int_equal(f->net->sock_live, 1);
}

static void an_ack_of_something_else_is_reset(void **state)
{
	static const u32 ack[] = {0, 2, 0x80000001, 1000000};
	struct tcp_fixture *f = *state;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	for (u32 i = 0; i < ARRAY_SIZE(ack); i++) {
		fixture_forget_drops(f->base);
		peer_send(f, TCP_ACK, 1, ack[i], NULL, 0);
		fixture_drop(f->base, DROP_TCP_BAD_ACK);
		expect_rst(f, ack[i]);
	}
	assert_int_equal(tcp_requests(f), 1);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	abort_socket(f, tcp_accept_one(f));
}

/* RFC 5961 section 3.2: only the exact number. */
static void one_rst_of_all_ends_it(void **state)
{
	struct tcp_fixture *f = *state;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	fixture_forget_drops(f->base);
	peer_send(f, TCP_RST, 0, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_OUT_OF_WINDOW);
	peer_send(f, TCP_RST, 1 + 65535, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_OUT_OF_WINDOW);
	expect_nothing(f);
	peer_send(f, TCP_RST, 2, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_BAD_RST);
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(tcp_requests(f), 1);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_RESET);
	expect_nothing(f);
	assert_int_equal(tcp_requests(f), 0);
	assert_int_equal(mib_rise(f, TCPEXT_EmbryonicRsts), 1);
	assert_int_equal(mib_rise(f, TCP_AttemptFails), 1);
}

/* Row 104: the peer has rebooted and begins again with another number. */
static void a_rebooted_peer_gets_through(void **state)
{
	struct tcp_fixture *f = *state;
	u32 old = f->peer.iss, guest;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	guest = f->peer.guest_iss;
	f->peer.iss += 0x70000000;
	peer_syn(f);
	fixture_drop(f->base, DROP_TCP_OUT_OF_WINDOW);
	assert_true(peer_receive(f));
	assert_int_equal(f->seen.flags, TCP_ACK);
	assert_int_equal(f->seen.ack, old + 1);
	assert_int_equal(f->seen.seq, guest + 1);
	/* It knows nothing of that and resets; then the SYN again. */
	f->peer.iss = old;
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_equal(tcp_requests(f), 0);
	f->peer.iss += 0x70000000;
	abort_socket(f, peer_connect(f));
}

static void another_syn_inside_the_window_is_challenged(void **state)
{
	struct tcp_fixture *f = *state;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_SYN, 100, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_BAD_SYN);
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSYNChallenge), 1);
	assert_int_equal(tcp_requests(f), 1);
}

static void segments_without_ack_or_timestamp_are_dropped(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.ts = true;
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	fixture_forget_drops(f->base);
	peer_send(f, TCP_PSH, 1, 1, "x", 1);
	fixture_drop(f->base, DROP_TCP_NO_ACK_FLAG);
	f->peer.ts = false;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	fixture_drop(f->base, DROP_TCP_NO_TIMESTAMP);
	expect_nothing(f);
	f->peer.ts = true;
	f->peer.tsval--;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	fixture_drop(f->base, DROP_TCP_PAWS);
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(f->seen.opt.tsecr, f->peer.tsval + 1);
	f->peer.tsval++;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	fixture_no_drop(f->base);
	abort_socket(f, tcp_accept_one(f));
}

/* A window that lies behind what was offered: not for us. */
static void text_beyond_the_window_is_not_the_last_ack(void **state)
{
	struct tcp_fixture *f = *state;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1 + 65535, 1, "x", 1);
	fixture_drop(f->base, DROP_TCP_OUT_OF_WINDOW);
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(tcp_requests(f), 1);
}

static void fill_accept_queue(struct tcp_fixture *f, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		peer_become(f, (u16)(2000 + i));
		peer_handshake(f);
	}
}

static void a_full_accept_queue_refuses_syns(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(sock_listen(f->listener, 2), 0);
	fill_accept_queue(f, 3); /* one more than the backlog, as in Linux */
	peer_become(f, PEER_PORT);
	peer_syn(f);
	expect_nothing(f);
	fixture_drop(f->base, DROP_TCP_LISTEN_OVERFLOW);
	assert_int_equal(mib_rise(f, TCPEXT_ListenOverflows), 1);
	assert_int_equal(mib_rise(f, TCPEXT_ListenDrops), 1);
	assert_int_equal(sock_accept(f->listener, &s, NULL), 0);
	abort_socket(f, s);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
}

/* The client's ACK is dropped; our SYN-ACK makes it send another. */
static void a_full_accept_queue_keeps_the_request(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(sock_listen(f->listener, 1), 0);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	fill_accept_queue(f, 2);
	f->peer.port = PEER_PORT;
	f->peer.iss -= 2 * 0x01234567;
	f->peer.guest_iss = 0; /* learned again below */
	sim_run_ms(1010);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	fixture_drop(f->base, DROP_TCP_LISTEN_OVERFLOW);
	assert_int_equal(tcp_requests(f), 1);
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(sock_accept(f->listener, &s, NULL), 0);
		abort_socket(f, s);
	}
	sim_run_ms(2000);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	abort_socket(f, tcp_accept_one(f));
}

static void without_memory_a_syn_is_dropped(void **state)
{
	struct tcp_fixture *f = *state;

	sim_fail_alloc_after(3); /* head, sk_buff, request */
	peer_syn(f);
	assert_int_equal(sim_allocs_failed(), 1);
	sim_fail_alloc_after(0);
	expect_nothing(f);
	fixture_drop(f->base, DROP_NO_BUFFER);
	assert_int_equal(mib_rise(f, TCPEXT_ListenDrops), 1);
	abort_socket(f, peer_connect(f));
}

static void without_memory_for_a_child_the_request_stays(void **state)
{
	struct tcp_fixture *f = *state;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	sim_fail_alloc_after(3);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	assert_int_equal(sim_allocs_failed(), 1);
	sim_fail_alloc_after(0);
	fixture_drop(f->base, DROP_NO_BUFFER);
	assert_int_equal(tcp_requests(f), 1);
	assert_int_equal(mib_rise(f, TCPEXT_ListenDrops), 1);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	abort_socket(f, tcp_accept_one(f));
}

/* Whatever allocation fails, the SYN-ACK comes by the timer. */
static void without_memory_for_the_answer_the_timer_sends_it(void **state)
{
	struct tcp_fixture *f = *state;

	sim_fail_alloc_after(4);
	peer_syn(f);
	sim_fail_alloc_after(0);
	expect_nothing(f);
	assert_int_equal(tcp_requests(f), 1);
	sim_run_ms(1010);
	expect(f, SYNACK, 0, 1, 0);
}

static void a_closed_listener_forgets_requests_and_resets_children(void **state)
{
	struct tcp_fixture *f = *state;

	peer_handshake(f);
	peer_become(f, PEER_PORT + 1);
	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	tcp_fixture_unlisten(f);
	f->peer.port = PEER_PORT;
	f->peer.iss -= 0x01234567;
	assert_true(peer_receive(f));
	assert_int_equal(f->seen.flags, TCP_RST | TCP_ACK);
	expect_nothing(f);
	assert_int_equal(tcp_requests(f), 0);
	assert_int_equal(f->net->sock_live, 0);
	peer_syn(f);
	expect_rst(f, 0 - f->peer.guest_iss);
	fixture_drop(f->base, DROP_TCP_NO_SOCKET);
}

static void a_listener_that_is_shut_down_listens_no_more(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(sock_shutdown(f->listener, SHUT_WR), 0);
	peer_handshake(f);
	assert_int_equal(sock_shutdown(f->listener, SHUT_RD), 0);
	assert_true(peer_receive(f) && f->seen.flags & TCP_RST);
	assert_int_equal(sock_accept(f->listener, &s, NULL), -EINVAL);
	/* It may listen again. */
	assert_int_equal(sock_listen(f->listener, 5), 0);
	peer_become(f, PEER_PORT + 1);
	abort_socket(f, peer_connect(f));
}

static void the_child_has_the_listeners_options(void **state)
{
	struct tcp_fixture *f = *state;
	int v;
	u32 len = sizeof(v);
	struct socket *s;

	set_option(f->listener, SOL_TCP, TCP_NODELAY, 1);
	set_option(f->listener, SOL_TCP, TCP_KEEPIDLE, 77);
	set_option(f->listener, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	set_option(f->listener, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(f->listener, SOL_SOCKET, SO_RCVBUF, 77);
	s = peer_connect(f);
	sock_getsockopt(s, SOL_TCP, TCP_NODELAY, &v, &len);
	assert_int_equal(v, 1);
	sock_getsockopt(s, SOL_TCP, TCP_KEEPIDLE, &v, &len);
	assert_int_equal(v, 77);
	sock_getsockopt(s, SOL_TCP, TCP_USER_TIMEOUT, &v, &len);
	assert_int_equal(v, 5000);
	assert_int_equal(s->sk->rcvbuf, f->listener->sk->rcvbuf);
	assert_true(s->sk->keepalive);
	assert_true(tcp_of(s)->keep_deadline_ms > clock_ms() + 76000);
	abort_socket(f, s);
}

static void the_handshake_measures_the_round_trip(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	sim_run_ms(50);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_in_range(tcp_of(s)->srtt_us8 / 8, 49000, 52000);
	assert_int_equal(tcp_of(s)->cwnd, 10 * 1460);
	abort_socket(f, s);
}

/* Row 116, RFC 6298 section 5.7 and Karn: after a loss IW 1, no sample. */
static void a_lost_syn_ack_makes_a_careful_start(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	peer_syn(f);
	expect(f, SYNACK, 0, 1, 0);
	sim_run_ms(1010);
	expect(f, SYNACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_int_equal(tcp_of(s)->srtt_us8, 0);
	assert_int_equal(tcp_of(s)->cwnd, 1460);
	assert_int_equal(tcp_of(s)->rto_ms, 3000);
	abort_socket(f, s);
}

static void a_child_reset_before_accept_tells_at_the_first_read(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	char buf[4];

	peer_handshake(f);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_equal(net_mib(f->net, MIB_TCP_CurrEstab), 0);
	s = tcp_accept_one(f);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -ECONNRESET);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	sock_close(s);
	expect_nothing(f);
}

static void listen_needs_a_socket_that_was_never_connected(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_listen(s, 1), -EINVAL);
	abort_socket(f, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(a_handshake_makes_a_child),
		T(nobody_to_accept_yet),
		T(options_are_answered_in_kind),
		T(the_child_has_what_was_agreed),
		T(the_peers_mss_has_a_default_and_a_floor),
		T(our_mss_is_what_the_program_asked_for),
		T(a_listener_answers_only_syn_and_ack),
		T(text_on_a_syn_is_sent_again),
		T(the_syn_ack_is_repeated_and_given_up),
		T(a_repeated_syn_gets_few_repeated_answers),
		T(the_last_ack_may_carry_text_and_a_fin),
		T(an_ack_of_something_else_is_reset),
		T(one_rst_of_all_ends_it),
		T(a_rebooted_peer_gets_through),
		T(another_syn_inside_the_window_is_challenged),
		T(segments_without_ack_or_timestamp_are_dropped),
		T(text_beyond_the_window_is_not_the_last_ack),
		T(a_full_accept_queue_refuses_syns),
		T(a_full_accept_queue_keeps_the_request),
		T(without_memory_a_syn_is_dropped),
		T(without_memory_for_a_child_the_request_stays),
		T(without_memory_for_the_answer_the_timer_sends_it),
		T(a_closed_listener_forgets_requests_and_resets_children),
		T(a_listener_that_is_shut_down_listens_no_more),
		T(the_child_has_the_listeners_options),
		T(the_handshake_measures_the_round_trip),
		T(a_lost_syn_ack_makes_a_careful_start),
		T(a_child_reset_before_accept_tells_at_the_first_read),
		T(listen_needs_a_socket_that_was_never_connected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
