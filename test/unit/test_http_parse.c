/*
 * The HTTP parser against tables (RFC 9112, conformance rows 166-182). Each
 * request is fed whole and in pieces of 1, 2, 3, 7 bytes, always in a buffer
 * of exactly its size, and must end the same way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "app/http_body.h"
#include "app/http_parse.h"
#include "app/http_path.h"

#define MORE HTTP_NEED_MORE
#define OK   HTTP_COMPLETE
#define GET  "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

struct outcome {
	int result;
	size_t used; /* head and body */
	struct http_request req;
};

static int eat_body(struct outcome *out, const char *text, size_t len,
		    size_t step)
{
	struct http_body body;
	int result = http_body_init(&body, &out->req);

	if (result)
		return result;
	while (!http_body_done(&body)) {
		size_t n = MIN(step, len - out->used);
		u8 *piece = malloc(n);
		u32 used = 0;

		if (!n) {
			free(piece);
			return MORE;
		}
		memcpy(piece, text + out->used, n);
		result = http_body_eat(&body, piece, (u32)n, &used);
		free(piece);
		out->used += used;
		if (result != MORE && result != OK)
			return result;
	}
	return OK;
}

static struct outcome feed(const char *text, size_t len, size_t step)
{
	struct outcome out = {.result = MORE};
	size_t have = 0;

	http_request_init(&out.req);
	while (out.result == MORE && have < len) {
		u8 *buf;

		have = MIN(MIN(have + step, len), HTTP_HEAD_MAX);
		buf = malloc(have + 1);
		memcpy(buf, text, have);
		buf[have] = 0;
		out.result = http_parse_head(&out.req, buf, (u32)have);
		free(buf);
	}
	if (out.result == OK) {
		out.used = out.req.line;
		out.result = eat_body(&out, text, len, step);
	}
	return out;
}

/* The same outcome whatever the pieces are. */
static struct outcome feed_all_ways(const char *text, size_t len)
{
	static const size_t steps[] = {1, 2, 3, 7};
	struct outcome whole = feed(text, len, len);

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct outcome cut = feed(text, len, steps[i]);

		if (cut.result != whole.result || cut.used != whole.used ||
		    cut.req.flags != whole.req.flags)
			fail_msg("step %zu: %d, whole: %d: %s", steps[i],
				 cut.result, whole.result, text);
	}
	return whole;
}

struct sample {
	const char *text;
	int result;
};

static void check(const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = samples[i].text;
		struct outcome out = feed_all_ways(text, strlen(text));

		if (out.result != samples[i].result)
			fail_msg("%d, not %d: %s", out.result,
				 samples[i].result, text);
	}
}

