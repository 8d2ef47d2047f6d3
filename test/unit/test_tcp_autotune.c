/* net/tcp/tcp_autotune.c: buffers that follow the path. */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

#define RTT_MS	  100
#define LOTS	  (256ull << 20)
#define PEER_CWND (2u << 20) /* where the peer's slow start ends */

/* A peer that is RTT_MS away and sends what cwnd and our window allow. */
struct sender {
	struct tcp_fixture *f;
	struct socket *s;
	u32 seq, edge, cwnd;
	bool reads;
};

static void take_acks(struct sender *p)
{
	while (peer_receive(p->f))
		p->edge =
			seq_max(p->edge, p->f->seen.ack_rel +
						 ((u32)p->f->seen.wnd
						  << tcp_of(p->s)->rcv_wscale));
}

static void read_all(struct sender *p)
{
	static u8 buf[1 << 16];

	while (p->reads && sock_recv(p->s, buf, sizeof(buf), 0) > 0)
		;
}

/* What was allowed a round trip ago arrives now; bytes. */
static u32 round_trip(struct sender *p)
{
	static const u8 text[MSS];
	u32 len, edge, sent = 0;

	take_acks(p);
	edge = p->edge;
	while (sent < p->cwnd && seq_lt(p->seq, edge)) {
		len = MIN(MIN(MSS, edge - p->seq), p->cwnd - sent);
		peer_send(p->f, TCP_ACK, p->seq, 1, text, len);
		p->seq += len;
		sent += len;
		if (sent % (16 * MSS) == 0)
			read_all(p);
	}
	read_all(p);
	/* The echo of a clock that is a round trip old. */
	take_acks(p);
	fixture_run_ms(p->f->base, RTT_MS);
	p->cwnd = MIN(2 * p->cwnd, PEER_CWND);
	return sent;
}

static struct socket *connect_far(struct tcp_fixture *f)
{
	peer_is_wide(f);
	return connect_after(f, RTT_MS);
}

static struct sender start(struct tcp_fixture *f, bool ts)
{
	struct tcp_table *t = f->net->tcp;

	t->memory_max = LOTS;
	t->conf.rmem_max = TCP_RCVBUF_MAX;
	f->peer.ts = ts;
	return (struct sender){
		.f = f,
		.s = connect_far(f),
		.seq = 1,
		.edge = 1 + 65535,
		.cwnd = 10 * MSS,
		.reads = true,
	};
}

static void window_grows_to_the_path(void **state, bool ts)
{
	struct sender p = start(*state, ts);
	u32 most = 0;

	assert_int_equal(tcp_of(p.s)->rcv_wscale, 7);
	for (u32 i = 0; i < 14; i++)
		most = round_trip(&p);
	/* 20 MB/s over 100 ms: the peer's own window is what limits. */
	assert_int_equal(most, PEER_CWND);
	assert_true(p.s->sk->rcvbuf <= TCP_RCVBUF_MAX);
	script_end(p.f, p.s);
}

static void grows_with_timestamps(void **state)
{
	window_grows_to_the_path(state, true);
}

static void grows_without_timestamps(void **state)
{
	window_grows_to_the_path(state, false);
}

/* Not a round trip later than the peer wants it. */
static void growth_does_not_hold_back_slow_start(void **state)
{
	struct sender p = start(*state, true);

	for (u32 i = 0; i < 10; i++) {
		u32 cwnd = p.cwnd, sent = round_trip(&p);

		assert_true(sent == cwnd || i < 2);
	}
	script_end(p.f, p.s);
}

/*
 * The next round trip's ACKs let out twice as much again while it arrives:
 * the first of them must tell of a window for that already.
 */
static void growth_is_ahead_of_slow_start(void **state)
{
	struct sender p = start(*state, true);

	for (u32 i = 0; i < 8; i++) {
		u32 sent = round_trip(&p);

		if (i > 2)
			assert_true(p.edge - p.seq >= 3 * sent);
	}
	script_end(p.f, p.s);
}

