/*
 * Parser of HTTP/1.1 requests (RFC 9112, RFC 9110): no I/O, no allocation.
 * It is strict: whatever two parsers could read in two ways is refused, and
 * after a refusal the connection must be closed, because where the next
 * request starts is unknown.
 *
 *	buf   GET / HTTP/1.1\r\n Host: a\r\n Accept: *\r\n \r\n
 *	      ^0                           ^line    ^scan
 *
 * The caller keeps the head of a request in one buffer and calls again with
 * more of it; nothing is looked at twice but the line that was cut.
 */
#pragma once

#include "lib/types.h"

#define HTTP_LINE_MAX	8192  /* request line; RFC 9112 asks for 8000 */
#define HTTP_FIELDS_MAX 8160  /* all field lines together */
#define HTTP_FIELDS	100   /* their number */
#define HTTP_HEAD_MAX	16383 /* with the 0 behind it, a round size */
#define HTTP_BODY_MAX	65536

enum http_result {
	HTTP_NEED_MORE,
	HTTP_COMPLETE,
	/* or the status to answer with, 400 and above */
	HTTP_BAD_REQUEST = 400,
	HTTP_CONTENT_TOO_LARGE = 413,
	HTTP_URI_TOO_LONG = 414,
	HTTP_EXPECTATION_FAILED = 417,
	HTTP_FIELDS_TOO_LARGE = 431,
	HTTP_NOT_IMPLEMENTED = 501,
	HTTP_VERSION_NOT_SUPPORTED = 505,
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_CONNECT,
	HTTP_TRACE,
	HTTP_PATCH,
	HTTP_METHODS
};

enum http_flag {
	HTTP_F_HOST = 1,
	HTTP_F_LENGTH = 2,
	HTTP_F_CHUNKED = 4,
	HTTP_F_EXPECT = 8, /* 100-continue */
	HTTP_F_CLOSE = 16,
	HTTP_F_KEEP = 32,
};

struct http_request {
	u16 line, scan; /* start of the current line; of a cut one, the rest */
	u16 fields;	/* field lines read */
	u16 fields_at;	/* where the first one starts; 0: not yet */
	u16 target, target_len;
	u8 method;  /* enum http_method */
	u8 minor;   /* 0 or 1 */
	u8 flags;   /* enum http_flag */
	u32 length; /* Content-Length */
};

static inline void http_request_init(struct http_request *req)
{
	*req = (struct http_request){0};
}

/*
 * Reads the head in buf[0, len), of which earlier calls may have seen a part.
 * HTTP_COMPLETE: it ends before req->line, where the body or the next request
 * begins. No head is longer than HTTP_HEAD_MAX, nor may len be. buf[len] must
 * be 0: it stops the parser's loops.
 */
int http_parse_head(struct http_request *req, const u8 *buf, u32 len);

/* True when the connection stays open after this request's answer. */
static inline bool http_keep_alive(const struct http_request *req)
{
	if (req->flags & HTTP_F_CLOSE)
		return false;
	return req->minor || req->flags & HTTP_F_KEEP;
}

/* Four and eight bytes of text as the number they are in memory. */
#define HTTP_W4(s)                                                             \
	((u32)(s)[0] | (u32)(s)[1] << 8 | (u32)(s)[2] << 16 | (u32)(s)[3] << 24)
#define HTTP_W8(s) ((u64)HTTP_W4((s) + 4) << 32 | HTTP_W4(s))

/* One field line: name[name_len], value[value_len] without white space. */
struct http_field {
	const u8 *name, *value;
	u32 name_len, value_len;
};

/* Takes what the field says about the request: 0 or a status. */
int http_field_take(struct http_request *req, const struct http_field *field);

/* White space around values (RFC 9110 section 5.6.3). */
static inline bool http_is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* Whether a byte may stand in a token (RFC 9110 section 5.6.2). */
extern const bool http_tchar[256];
