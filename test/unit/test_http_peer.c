/*
 * The HTTP server and TCP against a scripted peer: what depends on which
 * segment comes when, and on how fast they are acknowledged.
 */
#include <string.h>
#include "app/http_conn.h"
#include "test/host/machine_sim.h"
#include "test/host/tcp_script.h"

#define HOST_END  "Host: a\r\n\r\n"
#define GET_CLOSE "GET /1k HTTP/1.1\r\nConnection: close\r\n" HOST_END
#define GET_1M	  "GET /1m HTTP/1.1\r\n" HOST_END

static struct http_server *serve(struct tcp_fixture *f)
{
	struct http_server *srv;
	int err;

	tcp_fixture_unlisten(f);
	srv = http_create(f->net, &http_default, &err);
	assert_non_null(srv);
	return srv;
}

/* After three minutes no packet may refer to the server's pages. */
static void unserve(struct tcp_fixture *f, struct http_server *srv)
{
	http_stop(srv);
	for (int i = 0; i < 200; i++) {
		sim_run_ms(1000);
		fixture_tx_purge(f->base);
	}
	http_free(srv);
}

/* A connection with a request on its way; the next seq of the peer. */
static u32 request(struct tcp_fixture *f, const char *text)
{
	u32 len = (u32)strlen(text);

	peer_syn(f);
	assert_true(peer_receive(f));
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	peer_send(f, TCP_ACK, 1, 1, text, len);
	return 1 + len;
}

/* What was sent is taken as received: the end of it; no RST may be there. */
static u32 take_all(struct tcp_fixture *f)
{
	u32 end = 1;

	while (peer_receive(f)) {
		assert_false(f->seen.flags & TCP_RST);
		end = MAX(end, f->seen.seq_rel + f->seen.len +
				       !!(f->seen.flags & TCP_FIN));
	}
	return end;
}

static void the_answer_and_the_fin_share_a_segment(void **state)
{
	struct tcp_fixture *f = *state;
	struct http_server *srv = serve(f);
	u32 seq = request(f, GET_CLOSE);

	http_poll(srv, 0);
	assert_true(peer_receive(f));
	assert_true(f->seen.len > 1024);
	assert_int_equal(f->seen.flags, TCP_ACK | TCP_FIN);
	assert_int_equal(f->seen.ack_rel, seq);
	expect_nothing(f);
	unserve(f, srv);
}

/* They were sent before the answer was seen, and the answer is lost. */
static void text_behind_the_last_request_does_not_cost_the_answer(void **state)
{
	struct tcp_fixture *f = *state;
	struct http_server *srv = serve(f);
	u32 seq = request(f, GET_CLOSE), len;

	http_poll(srv, 0);
	assert_true(peer_receive(f));
	len = f->seen.len;
	peer_send(f, TCP_ACK, seq, 1, "\r\n", 2);
	expect(f, TCP_ACK, 2 + len, seq + 2, 0);
	sim_run_ms(3000);
	assert_true(peer_receive(f));
	assert_int_equal(f->seen.len, len);
	assert_int_equal(f->seen.seq_rel, 1);
	assert_true(f->seen.flags & TCP_FIN);
	peer_send(f, TCP_ACK | TCP_FIN, seq + 2, 2 + len, NULL, 0);
	assert_int_equal(f->net->tcp->orphan_count, 0);
	assert_int_equal(f->net->tcp->timewait_count, 1);
	fixture_tx_purge(f->base);
	unserve(f, srv);
}

/* They came while the server was busy with the answer. */
static void text_unread_at_the_close_does_not_cost_the_answer(void **state)
{
	struct tcp_fixture *f = *state;
	struct http_server *srv = serve(f);
	u32 seq, end;

	peer_is_wide(f);
	seq = request(f, "GET /1m HTTP/1.1\r\nConnection: close\r\n" HOST_END);
	http_poll(srv, 0);
	peer_send(f, TCP_ACK, seq, 1, "\r\n", 2);
	for (end = 1; end < (1u << 20); end = take_all(f)) {
		peer_send(f, TCP_ACK, seq + 2, end, NULL, 0);
		http_poll(srv, 0);
	}
	peer_send(f, TCP_ACK | TCP_FIN, seq + 2, end, NULL, 0);
	http_poll(srv, 0);
	http_poll(srv, 0);
	(void)take_all(f);
	assert_int_equal(srv->count, 0);
	unserve(f, srv);
}

/*
 * A mebibyte to a peer that acknowledges at most `rate` bytes each second;
 * after how many seconds it is reset, at most `seconds`.
 */
static u32 read_slowly(struct tcp_fixture *f, u32 rate, u32 seconds)
{
	struct http_server *srv = serve(f);
	u32 seq, acked = 1, end = 1, t;
	bool reset = false;

	peer_is_wide(f);
	seq = request(f, GET_1M);
	f->peer.wnd = 12; /* 1536 bytes */
	http_poll(srv, 0);
	for (t = 0; t < seconds; t++) {
		while (peer_receive(f)) {
			reset |= f->seen.flags & TCP_RST;
			end = MAX(end, f->seen.seq_rel + f->seen.len);
		}
		if (reset)
			break;
		acked = MIN(acked + rate, end);
		peer_send(f, TCP_ACK, seq, acked, NULL, 0);
		sim_run_ms(1000);
		http_poll(srv, 0);
	}
	peer_send(f, TCP_RST, seq, 0, NULL, 0);
	unserve(f, srv);
	return t;
}

/* Far less than what makes TCP report room moves in the time for it. */
static void a_steady_slow_reader_is_kept(void **state)
{
	assert_int_equal(read_slowly(*state, 1536, 200), 200);
}

/* 1200 bytes in 30 seconds. */
static void a_reader_below_the_rate_is_reset(void **state)
{
	assert_in_range(read_slowly(*state, 40, 200), 29, 61);
}

/* It reads nothing, but sends as much as there is room for. */
static void one_client_pins_little_memory(void **state)
{
	struct tcp_fixture *f = *state;
	struct http_server *srv = serve(f);
	u32 seq = request(f, GET_1M), start = seq;
	u64 before;

	http_poll(srv, 0);
	(void)skip_sent(f);
	before = f->net->tcp->memory;
	for (; seq - start < 600000; seq += 1000) {
		peer_send(f, TCP_ACK, seq, 1, script_stream(), 1000);
		(void)skip_sent(f);
	}
	assert_in_range(f->net->tcp->memory - before, 32 << 10, 132 << 10);
	http_stop(srv);
	fixture_tx_purge(f->base);
	unserve(f, srv);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_answer_and_the_fin_share_a_segment),
		T(text_behind_the_last_request_does_not_cost_the_answer),
		T(text_unread_at_the_close_does_not_cost_the_answer),
		T(a_steady_slow_reader_is_kept),
		T(a_reader_below_the_rate_is_reset),
		T(one_client_pins_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