#define CHECK(samples) check(samples, ARRAY_SIZE(samples))

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

	assert_int_equal(feed_all_ways(in_value, sizeof(in_value) - 1).result,
			 400);
	assert_int_equal(feed_all_ways(in_target, sizeof(in_target) - 1).result,
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

static void content_length_rules(void **state)
{
#define L(v) POST "Content-Length:" v "\r\n\r\n"
	static const struct sample samples[] = {
		{L(" 0"), OK},
		{L(" 5") "hello", OK},
		{L("5") "hello", OK},
		{L(" 5 ") "hello", OK}, /* white space around it is no part */
		{L("\t5\t") "hello", OK},
		{L(" 005") "hello", OK},
		{L(" 5") "hell", MORE},
		{L(" 65536"), MORE},
		{L(" 65537"), 413},
		{L(" 4294967301"), 413}, /* 5 modulo 2^32 */
		{L(" 999999999999999999"), 413},
		{L(" 18446744073709551621"), 400}, /* 5 modulo 2^64 */
		{L(" 999999999999999999999999999999"), 400},
		{L(""), 400},
		{L(" +5"), 400},
		{L(" -5"), 400},
		{L(" 0x5"), 400},
		{L(" 5,5"), 400},
		{L(" 5, 5"), 400},
		{L(" 5,6"), 400},
		{L(" 5 5"), 400},
		{L(" 5;"), 400},
		{L(" 5."), 400},
		{L(" 5e1"), 400},
		{L(" \"5\""), 400},
		{L(" \3015"), 400},
		{L(" five"), 400},
		{POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
		{POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
		{POST "Content-Length : 5\r\n\r\nhello", 400},
		{POST "Content_Length: 5\r\n\r\n", OK}, /* another field */
	};
#undef L
	CHECK(samples);
}

static void transfer_encoding_rules(void **state)
{
#define TE(v) POST "Transfer-Encoding:" v "\r\n\r\n0\r\n\r\n"
	static const struct sample samples[] = {
		{TE(" chunked"), OK},
		{TE("chunked"), OK},
		{TE(" CHUNKed "), OK},
		{TE(" , chunked"), OK}, /* empty elements count for nothing */
		{TE(" chunked,"), OK},
		{TE(" gzip"), 501},
		{TE(" identity"), 501},
		{TE(" gzip, chunked"), 501},
		{TE(" xchunked"), 501},
		{TE(" chunkedx"), 501},
		{TE(" chunk"), 501},
		{TE(" \"chunked\""), 501},
		{TE(" chunked;a=b"), 501},
		{TE(" chunked, gzip"), 400},
		{TE(" chunked, chunked"), 400},
		{TE(" chunked, identity"), 400},
		{TE(" gzip, chunked, gzip"), 400},
		{TE(""), 400},
		{TE(" ,"), 400},
		{POST "Transfer-Encoding: chunked\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{POST "Transfer-Encoding: chunked\r\n"
		      "Transfer-Encoding: x\r\n\r\n0\r\n\r\n", 400},
		{POST "Transfer-Encoding: x\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
		{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "0\r\n\r\n", 400},
	};
#undef TE
	CHECK(samples);
}

/* Each must end the connection: none may be read in two ways. */
static void smuggling_corpus(void **state)
{
	static const char *const corpus[] = {
		/* CL.TE and TE.CL */
		"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
		"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
		/* hidden Transfer-Encoding */
		"Transfer-Encoding : chunked\r\nContent-Length: 6\r\n",
		" Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
		"Transfer-Encoding:\013chunked\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: chunked\013\r\nContent-Length: 6\r\n",
		"Transfer-Encoding:\014chunked\r\nContent-Length: 6\r\n",
		"Transfer-Encoding\r\n: chunked\r\nContent-Length: 6\r\n",
		"Transfer-Encoding:\r\n chunked\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: x\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: \"chunked\"\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: chunked, cow\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: cow, chunked\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: identity\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: chunKed\r\nContent-Length: 6\r\n",
		"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n",
		"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 6\r\n",
		"\rTransfer-Encoding: chunked\r\nContent-Length: 6\r\n",
		"Foo: bar\r\n\rTransfer-Encoding: chunked\r\n",
		/* hidden or doubled Content-Length */
		"Content-Length: 6\r\nContent-Length: 5\r\n",
		"Content-Length: 6\r\nContent-length: 6\r\n",
		"Content-Length : 6\r\n",
		" Content-Length: 6\r\n",
		"Content-Length: 6\013\r\n",
		"Content-Length: 6 \0016\r\n",
		"Content-Length: 6\r\n 7\r\n",
		"Content-Length: 06,6\r\n",
		"Content-Length:\r\n 6\r\n",
		"Content\r\n-Length: 6\r\n",
		/* bare ends of line */
		"A: b\nContent-Length: 6\r\n",
		"A: b\rContent-Length: 6\r\n",
		"A: b\n\r\n",
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(corpus); i++) {
		int n = snprintf(text, sizeof(text),
				 POST "%s\r\n0\r\n\r\nGET /canary HTTP/1.1\r\n",
				 corpus[i]);
		int result = feed_all_ways(text, (size_t)n).result;

		if (result != 400 && result != 501)
			fail_msg("%d: %s", result, text);
	}
}

static void chunked_bodies(void **state)
{
#define C(v) POST "Transfer-Encoding: chunked\r\n\r\n" v
	static const struct sample samples[] = {
		{C("5\r\nhello\r\n0\r\n\r\n"), OK},
		{C("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), OK},
		{C("A\r\n0123456789\r\n0\r\n\r\n"), OK},
		{C("a\r\n0123456789\r\n0\r\n\r\n"), OK},
		{C("0005\r\nhello\r\n0\r\n\r\n"), OK},
		{C("5;a=b\r\nhello\r\n0;c\r\n\r\n"), OK},
		{C("0\r\nTrailer: x\r\nB: y\r\n\r\n"), OK},
		{C("0\r\nContent-Length: 5\r\n\r\n"), OK}, /* not merged */
		{C("5\r\nhello\r\n"), MORE},
		{C("0\r\n"), MORE},
		{C("10000\r\n"), MORE},
		{C("10001\r\n"), 413},
		{C("ffffffff\r\n"), 413},
		{C("8000\r\n"), MORE},
		{C("100000005\r\nhello\r\n0\r\n\r\n"), 400},
		{C("fffffffffffffffff\r\n"), 400},
		{C("000000005\r\n"), 400},
		{C("\r\n"), 400},
		{C("x\r\n"), 400},
		{C("-1\r\n"), 400},
		{C("+5\r\nhello\r\n0\r\n\r\n"), 400},
		{C("0x5\r\nhello\r\n0\r\n\r\n"), 400},
		{C(" 5\r\nhello\r\n0\r\n\r\n"), 400},
		{C("5 \r\nhello\r\n0\r\n\r\n"), 400},
		{C("5\nhello\r\n0\r\n\r\n"), 400},
		{C("5\r\nhello\n0\r\n\r\n"), 400},
		{C("5\r\nhelloX\r\n0\r\n\r\n"), 400},
		{C("5\rXhello\r\n0\r\n\r\n"), 400},
		{C("5;\001\r\nhello\r\n0\r\n\r\n"), 400},
		{C("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
		{C("0\r\n\rX"), 400},
		{C("0\r\nbad trailer\r\n\r\n"), 400},
		{C("0\r\n folded: x\r\n\r\n"), 400},
		{C("0\r\nA: x\n\r\n"), 400},
	};
#undef C
	CHECK(samples);
}

static void chunks_add_up_to_the_limit(void **state)
{
	char text[512];
	int n = snprintf(text, sizeof(text), POST
			 "Transfer-Encoding: chunked\r\n\r\n20\r\n"
			 "0123456789abcdef0123456789abcdef\r\nffe1\r\n");

	assert_int_equal(feed(text, (size_t)n, 1).result, 413);
	n -= 3;
	n += snprintf(text + n, 8, "0\r\n"); /* ffe0: exactly 64 KiB */
	assert_int_equal(feed(text, (size_t)n, 1).result, MORE);
}

static void chunk_overhead_is_bounded(void **state)
{
	size_t size = 20000;
	char *text = malloc(size);
	int n = snprintf(text, size, POST
			 "Transfer-Encoding: chunked\r\n\r\n5;");

	memset(text + n, 'e', size - (size_t)n);
	assert_int_equal(feed(text, size, 100).result, 400);
	n = snprintf(text, size,
		     POST "Transfer-Encoding: chunked\r\n\r\n0\r\nT: ");
	memset(text + n, 't', size - (size_t)n);
	assert_int_equal(feed(text, size, 100).result, 431);
	n = snprintf(text, size,
		     POST "Transfer-Encoding: chunked\r\n\r\n0\r\n");
	memset(text + n, 't', size - (size_t)n);
	assert_int_equal(feed(text, size, 100).result, 431);
	free(text);
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
		struct outcome out = feed_all_ways(samples[i].text,
						   strlen(samples[i].text));

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
	out = feed(samples[0].text, strlen(samples[0].text), 9);
	assert_true(out.req.flags & HTTP_F_EXPECT);
	out = feed(samples[4].text, strlen(samples[4].text), 9);
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
	result = feed(text, n, step).result;
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
	assert_int_equal(feed(text, sizeof(text), 1000).result, 501);
	memcpy(text + 40, " / HTTP/1.1\r\n\r\n", 15);
	assert_int_equal(feed(text, sizeof(text), 1000).result, 501);
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
		assert_int_equal(feed(text, (size_t)n, 50).result,
				 fields < 100 ? OK : 431);
	}
}

static void a_pipeline_is_taken_one_by_one(void **state)
{
	static const char two[] = GET "\r\nGET /second HTTP/1.0\r\n\r\n";
	size_t first = sizeof(GET "\r\n") - 1;
	struct outcome out = feed(two, sizeof(two) - 1, sizeof(two) - 1);

	assert_int_equal(out.result, OK);
	assert_int_equal(out.used, first);
	out = feed(two + first, sizeof(two) - 1 - first, 1000);
	assert_int_equal(out.result, OK);
	assert_int_equal(out.req.target_len, 7);
	assert_memory_equal(two + first + out.req.target, "/second", 7);
}

/* Bytes at random, and requests with one byte at random. */
static void noise_never_depends_on_the_pieces(void **state)
{
	static const char base[] = POST "Transfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\n5;x\r\nhello\r\n0\r\nT: u\r\n\r\n";
	char text[sizeof(base)];

	srand(1);
	for (int i = 0; i < 20000; i++) {
		memcpy(text, base, sizeof(base));
		text[(size_t)rand() % (sizeof(base) - 1)] = (char)rand();
		if (i % 3 == 0)
			text[(size_t)rand() % (sizeof(base) - 1)] =
				" \r\n\t:;,0"[rand() % 8];
		(void)feed_all_ways(text, sizeof(base) - 1);
	}
}

static void paths(void **state)
{
	static const struct {
		const char *target;
		int method, err;
		const char *path;
	} samples[] = {
		{"/", HTTP_GET, 0, "/"},
		{"/a?b=c", HTTP_GET, 0, "/a"},
		{"/a?../%00", HTTP_GET, 0, "/a"}, /* a query is not a path */
		{"/%61%62", HTTP_GET, 0, "/ab"},
		{"/...", HTTP_GET, 0, "/..."},
		{"/.a", HTTP_GET, 0, "/.a"},
		{"/a.b", HTTP_GET, 0, "/a.b"},
		{"//", HTTP_GET, 0, "//"},
		{"/%252e%252e", HTTP_GET, 0, "/%2e%2e"}, /* decoded once */
		{"http://h/x", HTTP_GET, 0, "/x"},
		{"HTTP://h:8/x?y", HTTP_GET, 0, "/x"},
		{"http://h", HTTP_GET, 0, "/"},
		{"https://h?q", HTTP_GET, 0, "/"},
		{"*", HTTP_OPTIONS, 0, ""},
		{"h:443", HTTP_CONNECT, 0, ""},
		{"*", HTTP_GET, 400, ""},
		{"x", HTTP_GET, 400, ""},
		{"h:80", HTTP_GET, 400, ""},
		{"http://", HTTP_GET, 400, ""},
		{"http:///x", HTTP_GET, 400, ""},
		{"ftp://h/", HTTP_GET, 400, ""},
		{"/a#b", HTTP_GET, 400, ""},
		{"/..", HTTP_GET, 400, ""},
		{"/.", HTTP_GET, 400, ""},
		{"/../etc/passwd", HTTP_GET, 400, ""},
		{"/a/../b", HTTP_GET, 400, ""},
		{"/a/./b", HTTP_GET, 400, ""},
		{"/a/..", HTTP_GET, 400, ""},
		{"/%2e%2e/x", HTTP_GET, 400, ""},
		{"/.%2E/x", HTTP_GET, 400, ""},
		{"/a%2fb", HTTP_GET, 400, ""},
		{"/a%2Fb", HTTP_GET, 400, ""},
		{"/a%5cb", HTTP_GET, 400, ""},
		{"/a\\b", HTTP_GET, 400, ""},
		{"/%00", HTTP_GET, 400, ""},
		{"/%0d%0a", HTTP_GET, 400, ""},
		{"/%7f", HTTP_GET, 400, ""},
		{"/%", HTTP_GET, 400, ""},
		{"/%4", HTTP_GET, 400, ""},
		{"/%4?1", HTTP_GET, 400, ""},
		{"/%zz", HTTP_GET, 400, ""},
		{"/%u002e", HTTP_GET, 400, ""},
		{"/%c0%ae/", HTTP_GET, 0, "/\300\256/"}, /* no dot: bytes */
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		size_t n = strlen(samples[i].target);
		u8 *target = malloc(n), path[HTTP_PATH_MAX];
		u32 len;
		int err;

		memcpy(target, samples[i].target, n);
		err = http_path((enum http_method)samples[i].method, target,
				(u32)n, path, &len);
		free(target);
		if (err != samples[i].err)
			fail_msg("%d: %s", err, samples[i].target);
		if (err)
			continue;
		assert_int_equal(len, strlen(samples[i].path));
		assert_memory_equal(path, samples[i].path, len);
	}
}

static void a_long_path_is_cut_but_judged(void **state)
{
	u8 target[300], path[HTTP_PATH_MAX];
	u32 len;

	memset(target, '/', sizeof(target));
	assert_int_equal(http_path(HTTP_GET, target, 300, path, &len), 0);
	assert_int_equal(len, HTTP_PATH_MAX);
	memcpy(target + 297, "/..", 3);
	assert_int_equal(http_path(HTTP_GET, target, 300, path, &len), 400);
}

#define T(t) cmocka_unit_test(t)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(request_lines),
		T(field_lines),
		T(nul_bytes_are_refused),
		T(host_rules),
		T(content_length_rules),
		T(transfer_encoding_rules),
		T(smuggling_corpus),
		T(chunked_bodies),
		T(chunks_add_up_to_the_limit),
		T(chunk_overhead_is_bounded),
		T(keep_alive_rules),
		T(expect_rules),
		T(long_request_lines),
		T(long_fields),
		T(a_long_method_is_unknown),
		T(many_fields),
		T(a_pipeline_is_taken_one_by_one),
		T(noise_never_depends_on_the_pieces),
		T(paths),
		T(a_long_path_is_cut_but_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
