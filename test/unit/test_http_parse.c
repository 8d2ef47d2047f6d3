/*
 * The HTTP parser against tables: request line and fields (RFC 9112 sections
 * 2 to 5, conformance rows 166-170, 174, 182).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test/host/http_feed.h"

static void request_lines(void **state)
{
	static const struct sample samples[] = {
		{GET "\r\n", OK},
		{"HEAD /x?y HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"POST / HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"PUT / HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", OK},
		{"GET / HTTP/1.0\r\n\r\n", OK},
		{"GET / HTTP/1.2\r\nHost: a\r\n\r\n", OK},
		{"\r\nGET / HTTP/1.0\r\n\r\n", OK},
		{"\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n", OK},
		{"", MORE},
		{"\r", MORE},
		{"GET / HT", MORE},
		{"GET / HTTP/1.0\r\n", MORE},
		{"GET / HTTP/1.0\r", MORE},
		{"GET / HTTP", MORE},
		{"GET / ", MORE},
		{"GET / HTTP/1.0\r\n\r", MORE},
		{"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"GETT / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"GE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"G\303\211T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET / HTTP/2.0\r\n\r\n", 505},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
		{"GET / HTTP/0.9\r\n\r\n", 505},
		{"GET /\r\n\r\n", 400},
		{"GET\r\n\r\n", 400},
		{"GET \r\n\r\n", 400},
		{" GET / HTTP/1.1\r\n\r\n", 400},
		{"GET  / HTTP/1.1\r\n\r\n", 400},
		{"GET /  HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1 \r\n\r\n", 400},
		{"GET\t/ HTTP/1.1\r\n\r\n", 400},
		{"GET /\tHTTP/1.1\r\n\r\n", 400},
		{"GET / a HTTP/1.1\r\n\r\n", 400},
		{"GET / http/1.1\r\n\r\n", 400},
		{"GET / HTTP/1,1\r\n\r\n", 400},
		{"GET / HTTP/1.10\r\n\r\n", 400},
		{"GET / HTTP/11\r\n\r\n", 400},
		{"GET / HTTP\r\n", 400}, /* shorter than a version */
		{"GET / \r\n", 400},
		{"GET / HTTP/A.1\r\n\r\n", 400},
		{"GET / HTTP/1.x\r\n\r\n", 400},
		{"GET / FTP/1.1\r\n\r\n", 400},
		{"GET /\303\251 HTTP/1.1\r\n\r\n", 400},
		{"GET /\177 HTTP/1.1\r\n\r\n", 400},
		{"GET /\001 HTTP/1.1\r\n\r\n", 400},
		{"GET /longer-than-eight-bytes\377 HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\nHost: a\n\n", 400},
		{"GET / HTTP/1.1\r\rHost: a\r\n\r\n", 400},
		{"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
		{"\n\nGET / HTTP/1.0\r\n\r\n", 400},
		{"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", 400},
		{"\026\003\001\002\001", 400}, /* a TLS hello */
		{"SSH-2.0-x\r\n", 400},
	};

	CHECK(samples);
}

