/* The HTTP server: what it answers, in which order, and how it ends. */
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"
#include "test/host/http_bed.h"

static void front_page_is_served_by_one_send(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer, HTTP_GET);
	assert_response(peer, 200);
	assert_int_equal(http_length_of(peer), 612);
	assert_true(http_has(peer, "Content-Type: text/html"));
	assert_true(http_has(peer, "</html>"));
	assert_false(http_has(peer, "Connection:"));
	assert_false(http_has(peer, "Date:"));
	assert_int_equal(peer->sends, 1);
	assert_false(peer->last_flags & MSG_STATIC);
	assert_false(peer->last_flags & MSG_MORE);
	assert_false(peer->closed);
}

/* The request is there when the connection is accepted. */
static void a_request_that_came_first_needs_no_event(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	fake_send_text(peer, "GET / HTTP/1.0\r\n\r\n");
	http_poll(bed->srv, 0);
	assert_response(peer, 200);
	assert_true(peer->closed);
	assert_int_equal(bed->srv->count, 0);
}

static void keep_alive_serves_again(void **state)
{
	struct fake_peer *peer = http_client(*state);

	for (int i = 0; i < 5; i++) {
		http_ask(*state, peer, HTTP_GET);
		assert_response(peer, 200);
		fake_clear(peer);
	}
	/* A read each, and none to see that there is no more. */
	assert_int_equal(peer->recvs, 5 + 0);
	fake_fin(peer);
	http_serve(*state);
	assert_true(peer->closed);
}

static void close_goes_with_the_answer(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "GET / HTTP/1.1\r\nConnection: close\r\n" HTTP_HOST);
	assert_response(peer, 200);
	assert_true(http_has(peer, "Connection: close\r\n"));
	assert_true(peer->last_flags & MSG_MORE);
	assert_true(peer->closed);
	assert_false(peer->reset);
}

static void http_1_0_keep_alive_is_said(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_response(peer, 200);
	assert_true(http_has(peer, "Connection: keep-alive\r\n"));
	assert_false(peer->closed);
}

static void head_is_get_without_content(void **state)
{
	static const char *const paths[] = {"/", "/1k", "/1m", "/drops",
					    "/nothing"};
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct fake_peer *get = http_client(*state);
		struct fake_peer *head = http_client(*state);
		size_t head_len;

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HTTP_HOST,
			 paths[i]);
		http_ask(*state, get, text);
		snprintf(text, sizeof(text), "HEAD %s HTTP/1.1\r\n" HTTP_HOST,
			 paths[i]);
		http_ask(*state, head, text);
		head_len = (size_t)(http_body_of(get) - get->out);
		assert_int_equal(head->out_len, head_len);
		assert_memory_equal(head->out, get->out, head_len);
	}
}

static void one_k_page(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer, "GET /1k HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 200);
	assert_int_equal(http_length_of(peer), 1024);
	assert_memory_equal(http_body_of(peer) + 1008, "00003f0 barenet\n", 16);
}

static void one_m_page_can_be_checked(void **state)
{
	struct fake_peer *peer = http_client(*state);
	const char *body;

	http_ask(*state, peer, "GET /1m HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 200);
	assert_int_equal(http_length_of(peer), 1 << 20);
	body = http_body_of(peer);
	for (size_t at = 0; at < 1 << 20; at += 16)
		assert_int_equal(strtoul(body + at, NULL, 16), at);
	assert_int_equal(peer->sends, 2);
	assert_true(peer->last_flags & MSG_STATIC);
}

static void every_page_answers(void **state)
{
	static const char *const paths[] = {"/stat",
					    "/drops",
					    "/proc/interrupts",
					    "/proc/softirqs",
					    "/proc/slabinfo",
					    "/proc/net/arp",
					    "/proc/net/dev",
					    "/proc/net/netstat",
					    "/proc/net/route",
					    "/proc/net/snmp",
					    "/proc/net/sockstat",
					    "/proc/net/softnet_stat",
					    "/proc/net/tcp",
					    "/proc/net/udp"};
	struct fake_peer *peer = http_client(*state);
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		fake_clear(peer);
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HTTP_HOST,
			 paths[i]);
		http_ask(*state, peer, text);
		assert_response(peer, 200);
		assert_true(http_length_of(peer) > 20);
		assert_int_equal(strlen(http_body_of(peer)),
				 http_length_of(peer));
		assert_true(http_has(peer, "Cache-Control: no-store"));
	}
}

