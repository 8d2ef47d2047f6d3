/*
 * net/tcp/tcp_timewait.c: RFC 9293 section 3.10.7.4 (TIME-WAIT), RFC 6191,
 * RFC 1337 (conformance rows 70 to 72, 106).
 */
#include "test/host/tcp_fixture.h"

#include "lib/errno.h"
#include "test/host/machine_sim.h"

#define FINACK (TCP_FIN | TCP_ACK)
#define SYNACK (TCP_SYN | TCP_ACK)

static u32 waiting(struct tcp_fixture *f)
{
	return f->net->tcp->timewait_count;
}

static void it_waits_a_minute(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	assert_int_equal(waiting(f), 1);
	assert_int_equal(f->net->tcp->sock_count, 1); /* the listener */
	assert_int_equal(f->net->tcp->orphan_count, 0);
	sim_run_ms(TCP_TIMEWAIT_MS - 10);
	assert_int_equal(waiting(f), 1);
	sim_run_ms(20);
	assert_int_equal(waiting(f), 0);
	assert_int_equal(mib_rise(f, TCPEXT_TW), 1);
	assert_int_equal(f->net->sock_live, 1);
	expect_nothing(f);
}

static void the_program_reads_to_the_end_of_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char buf[8];

	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	expect(f, FINACK, 1, 1, 0);
	peer_send(f, FINACK, 1, 2, "late", 4);
	expect(f, TCP_ACK, 2, 6, 0);
	assert_int_equal(waiting(f), 1);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 4);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), 0);
	assert_int_equal(sock_send(s, "x", 1, 0), -EPIPE);
	sock_close(s);
	expect_nothing(f);
	assert_int_equal(waiting(f), 1);
}

static void many_expire_each_in_its_time(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 i = 0; i < 50; i++) {
		peer_become(f, (u16)(2000 + i));
		close_first(f);
		sim_run_ms(1000);
	}
	assert_int_equal(waiting(f), 50);
	sim_run_ms(10000);
	for (u32 i = 0; i < 50; i++) {
		assert_in_range(waiting(f), 49 - i, 50 - i);
		sim_run_ms(1000);
	}
	sim_run_ms(200);
	assert_int_equal(waiting(f), 0);
}

/* Row 106. */
static void the_peers_fin_again_is_acknowledged_and_restarts_it(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	sim_run_ms(50000);
	for (u32 i = 0; i < 3; i++) {
		peer_send(f, FINACK, 1, 2, NULL, 0);
		expect(f, TCP_ACK, 2, 2, 0);
		fixture_drop(f->base, DROP_TCP_TIME_WAIT);
	}
	sim_run_ms(50000);
	assert_int_equal(waiting(f), 1);
	sim_run_ms(10500);
	assert_int_equal(waiting(f), 0);
}