static void field_lines(void **state)
{
	static const struct sample samples[] = {
		{GET "A:\r\n\r\n", OK},
		{GET "A: \t x \t \r\n\r\n", OK},
		{GET "A: caf\303\251\r\n\r\n", OK},
		{GET "A-_.~!#$%&'*+^`|9: x\r\n\r\n", OK},
		{GET "A: a\tb\r\n\r\n", OK},
		{GET "A : x\r\n\r\n", 400},
		{GET "A\t: x\r\n\r\n", 400},
		{GET " A: x\r\n\r\n", 400},
		{GET "\tA: x\r\n\r\n", 400},
		{GET "A: x\r\n y\r\n\r\n", 400}, /* obs-fold */
		{GET "A: x\r\n\ty\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
		{GET "A\r\n\r\n", 400},
		{GET ": x\r\n\r\n", 400},
		{GET "A(b): x\r\n\r\n", 400},
		{GET "A/b: x\r\n\r\n", 400},
		{GET "A@b: x\r\n\r\n", 400},
		{GET "A[b]: x\r\n\r\n", 400},
		{GET "A{b}: x\r\n\r\n", 400},
		{GET "A\"b: x\r\n\r\n", 400},
		{GET "A\303\251: x\r\n\r\n", 400},
		{GET "A: x\n\r\n", 400},
		{GET "A: x\rB: y\r\n\r\n", 400},
		{GET "A: x\r\r\n\r\n", 400},
		{GET "A: \001\r\n\r\n", 400},
		{GET "A: 1234567\177\r\n\r\n", 400},
		{GET "A: 12345678\013\r\n\r\n", 400},
		{GET "\n", 400},
	};

	CHECK(samples);
}

static void nul_bytes_are_refused(void **state)
{
	static const char in_value[] = GET "A: x\0y\r\n\r\n";
	static const char in_target[] = "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n";

	assert_int_equal(
		http_feed_all_ways(in_value, sizeof(in_value) - 1).result, 400);
	assert_int_equal(
		http_feed_all_ways(in_target, sizeof(in_target) - 1).result,
		400);
}

static void host_rules(void **state)
{
#define H(v) "GET / HTTP/1.1\r\nHost:" v "\r\n\r\n"
	static const struct sample samples[] = {
		{H(" example.org"), OK},
		{H(" example.org:8080"), OK},
		{H(" 10.0.0.1"), OK},
		{H(" [::1]:80"), OK},
		{H(" [fe80::1]"), OK},
		{H(""), OK},
		{H(" a%20b"), OK},
		{"GET / HTTP/1.1\r\nhOsT: a\r\n\r\n", OK},
		{"GET / HTTP/1.1\r\nHosts: a\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\n\r\n", 400},
		{GET "Host: a\r\n\r\n", 400},
		{GET "Host: b\r\n\r\n", 400},
		{"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{H(" a b"), 400},
		{H(" a/b"), 400},
		{H(" a@b"), 400},
		{H(" a?b"), 400},
		{H(" a#b"), 400},
		{H(" a\\b"), 400},
		{H(" a:b"), 400},
		{H(" a:80:80"), 400},
		{H(" [::1"), 400},
		{H(" ::1]"), 400},
		{H(" x[::1]"), 400},
		{H(" \"a\""), 400},
		{H(" caf\303\251"), 400},
	};
#undef H
	CHECK(samples);
}

static void keep_alive_rules(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} samples[] = {
		{GET "\r\n", true},
		{GET "Connection: keep-alive\r\n\r\n", true},
		{GET "Connection: close\r\n\r\n", false},
		{GET "Connection: CLOSE\r\n\r\n", false},
		{GET "Connection: foo, close ,bar\r\n\r\n", false},
		{GET "Connection: foo\r\nConnection: close\r\n\r\n", false},
		{GET "Connection: keep-alive, close\r\n\r\n", false},
		{GET "Connection: closed\r\n\r\n", true},
		{GET "Connection:\r\n\r\n", true},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nConnection: close\r\n\r\n", false},
		{"GET / HTTP/1.9\r\nHost: a\r\n\r\n", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct outcome out = http_feed_all_ways(
			samples[i].text, strlen(samples[i].text));

		assert_int_equal(out.result, OK);
		assert_int_equal(http_keep_alive(&out.req), samples[i].keep);
	}
}

static void expect_rules(void **state)
{
	static const struct sample samples[] = {
		{GET "Expect: 100-continue\r\n\r\n", OK},
		{GET "Expect: 100-Continue\r\n\r\n", OK},
		{GET "Expect: tea\r\n\r\n", 417},
		{GET "Expect: 100-continue, tea\r\n\r\n", 417},
		{"GET / HTTP/1.0\r\nExpect: tea\r\n\r\n", OK},
	};
	struct outcome out;

	CHECK(samples);
	out = http_feed(samples[0].text, strlen(samples[0].text), 9);
	assert_true(out.req.flags & HTTP_F_EXPECT);
	out = http_feed(samples[4].text, strlen(samples[4].text), 9);
	assert_false(out.req.flags & HTTP_F_EXPECT);
}

/* A request of `target` bytes of target and `field` bytes of one field. */
static int sized(size_t target, size_t field, size_t step)
{
	size_t size = target + field + 100;
	char *text = malloc(size);
	size_t n = 0;
	int result;

	n += (size_t)snprintf(text, size, "GET ");
	memset(text + n, '/', target);
	n += target;
	n += (size_t)snprintf(text + n, size - n,
			      " HTTP/1.1\r\nHost: a\r\nX: ");
	memset(text + n, 'x', field);
	n += field;
	n += (size_t)snprintf(text + n, size - n, "\r\n\r\n");
	result = http_feed(text, n, step).result;
	free(text);
	return result;
}

static void long_request_lines(void **state)
{
	static const size_t steps[] = {100000, 1000, 37};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_int_equal(sized(7980, 1, steps[i]), OK);
		assert_int_equal(sized(8000, 1, steps[i]), OK);
		assert_int_equal(sized(8177, 1, steps[i]), OK);
		assert_int_equal(sized(8178, 1, steps[i]), 414);
		assert_int_equal(sized(8200, 1, steps[i]), 414);
		assert_int_equal(sized(16384, 1, steps[i]), 414);
		assert_int_equal(sized(70000, 1, steps[i]), 414);
	}
}

static void long_fields(void **state)
{
	static const size_t steps[] = {100000, 1000, 37};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_int_equal(sized(1, 8000, steps[i]), OK);
		assert_int_equal(sized(1, 8200, steps[i]), 431);
		assert_int_equal(sized(8177, 8140, steps[i]), OK);
		assert_int_equal(sized(8177, 8300, steps[i]), 431);
		assert_int_equal(sized(1, 70000, steps[i]), 431);
	}
}

