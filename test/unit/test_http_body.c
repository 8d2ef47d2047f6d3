/*
 * How long a request is: Content-Length, Transfer-Encoding, chunks, and what
 * a smuggler would make of them (RFC 9112 sections 6, 7; rows 171-173).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test/host/http_feed.h"

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
		      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		 400},
		{POST "Transfer-Encoding: chunked\r\n"
		      "Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
		 400},
		{POST "Transfer-Encoding: x\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		 501},
		{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "0\r\n\r\n",
		 400},
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
		int result = http_feed_all_ways(text, (size_t)n).result;

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
	int n = snprintf(text, sizeof(text),
			 POST "Transfer-Encoding: chunked\r\n\r\n20\r\n"
			      "0123456789abcdef0123456789abcdef\r\nffe1\r\n");

	assert_int_equal(http_feed(text, (size_t)n, 1).result, 413);
	n -= 3;
	n += snprintf(text + n, 8, "0\r\n"); /* ffe0: exactly 64 KiB */
	assert_int_equal(http_feed(text, (size_t)n, 1).result, MORE);
}

static void chunk_overhead_is_bounded(void **state)
{
	size_t size = 20000;
	char *text = malloc(size);
	int n = snprintf(text, size,
			 POST "Transfer-Encoding: chunked\r\n\r\n5;");

	memset(text + n, 'e', size - (size_t)n);
	assert_int_equal(http_feed(text, size, 100).result, 400);
	n = snprintf(text, size,
		     POST "Transfer-Encoding: chunked\r\n\r\n0\r\nT: ");
	memset(text + n, 't', size - (size_t)n);
	assert_int_equal(http_feed(text, size, 100).result, 431);
	n = snprintf(text, size,
		     POST "Transfer-Encoding: chunked\r\n\r\n0\r\n");
	memset(text + n, 't', size - (size_t)n);
	assert_int_equal(http_feed(text, size, 100).result, 431);
	free(text);
}

#define T(t) cmocka_unit_test(t)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(content_length_rules),       T(transfer_encoding_rules),
		T(smuggling_corpus),	       T(chunked_bodies),
		T(chunks_add_up_to_the_limit), T(chunk_overhead_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