static void stat_tells_the_servers_numbers(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer, "GET /stat HTTP/1.1\r\n" HTTP_HOST);
	assert_true(http_has(peer, "\nhttp_connections 1\n"));
	assert_true(http_has(peer, "\nsk_buffs 0\n"));
	assert_true(http_has(peer, "\nhttp_requests 1\n"));
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
		struct fake_peer *peer = http_client(*state);

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HTTP_HOST,
			 samples[i].target);
		http_ask(*state, peer, text);
		assert_response(peer, samples[i].status);
		assert_false(peer->closed);
	}
}

static void known_methods_are_not_allowed(void **state)
{
	static const char *const lines[] = {"POST /",	"PUT /",
					    "DELETE /", "PATCH /",
					    "TRACE /",	"CONNECT a:1"};
	struct fake_peer *peer = http_client(*state);
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		fake_clear(peer);
		snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HTTP_HOST,
			 lines[i]);
		http_ask(*state, peer, text);
		assert_response(peer, 405);
		assert_true(http_has(peer, "Allow: GET, HEAD, OPTIONS\r\n"));
	}
	assert_false(peer->closed);
}

static void options_names_the_methods(void **state)
{
	static const char *const lines[] = {"OPTIONS *", "OPTIONS /"};
	struct fake_peer *peer = http_client(*state);
	char text[100];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		fake_clear(peer);
		snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HTTP_HOST,
			 lines[i]);
		http_ask(*state, peer, text);
		assert_response(peer, 200);
		assert_int_equal(http_length_of(peer), 0);
		assert_true(http_has(peer, "Allow: GET, HEAD, OPTIONS\r\n"));
	}
	fake_clear(peer);
	http_ask(*state, peer, "OPTIONS /nothing HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 404);
}

/* A refusal, our end closed, the rest drained, then gone. */
static void refusals_linger(void **state)
{
	static const struct {
		const char *text;
		int status;
	} samples[] = {
		{"BREW / HTTP/1.1\r\n" HTTP_HOST, 501},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/3.0\r\n\r\n", 505},
		{"GET / HTTP/1.1\r\nExpect: tea\r\n" HTTP_HOST, 417},
		{"GET / HTTP/1.1\r\nContent-Length: 70000\r\n" HTTP_HOST, 413},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HTTP_HOST
		 "fffff\r\n",
		 413},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" HTTP_HOST,
		 501},
		{"GET / HTTP/1.1\nHost: a\n\n", 400},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct fake_peer *peer = http_client(*state);

		http_ask(*state, peer, samples[i].text);
		assert_response(peer, samples[i].status);
		assert_true(http_has(peer, "Connection: close\r\n"));
		assert_true(peer->shut);
		assert_false(peer->closed);
		/* The canary is read and not answered. */
		http_ask(*state, peer, HTTP_GET HTTP_GET);
		assert_int_equal(http_responses(peer), 1);
		fake_fin(peer);
		http_serve(*state);
		assert_true(peer->closed);
	}
}

static void a_long_request_line_is_414(void **state)
{
	struct fake_peer *peer = http_client(*state);
	char *text = malloc(70001);

	memset(text, '/', 70000);
	text[70000] = 0;
	memcpy(text, "GET ", 4);
	http_ask(*state, peer, text);
	free(text);
	assert_response(peer, 414);
	fake_fin(peer);
	http_serve(*state);
	assert_true(peer->closed);
}

static void nothing_after_close_is_answered(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "GET / HTTP/1.1\r\nConnection: close\r\n" HTTP_HOST HTTP_GET);
	assert_int_equal(http_responses(peer), 1);
	assert_true(peer->shut); /* input unread: staged */
	http_pass_ms(*state, 3000);
	assert_true(peer->closed);
}

static void a_request_byte_by_byte(void **state)
{
	static const char text[] = "GET /1k HTTP/1.1\r\nA: b\r\n" HTTP_HOST;
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(peer->out_len, 0);
		fake_send(peer, &text[i], 1);
		http_poll(bed->srv, 0);
	}
	assert_response(peer, 200);
	assert_int_equal(bed->srv->held, 0);
}