static void program_that_does_not_read_gets_no_more(void **state)
{
	struct sender p = start(*state, true);

	p.reads = false;
	for (u32 i = 0; i < 14; i++)
		(void)round_trip(&p);
	assert_int_equal(p.s->sk->rcvbuf, TCP_RCVBUF_DEFAULT);
	script_end(p.f, p.s);
}

/* A window's worth of text in each ten round trips is no hurry. */
static void slow_sender_needs_no_more(void **state)
{
	struct sender p = start(*state, true);

	for (u32 i = 0; i < 60; i++) {
		p.cwnd = 20 * MSS;
		(void)round_trip(&p);
	}
	assert_true(p.seq > 2 * TCP_RCVBUF_DEFAULT);
	assert_int_equal(p.s->sk->rcvbuf, TCP_RCVBUF_DEFAULT);
	script_end(p.f, p.s);
}

static void size_that_the_program_set_stays(void **state)
{
	struct tcp_fixture *f = *state;
	struct sender p;

	set_option(f->listener, SOL_SOCKET, SO_RCVBUF, 100000);
	p = start(f, true);
	for (u32 i = 0; i < 14; i++)
		(void)round_trip(&p);
	assert_int_equal(p.s->sk->rcvbuf, 200000);
	assert_int_equal(tcp_of(p.s)->rcv_wscale, tcp_pick_wscale(200000));
	script_end(f, p.s);
}

static void nobody_grows_when_memory_is_short(void **state)
{
	struct sender p = start(*state, true);
	struct tcp_table *t = p.f->net->tcp;

	t->memory_max = 1 << 20;
	t->memory += 1 << 19;
	for (u32 i = 0; i < 12; i++)
		(void)round_trip(&p);
	assert_int_equal(p.s->sk->rcvbuf, TCP_RCVBUF_DEFAULT);
	t->memory -= 1 << 19;
	script_end(p.f, p.s);
}

/* ---- the send buffer ---- */

static u32 fill(struct socket *s)
{
	static const u8 text[1 << 16];
	u32 done = 0;
	ssize_t n;

	while ((n = sock_send(s, text, sizeof(text), 0)) > 0)
		done += (u32)n;
	return done;
}

/* ACKs of all that is in flight, for so many round trips. */
static void drain(struct tcp_fixture *f, struct socket *s, u32 rounds)
{
	struct tcp_sock *tp = tcp_of(s);

	while (rounds--) {
		skip_sent(f);
		peer_acks(f, tp->snd_nxt - tp->iss);
		fill(s);
	}
}

static void send_buffer_holds_two_windows(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->net->tcp->memory_max = LOTS;
	f->net->tcp->conf.wmem_max = TCP_SNDBUF_MAX;
	s = connect_wide(f);
	tcp_of(s)->cwnd = 300 * MSS;
	assert_true(fill(s) < 600 * (MSS + TCP_SKB_OVERHEAD) + 10 * MSS);
	drain(f, s, 12);
	assert_true(tcp_of(s)->cwnd > 600 * MSS);
	assert_true(s->sk->sndbuf > 2 * 600 * MSS);
	assert_true(s->sk->sndbuf <= TCP_SNDBUF_MAX);
	script_end(f, s);
}

static void send_buffer_of_the_program_stays(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	set_option(s, SOL_SOCKET, SO_SNDBUF, 100000);
	tcp_of(s)->cwnd = 300 * MSS;
	fill(s);
	drain(f, s, 5);
	assert_int_equal(s->sk->sndbuf, 200000);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(grows_with_timestamps),
		T(grows_without_timestamps),
		T(growth_does_not_hold_back_slow_start),
		T(growth_is_ahead_of_slow_start),
		T(program_that_does_not_read_gets_no_more),
		T(slow_sender_needs_no_more),
		T(size_that_the_program_set_stays),
		T(nobody_grows_when_memory_is_short),
		T(send_buffer_holds_two_windows),
		T(send_buffer_of_the_program_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
