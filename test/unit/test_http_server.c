/*
 * The HTTP server over a protocol without a network: what it answers, how
 * long it waits, what it holds. Teardown asserts that nothing is left.
 */
#include <string.h>
#include <stdlib.h>
#include "kernel/slab.h"
#include "lib/printf.h"
#include "app/http_conn.h"
#include "test/host/fake_stream.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

#define HOST "Host: a\r\n\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST
#define MAX_PEERS 64

struct bed {
	struct fixture *f;
	struct http_server *srv;
	struct fake_peer *peers[MAX_PEERS];
	u32 count;
};

static int setup_with(void **state, const struct http_config *config)
{
	static struct bed bed;
	void *fixture;
	int err = fixture_setup(&fixture);

	memset(&bed, 0, sizeof(bed));
	bed.f = fixture;
	fake_install(bed.f->net);
	bed.srv = http_create(bed.f->net, config, &err);
	*state = &bed;
	return err;
}

static int setup(void **state)
{
	return setup_with(state, &http_default);
}

static int setup_small(void **state)
{
	struct http_config config = http_default;

	config.conns_max = 4;
	config.mem_max = 20000;
	return setup_with(state, &config);
}

static int teardown(void **state)
{
	struct bed *bed = *state;
	void *fixture = bed->f;

	http_stop(bed->srv);
	assert_int_equal(bed->srv->count, 0);
	assert_int_equal(bed->srv->held, 0);
	http_free(bed->srv);
	for (u32 i = 0; i < bed->count; i++)
		fake_free(bed->peers[i]);
	return fixture_teardown(&fixture);
}

static void serve(struct bed *bed)
{
	for (int i = 0; i < 40; i++)
		http_poll(bed->srv, 0);
}

static struct fake_peer *client(struct bed *bed)
{
	struct fake_peer *peer = fake_connect(bed->srv->listener);

	assert_true(bed->count < MAX_PEERS);
	bed->peers[bed->count++] = peer;
	return peer;
}

/* Sends and lets the server work. */
static void ask(struct bed *bed, struct fake_peer *peer, const char *text)
{
	fake_send_text(peer, text);
	serve(bed);
}

/* Virtual time passes, and the server looks at it. */
static void pass_ms(struct bed *bed, u64 ms)
{
	sim_advance_ns(ms * 1000000);
	serve(bed);
}

static int status_of(const struct fake_peer *peer)
{
	if (strncmp(peer->out, "HTTP/1.1 ", 9) != 0)
		return -1;
	return atoi(peer->out + 9);
}

static const char *body_of(const struct fake_peer *peer)
{
	const char *end = strstr(peer->out, "\r\n\r\n");

	return end ? end + 4 : NULL;
}

static size_t length_of(const struct fake_peer *peer)
{
	const char *field = strstr(peer->out, "Content-Length: ");

	assert_non_null(field);
	return strtoul(field + 16, NULL, 10);
}

/* Exactly one whole response. */
static void assert_response(const struct fake_peer *peer, int status)
{
	const char *body = body_of(peer);

	assert_int_equal(status_of(peer), status);
	assert_non_null(body);
	assert_int_equal(peer->out + peer->out_len - body, length_of(peer));
}

static bool has(const struct fake_peer *peer, const char *text)
{
	return strstr(peer->out, text) != NULL;
}

static u32 responses(const struct fake_peer *peer)
{
	const char *p = peer->out;
	u32 n = 0;

	while ((p = strstr(p, "HTTP/1.1 "))) {
		n++;
		p++;
	}
	return n;
}

static void front_page_is_served_by_one_reference(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, GET);
	assert_response(peer, 200);
	assert_int_equal(length_of(peer), 612);
	assert_true(has(peer, "Content-Type: text/html"));
	assert_true(has(peer, "</html>"));
	assert_false(has(peer, "Connection:"));
	assert_false(has(peer, "Date:"));
	assert_int_equal(peer->sends, 1);
	assert_true(peer->last_flags & MSG_STATIC);
	assert_false(peer->last_flags & MSG_MORE);
	assert_false(peer->closed);
}

/* The request is there when the connection is accepted. */
static void a_request_that_came_first_needs_no_event(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);

	fake_send_text(peer, "GET / HTTP/1.0\r\n\r\n");
	http_poll(bed->srv, 0);
	assert_response(peer, 200);
	assert_true(peer->closed);
	assert_int_equal(bed->srv->count, 0);
}