static void a_long_method_is_unknown(void **state)
{
	char text[9000];

	memset(text, 'M', sizeof(text));
	assert_int_equal(http_feed(text, sizeof(text), 1000).result, 501);
	memcpy(text + 40, " / HTTP/1.1\r\n\r\n", 15);
	assert_int_equal(http_feed(text, sizeof(text), 1000).result, 501);
}

static void many_fields(void **state)
{
	char text[4000];

	for (int fields = 99; fields <= 100; fields++) {
		int n = snprintf(text, sizeof(text), GET);

		for (int i = 0; i < fields; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n,
				      "A%d: x\r\n", i);
		n += snprintf(text + n, sizeof(text) - (size_t)n, "\r\n");
		assert_int_equal(http_feed(text, (size_t)n, 50).result,
				 fields < 100 ? OK : 431);
	}
}

static void a_pipeline_is_taken_one_by_one(void **state)
{
	static const char two[] = GET "\r\nGET /second HTTP/1.0\r\n\r\n";
	size_t first = sizeof(GET "\r\n") - 1;
	struct outcome out = http_feed(two, sizeof(two) - 1, sizeof(two) - 1);

	assert_int_equal(out.result, OK);
	assert_int_equal(out.used, first);
	out = http_feed(two + first, sizeof(two) - 1 - first, 1000);
	assert_int_equal(out.result, OK);
	assert_int_equal(out.req.target_len, 7);
	assert_memory_equal(two + first + out.req.target, "/second", 7);
}

/* Bytes at random, and requests with one byte at random. */
static void noise_never_depends_on_the_pieces(void **state)
{
	static const char base[] = POST
		"Transfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\n5;x\r\nhello\r\n0\r\nT: u\r\n\r\n";
	char text[sizeof(base)];

	srand(1);
	for (int i = 0; i < 20000; i++) {
		memcpy(text, base, sizeof(base));
		text[(size_t)rand() % (sizeof(base) - 1)] = (char)rand();
		if (i % 3 == 0)
			text[(size_t)rand() % (sizeof(base) - 1)] =
				" \r\n\t:;,0"[rand() % 8];
		(void)http_feed_all_ways(text, sizeof(base) - 1);
	}
}

#define T(t) cmocka_unit_test(t)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(request_lines),
		T(field_lines),
		T(nul_bytes_are_refused),
		T(host_rules),
		T(keep_alive_rules),
		T(expect_rules),
		T(long_request_lines),
		T(long_fields),
		T(a_long_method_is_unknown),
		T(many_fields),
		T(a_pipeline_is_taken_one_by_one),
		T(noise_never_depends_on_the_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