static void a_thousand_pipelined_requests(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);
	size_t len = sizeof(HTTP_GET) - 1;
	char *text = malloc(1000 * len + 1);

	for (int i = 0; i < 1000; i++)
		memcpy(text + (size_t)i * len, HTTP_GET, len + 1);
	fake_send_text(peer, text);
	free(text);
	http_serve(bed);
	assert_int_equal(http_responses(peer), 1000);
	assert_int_equal(bed->srv->held, 0);
	assert_false(peer->closed);
}

static void pipelined_answers_keep_their_order(void **state)
{
	struct fake_peer *peer = http_client(*state);
	const char *a, *b, *c;

	http_ask(*state, peer,
		 "GET /1k HTTP/1.1\r\n" HTTP_HOST
		 "GET /x HTTP/1.1\r\n" HTTP_HOST
		 "POST / HTTP/1.1\r\nContent-Length: 3\r\n" HTTP_HOST "abc"
		 "GET / HTTP/1.1\r\nConnection: close\r\n" HTTP_HOST);
	assert_int_equal(http_responses(peer), 4);
	a = strstr(peer->out, "404");
	b = strstr(peer->out, "405");
	c = strstr(peer->out, "612");
	assert_true(a && b && c && a < b && b < c);
	assert_true(peer->closed);
}

static void bodies_are_read_and_forgotten(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "POST / HTTP/1.1\r\nContent-Length: 5\r\n" HTTP_HOST "he");
	assert_int_equal(peer->out_len, 0);
	http_ask(*state, peer, "llo");
	assert_response(peer, 405);
	fake_clear(peer);
	http_ask(*state, peer,
		 "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HTTP_HOST
		 "3\r\nabc\r\n0\r\n\r\n" HTTP_GET);
	assert_int_equal(http_responses(peer), 2);
	assert_false(peer->closed);
}

static void continue_is_said_before_the_body(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "GET / HTTP/1.1\r\nContent-Length: 2\r\n"
		 "Expect: 100-continue\r\n" HTTP_HOST);
	assert_string_equal(peer->out, "HTTP/1.1 100 Continue\r\n\r\n");
	fake_clear(peer);
	http_ask(*state, peer, "ab");
	assert_response(peer, 200);
	assert_false(peer->closed);
}

static void no_continue_once_the_body_has_begun(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "GET / HTTP/1.1\r\nContent-Length: 2\r\n"
		 "Expect: 100-continue\r\n" HTTP_HOST "a");
	assert_int_equal(peer->out_len, 0);
	http_ask(*state, peer, "b");
	assert_response(peer, 200);
}

static void a_final_status_in_place_of_continue(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer,
		 "POST / HTTP/1.1\r\nContent-Length: 2\r\n"
		 "Expect: 100-continue\r\n" HTTP_HOST);
	assert_response(peer, 405);
	assert_true(peer->shut);
}

/* `printf ... | nc`: the request and the FIN come together. */
static void a_half_closed_client_has_its_answer(void **state)
{
	struct fake_peer *peer = http_client(*state);

	fake_send_text(peer, HTTP_GET HTTP_GET);
	fake_fin(peer);
	http_serve(*state);
	assert_int_equal(http_responses(peer), 2);
	assert_true(peer->closed);
	assert_false(peer->reset);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, http_bed_setup, http_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(front_page_is_served_by_one_send),
		T(a_request_that_came_first_needs_no_event),
		T(keep_alive_serves_again),
		T(close_goes_with_the_answer),
		T(http_1_0_keep_alive_is_said),
		T(head_is_get_without_content),
		T(one_k_page),
		T(one_m_page_can_be_checked),
		T(every_page_answers),
		T(stat_tells_the_servers_numbers),
		T(other_forms_of_a_target),
		T(known_methods_are_not_allowed),
		T(options_names_the_methods),
		T(refusals_linger),
		T(a_long_request_line_is_414),
		T(nothing_after_close_is_answered),
		T(a_request_byte_by_byte),
		T(a_thousand_pipelined_requests),
		T(pipelined_answers_keep_their_order),
		T(bodies_are_read_and_forgotten),
		T(continue_is_said_before_the_body),
		T(no_continue_once_the_body_has_begun),
		T(a_final_status_in_place_of_continue),
		T(a_half_closed_client_has_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