static void keep_alive_serves_again(void **state)
{
	struct fake_peer *peer = client(*state);

	for (int i = 0; i < 5; i++) {
		ask(*state, peer, GET);
		assert_response(peer, 200);
		fake_clear(peer);
	}
	/* A read each, and none to see that there is no more. */
	assert_int_equal(peer->recvs, 5 + 0);
	fake_fin(peer);
	serve(*state);
	assert_true(peer->closed);
}

static void an_idle_connection_owns_only_its_struct(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);
	u64 objects;

	serve(bed);
	objects = sim_live_objects();
	ask(bed, peer, GET);
	assert_int_equal(sim_live_objects(), objects);
	ask(bed, peer, "GET /drops HTTP/1.1\r\n" HOST);
	assert_int_equal(sim_live_objects(), objects);
	assert_int_equal(bed->srv->held, 0);
	assert_true(sizeof(struct http_conn) < 384);
}

static void close_goes_with_the_answer(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET / HTTP/1.1\r\nConnection: close\r\n" HOST);
	assert_response(peer, 200);
	assert_true(has(peer, "Connection: close\r\n"));
	assert_true(peer->last_flags & MSG_MORE);
	assert_true(peer->closed);
	assert_false(peer->reset);
}

static void http_1_0_keep_alive_is_said(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_response(peer, 200);
	assert_true(has(peer, "Connection: keep-alive\r\n"));
	assert_false(peer->closed);
}

static void head_is_get_without_content(void **state)
{
	static const char *const paths[] = {"/", "/1k", "/1m", "/drops",
					    "/nothing"};
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct fake_peer *get = client(*state);
		struct fake_peer *head = client(*state);
		size_t head_len;

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST,
			 paths[i]);
		ask(*state, get, text);
		snprintf(text, sizeof(text), "HEAD %s HTTP/1.1\r\n" HOST,
			 paths[i]);
		ask(*state, head, text);
		head_len = (size_t)(body_of(get) - get->out);
		assert_int_equal(head->out_len, head_len);
		assert_memory_equal(head->out, get->out, head_len);
	}
}

static void one_k_page(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET /1k HTTP/1.1\r\n" HOST);
	assert_response(peer, 200);
	assert_int_equal(length_of(peer), 1024);
	assert_memory_equal(body_of(peer) + 1008, "00003f0 barenet\n", 16);
}

static void one_m_page_can_be_checked(void **state)
{
	struct fake_peer *peer = client(*state);
	const char *body;

	ask(*state, peer, "GET /1m HTTP/1.1\r\n" HOST);
	assert_response(peer, 200);
	assert_int_equal(length_of(peer), 1 << 20);
	body = body_of(peer);
	for (size_t at = 0; at < 1 << 20; at += 16)
		assert_int_equal(strtoul(body + at, NULL, 16), at);
	assert_int_equal(peer->sends, 2);
	assert_true(peer->last_flags & MSG_STATIC);
}

static void a_slow_reader_gets_every_byte(void **state)
{
	struct fake_peer *peer = client(*state);

	peer->window = 100;
	ask(*state, peer, "GET /1m HTTP/1.1\r\nConnection: close\r\n" HOST);
	for (int i = 0; i < 400; i++) {
		fake_window(peer, 3001);
		http_poll(((struct bed *)*state)->srv, 0);
	}
	assert_response(peer, 200);
	assert_true(peer->closed);
}

static void every_page_answers(void **state)
{
	static const char *const paths[] = {
		"/stat", "/drops", "/proc/interrupts", "/proc/softirqs",
		"/proc/slabinfo", "/proc/net/arp", "/proc/net/dev",
		"/proc/net/netstat", "/proc/net/route", "/proc/net/snmp",
		"/proc/net/sockstat", "/proc/net/softnet_stat",
		"/proc/net/tcp", "/proc/net/udp"};
	struct fake_peer *peer = client(*state);
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		fake_clear(peer);
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST,
			 paths[i]);
		ask(*state, peer, text);
		assert_response(peer, 200);
		assert_true(length_of(peer) > 20);
		assert_int_equal(strlen(body_of(peer)), length_of(peer));
		assert_true(has(peer, "Cache-Control: no-store"));
	}
}