static void a_restarted_one_does_not_delay_the_others(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_peer first;

	close_first(f);
	first = f->peer;
	sim_run_ms(1000);
	peer_become(f, PEER_PORT + 1);
	close_first(f);
	sim_run_ms(30000);
	f->peer = first;
	peer_send(f, FINACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	sim_run_ms(30100);
	assert_int_equal(waiting(f), 1);
	sim_run_ms(30100);
	assert_int_equal(waiting(f), 0);
}

/* RFC 1337 section 3, fix 1. */
static void a_rst_does_not_end_it(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	for (u32 seq = 0; seq < 5; seq++) {
		peer_send(f, TCP_RST, seq, 0, NULL, 0);
		peer_send(f, TCP_RST | TCP_ACK, seq, 2, NULL, 0);
	}
	expect_nothing(f);
	assert_int_equal(waiting(f), 1);
}

static void other_segments_are_acknowledged_now_and_then(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	sim_run_ms(1);
	peer_send(f, TCP_ACK, 2, 2, NULL, 0); /* as it should be: silence */
	expect_nothing(f);
	peer_send(f, TCP_ACK, 2, 2, "x", 1);
	expect(f, TCP_ACK, 2, 2, 0);
	peer_send(f, TCP_ACK, 2, 2, "x", 1);
	peer_send(f, TCP_ACK, 1000000, 2, NULL, 0);
	expect_nothing(f);
	assert_int_equal(mib_rise(f, TCPEXT_TCPACKSkippedTimeWait), 2);
	sim_run_ms(TCP_INVALID_MS);
	peer_send(f, TCP_ACK, 1000000, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	peer_send(f, 0, 2, 0, "x", 1);
	expect_nothing(f);
	assert_int_equal(waiting(f), 1);
}

static void its_acks_carry_timestamps(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.ts = true;
	close_first(f);
	sim_run_ms(1000);
	f->peer.tsval += 1000;
	peer_send(f, FINACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	assert_true(f->seen.opt.has_ts);
	assert_int_equal(f->seen.opt.tsecr, f->peer.tsval);
	/* An old one is no FIN again. */
	f->peer.tsval -= 1;
	peer_send(f, FINACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	assert_int_equal(f->seen.opt.tsecr, f->peer.tsval + 1);
}

/*
 * RFC 7323 section 5.5: 24 days without a timestamp of the peer's, whose FIN
 * comes again without one. Then an older one says nothing.
 */
static void the_last_timestamp_grows_old(void **state)
{
	const u64 end_ms = clock_ms() + TCP_PAWS_IDLE_MS;
	struct tcp_fixture *f = *state;

	f->peer.ts = true;
	close_first(f);
	f->peer.ts = false;
	while (clock_ms() <= end_ms) {
		sim_run_ms(59000);
		peer_send(f, FINACK, 1, 2, NULL, 0);
		expect(f, TCP_ACK, 2, 2, 0);
	}
	assert_int_equal(waiting(f), 1);
	f->peer.ts = true;
	f->peer.tsval -= 1000;
	peer_send(f, TCP_ACK, 2, 2, NULL, 0);
	expect_nothing(f);
}

/* A SYN of the same 4-tuple, its numbers relative to the old connection. */
static void syn_again(struct tcp_fixture *f, s32 seq, bool ts, s32 tsval)
{
	struct tcp_options opt = {
		.mss = 1460, .has_ts = ts, .tsval = f->peer.tsval + (u32)tsval};
	u8 bytes[40];
	struct peer_segment syn = {
		.flags = TCP_SYN,
		.seq = f->peer.iss + (u32)seq,
		.wnd = 1000,
		.opt = bytes,
		.opt_len = tcp_write_syn_options(bytes, &opt),
	};

	peer_send_segment(f, &syn);
}

struct reopen {
	bool had_ts; /* the old connection */
	s32 seq;     /* of the SYN; the next one expected is 2 */
	bool ts;     /* the SYN */
	s32 tsval;   /* to the last one */
	bool reopens;
};

/* Row 71: RFC 6191 section 2. */
static const struct reopen cases[] = {
	{true, -1000, true, 1, true},  /* a newer timestamp */
	{true, -1000, true, 0, false}, /* equal: then the number */
	{true, 2, true, 0, false},	 {true, 3, true, 0, true},
	{true, 3, true, -1, false}, /* an older one: never */
	{true, 3, false, 0, true},  /* no timestamp: the number */
	{true, 2, false, 0, false},	 {true, -1, false, 0, false},
	{false, -1000, true, 0, true}, /* timestamps are new here */
	{false, 3, false, 0, true},	 {false, 2, false, 0, false},
	{false, -1000, false, 0, false},
};

static void try_reopen(struct tcp_fixture *f, const struct reopen *c)
{
	f->peer.ts = c->had_ts;
	close_first(f);
	syn_again(f, c->seq, c->ts, c->tsval);
	assert_true(peer_receive(f));
	if (c->reopens) {
		assert_int_equal(f->seen.flags, SYNACK);
		assert_int_equal(f->seen.ack_rel, (u32)(c->seq + 1));
		assert_int_equal(waiting(f), 0);
		sim_run_ms(64000); /* the request goes */
	} else {
		assert_int_equal(f->seen.flags, TCP_ACK);
		assert_int_equal(f->seen.ack_rel, 2);
		assert_int_equal(waiting(f), 1);
		sim_run_ms(61000);
	}
	fixture_tx_purge(f->base);
}

static void a_newer_syn_begins_a_new_connection(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		peer_become(f, (u16)(3000 + i));
		try_reopen(f, &cases[i]);
	}
	assert_int_equal(mib_rise(f, TCPEXT_TWRecycled), 5);
}

/* The old numbers may lie ahead of the clock's: then those after them. */
static void the_new_numbers_lie_above_the_old_ones(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_timewait *tw;
	u32 end;

	close_first(f);
	end = f->peer.guest_iss + 50000000;
	tw = list_first(&f->net->tcp->timewaits, struct tcp_timewait, node);
	tw->snd_nxt = end;
	syn_again(f, 100, false, 0);
	assert_true(peer_receive(f));
	assert_int_equal(f->seen.flags, SYNACK);
	assert_true(seq_gt(f->seen.seq, end));
	assert_true(seq_lt(f->seen.seq, end + 100000));
}

static void a_whole_connection_follows_in_its_place(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	f->peer.iss += 1000;
	close_first(f);
	assert_int_equal(waiting(f), 1);
	assert_int_equal(mib_rise(f, TCP_PassiveOpens), 2);
}

/* It ends for a new connection, not for a SYN that comes to nothing. */
static void without_a_listener_it_goes_on(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	tcp_fixture_unlisten(f);
	syn_again(f, 100, false, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	assert_int_equal(waiting(f), 1);
}

static void a_listener_that_refuses_leaves_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_peer old;

	close_first(f);
	old = f->peer;
	assert_int_equal(sock_listen(f->listener, 1), 0);
	for (u16 port = 3000; port < 3002; port++) {
		peer_become(f, port);
		peer_handshake(f);
	}
	f->peer = old;
	syn_again(f, 100, false, 0);
	expect_nothing(f);
	fixture_drop(f->base, DROP_TCP_LISTEN_OVERFLOW);
	assert_int_equal(waiting(f), 1);
	tcp_fixture_unlisten(f);
	fixture_tx_purge(f->base);
}

static void without_memory_for_a_new_one_it_stays(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	sim_fail_alloc_after(3);
	syn_again(f, 100, false, 0);
	sim_fail_alloc_after(0);
	fixture_drop(f->base, DROP_NO_BUFFER);
	assert_int_equal(waiting(f), 1);
	syn_again(f, 100, false, 0);
	assert_true(peer_receive(f));
	assert_int_equal(f->seen.flags, SYNACK);
	assert_int_equal(waiting(f), 0);
}

static void without_memory_there_is_none(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	/* head, sk_buff; our ACK's sk_buff and head; the TIME-WAIT */
	sim_fail_alloc_after(5);
	peer_send(f, FINACK, 1, 2, NULL, 0);
	assert_int_equal(sim_allocs_failed(), 1);
	sim_fail_alloc_after(0);
	expect(f, TCP_ACK, 2, 2, 0);
	assert_int_equal(waiting(f), 0);
	assert_int_equal(f->net->sock_live, 1);
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeWaitOverflow), 1);
}

/* Their number is bounded: the oldest goes. */
static void the_oldest_gives_way(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_table *t = f->net->tcp;
	struct tcp_peer first, second;

	close_first(f);
	first = f->peer;
	peer_become(f, PEER_PORT + 1);
	close_first(f);
	second = f->peer;
	t->timewait_count += TCP_TIMEWAIT_MAX - 2; /* as if there were many */
	peer_become(f, PEER_PORT + 2);
	close_first(f);
	assert_int_equal(waiting(f), TCP_TIMEWAIT_MAX);
	t->timewait_count -= TCP_TIMEWAIT_MAX - 2;
	assert_int_equal(mib_rise(f, TCPEXT_TCPTimeWaitOverflow), 1);
	f->peer = first;
	peer_send(f, FINACK, 1, 2, NULL, 0);
	expect_rst(f, 2); /* nobody knows it */
	f->peer = second;
	peer_send(f, FINACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
}

/* Figure 13: both close at once. */
static void a_simultaneous_close_ends_here_too(void **state)
{
	struct tcp_fixture *f = *state;

	sock_close(peer_connect(f));
	expect(f, FINACK, 1, 1, 0);
	peer_send(f, FINACK, 1, 1, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	assert_int_equal(waiting(f), 0);
	peer_send(f, TCP_ACK, 2, 2, NULL, 0);
	expect_nothing(f);
	assert_int_equal(waiting(f), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(it_waits_a_minute),
		T(the_program_reads_to_the_end_of_it),
		T(many_expire_each_in_its_time),
		T(the_peers_fin_again_is_acknowledged_and_restarts_it),
		T(a_restarted_one_does_not_delay_the_others),
		T(a_rst_does_not_end_it),
		T(other_segments_are_acknowledged_now_and_then),
		T(its_acks_carry_timestamps),
		T(a_newer_syn_begins_a_new_connection),
		T(the_new_numbers_lie_above_the_old_ones),
		T(a_whole_connection_follows_in_its_place),
		T(without_a_listener_it_goes_on),
		T(a_listener_that_refuses_leaves_it),
		T(without_memory_for_a_new_one_it_stays),
		T(without_memory_there_is_none),
		T(the_oldest_gives_way),
		T(a_simultaneous_close_ends_here_too),
		T(the_last_timestamp_grows_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
