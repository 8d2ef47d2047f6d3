/*
 * Feeds the HTTP parser in pieces, each look in a buffer of exactly its size
 * (and the 0 that the parser asks for).
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "app/http_body.h"
#include "app/http_parse.h"

#define MORE HTTP_NEED_MORE
#define OK   HTTP_COMPLETE
#define GET  "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

struct outcome {
	int result;
	size_t used; /* head and body */
	struct http_request req;
};

/* `step` bytes more at each look. */
struct outcome http_feed(const char *text, size_t len, size_t step);

/* Whole and in pieces: fails unless the outcome is the same. */
struct outcome http_feed_all_ways(const char *text, size_t len);

struct sample {
	const char *text;
	int result;
};

void http_check(const struct sample *samples, size_t count);

#define CHECK(samples) http_check(samples, ARRAY_SIZE(samples))