static void stat_tells_the_servers_numbers(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET /stat HTTP/1.1\r\n" HOST);
	assert_true(has(peer, "\nhttp_connections 1\n"));
	assert_true(has(peer, "\nsk_buffs 0\n"));
	assert_true(has(peer, "\nhttp_requests 1\n"));
}

static void other_forms_of_a_target(void **state)
{
	static const struct {
		const char *target;
		int status;
	} samples[] = {
		{"/?x=y", 200},	     {"http://h/1k", 200}, {"/%31k", 200},
		{"/nothing", 404},   {"//", 404},	   {"/..", 400},
		{"/%2e%2e/1k", 400}, {"/%00", 400},	   {"x", 400},
	};
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct fake_peer *peer = client(*state);

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST,
			 samples[i].target);
		ask(*state, peer, text);
		assert_response(peer, samples[i].status);
		assert_false(peer->closed);
	}
}

static void known_methods_are_not_allowed(void **state)
{
	static const char *const lines[] = {
		"POST /", "PUT /", "DELETE /", "PATCH /", "TRACE /",
		"CONNECT a:1"};
	struct fake_peer *peer = client(*state);
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		fake_clear(peer);
		snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST, lines[i]);
		ask(*state, peer, text);
		assert_response(peer, 405);
		assert_true(has(peer, "Allow: GET, HEAD, OPTIONS\r\n"));
	}
	assert_false(peer->closed);
}

static void options_names_the_methods(void **state)
{
	static const char *const lines[] = {"OPTIONS *", "OPTIONS /"};
	struct fake_peer *peer = client(*state);
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		fake_clear(peer);
		snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST, lines[i]);
		ask(*state, peer, text);
		assert_response(peer, 200);
		assert_int_equal(length_of(peer), 0);
		assert_true(has(peer, "Allow: GET, HEAD, OPTIONS\r\n"));
	}
	fake_clear(peer);
	ask(*state, peer, "OPTIONS /nothing HTTP/1.1\r\n" HOST);
	assert_response(peer, 404);
}

/* A refusal, our end closed, the rest drained, then gone. */
static void refusals_linger(void **state)
{
	static const struct {
		const char *text;
		int status;
	} samples[] = {
		{"BREW / HTTP/1.1\r\n" HOST, 501},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/3.0\r\n\r\n", 505},
		{"GET / HTTP/1.1\r\nExpect: tea\r\n" HOST, 417},
		{"GET / HTTP/1.1\r\nContent-Length: 70000\r\n" HOST, 413},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST
		 "fffff\r\n", 413},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" HOST, 501},
		{"GET / HTTP/1.1\nHost: a\n\n", 400},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct fake_peer *peer = client(*state);

		ask(*state, peer, samples[i].text);
		assert_response(peer, samples[i].status);
		assert_true(has(peer, "Connection: close\r\n"));
		assert_true(peer->shut);
		assert_false(peer->closed);
		/* The canary is read and not answered. */
		ask(*state, peer, GET GET);
		assert_int_equal(responses(peer), 1);
		fake_fin(peer);
		serve(*state);
		assert_true(peer->closed);
	}
}

static void a_long_request_line_is_414(void **state)
{
	struct fake_peer *peer = client(*state);
	char *text = malloc(70001);

	memset(text, '/', 70000);
	text[70000] = 0;
	memcpy(text, "GET ", 4);
	ask(*state, peer, text);
	free(text);
	assert_response(peer, 414);
	fake_fin(peer);
	serve(*state);
	assert_true(peer->closed);
}

static void lingering_ends_in_time(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET / HTTP/1.1\r\n\r\n");
	pass_ms(*state, 1900);
	assert_false(peer->closed);
	ask(*state, peer, "more"); /* buys no time */
	pass_ms(*state, 200);
	assert_true(peer->closed);
}

static void nothing_after_close_is_answered(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET / HTTP/1.1\r\nConnection: close\r\n" HOST GET);
	assert_int_equal(responses(peer), 1);
	assert_true(peer->shut); /* input unread: staged */
	pass_ms(*state, 3000);
	assert_true(peer->closed);
}

