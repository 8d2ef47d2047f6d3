/* app/http_parts.c: /proc/net/tcp, whose length is known when it is over. */
#include <stdlib.h>
#include <string.h>
#include "net/tcp/tcp_sock.h"
#include "test/host/http_bed.h"

#define MANY 1000 /* lines of /proc/net/tcp: nine parts and more */
#define LINE 150

static struct tcp_timewait crowd[MANY];

static void crowd_comes(struct http_bed *bed)
{
	for (u32 i = 0; i < MANY; i++) {
		crowd[i].conn = (struct tcp_conn){.raddr = htonl(i),
						  .kind = TCP_CONN_TIMEWAIT};
		tcp_conn_insert(bed->f->net->tcp, &crowd[i].conn);
	}
}

static void crowd_leaves(struct http_bed *bed)
{
	for (u32 i = 0; i < MANY; i++)
		tcp_conn_remove(bed->f->net->tcp, &crowd[i].conn);
}

/* Undoes the chunks of a body in place; its length. */
static size_t unchunk(char *body)
{
	char *in = body, *out = body;
	size_t len;

	while ((len = strtoul(in, &in, 16))) {
		assert_memory_equal(in, "\r\n", 2);
		memmove(out, in + 2, len);
		assert_memory_equal(in + 2 + len, "\r\n", 2);
		in += 2 + len + 2;
		out += len;
	}
	assert_string_equal(in, "\r\n\r\n");
	*out = 0;
	return (size_t)(out - body);
}

static void long_tables_are_sent_in_chunks(void **state)
{
	struct fake_peer *peer = http_client(*state);
	char *body;

	crowd_comes(*state);
	fake_send_text(peer, "GET /proc/net/tcp HTTP/1.1\r\n" HTTP_HOST);
	peer->window = 1000; /* every part is cut as it is sent */
	for (u32 i = 0; i < MANY; i++) {
		http_serve(*state);
		fake_window(peer, 777);
	}
	assert_true(http_has(peer, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_false(http_has(peer, "Content-Length"));
	assert_false(http_has(peer, "Connection: close"));
	body = strstr(peer->out, "\r\n\r\n") + 4;
	assert_int_equal(unchunk(body), LINE * (1 + MANY));
	assert_memory_equal(body + LINE * MANY, " 999: ", 6);
	fake_clear(peer);
	crowd_leaves(*state);
	peer->window = 1 << 20;
	http_ask(*state, peer, "GET /proc/net/tcp HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 200);
	assert_int_equal(http_length_of(peer), LINE);
}

static void long_tables_end_with_an_http_1_0_connection(void **state)
{
	struct fake_peer *peer = http_client(*state);

	crowd_comes(*state);
	http_ask(*state, peer,
		 "GET /proc/net/tcp HTTP/1.0\r\n"
		 "Connection: keep-alive\r\n\r\n");
	assert_true(http_has(peer, "Connection: close"));
	assert_false(http_has(peer, "Transfer-Encoding"));
	assert_int_equal(strlen(http_body_of(peer)), LINE * (1 + MANY));
	assert_true(peer->closed);
	crowd_leaves(*state);
}

static void long_tables_have_a_head_of_their_own(void **state)
{
	struct fake_peer *peer = http_client(*state);

	crowd_comes(*state);
	http_ask(*state, peer, "HEAD /proc/net/tcp HTTP/1.1\r\n" HTTP_HOST);
	assert_true(http_has(peer, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_string_equal(http_body_of(peer), "");
	assert_false(peer->closed);
	crowd_leaves(*state);
}

/* One part's memory each, which is bounded, and free when they are gone. */
static void slow_readers_hold_a_part_each(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *slow = http_client(bed), *late = http_client(bed);
	u32 held;

	crowd_comes(bed);
	slow->window = 1000;
	http_ask(bed, slow, "GET /proc/net/tcp HTTP/1.1\r\n" HTTP_HOST);
	held = bed->srv->held;
	assert_in_range(held, 16384, 20000);
	fake_window(slow, 40000);
	http_serve(bed);
	assert_int_equal(bed->srv->held, held);
	http_ask(bed, late, "GET /proc/net/tcp HTTP/1.1\r\n" HTTP_HOST);
	assert_response(late, 503);
	fake_reset(slow, ECONNRESET);
	http_serve(bed);
	assert_int_equal(bed->srv->held, 0);
	late = http_client(bed);
	http_ask(bed, late, "GET /proc/net/tcp HTTP/1.0\r\n\r\n");
	assert_int_equal(strlen(http_body_of(late)), LINE * (1 + MANY));
	crowd_leaves(bed);
}

static void the_rest_of_a_long_table_is_not_waited_for(void **state)
{
	struct fake_peer *peer = http_client(*state);

	crowd_comes(*state);
	peer->window = 20000;
	http_ask(*state, peer, "GET /proc/net/tcp HTTP/1.1\r\n" HTTP_HOST);
	assert_false(peer->closed);
	http_pass_ms(*state, 600000);
	assert_true(peer->closed);
	crowd_leaves(*state);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, http_bed_setup, http_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(long_tables_are_sent_in_chunks),
		T(long_tables_end_with_an_http_1_0_connection),
		T(long_tables_have_a_head_of_their_own),
		T(the_rest_of_a_long_table_is_not_waited_for),
		cmocka_unit_test_setup_teardown(slow_readers_hold_a_part_each,
						http_bed_setup_small,
						http_bed_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
