/*
 * The body of a request: counted and thrown away, since no page takes one.
 * Content-Length (RFC 9112 section 6.3) or chunked (section 7.1), in pieces
 * of any size.
 */
#pragma once

#include "app/http_parse.h"

#define HTTP_CHUNK_EXT_MAX 256	/* extension bytes of one body */
#define HTTP_TRAILER_MAX   2048 /* trailer bytes */

struct http_body {
	u32 left;    /* of the body, or of the current chunk */
	u32 total;   /* chunk bytes announced */
	u16 skipped; /* bytes of extensions or trailers */
	u8 digits;   /* of the chunk size */
	u8 state;    /* 0: the end has been reached */
};

/* 0, or 413 when the length is over HTTP_BODY_MAX. */
int http_body_init(struct http_body *body, const struct http_request *req);

static inline bool http_body_done(const struct http_body *body)
{
	return !body->state;
}

/*
 * Eats body bytes of buf[0, len); *used is their number. HTTP_NEED_MORE,
 * HTTP_COMPLETE or a status.
 */
int http_body_eat(struct http_body *body, const u8 *buf, u32 len, u32 *used);