static void a_request_byte_by_byte(void **state)
{
	static const char text[] = "GET /1k HTTP/1.1\r\nA: b\r\n" HOST;
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(peer->out_len, 0);
		fake_send(peer, &text[i], 1);
		http_poll(bed->srv, 0);
	}
	assert_response(peer, 200);
	assert_int_equal(bed->srv->held, 0);
}

static void a_long_head_in_pieces(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);
	char text[1001];

	ask(bed, peer, "GET /");
	memset(text, 'x', 1000);
	text[1000] = 0;
	for (int i = 0; i < 8; i++)
		ask(bed, peer, text);
	assert_true(bed->srv->held >= 8000);
	ask(bed, peer, " HTTP/1.1\r\n" HOST);
	assert_response(peer, 404);
	assert_int_equal(bed->srv->held, 0);
}

static void a_thousand_pipelined_requests(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);
	size_t len = sizeof(GET) - 1;
	char *text = malloc(1000 * len + 1);

	for (int i = 0; i < 1000; i++)
		memcpy(text + (size_t)i * len, GET, len + 1);
	fake_send_text(peer, text);
	free(text);
	serve(bed);
	assert_int_equal(responses(peer), 1000);
	assert_int_equal(bed->srv->held, 0);
	assert_false(peer->closed);
}

static void pipelined_answers_keep_their_order(void **state)
{
	struct fake_peer *peer = client(*state);
	const char *a, *b, *c;

	ask(*state, peer, "GET /1k HTTP/1.1\r\n" HOST
			  "GET /x HTTP/1.1\r\n" HOST
			  "POST / HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc"
			  "GET / HTTP/1.1\r\nConnection: close\r\n" HOST);
	assert_int_equal(responses(peer), 4);
	a = strstr(peer->out, "404");
	b = strstr(peer->out, "405");
	c = strstr(peer->out, "612");
	assert_true(a && b && c && a < b && b < c);
	assert_true(peer->closed);
}

/* The next request is not touched while an answer is blocked. */
static void a_blocked_answer_holds_the_pipeline(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);

	peer->window = 10;
	ask(bed, peer, GET GET GET);
	assert_int_equal(peer->out_len, 10);
	assert_int_equal(bed->srv->requests, 1);
	ask(bed, peer, GET);
	assert_int_equal(bed->srv->requests, 1);
	fake_window(peer, 900);
	serve(bed);
	assert_int_equal(bed->srv->requests, 2);
	fake_window(peer, 100000);
	serve(bed);
	assert_int_equal(responses(peer), 4);
	assert_int_equal(bed->srv->held, 0);
}

static void bodies_are_read_and_forgotten(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "POST / HTTP/1.1\r\nContent-Length: 5\r\n" HOST "he");
	assert_int_equal(peer->out_len, 0);
	ask(*state, peer, "llo");
	assert_response(peer, 405);
	fake_clear(peer);
	ask(*state, peer, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
			  HOST "3\r\nabc\r\n0\r\n\r\n" GET);
	assert_int_equal(responses(peer), 2);
	assert_false(peer->closed);
}

static void continue_is_said_before_the_body(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET / HTTP/1.1\r\nContent-Length: 2\r\n"
			  "Expect: 100-continue\r\n" HOST);
	assert_string_equal(peer->out, "HTTP/1.1 100 Continue\r\n\r\n");
	fake_clear(peer);
	ask(*state, peer, "ab");
	assert_response(peer, 200);
	assert_false(peer->closed);
}

static void no_continue_once_the_body_has_begun(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "GET / HTTP/1.1\r\nContent-Length: 2\r\n"
			  "Expect: 100-continue\r\n" HOST "a");
	assert_int_equal(peer->out_len, 0);
	ask(*state, peer, "b");
	assert_response(peer, 200);
}

static void a_final_status_in_place_of_continue(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, "POST / HTTP/1.1\r\nContent-Length: 2\r\n"
			  "Expect: 100-continue\r\n" HOST);
	assert_response(peer, 405);
	assert_true(peer->shut);
}

static void an_idle_connection_is_closed(void **state)
{
	struct fake_peer *peer = client(*state);

	ask(*state, peer, GET);
	fake_clear(peer);
	pass_ms(*state, 29900);
	ask(*state, peer, GET);
	pass_ms(*state, 29900);
	assert_false(peer->closed);
	pass_ms(*state, 200);
	assert_true(peer->closed);
	assert_response(peer, 200); /* and no 408 */
}

static void a_slow_head_is_408(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer = client(bed);

	ask(bed, peer, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 9; i++) { /* a field now and then buys no time */
		pass_ms(bed, 1000);
		ask(bed, peer, "X: y\r\n");
	}
	assert_int_equal(peer->out_len, 0);
	pass_ms(bed, 1001);
	assert_response(peer, 408);
	assert_int_equal(bed->srv->held, 0);
	pass_ms(bed, 2001);
	assert_true(peer->closed);
}

static void a_slow_body_is_408(void **state)
{
	struct fake_peer *peer = client(*state);
	char text[5001];

	memset(text, 'b', 5000);
	text[5000] = 0;
	ask(*state, peer, "GET / HTTP/1.1\r\nContent-Length: 60000\r\n" HOST);
	for (int i = 0; i < 5; i++) { /* fast enough */
		ask(*state, peer, text);
		pass_ms(*state, 10000);
	}
	assert_int_equal(peer->out_len, 0);
	ask(*state, peer, "slow");
	pass_ms(*state, 10001);
	assert_response(peer, 408);
}

static void a_reader_without_progress_is_reset(void **state)
{
	struct fake_peer *peer = client(*state);

	peer->window = 1000;
	ask(*state, peer, "GET /1m HTTP/1.1\r\n" HOST);
	for (int i = 0; i < 5; i++) { /* slow, but reading */
		pass_ms(*state, 29000);
		fake_window(peer, 3000);
		serve(*state);
	}
	assert_false(peer->closed);
	for (int i = 0; i < 4; i++) { /* the tiny window of a bad one */
		pass_ms(*state, 15000);
		fake_window(peer, 10);
		serve(*state);
	}
	assert_true(peer->closed);
	assert_true(peer->reset);
}

static void a_client_that_ends_is_closed_in_any_state(void **state)
{
	static const char *const texts[] = {
		"", "GE", "GET / HTTP/1.1\r\nContent-Length: 9\r\n" HOST "x",
		GET};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fake_peer *fin = client(*state), *rst = client(*state);

		ask(*state, fin, texts[i]);
		ask(*state, rst, texts[i]);
		fake_fin(fin);
		fake_reset(rst, ECONNRESET);
		serve(*state);
		assert_true(fin->closed);
		assert_true(rst->closed);
	}
}

/* `printf ... | nc`: the request and the FIN come together. */
static void a_half_closed_client_has_its_answer(void **state)
{
	struct fake_peer *peer = client(*state);

	fake_send_text(peer, GET GET);
	fake_fin(peer);
	serve(*state);
	assert_int_equal(responses(peer), 2);
	assert_true(peer->closed);
	assert_false(peer->reset);
}

static void the_longest_idle_makes_room(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *old = client(bed), *second, *others[4];

	ask(bed, old, GET);
	second = client(bed);
	ask(bed, second, GET);
	ask(bed, old, GET); /* not the longest idle any more */
	for (int i = 0; i < 3; i++) {
		others[i] = client(bed);
		ask(bed, others[i], GET);
	}
	assert_int_equal(bed->srv->count, 4);
	assert_false(old->closed);
	assert_true(second->closed);
	assert_int_equal(bed->srv->shed, 1);
}

static void slow_heads_do_not_keep_others_out(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer;

	for (int i = 0; i < 20; i++)
		ask(bed, client(bed), "GET / HT");
	peer = client(bed);
	ask(bed, peer, GET);
	assert_response(peer, 200);
}

static void nobody_is_shed_for_one_too_many(void **state)
{
	struct bed *bed = *state;
	struct fake_peer *peer;

	for (int i = 0; i < 4; i++) { /* all with an answer under way */
		peer = client(bed);
		peer->window = 1;
		ask(bed, peer, GET);
	}
	peer = client(bed);
	ask(bed, peer, GET);
	assert_true(peer->closed);
	assert_true(peer->reset);
	assert_int_equal(peer->out_len, 0);
	assert_int_equal(bed->srv->refused, 1);
	for (int i = 0; i < 4; i++)
		assert_false(bed->peers[i]->closed);
}

/* mem_max is 20,000: heads that would take more are not kept. */
static void memory_for_heads_is_bounded(void **state)
{
	struct bed *bed = *state;
	char text[6001];

	memset(text, 'x', 6000);
	memcpy(text, "GET /", 5);
	text[6000] = 0;
	for (int i = 0; i < 4; i++) {
		ask(bed, client(bed), text);
		assert_true(bed->srv->held <= 20000);
	}
	assert_false(bed->peers[0]->closed);
	assert_true(bed->peers[3]->closed);
}

/* Each allocation of an exchange fails once: an answer, 503, or a close. */
static void allocation_failures_are_survived(void **state)
{
	struct bed *bed = *state;

	for (u64 n = 1; n < 12; n++) {
		struct fake_peer *peer = client(bed);

		sim_fail_alloc_after(n);
		ask(bed, peer, "GET /drops HTT");
		ask(bed, peer, "P/1.1\r\n" HOST);
		ask(bed, peer, "GET /1m HTTP/1.1\r\n" HOST);
		sim_fail_alloc_after(0);
		if (!peer->closed) {
			assert_true(responses(peer) == 2);
			fake_fin(peer);
			serve(bed);
		}
		assert_true(peer->closed);
		assert_int_equal(bed->srv->held, 0);
	}
}

static void create_fails_cleanly(void **state)
{
	struct bed *bed = *state;

	for (u64 n = 1; n < 40; n++) {
		u64 objects = sim_live_objects();
		struct http_server *srv;
		int err;

		sim_fail_alloc_after(n);
		srv = http_create(bed->f->net, &http_default, &err);
		sim_fail_alloc_after(0);
		if (srv) {
			http_stop(srv);
			http_free(srv);
			assert_true(n > 5);
		} else {
			assert_int_equal(err, -ENOMEM);
		}
		assert_int_equal(sim_live_objects(), objects);
	}
}

/* Hundreds of clients in one batch, some closing: events of the gone. */
static void many_at_once(void **state)
{
	struct bed *bed = *state;

	for (int i = 0; i < MAX_PEERS; i++) {
		struct fake_peer *peer = client(bed);

		fake_send_text(peer, i % 2 ? GET : "GET / HTTP/1.0\r\n\r\n");
	}
	serve(bed);
	for (int i = 0; i < MAX_PEERS; i++) {
		assert_response(bed->peers[i], 200);
		assert_int_equal(bed->peers[i]->closed, i % 2 == 0);
		fake_send_text(bed->peers[i], GET);
	}
	serve(bed);
	assert_int_equal(bed->srv->requests, MAX_PEERS * 3 / 2);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
#define SMALL(t) cmocka_unit_test_setup_teardown(t, setup_small, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(front_page_is_served_by_one_reference),
		T(a_request_that_came_first_needs_no_event),
		T(keep_alive_serves_again),
		T(an_idle_connection_owns_only_its_struct),
		T(close_goes_with_the_answer),
		T(http_1_0_keep_alive_is_said),
		T(head_is_get_without_content),
		T(one_k_page),
		T(one_m_page_can_be_checked),
		T(a_slow_reader_gets_every_byte),
		T(every_page_answers),
		T(stat_tells_the_servers_numbers),
		T(other_forms_of_a_target),
		T(known_methods_are_not_allowed),
		T(options_names_the_methods),
		T(refusals_linger),
		T(a_long_request_line_is_414),
		T(lingering_ends_in_time),
		T(nothing_after_close_is_answered),
		T(a_request_byte_by_byte),
		T(a_long_head_in_pieces),
		T(a_thousand_pipelined_requests),
		T(pipelined_answers_keep_their_order),
		T(a_blocked_answer_holds_the_pipeline),
		T(bodies_are_read_and_forgotten),
		T(continue_is_said_before_the_body),
		T(no_continue_once_the_body_has_begun),
		T(a_final_status_in_place_of_continue),
		T(an_idle_connection_is_closed),
		T(a_slow_head_is_408),
		T(a_slow_body_is_408),
		T(a_reader_without_progress_is_reset),
		T(a_client_that_ends_is_closed_in_any_state),
		T(a_half_closed_client_has_its_answer),
		SMALL(the_longest_idle_makes_room),
		SMALL(slow_heads_do_not_keep_others_out),
		SMALL(nobody_is_shed_for_one_too_many),
		SMALL(memory_for_heads_is_bounded),
		T(allocation_failures_are_survived),
		T(create_fails_cleanly),
		T(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
